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
	// Duty says why: which rotation's shift, which override. For people; nil says nothing.
	Duty func(schedule *tocsin.Contact, at time.Time) string
}

// Step is what to do now, and when to look again; a zero Wake is never, unless
// somebody acknowledges.
type Step struct {
	Actions []Action
	Wake    time.Time
	Dry     time.Time // when all stages will have passed if nobody answers; zero when the plan has ended
}

// maxDepth bounds how deep plans may name plans, maxSeen how many plans at how
// many instants are looked at to see whether a stage reaches anybody: plans that
// lead back to themselves would be followed for ever.
const (
	maxDepth = 8
	maxSeen  = 1000
)

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
//
// What a plan's options add is in again.go.
func Next(b Book, s State, now time.Time) Step {
	if s.Stopped {
		return Step{}
	}
	w := &walk{book: b, state: s.clone(), now: now, begun: map[Run][]int{}}
	for i, f := range s.Stages {
		w.begun[f.Run] = append(w.begun[f.Run], i)
	}
	for { // until a look finds nothing more: what one path began may end another
		done := len(w.actions)
		w.seen = map[Run]course{}
		if c := w.root(); len(w.actions) == done {
			return Step{Actions: w.actions, Wake: c.wake, Dry: c.end}
		}
	}
}

// route is a run and how it was reached.
type route struct {
	Run
	stage int                 // the stage of the parent's plan that led here; -1 at the top
	path  []tocsin.Resolution // from what was engaged to what led here
}

// via is the path of what a run leads to.
func (r route) via(c *tocsin.Contact) []tocsin.Resolution {
	return append(slices.Clone(r.path), tocsin.Resolution{Contact: r.Contact, Type: c.Type, Stage: r.stage})
}

// course is how a run goes on.
type course struct {
	wake time.Time // when to look at it again; zero for never, unless somebody acknowledges
	end  time.Time // when its last stage, and what those led to, will have passed
}

// with joins the course of what goes on beside it.
func (c course) with(o course) course {
	c.wake = earliest(c.wake, o.wake)
	if o.end.After(c.end) {
		c.end = o.end
	}
	return c
}

type walk struct {
	book    Book
	state   State // with what this step has done already
	now     time.Time
	since   time.Time // acknowledgements before this no longer count
	actions []Action
	seen    map[Run]course // the runs that were walked
	begun   map[Run][]int  // the stages of each run, as indexes into the log's
}

func (w *walk) do(a Action) {
	if a.Begin != nil {
		w.begun[a.Begin.Run] = append(w.begun[a.Begin.Run], len(w.state.Stages))
	}
	w.actions = append(w.actions, a)
	w.state.Record(a, w.now)
}

// fact gives the fact that a stage of a run was begun or passed over.
func (w *walk) fact(r Run, index int) *Stage {
	for _, i := range w.begun[r] {
		if f := &w.state.Stages[i]; f.Index == index {
			return f
		}
	}
	return nil
}

func (w *walk) acked(person tocsin.ARN) bool { return w.state.acked(person, w.since) }

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

// run follows one contact's plan as far as its time has come.
func (w *walk) run(r route) course {
	if c, ok := w.seen[r.Run]; ok {
		return c
	}
	if w.acked(r.Contact) || w.ended(r.Run) {
		return course{}
	}
	c := w.book.Contacts[r.Contact]
	if c == nil {
		w.nobody(r)
		return course{}
	}
	w.seen[r.Run] = course{}
	var out course
	if c.Type == tocsin.OnCall {
		out = w.schedule(r, c)
	} else {
		out = w.stages(r, c)
	}
	w.seen[r.Run] = out
	return out
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
func (w *walk) schedule(r route, c *tocsin.Contact) (out course) {
	f := w.fact(r.Run, 0)
	if f == nil {
		began := Stage{Run: r.Run, At: r.Began.Time(), OnCall: w.onCall(c, r.Began.Time())}
		w.do(Action{Begin: &began})
		f = &began
	}
	if len(f.OnCall) == 0 {
		w.skip(r.Run, -1, "", "nobody is on call")
	}
	for _, person := range f.OnCall {
		out = out.with(w.child(r, c, person, r.stage, f.At))
	}
	return out
}

func (w *walk) onCall(c *tocsin.Contact, at time.Time) []tocsin.ARN {
	if w.book.OnCall == nil {
		return nil
	}
	return w.book.OnCall(c, at)
}

// child follows the plan of a contact that a run leads to.
func (w *walk) child(r route, c *tocsin.Contact, contact tocsin.ARN, stage int, at time.Time) course {
	path := r.via(c)
	switch {
	case slices.ContainsFunc(path, func(p tocsin.Resolution) bool { return p.Contact == contact }):
		w.skip(r.Run, stage, contact, "the plan leads back to itself")
	case len(path) >= maxDepth:
		w.skip(r.Run, stage, contact, "the plans are nested too deep")
	default:
		return w.run(route{Run: Run{Contact: contact, Began: tocsin.At(at)}, stage: stage, path: path})
	}
	return course{}
}

// stages begins the stages of a plan whose time has come and goes on with the
// plans that they led to, and with its repeat.
func (w *walk) stages(r route, c *tocsin.Contact) course {
	if len(c.Plan.Stages) == 0 {
		w.skip(r.Run, -1, "", "the plan has no stages")
		return course{end: r.Began.Time()}
	}
	next := w.next(r, c)
	out := course{wake: w.begin(r, c, next), end: r.Began.Time().Add(c.Plan.Length())}
	if c.Type == tocsin.Personal {
		w.adopt(r, c)
		return out.with(w.repeat(r, c, next))
	}
	if w.ended(r.Run) { // by somebody who had acknowledged before the stage began
		return course{}
	}
	for i, st := range c.Plan.Stages {
		f := w.fact(r.Run, i)
		if f == nil || f.Skipped {
			continue
		}
		at := f.At
		for _, t := range st.Targets {
			if t.Contact != "" {
				out = out.with(w.child(r, c, t.Contact, i, at))
			}
		}
	}
	if w.ended(r.Run) {
		return course{}
	}
	out = out.with(w.repeat(r, c, next))
	if w.ended(r.Run) { // by somebody whom its repeat leads to
		return course{}
	}
	return out
}

// begin begins the stages of a run whose time has come, pages a person's, and
// gives the time of the first that is still to come. next is when the run that
// follows this one has begun; zero while it has not.
func (w *walk) begin(r route, c *tocsin.Contact, next time.Time) (wake time.Time) {
	var current time.Time
	at := r.Began.Time()
	for i := range c.Plan.Stages {
		f := Stage{Run: r.Run, Index: i, At: at}
		at = at.Add(c.Plan.Wait(i))
		switch {
		case f.At.After(w.now):
			wake = earliest(wake, f.At)
		case w.fact(r.Run, i) == nil:
			if current.IsZero() {
				current = w.current(c, r.Began.Time())
				if !next.IsZero() {
					current = latest(current, w.reachedSince(r, c, next))
				}
			}
			w.beginStage(r, c, f, current)
		}
	}
	return wake
}

func (w *walk) beginStage(r route, c *tocsin.Contact, f Stage, current time.Time) {
	if f.At.Before(current) && w.reaches(c, f.Index, f.At) {
		f.Skipped = true
		w.do(Action{Begin: &f})
		w.skip(r.Run, f.Index, "", "its time passed while the server was not running")
		return
	}
	for _, t := range c.Plan.Stages[f.Index].Targets {
		if t.Contact != "" && c.Type != tocsin.Personal {
			f.Targets = append(f.Targets, Target{Contact: t.Contact, Essential: t.Essential})
		}
	}
	w.do(Action{Begin: &f})
	w.enter(r, c, f)
}

// current gives when the latest stage of a plan began that began by now and
// reaches somebody; the plan's own beginning where there is none.
func (w *walk) current(c *tocsin.Contact, began time.Time) time.Time {
	at, current := began, began
	for i := range c.Plan.Stages {
		if !at.After(w.now) && at.After(current) && w.reaches(c, i, at) {
			current = at
		}
		at = at.Add(c.Plan.Wait(i))
	}
	return current
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
			Due: f.At, Path: r.via(w.book.Contacts[r.Contact]), Shared: w.state.shared(r.Contact, t.Channel, f.At)}})
	}
}

// adopt pages a person anew, by the stage that is current, whose only pages
// were those of another engagement that has been stopped since.
func (w *walk) adopt(r route, c *tocsin.Contact) {
	if !w.state.orphaned(r.Contact) {
		return
	}
	for i := len(c.Plan.Stages) - 1; i >= 0 && w.state.orphaned(r.Contact); i-- {
		if f := w.fact(r.Run, i); f != nil && !f.Skipped {
			w.enter(r, c, *f)
		}
	}
}

// reaches tells whether a stage that begins at an instant can page anybody who
// has not acknowledged.
func (w *walk) reaches(c *tocsin.Contact, stage int, at time.Time) bool {
	return w.stageReaches(c, stage, at, map[Run]bool{})
}

// stageReaches keeps in seen what was found to reach nobody, or is being looked at.
func (w *walk) stageReaches(c *tocsin.Contact, stage int, at time.Time, seen map[Run]bool) bool {
	return slices.ContainsFunc(c.Plan.Stages[stage].Targets, func(t tocsin.StageTarget) bool {
		if c.Type != tocsin.Personal {
			return w.reachesContact(t.Contact, at, seen)
		}
		ch := w.book.Channels[t.Channel]
		return ch != nil && ch.Activated && ch.ContactARN() == c.ARN()
	})
}

func (w *walk) reachesContact(arn tocsin.ARN, at time.Time, seen map[Run]bool) bool {
	c, r := w.book.Contacts[arn], Run{Contact: arn, Began: tocsin.At(at)}
	if c == nil || seen[r] || len(seen) > maxSeen || w.acked(arn) {
		return false
	}
	seen[r] = true
	if c.Type == tocsin.OnCall {
		return slices.ContainsFunc(w.onCall(c, at), func(p tocsin.ARN) bool { return w.reachesContact(p, at, seen) })
	}
	for i := range c.Plan.Stages {
		if w.stageReaches(c, i, at, seen) {
			return true
		}
		at = at.Add(c.Plan.Wait(i))
	}
	return false
}

// ended tells whether an essential target of a run, or of its repeat, has
// acknowledged: then nothing more of the run happens. That is a fact as well,
// which no later change of plans undoes.
func (w *walk) ended(r Run) bool {
	if slices.Contains(w.state.Ended, r) {
		return true
	}
	if w.state.lastAck(w.since).IsZero() {
		return false
	}
	essential := func(t Target) bool { return t.Essential }
	if w.answeredIn(r, essential, map[Run]bool{}) {
		w.do(Action{End: &r})
		return true
	}
	if next, ok := w.state.repeat(r); ok && w.ended(next) {
		w.do(Action{End: &r})
		return true
	}
	return false
}

// answeredIn tells whether one of the targets of a run that fit has acknowledged.
func (w *walk) answeredIn(r Run, fits func(Target) bool, seen map[Run]bool) bool {
	for _, i := range w.begun[r] {
		f := w.state.Stages[i]
		if f.Skipped {
			continue
		}
		for _, t := range w.led(f) {
			if fits(t) && w.answered(Run{Contact: t.Contact, Began: tocsin.At(f.At)}, seen) {
				return true
			}
		}
	}
	return false
}

// answered tells whether a person to whom a run, or its repeats, led has acknowledged.
func (w *walk) answered(r Run, seen map[Run]bool) bool {
	if seen[r] {
		return false
	}
	seen[r] = true
	if w.acked(r.Contact) || w.answeredIn(r, func(Target) bool { return true }, seen) {
		return true
	}
	next, ok := w.state.repeat(r)
	return ok && w.answered(next, seen)
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
