package job_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func TestUrgency(t *testing.T) {
	noon := time.Date(2026, 11, 7, 12, 0, 0, 0, time.UTC)
	order := []job.Rank{ // each before the next
		job.Urgency(1, noon.Add(time.Microsecond)),
		job.Urgency(1, noon),
		job.Urgency(1, noon.AddDate(-20, 0, 0)),
		job.Urgency(1, noon.AddDate(100, 0, 0)).Again(),
		job.Urgency(1, noon).Again(),
		job.Urgency(2, noon.AddDate(100, 0, 0)),
		job.Urgency(2, noon.AddDate(-20, 0, 0)),
		job.Urgency(5, noon),
		job.Urgency(5, noon).Again(),
		job.Rank(1<<63 - 1), // what has no rank
	}
	if !slices.IsSorted(order) {
		t.Errorf("not in order: %v", order)
	}
	for _, r := range order {
		if again := r.Again(); again != again.Again() {
			t.Errorf("again of %d is %d, and of that %d", r, again, again.Again())
		}
	}
}

// What waits is done by rank, on both databases, whichever sort of worker does it;
// without a rank after all that has one, in the order it fell due.
func TestMostUrgentFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		var mu sync.Mutex
		var rings, steps []string
		var all sync.WaitGroup
		note := func(list *[]string, what string) {
			mu.Lock()
			defer mu.Unlock()
			*list = append(*list, what)
			all.Done()
		}
		want := []string{"1", "2", "3", "4", "5"}
		update(t, db, func(tx *store.Tx) error {
			for _, n := range []int{3, 5, 1, 4, 2} {
				due := tx.Now().Add(time.Duration(n-100) * time.Second)
				ranked := func(args job.Args) error { return job.AtRank(tx, due, job.Urgency(n, due), args) }
				if n > 3 {
					ranked = func(args job.Args) error { return job.At(tx, due, args) }
				}
				if err := errors.Join(ranked(ring{n}), ranked(step{fmt.Sprint(n)})); err != nil {
					return err
				}
				all.Add(2)
			}
			return job.Rerank(tx, 0, step{"none"})
		})
		r := job.NewRunner(db, quiet, "tocsin")
		r.Workers(job.Page, 1)
		job.Do(r, func(_ context.Context, _ job.Job, a ring) (job.Finish, error) {
			note(&rings, fmt.Sprint(a.N))
			return nil, nil
		})
		job.In(r, func(tx *store.Tx, a step) error {
			tx.OnCommit(func() { note(&steps, a.Name) })
			return nil
		})
		defer start(r)()
		all.Wait()
		mu.Lock()
		defer mu.Unlock()
		if diff := gocmp.Diff(want, rings); diff != "" {
			t.Errorf("outside: %s", diff)
		}
		if diff := gocmp.Diff(want, steps); diff != "" {
			t.Errorf("inside: %s", diff)
		}
	})
}

// What falls due while a long line is worked off is done in time, and a job that
// nothing makes urgent is done in the end.
func TestLongLineDelaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		began := time.Now()
		update(t, db, func(tx *store.Tx) error {
			if err := job.At(tx, tx.Now(), step{"last"}); err != nil {
				return err
			}
			for i := range 2000 {
				if err := job.AtRank(tx, tx.Now(), 1, step{fmt.Sprint("old ", i)}); err != nil {
					return err
				}
			}
			for i := range 10 {
				if err := job.AtRank(tx, tx.Now().Add(time.Duration(i)*time.Second), 2, step{fmt.Sprint("new ", i)}); err != nil {
					return err
				}
			}
			return nil
		})
		done := map[string]time.Duration{}
		r := job.NewRunner(db, quiet, "tocsin")
		r.Workers(job.Engage, 16)
		job.In(r, func(tx *store.Tx, a step) error {
			time.Sleep(10 * time.Millisecond) // a slow disk: 20 s in all
			done[a.Name] = time.Since(began)
			return nil
		})
		stop := start(r)
		time.Sleep(time.Minute)
		stop()
		for i := range 10 {
			due := time.Duration(i) * time.Second
			if late := done[fmt.Sprint("new ", i)] - due; i > 0 && (late < 0 || late > time.Second) {
				t.Errorf("due after %v, late by %v", due, late)
			}
		}
		if len(done) != 2011 || done["last"] < 20*time.Second {
			t.Errorf("%d done, the last after %v", len(done), done["last"])
		}
	})
}

// One job that fails takes none of those along with which it shared a transaction.
func TestFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.Open(t, store.Options{Dir: t.TempDir(), Log: quiet})
		update(t, db, func(tx *store.Tx) error {
			for i := range 20 {
				if err := job.Now(tx, step{fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		done := map[string]int{}
		r := job.NewRunner(db, quiet, "tocsin")
		job.In(r, func(tx *store.Tx, a step) error {
			if err := job.Now(tx, ring{1}); err != nil { // undone with the rest
				return err
			}
			if a.Name == "7" {
				panic("seven")
			}
			if a.Name == "9" {
				return errors.New("nine")
			}
			tx.OnCommit(func() { done[a.Name]++ })
			return nil
		})
		stop := start(r)
		time.Sleep(10 * time.Second)
		stop()
		for i := range 20 {
			want := 1
			if i == 7 || i == 9 {
				want = 0
			}
			if name := fmt.Sprint(i); done[name] != want {
				t.Errorf("job %s done %d times", name, done[name])
			}
		}
		counts := map[string]int{}
		if err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
			left, err := tx.Jobs(100)
			for _, j := range left {
				counts[j.Kind+" "+j.Error]++
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"test.ring ": 18, "test.step nine": 1, "test.step panic in a transaction: seven": 1}
		if diff := gocmp.Diff(want, counts); diff != "" {
			t.Error(diff)
		}
	})
}

// Whatever is written when, with whatever rank: at each instant the worker gets the
// most urgent of what is due.
func TestAlwaysTheMostUrgent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type wish struct{ Written, Due, Rank int }
		wishes := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) wish {
			written := rapid.IntRange(0, 50).Draw(rt, "written")
			return wish{written, written + rapid.IntRange(-10, 30).Draw(rt, "due"), rapid.IntRange(0, 5).Draw(rt, "rank")}
		}), 1, 40).Draw(rt, "wishes")
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			db, err := store.Open(ctx, store.Options{Dir: dir, Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
			open := map[int]wish{}
			var mu sync.Mutex
			r := job.NewRunner(db, quiet, "tocsin")
			r.Workers(job.Page, 1)
			job.Do(r, func(_ context.Context, _ job.Job, a ring) (job.Finish, error) {
				defer time.Sleep(1500 * time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				mine := open[a.N]
				delete(open, a.N)
				for _, w := range open {
					if c := cmp.Compare(w.Rank, mine.Rank); c < 0 && !at(w.Due).After(time.Now()) && at(w.Written).Before(time.Now()) {
						t.Errorf("%+v was done before %+v", mine, w)
					}
				}
				return nil, nil
			})
			stop := start(r)
			for s := range 52 {
				time.Sleep(time.Until(at(s)))
				for i, w := range wishes {
					if w.Written != s {
						continue
					}
					mu.Lock()
					open[i] = w
					mu.Unlock()
					update(t, db, func(tx *store.Tx) error { return job.AtRank(tx, at(w.Due), job.Rank(w.Rank), ring{i}) })
				}
			}
			time.Sleep(5 * time.Minute)
			stop()
			if len(open) > 0 {
				t.Errorf("never done: %v", open)
			}
			db.Close()
		})
	})
}
