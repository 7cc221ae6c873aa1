package ssmcontacts_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

const here = string(dbtest.Region)

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

// wire compares values of the SDK.
var wire = cmp.Options{cmpopts.IgnoreUnexported(types.Plan{}, types.Stage{}, types.Target{}, types.ChannelTargetInfo{}, types.ContactTargetInfo{}, types.Tag{}), cmpopts.EquateEmpty()}

func newContact(t testing.TB, c *ssmcontacts.Client, alias string, kind types.ContactType, tags ...types.Tag) (arn string) {
	t.Helper()
	return *must[*ssmcontacts.CreateContactOutput](t)(c.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: &alias, Type: kind,
		DisplayName: awssdk.String(""), Plan: &types.Plan{Stages: []types.Stage{}}, Tags: tags})).ContactArn
}

func newPerson(t testing.TB, c *ssmcontacts.Client, alias string) (arn string) {
	t.Helper()
	return newContact(t, c, alias, types.ContactTypePersonal)
}

func getContact(t testing.TB, c *ssmcontacts.Client, arn string) *ssmcontacts.GetContactOutput {
	t.Helper()
	return must[*ssmcontacts.GetContactOutput](t)(c.GetContact(ctx, &ssmcontacts.GetContactInput{ContactId: &arn}))
}

// plan makes a plan whose stages last so long and have these targets.
func plan(minutes int32, targets ...types.Target) types.Plan {
	targets = append([]types.Target{}, targets...) // the SDK wants a list
	return types.Plan{Stages: []types.Stage{{DurationInMinutes: &minutes, Targets: targets}}}
}

func toChannel(arn string) types.Target {
	return types.Target{ChannelTargetInfo: &types.ChannelTargetInfo{ContactChannelId: &arn, RetryIntervalInMinutes: awssdk.Int32(0)}}
}

func toContact(arn string, essential bool) types.Target {
	return types.Target{ContactTargetInfo: &types.ContactTargetInfo{ContactId: &arn, IsEssential: &essential}}
}

func setPlan(t testing.TB, c *ssmcontacts.Client, arn string, p types.Plan) {
	t.Helper()
	must[*ssmcontacts.UpdateContactOutput](t)(c.UpdateContact(ctx, &ssmcontacts.UpdateContactInput{ContactId: &arn, Plan: &p}))
}

func TestContact(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		in := &ssmcontacts.CreateContactInput{Alias: awssdk.String("alice-1_x"), Type: types.ContactTypePersonal, DisplayName: awssdk.String("Älice Ω. 1"),
			Plan: &types.Plan{Stages: []types.Stage{}}, IdempotencyToken: awssdk.String("tok"), Tags: []types.Tag{{Key: awssdk.String("k"), Value: awssdk.String("v é")}}}
		arn := *must[*ssmcontacts.CreateContactOutput](t)(c.CreateContact(ctx, in)).ContactArn
		if arn != "arn:aws:ssm-contacts:us-east-1:111122223333:contact/alice-1_x" {
			t.Errorf("arn %s", arn)
		}
		if again := must[*ssmcontacts.CreateContactOutput](t)(c.CreateContact(ctx, in)); *again.ContactArn != arn {
			t.Errorf("the repeat made %s", *again.ContactArn)
		}
		if other := must[*ssmcontacts.CreateContactOutput](t)(h.Contacts("eu-west-1").CreateContact(ctx, in)); *other.ContactArn != strings.Replace(arn, here, "eu-west-1", 1) {
			t.Errorf("the token in another Region made %s", *other.ContactArn)
		}
		in.DisplayName = awssdk.String("other")
		_, err := c.CreateContact(ctx, in)
		if e := refused[*types.ValidationException](t, err); e.Reason != types.ValidationExceptionReasonFieldValidationFailed || *e.Fields[0].Name != "IdempotencyToken" {
			t.Errorf("the token with another request: %+v", e)
		}
		in.IdempotencyToken = nil
		_, err = c.CreateContact(ctx, in)
		if e := refused[*types.ConflictException](t, err); *e.ResourceId != arn || *e.ResourceType != "CONTACT" {
			t.Errorf("second contact of the alias: %+v", e)
		}
		got := getContact(t, c, arn)
		if *got.ContactArn != arn || *got.Alias != "alice-1_x" || *got.DisplayName != "Älice Ω. 1" || got.Type != types.ContactTypePersonal || got.Plan.Stages == nil || len(got.Plan.Stages) != 0 {
			t.Errorf("contact %+v", got)
		}

		// Plans keep their order; what they name need not exist.
		a, b := strings.Replace(arn, ":contact/", ":contact-channel/", 1)+"/1", strings.Replace(arn, ":contact/", ":contact-channel/", 1)+"/2"
		want := types.Plan{Stages: []types.Stage{
			{DurationInMinutes: awssdk.Int32(10), Targets: []types.Target{toChannel(b), toChannel(a)}},
			{DurationInMinutes: awssdk.Int32(30), Targets: []types.Target{}},
			{DurationInMinutes: awssdk.Int32(0), Targets: []types.Target{{ChannelTargetInfo: &types.ChannelTargetInfo{ContactChannelId: &a, RetryIntervalInMinutes: awssdk.Int32(60)}}}},
		}}
		setPlan(t, c, arn, want)
		if got := getContact(t, c, arn); *got.DisplayName != "Älice Ω. 1" || cmp.Diff(&want, got.Plan, wire) != "" {
			t.Errorf("plan: %s", cmp.Diff(&want, got.Plan, wire))
		}
		must[*ssmcontacts.UpdateContactOutput](t)(c.UpdateContact(ctx, &ssmcontacts.UpdateContactInput{ContactId: &arn, DisplayName: awssdk.String("")}))
		if got := getContact(t, c, arn); *got.DisplayName != "" || cmp.Diff(&want, got.Plan, wire) != "" {
			t.Errorf("after renaming: %+v", got)
		}
		setPlan(t, c, arn, types.Plan{Stages: []types.Stage{}})
		if got := getContact(t, c, arn); len(got.Plan.Stages) != 0 {
			t.Errorf("after clearing: %+v", got.Plan)
		}

		team := newContact(t, c, "team", types.ContactTypeEscalation)
		want = types.Plan{Stages: []types.Stage{{DurationInMinutes: awssdk.Int32(5), Targets: []types.Target{toContact(arn, true), toContact("arn:aws:ssm-contacts:eu-west-1:999988887777:contact/z", false)}}}}
		setPlan(t, c, team, want)
		if diff := cmp.Diff(&want, getContact(t, c, team).Plan, wire); diff != "" {
			t.Error(diff)
		}
		// A deleted contact stays in plans.
		must[*ssmcontacts.DeleteContactOutput](t)(c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &arn}))
		if diff := cmp.Diff(&want, getContact(t, c, team).Plan, wire); diff != "" {
			t.Error(diff)
		}
		_, err = c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &arn})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != arn || *e.ResourceType != "CONTACT" {
			t.Errorf("%+v", e)
		}
		if got := tagsOf(t, c, newPerson(t, c, "alice-1_x")); len(got) != 0 {
			t.Errorf("the tags outlived the contact: %v", got)
		}
	})
}

// TestSchedule: an on-call schedule has rotations instead of stages.
func TestSchedule(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Contacts(here)
	h.Set()
	_, err := c.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: awssdk.String("s"), Type: types.ContactTypeOncallSchedule, Plan: new(plan(1))})
	if e := refused[*types.ValidationException](t, err); *e.Message != "Invalid value provided - ONCALL SCHEDULE contact cannot have stages in plan" || len(e.Fields) == 0 {
		t.Errorf("%+v", e)
	}
	arn := *must[*ssmcontacts.CreateContactOutput](t)(c.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: awssdk.String("s"), Type: types.ContactTypeOncallSchedule,
		Plan: &types.Plan{RotationIds: []string{"arn:aws:ssm-contacts:us-east-1:111122223333:rotation/b", "arn:aws:ssm-contacts:us-east-1:111122223333:rotation/a"}}})).ContactArn
	if got := getContact(t, c, arn); len(got.Plan.RotationIds) != 2 || !strings.HasSuffix(got.Plan.RotationIds[0], "/b") || got.Plan.Stages != nil {
		t.Errorf("schedule %+v", got.Plan)
	}
	if got := must[*ssmcontacts.ListRotationsOutput](t)(c.ListRotations(ctx, &ssmcontacts.ListRotationsInput{})); got.Rotations == nil || len(got.Rotations) != 0 {
		t.Errorf("rotations %v", got.Rotations)
	}
}

func TestListContacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		list := func(c *ssmcontacts.Client, in ssmcontacts.ListContactsInput) (got []string) {
			t.Helper()
			pages := ssmcontacts.NewListContactsPaginator(c, &in)
			for pages.HasMorePages() {
				for _, x := range must[*ssmcontacts.ListContactsOutput](t)(pages.NextPage(ctx)).Contacts {
					got = append(got, *x.Alias)
				}
			}
			return got
		}
		if got := list(c, ssmcontacts.ListContactsInput{}); len(got) != 0 { // before there is a replication set
			t.Errorf("a new account has %v", got)
		}
		h.Set()
		for i, alias := range []string{"b", "a-1", "a_1", "ab", "1"} {
			newContact(t, c, alias, []types.ContactType{types.ContactTypePersonal, types.ContactTypeEscalation}[i%2])
		}
		newPerson(t, h.Contacts("eu-west-1"), "far")
		for _, tt := range []struct {
			in   ssmcontacts.ListContactsInput
			want string
		}{
			{ssmcontacts.ListContactsInput{}, "1 a-1 a_1 ab b"},
			{ssmcontacts.ListContactsInput{MaxResults: awssdk.Int32(0)}, "1 a-1 a_1 ab b"},
			{ssmcontacts.ListContactsInput{MaxResults: awssdk.Int32(1)}, "1 a-1 a_1 ab b"},
			{ssmcontacts.ListContactsInput{MaxResults: awssdk.Int32(2), AliasPrefix: awssdk.String("a")}, "a-1 a_1 ab"},
			{ssmcontacts.ListContactsInput{AliasPrefix: awssdk.String("a_")}, "a_1"}, // not a wildcard
			{ssmcontacts.ListContactsInput{AliasPrefix: awssdk.String("x")}, ""},
			{ssmcontacts.ListContactsInput{MaxResults: awssdk.Int32(1), Type: types.ContactTypeEscalation}, "a-1 ab"},
			{ssmcontacts.ListContactsInput{Type: types.ContactTypeOncallSchedule}, ""},
		} {
			if got := strings.Join(list(c, tt.in), " "); got != tt.want {
				t.Errorf("%+v lists %q, want %q", tt.in, got, tt.want)
			}
		}
		if got := strings.Join(list(h.Contacts("eu-west-1"), ssmcontacts.ListContactsInput{}), " "); got != "far" {
			t.Errorf("the other region has %q", got)
		}
		if got := list(h.StrangerContacts(), ssmcontacts.ListContactsInput{}); len(got) != 0 {
			t.Errorf("another account sees %v", got)
		}
		// A token holds for its own query and region only.
		token := must[*ssmcontacts.ListContactsOutput](t)(c.ListContacts(ctx, &ssmcontacts.ListContactsInput{MaxResults: awssdk.Int32(1)})).NextToken
		for _, call := range []func() error{
			func() error {
				_, err := c.ListContacts(ctx, &ssmcontacts.ListContactsInput{NextToken: token, AliasPrefix: awssdk.String("a")})
				return err
			},
			func() error {
				_, err := h.Contacts("eu-west-1").ListContacts(ctx, &ssmcontacts.ListContactsInput{NextToken: token})
				return err
			},
			func() error {
				_, err := c.ListRotations(ctx, &ssmcontacts.ListRotationsInput{NextToken: token})
				return err
			},
			func() error {
				_, err := c.ListContacts(ctx, &ssmcontacts.ListContactsInput{NextToken: awssdk.String((*token)[1:])})
				return err
			},
		} {
			if e := refused[*types.ValidationException](t, call()); *e.Fields[0].Name != "NextToken" {
				t.Errorf("%+v", e)
			}
		}
	})
}

func tagsOf(t testing.TB, c *ssmcontacts.Client, arn string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, tag := range must[*ssmcontacts.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &ssmcontacts.ListTagsForResourceInput{ResourceARN: &arn})).Tags {
		out[*tag.Key] = *tag.Value
	}
	return out
}

func TestTags(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
		arn := newContact(t, c, "alice", types.ContactTypePersonal, tag("a", "1"), tag("b", "2"))
		put := func(tags ...types.Tag) error {
			_, err := c.TagResource(ctx, &ssmcontacts.TagResourceInput{ResourceARN: &arn, Tags: tags})
			return err
		}
		if err := put(tag("b", "3"), tag("c", "x y/@")); err != nil {
			t.Fatal(err)
		}
		must[*ssmcontacts.UntagResourceOutput](t)(c.UntagResource(ctx, &ssmcontacts.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"a", "never"}}))
		want := map[string]string{"b": "3", "c": "x y/@"}
		if diff := cmp.Diff(want, tagsOf(t, c, arn)); diff != "" {
			t.Error(diff)
		}
		refused[*types.ValidationException](t, put(tag("d", "1"), tag("d", "2")))
		refused[*types.ValidationException](t, put(tag("aws:x", "1")))
		var many []types.Tag
		for i := range 49 {
			many = append(many, tag(fmt.Sprint("k", i), "v"))
		}
		if e := refused[*types.ServiceQuotaExceededException](t, put(many...)); awssdk.ToString(e.ResourceId) != arn || *e.ServiceCode != "ssm-contacts" {
			t.Errorf("%+v", e)
		}
		if diff := cmp.Diff(want, tagsOf(t, c, arn)); diff != "" {
			t.Errorf("a refused call wrote: %s", diff)
		}
		for _, none := range []string{arn + "x", strings.Replace(arn, here, "eu-west-1", 1), strings.Replace(arn, "contact/", "rotation/", 1), strings.Replace(arn, "ssm-contacts", "ssm-incidents", 1)} {
			_, err := c.ListTagsForResource(ctx, &ssmcontacts.ListTagsForResourceInput{ResourceARN: &none})
			refused[*types.ResourceNotFoundException](t, err)
		}
	})
}
