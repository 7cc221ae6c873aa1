package doctor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// What the store holds of an account is read whole, and nothing of another's.
func TestRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		fill := func(tx *store.Tx) error {
			c := &tocsin.Contact{Account: tx.Account(), Region: "eu-west-1", Alias: "ann", Type: tocsin.Personal}
			for _, id := range []string{"a", "b"} {
				ch := &tocsin.Channel{Account: tx.Account(), Region: "eu-west-1", ID: id + string(tx.Account()), Contact: "ann", Type: tocsin.Email, Activated: true}
				if err := tx.InsertChannel(&store.ChannelRow{Channel: ch}); err != nil {
					return err
				}
				c.Plan.Stages = append(c.Plan.Stages, tocsin.Stage{Minutes: 5, Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}})
				for n := range 4 { // a's have all failed, b's latest but one went out
					p := &store.PageRow{Page: &tocsin.Page{Account: tx.Account(), Region: "eu-west-1", ID: tocsin.NewID(), Contact: c.ARN(), Channel: ch.ARN(), Type: tocsin.Email,
						Created: tx.Tick(), Attempts: 12}}
					if id == "b" && n == 2 {
						p.Sent = tx.Now()
					}
					if err := errors.Join(tx.InsertPage(p), tx.UpdatePage(p.Page)); err != nil {
						return err
					}
					if err := tx.AddReceipt(p.Page, tocsin.Receipt{Channel: ch.ARN(), Type: tocsin.ReceiptError, Info: "550 gone", Time: tx.Now()}); err != nil {
						return err
					}
				}
			}
			if _, err := tx.InsertContact(c); err != nil {
				return err
			}
			_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: tx.Account(), Name: "sec", Engagements: []tocsin.ARN{c.ARN()}})
			if err != nil {
				return err
			}
			r := &tocsin.Rule{Account: tx.Account(), Region: tx.Region(), Bus: "default", Name: "root", State: tocsin.RuleEnabled, Pattern: `{"source":["x"]}`}
			if err := tx.PutRule(r); err != nil {
				return err
			}
			return tx.PutTarget(r, tocsin.Target{ID: "1", ARN: tocsin.ResponsePlanARN(tx.Account(), "gone")})
		}
		for _, account := range []tocsin.Account{dbtest.Account, "999999999999"} {
			if err := db.Update(ctx, store.Who{Account: account, Region: dbtest.Region, Principal: "test"}, fill); err != nil {
				t.Fatal(err)
			}
		}
		var h doctor.House
		err := db.View(ctx, dbtest.Who, func(tx *store.Tx) (err error) { h, err = doctor.Read(tx); return err })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range doctor.Examine(h) {
			got = append(got, string(f.Kind)+" "+string(f.Resource))
		}
		want := []string{"channel-failing arn:aws:ssm-contacts:eu-west-1:111122223333:contact-channel/ann/a111122223333",
			"missing-response-plan arn:aws:events:us-east-1:111122223333:rule/root", "plan-runs-dry arn:aws:ssm-incidents::111122223333:response-plan/sec"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
