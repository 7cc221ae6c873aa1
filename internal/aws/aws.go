// Package aws speaks the protocols of AWS's services: awsJson 1.1, restJson1 and as much
// of awsQuery as STS needs. It verifies signatures (SigV4), decodes and checks requests,
// calls one method per operation, and encodes answers and errors the way AWS's own
// clients expect them. It knows nothing of the product that answers.
//
// What goes in: HTTP requests ([NewHandler]) or flat JSON objects from inside the process
// ([Service.Call]); both take the same way, [Service.Do]. What comes out: calls of a
// generated Handler interface, one package per service below this one (ssmincidents,
// ssmcontacts, events …), written by internal/awsgen from AWS's published API models.
//
// A handler gets its input decoded and checked against the model's limits, and the caller
// by [FromContext]. It returns an output or an error: one of the service's generated
// exceptions is sent as it is, any other error is first shown to the service's faults
// function, and what that does not know either is the service's internal error, whose
// text stays in the log.
//
// A request that is malformed in any way ends in a 4xx and never reaches a handler.
package aws

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
)

// Protocol is how a service's requests look on the wire.
type Protocol int

// The protocols. JSON is awsJson 1.1 (one path, the operation in X-Amz-Target), REST is
// restJson1 (method and path tell the operation), Query is awsQuery (form in, XML out).
const (
	JSON Protocol = iota
	REST
	Query
)

// A Call is one request for one operation. Handlers and [Around] read it; the runtime
// fills it.
type Call struct {
	Service *Service
	Op      *Operation

	Region      string // of the signature's scope, or whatever [NewContext] was given
	AccessKeyID string // empty where no key was used
	RequestID   string // a UUID, also sent as x-amzn-RequestId
	RemoteAddr  string // host:port of the TCP peer
	UserAgent   string

	Principal any // what [Options].Keys returned with the key
	Input     any // a pointer to the operation's decoded input, for example *events.PutEventsInput
}

// Around wraps every operation, from the wire and from [Service.Call] alike: the place for
// authorisation, metrics and audit. It sees checked input in c.Input. It must call next at
// most once and may return another error instead; errors that are no [APIError] go through
// the service's faults function. An error that next returns is always an [APIError].
type Around func(ctx context.Context, c *Call, next func(context.Context) (any, error)) (any, error)

type callKey struct{}

// NewContext returns a context that carries c; [Service.Call] takes principal, region and
// the like from there.
func NewContext(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// FromContext returns the call in progress, or nil outside one.
func FromContext(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// newRequestID returns a random UUID (version 4).
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func orDefault(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.Default()
	}
	return log
}
