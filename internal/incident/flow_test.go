package incident_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

// house is the domain on a real store with its workers running and no
// provider, so that all messages are in the outbox.
type house struct {
	t  *testing.T
	db *store.DB
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	r := job.NewRunner(db, slog.New(slog.DiscardHandler), "tocsin")
	(&notify.Service{DB: db, Log: slog.New(slog.DiscardHandler), URL: "http://localhost:8117"}).Register(r)
	engagement.Register(r)
	incident.Register(r)
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	t.Cleanup(func() { cancel(); <-done })
	h := &house{t: t, db: db}
	h.update(func(tx *store.Tx) error {
		_, err := incident.CreateSet(tx, []tocsin.ReplicationRegion{{Region: dbtest.Region}})
		return err
	})
	return h
}

func (h *house) update(fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(ctx, dbtest.Who, fn); err != nil {
		h.t.Fatalf("update: %v", err)
	}
}

func (h *house) view(fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.db.View(ctx, dbtest.Who, fn); err != nil {
		h.t.Fatalf("view: %v", err)
	}
}

// person makes a contact with an activated e-mail channel at 0 and SMS at 10 minutes.
func (h *house) person(alias string) tocsin.ARN {
	h.t.Helper()
	c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.Personal}
	h.update(func(tx *store.Tx) error {
		c.Created = tx.Now()
		if _, err := tx.InsertContact(c); err != nil {
			return err
		}
		for i, ch := range []*tocsin.Channel{{Type: tocsin.Email, Name: "mail", Address: alias + "@example.org"}, {Type: tocsin.SMS, Name: "phone", Address: "+15555550100"}} {
			if err := engagement.AddChannel(tx, c, ch, false); err != nil {
				return err
			}
			row, err := tx.Channel(ch.ARN())
			if err != nil {
				return err
			}
			if refused, err := engagement.Activate(tx, row, row.Code); err != nil {
				return err
			} else if refused != nil {
				return refused
			}
			c.Plan.Stages = append(c.Plan.Stages, tocsin.Stage{Minutes: []int{10, 0}[i], Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}})
		}
		return tx.UpdateContact(c)
	})
	return c.ARN()
}

func (h *house) plan(name string, engage ...tocsin.ARN) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: name, Engagements: engage,
			Template: tocsin.Template{Title: "Security", Impact: 1}, Created: tx.Now()})
		return err
	})
}

// rootEvent is scenario A's: a root console sign-in.
func rootEvent(id, name string) *tocsin.Event {
	detail := fmt.Sprintf(`{"eventName":%q,"eventSource":"signin.amazonaws.com","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"sourceIPAddress":"198.51.100.7","additionalEventData":{"MFAUsed":"No"},"responseElements":{"ConsoleLogin":"Success"}}`, name)
	e := &tocsin.Event{ID: id, Source: "aws.signin", DetailType: "AWS Console Sign In via CloudTrail", Account: dbtest.Account, Region: dbtest.Region,
		Time: time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)}
	e.Raw = json.RawMessage(fmt.Sprintf(`{"id":%q,"source":%q,"detail-type":%q,"detail":%s}`, id, e.Source, e.DetailType, detail))
	return e
}

var rootRule = &tocsin.Rule{Account: dbtest.Account, Region: dbtest.Region, Bus: "default", Name: "root-activity"}

func (h *house) start(e *tocsin.Event) (inc *tocsin.Incident, created bool) {
	h.t.Helper()
	h.update(func(tx *store.Tx) (err error) {
		inc, created, err = incident.Start(tx, incident.Trigger{Plan: "sec", Source: tocsin.SourceEvents, Resource: string(rootRule.ARN()), Event: e, Rule: rootRule})
		return err
	})
	return inc, created
}

// sent lists the pages in the outbox, the oldest first, as "minute type to".
func (h *house) sent(since time.Time) (out []string, last tocsin.Message) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error {
		all, err := tx.Outbox(store.Cursor{}, 100)
		for i := len(all) - 1; i >= 0; i-- {
			if m := all[i]; m.Kind == tocsin.KindPage {
				out = append(out, fmt.Sprintf("%v %s %s", m.Time.Sub(since).Round(time.Second), m.Type, m.To))
				last = m
			}
		}
		return err
	})
	return out, last
}

func (h *house) timeline(inc *tocsin.Incident) (types []string) {
	h.t.Helper()
	h.view(func(tx *store.Tx) error {
		all, err := tx.Timeline(inc.ARN(), true, store.Cursor{}, 100)
		for _, e := range all {
			types = append(types, e.Type)
		}
		return err
	})
	return types
}

func (h *house) accept(m tocsin.Message, code string) *tocsin.Error {
	h.t.Helper()
	var refused *tocsin.Error
	h.update(func(tx *store.Tx) (err error) {
		refused, err = engagement.Accept(tx, m.Page, engagement.Answer{Type: tocsin.ReceiptRead, Code: code})
		return err
	})
	return refused
}

// Scenario A on fake time: the e-mail at once, the SMS after ten minutes unless
// somebody acknowledged; a second root call folds in.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, dbtest.SQLite(t))
		h.plan("sec", h.person("ann"))
		time.Sleep(time.Minute)
		began := time.Now()
		inc, created := h.start(rootEvent("e1", "ConsoleLogin"))
		if !created || inc.Title != "Security: root-activity" || inc.Impact != 1 {
			t.Fatalf("incident: %+v, created %v", inc, created)
		}
		time.Sleep(5 * time.Minute)
		again, created := h.start(rootEvent("e2", "CreateAccessKey"))
		if created || again.ID != inc.ID {
			t.Fatalf("the second root call opened %s", again.ARN())
		}
		time.Sleep(time.Hour)
		got, last := h.sent(began)
		if diff := cmp.Diff([]string{"0s EMAIL ann@example.org", "10m0s SMS +15555550100"}, got); diff != "" {
			t.Fatal(diff)
		}
		if !strings.Contains(last.Text, last.Code) || strings.Contains(last.Text, "198.51.100.7") {
			t.Errorf("SMS: %q", last.Text)
		}
		sms := "[Critical] Security: root-activity: Impact 1 Critical. ConsoleLogin by Root, without MFA, 111122223333, us-east-1. Acknowledge with code " + last.Code + "."
		if last.Text != sms {
			t.Errorf("SMS: %q, want %q", last.Text, sms)
		}
		for _, fact := range []string{"Who: Root arn:aws:iam::111122223333:root", "From: 198.51.100.7", "MFA used: No"} {
			if !strings.Contains(inc.Summary, fact+"\n") {
				t.Errorf("%q is not in the summary: %s", fact, inc.Summary)
			}
		}
		want := []string{tocsin.EventTrigger, tocsin.EventStart, tocsin.EventPage, tocsin.EventTrigger, tocsin.EventPage}
		if diff := cmp.Diff(want, h.timeline(inc)); len(want) != len(h.timeline(inc)) {
			t.Error(diff)
		}
	})
}

func TestAcknowledgeAndResolve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, dbtest.SQLite(t))
		h.plan("sec", h.person("ann"), h.person("bob"))
		time.Sleep(time.Minute)
		began := time.Now()
		inc, _ := h.start(rootEvent("e1", "ConsoleLogin"))
		time.Sleep(time.Minute)
		_, m := h.sent(began)
		if refused := h.accept(m, "000000"+m.Code); refused == nil {
			t.Fatal("a wrong code was taken")
		}
		if refused := h.accept(m, m.Code); refused != nil {
			t.Fatal(refused)
		}
		time.Sleep(4 * time.Minute)
		status := tocsin.Resolved
		h.update(func(tx *store.Tx) error { return incident.Update(tx, inc.ARN(), incident.Changes{Status: &status}) })
		time.Sleep(time.Hour)
		got, _ := h.sent(began)
		if len(got) != 2 {
			t.Errorf("pages after the acknowledgement and the resolution: %v", got)
		}
		next, created := h.start(rootEvent("e1", "ConsoleLogin"))
		if !created || next.ID == inc.ID {
			t.Error("a resolved incident absorbed an event")
		}
	})
}

func TestFoldsOnBothDatabases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.plan("sec", h.person("ann"))
		const n = 20
		created := make(chan bool, n)
		for i := range n {
			go func() {
				var made bool
				err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) (err error) {
					_, made, err = incident.Start(tx, incident.Trigger{Plan: "sec", Source: tocsin.SourceEvents, Event: rootEvent(fmt.Sprint(i), "X"), Rule: rootRule})
					return err
				})
				if err != nil {
					t.Error(err)
				}
				created <- made
			}()
		}
		opened := 0
		for range n {
			if <-created {
				opened++
			}
		}
		if opened != 1 {
			t.Fatalf("%d incidents were opened", opened)
		}
	})
}
