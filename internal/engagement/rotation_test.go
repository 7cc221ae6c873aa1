package engagement_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// rotate makes a rotation whose people change every hour from now on, and a
// schedule of it.
func (d *desk) rotate(people ...tocsin.ARN) (r *tocsin.Rotation, schedule tocsin.ARN) {
	d.t.Helper()
	c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "night", Type: tocsin.OnCall}
	d.update(func(tx *store.Tx) error {
		r = &tocsin.Rotation{Account: dbtest.Account, Region: dbtest.Region, ID: tocsin.NewID(), Name: "hours", Contacts: people, Start: tx.Now().Truncate(time.Hour), Zone: "UTC", Created: tx.Now(),
			Recurrence: tocsin.Recurrence{Multiplier: 1, OnCalls: 1}}
		for h := range 24 {
			r.Recurrence.Daily = append(r.Recurrence.Daily, tocsin.Clock{Hour: h})
		}
		if err := engagement.AddRotation(tx, r); err != nil {
			return err
		}
		c.Plan = tocsin.Plan{Rotations: []tocsin.ARN{r.ARN(), tocsin.RotationARN(dbtest.Region, dbtest.Account, "gone")}}
		_, err := tx.InsertContact(c)
		return err
	})
	return r, c.ARN()
}

func paged(pages []*store.PageRow) (out []string) {
	for _, p := range pages {
		path := ""
		for _, step := range p.Path {
			path += " " + step.Contact.ID()
		}
		out = append(out, p.Contact.ID()+" by"+path)
	}
	return out
}

// A schedule is resolved when its stage begins, by its rotations and overrides as
// they are then.
func TestScheduleStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)).run()
		ann, bob, cat := d.person("ann"), d.person("bob"), d.person("cat")
		r, night := d.rotate(ann, bob)
		team := d.plan("team", stage(30, false, cat), stage(30, false, night), stage(0, false, night))
		time.Sleep(25 * time.Minute)
		e := d.start(nil, team)[0] // at 0:25, so the schedule's turns are at 0:55 and 1:25
		d.update(func(tx *store.Tx) error {
			return engagement.AddOverride(tx, r, &tocsin.Override{ID: tocsin.NewID(), Contacts: []tocsin.ARN{cat, cat}, Start: tx.Now().Add(55 * time.Minute), End: tx.Now().Add(85 * time.Minute), Created: tx.Now()})
		})
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		want := []string{"cat by team cat", "cat by team cat", "ann by team night ann"}
		if diff := cmp.Diff(want, paged(d.pages(e))); diff != "" {
			t.Error(diff)
		}
		time.Sleep(30 * time.Minute) // ann's phone rings; the override has cat for bob
		synctest.Wait()
		want = append(want, "ann by team night ann", "cat by team night cat")
		if diff := cmp.Diff(want, paged(d.pages(e))); diff != "" {
			t.Error(diff)
		}
		d.halt()
	})
}

// Nobody on call: the stage passes, the timeline says why, and the next one begins.
func TestNobodyOnCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)).run()
		ann, bob := d.person("ann"), d.person("bob")
		r, night := d.rotate(ann)
		d.update(func(tx *store.Tx) error {
			return engagement.AddOverride(tx, r, &tocsin.Override{ID: tocsin.NewID(), Start: tx.Now(), End: tx.Now().Add(time.Hour), Created: tx.Now()})
		})
		e := d.start(d.incident(), d.plan("team", stage(5, false, night), stage(0, false, bob)))[0]
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"bob by team bob"}, paged(d.pages(e))); diff != "" {
			t.Error(diff)
		}
		d.halt()
	})
}

// The simulation resolves schedules of its own time, and says by what.
func TestSimulateSchedule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann, bob := d.person("ann"), d.person("bob")
		r, night := d.rotate(ann, bob)
		at := r.Start.Add(3*time.Hour + time.Minute) // the fourth turn: bob's
		d.update(func(tx *store.Tx) error {
			err := engagement.AddOverride(tx, r, &tocsin.Override{ID: "o1", Contacts: []tocsin.ARN{ann}, Start: at.Add(time.Hour), End: at.Add(2 * time.Hour), Created: tx.Now()})
			if err != nil {
				return err
			}
			return engagement.AddOverride(tx, r, &tocsin.Override{ID: "o2", Start: at.Add(5 * time.Hour), End: at.Add(6 * time.Hour), Created: tx.Now()})
		})
		for _, c := range []struct {
			at       time.Time
			who, why string
		}{
			{at, "bob", "rotation hours until "},
			{at.Add(time.Hour - time.Second), "ann", "rotation hours until "},
			{at.Add(time.Hour), "ann", "override o1 of rotation hours, in the place of ann, until "},
			{at.Add(2*time.Hour - time.Second), "ann", "override o1 of rotation hours, in the place of bob, until "},
			{at.Add(5 * time.Hour), "", "override o2 of rotation hours, in the place of ann, until "},
			{r.Start.Add(-time.Hour), "", "no rotation has a shift now"},
		} {
			var f engagement.Forecast
			d.view(func(tx *store.Tx) error {
				s := engagement.Scenario{Engaged: []tocsin.ARN{night}, At: c.at}
				b, err := engagement.BookOf(tx, s.At, s.Until(), s.Engaged...)
				f = engagement.Simulate(b, s)
				return err
			})
			who := ""
			for _, p := range f.Lines[0].OnCall {
				who += p.ID()
			}
			if l := f.Lines[0]; l.Kind != engagement.LineDuty || who != c.who || !strings.HasPrefix(l.Why, c.why) || len(f.Reached) != len(l.OnCall) {
				t.Errorf("at %s: %+v", c.at, f.Lines)
			}
		}
	})
}

// Whatever changes who is on call has what is open looked at again, and a refusal
// changes nothing.
func TestRotationChanges(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		ann, bob := d.person("ann"), d.person("bob")
		r, night := d.rotate(ann, bob)
		team := d.plan("team", stage(30, false, ann), stage(0, false, night))
		d.start(nil, team)
		override := func(id string, people ...tocsin.ARN) *tocsin.Override {
			return &tocsin.Override{ID: id, Contacts: people, Start: time.Now().Add(time.Hour), End: time.Now().Add(2 * time.Hour), Created: time.Now()}
		}
		replans := func() (n int) {
			d.view(func(tx *store.Tx) error {
				all, err := tx.Jobs(100)
				for _, j := range all {
					if j.Kind == (engagement.Replan{}).Kind() {
						n++
					}
				}
				return err
			})
			return n
		}
		for _, c := range []struct {
			name string
			fn   func(tx *store.Tx) error
			kind tocsin.Kind // of the refusal; empty for none
		}{
			{"an override", func(tx *store.Tx) error { return engagement.AddOverride(tx, r, override("o1", bob)) }, ""},
			{"an override by who does not exist", func(tx *store.Tx) error { return engagement.AddOverride(tx, r, override("o2", bob+"x")) }, tocsin.NotFound},
			{"an override by a plan", func(tx *store.Tx) error { return engagement.AddOverride(tx, r, override("o2", team)) }, tocsin.Invalid},
			{"deleting who stands in", func(tx *store.Tx) error { return engagement.DeleteContact(tx, contact(t, tx, bob)) }, tocsin.Conflict},
			{"an override's end", func(tx *store.Tx) error { return engagement.DeleteOverride(tx, r, "o1") }, ""},
			{"the end of none", func(tx *store.Tx) error { return engagement.DeleteOverride(tx, r, "o1") }, tocsin.NotFound},
			{"an edit", func(tx *store.Tx) error { r.Contacts = []tocsin.ARN{ann}; return engagement.SaveRotation(tx, r) }, ""},
			{"an edit to somebody who does not exist", func(tx *store.Tx) error {
				bad := *r
				bad.Contacts = []tocsin.ARN{ann, bob + "x"}
				return engagement.SaveRotation(tx, &bad)
			}, tocsin.NotFound},
			{"deleting who takes no turns", func(tx *store.Tx) error { return engagement.DeleteContact(tx, contact(t, tx, bob)) }, "none"},
			{"deleting who does", func(tx *store.Tx) error { return engagement.DeleteContact(tx, contact(t, tx, ann)) }, tocsin.Conflict},
			{"the rotation's end", func(tx *store.Tx) error { return engagement.DeleteRotation(tx, r) }, ""},
		} {
			d.update(func(tx *store.Tx) error { // what waits is done
				all, err := tx.Jobs(100)
				for _, j := range all {
					if err == nil && j.Kind == (engagement.Replan{}).Kind() {
						err = job.Cancel(tx, engagement.Replan{Owner: dbtest.Account})
					}
				}
				return err
			})
			err := db.Update(ctx, dbtest.Who, c.fn)
			want := 0
			if c.kind == "" {
				want = 1
			}
			if refused := c.kind != "" && c.kind != "none"; refused != (err != nil) || refused && tocsin.KindOf(err) != c.kind || replans() != want {
				t.Errorf("%s: %v, and %d looks again", c.name, err, replans())
			}
		}
		d.view(func(tx *store.Tx) error {
			if left := contact(t, tx, night).Plan.Rotations; len(left) != 1 || left[0].ID() != "gone" {
				t.Errorf("the schedule has %v", left)
			}
			return nil
		})
	})
}

func contact(t *testing.T, tx *store.Tx, arn tocsin.ARN) *tocsin.Contact {
	t.Helper()
	c, err := tx.Contact(arn)
	if err != nil || c == nil {
		t.Fatalf("contact %s: %v", arn, err)
	}
	return c
}
