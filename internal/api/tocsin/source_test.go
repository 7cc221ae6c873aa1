package tocsin_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	own "github.com/tocsin-io/tocsin/internal/api/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// Every source of the caller's account is shown as it does, and none of another's.
func TestListSources(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		b := bus.New(db, slog.New(slog.DiscardHandler))
		if err := b.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		intake := func(name, path string, who store.Who) *source.Intake {
			return &source.Intake{Name: name, Kind: "webhook", Path: path, DB: db, Bus: b, Log: slog.New(slog.DiscardHandler), Who: who}
		}
		hook, queue := intake("hook", "/ingest/hook", dbtest.Who), intake("queue", "", dbtest.Who)
		other := dbtest.Who
		other.Account = "999999999999"
		server := &own.Server{DB: db, Sources: []*source.Intake{hook, intake("theirs", "", other), queue}}
		s := &service{t, db, server.Service()}
		aws.NewHandler(aws.Options{Services: []*aws.Service{s.svc}}) // binds it

		quiet := map[string]any{"Name": "hook", "Kind": "webhook", "Address": "/ingest/hook", "State": "QUIET",
			"Received": 0., "Matched": 0., "Repeats": 0., "Refused": 0., "Late": 0., "Missed": 0., "Rate": 0., "DeadLetters": 0.}
		if diff := cmp.Diff([]any{quiet, quietly(quiet, "queue")}, s.must("ListSources", `{}`)["Sources"]); diff != "" {
			t.Errorf("before anything came: %s", diff)
		}

		e := tocsin.Event{ID: "one", Source: "x", DetailType: "y", Account: dbtest.Account, Region: dbtest.Region, Time: time.Now().Add(-time.Hour), Raw: json.RawMessage(`{"source":"x","detail-type":"y","detail":{}}`)}
		if err := errors.Join(hook.Take(context.Background(), []bus.Arrival{{Event: e}}), hook.Refuse(context.Background(), []byte("!"), errors.New("no event"))); err != nil {
			t.Fatal(err)
		}
		queue.Fail(errors.New("refused " + strings.Repeat("x", 2000)))
		all := s.must("ListSources", `{}`)["Sources"].([]any)
		got, stuck := all[0].(map[string]any), all[1].(map[string]any)
		if got["State"] != "WELL" || got["Received"] != 1. || got["Refused"] != 1. || got["DeadLetters"] != 1. || got["Rate"] != 1./60 || got["LagSeconds"].(float64) < 3600 || got["LastEventTime"] == nil || got["Error"] != nil {
			t.Errorf("after an event: %v", got)
		}
		if text, _ := stuck["Error"].(string); stuck["State"] != "TROUBLE" || stuck["DeadLetters"] != 0. || !strings.HasPrefix(text, "refused x") || len(text) > 1010 || stuck["TroubleSince"] == nil || stuck["ErrorTime"] == nil || stuck["LastEventTime"] != nil {
			t.Errorf("in trouble: %v", stuck)
		}
	})
}

func quietly(like map[string]any, name string) map[string]any {
	out := map[string]any{}
	for k, v := range like {
		if k != "Address" {
			out[k] = v
		}
	}
	out["Name"] = name
	return out
}

// The doctor is told what only the server knows, of the account that asks.
func TestDoctorLive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Update(context.Background(), dbtest.Who, func(tx *store.Tx) error {
			return tx.PutConfigRule(&tocsin.ConfigRule{Account: tx.Account(), Region: tx.Region(), Name: "r", ID: "config-rule-r", Identifier: "X", Rest: json.RawMessage(`{}`), Created: tx.Now(), Asked: tx.Now()})
		}); err != nil {
			t.Fatal(err)
		}
		var asked tocsin.Account
		s := &service{t, db, (&own.Server{DB: db, Keys: auth.NewKeys(db), Live: func(a tocsin.Account) doctor.Live {
			asked = a
			return doctor.Live{Watches: []doctor.Watch{{Name: "s3", ARN: "arn:x", Error: "denied"}}, Evaluates: func(*tocsin.ConfigRule) bool { return false }}
		}}).Service()}
		aws.NewHandler(aws.Options{Services: []*aws.Service{s.svc}}) // binds it
		var kinds []string
		for _, f := range s.must("Doctor", `{}`)["Findings"].([]any) {
			kinds = append(kinds, f.(map[string]any)["Kind"].(string))
		}
		if diff := cmp.Diff([]string{"config-rule-without-watch", "watch-failed"}, kinds); diff != "" || asked != dbtest.Account {
			t.Errorf("asked for %s: %s", asked, diff)
		}
	})
}
