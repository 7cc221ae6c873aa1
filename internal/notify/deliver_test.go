package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// provider is the outside world: it keeps what it takes.
type provider struct {
	answer func(try int) error // nil: take

	mu    sync.Mutex
	tries []Message
	at    []time.Time
}

func (p *provider) Send(_ context.Context, m Message) (Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries, p.at = append(p.tries, m), append(p.at, time.Now())
	if p.answer != nil {
		if err := p.answer(len(p.tries)); err != nil {
			return Receipt{}, err
		}
	}
	return Receipt{ID: "queued-" + m.Key}, nil
}

func service(db *store.DB, p *provider, types ...tocsin.ChannelType) *Service {
	s := &Service{DB: db, Log: slog.New(slog.DiscardHandler), URL: "https://tocsin.example.org", Senders: map[tocsin.ChannelType]Sender{}}
	for _, t := range types {
		s.Senders[t] = p
	}
	return s
}

const (
	incidentID   = "1b2c0d6e-0000-4000-8000-000000000001"
	engagementID = "1b2c0d6e-0000-4000-8000-000000000002"
	pageID       = "1b2c0d6e-0000-4000-8000-000000000003"
	channelID    = "1b2c0d6e-0000-4000-8000-000000000004"
)

// scene is one page to one person, not sent yet.
type scene struct {
	channel    *store.ChannelRow
	engagement *store.EngagementRow
	page       *store.PageRow
}

func newScene(t tocsin.ChannelType) *scene {
	contact := tocsin.ContactARN(dbtest.Region, dbtest.Account, "ann")
	began := time.Now().UTC().Truncate(time.Microsecond)
	ch := &store.ChannelRow{Channel: &tocsin.Channel{Account: dbtest.Account, Region: dbtest.Region, ID: channelID, Contact: "ann", Name: "work",
		Type: t, Address: "ann@example.net", Activated: true, Created: began}}
	e := &store.EngagementRow{State: "{}", Engagement: &tocsin.Engagement{Account: dbtest.Account, Region: dbtest.Region, ID: engagementID,
		Contact: contact, Sender: "tocsin", Subject: "Night plan: Root sign-in", Content: "Impact: High\n\nSomebody signed in as <root> from 203.0.113.9.\nNo MFA was used.",
		PublicSubject: "Incident", PublicContent: "A high impact incident needs you.", Started: began,
		Incident: tocsin.IncidentARN(dbtest.Account, "night", incidentID)}}
	p := &store.PageRow{Code: "314159", Page: &tocsin.Page{Account: dbtest.Account, Region: dbtest.Region, ID: pageID, Engagement: e.ARN(),
		Contact: contact, Channel: ch.ARN(), Type: t, Incident: e.Incident, Created: began}}
	return &scene{ch, e, p}
}

func update(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), dbtest.Who, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func (s *scene) write(t testing.TB, db *store.DB) Deliver {
	t.Helper()
	d := Deliver{Page: s.page.ARN()}
	update(t, db, func(tx *store.Tx) error {
		return errors.Join(tx.InsertChannel(s.channel), tx.InsertEngagement(s.engagement), tx.InsertPage(s.page), job.Now(tx, d))
	})
	return d
}

// once does what a worker does with one job, without the loop.
func once(t testing.TB, s *Service, d Deliver) {
	t.Helper()
	finish, err := s.deliver(context.Background(), job.Job{Who: dbtest.Who}, d)
	if err != nil {
		t.Fatalf("deliver: %v", err)
	}
	if finish != nil {
		update(t, s.DB, finish)
	}
}

// state is what can be seen of a page.
type state struct {
	Sent     bool
	Attempts int
	Receipts []string // the oldest first
	Outbox   int
}

func look(t testing.TB, db *store.DB, arn tocsin.ARN) (s state) {
	t.Helper()
	err := db.View(context.Background(), dbtest.Who, func(tx *store.Tx) error {
		p, err := tx.Page(arn)
		if err != nil {
			return err
		}
		s.Sent, s.Attempts = !p.Sent.IsZero(), p.Attempts
		receipts, err := tx.Receipts(p.Page)
		if err != nil {
			return err
		}
		for i := len(receipts) - 1; i >= 0; i-- {
			s.Receipts = append(s.Receipts, string(receipts[i].Type)+" "+receipts[i].Info)
		}
		box, err := tx.Outbox(store.Cursor{}, 100)
		s.Outbox = len(box)
		return err
	})
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	return s
}

func expect(t testing.TB, db *store.DB, arn tocsin.ARN, want state) {
	t.Helper()
	if d := cmp.Diff(want, look(t, db, arn)); d != "" {
		t.Errorf("page (-want +got):\n%s", d)
	}
}

func TestDelivers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := &provider{}
		s := service(db, p, tocsin.Email)
		var told int
		s.Delivered = func(accepted, handed time.Time) {
			if told++; handed.Before(accepted) {
				t.Errorf("accepted %v, handed over %v", accepted, handed)
			}
		}
		sc := newScene(tocsin.Email)
		d := sc.write(t, db)
		once(t, s, d)
		once(t, s, d) // a job too many does not page again
		expect(t, db, d.Page, state{Sent: true, Attempts: 1, Receipts: []string{"SENT queued-" + pageID + "-0"}})
		if len(p.tries) != 1 || told != 1 {
			t.Fatalf("sent %d times, told %d times, want once", len(p.tries), told)
		}
		m := p.tries[0]
		if m.Key != pageID+"-0" || m.Thread != string(sc.page.Incident) || m.To != "ann@example.net" || m.Code != "314159" || m.Kind != tocsin.KindPage ||
			m.Page != d.Page || m.Incident != sc.page.Incident || m.Channel != sc.channel.ARN() {
			t.Errorf("message %+v", m)
		}
	})
}

// A crash after the provider took the page, before that was written down: the
// repeat has the same key. (A try that failed has another, see TestRetries.)
func TestRepeatAfterCrashHasTheKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := &provider{}
		s := service(db, p, tocsin.Email)
		d := newScene(tocsin.Email).write(t, db)
		if _, err := s.deliver(t.Context(), job.Job{Who: dbtest.Who}, d); err != nil { // its Finish is lost
			t.Fatal(err)
		}
		once(t, s, d)
		if len(p.tries) != 2 || p.tries[0].Key != p.tries[1].Key {
			t.Errorf("tries %v", p.tries)
		}
	})
}

// A person may answer before the provider does: the answer has told of the sending, and
// neither the provider's word nor its error, nor a crash, changes the chain.
func TestAnswerBeforeTheProviders(t *testing.T) {
	for name, end := range map[string]func(*Service, Deliver, *testing.T){
		"taken":   func(s *Service, d Deliver, t *testing.T) { once(t, s, d) },
		"refused": func(s *Service, d Deliver, t *testing.T) { once(t, s, d) },
		"killed": func(s *Service, d Deliver, t *testing.T) {
			if _, err := s.deliver(t.Context(), job.Job{Who: dbtest.Who}, d); err != nil { // its Finish is lost
				t.Fatal(err)
			}
			once(t, s, d)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *store.DB) {
				sc := newScene(tocsin.Email)
				d := sc.write(t, db)
				p := &provider{answer: func(int) error {
					update(t, db, func(tx *store.Tx) error {
						page, err := tx.Page(d.Page)
						if err != nil {
							return err
						}
						page.Sent, page.Delivered, page.Read = tx.Now(), tx.Now(), tx.Now()
						return errors.Join(tx.UpdatePage(page.Page), receipt(tx, page.Page, tocsin.ReceiptSent, "answered"))
					})
					if name == "refused" {
						return errors.New("the connection broke after the message")
					}
					return nil
				}}
				end(service(db, p, tocsin.Email), d, t)
				got := look(t, db, d.Page)
				got.Attempts = 0
				if diff := cmp.Diff(state{Sent: true, Receipts: []string{"SENT answered"}}, got); diff != "" {
					t.Errorf("page (-want +got):\n%s", diff)
				}
				if len(p.tries) != 1 {
					t.Errorf("sent %d times", len(p.tries))
				}
			})
		})
	}
}

func TestOutbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := service(db, nil)
		sc := newScene(tocsin.SMS)
		d := sc.write(t, db)
		once(t, s, d)
		expect(t, db, d.Page, state{Sent: true, Attempts: 1, Receipts: []string{"SENT outbox"}, Outbox: 1})
		var box []tocsin.Message
		if err := db.View(t.Context(), dbtest.Who, func(tx *store.Tx) (err error) {
			box, err = tx.Outbox(store.Cursor{}, 10)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		m := box[0]
		if m.ID != pageID+"-0" || m.Type != tocsin.SMS || m.Kind != tocsin.KindPage || m.To != "ann@example.net" || m.Code != "314159" ||
			m.Page != d.Page || m.Channel != sc.channel.ARN() || !strings.Contains(m.Text, "314159") {
			t.Errorf("outbox %+v", m)
		}
	})
}

func TestStops(t *testing.T) {
	for name, tt := range map[string]struct {
		happen func(*store.Tx, *scene) error
		info   string
	}{
		"engagement stopped": {func(tx *store.Tx, s *scene) error {
			s.engagement.Stopped, s.engagement.StopReason = tx.Now(), "the incident was resolved"
			return tx.UpdateEngagement(s.engagement)
		}, "STOP the engagement was stopped: the incident was resolved"},
		"another page acknowledged": {func(tx *store.Tx, s *scene) error {
			other := *s.page.Page
			other.ID, other.Read = tocsin.NewID(), tx.Now()
			return errors.Join(tx.InsertPage(&store.PageRow{Page: &other, Code: "1"}), tx.UpdatePage(&other))
		}, "STOP the person has acknowledged"},
		"channel deleted": {func(tx *store.Tx, s *scene) error { return tx.DeleteChannel(s.channel.Channel) },
			"STOP the contact channel was deleted"},
		"channel deactivated": {func(tx *store.Tx, s *scene) error {
			s.channel.Activated = false
			return tx.UpdateChannel(s.channel)
		}, "STOP the contact channel is not activated"},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *store.DB) {
				p := &provider{}
				sc := newScene(tocsin.Email)
				d := sc.write(t, db)
				update(t, db, func(tx *store.Tx) error { return tt.happen(tx, sc) })
				once(t, service(db, p, tocsin.Email), d)
				expect(t, db, d.Page, state{Receipts: []string{tt.info}})
				if len(p.tries) != 0 {
					t.Errorf("sent %d times", len(p.tries))
				}
			})
		})
	}
}

// Another person's answer stops nobody else's page.
func TestOthersAnswerDoesNotStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := &provider{}
		sc := newScene(tocsin.Email)
		d := sc.write(t, db)
		update(t, db, func(tx *store.Tx) error {
			other := *sc.page.Page
			other.ID, other.Contact, other.Read = tocsin.NewID(), tocsin.ContactARN(dbtest.Region, dbtest.Account, "bob"), tx.Now()
			return errors.Join(tx.InsertPage(&store.PageRow{Page: &other, Code: "1"}), tx.UpdatePage(&other))
		})
		once(t, service(db, p, tocsin.Email), d)
		if len(p.tries) != 1 {
			t.Errorf("sent %d times, want once", len(p.tries))
		}
	})
}

// run works the queues on fake time; Failed jobs come to the returned slice.
func run(t *testing.T, db *store.DB, s *Service) (failed *[]Failed, stop func()) {
	t.Helper()
	failed = &[]Failed{}
	r := job.NewRunner(db, slog.New(slog.DiscardHandler), "tocsin")
	s.Register(r)
	job.In(r, func(_ *store.Tx, f Failed) error { *failed = append(*failed, f); return nil })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	return failed, func() { cancel(); <-done }
}

func TestRetries(t *testing.T) {
	s, m := time.Second, time.Minute
	for name, tt := range map[string]struct {
		planned time.Duration
		pauses  []time.Duration
	}{
		"as the plan says": {planned: 3 * m, pauses: []time.Duration{3 * m, 3 * m, 3 * m}},
		"growing":          {pauses: []time.Duration{5 * s, 10 * s, 20 * s, 40 * s, 80 * s, 2 * m, 2 * m}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := dbtest.SQLite(t)
				failures := len(tt.pauses)
				p := &provider{answer: func(try int) error {
					if try <= failures {
						return errors.New("the line is busy")
					}
					return nil
				}}
				svc := service(db, p, tocsin.Email)
				sc := newScene(tocsin.Email)
				sc.page.Retry = tt.planned
				d := sc.write(t, db)
				failed, stop := run(t, db, svc)
				time.Sleep(time.Hour)
				stop()
				var pauses []time.Duration
				keys := map[string]bool{}
				for i, at := range p.at {
					keys[p.tries[i].Key] = true
					if i > 0 {
						pauses = append(pauses, at.Sub(p.at[i-1]).Round(time.Second))
					}
				}
				if d := cmp.Diff(tt.pauses, pauses); d != "" {
					t.Errorf("pauses (-want +got):\n%s", d)
				}
				if len(keys) != len(p.tries) {
					t.Errorf("%d tries with %d keys: a try that failed must not look like a repeat", len(p.tries), len(keys))
				}
				got := look(t, db, d.Page)
				if !got.Sent || got.Attempts != failures+1 || len(got.Receipts) != failures+1 || got.Receipts[0] != "ERROR the line is busy" ||
					!strings.HasPrefix(got.Receipts[failures], "SENT ") {
					t.Errorf("page %+v", got)
				}
				if len(*failed) != 0 {
					t.Errorf("failed %v", *failed)
				}
			})
		})
	}
}

// A page that waits for its next try is not sent once the person has answered.
func TestAnswerEndsRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		p := &provider{answer: func(int) error { return errors.New("the line is busy") }}
		sc := newScene(tocsin.Email)
		sc.page.Retry = 5 * time.Minute
		d := sc.write(t, db)
		_, stop := run(t, db, service(db, p, tocsin.Email))
		time.Sleep(time.Minute)
		update(t, db, func(tx *store.Tx) error {
			page, err := tx.Page(d.Page)
			if err != nil {
				return err
			}
			page.Read = tx.Now()
			return tx.UpdatePage(page.Page)
		})
		time.Sleep(time.Hour)
		stop()
		expect(t, db, d.Page, state{Attempts: 1, Receipts: []string{"ERROR the line is busy", "STOP the person has acknowledged"}})
		if len(p.tries) != 1 {
			t.Errorf("tried %d times, want once", len(p.tries))
		}
	})
}

func TestGivesUp(t *testing.T) {
	for name, tt := range map[string]struct {
		err   error
		tries int
	}{
		"at once when no repeat would help": {Permanent(errors.New("no such mailbox")), 1},
		"after many tries":                  {errors.New("the line is busy"), maxTries},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := dbtest.SQLite(t)
				p := &provider{answer: func(int) error { return tt.err }}
				d := newScene(tocsin.Email).write(t, db)
				failed, stop := run(t, db, service(db, p, tocsin.Email))
				time.Sleep(24 * time.Hour)
				stop()
				if len(p.tries) != tt.tries {
					t.Errorf("tried %d times, want %d", len(p.tries), tt.tries)
				}
				if diff := cmp.Diff([]Failed{{Page: d.Page, Reason: tt.err.Error()}}, *failed); diff != "" {
					t.Errorf("failed (-want +got):\n%s", diff)
				}
				if got := look(t, db, d.Page); got.Sent || len(got.Receipts) != tt.tries {
					t.Errorf("page %+v", got)
				}
			})
		})
	}
}

func TestActivation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		for _, typ := range []tocsin.ChannelType{tocsin.Email, tocsin.SMS} {
			p := &provider{}
			s := service(db, p, tocsin.Email) // SMS goes to the outbox
			ch := newScene(typ).channel
			ch.ID, ch.Activated, ch.Code = tocsin.NewID(), false, "271828"
			update(t, db, func(tx *store.Tx) error { return tx.InsertChannel(ch) })
			finish, err := s.activate(t.Context(), job.Job{Who: dbtest.Who}, Activate{Channel: ch.ARN(), Serial: "s1"})
			if err != nil {
				t.Fatal(err)
			}
			var m tocsin.Message
			if typ == tocsin.SMS {
				update(t, db, finish)
				update(t, db, finish) // a repeat after a crash stands there once
				if err := db.View(t.Context(), dbtest.Who, func(tx *store.Tx) error {
					box, err := tx.Outbox(store.Cursor{}, 10)
					if len(box) == 1 {
						m = box[0]
					} else {
						t.Errorf("%d messages in the outbox, want 1", len(box))
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
			} else if len(p.tries) == 1 {
				m = p.tries[0].Message
			}
			if m.Kind != tocsin.KindActivation || m.To != ch.Address || m.Code != "271828" || m.Channel != ch.ARN() || m.Page != "" || !strings.Contains(m.Text, "271828") {
				t.Errorf("%s: %+v", typ, m)
			}
		}
	})
}

func TestActivationIsTriedAgainAndGivenUp(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(int) error
		tries  int
	}{
		"until it works": {func(try int) error {
			if try < 4 {
				return errors.New("the line is busy")
			}
			return nil
		}, 4},
		"not when refused for good": {func(int) error { return Permanent(errors.New("no such mailbox")) }, 1},
		"not for ever":              {func(int) error { return errors.New("the line is busy") }, maxTries},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := dbtest.SQLite(t)
				p := &provider{answer: tt.answer}
				ch := newScene(tocsin.Email).channel
				ch.Activated, ch.Code = false, "271828"
				update(t, db, func(tx *store.Tx) error {
					return errors.Join(tx.InsertChannel(ch), job.Now(tx, Activate{Channel: ch.ARN(), Serial: "s1"}))
				})
				_, stop := run(t, db, service(db, p, tocsin.Email))
				time.Sleep(24 * time.Hour)
				stop()
				keys := map[string]bool{}
				for _, m := range p.tries {
					keys[m.Key] = true
				}
				if len(p.tries) != tt.tries || len(keys) != tt.tries {
					t.Errorf("%d tries with %d keys, want %d", len(p.tries), len(keys), tt.tries)
				}
			})
		})
	}
}

// What was activated, or deleted, before its turn came needs no code.
func TestActivationNoLongerNeeded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		p := &provider{}
		ch := newScene(tocsin.Email).channel
		update(t, db, func(tx *store.Tx) error { return tx.InsertChannel(ch) })
		for _, arn := range []tocsin.ARN{ch.ARN(), tocsin.ChannelARN(dbtest.Region, dbtest.Account, "ann", tocsin.NewID())} {
			finish, err := service(db, p, tocsin.Email).activate(t.Context(), job.Job{Who: dbtest.Who}, Activate{Channel: arn, Serial: "s1"})
			if finish != nil || err != nil {
				t.Errorf("%s: %v", arn, err)
			}
		}
		if len(p.tries) != 0 {
			t.Errorf("sent %d codes", len(p.tries))
		}
	})
}

func TestCheckSettings(t *testing.T) {
	fields := []Field{{Name: "url", Kind: URL, Required: true, Hint: "https://…"}, {Name: "count", Kind: Number, Hint: "3"}}
	for _, tt := range []struct {
		s    Settings
		says string
	}{
		{Settings{"url": "x"}, ""},
		{Settings{"url": "x", "count": "7"}, ""},
		{Settings{}, "url is missing (https://…)"},
		{Settings{"url": "x", "count": "seven"}, "count must be a number"},
		{Settings{"url": "x", "urll": "secret"}, `no setting "urll"`},
	} {
		err := CheckSettings(fields, tt.s)
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%v: %v, want %q", tt.s, err, tt.says)
		}
	}
}
