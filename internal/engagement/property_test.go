package engagement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

// world is a random book: five people p0…, five plans e0…, a schedule s.
type world struct {
	book engagement.Book
	root tocsin.ARN
	happ []happening // in the order of their times
}

// happening is an answer, or the server being down until a minute.
type happening struct {
	at   int // minute
	ack  tocsin.ARN
	down int
}

var minutesOf = rapid.SampledFrom([]int{0, 0, 1, 5, 5, 10, 30})

// drawWorld draws plans. Tidy plans name only people, the schedule and plans
// after them, so there are no cycles.
func drawWorld(t *rapid.T, tidy bool) *world {
	w := &world{book: newTown().Book}
	for i := range 5 {
		alias := fmt.Sprint("p", i)
		c := &tocsin.Contact{Account: "111122223333", Region: "us-east-1", Alias: alias, Type: tocsin.Personal}
		for _, name := range channelNames {
			if state := rapid.SampledFrom([]string{"on", "on", "on", "off", "gone"}).Draw(t, "channel"); state != "gone" {
				w.book.Channels[channelOf(alias, name)] = &tocsin.Channel{Account: "111122223333", Region: "us-east-1", ID: name, Contact: alias, Activated: state == "on"}
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "stages") {
			st := tocsin.Stage{Minutes: minutesOf.Draw(t, "minutes")}
			for range rapid.IntRange(0, 2).Draw(t, "targets") {
				st.Targets = append(st.Targets, tocsin.StageTarget{Channel: channelOf(alias, rapid.SampledFrom(channelNames).Draw(t, "name"))})
			}
			c.Plan.Stages = append(c.Plan.Stages, st)
		}
		drawOptions(t, c, tidy)
		w.book.Contacts[person(alias)] = c
	}
	w.book.Contacts[person("s")] = &tocsin.Contact{Account: "111122223333", Region: "us-east-1", Alias: "s", Type: tocsin.OnCall}
	shift := rapid.IntRange(1, 20).Draw(t, "shift")
	w.book.OnCall = func(_ *tocsin.Contact, at time.Time) []tocsin.ARN {
		n := int(at.Sub(t0).Minutes()) / shift
		if n%4 == 3 {
			return nil
		}
		return []tocsin.ARN{person(fmt.Sprint("p", n%5)), person(fmt.Sprint("p", n%3))}
	}
	for i := range 5 {
		w.drawPlan(t, i, tidy)
	}
	w.root = person(fmt.Sprint("e", rapid.IntRange(0, 1).Draw(t, "root")))
	return w
}

func (w *world) drawPlan(t *rapid.T, i int, tidy bool) {
	names := []string{"p0", "p1", "p2", "p3", "p4", "s", "nobody"}
	for j := range 5 {
		if !tidy || j > i {
			names = append(names, fmt.Sprint("e", j))
		}
	}
	alias := fmt.Sprint("e", i)
	c := &tocsin.Contact{Account: "111122223333", Region: "us-east-1", Alias: alias, Type: tocsin.Escalation}
	for range rapid.IntRange(0, 3).Draw(t, "stages") {
		st := tocsin.Stage{Minutes: minutesOf.Draw(t, "minutes")}
		for range rapid.IntRange(0, 3).Draw(t, "targets") {
			st.Targets = append(st.Targets, tocsin.StageTarget{Contact: person(rapid.SampledFrom(names).Draw(t, "name")), Essential: rapid.IntRange(0, 3).Draw(t, "essential") == 0})
		}
		c.Plan.Stages = append(c.Plan.Stages, st)
	}
	drawOptions(t, c, tidy)
	w.book.Contacts[person(alias)] = c
}

// drawOptions gives some plans options. Tidy ones have none that depend on who
// answers.
func drawOptions(t *rapid.T, c *tocsin.Contact, tidy bool) {
	o := &c.Plan.Options
	if rapid.IntRange(0, 3).Draw(t, "options") > 0 {
		return
	}
	o.Repeat = rapid.IntRange(0, 2).Draw(t, "repeat")
	o.Minutes = rapid.SliceOfN(minutesOf, 0, 2).Draw(t, "minutes of stages")
	if tidy {
		return
	}
	o.AckMinutes = rapid.SampledFrom([]int{0, 3, 20}).Draw(t, "ack minutes")
	if rapid.Bool().Draw(t, "has fallback") {
		o.Fallback = person(rapid.SampledFrom([]string{"p0", "p1", "e1", "e4", "s", "nobody"}).Draw(t, "fallback"))
	}
}

func (w *world) drawHappenings(t *rapid.T, downs bool) {
	at := 0
	for range rapid.IntRange(0, 6).Draw(t, "happenings") {
		at += rapid.IntRange(0, 15).Draw(t, "after")
		h := happening{at: at}
		if downs && rapid.Bool().Draw(t, "down") {
			h.down = at + rapid.SampledFrom([]int{1, 7, 60, 1440}).Draw(t, "for")
			at = h.down
		} else {
			h.ack = person(fmt.Sprint("p", rapid.IntRange(0, 4).Draw(t, "who")))
		}
		w.happ = append(w.happ, h)
	}
}

// run plays the world to its end. every has the driver look each minute
// besides, whatever the wakes say.
func (w *world) run(t *rapid.T, every bool, check func(*sim, engagement.Step)) *sim {
	m := &sim{t: t, book: w.book, now: t0, state: engagement.State{Contact: w.root, Started: t0}}
	if check != nil {
		m.check = func(s engagement.Step) { check(m, s) }
	}
	m.look()
	w.goOn(m, w.happ, every)
	return m
}

func (w *world) goOn(m *sim, happ []happening, every bool) {
	wait := func(n int) {
		for every && m.minutes() < n {
			m.now = m.now.Add(time.Minute)
			m.look()
		}
		m.until(minute(n))
	}
	for _, h := range happ {
		if h.down == 0 {
			wait(h.at)
			m.ack(h.ack)
			continue
		}
		wait(h.at)
		m.now = minute(h.down)
		if every || !m.wake.IsZero() && !m.wake.After(m.now) {
			m.look()
		}
	}
	last := m.minutes()
	wait(last + 100)
	m.until(minute(1e6))
}

func show(t *rapid.T, w *world, m *sim) {
	for _, c := range w.book.Contacts {
		t.Logf("%s: %+v", c.Alias, c.Plan.Stages)
	}
	t.Logf("root %s, happenings %+v", w.root.ID(), w.happ)
	t.Logf("log:\n%s", strings.Join(m.log, "\n"))
}

// The rules that hold whatever the plans, the answers and the outages are.
func TestNextRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, false)
		w.drawHappenings(t, true)
		last := t0 // the driver's last step
		m := w.run(t, false, func(m *sim, s engagement.Step) {
			awake := m.now.Equal(last) || m.now.Equal(m.wake) || m.wake.IsZero() || m.now.Before(m.wake)
			last = m.now
			channels := map[tocsin.ARN]bool{}
			for _, a := range s.Actions {
				switch {
				case a.Page != nil:
					checkPage(t, m, s, a.Page, awake)
					if channels[a.Page.Channel] {
						t.Fatalf("%v: %s is paged twice", m.now, a.Page.Channel)
					}
					channels[a.Page.Channel] = true
				case a.Begin != nil:
					checkBegin(t, m, a.Begin, awake)
				}
			}
		})
		if m.steps > 400 {
			t.Fatalf("%d steps", m.steps)
		}
	})
}

func checkPage(t *rapid.T, m *sim, s engagement.Step, p *engagement.PageAction, awake bool) {
	counts := since(m)
	for _, a := range s.Actions {
		if a.Again != nil && a.Again.Why == engagement.Stale {
			counts = a.Again.At
		}
	}
	for _, a := range m.state.Acks {
		if a.Contact == p.Contact && !a.At.Before(counts) {
			t.Fatalf("%v: %s is paged after acknowledging at %v", m.now, p.Contact, a.At)
		}
	}
	ch := m.book.Channels[p.Channel]
	switch {
	case p.Due.After(m.now):
		t.Fatalf("%v: a page before its time, %v", m.now, p.Due)
	case awake && !p.Due.Equal(m.now):
		t.Fatalf("%v: an awake driver is late: due %v", m.now, p.Due)
	case ch == nil || !ch.Activated || ch.ContactARN() != p.Contact:
		t.Fatalf("%v: a page to %s", m.now, p.Channel)
	case p.Path[0].Contact != m.state.Contact || p.Path[len(p.Path)-1].Contact != p.Contact:
		t.Fatalf("%v: path %+v", m.now, p.Path)
	}
}

// since gives the instant before which acknowledgements have gone stale.
func since(m *sim) (at time.Time) {
	for _, a := range m.state.Again {
		if a.Why == engagement.Stale {
			at = a.At
		}
	}
	return at
}

func checkBegin(t *rapid.T, m *sim, f *engagement.Stage, awake bool) {
	at := f.Run.Began.Time()
	plan := m.book.Contacts[f.Run.Contact].Plan
	for i := range f.Index {
		at = at.Add(plan.Wait(i))
	}
	switch {
	case !f.At.Equal(at):
		t.Fatalf("stage %d of %+v at %v, should be %v", f.Index, f.Run, f.At, at)
	case f.At.After(m.now):
		t.Fatalf("%v: a stage before its time, %v", m.now, f.At)
	case awake && f.Skipped:
		t.Fatalf("%v: an awake driver passes over %+v", m.now, f)
	}
	for _, was := range m.state.Stages {
		if !was.Skipped && essentialAnswered(m, was, 0) && was.Run == f.Run && acksBefore(m) {
			t.Fatalf("%v: stage %d of %s begins after an essential acknowledgement", m.now, f.Index, f.Run.Contact)
		}
	}
}

// acksBefore tells whether all acknowledgements were looked at before this step.
func acksBefore(m *sim) bool {
	return !slices.ContainsFunc(m.state.Acks, func(a engagement.Ack) bool { return a.At.Equal(m.now) })
}

// essentialAnswered says by plain recursion over the facts whether an essential
// target of a stage has answered.
func essentialAnswered(m *sim, f engagement.Stage, depth int) bool {
	for _, t := range f.Targets {
		if t.Essential && answeredBelow(m, engagement.Run{Contact: t.Contact, Began: tocsin.At(f.At)}, depth) {
			return true
		}
	}
	return false
}

func answeredBelow(m *sim, r engagement.Run, depth int) bool {
	if slices.ContainsFunc(m.state.Acks, func(a engagement.Ack) bool { return a.Contact == r.Contact && !a.At.Before(since(m)) }) {
		return true
	}
	if depth > 6 {
		return false
	}
	for _, a := range m.state.Again {
		next := engagement.Run{Contact: r.Contact, Began: tocsin.At(a.At), Cycle: r.Cycle + 1}
		if a.Why == engagement.Repeat && a.Run == r && answeredBelow(m, next, depth) {
			return true
		}
	}
	for _, f := range m.state.Stages {
		if f.Run != r || f.Skipped {
			continue
		}
		for _, t := range f.Targets {
			if answeredBelow(m, engagement.Run{Contact: t.Contact, Began: tocsin.At(f.At)}, depth+1) {
				return true
			}
		}
		for _, p := range f.OnCall {
			if answeredBelow(m, engagement.Run{Contact: p, Began: tocsin.At(f.At)}, depth+1) {
				return true
			}
		}
	}
	return false
}

// Looking more often changes nothing: no wake is missing or late.
func TestNextWakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, false)
		w.drawHappenings(t, true)
		m, often := w.run(t, false, nil), w.run(t, true, nil)
		if !slices.Equal(m.log, often.log) {
			show(t, w, m)
			t.Fatalf("looking each minute gives\n%s", strings.Join(often.log, "\n"))
		}
	})
}

// From any prefix of the log, with nothing else remembered, the future is the same.
func TestNextReplays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, false)
		w.drawHappenings(t, true)
		whole := w.run(t, false, nil)
		cut := rapid.IntRange(0, len(w.happ)).Draw(t, "cut")
		first := &world{book: w.book, root: w.root}
		m := &sim{t: t, book: w.book, now: t0, state: engagement.State{Contact: w.root, Started: t0}}
		m.look()
		for i, h := range w.happ[:cut] {
			m.until(minute(h.at))
			if i == cut-1 {
				break
			}
			first.pass(m, h)
		}
		if cut > 0 {
			first.pass(m, w.happ[cut-1])
		}
		again := &sim{t: t, book: w.book, now: m.now, state: m.state, log: m.log}
		again.look() // a new server: it asks at once
		first.goOn(again, w.happ[cut:], false)
		if !slices.Equal(whole.log, again.log) {
			show(t, w, whole)
			t.Fatalf("cut after %d, the log goes on as\n%s", cut, strings.Join(again.log, "\n"))
		}
	})
}

// pass lets one happening pass and nothing after it.
func (w *world) pass(m *sim, h happening) {
	if h.down == 0 {
		m.until(minute(h.at))
		m.ack(h.ack)
		return
	}
	m.until(minute(h.at))
	m.now = minute(h.down)
	if !m.wake.IsZero() && !m.wake.After(m.now) {
		m.look()
	}
}

// expand is the slow and obviously right answer where nobody acknowledges:
// every path and every repeat is followed on its own.
func (w *world) expand(contact tocsin.ARN, at time.Time, path []tocsin.ARN, into map[pageAt]bool) {
	c := w.book.Contacts[contact]
	if c == nil || slices.Contains(path, contact) {
		return
	}
	for range c.Plan.Options.Repeat + 1 {
		w.expandOnce(contact, at, path, into)
		at = at.Add(c.Plan.Length())
	}
}

func (w *world) expandOnce(contact tocsin.ARN, at time.Time, path []tocsin.ARN, into map[pageAt]bool) {
	c := w.book.Contacts[contact]
	path = append(slices.Clone(path), contact)
	if c.Type == tocsin.OnCall {
		for _, p := range w.book.OnCall(c, at) {
			w.expand(p, at, path, into)
		}
		return
	}
	for i, st := range c.Plan.Stages {
		for _, t := range st.Targets {
			if ch := w.book.Channels[t.Channel]; ch != nil && ch.Activated {
				into[pageAt{t.Channel, at}] = true
			}
			if t.Contact != "" {
				w.expand(t.Contact, at, path, into)
			}
		}
		at = at.Add(c.Plan.Wait(i))
	}
}

// Where nobody answers and nothing goes down, everybody is paged exactly as the plans say.
func TestNextPagesWhatThePlansSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, true)
		m := w.run(t, false, nil)
		want := map[pageAt]bool{}
		w.expand(w.root, t0, nil, want)
		got := map[pageAt]bool{}
		for _, p := range m.pages {
			if got[p] {
				t.Errorf("%v is paged twice", p)
			}
			got[p] = true
			if !want[p] {
				t.Errorf("%v is paged, no plan says so", p)
			}
		}
		for p := range want {
			if !got[p] {
				t.Errorf("%v is not paged", p)
			}
		}
		if t.Failed() {
			show(t, w, m)
		}
	})
}

// With cycles nobody is paged whom no path reaches, and nobody is left out.
func TestNextCycles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, false)
		w.book.Contacts[w.root].Plan.Options.Fallback = "" // no path of the plan
		m := w.run(t, false, nil)
		want, people := map[pageAt]bool{}, map[tocsin.ARN]bool{}
		w.expand(w.root, t0, nil, want)
		for p := range want {
			people[p.Channel] = true
		}
		for _, p := range m.pages {
			if !want[p] {
				t.Errorf("%v is paged, no plan says so", p)
			}
			delete(people, p.Channel)
		}
		for p := range people {
			t.Errorf("%v is never paged", p)
		}
		if t.Failed() {
			show(t, w, m)
		}
	})
}

// After an outage in which somebody should have been paged, somebody is.
func TestNextOutage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, true)
		h := happening{at: rapid.IntRange(0, 30).Draw(t, "down")}
		h.down = h.at + rapid.SampledFrom([]int{1, 60, 1440}).Draw(t, "for")
		w.happ = []happening{h}
		want := map[pageAt]bool{}
		w.expand(w.root, t0, nil, want)
		missed := false
		for p := range want {
			missed = missed || p.At.After(minute(h.at)) && !p.At.After(minute(h.down))
		}
		m := w.run(t, false, nil)
		after := slices.ContainsFunc(m.pages, func(p pageAt) bool { return !p.At.Before(minute(h.down)) })
		if missed && !after {
			show(t, w, m)
			t.Fatal("nobody is paged any more")
		}
	})
}
