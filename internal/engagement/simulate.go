package engagement

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
)

// Scenario is an incident to be played, as it would be engaged at an instant.
type Scenario struct {
	Engaged []tocsin.ARN  // the contacts of a response plan, in its order
	At      time.Time     // when the incident starts
	For     time.Duration // how far to play; 0 is DefaultFor
	Answers []Reply       // who acknowledges when
	Fail    []string      // channels on which no message gets through: a type, an ARN, "alias/type"
}

// Until gives how far the scenario is played.
func (s *Scenario) Until() time.Time {
	if s.For <= 0 {
		return s.At.Add(DefaultFor)
	}
	return s.At.Add(min(s.For, maxFor))
}

// Reply is a person who acknowledges every page they have so long after the start.
type Reply struct {
	Contact tocsin.ARN
	After   time.Duration
}

// Limits of a simulation.
const (
	DefaultFor = 24 * time.Hour
	maxFor     = 7 * 24 * time.Hour
	maxLines   = 10_000
)

// LineKind says what a line of a forecast tells.
type LineKind string

// The kinds of line.
const (
	LinePage   LineKind = "PAGE"        // a page goes out
	LineFail   LineKind = "FAILED_PAGE" // a page does not get through
	LineSkip   LineKind = "SKIPPED"     // nobody is paged, and why
	LineDuty   LineKind = "ON_CALL"     // a schedule is resolved
	LineAck    LineKind = "ACKNOWLEDGED"
	LineNoAck  LineKind = "NOT_ACKNOWLEDGED" // an answer to nothing
	LineEnd    LineKind = "PLAN_ENDED"
	LineAgain  LineKind = "PLAN_RESTARTED"
	LineDry    LineKind = "RUN_DRY" // all stages have passed and nobody has acknowledged
	LineCutOff LineKind = "CUT_OFF" // the simulation goes no further
)

// Line is one thing that would happen.
type Line struct {
	At      time.Time
	Kind    LineKind
	Engaged tocsin.ARN // the contact of the response plan by which it happens
	Contact tocsin.ARN // whom it happens to, or whose plan it stands in
	Channel tocsin.ARN
	Type    tocsin.ChannelType
	Stage   int                 // from 0; -1 where there is none
	Path    []tocsin.Resolution // of pages: from what was engaged to the person
	OnCall  []tocsin.ARN        // of ON_CALL
	Why     string
}

// Forecast is what would happen.
type Forecast struct {
	Lines   []Line // by time
	Reached []tocsin.ARN
	Dry     time.Time // when all stages have passed; zero where somebody acknowledged or the plans go on
}

// Simulate plays a scenario with the function that the live driver calls. It is pure.
func Simulate(b Book, s Scenario) Forecast {
	p := &play{book: b, scenario: s, until: s.Until()}
	replies := slices.SortedStableFunc(slices.Values(s.Answers), func(a, b Reply) int { return int(a.After - b.After) })
	for _, contact := range s.Engaged {
		// As the driver starts them: each knows those before it.
		p.engaged = append(p.engaged, &played{contact: contact, state: State{Contact: contact, Started: s.At}})
		p.step(len(p.engaged)-1, s.At)
	}
	for len(p.lines) < maxLines {
		wake := p.wake()
		if len(replies) > 0 && (wake.IsZero() || !s.At.Add(replies[0].After).After(wake)) {
			if at := s.At.Add(replies[0].After); !at.After(p.until) {
				p.reply(replies[0].Contact, at)
			}
			replies = replies[1:]
			continue
		}
		if wake.IsZero() || wake.After(p.until) {
			break
		}
		for i, e := range p.engaged {
			if e.wake.Equal(wake) {
				p.step(i, wake)
			}
		}
	}
	return p.forecast()
}

// play is a simulation on its way.
type play struct {
	book     Book
	scenario Scenario
	until    time.Time
	engaged  []*played
	lines    []Line
	reached  []tocsin.ARN
	answered bool
}

// played is one engagement of a simulation.
type played struct {
	contact tocsin.ARN
	state   State
	wake    time.Time
	dry     time.Time
}

// id stands for an engagement's ARN, which a simulation does not have.
func (e *played) id() tocsin.ARN { return e.contact }

func (p *play) wake() (at time.Time) {
	for _, e := range p.engaged {
		at = earliest(at, e.wake)
	}
	return at
}

// step takes the step of one engagement at an instant.
func (p *play) step(i int, now time.Time) {
	e := p.engaged[i]
	e.state.Others = nil
	for _, o := range p.engaged {
		if o != e {
			e.state.Others = append(e.state.Others, Other{Engagement: o.id(), Paged: o.state.Paged, Acks: o.state.Acks})
		}
	}
	step := Next(p.book, e.state, now)
	for _, a := range step.Actions {
		e.state.Record(a, now)
		p.tell(e, a, now)
	}
	e.wake, e.dry = step.Wake, step.Dry
}

func (p *play) tell(e *played, a Action, now time.Time) {
	l := Line{At: now, Engaged: e.contact, Stage: -1}
	switch {
	case a.Page != nil && a.Page.Shared != "":
		l.Kind, l.Contact, l.Channel, l.Path = LineSkip, a.Page.Contact, a.Page.Channel, a.Page.Path
		l.Why = "the page by " + string(a.Page.Shared) + " stands for this one"
	case a.Page != nil:
		p.page(&l, a.Page)
	case a.Skip != nil:
		l.Kind, l.Contact, l.Stage, l.Why = LineSkip, a.Skip.Contact, a.Skip.Stage, a.Skip.Reason
		if a.Skip.Target.Kind() == "contact-channel" {
			l.Channel = a.Skip.Target
		} else if a.Skip.Target != "" {
			l.Why = string(a.Skip.Target) + ": " + l.Why
		}
	case a.Begin != nil && p.book.Contacts[a.Begin.Run.Contact].Type == tocsin.OnCall:
		l.Kind, l.Contact, l.OnCall = LineDuty, a.Begin.Run.Contact, a.Begin.OnCall
		if p.book.Duty != nil {
			l.Why = p.book.Duty(p.book.Contacts[l.Contact], a.Begin.At)
		}
	case a.End != nil:
		l.Kind, l.Contact = LineEnd, a.End.Contact
	case a.Again != nil:
		l.Kind, l.Contact, l.Why = LineAgain, a.Again.Run.Contact, a.Again.text()
	default:
		return // a stage begins: its pages tell
	}
	p.lines = append(p.lines, l)
}

func (p *play) page(l *Line, a *PageAction) {
	l.Kind, l.Contact, l.Channel, l.Path = LinePage, a.Contact, a.Channel, a.Path
	l.Type = p.book.Channels[a.Channel].Type
	if len(a.Path) > 0 {
		l.Stage = a.Path[len(a.Path)-1].Stage
	}
	if p.fails(a.Contact, a.Channel) {
		l.Kind = LineFail
		l.Why = "tried until " + l.At.Add(notify.TryFor(a.Retry)).Format(time.RFC3339) + ", then given up"
		return
	}
	if !slices.Contains(p.reached, a.Contact) {
		p.reached = append(p.reached, a.Contact)
	}
}

// fails tells whether no message gets through on a channel.
func (p *play) fails(contact, channel tocsin.ARN) bool {
	t := string(p.book.Channels[channel].Type)
	return slices.ContainsFunc(p.scenario.Fail, func(f string) bool {
		return f == t || f == string(channel) || f == contact.ID()+"/"+t
	})
}

// reply has a person acknowledge all pages that came through by now.
func (p *play) reply(person tocsin.ARN, now time.Time) {
	var took []int
	for i, e := range p.engaged {
		if slices.ContainsFunc(e.state.Paged, func(f Paged) bool { return f.Contact == person && f.By == "" && !p.fails(person, f.Channel) }) {
			took = append(took, i)
		}
	}
	l := Line{At: now, Kind: LineAck, Contact: person, Stage: -1}
	if len(took) == 0 {
		l.Kind, l.Why = LineNoAck, "no page has reached this person yet"
		p.lines = append(p.lines, l)
		return
	}
	p.answered = true
	p.lines = append(p.lines, l)
	for _, i := range took {
		for j, e := range p.engaged {
			shares := slices.ContainsFunc(e.state.Paged, func(f Paged) bool { return f.Contact == person && f.By == p.engaged[i].id() })
			if (j == i || shares) && !slices.Contains(e.state.Acks, Ack{Contact: person, At: now}) {
				e.state.Acks = append(e.state.Acks, Ack{Contact: person, At: now})
				p.step(j, now)
			}
		}
	}
}

func (p *play) forecast() Forecast {
	f := Forecast{Lines: p.lines, Reached: p.reached}
	last := Line{Stage: -1}
	goesOn := len(p.lines) >= maxLines
	for _, e := range p.engaged {
		if e.dry.After(f.Dry) {
			f.Dry = e.dry
		}
		goesOn = goesOn || !e.wake.IsZero()
	}
	switch {
	case goesOn || f.Dry.After(p.until):
		last.At, last.Kind, last.Why, f.Dry = p.until, LineCutOff, "the plans go on", time.Time{}
	case p.answered:
		f.Dry = time.Time{}
		return f
	default:
		if f.Dry.IsZero() {
			f.Dry = p.scenario.At
		}
		last.At, last.Kind, last.Why = f.Dry, LineDry, "all stages have passed and nobody has acknowledged: nobody is paged any more"
	}
	f.Lines = append(f.Lines, last)
	return f
}
