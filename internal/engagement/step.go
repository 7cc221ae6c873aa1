package engagement

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Book is everybody an engagement can reach, as they are now.
type Book struct {
	Contacts map[tocsin.ARN]*tocsin.Contact
	Channels map[tocsin.ARN]*tocsin.Channel
	// OnCall gives who is on call by a schedule at an instant; nil is nobody.
	OnCall func(schedule *tocsin.Contact, at time.Time) []tocsin.ARN
}

// State is all that has happened in an engagement: a log of facts. The same
// facts, plans and instant always give the same step.
type State struct {
	Contact tocsin.ARN `json:"contact"` // what was engaged
	Started time.Time  `json:"started"`
	Stopped bool       `json:"-"`
	Stages  []Stage    `json:"stages,omitempty"`
	Paged   []Paged    `json:"paged,omitempty"`
	Acks    []Ack      `json:"acks,omitempty"`
}

// Stage is the fact that a stage of a run was begun, or passed over.
//
// A run is one contact's plan being followed inside the engagement. The run of
// what was engaged has the name ""; the run of target j of stage i of run r has
// the name r/i.j, and of the n-th person on call by that target r/i.j.n.
type Stage struct {
	Run     string       `json:"run"`
	Index   int          `json:"index"`
	At      time.Time    `json:"at"` // when its time was, not when we came to it
	Skipped bool         `json:"skipped,omitempty"`
	OnCall  []tocsin.ARN `json:"onCall,omitempty"` // who the target schedule resolved to; for runs of schedules
}

// Paged is the fact that a page to a channel was written.
type Paged struct {
	Contact tocsin.ARN `json:"contact"`
	Channel tocsin.ARN `json:"channel"`
	At      time.Time  `json:"at"` // when its stage's time was
}

// Ack is the fact that a person has acknowledged a page of the engagement.
type Ack struct {
	Contact tocsin.ARN `json:"contact"`
	At      time.Time  `json:"at"`
}

// Action is one thing to do: exactly one of Begin, Page and Skip is set.
type Action struct {
	Begin *Stage // write this fact
	Page  *PageAction
	Skip  *SkipAction
}

// PageAction is to page a person on a channel.
type PageAction struct {
	Contact tocsin.ARN
	Channel tocsin.ARN
	Retry   time.Duration
	Due     time.Time
	Path    []tocsin.Resolution
}

// SkipAction is to report something that was not paged, and why.
type SkipAction struct {
	Contact tocsin.ARN // whose plan it stands in
	Stage   int
	Target  tocsin.ARN // empty where a whole stage was passed over
	Reason  string
}

// Step is what to do now, and when to look again; a zero Wake is never, unless
// somebody acknowledges.
type Step struct {
	Actions []Action
	Wake    time.Time
}

// maxDepth bounds how deep plans may name plans.
const maxDepth = 8

// Next tells what an engagement is to do at an instant. It is pure: the live
// driver, the simulation and the tests all call it.
//
// A stage begins when the minutes of the stages before it have passed since its
// run began. If by then a later stage of the same run has begun too (the server
// was down), only the latest is begun and the others are passed over: each
// person is paged once, by the stage that is current.
func Next(b Book, s State, now time.Time) Step {
	if s.Stopped {
		return Step{}
	}
	s.Stages, s.Paged = slices.Clone(s.Stages), slices.Clone(s.Paged) // the caller keeps its own
	w := &walk{book: b, state: s, now: now}
	w.run(run{contact: s.Contact, began: s.Started, stage: -1})
	return Step{Actions: w.actions, Wake: w.wake}
}

// run is one contact's plan being followed.
type run struct {
	name    string
	contact tocsin.ARN
	began   time.Time
	stage   int // the stage of the parent's plan that led here; -1 at the top
	path    []tocsin.Resolution
}

type walk struct {
	book    Book
	state   State // with what this step has begun already
	now     time.Time
	actions []Action
	wake    time.Time
}

func (w *walk) do(a Action) { w.actions = append(w.actions, a) }

func (w *walk) skip(r run, stage int, target tocsin.ARN, reason string) {
	w.do(Action{Skip: &SkipAction{Contact: r.contact, Stage: stage, Target: target, Reason: reason}})
}

func (w *walk) acked(person tocsin.ARN) bool {
	return slices.ContainsFunc(w.state.Acks, func(a Ack) bool { return a.Contact == person })
}

func (w *walk) fact(name string, index int) *Stage {
	for i := range w.state.Stages {
		if f := &w.state.Stages[i]; f.Run == name && f.Index == index {
			return f
		}
	}
	return nil
}

func (w *walk) begin(f Stage) *Stage {
	w.state.Stages = append(w.state.Stages, f)
	fact := &w.state.Stages[len(w.state.Stages)-1]
	copied := *fact
	w.do(Action{Begin: &copied})
	return fact
}

// child is a run that a target of a stage leads to.
type child struct {
	run
	essential bool
}

// children are the runs that a begun stage, or a resolved schedule, leads to.
func (w *walk) children(r run, c *tocsin.Contact, f *Stage) []child {
	var out []child
	if c.Type == tocsin.OnCall {
		for n, person := range f.OnCall {
			out = append(out, child{run: run{name: fmt.Sprintf("%s.%d", r.name, n), contact: person, began: f.At, stage: r.stage, path: r.path}})
		}
		return out
	}
	if f.Index >= len(c.Plan.Stages) {
		return nil // the plan was shortened meanwhile
	}
	for j, t := range c.Plan.Stages[f.Index].Targets {
		if t.Contact != "" {
			out = append(out, child{essential: t.Essential, run: run{
				name: fmt.Sprintf("%s/%d.%d", r.name, f.Index, j), contact: t.Contact, began: f.At, stage: f.Index, path: r.path}})
		}
	}
	return out
}

// answered tells whether a person whom the run stands for has acknowledged.
func (w *walk) answered(r run) bool {
	if w.acked(r.contact) {
		return true
	}
	return w.anyChild(r, func(c child) bool { return w.answered(c.run) })
}

// ended tells whether an essential target has acknowledged: then nothing more
// of the run happens, neither later stages nor what its targets' plans still hold.
func (w *walk) ended(r run) bool {
	return w.anyChild(r, func(c child) bool { return c.essential && w.answered(c.run) })
}

func (w *walk) anyChild(r run, fn func(child) bool) bool {
	c := w.book.Contacts[r.contact]
	if c == nil || c.Type == tocsin.Personal || len(r.path) >= maxDepth {
		return false
	}
	r.path = append(slices.Clone(r.path), tocsin.Resolution{Contact: r.contact})
	for i := range w.state.Stages {
		if f := &w.state.Stages[i]; f.Run == r.name && !f.Skipped && slices.ContainsFunc(w.children(r, c, f), fn) {
			return true
		}
	}
	return false
}

// run follows one contact's plan as far as its time has come.
func (w *walk) run(r run) {
	c := w.book.Contacts[r.contact]
	if c == nil || w.ended(r) || c.Type == tocsin.Personal && w.acked(r.contact) {
		return
	}
	r.path = append(slices.Clone(r.path), tocsin.Resolution{Contact: r.contact, Type: c.Type, Stage: r.stage})
	if c.Type == tocsin.OnCall {
		w.schedule(r, c)
		return
	}
	w.stages(r, c)
}

// schedule resolves an on-call schedule once, as of the instant its run began.
func (w *walk) schedule(r run, c *tocsin.Contact) {
	f := w.fact(r.name, 0)
	if f == nil {
		var people []tocsin.ARN
		if w.book.OnCall != nil {
			people = w.book.OnCall(c, r.began)
		}
		f = w.begin(Stage{Run: r.name, At: r.began, OnCall: people})
		if len(people) == 0 {
			w.skip(r, 0, r.contact, "nobody is on call")
		}
	}
	for _, child := range w.children(r, c, f) {
		w.run(child.run)
	}
}

// stages walks a plan's stages in the order of their times.
func (w *walk) stages(r run, c *tocsin.Contact) {
	starts := make([]time.Time, len(c.Plan.Stages))
	at := r.began
	current := -1 // the first of the stages whose time came last
	for i, st := range c.Plan.Stages {
		starts[i] = at
		if !at.After(w.now) && (current < 0 || at.After(starts[current])) {
			current = i
		}
		at = at.Add(time.Duration(st.Minutes) * time.Minute)
	}
	for i := range c.Plan.Stages {
		f := w.fact(r.name, i)
		switch {
		case f != nil:
			w.follow(r, c, f)
		case starts[i].After(w.now):
			if w.wake.IsZero() || starts[i].Before(w.wake) {
				w.wake = starts[i]
			}
		case i < current:
			w.begin(Stage{Run: r.name, Index: i, At: starts[i], Skipped: true})
			w.skip(r, i, "", "its time passed while the server was not running")
		default:
			f = w.begin(Stage{Run: r.name, Index: i, At: starts[i]})
			if c.Type == tocsin.Personal {
				w.page(r, c, *f)
			} else {
				w.missing(r, c, *f)
				w.follow(r, c, f)
			}
		}
	}
}

// follow goes on with the plans that a begun stage led to.
func (w *walk) follow(r run, c *tocsin.Contact, f *Stage) {
	if f.Skipped {
		return
	}
	for _, child := range w.children(r, c, f) {
		if !w.cycle(r, child.contact) {
			w.run(child.run)
		}
	}
}

func (w *walk) cycle(r run, contact tocsin.ARN) bool {
	return len(r.path) >= maxDepth || slices.ContainsFunc(r.path, func(p tocsin.Resolution) bool { return p.Contact == contact })
}

// missing reports the targets of a stage that lead nowhere.
func (w *walk) missing(r run, c *tocsin.Contact, f Stage) {
	for _, t := range c.Plan.Stages[f.Index].Targets {
		switch {
		case t.Contact == "":
			w.skip(r, f.Index, t.Channel, "a channel cannot be the target of an escalation plan")
		case w.book.Contacts[t.Contact] == nil:
			w.skip(r, f.Index, t.Contact, "the contact does not exist")
		case w.cycle(r, t.Contact):
			w.skip(r, f.Index, t.Contact, "the plan leads back to itself")
		}
	}
}

// page pages a person on the channels of a stage that begins. A channel that
// was paged for the same instant already, because the person was reached by two
// paths, is not paged again.
func (w *walk) page(r run, c *tocsin.Contact, f Stage) {
	for _, t := range c.Plan.Stages[f.Index].Targets {
		ch := w.book.Channels[t.Channel]
		switch {
		case ch == nil || ch.ContactARN() != r.contact:
			w.skip(r, f.Index, t.Channel, "the contact channel does not exist")
		case !ch.Activated:
			w.skip(r, f.Index, t.Channel, "the contact channel is not activated")
		case w.paged(t.Channel, f.At):
		default:
			w.state.Paged = append(w.state.Paged, Paged{Contact: r.contact, Channel: t.Channel, At: f.At})
			w.do(Action{Page: &PageAction{Contact: r.contact, Channel: t.Channel, Retry: time.Duration(t.RetryMinutes) * time.Minute, Due: f.At, Path: r.path}})
		}
	}
}

func (w *walk) paged(channel tocsin.ARN, at time.Time) bool {
	return slices.ContainsFunc(w.state.Paged, func(p Paged) bool { return p.Channel == channel && p.At.Equal(at) })
}
