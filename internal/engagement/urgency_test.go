package engagement_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// provider takes mails one after the other and keeps what it was given, in order.
type provider struct {
	takes time.Duration
	mu    sync.Mutex
	got   []notify.Message
}

func (p *provider) Send(_ context.Context, m notify.Message) (notify.Receipt, error) {
	p.mu.Lock()
	p.got = append(p.got, m)
	p.mu.Unlock()
	time.Sleep(p.takes)
	return notify.Receipt{ID: m.Key}, nil
}

// sent gives what it was given since it had n.
func (p *provider) sent(n int) []notify.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got[n:])
}

// work starts workers that send one page at a time.
func (d *desk) work(p *provider) {
	r := job.NewRunner(d.db, slog.New(slog.DiscardHandler), "tocsin")
	(&notify.Service{DB: d.db, Log: slog.New(slog.DiscardHandler), Senders: map[tocsin.ChannelType]notify.Sender{tocsin.Email: p}}).Register(r)
	engagement.Register(r)
	r.Workers(job.Page, 1)
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	d.halt = func() { cancel(); <-done; d.halt = func() {} }
	d.t.Cleanup(func() { d.halt() })
}

// mailed makes a contact who gets one mail, at once.
func (d *desk) mailed(alias string) tocsin.ARN {
	c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.Personal}
	d.update(func(tx *store.Tx) error {
		if _, err := tx.InsertContact(c); err != nil {
			return err
		}
		ch := &tocsin.Channel{Type: tocsin.Email, Name: "mail", Address: alias + "@example.org"}
		if err := engagement.AddChannel(tx, c, ch, true); err != nil {
			return err
		}
		ch.Activated = true
		if err := tx.UpdateChannel(&store.ChannelRow{Channel: ch}); err != nil {
			return err
		}
		c.Plan = tocsin.Plan{Stages: []tocsin.Stage{{Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}}}}
		return tx.UpdateContact(c)
	})
	return c.ARN()
}

// incidentOf opens an incident of an impact and engages a contact for it.
func (d *desk) incidentOf(tx *store.Tx, impact int, contact tocsin.ARN) (*tocsin.Incident, error) {
	inc := &tocsin.Incident{Account: dbtest.Account, ID: tocsin.NewID(), Plan: "sec", Title: "T", Status: tocsin.Open, Impact: impact, Created: tx.Tick()}
	if err := tx.InsertIncident(inc, ""); err != nil {
		return nil, err
	}
	_, err := engagement.Start(tx, contact, engagement.Subject{Subject: fmt.Sprint("impact ", impact), Incident: inc.ARN()})
	return inc, err
}

// Everything stood still for a while, over incidents of every age and impact. Then
// the most severe comes first, and of these the newest; each incident pages the
// stage that is current now, once, and says how late; what was passed over stands on
// its timeline.
func TestCatchUpByUrgency(t *testing.T) {
	// Each plan has people 0 to 3 at 0, 2, 32 and 392 minutes, the short one only 0 and 1.
	incidents := []struct {
		name   string
		impact int
		age    time.Duration // when everything stops
	}{
		{"oldest", 1, 391*time.Minute + 30*time.Second},
		{"old", 3, 31*time.Minute + 30*time.Second},
		{"severe", 1, 31*time.Minute + 20*time.Second},
		{"raised", 4, 31*time.Minute + 10*time.Second}, // to impact 2, meanwhile
		{"new", 3, 90 * time.Second},
		{"over", 2, 80 * time.Second}, // resolved meanwhile
		{"short", 5, 70 * time.Second},
	}
	for _, c := range []struct {
		down    time.Duration
		want    []string
		skipped []string
	}{
		{time.Minute, []string{"severe2", "oldest3", "raised2", "new1", "old2", "short1"}, nil},
		{time.Hour, []string{"severe2 59m20s", "oldest3 59m30s", "raised2 59m10s", "new2 29m30s", "old2 59m30s", "short1 59m10s"}, []string{"new 1"}},
		{24 * time.Hour, []string{"severe3 17h59m20s", "oldest3 23h59m30s", "raised3 17h59m10s", "new3 17h29m30s", "old3 17h59m30s", "short1 23h59m10s"},
			[]string{"old 2", "severe 2", "raised 2", "new 1", "new 2"}},
	} {
		t.Run(c.down.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, dbtest.SQLite(t))
				p := &provider{}
				d.work(p)
				var all []*tocsin.Incident
				for i, in := range incidents {
					people := make([]tocsin.Stage, 4)
					for k := range people {
						people[k] = stage([]int{2, 30, 360, 0}[k], false, d.mailed(fmt.Sprint(in.name, k)))
					}
					if in.name == "short" {
						people = people[:2]
					}
					team := d.plan(in.name, people...)
					d.update(func(tx *store.Tx) error {
						inc, err := d.incidentOf(tx, in.impact, team)
						all = append(all, inc)
						return err
					})
					next := time.Duration(0)
					if i+1 < len(incidents) {
						next = incidents[i+1].age
					}
					time.Sleep(in.age - next)
				}
				d.halt()
				before := len(p.sent(0))
				time.Sleep(c.down / 2)
				d.update(func(tx *store.Tx) error {
					raised := all[3]
					raised.Impact = 2
					if err := tx.UpdateIncident(raised, ""); err != nil {
						return err
					}
					if err := engagement.Rerank(tx, raised.ARN()); err != nil {
						return err
					}
					return engagement.StopFor(tx, all[5].ARN(), "incident resolved")
				})
				time.Sleep(c.down - c.down/2)
				d.work(p)
				time.Sleep(time.Second)
				if diff := cmp.Diff(c.want, d.told(p.sent(before))); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(c.skipped, d.passedOver(all)); diff != "" {
					t.Errorf("passed over: %s", diff)
				}
				time.Sleep(48 * time.Hour)
				times := map[string]int{}
				for _, m := range p.sent(0) {
					times[m.To]++
				}
				for to, n := range times {
					if n > 1 || strings.HasPrefix(to, "over") && to != "over0@example.org" {
						t.Errorf("%s was paged %d times", to, n)
					}
				}
				d.halt()
			})
		})
	}
}

// told gives whom messages went to, and the lateness that their pages are marked with.
func (d *desk) told(messages []notify.Message) (out []string) {
	d.view(func(tx *store.Tx) error {
		for _, m := range messages {
			p, err := tx.Page(m.Page)
			if err != nil {
				return err
			}
			who, late := strings.TrimSuffix(m.To, "@example.org"), ""
			if p.Late > 0 {
				late = p.Late.Round(time.Second).String()
			}
			if (late != "") != strings.Contains(m.Text, "late by") {
				d.t.Errorf("%s, late by %q, was told: %s", who, late, m.Text)
			}
			out = append(out, strings.TrimSpace(who+" "+late))
		}
		return nil
	})
	return out
}

// passedOver gives the stages that stand as skipped on the timelines.
func (d *desk) passedOver(all []*tocsin.Incident) (out []string) {
	for _, inc := range all {
		d.view(func(tx *store.Tx) error {
			events, err := tx.Timeline(inc.ARN(), true, store.Cursor{}, 100)
			for _, e := range events {
				if e.Type != tocsin.EventSkipped {
					continue
				}
				var data timeline.Page
				if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
					return err
				}
				if data.Stage == nil || data.Reason != "its time passed while the server was not running" {
					d.t.Errorf("passed over: %s", e.Data)
					continue
				}
				out = append(out, fmt.Sprint(tocsin.ARN(data.Contact).ID(), " ", *data.Stage))
			}
			return err
		})
	}
	return out
}

// Ten thousand incidents at once, one of them critical: its page leaves first. One
// more that comes while the others wait has the very next.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t))
		contact := d.mailed("ann")
		var critical *tocsin.Incident
		open := func(impact int) (inc *tocsin.Incident) {
			d.update(func(tx *store.Tx) (err error) {
				inc, err = d.incidentOf(tx, impact, contact)
				return err
			})
			return inc
		}
		for i := range 10 {
			d.update(func(tx *store.Tx) (err error) {
				for k := range 1000 {
					if i == 4 && k == 321 {
						if critical, err = d.incidentOf(tx, 1, contact); err != nil {
							return err
						}
						continue
					}
					if _, err := d.incidentOf(tx, 2+k%4, contact); err != nil {
						return err
					}
				}
				return nil
			})
		}
		p := &provider{takes: time.Second}
		d.work(p)
		time.Sleep(500 * time.Millisecond)
		if got := p.sent(0); len(got) != 1 || got[0].Incident != critical.ARN() {
			t.Errorf("first page: %+v", got)
		}
		time.Sleep(9 * time.Second)
		before := len(p.sent(0))
		older := open(1)
		time.Sleep(time.Millisecond)
		lesser, newer := open(2), open(1)
		time.Sleep(3 * time.Second)
		var got []tocsin.ARN
		for _, m := range p.sent(before) {
			got = append(got, m.Incident)
		}
		if diff := cmp.Diff([]tocsin.ARN{newer.ARN(), older.ARN(), lesser.ARN()}, got); diff != "" {
			t.Error(diff)
		}
		for i, m := range p.sent(0)[1:before] {
			if m.Subject != p.sent(0)[1].Subject {
				t.Errorf("page %d is of %s", i+1, m.Subject)
			}
		}
		d.halt()
	})
}
