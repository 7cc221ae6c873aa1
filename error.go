package tocsin

import (
	"errors"
	"time"
)

// Kind says what sort of answer an error is. The list is closed: each AWS
// service maps the kinds to its exceptions in one function.
type Kind string

// The kinds of Error.
const (
	Invalid     Kind = "invalid"     // the request is wrong; Fields may say where
	NotFound    Kind = "not found"   // Resource does not exist
	Conflict    Kind = "conflict"    // the state of Resource forbids it
	Denied      Kind = "denied"      // the principal may not
	Quota       Kind = "quota"       // a limit of the account is reached
	Throttled   Kind = "throttled"   // too many tries; see RetryAfter
	Unavailable Kind = "unavailable" // not now; see RetryAfter
	Internal    Kind = "internal"    // a fault of ours; the text is never shown outside
)

// Field is one member of a request that was refused, by its wire name, and why.
type Field struct{ Name, Message string }

// Dependents are the resources that stand in the way of a change.
type Dependents struct {
	Relation string
	IDs      []string
}

// Error is the one error type that domain packages return on purpose. Anything
// else is a fault of ours and is answered as Internal.
type Error struct {
	Kind         Kind
	Message      string // for the caller, a whole sentence; never holds a secret
	Fields       []Field
	Resource     string
	ResourceType string // AWS's word for it, for instance RESPONSE_PLAN
	Dependents   []Dependents
	RetryAfter   time.Duration
	Err          error // what it came from; for the log only
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf gives the kind of the Error in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Refuse is an Invalid error; the fields name what was refused.
func Refuse(message string, fields ...Field) *Error {
	return &Error{Kind: Invalid, Message: message, Fields: fields}
}

// Missing is a NotFound error for a resource of AWS's type.
func Missing(resourceType, resource string) *Error {
	return &Error{Kind: NotFound, Message: "The resource was not found: " + resource, Resource: resource, ResourceType: resourceType}
}

// Clash is a Conflict error about a resource of AWS's type.
func Clash(resourceType, resource, message string) *Error {
	return &Error{Kind: Conflict, Message: message, Resource: resource, ResourceType: resourceType}
}

// AWS's resource types of ssm-incidents and ssm-contacts, as errors carry them.
const (
	TypeResponsePlan   = "RESPONSE_PLAN"
	TypeIncident       = "INCIDENT_RECORD"
	TypeTimelineEvent  = "TIMELINE_EVENT"
	TypeReplicationSet = "REPLICATION_SET"
	TypeContact        = "CONTACT"
	TypeChannel        = "CONTACT_CHANNEL"
	TypeEngagement     = "ENGAGEMENT"
	TypePage           = "PAGE"
	TypeRule           = "RULE"
	TypeRotation       = "ROTATION"
	TypeOverride       = "ROTATION_OVERRIDE"
)
