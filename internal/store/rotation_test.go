package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// What is written of rotations and overrides comes back as it was, for its own
// account, and goes with the rotation.
func TestRotations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 11, 23, 9, 0, 0, 123000, time.UTC)
		clock := tocsin.Clock{Hour: 22, Minute: 30}
		full := &tocsin.Rotation{Account: dbtest.Account, Region: dbtest.Region, ID: "b", Name: "n\nü", Zone: "Europe/Berlin", Start: at, Created: at.Add(1000), Modified: at.Add(2000),
			Contacts: []tocsin.ARN{"z", "a", "z"},
			Recurrence: tocsin.Recurrence{Multiplier: 3, OnCalls: 2, Weekly: []tocsin.WeeklyHandOff{{Day: time.Sunday, At: clock}, {Day: time.Monday}},
				Coverage: map[time.Weekday][]tocsin.Coverage{time.Saturday: {{Start: clock}}, time.Sunday: {}}}}
		bare := &tocsin.Rotation{Account: dbtest.Account, Region: dbtest.Region, ID: "a", Name: "n\nü", Created: at, Contacts: []tocsin.ARN{}, Recurrence: tocsin.Recurrence{Daily: []tocsin.Clock{clock}}}
		override := func(id string, hour int) *tocsin.Override {
			return &tocsin.Override{Account: dbtest.Account, Region: dbtest.Region, Rotation: "b", ID: id, Contacts: []tocsin.ARN{"x"}, Start: at.Add(time.Duration(hour) * time.Hour), End: at.Add(time.Duration(hour+2) * time.Hour), Created: at}
		}
		ids := func(all []tocsin.Override, err error) (out []string) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range all {
				out = append(out, o.ID)
			}
			return out
		}
		in := func(who store.Who, fn func(tx *store.Tx) error) {
			t.Helper()
			if err := db.Update(context.Background(), who, fn); err != nil {
				t.Fatal(err)
			}
		}
		in(dbtest.Who, func(tx *store.Tx) error {
			for _, r := range []*tocsin.Rotation{full, bare} {
				if err := tx.InsertRotation(r); err != nil {
					return err
				}
			}
			for _, o := range []*tocsin.Override{override("o1", 0), override("o2", 1), override("o0", 1)} {
				if err := tx.InsertOverride(full, o); err != nil {
					return err
				}
			}
			return nil
		})
		in(dbtest.Who, func(tx *store.Tx) error {
			for _, want := range []*tocsin.Rotation{full, bare} {
				got, err := tx.Rotation(want.ARN())
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("%v %s", err, diff)
				}
			}
			all, err := tx.Rotations("", "", 10)
			if diff := cmp.Diff([]*tocsin.Rotation{bare, full}, all); diff != "" || err != nil { // by name, then by id
				t.Errorf("%v %s", err, diff)
			}
			all, err = tx.Rotations(bare.Name, bare.ID, 10)
			if diff := cmp.Diff([]*tocsin.Rotation{full}, all); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
			o, err := tx.Override(full, "o2")
			if diff := cmp.Diff(override("o2", 1), o); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
			end := at.AddDate(0, 0, 1)
			for _, c := range []struct {
				from, to time.Time
				after    store.Cursor
				limit    int
				want     []string
			}{
				{at, end, store.Cursor{}, 10, []string{"o1", "o0", "o2"}},
				{at, end, store.Cursor{}, 2, []string{"o1", "o0"}},
				{at, end, store.Cursor{Time: at.Add(time.Hour), ID: "o0"}, 10, []string{"o2"}},
				{at.Add(2 * time.Hour), end, store.Cursor{}, 10, []string{"o0", "o2"}},
				{at.AddDate(0, 0, -1), at, store.Cursor{}, 10, nil},
				{at.AddDate(0, 0, -1), at.Add(time.Hour), store.Cursor{}, 10, []string{"o1"}},
			} {
				if got := ids(tx.Overrides(full, c.from, c.to, c.after, c.limit)); !slices.Equal(got, c.want) {
					t.Errorf("%+v lists %v", c, got)
				}
			}
			if got := ids(tx.OverridesSince(full, at.Add(2*time.Hour))); !slices.Equal(got, []string{"o0", "o2"}) {
				t.Errorf("since two hours: %v", got)
			}
			if got := ids(tx.AllOverrides(time.Time{})); !slices.Equal(got, []string{"o1", "o0", "o2"}) {
				t.Errorf("all: %v", got)
			}
			return nil
		})
		in(store.Who{Account: "999999999999", Region: dbtest.Region}, func(tx *store.Tx) error {
			r, err := tx.Rotation(full.ARN())
			all, err2 := tx.AllRotations()
			if r != nil || len(all) != 0 || err != nil || err2 != nil {
				t.Errorf("another account sees %v %v %v %v", r, all, err, err2)
			}
			return nil
		})
		full.Contacts, full.Zone, full.Start, full.Modified, full.Recurrence = []tocsin.ARN{"q"}, "UTC", time.Time{}, at.AddDate(1, 0, 0), tocsin.Recurrence{Monthly: []tocsin.MonthlyHandOff{{Day: 31, At: clock}}}
		in(dbtest.Who, func(tx *store.Tx) error { return tx.UpdateRotation(full) })
		in(dbtest.Who, func(tx *store.Tx) error {
			got, err := tx.Rotation(full.ARN())
			if diff := cmp.Diff(full, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
			if was, err := tx.DeleteOverride(full, "o9"); was || err != nil {
				t.Errorf("deleted what is not there: %v", err)
			}
			return tx.DeleteRotation(full)
		})
		in(dbtest.Who, func(tx *store.Tx) error {
			got, err := tx.Rotation(full.ARN())
			if left := ids(tx.AllOverrides(time.Time{})); got != nil || err != nil || left != nil {
				t.Errorf("after the deletion: %v %v %v", got, left, err)
			}
			return nil
		})
	})
}
