package engagement_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// An edited plan is followed at once by all that is open.
func TestReplan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)).run()
		ann := d.person("ann")
		team := d.plan("team", tocsin.Stage{Minutes: 30}, stage(0, false, ann))
		const engagements = 120 // more than one transaction looks at
		for range engagements {
			d.start(nil, team)
		}
		if diff := cmp.Diff(map[time.Duration]int{30 * time.Minute: engagements}, d.wakesIn()); diff != "" {
			t.Error(diff)
		}
		d.edit(team, tocsin.Stage{Minutes: 5}, stage(0, false, ann))
		synctest.Wait()
		if diff := cmp.Diff(map[time.Duration]int{5 * time.Minute: engagements}, d.wakesIn()); diff != "" {
			t.Error(diff)
		}
		d.halt()
	})
}

// wakesIn counts the engagements by how long it is until they are looked at.
func (d *desk) wakesIn() map[time.Duration]int {
	out := map[time.Duration]int{}
	d.view(func(tx *store.Tx) error {
		all, err := tx.Jobs(1000)
		for _, j := range all {
			if j.Kind == (engagement.Wake{}).Kind() {
				out[j.Due.Sub(tx.Now())]++
			}
		}
		return err
	})
	return out
}

func TestReplanWakesNobodyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)).run()
		ann, bob := d.person("ann"), d.person("bob")
		team := d.plan("team", stage(30, false, ann), stage(0, false, bob))
		began := time.Now()
		d.start(d.incident(), team)
		time.Sleep(12 * time.Minute)
		d.edit(team, stage(10, false, ann), stage(0, false, bob)) // bob's time was two minutes ago
		time.Sleep(time.Minute)
		d.edit(team, stage(10, false, ann), stage(0, false, bob))
		time.Sleep(time.Hour)
		want := []string{"0s ann@example.org", "10m0s +15555550100", "12m0s bob@example.org", "20m0s +15555550100"}
		if diff := cmp.Diff(want, d.sent(began)); diff != "" {
			t.Error(diff)
		}
		d.halt()
	})
}

// edit gives a contact other stages, as UpdateContact does.
func (d *desk) edit(contact tocsin.ARN, stages ...tocsin.Stage) {
	d.t.Helper()
	d.update(func(tx *store.Tx) error {
		c, err := tx.Contact(contact)
		if err != nil {
			return err
		}
		c.Plan.Stages = stages
		return engagement.SavePlan(tx, c)
	})
}
