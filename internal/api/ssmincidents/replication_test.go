package ssmincidents_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	contacts "github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

// must fails the test unless a call succeeded.
func must[T any](t testing.TB) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// refused gives the exception that a call ended in; another end fails the test.
// The SDK knows only those exceptions that AWS's model lists for the operation.
func refused[E error](t testing.TB, err error) (e E) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a %T", err, e)
	}
	return e
}

// late says whether a set that changed may have settled since began, which takes it
// 300 ms: on a machine that is busy with other things, a call may take as long.
func late(began time.Time) bool { return time.Since(began) > 250*time.Millisecond }

func getSet(t testing.TB, c *ssmincidents.Client, arn string) *types.ReplicationSet {
	t.Helper()
	return must[*ssmincidents.GetReplicationSetOutput](t)(c.GetReplicationSet(ctx, &ssmincidents.GetReplicationSetInput{Arn: &arn})).ReplicationSet
}

// regions tells of each region as "status key".
func regions(s *types.ReplicationSet) map[string]string {
	out := map[string]string{}
	for name, r := range s.RegionMap {
		out[name] = string(r.Status) + " " + awssdk.ToString(r.SseKmsKeyId)
	}
	return out
}

func TestReplicationSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		list := func() []string {
			return must[*ssmincidents.ListReplicationSetsOutput](t)(c.ListReplicationSets(ctx, &ssmincidents.ListReplicationSetsInput{})).ReplicationSetArns
		}
		if got := list(); len(got) != 0 {
			t.Fatalf("a new account has %v", got)
		}
		in := &ssmincidents.CreateReplicationSetInput{ClientToken: awssdk.String("once"), Tags: map[string]string{"a": "b"},
			Regions: map[string]types.RegionMapInputValue{"us-east-1": {}, "eu-west-1": {SseKmsKeyId: awssdk.String("arn:aws:kms:eu-west-1:111122223333:key/x")}}}
		began := time.Now()
		arn := *must[*ssmincidents.CreateReplicationSetOutput](t)(c.CreateReplicationSet(ctx, in)).Arn
		if !strings.HasPrefix(arn, "arn:aws:ssm-incidents::111122223333:replication-set/") {
			t.Errorf("arn %s", arn)
		}
		s := getSet(t, c, arn)
		if s.Status != types.ReplicationSetStatusCreating && !late(began) || *s.CreatedBy != apitest.User {
			t.Errorf("new set: %+v", s)
		}
		// The same request again is the same set; another one is refused.
		if again := must[*ssmincidents.CreateReplicationSetOutput](t)(c.CreateReplicationSet(ctx, in)); *again.Arn != arn {
			t.Errorf("the repeat made %s", *again.Arn)
		}
		in.ClientToken = awssdk.String("twice")
		_, err := c.CreateReplicationSet(ctx, in)
		if e := refused[*types.ConflictException](t, err); awssdk.ToString(e.ResourceIdentifier) != arn || e.ResourceType != types.ResourceTypeReplicationSet {
			t.Errorf("second set: %+v", e)
		}
		active := func() bool { s = getSet(t, c, arn); return s.Status == types.ReplicationSetStatusActive }
		h.Wait("the set to become ACTIVE", active)
		if diff := cmp.Diff(map[string]string{"us-east-1": "ACTIVE DefaultKey", "eu-west-1": "ACTIVE arn:aws:kms:eu-west-1:111122223333:key/x"}, regions(s)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{arn}, list()); diff != "" {
			t.Error(diff)
		}

		update := func(a types.UpdateReplicationSetAction) error {
			_, err := c.UpdateReplicationSet(ctx, &ssmincidents.UpdateReplicationSetInput{Arn: &arn, Actions: []types.UpdateReplicationSetAction{a}})
			return err
		}
		add := &types.UpdateReplicationSetActionMemberAddRegionAction{Value: types.AddRegionAction{RegionName: awssdk.String("ap-south-1")}}
		began = time.Now()
		if err := update(add); err != nil {
			t.Fatal(err)
		}
		s = getSet(t, c, arn)
		if (s.Status != types.ReplicationSetStatusUpdating || s.RegionMap["ap-south-1"].Status != types.RegionStatusCreating) && !late(began) {
			t.Errorf("while a region is added: %s %v", s.Status, regions(s))
		}
		refused[*types.ConflictException](t, update(add)) // while it is on its way
		h.Wait("the region to be there", active)
		refused[*types.ConflictException](t, update(add)) // it is there
		refused[*types.ValidationException](t, update(&types.UpdateReplicationSetActionMemberAddRegionAction{Value: types.AddRegionAction{RegionName: awssdk.String("eu-west-2")}}))
		remove := func(region string) error {
			return update(&types.UpdateReplicationSetActionMemberDeleteRegionAction{Value: types.DeleteRegionAction{RegionName: &region}})
		}
		refused[*types.ValidationException](t, remove("eu-west-2")) // not in it
		refused[*types.ValidationException](t, remove("us-east-1")) // the calling one
		for _, r := range []string{"ap-south-1", "eu-west-1"} {
			if err := remove(r); err != nil {
				t.Fatal(err)
			}
			h.Wait("the region to be gone", active)
		}
		if diff := cmp.Diff(map[string]string{"us-east-1": "ACTIVE DefaultKey"}, regions(s)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDeleteReplicationSet proves that nothing of an account outlives its set,
// and that clients see what they wait for.
func TestDeleteReplicationSet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c, set := h.Incidents(), h.Set()
		people := h.Contacts(string(dbtest.Region))
		p := newPlan(t, c, "sec", map[string]string{"old": "tag"})
		inc := start(t, c, p)
		alice := *must[*ssmcontacts.CreateContactOutput](t)(people.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: awssdk.String("alice"),
			Type: contacts.ContactTypePersonal, Plan: &contacts.Plan{Stages: []contacts.Stage{}}})).ContactArn

		protect := func(on bool) {
			t.Helper()
			must[*ssmincidents.UpdateDeletionProtectionOutput](t)(c.UpdateDeletionProtection(ctx, &ssmincidents.UpdateDeletionProtectionInput{Arn: &set, DeletionProtected: &on}))
			if got := getSet(t, c, set); *got.DeletionProtected != on {
				t.Errorf("protected: %v, want %v", *got.DeletionProtected, on)
			}
		}
		del := func() error {
			_, err := c.DeleteReplicationSet(ctx, &ssmincidents.DeleteReplicationSetInput{Arn: &set})
			return err
		}
		protect(true)
		refused[*types.ValidationException](t, del())
		protect(false)
		began := time.Now()
		if err := errors.Join(del(), del()); err != nil && !late(began) {
			t.Fatal(err) // the second finds it on its way
		}
		_, err := c.StartIncident(ctx, &ssmincidents.StartIncidentInput{ResponsePlanArn: &p})
		refused[*types.ValidationException](t, err)

		waiter := ssmincidents.NewWaitForReplicationSetDeletedWaiter(c, func(o *ssmincidents.WaitForReplicationSetDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = time.Millisecond, time.Second
		})
		if err := waiter.Wait(ctx, &ssmincidents.GetReplicationSetInput{Arn: &set}, 30*time.Second); err != nil {
			t.Fatal(err)
		}
		_, err = c.GetReplicationSet(ctx, &ssmincidents.GetReplicationSetInput{Arn: &set})
		refused[*types.ResourceNotFoundException](t, err)
		refused[*types.ResourceNotFoundException](t, del())
		// Terraform's provider takes ResourceNotFoundException alone for gone.
		_, err = c.GetResponsePlan(ctx, &ssmincidents.GetResponsePlanInput{Arn: &p})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceIdentifier != p || e.ResourceType != types.ResourceTypeResponsePlan {
			t.Errorf("plan after its set: %+v", e)
		}
		_, err = c.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &inc})
		refused[*types.ResourceNotFoundException](t, err)
		_, err = people.GetContact(ctx, &ssmcontacts.GetContactInput{ContactId: &alice})
		refused[*contacts.ValidationException](t, err)

		h.Set()
		_, err = people.GetContact(ctx, &ssmcontacts.GetContactInput{ContactId: &alice})
		refused[*contacts.ResourceNotFoundException](t, err)
		if got := tagsOf(t, c, newPlan(t, c, "sec", nil)); len(got) != 0 {
			t.Errorf("a new plan of the same name has tags of the old one: %v", got)
		}
		if got := must[*ssmincidents.ListIncidentRecordsOutput](t)(c.ListIncidentRecords(ctx, &ssmincidents.ListIncidentRecordsInput{})); len(got.IncidentRecordSummaries) != 0 {
			t.Errorf("incidents outlived their set: %v", got.IncidentRecordSummaries)
		}
	})
}

// TestWithoutReplicationSet: what clients ask before they make one must answer,
// what names a thing finds none, and the rest is refused.
func TestWithoutReplicationSet(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	const plan, inc = "arn:aws:ssm-incidents::111122223333:response-plan/x", "arn:aws:ssm-incidents::111122223333:incident-record/x/1"
	const notFound, invalid = "ResourceNotFoundException", "ValidationException"
	for _, tt := range []struct{ route, body, want string }{
		{"POST /listReplicationSets", `{}`, ""},
		{"GET /getReplicationSet?arn=arn%3Aaws%3Assm-incidents%3A%3A111122223333%3Areplication-set%2Fx", ``, notFound},
		{"GET /getResponsePlan?arn=" + plan, ``, notFound},
		{"GET /getIncidentRecord?arn=" + inc, ``, notFound},
		{"GET /getTimelineEvent?eventId=e&incidentRecordArn=" + inc, ``, notFound},
		{"GET /tags/" + escape(plan), ``, notFound},
		{"POST /tags/" + escape(plan), `{"tags":{"a":"b"}}`, notFound},
		{"POST /createResponsePlan", `{"name":"x","incidentTemplate":{"title":"t","impact":1}}`, invalid},
		{"POST /updateResponsePlan", `{"arn":"` + plan + `"}`, invalid},
		{"POST /deleteResponsePlan", `{"arn":"` + plan + `"}`, invalid},
		{"POST /listResponsePlans", `{}`, invalid},
		{"POST /startIncident", `{"responsePlanArn":"` + plan + `"}`, invalid},
		{"POST /listIncidentRecords", `{}`, invalid},
		{"POST /updateIncidentRecord", `{"arn":"` + inc + `","title":"x"}`, invalid},
		{"POST /deleteIncidentRecord", `{"arn":"` + inc + `"}`, invalid},
		{"POST /listTimelineEvents", `{"incidentRecordArn":"` + inc + `"}`, invalid},
		{"POST /listRelatedItems", `{"incidentRecordArn":"` + inc + `"}`, invalid},
	} {
		if got := h.REST(tt.route, tt.body); got.Type != tt.want {
			t.Errorf("%s answers %+v, want %q", tt.route, got, tt.want)
		} else if tt.want == invalid && got.Message != "Invalid value provided - Account not found for the request" {
			t.Errorf("%s says %q", tt.route, got.Message)
		}
	}
	if n := h.Writes(); n != 0 {
		t.Errorf("%d changes were written", n)
	}
}

// escape writes an ARN as clients do in a path.
func escape(arn string) string { return strings.NewReplacer(":", "%3A", "/", "%2F").Replace(arn) }
