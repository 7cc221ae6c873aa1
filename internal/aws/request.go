package aws

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// IsCall reports whether a request is meant for an AWS service, signed or not, rather than
// for whatever else lives on the same port: it is signed (in header or query), or names an
// operation by X-Amz-Target or Action, or has a content type or a header that only AWS's
// clients send. To see Action in a form it may read the beginning of the body, which it
// puts back.
func IsCall(r *http.Request) bool {
	if strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || strings.HasPrefix(name, "Amz-Sdk-") {
			return true
		}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-") {
		return true
	}
	if q := r.URL.RawQuery; strings.Contains(q, "X-Amz-") || hasAction(q) {
		query := r.URL.Query()
		if query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Credential") || query.Has("Action") {
			return true
		}
	}
	return isForm(r) && r.URL.Path == "/" && hasAction(peekBody(r))
}

// Serves reports whether a request is meant for h: it is a call ([IsCall]), or it has the
// method and path of a REST operation, which is all that an unsigned one has.
func (h *Handler) Serves(r *http.Request) bool {
	if IsCall(r) {
		return true
	}
	for _, s := range h.order {
		if op, _ := s.route(r.Method, r.URL.EscapedPath()); op != nil {
			return true
		}
	}
	return false
}

func isForm(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

func hasAction(form string) bool {
	return strings.HasPrefix(form, "Action=") || strings.Contains(form, "&Action=")
}

// peekBody returns the beginning of a body and leaves all of it to be read.
func peekBody(r *http.Request) string {
	if r.Body == nil {
		return ""
	}
	head := make([]byte, 4096)
	n, _ := io.ReadFull(r.Body, head) // an error comes again when the body is read
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head[:n]), r.Body), r.Body}
	return string(head[:n])
}

// A request is one HTTP request on its way to an operation.
type request struct {
	http   *http.Request
	query  url.Values
	call   *Call
	proto  Protocol // how to answer, errors too
	labels map[string]string
	name   string // the operation that was asked for, known or not
	body   []byte
}

// identify finds the service and operation that a request names, as far as they can be
// told without its body. The target tells a JSON service, the path a REST service; the
// signature's scope only tells which one is meant where the request itself does not.
func (h *Handler) identify(q *request, scope string) {
	target := q.http.Header.Get("X-Amz-Target")
	if target != "" {
		prefix, name := "", target
		if dot := strings.LastIndexByte(target, '.'); dot >= 0 {
			prefix, name = target[:dot], target[dot+1:]
		}
		q.proto, q.name = JSON, name
		q.use(h.prefixes[prefix], nil)
		if q.call.Service != nil {
			q.call.Op = q.call.Service.Op(name)
		}
		return
	}
	path := q.http.URL.EscapedPath()
	if s := h.services[scope]; s != nil {
		q.proto = s.Protocol
		q.use(s, nil)
		if s.Protocol == REST {
			q.call.Op, q.labels = s.route(q.http.Method, path)
		}
		if s.Protocol != REST || q.call.Op != nil {
			return
		}
	}
	for _, s := range h.order {
		if s.Protocol != REST {
			continue
		}
		if op, labels := s.route(q.http.Method, path); op != nil {
			q.proto, q.labels = REST, labels
			q.use(s, op)
			return
		}
	}
	if q.call.Service == nil {
		q.proto, q.call.Service = h.guess(q)
	}
}

// guess chooses how to answer a request that names no service of ours.
func (h *Handler) guess(q *request) (Protocol, *Service) {
	switch {
	case strings.HasPrefix(q.http.Header.Get("Content-Type"), "application/x-amz-json"):
		return JSON, nil
	case !isForm(q.http) && !q.query.Has("Action"):
		return REST, nil
	}
	for _, s := range h.order {
		if s.Protocol == Query {
			return Query, s
		}
	}
	return Query, nil
}

func (q *request) use(s *Service, op *Operation) {
	q.call.Service, q.call.Op = s, op
}

// form reads a Query request's parameters and finds its operation.
func (q *request) form() error {
	if q.call.Service == nil || q.call.Service.Protocol != Query {
		return nil
	}
	if isForm(q.http) {
		form, err := url.ParseQuery(string(q.body))
		if err != nil {
			return Errorf("MalformedQueryString", http.StatusBadRequest, "The form is not encoded correctly.")
		}
		for name, values := range q.query {
			if _, ok := form[name]; !ok {
				form[name] = values
			}
		}
		q.query = form
	}
	q.body = nil
	q.name = q.query.Get("Action")
	q.call.Op = q.call.Service.Op(q.name)
	return nil
}
