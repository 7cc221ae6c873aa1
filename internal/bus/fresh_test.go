package bus_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func arrivals(known string, events ...tocsin.Event) (out []bus.Arrival) {
	for _, e := range events {
		out = append(out, bus.Arrival{Event: e, Known: known})
	}
	return out
}

func TestPutNew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", `{"source":["a"]}`, s.plan("p"))
		s.rule("also", `{"source":["a"]}`, s.plan("q"))
		broken := event("a", "x", `{}`)
		broken.Raw = []byte(`{"a":`)
		nul := event("a", "x", `{"b":"\u0000"}`)
		for _, c := range []struct {
			name      string
			in        []bus.Arrival
			want      bus.Outcome
			incidents int
		}{
			{"new, twice in one batch", arrivals("one", event("a", "x", `{}`), event("a", "x", `{}`)), bus.Outcome{Matched: 1, Repeats: 1}, 2},
			{"again", arrivals("one", event("a", "x", `{}`)), bus.Outcome{Repeats: 1}, 2},
			{"not known by anything", arrivals("", event("a", "x", `{}`), event("a", "x", `{}`)), bus.Outcome{Matched: 2}, 6},
			{"nobody wants it", arrivals("two", event("b", "x", `{}`)), bus.Outcome{}, 6},
			{"what nobody wanted is not remembered", arrivals("two", event("a", "x", `{}`)), bus.Outcome{Matched: 1}, 8},
		} {
			got := s.b.PutNew(ctx, dbtest.Who, c.in)
			if diff := cmp.Diff(c.want, got); diff != "" || len(s.incidents()) != c.incidents {
				t.Errorf("%s: %d incidents, want %d\n%s", c.name, len(s.incidents()), c.incidents, diff)
			}
		}
		out := s.b.PutNew(ctx, dbtest.Who, slices.Concat(arrivals("x", broken), arrivals("y", nul), arrivals("z", event("a", "x", `{}`))))
		if out.Matched != 1 || len(out.Errs) != 3 || tocsin.KindOf(out.Errs[0]) != tocsin.Invalid || tocsin.KindOf(out.Errs[1]) != tocsin.Invalid || out.Errs[2] != nil {
			t.Errorf("malformed: %+v", out)
		}
	})
}

// What cannot be delivered to one target is delivered to the others, once, and
// stands among the dead letters, once.
func TestPutNewAlone(t *testing.T) {
	dir := t.TempDir()
	s := newStation(t, dbtest.Open(t, store.Options{Dir: dir}))
	s.rule("mixed", `{"source":["a"]}`, s.plan("bad"), s.plan("good"))
	breakPlan(t, "sqlite", sqliteOf(dir), "bad",
		`CREATE TRIGGER bad BEFORE INSERT ON incident WHEN NEW.plan = PLAN BEGIN SELECT RAISE(ABORT, 'no'); END`)
	for range 2 {
		if out := s.b.PutNew(ctx, dbtest.Who, arrivals("one", event("a", "x", `{}`))); out.Errs != nil {
			t.Fatal(out.Errs)
		}
	}
	if got := titles(s.incidents()); !slices.Equal(got, []string{"Title good: mixed"}) {
		t.Errorf("incidents %v", got)
	}
	if l := s.letters(); len(l) != 1 || l[0].Code != "INTERNAL_ERROR" || l[0].Target.ID() != "bad" {
		t.Errorf("dead letters %+v", l)
	}
}

// What was delivered before is not delivered again because something beside it fails.
func TestPutNewBesideFailure(t *testing.T) {
	dir := t.TempDir()
	s := newStation(t, dbtest.Open(t, store.Options{Dir: dir}))
	s.rule("fine", `{"source":["a"]}`, s.plan("good"))
	s.rule("broken", `{"source":["b"]}`, s.plan("bad"))
	breakPlan(t, "sqlite", sqliteOf(dir), "bad",
		`CREATE TRIGGER bad BEFORE INSERT ON incident WHEN NEW.plan = PLAN BEGIN SELECT RAISE(ABORT, 'no'); END`)
	s.b.PutNew(ctx, dbtest.Who, arrivals("one", event("a", "x", `{}`)))
	out := s.b.PutNew(ctx, dbtest.Who, slices.Concat(arrivals("one", event("a", "x", `{}`)), arrivals("two", event("b", "x", `{}`)), arrivals("three", event("a", "x", `{}`))))
	if diff := cmp.Diff(bus.Outcome{Matched: 2, Repeats: 1}, out); diff != "" || len(s.incidents()) != 2 {
		t.Errorf("%d incidents\n%s", len(s.incidents()), diff)
	}
}

// An event that should have come by another source is awaited until it does.
func TestAwait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", `{"source":["a"]}`, s.plan("p"))
		put := func(known string, a *bus.Await, want bus.Outcome) {
			t.Helper()
			in := arrivals(known, event("a", "x", `{}`))
			in[0].Await = a
			if diff := cmp.Diff(want, s.b.PutNew(ctx, dbtest.Who, in)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", known, diff)
			}
		}
		overdue := func() (ids []string) {
			s.view(func(tx *store.Tx) error {
				all, err := tx.Overdue("files", 10)
				for _, u := range all {
					ids = append(ids, u.ID)
				}
				return err
			})
			return ids
		}
		now, later := &bus.Await{Source: "files", Due: time.Now()}, &bus.Await{Source: "files", Due: time.Now().Add(time.Hour)}
		only := &bus.Await{Source: "files", Due: time.Now(), Only: true}
		put("met", now, bus.Outcome{Matched: 1})
		put("met", now, bus.Outcome{Repeats: 1}) // by the same source: still awaited
		put("unmet", now, bus.Outcome{Matched: 1})
		put("later", later, bus.Outcome{Matched: 1})
		put("only", only, bus.Outcome{})
		put("live", nil, bus.Outcome{Matched: 1})
		put("live", only, bus.Outcome{}) // came already
		put("met", nil, bus.Outcome{Repeats: 1})
		got := overdue()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"only", "unmet"}, got); diff != "" || len(s.incidents()) != 4 {
			t.Errorf("%d incidents; overdue (-want +got):\n%s", len(s.incidents()), diff)
		}
	})
}
