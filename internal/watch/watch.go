// Package watch looks at live resources outside, judges them by the rules of AWS
// Config that people put, and keeps what it found. Resources come from the readers
// of the folders below, each of which knows one type of them; rules come from the
// store, where the config API writes them. Evaluations go back to the store, and
// each change of one as an event to the bus, in the same transaction.
//
// It looks again and again, at the interval that tocsin.yaml sets, and at once when
// an event on the bus says that a resource was changed: for that it has the bus
// match events by a rule of its own, whose target is a job that is worked here.
package watch

import (
	"context"
	"errors"
	"slices"

	"github.com/tocsin-io/tocsin"
)

// Kind is one type of resource with the rules there are for it: the plug-in. It
// describes itself, so that the configuration and the API need nothing else.
type Kind struct {
	Name     string // its key in tocsin.yaml
	Type     string // AWS's type of the resource, for instance AWS::S3::Bucket
	Trigger  string // event pattern: after such an event a resource may be another
	Resource string // JSONPath to the resource's id in such an event; empty: look at all
	Checks   []Check
	Open     func(Settings) (Reader, error)
}

// Check is a managed rule.
type Check struct {
	Identifier string
	Parameters []string // it may have; none is required
	Valid      func(parameters map[string]string) error
}

// Reader reads resources. It is used by several goroutines at once.
type Reader interface {
	// List gives the ids of all resources there are.
	List(ctx context.Context) ([]string, error)
	// Read gives one resource as it is now; ErrGone if it is no more.
	Read(ctx context.Context, id string) (Subject, error)
}

// Subject is a resource at one moment.
type Subject interface {
	// Judge says what the managed rule with this identifier says of it.
	Judge(identifier string, parameters map[string]string) tocsin.Verdict
}

// ErrGone says that a resource does not exist.
var ErrGone = errors.New("the resource does not exist")

// Catalogue is what is built in.
type Catalogue []Kind

// Find gives the managed rule with this identifier and its kind.
func (c Catalogue) Find(identifier string) (Kind, Check, bool) {
	for _, k := range c {
		if i := slices.IndexFunc(k.Checks, func(ch Check) bool { return ch.Identifier == identifier }); i >= 0 {
			return k, k.Checks[i], true
		}
	}
	return Kind{}, Check{}, false
}

// Identifiers lists the managed rules there are, in order.
func (c Catalogue) Identifiers() []string {
	var all []string
	for _, k := range c {
		for _, ch := range k.Checks {
			all = append(all, ch.Identifier)
		}
	}
	slices.Sort(all)
	return all
}

// Failure is why a resource could not be read, as a rule's status shows it.
type Failure struct{ Code, Message string }

func (f *Failure) Error() string { return f.Code + ": " + f.Message }
