package job

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// A line longer than what is known of it by name is done by rank all the same, and
// what comes while it is worked off goes to its place.
func TestLongLine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		const n, room = 2*lineLimit + 1000, 50
		var got []int64
		var l line
		put := func(tx *store.Tx, rank int64) error {
			return tx.PutJob(store.Job{ID: tocsin.NewID(), Queue: "q", Kind: "k", Due: tx.Now(), Rank: rank})
		}
		turn := func(tx *store.Tx, missed time.Time) error {
			due, err := l.take(tx, &queue{name: "q"}, room, missed)
			for _, d := range due {
				if j, err := tx.TakeJob(d.ID); err != nil || j == nil {
					t.Fatalf("job of rank %d: %v, %v", d.Rank, j, err)
				}
				got = append(got, d.Rank)
			}
			return err
		}
		update := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Update(context.Background(), dbtest.Who, fn); err != nil {
				t.Fatal(err)
			}
		}
		update(func(tx *store.Tx) error {
			for i := range int64(n) { // a permutation of the ranks
				if err := put(tx, 10*(i*7919%n)); err != nil {
					return err
				}
			}
			return nil
		})
		more := 0
		for range n {
			before := len(got)
			update(func(tx *store.Tx) error { return turn(tx, time.Time{}) })
			if len(got) == before {
				break
			}
			if at := got[len(got)-1]; len(got)%1000 == 0 && at < 10*n { // next, in the middle, beyond what is known, last
				update(func(tx *store.Tx) error {
					for _, rank := range []int64{at + 1, at + 5005, at + 10*lineLimit + 5, at + 10*n} {
						if err := put(tx, rank); err != nil {
							return err
						}
						more++
					}
					return nil
				})
			}
			if len(l.waiting) >= lineLimit {
				t.Fatalf("%d are known by name", len(l.waiting))
			}
		}
		if !slices.IsSorted(got) || len(got) != n+more || more < 16 {
			t.Errorf("%d of %d and %d done, in order: %v", len(got), n, more, slices.IsSorted(got))
		}
	})
}
