package engagement

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
)

// What plans do beyond AWS's, by their options:
//
//   - A plan that repeats begins anew when its last stage has passed, for those
//     who have not acknowledged, in a run of its own.
//   - The plan of the contact that was engaged begins anew when the latest
//     acknowledgement has gone stale and the engagement is still open. What was
//     acknowledged before counts no more.
//   - When that plan has run dry, with its repeats and all that it led to, and
//     nobody has acknowledged, its fallback is engaged; at once if no stage of it
//     reaches anybody. Any acknowledgement ends it.
//
// Each beginning is a fact in the log, so a later change of the options does not
// change what has happened.

// root follows what was engaged.
func (w *walk) root() course {
	r := Run{Contact: w.state.Contact, Began: tocsin.At(w.state.Started)}
	c := w.book.Contacts[r.Contact]
	var stale time.Time
	for {
		w.since = r.Began.Time()
		if f := w.state.again(r, Stale); f != nil {
			r.Began = tocsin.At(f.At)
			continue
		}
		if stale = w.stale(c); stale.IsZero() || stale.After(w.now) {
			break
		}
		w.do(Action{Again: &Again{Run: r, Why: Stale, At: stale}})
	}
	out := w.run(route{Run: r, stage: -1})
	return out.with(course{wake: stale}).with(w.fallback(r, c, out))
}

// stale gives when what was acknowledged counts no more; zero for never.
func (w *walk) stale(c *tocsin.Contact) time.Time {
	if c == nil || c.Plan.Options.AckMinutes == 0 {
		return time.Time{}
	}
	last := w.state.lastAck(w.since)
	if last.IsZero() {
		return last
	}
	return last.Add(time.Duration(c.Plan.Options.AckMinutes) * time.Minute)
}

// next gives when the run after r has begun, or is to begin now; zero while it has not.
func (w *walk) next(r route, c *tocsin.Contact) time.Time {
	if f := w.state.again(r.Run, Repeat); f != nil {
		return f.At
	}
	if over := r.Began.Time().Add(c.Plan.Length()); r.Cycle < c.Plan.Options.Repeat && !over.After(w.now) {
		return over
	}
	return time.Time{}
}

// repeat goes on with the run after r.
func (w *walk) repeat(r route, c *tocsin.Contact, next time.Time) course {
	if next.IsZero() {
		left := max(0, c.Plan.Options.Repeat-r.Cycle)
		out := course{end: r.Began.Time()}
		for range left + 1 {
			out.end = out.end.Add(c.Plan.Length())
		}
		if left > 0 {
			out.wake = r.Began.Time().Add(c.Plan.Length())
		}
		return out
	}
	if w.state.again(r.Run, Repeat) == nil {
		w.do(Action{Again: &Again{Run: r.Run, Why: Repeat, At: next}})
	}
	r.Run, _ = w.state.repeat(r.Run)
	return w.run(r)
}

// reachedSince gives when the latest stage of the runs after r began that began
// by now and reaches somebody; zero where there is none.
func (w *walk) reachedSince(r route, c *tocsin.Contact, next time.Time) (current time.Time) {
	for cycle := r.Cycle + 1; cycle <= c.Plan.Options.Repeat && !next.After(w.now); cycle++ {
		if w.reaches(c, 0, next) {
			current = next
		}
		if at := w.current(c, next); at.After(next) {
			current = at
		}
		next = next.Add(c.Plan.Length())
	}
	return current
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fallback engages the fallback once the plan, whose course is given, has run
// dry.
func (w *walk) fallback(r Run, c *tocsin.Contact, plan course) course {
	f := w.state.again(r, Fallback)
	if !w.state.lastAck(w.since).IsZero() {
		if f != nil {
			w.over(f.fallback())
		}
		return course{}
	}
	if f == nil {
		if c == nil || c.Plan.Options.Fallback == "" {
			return course{}
		}
		dry := plan.end
		if w.reachesNobody(r, c) {
			dry = w.now
		}
		if dry.After(w.now) {
			return course{wake: dry}
		}
		f = &Again{Run: r, Why: Fallback, At: dry, Whom: c.Plan.Options.Fallback}
		w.do(Action{Again: f})
	}
	if f.Whom == r.Contact {
		w.skip(r, -1, f.Whom, "the plan leads back to itself")
		return course{}
	}
	top := tocsin.Resolution{Contact: r.Contact, Stage: -1}
	if c != nil {
		top.Type = c.Type
	}
	return w.run(route{Run: f.fallback(), stage: -1, path: []tocsin.Resolution{top}})
}

func (a *Again) fallback() Run { return Run{Contact: a.Whom, Began: tocsin.At(a.At), Last: true} }

// over notes that a run has ended.
func (w *walk) over(r Run) {
	if !slices.Contains(w.state.Ended, r) {
		w.do(Action{End: &r})
	}
}

// reachesNobody tells whether the plan has paged nobody and no stage of it, or of
// its repeats, ever will.
func (w *walk) reachesNobody(r Run, c *tocsin.Contact) bool {
	if slices.ContainsFunc(w.state.Paged, func(p Paged) bool { return !p.At.Before(w.since) }) {
		return false
	}
	if c.Type == tocsin.OnCall {
		return !w.reachesContact(r.Contact, r.Began.Time(), map[Run]bool{})
	}
	at := r.Began.Time()
	for range c.Plan.Options.Repeat + 1 {
		if w.reachesContact(r.Contact, at, map[Run]bool{}) {
			return false
		}
		at = at.Add(c.Plan.Length())
	}
	return true
}

// text says what happens, for people.
func (a *Again) text() string {
	switch a.Why {
	case Stale:
		return "the acknowledgement has gone stale, and nothing has been stopped: the plan begins anew"
	case Fallback:
		return "the plan has run dry, nobody has acknowledged: " + string(a.Whom) + " is engaged"
	default:
		return fmt.Sprintf("its last stage has passed: the plan begins anew (%d)", a.Run.Cycle+1)
	}
}
