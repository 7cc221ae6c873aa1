package job_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

type ring struct{ N int }

func (ring) Kind() string     { return "test.ring" }
func (ring) Queue() job.Queue { return job.Page }

type step struct{ Name string }

func (step) Kind() string     { return "test.step" }
func (step) Queue() job.Queue { return job.Engage }
func (s step) Key() string    { return s.Name }

func update(t interface {
	Fatalf(string, ...any)
	Helper()
}, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(ctx, dbtest.Who, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// start runs r until the returned function is called.
func start(r *job.Runner) (stop func()) {
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	return func() { cancel(); <-done }
}

var quiet = slog.New(slog.DiscardHandler)

func TestRunsWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		r := job.NewRunner(db, quiet, "tocsin")
		began := time.Now()
		var mu sync.Mutex
		var got []string
		note := func(what string) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, fmt.Sprintf("%s at %v", what, time.Since(began).Round(time.Millisecond)))
		}
		job.Do(r, func(_ context.Context, j job.Job, a ring) (job.Finish, error) {
			note(fmt.Sprintf("ring %d", a.N))
			if a.N == 2 && j.Attempt == 0 {
				return nil, &job.RetryError{After: 7 * time.Second, Err: errors.New("busy")}
			}
			return nil, nil
		})
		job.In(r, func(tx *store.Tx, a step) error {
			note("step " + a.Name)
			if a.Name == "again" {
				return job.At(tx, tx.Now().Add(time.Minute), step{"last"})
			}
			return nil
		})
		defer start(r)()
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				job.Now(tx, ring{1}),
				job.At(tx, tx.Now().Add(10*time.Minute), ring{2}),
				job.At(tx, tx.Now().Add(time.Hour), step{"moved"}),
				job.At(tx, tx.Now().Add(time.Minute), step{"again"}),
				job.At(tx, tx.Now().Add(time.Minute), step{"cancelled"}),
			)
		})
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(job.At(tx, tx.Now().Add(5*time.Minute), step{"moved"}), job.Cancel(tx, step{"cancelled"}))
		})
		time.Sleep(2 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		want := "[ring 1 at 0s step again at 1m0s step last at 2m0s step moved at 5m0s ring 2 at 10m0s ring 2 at 10m7s]"
		if s := fmt.Sprint(got); s != want {
			t.Fatalf("got  %s\nwant %s", s, want)
		}
		if err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
			left, err := tx.Jobs(10)
			if err == nil && len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOnBothDatabases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		r := job.NewRunner(db, quiet, "tocsin")
		const n = 200
		var wg sync.WaitGroup
		wg.Add(2 * n)
		var mu sync.Mutex
		seen := map[string]int{}
		mark := func(k string) {
			mu.Lock()
			defer mu.Unlock()
			seen[k]++
		}
		job.Do(r, func(_ context.Context, _ job.Job, a ring) (job.Finish, error) {
			return func(tx *store.Tx) error {
				tx.OnCommit(func() { mark(fmt.Sprintf("%T %v", a, a)); wg.Done() })
				return nil
			}, nil
		})
		job.In(r, func(tx *store.Tx, a step) error {
			tx.OnCommit(func() { mark(fmt.Sprintf("%T %v", a, a)); wg.Done() })
			return nil
		})
		defer start(r)()
		update(t, db, func(tx *store.Tx) error {
			for i := range n {
				if err := errors.Join(job.Now(tx, ring{i}), job.Now(tx, step{fmt.Sprint(i)})); err != nil {
					return err
				}
			}
			return nil
		})
		wg.Wait()
		mu.Lock()
		defer mu.Unlock()
		for k, times := range seen {
			if times != 1 {
				t.Errorf("job %s finished %d times", k, times)
			}
		}
		if len(seen) != 2*n {
			t.Errorf("%d jobs finished, want %d", len(seen), 2*n)
		}
	})
}

// world is what the workers of the property test do to the outside, across crashes.
type world struct {
	mu       sync.Mutex
	crashes  []time.Time
	due      map[int]time.Time
	begun    map[int][]time.Time
	open     map[int]time.Time // runs whose end was not recorded
	finished map[int]int
	wrong    []string
}

func (w *world) begin(n int, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun[n] = append(w.begun[n], now)
	if now.Before(w.due[n]) {
		w.wrong = append(w.wrong, fmt.Sprintf("job %d ran at %v, before %v", n, now, w.due[n]))
	}
	if was, ok := w.open[n]; ok && now.Sub(was) < time.Minute && !w.crashedSince(was) {
		w.wrong = append(w.wrong, fmt.Sprintf("job %d ran again %v after a run whose lease had not expired", n, now.Sub(was)))
	}
	w.open[n] = now
}

func (w *world) crashedSince(t time.Time) bool {
	for _, c := range w.crashes {
		if !c.Before(t) {
			return true
		}
	}
	return false
}

func (w *world) end(n int, done bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, n)
	if done {
		w.finished[n]++
	}
}

// No job is lost and none runs twice without its lease having expired or its
// server having died, whatever the workers do and whenever the server crashes.
func TestRandomSchedulesWithCrashes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(rt, "jobs")
		crashes := rapid.SliceOfN(rapid.IntRange(1, 400), 0, 4).Draw(rt, "seconds between crashes")
		type behaviour struct{ Due, Takes, Fails int }
		plan := make([]behaviour, n)
		for i := range plan {
			plan[i] = behaviour{
				Due:   rapid.IntRange(0, 600).Draw(rt, "due"),
				Takes: rapid.SampledFrom([]int{0, 0, 0, 1, 5, 49, 55, 200}).Draw(rt, "takes"),
				Fails: rapid.IntRange(0, 3).Draw(rt, "fails"),
			}
		}
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			w := &world{due: map[int]time.Time{}, begun: map[int][]time.Time{}, open: map[int]time.Time{}, finished: map[int]int{}}
			open := func() *store.DB {
				db, err := store.Open(ctx, store.Options{Dir: dir, Log: quiet})
				if err != nil {
					t.Fatal(err)
				}
				return db
			}
			worker := func(c context.Context, j job.Job, a ring) (job.Finish, error) {
				w.begin(a.N, time.Now())
				b := plan[a.N]
				select { // a well-behaved worker ends with its context
				case <-time.After(time.Duration(b.Takes) * time.Second):
				case <-c.Done():
				}
				if j.Attempt < b.Fails {
					w.end(a.N, false)
					return nil, errors.New("failed")
				}
				return func(tx *store.Tx) error { tx.OnCommit(func() { w.end(a.N, true) }); return nil }, nil
			}
			db := open()
			update(t, db, func(tx *store.Tx) error {
				for i, b := range plan {
					w.due[i] = tx.Now().Add(time.Duration(b.Due) * time.Second)
					if err := job.At(tx, w.due[i], ring{i}); err != nil {
						return err
					}
				}
				return nil
			})
			var stops []func()
			for _, seconds := range append(crashes, 4000) {
				r := job.NewRunner(db, quiet, "tocsin")
				job.Do(r, worker)
				run, cancel := context.WithCancel(ctx)
				done := make(chan struct{})
				go func() { defer close(done); _ = r.Run(run) }()
				stops = append(stops, func() { <-done })
				time.Sleep(time.Duration(seconds) * time.Second)
				w.mu.Lock()
				w.crashes = append(w.crashes, time.Now())
				w.mu.Unlock()
				cancel()
				db.Close() // whatever its workers still do, nothing of it is written
				db = open()
			}
			for _, stop := range stops {
				stop()
			}
			db.Close()
			for i := range plan {
				if w.finished[i] != 1 {
					t.Errorf("job %d (%+v) finished %d times, ran at %v", i, plan[i], w.finished[i], w.begun[i])
				}
			}
			for _, wrong := range w.wrong {
				t.Error(wrong)
			}
			if t.Failed() {
				rt.Logf("plan %+v, crashes %v", plan, crashes)
			}
		})
	})
}
