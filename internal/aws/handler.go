package aws

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// DefaultMaxBody is the largest body a request may have where [Options] says nothing: 1 MiB,
// which is what EventBridge takes in one entry, and a quarter for the envelope.
const DefaultMaxBody = 1<<20 + 1<<18

// Options is what [NewHandler] needs.
type Options struct {
	Services []*Service

	// Keys finds an access key; [ErrUnknownKey] means there is none. It is asked once a
	// request, before the body is read.
	Keys func(ctx context.Context, accessKeyID string) (Key, error)

	Around  Around       // wraps every operation; may be nil
	Log     *slog.Logger // gets faults of ours; nil means slog.Default
	MaxBody int64        // bytes; 0 means [DefaultMaxBody]
}

// A Handler serves AWS services over HTTP, all on one address.
type Handler struct {
	options  Options
	order    []*Service
	services map[string]*Service // by name
	prefixes map[string]*Service // by target prefix
}

// NewHandler binds services to one address. It also gives them o.Around and o.Log for
// [Service.Call], so a service belongs to one handler.
func NewHandler(o Options) *Handler {
	o.Log = orDefault(o.Log)
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	h := &Handler{options: o, order: o.Services, services: map[string]*Service{}, prefixes: map[string]*Service{}}
	for _, s := range o.Services {
		s.around, s.log = o.Around, o.Log
		h.services[s.Name] = s
		if s.TargetPrefix != "" {
			h.prefixes[s.TargetPrefix] = s
		}
	}
	return h
}

// buffers holds byte slices for bodies and answers. Nothing that outlives a request points
// into them: the decoder copies what it returns.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const keepBuffer = 64 << 10 // larger ones are left to the garbage collector

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in, out := buffers.Get().(*[]byte), buffers.Get().(*[]byte)
	defer func() {
		for _, b := range []*[]byte{in, out} {
			if cap(*b) <= keepBuffer {
				buffers.Put(b)
			}
		}
	}()
	q := &request{http: r, call: &Call{RequestID: newRequestID(), RemoteAddr: r.RemoteAddr, UserAgent: r.UserAgent()}}
	w.Header().Set("X-Amzn-Requestid", q.call.RequestID)
	answer, err := h.serve(q, in, out)
	if err != nil {
		h.writeError(w, q, err)
		return
	}
	if answer != nil {
		*out = answer[:0]
	}
	h.write(w, q, answer)
}

// serve takes a request through all that may refuse it to its operation, and returns the
// flat JSON of the answer.
func (h *Handler) serve(q *request, in, out *[]byte) (answer []byte, err error) {
	query, badQuery := url.ParseQuery(q.http.URL.RawQuery)
	q.query = query
	sig, refused := signatureOf(q.http, query)
	scope := ""
	if sig != nil {
		scope = sig.service
	}
	h.identify(q, scope)
	if refused != nil {
		return nil, refused
	}
	if badQuery != nil {
		return nil, serializationError("The query is not encoded correctly.")
	}
	if err := h.authenticate(q, sig, in); err != nil {
		return nil, err
	}
	if err := q.form(); err != nil {
		return nil, err
	}
	c := q.call
	if c.Op == nil {
		return nil, unknownOperation(q.proto, q.name)
	}
	if len(c.Op.Bindings) == 0 {
		if len(q.body) == 0 {
			q.body = []byte("{}")
		}
		return c.Service.run(q.http.Context(), c, NewDecoder(q.body), (*out)[:0])
	}
	// The answer's buffer serves twice: the input is decoded before there is an answer.
	data, at, err := c.Op.bound((*out)[:0], q.labels, q.query, q.body)
	if err != nil {
		return nil, err
	}
	d := NewDecoder(data)
	d.body, d.hidden = at, c.Op.Bindings
	return c.Service.run(q.http.Context(), c, d, data[:0])
}

// authenticate checks the signature and reads the body on the way. The cheap checks come
// first.
func (h *Handler) authenticate(q *request, sig *signature, in *[]byte) error {
	service := sig.service
	if q.call.Service != nil {
		service = q.call.Service.Name
	}
	if refused := sig.current(time.Now(), service); refused != nil {
		return refused
	}
	ctx := q.http.Context()
	key, err := h.options.Keys(ctx, sig.accessKey)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return refuse(unknownKey, "The security token included in the request is invalid.")
	case err != nil:
		h.options.Log.ErrorContext(ctx, "look up an access key", "request", q.call.RequestID, "error", err)
		return Errorf("InternalFailure", http.StatusInternalServerError, internalText)
	}
	if q.body, err = h.readBody(q.http, in); err != nil {
		return err
	}
	if refused := sig.verify(ctx, q.http, key.Secret, q.body); refused != nil {
		return refused
	}
	q.call.Region, q.call.AccessKeyID, q.call.Principal = sig.region, sig.accessKey, key.Principal
	return nil
}

// readBody reads a body of at most MaxBody bytes into buf.
func (h *Handler) readBody(r *http.Request, buf *[]byte) ([]byte, error) {
	limit := h.options.MaxBody
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b := (*buf)[:0]
	if r.Body == nil {
		return b, nil
	}
	if n := int(r.ContentLength); n >= cap(b) {
		b = make([]byte, 0, n+1) // one more, to see the end without growing
	}
	body := io.LimitReader(r.Body, limit+1)
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*buf = b
		switch {
		case int64(len(b)) > limit:
			return nil, tooLarge(limit)
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, serializationError("The body could not be read to its end.")
		}
	}
}

// write sends a success.
func (h *Handler) write(w http.ResponseWriter, q *request, flat []byte) {
	op := q.call.Op
	switch {
	case op.SuccessCode == http.StatusNoContent:
		w.WriteHeader(http.StatusNoContent)
		return
	case q.proto == Query:
		body, err := queryResult(q.call, flat)
		if err != nil {
			h.writeError(w, q, err)
			return
		}
		send(w, op.SuccessCode, "text/xml", body)
		return
	case op.NoOutput:
		flat = nil
	}
	send(w, op.SuccessCode, contentType(q.proto), flat)
}

func contentType(p Protocol) string {
	switch p {
	case REST:
		return "application/json"
	case Query:
		return "text/xml"
	case JSON:
	}
	return "application/x-amz-json-1.1"
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
}

// writeError sends an error in the form of the request's protocol.
func (h *Handler) writeError(w http.ResponseWriter, q *request, err error) {
	var api APIError
	var refused *authError
	switch {
	case errors.As(err, &refused):
		api = refused.apiError(q.proto)
	case !errors.As(err, &api):
		h.options.Log.Error("answer a request", "request", q.call.RequestID, "error", err)
		api = Errorf("InternalFailure", http.StatusInternalServerError, internalText)
	}
	if q.proto == Query {
		namespace := ""
		if q.call.Service != nil {
			namespace = q.call.Service.Namespace
		}
		send(w, api.HTTPStatus(), "text/xml", queryError(namespace, q.call.RequestID, api))
		return
	}
	e := NewEncoder(nil)
	e.Object()
	if q.proto == REST {
		w.Header().Set("X-Amzn-Errortype", api.Code())
	} else {
		e.Key("__type")
		e.String(api.Code())
	}
	api.EncodeMembers(e)
	e.EndObject()
	send(w, api.HTTPStatus(), contentType(q.proto), e.Bytes())
}
