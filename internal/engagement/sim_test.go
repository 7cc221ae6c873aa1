package engagement_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

// sim plays one engagement purely, as the driver does: it applies each step to
// the log and looks again at the step's wake, or when something happens.
type sim struct {
	t     interface{ Fatalf(string, ...any) }
	book  engagement.Book
	state engagement.State
	now   time.Time
	wake  time.Time
	steps int
	log   []string
	pages []pageAt
	check func(engagement.Step) // called with each step before it is applied
}

type pageAt struct {
	Channel tocsin.ARN
	At      time.Time
}

func minute(n int) time.Time { return t0.Add(time.Duration(n) * time.Minute) }

// look takes the step of this instant.
func (m *sim) look() {
	step := engagement.Next(m.book, m.state, m.now)
	if m.check != nil {
		m.check(step)
	}
	if !step.Wake.IsZero() && !step.Wake.After(m.now) {
		m.t.Fatalf("at %v the wake is %v", m.now, step.Wake)
	}
	m.wake = step.Wake
	for _, a := range step.Actions {
		m.state.Record(a, m.now)
		m.note(a)
	}
	if len(step.Actions) > 0 {
		m.restart()
	}
	if again := engagement.Next(m.book, m.state, m.now); len(again.Actions) > 0 || !again.Wake.Equal(step.Wake) {
		m.t.Fatalf("a second look at %v differs: %v, wake %v and %v", m.now, again.Actions, step.Wake, again.Wake)
	}
	if m.steps++; m.steps > 5000 {
		m.t.Fatalf("it never ends: %v", m.log[:50])
	}
}

// restart has the log read back from its JSON, as the driver does for each step.
func (m *sim) restart() {
	text, err := json.Marshal(m.state)
	if err != nil {
		m.t.Fatalf("encode: %v", err)
	}
	was := m.state
	m.state = engagement.State{Stopped: was.Stopped, Others: was.Others}
	if err := json.Unmarshal(text, &m.state); err != nil {
		m.t.Fatalf("decode: %v", err)
	}
	if !reflect.DeepEqual(was, m.state) {
		m.t.Fatalf("the log does not survive its JSON:\n%s", cmp.Diff(was, m.state))
	}
}

func (m *sim) minutes() int { return int(m.now.Sub(t0).Minutes()) }

func (m *sim) note(a engagement.Action) {
	var line string
	switch {
	case a.Page != nil:
		line = a.Page.Contact.ID() + " " + a.Page.Channel.Last()
		if late := m.now.Sub(a.Page.Due); late > 0 {
			line += " late " + strings.TrimSuffix(late.String(), "0s")
		}
		if a.Page.Shared != "" {
			line += " by " + a.Page.Shared.ID()
		}
		m.pages = append(m.pages, pageAt{a.Page.Channel, m.now})
	case a.Skip != nil:
		line = fmt.Sprintf("skip %s/%d %s: %s", a.Skip.Contact.ID(), a.Skip.Stage, a.Skip.Target.Last(), a.Skip.Reason)
		line = strings.Replace(line, "its time passed while the server was not running", "passed", 1)
		line = strings.Replace(line, " :", ":", 1)
	case a.End != nil:
		line = "end " + a.End.Contact.ID()
	case a.Again != nil:
		line = string(a.Again.Why) + " " + a.Again.Run.Contact.ID()
		if a.Again.Whom != "" {
			line += " " + a.Again.Whom.ID()
		}
	default:
		return
	}
	m.log = append(m.log, fmt.Sprintf("%d %s", m.minutes(), line))
}

// until looks at each wake up to an instant, that included.
func (m *sim) until(at time.Time) {
	for !m.wake.IsZero() && !m.wake.After(at) {
		m.now = m.wake
		m.look()
	}
	if m.now.Before(at) {
		m.now = at
	}
}

func (m *sim) ack(person tocsin.ARN) {
	m.state.Acks = append(m.state.Acks, engagement.Ack{Contact: person, At: m.now})
	m.look()
}

// play runs a script and gives what came of it, a line each. A script says who
// is there, and then what happens at which minute:
//
//	ann: mail for 10m, sms          a person: stages of channels
//	team: ann! bob for 5m, - for 5m an escalation plan; ! is essential, - is nobody
//	night: from 0 ann, from 5 bob   an on-call schedule
//	team: ann for 5m | repeat 2     with options: repeat, ack (minutes), fallback (whom), minutes (of stages)
//	off ann/sms                     that channel is not activated (gone: is not there)
//	engage team
//	3 ack ann
//	4 edit team: bob
//	5 delete bob
//	6 down 60                       the server does not run until minute 60
func play(t interface{ Fatalf(string, ...any) }, script string) []string {
	m := &sim{t: t, book: newTown().Book}
	fail := func(line string, err error) { t.Fatalf("script line %q: %v", line, err) }
	lines := bufio.NewScanner(strings.NewReader(script))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		words := strings.Fields(line)
		switch {
		case line == "":
		case words[0] == "off":
			who, name, _ := strings.Cut(words[1], "/")
			m.book.Channels[channelOf(who, name)].Activated = false
		case words[0] == "gone":
			who, name, _ := strings.Cut(words[1], "/")
			delete(m.book.Channels, channelOf(who, name))
		case words[0] == "engage":
			m.state = engagement.State{Contact: person(words[1]), Started: t0}
			m.now = t0
			m.look()
		case strings.HasSuffix(words[0], ":"):
			if err := m.define(line); err != nil {
				fail(line, err)
			}
		default:
			n, err := strconv.Atoi(words[0])
			if err != nil {
				fail(line, err)
			}
			if words[1] == "down" { // at the very minute it is down already
				m.until(minute(n).Add(-time.Second))
				up, err := strconv.Atoi(words[2])
				if err != nil {
					fail(line, err)
				}
				m.now = minute(up)
				if !m.wake.IsZero() && !m.wake.After(m.now) {
					m.look()
				}
				continue
			}
			m.until(minute(n))
			switch words[1] {
			case "ack":
				m.ack(person(words[2]))
			case "edit":
				if err := m.define(strings.Join(words[2:], " ")); err != nil {
					fail(line, err)
				}
			case "delete":
				delete(m.book.Contacts, person(words[2]))
			default:
				fail(line, fmt.Errorf("unknown verb"))
			}
		}
	}
	m.until(minute(1e6))
	return m.log
}

var channelNames = []string{"mail", "sms", "voice"}

// define adds a contact as play describes them.
func (m *sim) define(line string) error {
	alias, rest, _ := strings.Cut(line, ":")
	rest, options, _ := strings.Cut(rest, "|")
	c := &tocsin.Contact{Account: "111122223333", Region: "us-east-1", Alias: alias, Type: tocsin.Escalation}
	m.book.Contacts[person(alias)] = c
	if err := setOptions(&c.Plan.Options, strings.Fields(options)); err != nil {
		return err
	}
	duty := map[int]string{}
	for part := range strings.SplitSeq(rest, ",") {
		var st tocsin.Stage
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		if words[0] == "from" {
			n, err := strconv.Atoi(words[1])
			if err != nil {
				return err
			}
			c.Type, duty[n] = tocsin.OnCall, words[2]
			continue
		}
		for i := 0; i < len(words); i++ {
			w := words[i]
			switch {
			case w == "for":
				n, err := strconv.Atoi(strings.TrimSuffix(words[i+1], "m"))
				if err != nil {
					return err
				}
				st.Minutes = n
				i++
			case w == "-":
			case slices.Contains(channelNames, w):
				c.Type = tocsin.Personal
				ch := channelOf(alias, w)
				if m.state.Contact == "" { // before the engagement: they are there
					m.book.Channels[ch] = &tocsin.Channel{Account: "111122223333", Region: "us-east-1", ID: w, Contact: alias, Activated: true}
				}
				st.Targets = append(st.Targets, tocsin.StageTarget{Channel: ch})
			default:
				st.Targets = append(st.Targets, tocsin.StageTarget{Contact: person(strings.TrimSuffix(w, "!")), Essential: strings.HasSuffix(w, "!")})
			}
		}
		c.Plan.Stages = append(c.Plan.Stages, st)
	}
	if len(duty) > 0 {
		m.book.OnCall = func(_ *tocsin.Contact, at time.Time) []tocsin.ARN {
			who := ""
			for _, from := range slices.Sorted(maps.Keys(duty)) {
				if !at.Before(minute(from)) {
					who = duty[from]
				}
			}
			if who == "" || who == "-" {
				return nil
			}
			return []tocsin.ARN{person(who)}
		}
	}
	return nil
}

func setOptions(o *tocsin.PlanOptions, words []string) error {
	for i := 0; i+1 < len(words); i += 2 {
		n, err := strconv.Atoi(words[i+1])
		switch words[i] {
		case "repeat":
			o.Repeat = n
		case "ack":
			o.AckMinutes = n
		case "fallback":
			o.Fallback, err = person(words[i+1]), nil
		case "minutes":
			for _, w := range words[i+1:] {
				n, err := strconv.Atoi(w)
				if err != nil {
					return err
				}
				o.Minutes = append(o.Minutes, n)
			}
			return nil
		default:
			return fmt.Errorf("unknown option %q", words[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
