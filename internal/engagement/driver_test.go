package engagement_test

import (
	"context"
	"encoding/json"
	"errors"
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

var ctx = context.Background()

// desk is the driver on a real store, with providers only where a test sets them.
type desk struct {
	t       *testing.T
	db      *store.DB
	senders map[tocsin.ChannelType]notify.Sender
	halt    func()
}

func newDesk(t *testing.T, db *store.DB) *desk {
	return &desk{t: t, db: db, halt: func() {}}
}

// run starts the workers.
func (d *desk) run() *desk {
	r := job.NewRunner(d.db, slog.New(slog.DiscardHandler), "tocsin")
	(&notify.Service{DB: d.db, Log: slog.New(slog.DiscardHandler), Senders: d.senders}).Register(r)
	engagement.Register(r)
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	d.halt = func() { cancel(); <-done; d.halt = func() {} }
	d.t.Cleanup(func() { d.halt() })
	return d
}

func (d *desk) update(fn func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.db.Update(ctx, dbtest.Who, fn); err != nil {
		d.t.Fatalf("update: %v", err)
	}
}

func (d *desk) view(fn func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.db.View(ctx, dbtest.Who, fn); err != nil {
		d.t.Fatalf("view: %v", err)
	}
}

// person makes a contact with a mail at once and an SMS after ten minutes.
func (d *desk) person(alias string) tocsin.ARN {
	d.t.Helper()
	c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.Personal}
	d.update(func(tx *store.Tx) error {
		c.Plan = tocsin.Plan{}
		if _, err := tx.InsertContact(c); err != nil {
			return err
		}
		for i, ch := range []*tocsin.Channel{{Type: tocsin.Email, Name: "mail", Address: alias + "@example.org"}, {Type: tocsin.SMS, Name: "phone", Address: "+15555550100"}} {
			if err := engagement.AddChannel(tx, c, ch, true); err != nil {
				return err
			}
			ch.Activated = true
			if err := tx.UpdateChannel(&store.ChannelRow{Channel: ch}); err != nil {
				return err
			}
			c.Plan.Stages = append(c.Plan.Stages, tocsin.Stage{Minutes: []int{10, 0}[i], Targets: []tocsin.StageTarget{{Channel: ch.ARN(), RetryMinutes: 1}}})
		}
		return tx.UpdateContact(c)
	})
	return c.ARN()
}

func (d *desk) plan(alias string, stages ...tocsin.Stage) tocsin.ARN {
	c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.Escalation, Plan: tocsin.Plan{Stages: stages}}
	d.update(func(tx *store.Tx) error { _, err := tx.InsertContact(c); return err })
	return c.ARN()
}

func stage(minutes int, essential bool, who tocsin.ARN) tocsin.Stage {
	return tocsin.Stage{Minutes: minutes, Targets: []tocsin.StageTarget{{Contact: who, Essential: essential}}}
}

func (d *desk) incident() *tocsin.Incident {
	inc := &tocsin.Incident{Account: dbtest.Account, ID: tocsin.NewID(), Plan: "sec", Title: "T", Status: tocsin.Open, Impact: 1}
	d.update(func(tx *store.Tx) error {
		inc.Created = tx.Now()
		return tx.InsertIncident(inc, "")
	})
	return inc
}

// start engages contacts for an incident, all in one transaction.
func (d *desk) start(inc *tocsin.Incident, contacts ...tocsin.ARN) (out []*tocsin.Engagement) {
	d.t.Helper()
	s := engagement.Subject{Sender: "me", Subject: "S", Content: "C", PublicSubject: "PS", PublicContent: "PC"}
	if inc != nil {
		s.Incident = inc.ARN()
	}
	d.update(func(tx *store.Tx) error {
		out = nil
		for _, c := range contacts {
			e, err := engagement.Start(tx, c, s)
			if err != nil {
				return err
			}
			out = append(out, e)
		}
		return nil
	})
	return out
}

func (d *desk) pages(e *tocsin.Engagement) (out []*store.PageRow) {
	d.t.Helper()
	d.view(func(tx *store.Tx) (err error) {
		out, err = tx.PagesOfEngagement(e.ARN(), store.Cursor{}, 100)
		return err
	})
	return out
}

func (d *desk) accept(p tocsin.ARN, a engagement.Answer) (refused *tocsin.Error) {
	d.t.Helper()
	if a.Type == "" {
		a.Type = tocsin.ReceiptRead
	}
	d.update(func(tx *store.Tx) (err error) {
		refused, err = engagement.Accept(tx, p, a)
		return err
	})
	return refused
}

func (d *desk) receipts(p *store.PageRow) (out []string) {
	d.t.Helper()
	d.view(func(tx *store.Tx) error {
		all, err := tx.Receipts(p.Page)
		for _, r := range slices.Backward(all) {
			out = append(out, string(r.Type))
		}
		return err
	})
	return out
}

func (d *desk) story(inc *tocsin.Incident) (out []string) {
	d.t.Helper()
	d.view(func(tx *store.Tx) error {
		all, err := tx.Timeline(inc.ARN(), true, store.Cursor{}, 100)
		for _, e := range all {
			var p timeline.Page
			if err := json.Unmarshal([]byte(e.Data), &p); err != nil {
				return err
			}
			out = append(out, strings.TrimSpace(strings.TrimSuffix(e.Type, " for Incident")+" "+tocsin.ARN(p.Contact).ID()+" "+p.Channel))
		}
		return err
	})
	return out
}

func (d *desk) wakes() (n int) {
	d.view(func(tx *store.Tx) error {
		all, err := tx.Jobs(1000)
		for _, j := range all {
			if j.Kind == (engagement.Wake{}).Kind() {
				n++
			}
		}
		return err
	})
	return n
}

// sent lists the pages in the outbox, the oldest first, as "minute to".
func (d *desk) sent(since time.Time) (out []string) {
	d.t.Helper()
	d.view(func(tx *store.Tx) error {
		all, err := tx.Outbox(store.Cursor{}, 100)
		for _, m := range slices.Backward(all) {
			if m.Kind == tocsin.KindPage {
				out = append(out, fmt.Sprintf("%v %s", m.Time.Sub(since).Round(time.Second), m.To))
			}
		}
		return err
	})
	return out
}

func TestAccept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann, bob := d.person("ann"), d.person("bob")
		inc := d.incident()
		e := d.start(inc, ann, bob)
		p, q := d.pages(e[0])[0], d.pages(e[1])[0]
		wrong := "000000"
		if p.Code == wrong {
			wrong = "111111"
		}
		if d.accept(p.ARN(), engagement.Answer{Code: q.Code + "0"}) == nil || d.accept(p.ARN(), engagement.Answer{Code: q.Code}) == nil && p.Code != q.Code {
			t.Error("the code of another page was taken")
		}
		if refused := d.accept(p.ARN(), engagement.Answer{Code: p.Code, Type: tocsin.ReceiptDelivered}); refused != nil {
			t.Fatal(refused)
		}
		if n := d.wakes(); n != 2 {
			t.Errorf("%d wakes after a delivery", n)
		}
		for range 2 { // the second changes nothing
			if refused := d.accept(p.ARN(), engagement.Answer{Code: p.Code, Note: "mine"}); refused != nil {
				t.Fatal(refused)
			}
		}
		if diff := cmp.Diff([]string{"SENT", "DELIVERED", "READ"}, d.receipts(p)); diff != "" {
			t.Error(diff)
		}
		if n := d.wakes(); n != 1 {
			t.Errorf("%d wakes after ann's answer", n)
		}
		for i := range 5 {
			if d.accept(q.ARN(), engagement.Answer{Code: wrong + "9"}) == nil {
				t.Fatal("a wrong code was taken")
			}
			if n := d.pages(e[1])[0].WrongCodes; n != i+1 {
				t.Errorf("%d wrong codes were counted, not %d", n, i+1)
			}
		}
		d.view(func(tx *store.Tx) error { // locked: nothing more is written
			_, err := engagement.Accept(tx, q.ARN(), engagement.Answer{Type: tocsin.ReceiptRead, Code: q.Code})
			if tocsin.KindOf(err) != tocsin.Invalid {
				return fmt.Errorf("a locked page gave %w", err)
			}
			return nil
		})
		if refused := d.accept(q.ARN(), engagement.Answer{Ignore: true, Code: "123456"}); refused != nil {
			t.Errorf("IGNORE does not pass the lock: %v", refused)
		}
		want := []string{"SSM Contacts Page ann EMAIL", "SSM Contacts Page bob EMAIL", "SSM Contacts Page Acknowledgement ann EMAIL",
			"Tocsin Page Failure bob EMAIL", "SSM Contacts Page Acknowledgement bob EMAIL"}
		if diff := cmp.Diff(want, d.story(inc)); diff != "" {
			t.Error(diff)
		}
		d.view(func(tx *store.Tx) error {
			if _, err := engagement.Accept(tx, p.ARN()+"x", engagement.Answer{}); tocsin.KindOf(err) != tocsin.NotFound {
				return fmt.Errorf("a page that does not exist gave %w", err)
			}
			return nil
		})
	})
}

func TestStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann, bob := d.person("ann"), d.person("bob")
		inc := d.incident()
		e := d.start(inc, ann, bob, ann)
		alone := d.start(nil, ann)[0]
		d.update(func(tx *store.Tx) error { return engagement.Stop(tx, e[0].ARN(), "enough") })
		if n := d.wakes(); n != 3 {
			t.Errorf("%d wakes", n)
		}
		d.update(func(tx *store.Tx) error { return engagement.StopFor(tx, inc.ARN(), "resolved") })
		d.update(func(tx *store.Tx) error { return engagement.Stop(tx, e[1].ARN(), "again") })
		if n := d.wakes(); n != 1 {
			t.Errorf("%d wakes", n)
		}
		d.view(func(tx *store.Tx) error {
			for i, want := range []string{"enough", "resolved", "resolved"} {
				got, err := tx.Engagement(e[i].ARN())
				if err != nil {
					return err
				}
				if got.Stopped.IsZero() || got.StopReason != want {
					t.Errorf("engagement %d: %+v", i, got.Engagement)
				}
			}
			p := d.pages(e[1])[0]
			if _, err := engagement.Accept(tx, p.ARN(), engagement.Answer{Type: tocsin.ReceiptRead, Code: p.Code}); tocsin.KindOf(err) != tocsin.Invalid {
				t.Errorf("accepting after the stop gave %v", err)
			}
			return nil
		})
		d.run()
		d.view(func(tx *store.Tx) error {
			if got, err := tx.Engagement(alone.ARN()); err != nil || !got.Stopped.IsZero() {
				t.Errorf("the engagement without the incident: %+v, %v", got, err)
			}
			return nil
		})
		for _, err := range []error{
			db.Update(ctx, dbtest.Who, func(tx *store.Tx) error { return engagement.Stop(tx, alone.ARN()+"x", "") }),
			db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
				_, err := engagement.Start(tx, ann+"x", engagement.Subject{})
				return err
			}),
		} {
			if tocsin.KindOf(err) != tocsin.NotFound {
				t.Errorf("got %v", err)
			}
		}
	})
}

// Ann stands in two of the incident's engagements: she gets one mail, and her
// answer counts in both.
func TestOnePagePerIncident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann, bob := d.person("ann"), d.person("bob")
		team := d.plan("team", stage(5, true, ann), stage(0, false, bob))
		t.Run("answer", func(t *testing.T) {
			inc := d.incident()
			e := d.start(inc, ann, team)
			if len(d.pages(e[0])) != 1 || len(d.pages(e[1])) != 0 {
				t.Fatalf("pages: %d and %d", len(d.pages(e[0])), len(d.pages(e[1])))
			}
			before := d.wakes()
			if refused := d.accept(d.pages(e[0])[0].ARN(), engagement.Answer{Code: d.pages(e[0])[0].Code}); refused != nil {
				t.Fatal(refused)
			}
			if n := d.wakes(); n != before-2 {
				t.Errorf("%d of %d wakes are left: the plan goes on to bob", n, before)
			}
			want := []string{"SSM Contacts Page ann EMAIL", "Tocsin Page Skipped ann", "SSM Contacts Page Acknowledgement ann EMAIL"}
			if diff := cmp.Diff(want, d.story(inc)); diff != "" {
				t.Error(diff)
			}
		})
		t.Run("stop", func(t *testing.T) {
			e := d.start(d.incident(), ann, team)
			d.update(func(tx *store.Tx) error { return engagement.Stop(tx, e[0].ARN(), "") })
			if n := len(d.pages(e[1])); n != 1 {
				t.Errorf("%d pages after the engagement that paged was stopped", n)
			}
		})
		t.Run("two incidents", func(t *testing.T) {
			one, two := d.start(d.incident(), ann)[0], d.start(d.incident(), ann)[0]
			if len(d.pages(one)) != 1 || len(d.pages(two)) != 1 {
				t.Error("pages of different incidents were taken for one")
			}
		})
		t.Run("no incident", func(t *testing.T) {
			e := d.start(nil, ann, ann)
			if len(d.pages(e[0])) != 1 || len(d.pages(e[1])) != 1 {
				t.Error("pages of engagements without an incident were taken for one")
			}
		})
	})
}

// refusing is a provider that refuses every message for good.
type refusing struct{}

func (refusing) Send(context.Context, notify.Message) (notify.Receipt, error) {
	return notify.Receipt{}, notify.Permanent(fmt.Errorf("no such mailbox"))
}

func TestFailedPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t))
		d.senders = map[tocsin.ChannelType]notify.Sender{tocsin.Email: refusing{}}
		d.run()
		inc := d.incident()
		e := d.start(inc, d.person("ann"))[0]
		time.Sleep(time.Hour)
		story := slices.Sorted(slices.Values(d.story(inc))) // at one instant of fake time
		if diff := cmp.Diff([]string{"SSM Contacts Page ann EMAIL", "SSM Contacts Page ann SMS", "Tocsin Page Failure ann EMAIL"}, story); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"ERROR"}, d.receipts(d.pages(e)[0])); diff != "" {
			t.Error(diff)
		}
		d.halt()
	})
}

// The server is killed and started anew between any two minutes of the plan:
// everybody is paged, nobody twice, at their times or as soon as it runs again.
func TestCrashes(t *testing.T) {
	for _, down := range []time.Duration{time.Millisecond, time.Second} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			open := func() *store.DB {
				db, err := store.Open(ctx, store.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				return db
			}
			d := newDesk(t, open()).run()
			ann, bob := d.person("ann"), d.person("bob")
			team := d.plan("team", stage(5, false, ann), stage(0, false, bob))
			time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
			began := time.Now()
			inc := d.incident()
			d.halt()
			d.start(inc, team) // and it dies before a worker sees it
			for range 20 {
				d.halt()
				d.db.Close()
				time.Sleep(down)
				d.db = open()
				d.run()
				time.Sleep(59 * time.Second)
				time.Sleep(time.Until(time.Now().Add(30 * time.Second).Truncate(time.Minute))) // and dies as the next stage is due
			}
			want := []string{"ann@example.org", "bob@example.org", "+15555550100", "+15555550100"}
			var got []string
			for i, s := range d.sent(began) {
				at, to, _ := strings.Cut(s, " ")
				after, err := time.ParseDuration(at)
				if err != nil {
					t.Fatal(err)
				}
				due := []int{0, 5, 10, 15}[min(i, 3)]
				if late := after - time.Duration(due)*time.Minute; late < 0 || late > down+time.Second {
					t.Errorf("page %d at %s", i, at)
				}
				got = append(got, to)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			d.halt()
			d.db.Close()
		})
	}
}

// After a day down the stage that is current is paged, and says how late it is.
// flaky takes what it is given from the n-th try on.
type flaky struct {
	from int
	mu   sync.Mutex
	took []string
}

func (f *flaky) Send(_ context.Context, m notify.Message) (notify.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m.Attempt < f.from {
		return notify.Receipt{}, errors.New("busy")
	}
	f.took = append(f.took, m.To)
	return notify.Receipt{ID: m.Key}, nil
}

// A page that is being tried again is taken back when somebody else's essential
// acknowledgement ends the plan.
func TestTakenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t))
		mail := &flaky{from: 3}
		d.senders = map[tocsin.ChannelType]notify.Sender{tocsin.Email: mail}
		d.run()
		ann, bob := d.person("ann"), d.person("bob")
		team := d.plan("team", tocsin.Stage{Targets: []tocsin.StageTarget{{Contact: ann, Essential: true}, {Contact: bob}}})
		e := d.start(d.incident(), team)[0]
		time.Sleep(90 * time.Second) // both mails have failed twice
		for _, p := range d.pages(e) {
			if p.Contact == ann {
				if refused := d.accept(p.ARN(), engagement.Answer{Code: p.Code}); refused != nil {
					t.Fatal(refused)
				}
			}
		}
		time.Sleep(time.Hour)
		for _, p := range d.pages(e) {
			want := []string{"ERROR", "ERROR", "STOP"}
			if p.Contact == ann {
				want = []string{"ERROR", "ERROR", "SENT", "DELIVERED", "READ"} // who has the code has the mail: the answer ended its tries
			}
			got := d.receipts(p)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", p.Contact.ID(), diff)
			}
		}
		if len(mail.took) > 0 {
			t.Errorf("sent to %v", mail.took)
		}
		d.halt()
	})
}

// The options of a plan, on the store: what is begun anew goes out, and what was
// acknowledged before does not hold it back.
func TestOptionsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)).run()
		ann, bob := d.person("ann"), d.person("bob")
		team := d.plan("team", stage(5, true, ann))
		d.update(func(tx *store.Tx) error {
			c, err := tx.Contact(team)
			if err != nil {
				return err
			}
			c.Plan.Options = tocsin.PlanOptions{Repeat: 1, AckMinutes: 30, Fallback: bob}
			return tx.UpdateContact(c)
		})
		began := time.Now()
		inc := d.incident()
		e := d.start(inc, team)[0]
		time.Sleep(time.Minute)
		p := d.pages(e)[0]
		if refused := d.accept(p.ARN(), engagement.Answer{Code: p.Code}); refused != nil {
			t.Fatal(refused)
		}
		time.Sleep(3 * time.Hour)
		want := []string{"0s ann@example.org", "1h1m0s +15555550100", "31m0s ann@example.org", "36m0s ann@example.org", "41m0s +15555550100", "46m0s +15555550100", "51m0s bob@example.org"}
		got := d.sent(began)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		again := 0
		for _, line := range d.story(inc) {
			if strings.HasPrefix(line, "Tocsin Plan Restart") {
				again++
			}
		}
		if again != 3 {
			t.Errorf("the timeline tells of %d restarts: %v", again, d.story(inc))
		}
		d.halt()
	})
}
