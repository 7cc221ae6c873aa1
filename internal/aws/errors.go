package aws

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// An APIError is an error with a place in AWS's protocol. The generated exceptions and
// [Error] are the two kinds there are.
type APIError interface {
	error
	// Code is the exception's name, for example "ResourceNotFoundException".
	Code() string
	// HTTPStatus is the status it is sent with.
	HTTPStatus() int
	// ErrorMessage is what the caller is told.
	ErrorMessage() string
	// EncodeMembers writes the members of the error's JSON body, the message first under
	// the name the model gives it, into an object that is already open.
	EncodeMembers(*Encoder)
}

// An Error is an [APIError] without a generated type: what every service may answer
// (SerializationException …), and what a service answers although its model does not say
// so (EventBridge's ValidationException …).
type Error struct {
	Name    string // the code
	Status  int    // HTTP status
	Message string
}

// Errorf returns an [Error]; its message must hold nothing secret.
func Errorf(code string, status int, format string, args ...any) *Error {
	return &Error{Name: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string        { return e.Name + ": " + e.Message }
func (e *Error) Code() string         { return e.Name }
func (e *Error) HTTPStatus() int      { return e.Status }
func (e *Error) ErrorMessage() string { return e.Message }

// EncodeMembers writes the message.
func (e *Error) EncodeMembers(enc *Encoder) {
	enc.Key("message")
	enc.String(e.Message)
}

// NotImplemented is the answer to an operation that the model has and we have not: 501
// NotImplementedException.
func NotImplemented(op string) error {
	return Errorf("NotImplementedException", http.StatusNotImplemented, "The operation %s is not implemented here.", op)
}

func unknownOperation(p Protocol, name string) error {
	switch {
	case p == REST:
		return Errorf("UnknownOperationException", http.StatusNotFound, "No operation is known for this method and path.")
	case p == Query && name == "":
		return Errorf("MissingAction", http.StatusBadRequest, "The request is missing an Action parameter.")
	case p == Query:
		return Errorf("InvalidAction", http.StatusBadRequest, "Could not find operation %s.", brief(name))
	}
	return Errorf("UnknownOperationException", http.StatusBadRequest, "The operation %s is not known.", brief(name))
}

func serializationError(format string, args ...any) error {
	return Errorf("SerializationException", http.StatusBadRequest, format, args...)
}

func tooLarge(limit int64) error {
	return Errorf("RequestEntityTooLargeException", http.StatusRequestEntityTooLarge, "The request's body is larger than %d bytes.", limit)
}

// A FieldError says what is wrong with one member of an input.
type FieldError struct {
	Path    string // for example entries.1.member.detailType: list positions count from 1
	Message string // for example "Member must have length greater than or equal to 1"
	value   string // how the value stands in the sentence, empty for what must not be shown
}

func (f FieldError) sentence() string {
	if f.value == "" {
		return "Value at '" + f.Path + "' failed to satisfy constraint: " + f.Message
	}
	return "Value " + f.value + " at '" + f.Path + "' failed to satisfy constraint: " + f.Message
}

// validationMessage joins faults as AWS does; n counts also those that were not kept.
func validationMessage(faults []FieldError, n int) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(n))
	if n == 1 {
		b.WriteString(" validation error detected: ")
	} else {
		b.WriteString(" validation errors detected: ")
	}
	for i, f := range faults {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(f.sentence())
	}
	return b.String()
}

// ErrorBody renders an error for a caller inside the process, such as the web console: the
// HTTP status, and a flat JSON object of __type (the code), message, and the exception's
// other members. An error that is no [APIError] gives a 500 without its text.
func ErrorBody(err error) (status int, body []byte) {
	var api APIError
	if !errors.As(err, &api) {
		api = Errorf("InternalFailure", http.StatusInternalServerError, internalText)
	}
	e := NewEncoder(nil)
	e.Object()
	e.Key("__type")
	e.String(api.Code())
	members := len(e.Bytes())
	api.EncodeMembers(e)
	if !bytes.HasPrefix(e.Bytes()[members:], []byte(`,"message":`)) {
		e.Key("message")
		e.String(api.ErrorMessage())
	}
	e.EndObject()
	return api.HTTPStatus(), e.Bytes()
}

// internalText is all that a caller learns of a fault of ours.
const internalText = "An internal error occurred. The request may be tried again."

// brief cuts what a caller sent to a length that can be echoed.
func brief(s string) string {
	const most = 500
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
