package engagement

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Book is everybody an engagement can reach, as they are now.
type Book struct {
	Contacts map[tocsin.ARN]*tocsin.Contact
	Channels map[tocsin.ARN]*tocsin.Channel
	// OnCall gives who is on call by a schedule at an instant; nil is nobody.
	// Those it gives must stand in Contacts.
	OnCall func(schedule *tocsin.Contact, at time.Time) []tocsin.ARN
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
// driver, the simulation and the tests all call it. It keeps these rules:
//
//   - A stage begins when the minutes of the stages before it have passed since
//     its run began, and is read from the plan at that instant.
//   - If by then a later stage of the run has begun too (the server was down),
//     only the latest that reaches somebody is begun, and the others are passed
//     over and reported.
//   - A person who has acknowledged is paged no more. If the person is
//     essential, the plan ends: its later stages, and what the plans of its
//     other targets still hold.
//   - A channel that was paged at or since the time of a stage is not paged by
//     it again, whichever path or engagement of the incident the page came from.
//   - What leads nowhere is reported, once, and never keeps others from being paged.
//   - What is added to a stage that has begun is followed from the next step on;
//     what is removed from it no longer is.
func Next(b Book, s State, now time.Time) Step {
	if s.Stopped {
		return Step{}
	}
	w := &walk{book: b, state: s.clone(), now: now, seen: map[Run]time.Time{}}
	wake := w.run(route{Run: Run{Contact: s.Contact, Began: tocsin.At(s.Started)}, stage: -1})
	return Step{Actions: w.actions, Wake: wake}
}

// route is a run and how it was reached.
type route struct {
	Run
	stage int                 // the stage of the parent's plan that led here; -1 at the top
	path  []tocsin.Resolution // from what was engaged to here; here itself once its contact is known
}

type walk struct {
	book    Book
	state   State // with what this step has done already
	now     time.Time
	actions []Action
	seen    map[Run]time.Time // the runs that were walked, and when each is to be looked at again
}

func (w *walk) do(a Action) {
	w.actions = append(w.actions, a)
	w.state.Record(a, w.now)
}

func (w *walk) skip(r Run, stage int, target tocsin.ARN, reason string) {
	s := SkipAction{Contact: r.Contact, Began: r.Began, Stage: stage, Target: target, Reason: reason}
	if !slices.Contains(w.state.Skipped, s) {
		w.do(Action{Skip: &s})
	}
}

// earliest gives the earlier of two instants, where zero is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// run follows one contact's plan as far as its time has come and gives the
// instant at which to look at it again.
func (w *walk) run(r route) time.Time {
	if wake, ok := w.seen[r.Run]; ok {
		return wake
	}
	if w.state.acked(r.Contact) || w.ended(r.Run) {
		return time.Time{}
	}
	c := w.book.Contacts[r.Contact]
	if c == nil {
		w.nobody(r)
		return time.Time{}
	}
	w.seen[r.Run] = time.Time{}
	r.path = append(slices.Clone(r.path), tocsin.Resolution{Contact: r.Contact, Type: c.Type, Stage: r.stage})
	var wake time.Time
	if c.Type == tocsin.OnCall {
		wake = w.schedule(r, c)
	} else {
		wake = w.stages(r, c)
	}
	w.seen[r.Run] = wake
	return wake
}

// nobody reports a run whose contact does not exist, or no longer.
func (w *walk) nobody(r route) {
	if n := len(r.path); n > 0 {
		w.skip(Run{Contact: r.path[n-1].Contact, Began: r.Began}, r.stage, r.Contact, "the contact does not exist")
		return
	}
	w.skip(r.Run, -1, "", "the contact does not exist")
}

// schedule resolves an on-call schedule once, as of the instant its run began.
func (w *walk) schedule(r route, c *tocsin.Contact) time.Time {
	f := w.state.fact(r.Run, 0)
	if f == nil {
		began := Stage{Run: r.Run, At: r.Began.Time(), OnCall: w.onCall(c, r.Began.Time())}
		w.do(Action{Begin: &began})
		f = &began
	}
	if len(f.OnCall) == 0 {
		w.skip(r.Run, -1, "", "nobody is on call")
	}
	var wake time.Time
	for _, person := range f.OnCall {
		wake = earliest(wake, w.child(r, person, r.stage, f.At))
	}
	return wake
}

func (w *walk) onCall(c *tocsin.Contact, at time.Time) []tocsin.ARN {
	if w.book.OnCall == nil {
		return nil
	}
	return w.book.OnCall(c, at)
}

// child follows the plan of a contact that a run leads to.
func (w *walk) child(r route, contact tocsin.ARN, stage int, at time.Time) time.Time {
	switch {
	case slices.ContainsFunc(r.path, func(p tocsin.Resolution) bool { return p.Contact == contact }):
		w.skip(r.Run, stage, contact, "the plan leads back to itself")
	case len(r.path) >= maxDepth:
		w.skip(r.Run, stage, contact, "the plans are nested too deep")
	default:
		return w.run(route{Run: Run{Contact: contact, Began: tocsin.At(at)}, stage: stage, path: r.path})
	}
	return time.Time{}
}

// stages begins the stages of a plan whose time has come and goes on with the
// plans that they led to.
func (w *walk) stages(r route, c *tocsin.Contact) time.Time {
	if len(c.Plan.Stages) == 0 {
		w.skip(r.Run, -1, "", "the plan has no stages")
	}
	wake := w.begin(r, c)
	if c.Type == tocsin.Personal {
		w.adopt(r, c)
		return wake
	}
	if w.ended(r.Run) { // by somebody who had acknowledged before the stage began
		return time.Time{}
	}
	for i, st := range c.Plan.Stages {
		f := w.state.fact(r.Run, i)
		if f == nil || f.Skipped {
			continue
		}
		at := f.At
		for _, t := range st.Targets {
			if t.Contact != "" {
				wake = earliest(wake, w.child(r, t.Contact, i, at))
			}
		}
	}
	if w.ended(r.Run) {
		return time.Time{}
	}
	return wake
}

// begin begins the stages of a run whose time has come, pages a person's, and
// gives the time of the first that is still to come.
func (w *walk) begin(r route, c *tocsin.Contact) (wake time.Time) {
	starts := make([]time.Time, len(c.Plan.Stages))
	at, current := r.Began.Time(), r.Began.Time() // current: the start of the last that reaches somebody
	for i, st := range c.Plan.Stages {
		starts[i] = at
		if at.After(w.now) {
			wake = earliest(wake, at)
		} else if at.After(current) && w.reaches(c, st, at) {
			current = at
		}
		at = at.Add(time.Duration(st.Minutes) * time.Minute)
	}
	for i, st := range c.Plan.Stages {
		if starts[i].After(w.now) || w.state.fact(r.Run, i) != nil {
			continue
		}
		f := Stage{Run: r.Run, Index: i, At: starts[i]}
		if starts[i].Before(current) && w.reaches(c, st, starts[i]) {
			f.Skipped = true
			w.do(Action{Begin: &f})
			w.skip(r.Run, i, "", "its time passed while the server was not running")
			continue
		}
		for _, t := range st.Targets {
			if t.Contact != "" && c.Type != tocsin.Personal {
				f.Targets = append(f.Targets, Target{Contact: t.Contact, Essential: t.Essential})
			}
		}
		w.do(Action{Begin: &f})
		w.enter(r, c, f)
	}
	return wake
}

// enter pages a person on the channels of a stage that begins, and reports the
// targets of any plan that cannot be reached.
func (w *walk) enter(r route, c *tocsin.Contact, f Stage) {
	for _, t := range c.Plan.Stages[f.Index].Targets {
		switch {
		case c.Type == tocsin.Personal:
			w.page(r, t, f)
		case t.Contact == "":
			w.skip(r.Run, f.Index, t.Channel, "a channel cannot be the target of an escalation plan")
		}
	}
}

func (w *walk) page(r route, t tocsin.StageTarget, f Stage) {
	ch := w.book.Channels[t.Channel]
	switch {
	case ch == nil || ch.ContactARN() != r.Contact:
		w.skip(r.Run, f.Index, t.Channel, "the contact channel does not exist")
	case !ch.Activated:
		w.skip(r.Run, f.Index, t.Channel, "the contact channel is not activated")
	case !w.state.paged(t.Channel, f.At):
		w.do(Action{Page: &PageAction{Contact: r.Contact, Channel: t.Channel, Retry: time.Duration(t.RetryMinutes) * time.Minute,
			Due: f.At, Path: r.path, Shared: w.state.shared(r.Contact, t.Channel, f.At)}})
	}
}

// adopt pages a person anew, by the stage that is current, whose only pages
// were those of another engagement that has been stopped since.
func (w *walk) adopt(r route, c *tocsin.Contact) {
	if !w.state.orphaned(r.Contact) {
		return
	}
	for i := len(c.Plan.Stages) - 1; i >= 0 && w.state.orphaned(r.Contact); i-- {
		if f := w.state.fact(r.Run, i); f != nil && !f.Skipped {
			w.enter(r, c, *f)
		}
	}
}

// reaches tells whether a stage that begins at an instant can page anybody who
// has not acknowledged.
func (w *walk) reaches(c *tocsin.Contact, st tocsin.Stage, at time.Time) bool {
	return w.reachesBy(c, st, at, map[tocsin.ARN]bool{c.ARN(): true})
}

func (w *walk) reachesBy(c *tocsin.Contact, st tocsin.Stage, at time.Time, seen map[tocsin.ARN]bool) bool {
	return slices.ContainsFunc(st.Targets, func(t tocsin.StageTarget) bool {
		if c.Type != tocsin.Personal {
			return w.reachesContact(t.Contact, at, seen)
		}
		ch := w.book.Channels[t.Channel]
		return ch != nil && ch.Activated && ch.ContactARN() == c.ARN()
	})
}

func (w *walk) reachesContact(arn tocsin.ARN, at time.Time, seen map[tocsin.ARN]bool) bool {
	c := w.book.Contacts[arn]
	if c == nil || seen[arn] || w.state.acked(arn) {
		return false
	}
	seen[arn] = true
	if c.Type == tocsin.OnCall {
		return slices.ContainsFunc(w.onCall(c, at), func(p tocsin.ARN) bool { return w.reachesContact(p, at, seen) })
	}
	return slices.ContainsFunc(c.Plan.Stages, func(st tocsin.Stage) bool { return w.reachesBy(c, st, at, seen) })
}

// ended tells whether an essential target of a run has acknowledged: then
// nothing more of the run happens. That is a fact as well, which no later
// change of plans undoes.
func (w *walk) ended(r Run) bool {
	if slices.Contains(w.state.Ended, r) {
		return true
	}
	for _, f := range w.state.Stages {
		if f.Run != r || f.Skipped {
			continue
		}
		for _, t := range w.led(f) {
			if t.Essential && w.answered(Run{Contact: t.Contact, Began: tocsin.At(f.At)}, map[Run]bool{}) {
				w.do(Action{End: &r})
				return true
			}
		}
	}
	return false
}

// answered tells whether a person whom a run has led to has acknowledged.
func (w *walk) answered(r Run, seen map[Run]bool) bool {
	if seen[r] {
		return false
	}
	seen[r] = true
	if w.state.acked(r.Contact) {
		return true
	}
	for _, f := range w.state.Stages {
		if f.Run != r || f.Skipped {
			continue
		}
		for _, t := range w.led(f) {
			if w.answered(Run{Contact: t.Contact, Began: tocsin.At(f.At)}, seen) {
				return true
			}
		}
	}
	return false
}

// led gives the contacts that a begun stage led to, by the plan as it was then
// and by the plan as it is now.
func (w *walk) led(f Stage) []Target {
	out := slices.Clip(f.Targets)
	for _, person := range f.OnCall {
		out = append(out, Target{Contact: person})
	}
	c := w.book.Contacts[f.Run.Contact]
	if c == nil || c.Type != tocsin.Escalation || f.Index >= len(c.Plan.Stages) {
		return out
	}
	for _, t := range c.Plan.Stages[f.Index].Targets {
		if t.Contact != "" {
			out = append(out, Target{Contact: t.Contact, Essential: t.Essential})
		}
	}
	return out
}
