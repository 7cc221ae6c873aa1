package engagement_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// The server was down from the first minute on. When it runs again, each person
// gets one page, of the stage that is current, marked with how late it is.
func TestCatchUp(t *testing.T) {
	for _, c := range []struct {
		name string
		down time.Duration
		last int // minutes of the last stage
		want []string
	}{
		{"a minute, nothing was due", time.Minute, 0, []string{"ann EMAIL 0s", "bob EMAIL 0s", "ann SMS 0s", "bob SMS 0s", "cid EMAIL 0s", "cid SMS 0s"}},
		{"five minutes, over one stage", 5 * time.Minute, 0, []string{"ann EMAIL 0s", "bob EMAIL 1m0s", "ann SMS 0s", "bob SMS 0s", "cid EMAIL 0s", "cid SMS 0s"}},
		{"an hour", time.Hour, 600, []string{"ann EMAIL 0s", "ann SMS 51m0s", "cid SMS 26m0s"}},
		{"a day, the plan has run out", 24 * time.Hour, 0, []string{"ann EMAIL 0s", "ann SMS 23h51m0s", "cid SMS 23h26m0s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, dbtest.SQLite(t)).run()
				team := d.plan("team", stage(5, false, d.person("ann")), stage(20, false, d.person("bob")), stage(c.last, false, d.person("cid")))
				e := d.start(d.incident(), team)[0]
				time.Sleep(time.Minute)
				d.halt()
				time.Sleep(c.down)
				d.run()
				time.Sleep(24 * time.Hour)
				var got []string
				for _, p := range d.pages(e) {
					got = append(got, fmt.Sprintf("%s %s %v", p.Contact.ID(), p.Type, p.Late.Round(time.Minute)))
				}
				// Pages of one instant have no order among them.
				slices.Sort(c.want)
				slices.Sort(got)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
				d.halt()
			})
		})
	}
}

// What was resolved while nothing ran pages nobody, not even what had been written
// and not sent.
func TestCatchUpOfWhatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, dbtest.SQLite(t)) // no workers yet: the first page waits
		team := d.plan("team", stage(5, false, d.person("ann")), stage(20, false, d.person("bob")))
		over, open := d.incident(), d.incident()
		began := time.Now()
		d.start(over, team)
		d.start(open, team)
		time.Sleep(2 * time.Hour)
		d.update(func(tx *store.Tx) error { return engagement.StopFor(tx, over.ARN(), "incident resolved") })
		d.run()
		time.Sleep(24 * time.Hour)
		for _, want := range []struct {
			inc  *tocsin.Incident
			sent bool
		}{{over, false}, {open, true}} {
			d.view(func(tx *store.Tx) error {
				all, err := tx.EngagementsOf(want.inc.ARN())
				if err != nil {
					return err
				}
				for _, p := range d.pages(all[0].Engagement) {
					if p.Sent.IsZero() == want.sent {
						t.Errorf("incident %s: page to %s sent %v", want.inc.ID, p.Contact.ID(), p.Sent.Sub(began))
					}
				}
				return nil
			})
		}
		d.halt()
	})
}
