package engagement

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
)

// State is all that has happened in an engagement: a log of facts. The same
// facts, plans and instant always give the same step.
type State struct {
	Contact tocsin.ARN   `json:"contact"` // what was engaged
	Started time.Time    `json:"started"`
	Stages  []Stage      `json:"stages,omitempty"`
	Paged   []Paged      `json:"paged,omitempty"`
	Skipped []SkipAction `json:"skipped,omitempty"`
	Acks    []Ack        `json:"acks,omitempty"`
	Ended   []Run        `json:"ended,omitempty"` // runs that an essential acknowledgement has ended
	Again   []Again      `json:"again,omitempty"`

	// What stands in other rows, read anew for each step.
	Stopped bool    `json:"-"`
	Others  []Other `json:"-"`
}

// Run is one contact's plan being followed since an instant. A contact reached
// by two paths at the same instant has one run, so everybody in it is paged once.
type Run struct {
	Contact tocsin.ARN    `json:"contact"`
	Began   tocsin.Micros `json:"began"`
	Cycle   int           `json:"cycle,omitempty"` // how many times the plan has begun anew before
	Last    bool          `json:"last,omitempty"`  // it is followed as the fallback
}

// Stage is the fact that a stage of a run was begun, or passed over.
type Stage struct {
	Run     Run          `json:"run"`
	Index   int          `json:"index"`
	At      time.Time    `json:"at"` // when its time was, not when we came to it
	Skipped bool         `json:"skipped,omitempty"`
	Targets []Target     `json:"targets,omitempty"` // the contacts it led to; for runs of escalation plans
	OnCall  []tocsin.ARN `json:"onCall,omitempty"`  // who the schedule resolved to; for runs of schedules
}

// Again is the fact that something was begun anew after a run, by an option of its plan.
type Again struct {
	Run  Run        `json:"run"` // what it follows
	Why  Why        `json:"why"`
	At   time.Time  `json:"at"`             // when its time was
	Whom tocsin.ARN `json:"whom,omitempty"` // the fallback; empty where it is the run's own contact
}

// Why is the option by which something was begun anew.
type Why string

// The reasons for beginning anew.
const (
	Repeat   Why = "repeat"   // the plan's stages have passed
	Stale    Why = "stale"    // the acknowledgement no longer counts
	Fallback Why = "fallback" // the plan has run dry
)

// Target is a contact that a stage led to when it was begun.
type Target struct {
	Contact   tocsin.ARN `json:"contact"`
	Essential bool       `json:"essential,omitempty"`
}

// Paged is the fact that a page to a channel was written, or that the page of
// another engagement of the incident stands for it.
type Paged struct {
	Contact tocsin.ARN `json:"contact"`
	Channel tocsin.ARN `json:"channel"`
	At      time.Time  `json:"at"`           // when its stage's time was
	Written time.Time  `json:"written"`      // when we came to it
	By      tocsin.ARN `json:"by,omitempty"` // the engagement whose page it is; empty for one of our own
}

// Ack is the fact that a person has acknowledged a page of the engagement.
type Ack struct {
	Contact tocsin.ARN `json:"contact"`
	At      time.Time  `json:"at"`
}

// Other is another open engagement of the same incident.
type Other struct {
	Engagement tocsin.ARN
	Paged      []Paged
	Acks       []Ack
}

// Action is one thing to do: exactly one of its members is set. Each is also a
// fact, which Record adds to the log.
type Action struct {
	Begin *Stage
	Page  *PageAction
	Skip  *SkipAction
	End   *Run // nothing more of this run happens
	Again *Again
}

// PageAction is to page a person on a channel.
type PageAction struct {
	Contact tocsin.ARN
	Channel tocsin.ARN
	Retry   time.Duration
	Due     time.Time
	Path    []tocsin.Resolution
	// Shared is the engagement of the same incident that has paged the channel
	// at this instant: its page stands for this one, and so does its
	// acknowledgement. Empty where a page is to be written.
	Shared tocsin.ARN
}

// SkipAction is to report something that is not paged, and why. Each is
// reported once in an engagement.
type SkipAction struct {
	Contact tocsin.ARN    `json:"contact"`          // whose plan it stands in
	Began   tocsin.Micros `json:"began"`            // since when the plan was followed, or its stage
	Stage   int           `json:"stage"`            // -1 where the whole plan is meant
	Target  tocsin.ARN    `json:"target,omitempty"` // empty where a whole stage is meant
	Reason  string        `json:"reason"`
}

// Record adds to the log the fact that an action was carried out at an instant.
func (s *State) Record(a Action, now time.Time) {
	switch {
	case a.Begin != nil:
		s.Stages = append(s.Stages, *a.Begin)
	case a.Page != nil:
		s.Paged = append(s.Paged, Paged{Contact: a.Page.Contact, Channel: a.Page.Channel, At: a.Page.Due, Written: now, By: a.Page.Shared})
	case a.Skip != nil:
		s.Skipped = append(s.Skipped, *a.Skip)
	case a.End != nil:
		s.Ended = append(s.Ended, *a.End)
	case a.Again != nil:
		s.Again = append(s.Again, *a.Again)
	}
}

// repeat gives the run that r's plan has begun anew in.
func (s *State) repeat(r Run) (Run, bool) {
	f := s.again(r, Repeat)
	if f == nil {
		return r, false
	}
	r.Began, r.Cycle = tocsin.At(f.At), r.Cycle+1
	return r, true
}

// pointless tells why a page that has not gone out need not go out any more;
// empty where it must.
func (s *State) pointless(p *tocsin.Page) string {
	if s.acked(p.Contact, p.Created) {
		return "the person has acknowledged"
	}
	for _, step := range p.Path {
		if r, ok := s.runAt(step.Contact, p.Created); ok && slices.Contains(s.Ended, r) {
			return "the plan of " + string(step.Contact) + " has ended: it was acknowledged"
		}
	}
	return ""
}

// runAt gives the run of a contact's plan that was followed at an instant: the
// latest that had begun.
func (s *State) runAt(contact tocsin.ARN, at time.Time) (out Run, ok bool) {
	for _, f := range s.Stages {
		if f.Run.Contact == contact && !f.Run.Began.Time().After(at) && (!ok || f.Run.Began >= out.Began) {
			out, ok = f.Run, true
		}
	}
	return out, ok
}

// clone gives a log that can be added to without changing s.
func (s State) clone() State {
	s.Stages, s.Paged = slices.Clip(s.Stages), slices.Clip(s.Paged)
	s.Skipped, s.Ended, s.Again = slices.Clip(s.Skipped), slices.Clip(s.Ended), slices.Clip(s.Again)
	return s
}

// acked tells whether a person has acknowledged at or since an instant.
func (s *State) acked(person tocsin.ARN, since time.Time) bool {
	return slices.ContainsFunc(s.Acks, func(a Ack) bool { return a.Contact == person && !a.At.Before(since) })
}

// lastAck gives when anybody has last acknowledged at or since an instant; zero for never.
func (s *State) lastAck(since time.Time) (last time.Time) {
	for _, a := range s.Acks {
		if !a.At.Before(since) && a.At.After(last) {
			last = a.At
		}
	}
	return last
}

func (s *State) again(r Run, why Why) *Again {
	i := slices.IndexFunc(s.Again, func(a Again) bool { return a.Run == r && a.Why == why })
	if i < 0 {
		return nil
	}
	return &s.Again[i]
}

// live tells whether a page can still be acknowledged: those of an engagement
// that has been stopped cannot.
func (s *State) live(p Paged) bool {
	return p.By == "" || slices.ContainsFunc(s.Others, func(o Other) bool { return o.Engagement == p.By })
}

// paged tells whether a channel was paged at or since an instant. After
// downtime several stages may come at once: one page says it all.
func (s *State) paged(channel tocsin.ARN, at time.Time) bool {
	return slices.ContainsFunc(s.Paged, func(p Paged) bool { return p.Channel == channel && !p.Written.Before(at) && s.live(p) })
}

// orphaned tells whether all that a person got here were pages of engagements
// that have been stopped since.
func (s *State) orphaned(person tocsin.ARN) bool {
	some := false
	for _, p := range s.Paged {
		if p.Contact == person {
			if s.live(p) {
				return false
			}
			some = true
		}
	}
	return some
}

// shared gives the other engagement of the incident that has paged a person's
// channel at or since an instant and whose page still waits for an answer.
func (s *State) shared(person, channel tocsin.ARN, at time.Time) tocsin.ARN {
	for _, o := range s.Others {
		answered := func(p Paged) bool {
			return slices.ContainsFunc(o.Acks, func(a Ack) bool { return a.Contact == person && !a.At.Before(p.Written) })
		}
		if slices.ContainsFunc(o.Paged, func(p Paged) bool {
			return p.By == "" && p.Channel == channel && !p.Written.Before(at) && !answered(p)
		}) {
			return o.Engagement
		}
	}
	return ""
}
