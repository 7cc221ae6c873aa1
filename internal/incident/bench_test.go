package incident_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// BenchmarkStart opens incidents, ten in a transaction, each with its page and
// the page's job, from 16 goroutines; an operation is one incident.
func BenchmarkStart(b *testing.B) {
	db := dbtest.SQLite(b)
	contact := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "ann", Type: tocsin.Personal}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
		ch := &tocsin.Channel{Type: tocsin.Email, Name: "mail", Address: "ann@example.org"}
		if _, err := tx.InsertContact(contact); err != nil {
			return err
		}
		if err := engagement.AddChannel(tx, contact, ch, true); err != nil {
			return err
		}
		row, err := tx.Channel(ch.ARN())
		if err != nil {
			return err
		}
		row.Activated = true
		contact.Plan.Stages = []tocsin.Stage{{Minutes: 10, Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}}, {Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}}}
		if err := tx.UpdateChannel(row); err != nil {
			return err
		}
		if err := tx.UpdateContact(contact); err != nil {
			return err
		}
		_, err = tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "sec", Engagements: []tocsin.ARN{contact.ARN()},
			Template: tocsin.Template{Title: "Security", Impact: 1}, Created: tx.Now()})
		return err
	}))
	const batch = 10
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 16 {
		wg.Go(func() {
			for {
				n := left.Add(-batch) + batch
				if n <= 0 {
					return
				}
				err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
					for i := range min(batch, int(n)) {
						e := rootEvent(fmt.Sprint(n, "-", i), "ConsoleLogin")
						e.DetailType, e.Source = "Test", "test" // each event is its own subject
						if _, _, err := incident.Start(tx, incident.Trigger{Plan: "sec", Source: tocsin.SourceEvents, Event: e, Rule: rootRule}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "incidents/s")
}
