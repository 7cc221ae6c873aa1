package engagement_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
)

// forecast writes a forecast as scripts do: "minute kind who channel".
func forecast(f engagement.Forecast) (out []string) {
	for _, l := range f.Lines {
		words := []string{fmt.Sprint(int(l.At.Sub(t0).Minutes())), strings.ToLower(string(l.Kind)), l.Contact.ID(), l.Channel.Last()}
		for _, p := range l.OnCall {
			words = append(words, p.ID())
		}
		out = append(out, strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "))
	}
	return out
}

func town2(t *testing.T, lines string) engagement.Book {
	t.Helper()
	m := &sim{t: t, book: newTown().Book}
	for line := range strings.Lines(people + lines) {
		if line = strings.TrimSpace(line); line != "" {
			if err := m.define(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	for arn, ch := range m.book.Channels {
		ch.Type = map[string]tocsin.ChannelType{"mail": tocsin.Email, "sms": tocsin.SMS, "voice": tocsin.Voice}[arn.Last()]
	}
	return m.book
}

func TestSimulate(t *testing.T) {
	const minute = time.Minute
	tests := []struct {
		name, book string
		engaged    string
		answers    []engagement.Reply
		fail       []string
		want       string
	}{
		{"nobody answers", `team: ann for 5m, bob`, "team", nil, nil,
			"0 page ann mail; 5 page bob mail; 10 page ann sms; 15 page bob sms; 20 run_dry"},
		{"an essential answer", `team: ann! for 5m, bob`, "team", []engagement.Reply{{Contact: person("ann"), After: 3 * minute}}, nil,
			"0 page ann mail; 3 acknowledged ann; 3 plan_ended team"},
		{"an answer before the page", `team: ann for 5m, bob!`, "team", []engagement.Reply{{Contact: person("bob"), After: 3 * minute}}, nil,
			"0 page ann mail; 3 not_acknowledged bob; 5 page bob mail; 10 page ann sms; 15 page bob sms; 20 run_dry"},
		{"a channel that fails: nothing to acknowledge", `team: ann! for 5m, bob`, "team", []engagement.Reply{{Contact: person("ann"), After: 3 * minute}}, []string{"EMAIL"},
			"0 failed_page ann mail; 3 not_acknowledged ann; 5 failed_page bob mail; 10 page ann sms; 15 page bob sms; 20 run_dry"},
		{"one person's channel fails", `team: ann! for 5m, bob`, "team", nil, []string{"ann/SMS"},
			"0 page ann mail; 5 page bob mail; 10 failed_page ann sms; 15 page bob sms; 20 run_dry"},
		{"two engagements of an incident", `team: ann! for 5m, bob`, "ann team", []engagement.Reply{{Contact: person("ann"), After: 3 * minute}}, nil,
			"0 page ann mail; 0 skipped ann mail; 3 acknowledged ann; 3 plan_ended team"},
		{"a schedule", `night: from 0 ann, from 3 bob
			team: night for 5m, night`, "team", nil, nil,
			"0 on_call night ann; 0 page ann mail; 5 on_call night bob; 5 page bob mail; 10 page ann sms; 15 page bob sms; 20 run_dry"},
		{"nobody at all", `team: eve`, "team", nil, nil, "0 skipped team; 5 run_dry"},
		{"nothing engaged", ``, "", nil, nil, "0 run_dry"},
		{"an acknowledgement that goes stale, again and again", `team: ann! for 5m | ack 600`, "team", []engagement.Reply{{Contact: person("ann"), After: minute}, {Contact: person("ann"), After: 602 * minute}}, nil,
			"0 page ann mail; 1 acknowledged ann; 1 plan_ended team; 601 plan_restarted team; 601 page ann mail; 602 acknowledged ann; 602 plan_ended team; 1202 plan_restarted team; 1202 page ann mail; 1212 page ann sms"},
		{"further than the simulation goes", `team: ann! for 5m | ack 1440`, "team", []engagement.Reply{{Contact: person("ann"), After: minute}}, nil,
			"0 page ann mail; 1 acknowledged ann; 1 plan_ended team; 1440 cut_off"},
		{"the fallback", `team: ann for 5m | fallback cid`, "team", nil, nil,
			"0 page ann mail; 10 page ann sms; 15 plan_restarted team; 15 page cid mail; 20 run_dry"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			s := engagement.Scenario{At: t0, Answers: c.answers, Fail: c.fail}
			for _, alias := range strings.Fields(c.engaged) {
				s.Engaged = append(s.Engaged, person(alias))
			}
			f := engagement.Simulate(town2(t, c.book), s)
			if diff := cmp.Diff(strings.Split(c.want, "; "), forecast(f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A simulation pages whom the driver pages, and when, whatever the plans are.
func TestSimulateIsTheEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, false)
		w.drawHappenings(t, false)
		s := engagement.Scenario{Engaged: []tocsin.ARN{w.root}, At: t0}
		m := &sim{t: t, book: w.book, now: t0, state: engagement.State{Contact: w.root, Started: t0}}
		m.look()
		for _, h := range w.happ {
			s.Answers = append(s.Answers, engagement.Reply{Contact: h.ack, After: minute(h.at).Sub(t0)})
			m.until(minute(h.at).Add(-time.Nanosecond)) // a simulated answer comes before the stage of that minute
			m.now = minute(h.at)
			if slices.ContainsFunc(m.state.Paged, func(p engagement.Paged) bool { return p.Contact == h.ack }) {
				m.ack(h.ack)
			}
		}
		m.until(t0.Add(engagement.DefaultFor))
		var got []pageAt
		for _, l := range engagement.Simulate(w.book, s).Lines {
			if l.Kind == engagement.LinePage {
				got = append(got, pageAt{l.Channel, l.At})
			}
		}
		if diff := cmp.Diff(m.pages, got); diff != "" {
			show(t, w, m)
			t.Fatal(diff)
		}
	})
}

// BenchmarkSimulate plays 100 plans over 24 hours, in which nobody answers: plans
// as AWS has them, and plans that begin anew until the day is over.
func BenchmarkSimulate(b *testing.B) {
	for _, repeat := range []int{0, 20} {
		b.Run(fmt.Sprintf("repeat=%d", repeat), func(b *testing.B) {
			t := newTown()
			for i := range 100 {
				names := []string{}
				for j := range 5 {
					names = append(names, fmt.Sprintf("p%d-%d", i, j))
				}
				t.people(names...)
				t.plan(fmt.Sprint("team", i), "15: "+names[0]+"!", "15: "+names[1]+"! "+names[2], "30: "+names[3]+" "+names[4])
				t.Contacts[person(fmt.Sprint("team", i))].Plan.Options = tocsin.PlanOptions{Repeat: repeat}
			}
			for b.Loop() {
				for i := range 100 {
					if f := engagement.Simulate(t.Book, engagement.Scenario{Engaged: []tocsin.ARN{person(fmt.Sprint("team", i))}, At: t0}); len(f.Reached) != 5 {
						b.Fatal(f.Reached)
					}
				}
			}
		})
	}
}
