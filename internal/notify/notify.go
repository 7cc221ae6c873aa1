// Package notify brings messages to people: pages, activation codes, updates.
// It is given work as jobs (Deliver, Activate) written by the engagement
// package and by the contact operations, renders the message, hands it to the
// provider of the channel's type and writes what came of it as receipts. Where
// no provider is set, the message goes to the outbox, which people can read.
//
// What it finds out travels back only as rows: receipts on the page, and a
// Failed job for the engagement package when a page cannot be delivered.
package notify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Ability is what a channel can be used for.
type Ability uint

// The abilities of channels.
const (
	Page    Ability = 1 << iota // carries pages and activation codes
	Updates                     // carries incident updates
)

// Kind is the form a setting's value has.
type Kind string

// The kinds of setting.
const (
	Text   Kind = "text"
	Secret Kind = "secret" // never shown, never in an error or a log
	URL    Kind = "url"    // may hold a password: treated as Secret in texts
	Number Kind = "number"
)

// Field describes one setting of a channel; forms, validation and the
// documentation come from it.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	Hint     string // an example, or the unit
}

// Settings are a channel's settings by field name.
type Settings map[string]string

// CheckSettings holds settings against the fields of a channel: the required
// ones are there, all are known, numbers are numbers. Every channel's Open
// begins with it. Its errors name fields and no values.
func CheckSettings(fields []Field, s Settings) error {
	left := maps.Clone(s)
	for _, f := range fields {
		value := s[f.Name]
		delete(left, f.Name)
		if f.Required && value == "" {
			return fmt.Errorf("setting %s is missing (%s)", f.Name, f.Hint)
		}
		if f.Kind == Number && value != "" {
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return fmt.Errorf("setting %s must be a number (%s)", f.Name, f.Hint)
			}
		}
	}
	if unknown := slices.Sorted(maps.Keys(left)); len(unknown) > 0 {
		return fmt.Errorf("there is no setting %q", unknown[0])
	}
	return nil
}

// Channel describes a way to bring messages to people. There is one value per
// folder below notify, named in the one list of what is built in.
type Channel struct {
	Name   string             // "email"
	Type   tocsin.ChannelType // the contact channels it serves
	Can    Ability
	Fields []Field
	// Open checks the settings and gives a Sender. It does not connect: the
	// server must start while the provider is down.
	Open func(Settings) (Sender, error)
}

// Message is one message, ready to be sent.
type Message struct {
	tocsin.Message
	Key    string // idempotency key: the same for a repeat after a crash, new for another try
	Thread string // what it belongs to, for threading: the incident's or engagement's ARN
	First  bool   // the first of its thread to this address
	HTML   string // empty where the channel has no use for it
}

// Receipt is what a provider says of a message it took.
type Receipt struct {
	ID string // the provider's id of the message, ≤2048
}

// Sender hands messages to a provider. It is safe for use by several goroutines.
//
// Send returns when the provider has taken the message whole. An error is
// taken for passing and tried again, unless it is Permanent. No error text may
// hold a secret, the code or the address's password. Send must end when ctx does.
// A Sender that also is an io.Closer is closed when the server stops.
type Sender interface {
	Send(ctx context.Context, m Message) (Receipt, error)
}

// permanent marks an error that no repeat will mend.
type permanent struct{ err error }

func (p permanent) Error() string { return p.err.Error() }
func (p permanent) Unwrap() error { return p.err }

// Permanent marks an error as one that no repeat will mend: an address that
// does not exist, a message refused for good.
func Permanent(err error) error { return permanent{err} }

// IsPermanent tells whether err was marked so.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// Limits of delivery.
const (
	firstPause = 5 * time.Second // before the second try where the plan names none
	lastPause  = 2 * time.Minute
	maxTries   = 12 // then the page counts as failed
)
