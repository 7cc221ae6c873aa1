package ssmcontacts_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func tagList(pairs ...string) (out []types.Tag) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
	}
	return out
}

// What plans do beyond AWS's is set by tags, and stays through changes of the plan.
func TestPlanOptions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		options := func(arn string) (o tocsin.PlanOptions) {
			t.Helper()
			err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
				c, err := tx.Contact(tocsin.ARN(arn))
				if err == nil {
					o = c.Plan.Options
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		check := func(arn string, want tocsin.PlanOptions) {
			t.Helper()
			if diff := cmp.Diff(want, options(arn)); diff != "" {
				t.Error(diff)
			}
		}
		ann := newPerson(t, c, "ann")
		team := newContact(t, c, "team", types.ContactTypeEscalation, tagList("tocsin/repeat", "2", "team", "sec")...)
		check(team, tocsin.PlanOptions{Repeat: 2})
		must[*ssmcontacts.TagResourceOutput](t)(c.TagResource(ctx, &ssmcontacts.TagResourceInput{ResourceARN: &team,
			Tags: tagList("tocsin/ack-minutes", "30", "tocsin/fallback", ann, "tocsin/stage-minutes", "120 0")}))
		want := tocsin.PlanOptions{Repeat: 2, AckMinutes: 30, Fallback: tocsin.ARN(ann), Minutes: []int{120, 0}}
		check(team, want)
		setPlan(t, c, team, plan(5, toContact(ann, true)))
		check(team, want)
		must[*ssmcontacts.UntagResourceOutput](t)(c.UntagResource(ctx, &ssmcontacts.UntagResourceInput{ResourceARN: &team, TagKeys: []string{"tocsin/repeat", "tocsin/fallback"}}))
		check(team, tocsin.PlanOptions{AckMinutes: 30, Minutes: []int{120, 0}})

		for _, bad := range [][3]string{
			{"tocsin/repeat", "0", "must be a number from 1 to 20"}, {"tocsin/repeat", "x", "must be a number from 1 to 20"},
			{"tocsin/ack-minutes", "1441", "must be a number from 1 to 1440"}, {"tocsin/fallback", "ann", "must be the ARN of a contact"},
			{"tocsin/fallback", "arn:aws:ssm-contacts:us-east-1:111122223333:rotation/x", "must be the ARN of a contact"},
			{"tocsin/stage-minutes", "5 -1", "must be a number from 0 to 1440"}, {"tocsin/stage-minutes", " ", "must name minutes"},
			{"tocsin/repeats", "2", "is not one of tocsin/repeat"},
		} {
			_, err := c.TagResource(ctx, &ssmcontacts.TagResourceInput{ResourceARN: &team, Tags: tagList(bad[0], bad[1])})
			if e := refused[*types.ValidationException](t, err); !strings.Contains(*e.Message, bad[0]+" "+bad[2]) || *e.Fields[0].Name != "Tags" {
				t.Errorf("%v: %v %v", bad, *e.Message, e.Fields)
			}
		}
		check(team, tocsin.PlanOptions{AckMinutes: 30, Minutes: []int{120, 0}})
		_, err := c.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: awssdk.String("night"), Type: types.ContactTypeOncallSchedule,
			Plan: &types.Plan{RotationIds: []string{}}, Tags: tagList("tocsin/repeat", "2")})
		if e := refused[*types.ValidationException](t, err); !strings.Contains(*e.Message, "has no meaning for an on-call schedule") {
			t.Error(*e.Message)
		}
	})
}
