package tocsin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// staff makes two people with an e-mail channel each and a plan that pages one
// after the other.
func staff(s *service) {
	s.update(func(tx *store.Tx) error {
		if _, err := incident.CreateSet(tx, []tocsin.ReplicationRegion{{Region: dbtest.Region}}); err != nil {
			return err
		}
		team := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "team", Type: tocsin.Escalation}
		for _, alias := range []string{"ann", "bob"} {
			c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.Personal, DisplayName: strings.ToUpper(alias)}
			ch := &tocsin.Channel{Account: dbtest.Account, Region: dbtest.Region, ID: "mail-" + alias, Contact: alias, Name: "work", Type: tocsin.Email, Address: alias + "@example.org", Activated: true}
			c.Plan.Stages = []tocsin.Stage{{Targets: []tocsin.StageTarget{{Channel: ch.ARN()}}}}
			if _, err := tx.InsertContact(c); err != nil {
				return err
			}
			if err := tx.InsertChannel(&store.ChannelRow{Channel: ch}); err != nil {
				return err
			}
			team.Plan.Stages = append(team.Plan.Stages, tocsin.Stage{Minutes: 5, Targets: []tocsin.StageTarget{{Contact: c.ARN(), Essential: true}}})
		}
		if _, err := tx.InsertContact(team); err != nil {
			return err
		}
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "sec", Engagements: []tocsin.ARN{team.ARN()}})
		return err
	})
}

func TestSimulate(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		if _, err := s.call("Simulate", `{"ContactId":"ann"}`); err == nil {
			t.Error("answered without a replication set")
		}
		staff(s)
		play := func(in string) (lines []string, out map[string]any) {
			t.Helper()
			out = s.must("Simulate", in)
			for _, l := range out["Lines"].([]any) {
				m := l.(map[string]any)
				text := fmt.Sprint(m["Time"].(float64)-1764556200, " ", m["Kind"])
				for _, k := range []string{"ContactName", "ChannelType", "ChannelName"} {
					if v, ok := m[k]; ok {
						text += fmt.Sprint(" ", v)
					}
				}
				lines = append(lines, text)
			}
			return lines, out
		}
		lines, out := play(`{"ResponsePlan":"sec","Time":1764556200}`)
		if diff := cmp.Diff([]string{"0 PAGE ANN EMAIL work", "300 PAGE BOB EMAIL work", "600 RUN_DRY"}, lines); diff != "" {
			t.Error(diff)
		}
		if out["RunsDryAt"].(float64) != 1764556800 || len(out["ReachedContactArns"].([]any)) != 2 {
			t.Error(out)
		}
		path := out["Lines"].([]any)[1].(map[string]any)["Path"]
		want := []any{map[string]any{"ContactArn": "arn:aws:ssm-contacts:us-east-1:111122223333:contact/team", "ContactName": "team", "Type": "ESCALATION"},
			map[string]any{"ContactArn": "arn:aws:ssm-contacts:us-east-1:111122223333:contact/bob", "ContactName": "BOB", "Type": "PERSONAL", "StageIndex": 1.0}}
		if diff := cmp.Diff(any(want), path); diff != "" {
			t.Error(diff)
		}
		lines, out = play(`{"ResponsePlan":"arn:aws:ssm-incidents::111122223333:response-plan/sec","Time":1764556200,"Acknowledgements":[{"ContactId":"ann","AfterMinutes":3}]}`)
		if diff := cmp.Diff([]string{"0 PAGE ANN EMAIL work", "180 ACKNOWLEDGED ANN", "180 PLAN_ENDED team"}, lines); diff != "" {
			t.Error(diff)
		}
		if _, dry := out["RunsDryAt"]; dry {
			t.Error(out)
		}
		lines, out = play(`{"ContactId":"team","Time":1764556200,"FailedChannels":["ann/EMAIL","bob/EMAIL"]}`)
		if diff := cmp.Diff([]string{"0 FAILED_PAGE ANN EMAIL work", "300 FAILED_PAGE BOB EMAIL work", "600 RUN_DRY"}, lines); diff != "" {
			t.Error(diff)
		}
		if len(out["ReachedContactArns"].([]any)) != 0 {
			t.Error(out)
		}
		for in, code := range map[string]string{
			`{}`: "ValidationException", `{"ContactId":"ann","ResponsePlan":"sec"}`: "ValidationException", `{"ContactId":"eve"}`: "ResourceNotFoundException",
			`{"ResponsePlan":"none"}`: "ResourceNotFoundException", `{"ContactId":"ann","FailedChannels":["mail"]}`: "ValidationException",
			`{"ContactId":"ann","Minutes":10081}`: "ValidationException", `{"ContactId":"ann","Acknowledgements":[{"ContactId":"eve","AfterMinutes":1}]}`: "ResourceNotFoundException",
		} {
			if _, err := s.call("Simulate", in); err == nil || !strings.Contains(fmt.Sprintf("%T", err), code) {
				t.Errorf("%s: %v (%T)", in, err, err)
			}
		}
	})
}
