package bus_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// An alarm that is OK again is noted on the open incidents that it is involved in,
// whatever the rules ask for; it opens and closes none.
func TestRecoveryIsNoted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.b.KeepFindings()
		s.rule("alarms", `{"source":["aws.cloudwatch"],"detail":{"state":{"value":["ALARM"]}}}`, s.plan("p"))
		change := func(name, state string) {
			t.Helper()
			arn := "arn:aws:cloudwatch:us-east-1:111122223333:alarm:" + name
			e := event("aws.cloudwatch", "CloudWatch Alarm State Change", `{"alarmName":"`+name+`","state":{"value":"`+state+`","reason":"the OK of `+name+`"}}`)
			e.Resources = []string{arn}
			e.Raw = []byte(strings.Replace(string(e.Raw), `"resources":[]`, `"resources":["`+arn+`"]`, 1))
			if errs := s.b.Put(ctx, dbtest.Who, []tocsin.Event{e}); errs != nil {
				t.Fatal(errs)
			}
		}
		change("other", "OK") // nobody knows of it
		change("errors", "ALARM")
		change("latency", "ALARM")
		change("errors", "OK")
		all := s.incidents()
		if len(all) != 2 {
			t.Fatalf("%d incidents, want 2", len(all))
		}
		notes := map[string][]string{}
		for _, inc := range all {
			if inc.Status != tocsin.Open {
				t.Errorf("%s is %s", inc.Title, inc.Status)
			}
			err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
				events, err := tx.Timeline(inc.ARN(), false, store.Cursor{}, 100)
				for _, e := range events {
					if e.Type == tocsin.EventNote {
						notes[inc.Dedupe[strings.LastIndex(inc.Dedupe, ":")+1:]] = append(notes[inc.Dedupe[strings.LastIndex(inc.Dedupe, ":")+1:]], e.Data)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		want := map[string][]string{"errors": {`"The alarm errors is OK again (the OK of errors). The incident stays open."`}}
		if diff := cmp.Diff(want, notes); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}
