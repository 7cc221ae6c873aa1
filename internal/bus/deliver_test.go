package bus_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func titles(incidents []*tocsin.Incident) []string {
	var out []string
	for _, i := range incidents {
		out = append(out, i.Title)
	}
	return out
}

var sorted = cmpopts.SortSlices(func(a, b string) bool { return a < b })

func TestDeliver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		plan, second := s.plan("p"), s.plan("q")
		s.rule("many", `{"source":["my.app"]}`,
			"arn:aws:sqs:us-east-1:111122223333:queue",
			"arn:aws:ssm-incidents::111122223333:response-plan/missing",
			"arn:aws:ssm-incidents::444455556666:response-plan/p",
			"arn:aws:ssm-incidents::111122223333:incident-record/p/x",
			plan)
		s.rule("one", `{"detail":{"n":[1]}}`, second)
		first, other := event("my.app", "order", `{"n":1}`), event("my.app", "order", `{"n":2}`)
		if errs := s.b.Put(ctx, dbtest.Who, []tocsin.Event{first, event("nobody", "x", `{}`), other}); errs != nil {
			t.Fatal(errs)
		}
		got := s.incidents()
		want := []string{"Title p: many", "Title p: many", "Title q: one"}
		if d := cmp.Diff(want, titles(got), sorted); d != "" {
			t.Errorf("incidents (-want +got):\n%s", d)
		}
		for _, i := range got {
			if i.Source.Source != tocsin.SourceEvents || i.Source.InvokedBy != "events.amazonaws.com" || !strings.HasPrefix(i.Source.Resource, "arn:aws:events:us-east-1:111122223333:rule/") {
				t.Errorf("source = %+v", i.Source)
			}
		}
		type letter struct{ Target, Code, Event string }
		var letters []letter
		for _, l := range s.letters() {
			letters = append(letters, letter{string(l.Target), l.Code, l.EventID})
			if l.Message == "" || !json.Valid([]byte(l.EventRaw)) || l.Rule != "arn:aws:events:us-east-1:111122223333:rule/many" {
				t.Errorf("dead letter %+v", l)
			}
		}
		var wantLetters []letter
		for _, e := range []tocsin.Event{first, other} {
			wantLetters = append(wantLetters,
				letter{"arn:aws:sqs:us-east-1:111122223333:queue", "SDK_CLIENT_ERROR", e.ID},
				letter{"arn:aws:ssm-incidents::111122223333:response-plan/missing", "NO_RESOURCE", e.ID},
				letter{"arn:aws:ssm-incidents::444455556666:response-plan/p", "NO_PERMISSIONS", e.ID},
				letter{"arn:aws:ssm-incidents::111122223333:incident-record/p/x", "SDK_CLIENT_ERROR", e.ID})
		}
		if d := cmp.Diff(wantLetters, letters, cmpopts.SortSlices(func(a, b letter) bool { return a.Event+a.Target < b.Event+b.Target })); d != "" {
			t.Errorf("dead letters (-want +got):\n%s", d)
		}
	})
}

func TestRepeatsFoldIntoTheOpenIncident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("guardduty", `{"source":["aws.guardduty"]}`, s.plan("p"))
		finding := func() tocsin.Event { return event("aws.guardduty", "GuardDuty Finding", `{"id":"f1","severity":8}`) }
		for range 2 { // in one call and in the next
			if errs := s.b.Put(ctx, dbtest.Who, []tocsin.Event{finding(), finding()}); errs != nil {
				t.Fatal(errs)
			}
		}
		if n := len(s.incidents()); n != 1 {
			t.Errorf("%d incidents, want 1", n)
		}
	})
}

// breakPlan has the database refuse every incident of a plan.
func breakPlan(t *testing.T, driver, dsn, plan string, statements ...string) {
	t.Helper()
	conn, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, q := range statements {
		if _, err := conn.Exec(strings.ReplaceAll(q, "PLAN", "'"+plan+"'")); err != nil {
			t.Fatal(err)
		}
	}
}

// sqliteOf names a store's file for a connection that waits while the store writes.
func sqliteOf(dir string) string {
	return "file:" + filepath.Join(dir, "tocsin.db") + "?_pragma=busy_timeout(60000)"
}

func TestOneFailingDeliveryKeepsNoOtherBack(t *testing.T) {
	check := func(t *testing.T, s *station) {
		s.rule("good", `{"source":["a"]}`, s.plan("p"))
		s.rule("mixed", `{"source":["b"]}`, s.plan("bad"), tocsin.ResponsePlanARN(dbtest.Account, "p"))
		events := []tocsin.Event{event("a", "x", `{}`), event("b", "x", `{}`), event("z", "x", `{}`)}
		errs := s.b.Put(ctx, dbtest.Who, events)
		if len(errs) != 3 || errs[0] != nil || errs[1] == nil || errs[2] != nil {
			t.Fatalf("errors = %v, want one for the second event only", errs)
		}
		if d := cmp.Diff([]string{"Title p: good", "Title p: mixed"}, titles(s.incidents()), sorted); d != "" {
			t.Errorf("incidents (-want +got):\n%s", d)
		}
		l := s.letters()
		if len(l) != 1 || l[0].Code != "INTERNAL_ERROR" || l[0].Target.ID() != "bad" || l[0].EventID != events[1].ID {
			t.Errorf("dead letters = %+v", l)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		s := newStation(t, dbtest.Open(t, store.Options{Dir: dir}))
		breakPlan(t, "sqlite", sqliteOf(dir), "bad",
			`CREATE TRIGGER bad BEFORE INSERT ON incident WHEN NEW.plan = PLAN BEGIN SELECT RAISE(ABORT, 'no'); END`)
		check(t, s)
	})
	t.Run("postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		s := newStation(t, dbtest.Open(t, o))
		breakPlan(t, "pgx", o.URL, "bad", `ALTER TABLE incident ADD CONSTRAINT bad CHECK (plan <> PLAN)`)
		check(t, s)
	})
}

func TestPutWithTheDatabaseGone(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", `{"source":["a"]}`, s.plan("p"))
	gone, cancel := context.WithCancel(ctx)
	cancel()
	errs := s.b.Put(gone, dbtest.Who, []tocsin.Event{event("a", "x", `{}`), event("b", "x", `{}`)})
	if len(errs) != 2 || errs[0] == nil || errs[1] != nil {
		t.Errorf("errors = %v, want one for the event that a rule wants", errs)
	}
}

func TestDeliverOnBehalfOfTheRule(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", `{"source":["a"]}`, s.plan("p"))
	matches := s.b.Match([]tocsin.Event{event("a", "x", `{}`)})
	if err := s.db.Update(ctx, store.Who{Account: "999999999999", Region: "eu-west-1"}, func(tx *store.Tx) error { return bus.Deliver(tx, matches) }); err != nil {
		t.Fatal(err)
	}
	if n := len(s.incidents()); n != 1 {
		t.Errorf("%d incidents in the rule's account, want 1", n)
	}
}
