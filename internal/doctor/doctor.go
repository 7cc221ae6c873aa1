// Package doctor tells what would fail at three in the morning: plans that reach
// nobody, people without a channel, schedules with gaps, references to what was
// deleted, channels that have failed, events that do not come. It reads an account's settings from the
// store (Read) and judges them with the functions that the live engine uses
// (Examine, which is pure); it changes nothing. The API, the command, the console
// and the metrics show what it finds.
package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "ERROR"   // somebody will not be paged
	Warning Severity = "WARNING" // one more fault, and somebody will not be paged
	Note    Severity = "NOTE"    // worth knowing
)

// Kind names what is wrong. Kinds are stable: scripts and metrics use them.
type Kind string

// The kinds of finding; docs/doctor.md tells of each.
const (
	NoPlanEngages    Kind = "plan-engages-nobody"
	ReachesNobody    Kind = "plan-reaches-nobody"
	SometimesNobody  Kind = "plan-sometimes-reaches-nobody"
	RunsDry          Kind = "plan-runs-dry"
	MissingContact   Kind = "missing-contact"
	MissingChannel   Kind = "missing-channel"
	MissingRotation  Kind = "missing-rotation"
	MissingPlan      Kind = "missing-response-plan"
	NotActivated     Kind = "channel-not-activated"
	NoChannel        Kind = "person-without-channel"
	OneChannel       Kind = "person-with-one-channel"
	EmptyPlan        Kind = "contact-without-plan"
	FailingChannel   Kind = "channel-failing"
	NoProvider       Kind = "no-provider"
	Cycle            Kind = "cycle"
	Gap              Kind = "schedule-gap"
	Overlap          Kind = "schedule-overlap"
	OddShift         Kind = "odd-shift"
	RotationNotBegun Kind = "rotation-not-begun"
	RotationEnds     Kind = "rotation-ends"
	SourceTrouble    Kind = "source-in-trouble"
	SourceSilent     Kind = "source-silent"
	WatchFailed      Kind = "watch-failed"
	RuleUnwatched    Kind = "config-rule-without-watch"
)

// Kinds lists all kinds, for metrics that are zero too.
func Kinds() []Kind {
	return []Kind{NoPlanEngages, ReachesNobody, SometimesNobody, RunsDry, MissingContact, MissingChannel, MissingRotation, MissingPlan, NotActivated, NoChannel,
		OneChannel, EmptyPlan, FailingChannel, NoProvider, Cycle, Gap, Overlap, OddShift, RotationNotBegun, RotationEnds, SourceTrouble, SourceSilent, WatchFailed, RuleUnwatched}
}

// Finding is one thing that is wrong.
type Finding struct {
	Kind     Kind
	Severity Severity
	Resource tocsin.ARN // what it is wrong with
	Message  string
	Mend     string // what to do
}

// House is what is examined: an account's settings at an instant.
type House struct {
	Now       time.Time
	Plans     []*tocsin.ResponsePlan
	Book      engagement.Book // everybody of the account, in all regions
	Rules     []tocsin.Match
	Failures  map[tocsin.ARN]string // channels whose last sends all failed, and the last error
	Schedules []Schedule

	ConfigRules []*tocsin.ConfigRule // of all regions
	Live
}

// exam is an examination on its way.
type exam struct {
	House
	found []Finding
	used  map[tocsin.ARN]bool // contacts that something engages
}

// Examine gives what is wrong in a house, the worst first.
func Examine(h House) []Finding {
	h.onDuty()
	x := &exam{House: h, used: map[tocsin.ARN]bool{}}
	for _, p := range h.Plans {
		for _, c := range p.Engagements {
			x.use(c)
		}
	}
	x.references()
	x.people()
	x.schedules()
	for _, p := range h.Plans {
		x.responsePlan(p)
	}
	x.rules()
	x.sources()
	x.watches()
	order := map[Severity]int{Error: 0, Warning: 1, Note: 2}
	slices.SortStableFunc(x.found, func(a, b Finding) int {
		return cmp.Or(order[a.Severity]-order[b.Severity], cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(x.found)
}

func (x *exam) find(k Kind, s Severity, resource tocsin.ARN, mend, format string, args ...any) {
	x.found = append(x.found, Finding{Kind: k, Severity: s, Resource: resource, Message: fmt.Sprintf(format, args...), Mend: mend})
}

// use marks a contact, and whom it leads to, as engaged by something.
func (x *exam) use(arn tocsin.ARN) {
	if x.used[arn] {
		return
	}
	x.used[arn] = true
	c := x.Book.Contacts[arn]
	if c == nil {
		return
	}
	for _, st := range c.Plan.Stages {
		for _, t := range st.Targets {
			if t.Contact != "" {
				x.use(t.Contact)
			}
		}
	}
	if f := c.Plan.Options.Fallback; f != "" {
		x.use(f)
	}
	for _, s := range x.Schedules {
		if s.Contact == arn {
			for _, person := range s.people(x.Now) {
				x.use(person)
			}
		}
	}
}

// contacts lists the contacts by ARN.
func (x *exam) contacts() []*tocsin.Contact {
	out := make([]*tocsin.Contact, 0, len(x.Book.Contacts))
	for _, c := range x.Book.Contacts {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *tocsin.Contact) int { return cmp.Compare(a.ARN(), b.ARN()) })
	return out
}

// references finds what plans name and what does not exist, and plans that lead
// back to themselves.
func (x *exam) references() {
	for _, c := range x.contacts() {
		for i, st := range c.Plan.Stages {
			for _, t := range st.Targets {
				x.target(c, i, t)
			}
		}
		if f := c.Plan.Options.Fallback; f != "" && x.Book.Contacts[f] == nil {
			x.find(MissingContact, x.grave(c), c.ARN(), "name another fallback, or remove the tag "+tocsin.TagFallback, "the fallback of %s, %s, does not exist", c.Alias, f.ID())
		}
		if c.Type != tocsin.OnCall && len(c.Plan.Stages) == 0 {
			x.find(EmptyPlan, x.grave(c), c.ARN(), "give it stages: update-contact --plan", "the plan of %s has no stages: it pages nobody", c.Alias)
		}
		if path := x.cycle(c, nil); path != nil {
			x.find(Cycle, Warning, c.ARN(), "take one of them out of the other's plan", "the plan of %s leads back to itself: %s", c.Alias, joined(path))
		}
	}
}

// grave is how bad a fault of a contact is: it matters if somebody engages it.
func (x *exam) grave(c *tocsin.Contact) Severity {
	if x.used[c.ARN()] {
		return Error
	}
	return Warning
}

func (x *exam) target(c *tocsin.Contact, stage int, t tocsin.StageTarget) {
	switch ch := x.Book.Channels[t.Channel]; {
	case t.Contact != "" && x.Book.Contacts[t.Contact] == nil:
		x.find(MissingContact, x.grave(c), c.ARN(), "name another contact in the stage", "stage %d of %s names %s, which does not exist: nobody is paged in its place", stage+1, c.Alias, t.Contact.ID())
	case t.Contact != "":
	case ch == nil || ch.ContactARN() != c.ARN():
		x.find(MissingChannel, x.grave(c), c.ARN(), "name another channel in the stage", "stage %d of %s names a channel that does not exist: the stage is skipped", stage+1, c.Alias)
	case !ch.Activated:
		x.find(NotActivated, Warning, ch.ARN(), "send its code anew and enter it: send-activation-code, activate-contact-channel", "stage %d of %s uses the %s channel “%s”, which is not activated: it is skipped", stage+1, c.Alias, ch.Type, ch.Name)
	}
}

// cycle gives the way by which a contact's plan leads back to it, the shortest way
// down first; nil where there is none.
func (x *exam) cycle(c *tocsin.Contact, path []tocsin.ARN) []tocsin.ARN {
	path = append(slices.Clone(path), c.ARN())
	for _, st := range c.Plan.Stages {
		for _, t := range st.Targets {
			if t.Contact == path[0] {
				return append(path, t.Contact)
			}
			next := x.Book.Contacts[t.Contact]
			if next == nil || slices.Contains(path, t.Contact) || len(path) > 8 {
				continue
			}
			if found := x.cycle(next, path); found != nil {
				return found
			}
		}
	}
	return nil
}

func joined(path []tocsin.ARN) (out string) {
	for i, arn := range path {
		if i > 0 {
			out += " → "
		}
		out += arn.ID()
	}
	return out
}

// rules finds rules that start an incident of a plan that does not exist.
func (x *exam) rules() {
	for _, m := range x.Rules {
		if m.Rule.State == tocsin.RuleDisabled {
			continue
		}
		for _, t := range m.Targets {
			if t.ARN.Service() != tocsin.ServiceIncidents || t.ARN.Kind() != "response-plan" {
				continue
			}
			if !slices.ContainsFunc(x.Plans, func(p *tocsin.ResponsePlan) bool { return p.ARN() == t.ARN }) {
				x.find(MissingPlan, Error, m.Rule.ARN(), "make the plan, or give the rule another target: put-targets", "rule %s starts incidents of %s, which does not exist: its events page nobody", m.Rule.Name, t.ARN.ID())
			}
		}
	}
}
