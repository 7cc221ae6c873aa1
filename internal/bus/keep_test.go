package bus_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// Findings are wanted by the server itself, of every account and Region; nothing else is,
// and its own ones are not.
func TestKeepFindings(t *testing.T) {
	db := dbtest.SQLite(t)
	plain, b := bus.New(db, slog.New(slog.DiscardHandler)), bus.New(db, slog.New(slog.DiscardHandler))
	b.KeepFindings()
	finding := func(change func(*tocsin.Event)) tocsin.Event {
		e := tocsin.Event{ID: "e", Source: "aws.guardduty", DetailType: "GuardDuty Finding", Account: "444455556666", Region: "eu-west-1", Bus: tocsin.DefaultBus,
			Raw: []byte(`{"detail":{"service":{"detectorId":"d"}}}`)}
		change(&e)
		return e
	}
	for _, c := range []struct {
		name   string
		change func(*tocsin.Event)
		want   int
	}{
		{"a finding", func(*tocsin.Event) {}, 1},
		{"another source", func(e *tocsin.Event) { e.Source = "my.guardduty" }, 0},
		{"another kind", func(e *tocsin.Event) { e.DetailType = "GuardDuty Malware Protection Object Scan Result" }, 0},
		{"another bus", func(e *tocsin.Event) { e.Bus = "own" }, 0},
		{"without a detector", func(e *tocsin.Event) { e.Raw = []byte(`{"detail":{}}`) }, 0},
	} {
		events := []tocsin.Event{finding(c.change)}
		if n := len(plain.Match(events)); n != 0 {
			t.Errorf("%s: %d matches where nothing is kept", c.name, n)
		}
		if n := len(b.Match(events)); n != c.want {
			t.Errorf("%s: %d matches, want %d", c.name, n, c.want)
		}
	}
	events := []tocsin.Event{finding(func(*tocsin.Event) {})}
	m := b.Match(events)
	if len(m) != 1 || m[0].Rule.Account != "444455556666" || m[0].Rule.Region != "eu-west-1" || !strings.Contains(m[0].Rule.Name, "/") {
		t.Errorf("matches %+v", m)
	}
	if m := b.MatchRules(events); len(m) != 0 {
		t.Errorf("its own finding matches %+v", m)
	}
}

// What keeps a finding is a job of the account that the event belongs to.
func TestKeepIsAJob(t *testing.T) { dbtest.Each(t, keepIsAJob) }

func keepIsAJob(t *testing.T, db *store.DB) {
	b := bus.New(db, slog.New(slog.DiscardHandler))
	b.KeepFindings()
	e := tocsin.Event{ID: "e", Source: "aws.guardduty", DetailType: "GuardDuty Finding", Account: dbtest.Account, Region: "eu-west-1", Bus: tocsin.DefaultBus,
		Raw: []byte(`{"detail":{"service":{"detectorId":"d"}}}`)}
	if errs := b.Put(ctx, dbtest.Who, []tocsin.Event{e}); slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		t.Fatal(errs)
	}
	err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
		jobs, err := tx.Jobs(10)
		if len(jobs) != 1 || jobs[0].Kind != "bus.keep" || jobs[0].Region != "eu-west-1" || jobs[0].Args != `{"Raw":`+string(e.Raw)+`}` {
			t.Errorf("jobs %+v", jobs)
		}
		letters, err2 := tx.DeadLetters(store.Cursor{}, 10)
		if len(letters) > 0 || err2 != nil {
			t.Errorf("dead letters %+v, %v", letters, err2)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
