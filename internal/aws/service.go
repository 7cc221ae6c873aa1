package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
)

// A Service is one AWS-like API: its name on the wire and its operations. Generated
// packages make it with [NewService]; after that it does not change but for being bound to
// one [NewHandler], and may be used concurrently.
type Service struct {
	Name         string // the name in a signature's scope, for example "ssm-contacts"
	Version      string // of the API, for example "2021-05-03"
	Protocol     Protocol
	TargetPrefix string // of X-Amz-Target, JSON only
	Namespace    string // of the answer's XML, Query only
	Ops          []*Operation

	// Faults turns an error of the handler that is no [APIError] into one of the service's
	// exceptions; nil, or another error as its answer, means an internal error.
	Faults func(error) error
	// Invalid makes the service's error for an input that breaks limits of the model.
	Invalid func(message string, fields []FieldError) error
	// Internal makes the service's error for faults of ours.
	Internal func(message string) error

	ops    map[string]*Operation
	routes []route
	around Around
	log    *slog.Logger
}

// An Operation is one row of a service's table.
type Operation struct {
	Name        string
	Method      string // of HTTP
	URI         string // path template, REST only
	SuccessCode int    // HTTP status
	ReadOnly    bool   // changes nothing
	NoOutput    bool   // the model has no output: the body of a success is empty
	Bindings    []Binding

	Decode func(*Decoder) any
	Invoke func(ctx context.Context, in any) (out any, err error)
	Encode func(e *Encoder, out any)
}

// NewService completes a service for use and returns it. It panics when two operations
// have one name: a fault of the generator.
func NewService(s *Service) *Service {
	s.ops = make(map[string]*Operation, len(s.Ops))
	for _, op := range s.Ops {
		if s.ops[op.Name] != nil {
			panic("aws: " + s.Name + " has two operations " + op.Name)
		}
		s.ops[op.Name] = op
	}
	if s.Protocol == REST {
		s.routes = newRoutes(s.Ops)
	}
	return s
}

// Op returns the operation of that name, or nil.
func (s *Service) Op(name string) *Operation { return s.ops[name] }

// Call runs one operation for a caller inside the process, such as the web console, with
// the same checks, [Around] and errors as a request from the wire. Body is one flat JSON
// object of the input's members, also of those that a REST client would put into path or
// query, under the names that JSON bodies carry; empty means {}. Principal, region and the
// rest are taken from the Call that [NewContext] put into ctx. The answer is a flat JSON
// object; every error is an [APIError].
func (s *Service) Call(ctx context.Context, op string, body []byte) ([]byte, error) {
	var c Call
	if from := FromContext(ctx); from != nil {
		c = *from
	}
	c.Service, c.Op, c.Input = s, s.Op(op), nil
	if c.RequestID == "" {
		c.RequestID = newRequestID()
	}
	if c.Op == nil {
		return nil, unknownOperation(JSON, op)
	}
	return s.Do(ctx, &c, body)
}

// Do runs the operation c.Op: decodes and checks the flat JSON object body into c.Input,
// passes through [Around] to the handler, and encodes the output as a flat JSON object.
// Handlers find c in their context. Every error is an [APIError].
func (s *Service) Do(ctx context.Context, c *Call, body []byte) ([]byte, error) {
	if len(body) == 0 {
		body = []byte("{}")
	}
	return s.run(ctx, c, NewDecoder(body), nil)
}

// run is Do with a decoder that may hold bound members, and a buffer for the answer.
func (s *Service) run(ctx context.Context, c *Call, d *Decoder, buf []byte) ([]byte, error) {
	in, err := s.decode(c.Op, d)
	if err != nil {
		return nil, err
	}
	c.Input = in
	ctx = NewContext(ctx, c)
	inner := func(ctx context.Context) (any, error) {
		out, err := s.safely(func() (any, error) { return c.Op.Invoke(ctx, c.Input) })
		return out, s.fault(ctx, c, err)
	}
	out, err := s.safely(func() (any, error) {
		if s.around == nil {
			return inner(ctx)
		}
		return s.around(ctx, c, inner)
	})
	if err != nil {
		return nil, s.fault(ctx, c, err)
	}
	e := NewEncoder(buf)
	if out == nil {
		e.Object()
		e.EndObject()
	} else {
		c.Op.Encode(e, out)
	}
	return e.Bytes(), nil
}

func (s *Service) decode(op *Operation, d *Decoder) (any, error) {
	in := op.Decode(d)
	d.Finish()
	if err := d.Err(); err != nil {
		return nil, err
	}
	if faults, n := d.Faults(); n > 0 {
		return nil, s.Invalid(validationMessage(faults, n), faults)
	}
	return in, nil
}

// A panicError is a handler's panic on its way to the log.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// safely turns a panic into an error.
func (s *Service) safely(f func() (any, error)) (out any, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return f()
}

// fault makes any error an [APIError]. What only becomes an internal error is logged here,
// and nowhere else.
func (s *Service) fault(ctx context.Context, c *Call, err error) error {
	if err == nil {
		return nil
	}
	var api APIError
	if errors.As(err, &api) {
		return api
	}
	if s.Faults != nil {
		if errors.As(s.Faults(err), &api) {
			if api.HTTPStatus() >= http.StatusInternalServerError {
				s.logFault(ctx, c, err)
			}
			return api
		}
	}
	s.logFault(ctx, c, err)
	return s.Internal(internalText)
}

func (s *Service) logFault(ctx context.Context, c *Call, err error) {
	orDefault(s.log).ErrorContext(ctx, "operation failed",
		"service", s.Name, "operation", c.Op.Name, "request", c.RequestID, "error", err)
}

// Invoke adapts a handler's method to an [Operation].
func Invoke[In, Out any](method func(context.Context, *In) (*Out, error)) func(context.Context, any) (any, error) {
	return func(ctx context.Context, in any) (any, error) {
		out, err := method(ctx, in.(*In)) // by construction: the operation's own Decode made it
		if out == nil || err != nil {
			return nil, err
		}
		return out, nil
	}
}

// Unbuilt is an operation that the model has and no handler: whatever it is sent, it
// answers as [NotImplemented] does.
func Unbuilt(name, method, uri string) *Operation {
	return &Operation{
		Name: name, Method: method, URI: uri,
		Decode: func(d *Decoder) any {
			for d.Object(); d.Next(); {
				d.Skip()
			}
			return nil
		},
		Invoke: func(context.Context, any) (any, error) { return nil, NotImplemented(name) },
		Encode: func(*Encoder, any) {},
	}
}

// A Binding says that a member of an input stands in the path or query and not in the
// body.
type Binding struct {
	Member   string // its name in flat JSON
	Name     string // its name in the path's template or query
	Location Location
	Kind     Kind
}

// Location is where a bound member stands.
type Location int

// The locations.
const (
	InPath Location = iota
	InQuery
)

// Kind is how the text of a bound member becomes JSON.
type Kind int

// The kinds. A Raw is a number or boolean, an Instant is RFC 3339 text, a Strings repeats
// the name, once for each element.
const (
	Text Kind = iota
	Raw
	Instant
	Strings
)

// A route is a path's template, cut at its slashes.
type route struct {
	op     *Operation
	parts  []string // a part that begins with { is a label; {name+} takes the rest
	labels int
}

func newRoutes(ops []*Operation) []route {
	routes := make([]route, 0, len(ops))
	for _, op := range ops {
		r := route{op: op, parts: strings.Split(op.URI, "/")}
		for _, p := range r.parts {
			if strings.HasPrefix(p, "{") {
				r.labels++
			}
		}
		routes = append(routes, r)
	}
	return routes
}
