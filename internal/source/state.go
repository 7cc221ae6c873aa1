package source

import (
	"time"

	"github.com/tocsin-io/tocsin"
)

// State says in a word how a source does.
type State string

// The states.
const (
	Well    State = "WELL"
	Trouble State = "TROUBLE" // something keeps events from coming; the status says what
	Quiet   State = "QUIET"   // nothing came yet, or nothing for QuietAfter
)

// QuietAfter is how long after its last event a source is called quiet.
const QuietAfter = 24 * time.Hour

// State gives the state at an instant.
func (s Status) State(now time.Time) State {
	switch {
	case s.Error != "":
		return Trouble
	case s.Last.IsZero() || now.Sub(s.Last) > QuietAfter:
		return Quiet
	}
	return Well
}

// Target is what dead letters call the source that brought them.
func (in *Intake) Target() tocsin.ARN { return tocsin.ARN("source:" + in.Name) }
