package engagement_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

var t0 = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

func person(alias string) tocsin.ARN { return tocsin.ContactARN("us-east-1", "111122223333", alias) }

func channelOf(alias, name string) tocsin.ARN {
	return tocsin.ChannelARN("us-east-1", "111122223333", alias, name)
}

// town is a book under construction.
type town struct{ engagement.Book }

func newTown() *town {
	return &town{engagement.Book{Contacts: map[tocsin.ARN]*tocsin.Contact{}, Channels: map[tocsin.ARN]*tocsin.Channel{}}}
}

func (b *town) contact(alias string, kind tocsin.ContactType, stages ...tocsin.Stage) {
	b.Contacts[person(alias)] = &tocsin.Contact{Account: "111122223333", Region: "us-east-1", Alias: alias, Type: kind, Plan: tocsin.Plan{Stages: stages}}
}

// people have a mail at once and an SMS ten minutes later.
func (b *town) people(aliases ...string) *town {
	for _, a := range aliases {
		for _, name := range []string{"mail", "sms"} {
			b.Channels[channelOf(a, name)] = &tocsin.Channel{Account: "111122223333", Region: "us-east-1", ID: name, Contact: a, Activated: true}
		}
		b.contact(a, tocsin.Personal, tocsin.Stage{Minutes: 10, Targets: []tocsin.StageTarget{{Channel: channelOf(a, "mail")}}},
			tocsin.Stage{Targets: []tocsin.StageTarget{{Channel: channelOf(a, "sms")}}})
	}
	return b
}

// plan adds an escalation plan; each stage is "minutes: who who!", where ! is essential.
func (b *town) plan(alias string, stages ...string) *town {
	var out []tocsin.Stage
	for _, s := range stages {
		minutes, who, _ := strings.Cut(s, ":")
		var st tocsin.Stage
		fmt.Sscan(minutes, &st.Minutes)
		for _, w := range strings.Fields(who) {
			st.Targets = append(st.Targets, tocsin.StageTarget{Contact: person(strings.TrimSuffix(w, "!")), Essential: strings.HasSuffix(w, "!")})
		}
		out = append(out, st)
	}
	b.contact(alias, tocsin.Escalation, out...)
	return b
}

// live plays an engagement as the driver does: it looks when Next says so, or
// when a person acknowledges; it is away between two instants, if they are given.
func live(t *testing.T, b *town, root string, acks map[string]int, away ...int) (log []string) {
	t.Helper()
	s := engagement.State{Contact: person(root), Started: t0}
	at := func(minute int) time.Time { return t0.Add(time.Duration(minute) * time.Minute) }
	answers := map[time.Time][]string{}
	for who, minute := range acks {
		answers[at(minute)] = append(answers[at(minute)], who)
	}
	for now := t0; now.Before(at(600)); {
		if len(away) == 2 && !now.Before(at(away[0])) && now.Before(at(away[1])) {
			now = at(away[1])
		}
		for _, who := range answers[now] {
			s.Acks = append(s.Acks, engagement.Ack{Contact: person(who), At: now})
		}
		step := engagement.Next(b.Book, s, now)
		for _, a := range step.Actions {
			s.Record(a, now)
			switch {
			case a.Page != nil:
				log = append(log, fmt.Sprintf("%d %s %s", int(now.Sub(t0).Minutes()), a.Page.Contact.ID(), a.Page.Channel.Last()))
			case a.Skip != nil:
				log = append(log, fmt.Sprintf("%d skip %s/%d: %s", int(now.Sub(t0).Minutes()), a.Skip.Contact.ID(), a.Skip.Stage, a.Skip.Reason))
			}
		}
		if again := engagement.Next(b.Book, s, now); len(again.Actions) > 0 {
			t.Fatalf("a second look at the same instant did more: %+v", again.Actions)
		}
		next := time.Time{}
		for when := range answers {
			if when.After(now) && (next.IsZero() || when.Before(next)) {
				next = when
			}
		}
		if w := step.Wake; !w.IsZero() {
			if !w.After(now) {
				t.Fatalf("wake at %v is not after now, %v", w, now)
			}
			if next.IsZero() || w.Before(next) {
				next = w
			}
		}
		if next.IsZero() {
			return log
		}
		now = next
	}
	t.Fatal("it never ends")
	return nil
}

func TestNext(t *testing.T) {
	tests := []struct {
		name string
		town *town
		root string
		acks map[string]int
		away []int
		want []string
	}{
		{"a person", newTown().people("ann"), "ann", nil, nil, []string{"0 ann mail", "10 ann sms"}},
		{"a person who answers", newTown().people("ann"), "ann", map[string]int{"ann": 3}, nil, []string{"0 ann mail"}},
		{"nobody answers a plan", newTown().people("ann", "bob").plan("p", "5: ann", "0: bob"), "p", nil, nil,
			[]string{"0 ann mail", "5 bob mail", "10 ann sms", "15 bob sms"}},
		{"an essential answer ends the plan", newTown().people("ann", "bob", "cid").plan("p", "5: ann! cid", "0: bob"), "p", map[string]int{"ann": 2}, nil,
			[]string{"0 ann mail", "0 cid mail"}},
		{"another answer ends only that person's pages", newTown().people("ann", "bob").plan("p", "5: ann", "0: bob"), "p", map[string]int{"ann": 2}, nil,
			[]string{"0 ann mail", "5 bob mail", "15 bob sms"}},
		{"an essential plan inside a plan", newTown().people("ann", "bob").plan("in", "0: ann").plan("p", "5: in!", "0: bob"), "p", map[string]int{"ann": 1}, nil,
			[]string{"0 ann mail"}},
		{"two paths to one person at once", newTown().people("ann").plan("in", "0: ann").plan("p", "0: in ann"), "p", nil, nil, []string{"0 ann mail", "10 ann sms"}},
		{"the same person again later is meant", newTown().people("ann").plan("p", "20: ann", "0: ann"), "p", nil, nil,
			[]string{"0 ann mail", "10 ann sms", "20 ann mail", "30 ann sms"}},
		{"stages without minutes begin together", newTown().people("ann", "bob").plan("p", "0: ann", "0: bob"), "p", nil, nil,
			[]string{"0 ann mail", "0 bob mail", "10 ann sms", "10 bob sms"}},
		{"a contact that is gone", newTown().people("bob").plan("p", "5: ann", "0: bob"), "p", nil, nil,
			[]string{"0 skip p/0: the contact does not exist", "5 bob mail", "15 bob sms"}},
		{"a plan that leads to itself", newTown().people("ann").plan("p", "5: p ann"), "p", nil, nil,
			[]string{"0 skip p/0: the plan leads back to itself", "0 ann mail", "10 ann sms"}},
		{"down for long: the stage that is current, once", newTown().people("ann", "bob", "cid").plan("p", "5: ann", "5: bob", "0: cid"), "p", nil, []int{0, 300},
			[]string{"300 skip p/0: its time passed while the server was not running", "300 skip p/1: its time passed while the server was not running",
				"300 skip cid/0: its time passed while the server was not running", "300 cid sms"}},
		{"down over one stage", newTown().people("ann"), "ann", nil, []int{5, 12}, []string{"0 ann mail", "12 ann sms"}},
		{"an empty plan", newTown().plan("p"), "p", nil, nil, []string{"0 skip p/-1: the plan has no stages"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, live(t, c.town, c.root, c.acks, c.away...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNextSkipsChannels(t *testing.T) {
	b := newTown().people("ann")
	b.Channels[channelOf("ann", "mail")].Activated = false
	delete(b.Channels, channelOf("ann", "sms"))
	want := []string{"0 skip ann/0: the contact channel is not activated", "10 skip ann/1: the contact channel does not exist"}
	if diff := cmp.Diff(want, live(t, b, "ann", nil)); diff != "" {
		t.Error(diff)
	}
}

// A schedule is resolved once, as of the instant its stage begins.
func TestNextSchedule(t *testing.T) {
	b := newTown().people("ann", "bob").plan("p", "5: night", "0: night")
	b.contact("night", tocsin.OnCall)
	b.OnCall = func(_ *tocsin.Contact, at time.Time) []tocsin.ARN {
		if at.Before(t0.Add(3 * time.Minute)) {
			return []tocsin.ARN{person("ann")}
		}
		return []tocsin.ARN{person("bob")}
	}
	want := []string{"0 ann mail", "5 bob mail", "10 ann sms", "15 bob sms"}
	if diff := cmp.Diff(want, live(t, b, "p", nil)); diff != "" {
		t.Error(diff)
	}
	b.OnCall = nil
	want = []string{"0 skip night/-1: nobody is on call", "5 skip night/-1: nobody is on call"}
	if diff := cmp.Diff(want, live(t, b, "p", nil)); diff != "" {
		t.Error(diff)
	}
}
