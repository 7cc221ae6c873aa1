package ssmincidents_test

import (
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// wire compares what came back with what was sent, in values of the SDK.
var wire = cmp.Options{cmpopts.IgnoreUnexported(types.IncidentTemplate{}, types.SsmAutomation{}, types.NotificationTargetItemMemberSnsTopicArn{}, types.PagerDutyConfiguration{},
	types.PagerDutyIncidentConfiguration{}, types.EmptyChatChannel{}, types.RelatedItem{}, types.ItemIdentifier{}, types.PagerDutyIncidentDetail{}, types.EventSummary{},
	types.ActionMemberSsmAutomation{}, types.ChatChannelMemberChatbotSns{}, types.ChatChannelMemberEmpty{}, types.IntegrationMemberPagerDutyConfiguration{},
	types.DynamicSsmParameterValueMemberVariable{}, types.ItemValueMemberArn{}, types.ItemValueMemberUrl{}, types.ItemValueMemberMetricDefinition{},
	types.ItemValueMemberPagerDutyIncidentDetail{}, types.EventReferenceMemberResource{}, types.EventReferenceMemberRelatedItemId{}, types.IncidentRecordSource{},
	ssmincidents.GetResponsePlanOutput{}), cmpopts.IgnoreTypes(middleware.Metadata{}), cmpopts.EquateEmpty()}

func newPlan(t testing.TB, c *ssmincidents.Client, name string, tags map[string]string) (arn string) {
	t.Helper()
	return *must[*ssmincidents.CreateResponsePlanOutput](t)(c.CreateResponsePlan(ctx, &ssmincidents.CreateResponsePlanInput{Name: &name, Tags: tags,
		IncidentTemplate: &types.IncidentTemplate{Title: awssdk.String("Plan " + name), Impact: awssdk.Int32(3)}})).Arn
}

func getPlan(t testing.TB, c *ssmincidents.Client, arn string) *ssmincidents.GetResponsePlanOutput {
	t.Helper()
	return must[*ssmincidents.GetResponsePlanOutput](t)(c.GetResponsePlan(ctx, &ssmincidents.GetResponsePlanInput{Arn: &arn}))
}

func tagsOf(t testing.TB, c *ssmincidents.Client, arn string) map[string]string {
	t.Helper()
	return must[*ssmincidents.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &ssmincidents.ListTagsForResourceInput{ResourceArn: &arn})).Tags
}

// full is a plan with everything a plan can have. What it names does not exist.
func full() *ssmincidents.CreateResponsePlanInput {
	return &ssmincidents.CreateResponsePlanInput{
		Name: awssdk.String("sec-1_A"), DisplayName: awssdk.String("Security <1> & é"), Tags: map[string]string{"team": "", "a b": "c/d"},
		Engagements: []string{"arn:aws:ssm-contacts:eu-west-1:999988887777:contact/nobody-yet"},
		ChatChannel: &types.ChatChannelMemberChatbotSns{Value: []string{"arn:aws:sns:us-east-1:111122223333:chat"}},
		IncidentTemplate: &types.IncidentTemplate{Title: awssdk.String("T"), Impact: awssdk.Int32(5), Summary: awssdk.String("*S*\n"), DedupeString: awssdk.String("d"),
			IncidentTags: map[string]string{"k": "v"}, NotificationTargets: []types.NotificationTargetItem{&types.NotificationTargetItemMemberSnsTopicArn{Value: "arn:aws:sns:us-east-1:111122223333:told"}}},
		Actions: []types.Action{&types.ActionMemberSsmAutomation{Value: types.SsmAutomation{DocumentName: awssdk.String("Doc"), RoleArn: awssdk.String("arn:aws:iam::111122223333:role/r"),
			DocumentVersion: awssdk.String("version1"), TargetAccount: types.SsmTargetAccountImpactedAccount, Parameters: map[string][]string{"Key": {"b", "a"}},
			DynamicParameters: map[string]types.DynamicSsmParameterValue{"x": &types.DynamicSsmParameterValueMemberVariable{Value: types.VariableTypeInvolvedResources}}}}},
		Integrations: []types.Integration{&types.IntegrationMemberPagerDutyConfiguration{Value: types.PagerDutyConfiguration{Name: awssdk.String("pd"), SecretId: awssdk.String("s"),
			PagerDutyIncidentConfiguration: &types.PagerDutyIncidentConfiguration{ServiceId: awssdk.String("svc")}}}},
	}
}

func TestResponsePlan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		in := full()
		arn := *must[*ssmincidents.CreateResponsePlanOutput](t)(c.CreateResponsePlan(ctx, in)).Arn
		if arn != "arn:aws:ssm-incidents::111122223333:response-plan/sec-1_A" {
			t.Errorf("arn %s", arn)
		}
		want := &ssmincidents.GetResponsePlanOutput{Arn: &arn, Name: in.Name, DisplayName: in.DisplayName, Engagements: in.Engagements, ChatChannel: in.ChatChannel,
			IncidentTemplate: in.IncidentTemplate, Actions: in.Actions, Integrations: in.Integrations}
		if diff := cmp.Diff(want, getPlan(t, c, arn), wire); diff != "" {
			t.Errorf("the plan differs from what was sent (-sent +got)\n%s", diff)
		}
		if diff := cmp.Diff(in.Tags, tagsOf(t, c, arn)); diff != "" {
			t.Error(diff)
		}
		_, err := c.CreateResponsePlan(ctx, full())
		if e := refused[*types.ConflictException](t, err); *e.ResourceIdentifier != arn || e.ResourceType != types.ResourceTypeResponsePlan {
			t.Errorf("second plan of the name: %+v", e)
		}

		// What an update does not mention stays.
		update := func(u *ssmincidents.UpdateResponsePlanInput) *ssmincidents.GetResponsePlanOutput {
			t.Helper()
			u.Arn = &arn
			must[*ssmincidents.UpdateResponsePlanOutput](t)(c.UpdateResponsePlan(ctx, u))
			return getPlan(t, c, arn)
		}
		if diff := cmp.Diff(want, update(&ssmincidents.UpdateResponsePlanInput{}), wire); diff != "" {
			t.Errorf("an update of nothing changed\n%s", diff)
		}
		want.IncidentTemplate.Title, want.IncidentTemplate.Impact = awssdk.String("T2"), awssdk.Int32(1)
		if diff := cmp.Diff(want, update(&ssmincidents.UpdateResponsePlanInput{IncidentTemplateTitle: awssdk.String("T2"), IncidentTemplateImpact: awssdk.Int32(1)}), wire); diff != "" {
			t.Error(diff)
		}
		// What is empty is cleared, in the ways Terraform's provider clears.
		cleared := update(&ssmincidents.UpdateResponsePlanInput{DisplayName: awssdk.String(""), IncidentTemplateSummary: awssdk.String(""), IncidentTemplateDedupeString: awssdk.String(""),
			Engagements: []string{}, ChatChannel: &types.ChatChannelMemberEmpty{}, Actions: []types.Action{}, Integrations: []types.Integration{},
			IncidentTemplateTags: map[string]string{}, IncidentTemplateNotificationTargets: []types.NotificationTargetItem{}})
		want = &ssmincidents.GetResponsePlanOutput{Arn: &arn, Name: in.Name, ChatChannel: &types.ChatChannelMemberEmpty{},
			IncidentTemplate: &types.IncidentTemplate{Title: awssdk.String("T2"), Impact: awssdk.Int32(1)}}
		if diff := cmp.Diff(want, cleared, wire); diff != "" {
			t.Errorf("clearing (-want +got)\n%s", diff)
		}

		// Deleting is idempotent; the tags go too.
		for range 2 {
			must[*ssmincidents.DeleteResponsePlanOutput](t)(c.DeleteResponsePlan(ctx, &ssmincidents.DeleteResponsePlanInput{Arn: &arn}))
		}
		_, err = c.GetResponsePlan(ctx, &ssmincidents.GetResponsePlanInput{Arn: &arn})
		refused[*types.ResourceNotFoundException](t, err)
		if got := tagsOf(t, c, newPlan(t, c, "sec-1_A", nil)); len(got) != 0 {
			t.Errorf("the tags outlived the plan: %v", got)
		}
	})
}

// TestTerraformsPlan sends what the provider sends: "" for what is not set.
func TestTerraformsPlan(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	h.Set()
	got := h.REST("POST /createResponsePlan", `{"name":"tf","displayName":"","chatChannel":{"empty":{}},"engagements":[],"integrations":[],"clientToken":"t",
		"incidentTemplate":{"title":"t","impact":1,"summary":"","dedupeString":""},
		"actions":[{"ssmAutomation":{"documentName":"Doc","roleArn":"arn:aws:iam::111122223333:role/r","documentVersion":"","parameters":{},"dynamicParameters":{}}}]}`)
	if got.Status != 201 {
		t.Fatalf("%+v", got)
	}
	arn := "arn:aws:ssm-incidents::111122223333:response-plan/tf"
	p := getPlan(t, h.Incidents(), arn)
	if a, ok := p.Actions[0].(*types.ActionMemberSsmAutomation); !ok || *a.Value.DocumentName != "Doc" || awssdk.ToString(a.Value.DocumentVersion) != "" {
		t.Errorf("actions %+v", p.Actions)
	}
	if p.DisplayName != nil && *p.DisplayName != "" {
		t.Errorf("display name %q", *p.DisplayName)
	}
	if got := h.REST("POST /updateResponsePlan", `{"arn":"`+arn+`","incidentTemplateTitle":"t","incidentTemplateImpact":1,"displayName":"","engagements":[],"chatChannel":{"empty":{}}}`); got.Status != 204 || got.Body != "" {
		t.Errorf("update: %+v", got)
	}
}

func TestListResponsePlans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		var want []string
		for _, name := range []string{"B", "a", "Z", "b", "_", "1"} {
			newPlan(t, c, name, nil)
		}
		for _, name := range []string{"1", "B", "Z", "_", "a", "b"} { // by bytes, on both databases
			want = append(want, "arn:aws:ssm-incidents::111122223333:response-plan/"+name)
		}
		var got []string
		pages := ssmincidents.NewListResponsePlansPaginator(c, &ssmincidents.ListResponsePlansInput{MaxResults: awssdk.Int32(2)})
		for n := 1; pages.HasMorePages(); n++ {
			p := must[*ssmincidents.ListResponsePlansOutput](t)(pages.NextPage(ctx))
			if len(p.ResponsePlanSummaries) != 2 {
				t.Errorf("page %d has %d plans", n, len(p.ResponsePlanSummaries))
			}
			for _, s := range p.ResponsePlanSummaries {
				got = append(got, *s.Arn)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if other := must[*ssmincidents.ListReplicationSetsOutput](t)(h.StrangerIncidents().ListReplicationSets(ctx, &ssmincidents.ListReplicationSetsInput{})); len(other.ReplicationSetArns) > 0 {
			t.Errorf("another account sees %v", other.ReplicationSetArns)
		}
	})
}

func TestTags(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c, set := h.Incidents(), h.Set()
		p := newPlan(t, c, "sec", nil)
		for _, arn := range []string{set, p, start(t, c, p)} {
			must[*ssmincidents.TagResourceOutput](t)(c.TagResource(ctx, &ssmincidents.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a b": "", "c/d": "x", "e": "1"}}))
			must[*ssmincidents.TagResourceOutput](t)(c.TagResource(ctx, &ssmincidents.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"e": "2"}}))
			if diff := cmp.Diff(map[string]string{"a b": "", "c/d": "x", "e": "2"}, tagsOf(t, c, arn)); diff != "" {
				t.Errorf("%s: %s", arn, diff)
			}
			must[*ssmincidents.UntagResourceOutput](t)(c.UntagResource(ctx, &ssmincidents.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a b", "c/d", "never"}}))
			if diff := cmp.Diff(map[string]string{"e": "2"}, tagsOf(t, c, arn)); diff != "" {
				t.Errorf("%s: %s", arn, diff)
			}
		}
		many := map[string]string{}
		for i := range 50 {
			many[fmt.Sprint("k", i)] = "v"
		}
		_, err := c.TagResource(ctx, &ssmincidents.TagResourceInput{ResourceArn: &p, Tags: many}) // 51 with the one it has
		if e := refused[*types.ServiceQuotaExceededException](t, err); awssdk.ToString(e.ResourceIdentifier) != p || e.ServiceCode != types.ServiceCodeSsmIncidents {
			t.Errorf("too many tags: %+v", e)
		}
		if got := tagsOf(t, c, p); len(got) != 1 {
			t.Errorf("a refused call wrote tags: %v", got)
		}
		for _, arn := range []string{"arn:aws:ssm-incidents::111122223333:response-plan/nobody", "arn:aws:ssm-incidents::444455556666:response-plan/sec",
			"arn:aws:events:us-east-1:111122223333:response-plan/sec", "arn:aws-cn:ssm-incidents::111122223333:response-plan/sec",
			"arn:aws:ssm-incidents::111122223333:incident-record/sec/x", strings.Replace(set, "replication-set/", "replication-set/0", 1)} {
			_, err := c.ListTagsForResource(ctx, &ssmincidents.ListTagsForResourceInput{ResourceArn: &arn})
			refused[*types.ResourceNotFoundException](t, err)
			_, err = c.TagResource(ctx, &ssmincidents.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "b"}})
			refused[*types.ResourceNotFoundException](t, err)
		}
	})
}
