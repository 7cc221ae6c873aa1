package bus_test

import (
	"path/filepath"
	"slices"
	"testing"

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
	breakPlan(t, "sqlite", filepath.Join(dir, "tocsin.db"), "bad",
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
