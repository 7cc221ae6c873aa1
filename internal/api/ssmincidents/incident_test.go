package ssmincidents_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func start(t testing.TB, c *ssmincidents.Client, plan string) (arn string) {
	t.Helper()
	return startWith(t, c, &ssmincidents.StartIncidentInput{ResponsePlanArn: &plan})
}

func startWith(t testing.TB, c *ssmincidents.Client, in *ssmincidents.StartIncidentInput) (arn string) {
	t.Helper()
	return *must[*ssmincidents.StartIncidentOutput](t)(c.StartIncident(ctx, in)).IncidentRecordArn
}

func get(t testing.TB, c *ssmincidents.Client, arn string) *types.IncidentRecord {
	t.Helper()
	return must[*ssmincidents.GetIncidentRecordOutput](t)(c.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &arn})).IncidentRecord
}

// told lists an incident's timeline as types, the oldest first, with the ids.
func told(t testing.TB, c *ssmincidents.Client, arn string) (kinds, ids []string) {
	t.Helper()
	out := must[*ssmincidents.ListTimelineEventsOutput](t)(c.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &arn, SortOrder: types.SortOrderAscending}))
	for _, e := range out.EventSummaries {
		kinds, ids = append(kinds, *e.EventType), append(ids, *e.EventId)
	}
	return kinds, ids
}

// data reads an event's data, which is JSON.
func data(t testing.TB, c *ssmincidents.Client, arn, id string) (m map[string]any) {
	t.Helper()
	e := must[*ssmincidents.GetTimelineEventOutput](t)(c.GetTimelineEvent(ctx, &ssmincidents.GetTimelineEventInput{IncidentRecordArn: &arn, EventId: &id})).Event
	if err := json.Unmarshal([]byte(*e.EventData), &m); err != nil {
		t.Fatalf("event data %q: %v", *e.EventData, err)
	}
	return m
}

func TestStartIncident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		p := *must[*ssmincidents.CreateResponsePlanOutput](t)(c.CreateResponsePlan(ctx, full())).Arn
		bare := newPlan(t, c, "bare", nil)

		// By hand, with nothing but the plan.
		i := get(t, c, start(t, c, bare))
		if !strings.HasPrefix(*i.Arn, "arn:aws:ssm-incidents::111122223333:incident-record/bare/") || *i.Title != "Plan bare" || *i.Impact != 3 ||
			i.Status != types.IncidentRecordStatusOpen || i.ResolvedTime != nil || *i.DedupeString == "" || i.Summary != nil {
			t.Errorf("bare incident: %+v", i)
		}
		if s := i.IncidentRecordSource; *s.Source != "aws.ssm-incidents.custom" || *s.CreatedBy != apitest.User || *s.InvokedBy != apitest.User || s.ResourceArn != nil {
			t.Errorf("source %+v", s)
		}
		if again := start(t, c, bare); again == *i.Arn {
			t.Error("a manual start without a dedupe string folded")
		}

		// With all that can be said.
		in := &ssmincidents.StartIncidentInput{ResponsePlanArn: &p, Title: awssdk.String("Mine"), Impact: awssdk.Int32(2), ClientToken: awssdk.String("tok"),
			TriggerDetails: &types.TriggerDetails{Source: awssdk.String("my.app"), Timestamp: awssdk.Time(time.Date(2026, 3, 1, 2, 3, 4, 5e8, time.UTC)), RawData: awssdk.String(`{"a":1}`),
				TriggerArn: awssdk.String("arn:aws:cloudwatch:us-east-1:111122223333:alarm:x")},
			RelatedItems: []types.RelatedItem{{Title: awssdk.String("docs"), Identifier: &types.ItemIdentifier{Type: types.ItemTypeOther, Value: &types.ItemValueMemberUrl{Value: "https://example.org/?a=1&b=<2>"}}}}}
		arn := startWith(t, c, in)
		i = get(t, c, arn)
		if *i.Title != "Mine" || *i.Impact != 2 || *i.Summary != "*S*\n" || *i.DedupeString != "d" || *i.IncidentRecordSource.Source != "my.app" ||
			*i.IncidentRecordSource.ResourceArn != *in.TriggerDetails.TriggerArn {
			t.Errorf("incident: %+v", i)
		}
		if diff := cmp.Diff(full().IncidentTemplate.IncidentTags, tagsOf(t, c, arn)); diff != "" {
			t.Error(diff)
		}
		kinds, ids := told(t, c, arn)
		if diff := cmp.Diff([]string{"SSM Incident Trigger", "SSM Incident Start", "Tocsin Page Skipped for Incident", "SSM Automation Execution Start Failure for Incident"}, kinds); diff != "" {
			t.Error(diff)
		}
		want := map[string]any{"createdIncident": true, "incidentSource": "my.app", "triggerArn": *in.TriggerDetails.TriggerArn, "rawData": `{"a":1}`,
			"timestamp": "2026-03-01T02:03:04.5Z"}
		if diff := cmp.Diff(want, data(t, c, arn, ids[0])); diff != "" {
			t.Error(diff)
		}

		// The same request again is the same incident and no second trigger; the token with another request is refused.
		if again := startWith(t, c, in); again != arn {
			t.Errorf("the repeat started %s", again)
		}
		if kinds, _ := told(t, c, arn); len(kinds) != 4 {
			t.Errorf("the repeat was told: %v", kinds)
		}
		in.Impact = awssdk.Int32(1)
		_, err := c.StartIncident(ctx, in)
		refused[*types.ConflictException](t, err)

		// Another start with the same dedupe string folds into the open incident, and into a new one when that is resolved.
		if folded := start(t, c, p); folded != arn {
			t.Errorf("a duplicate started %s", folded)
		}
		kinds, ids = told(t, c, arn)
		if len(kinds) != 5 || kinds[4] != "SSM Incident Trigger" || data(t, c, arn, ids[4])["createdIncident"] != false {
			t.Errorf("a duplicate is told as %v", kinds)
		}
		must[*ssmincidents.UpdateIncidentRecordOutput](t)(c.UpdateIncidentRecord(ctx, &ssmincidents.UpdateIncidentRecordInput{Arn: &arn, Status: types.IncidentRecordStatusResolved}))
		if fresh := start(t, c, p); fresh == arn {
			t.Error("a resolved incident absorbed a start")
		}

		// A token is remembered even when the plan is gone.
		in.Impact = awssdk.Int32(2)
		must[*ssmincidents.DeleteResponsePlanOutput](t)(c.DeleteResponsePlan(ctx, &ssmincidents.DeleteResponsePlanInput{Arn: &p}))
		if again := startWith(t, c, in); again != arn {
			t.Errorf("after the plan's end the repeat answers %s", again)
		}
		in.ClientToken = awssdk.String("tok2")
		_, err = c.StartIncident(ctx, in)
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceIdentifier != p || e.ResourceType != types.ResourceTypeResponsePlan {
			t.Errorf("start without a plan: %+v", e)
		}
		if get(t, c, arn) == nil {
			t.Error("the incident went with its plan")
		}
	})
}

func TestUpdateIncidentRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		p := newPlan(t, c, "sec", nil)
		arn := start(t, c, p)
		was := get(t, c, arn)
		update := func(in *ssmincidents.UpdateIncidentRecordInput) *types.IncidentRecord {
			t.Helper()
			in.Arn = &arn
			must[*ssmincidents.UpdateIncidentRecordOutput](t)(c.UpdateIncidentRecord(ctx, in))
			return get(t, c, arn)
		}
		i := update(&ssmincidents.UpdateIncidentRecordInput{Title: awssdk.String("new"), Impact: awssdk.Int32(1), Summary: awssdk.String("s"),
			ChatChannel:         &types.ChatChannelMemberChatbotSns{Value: []string{"arn:aws:sns:us-east-1:111122223333:c"}},
			NotificationTargets: []types.NotificationTargetItem{&types.NotificationTargetItemMemberSnsTopicArn{Value: "arn:aws:sns:us-east-1:111122223333:n"}}})
		if *i.Title != "new" || *i.Impact != 1 || *i.Summary != "s" || i.ChatChannel == nil || len(i.NotificationTargets) != 1 ||
			!i.LastModifiedTime.After(*was.LastModifiedTime) || *i.LastModifiedBy != apitest.User {
			t.Errorf("updated: %+v", i)
		}
		kinds, ids := told(t, c, arn)
		if last := kinds[len(kinds)-1]; last != "SSM Incident Record Update" {
			t.Fatalf("timeline %v", kinds)
		}
		d := data(t, c, arn, ids[len(ids)-1])
		var changed []string
		for _, a := range d["modifiedAttributes"].([]any) {
			changed = append(changed, a.(map[string]any)["attributeName"].(string))
		}
		if diff := cmp.Diff([]string{"title", "summary", "impact", "chatChannel", "notificationTargets"}, changed); diff != "" || d["modifiedBy"] != apitest.User {
			t.Errorf("%v %s", d, diff)
		}
		i = update(&ssmincidents.UpdateIncidentRecordInput{Summary: awssdk.String(""), ChatChannel: &types.ChatChannelMemberEmpty{}, NotificationTargets: []types.NotificationTargetItem{}})
		if _, empty := i.ChatChannel.(*types.ChatChannelMemberEmpty); awssdk.ToString(i.Summary) != "" || i.ChatChannel != nil && !empty || len(i.NotificationTargets) != 0 || *i.Title != "new" {
			t.Errorf("cleared: %+v", i)
		}
		i = update(&ssmincidents.UpdateIncidentRecordInput{Status: types.IncidentRecordStatusResolved})
		if i.Status != types.IncidentRecordStatusResolved || i.ResolvedTime == nil || i.ResolvedTime.Before(*i.CreationTime) {
			t.Errorf("resolved: %+v", i)
		}
		i = update(&ssmincidents.UpdateIncidentRecordInput{Status: types.IncidentRecordStatusOpen})
		if i.Status != types.IncidentRecordStatusOpen || i.ResolvedTime != nil {
			t.Errorf("opened again: %+v", i)
		}

		// Nobody else's, and none that is not there.
		_, err := h.StrangerIncidents().GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &arn})
		refused[*types.ResourceNotFoundException](t, err)
		for _, missing := range []string{arn + "0", strings.Replace(arn, "/sec/", "/other/", 1), strings.Replace(arn, "111122223333", "444455556666", 1)} {
			_, err := c.UpdateIncidentRecord(ctx, &ssmincidents.UpdateIncidentRecordInput{Arn: &missing, Title: awssdk.String("x")})
			if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceIdentifier != missing || e.ResourceType != types.ResourceTypeIncidentRecord {
				t.Errorf("%+v", e)
			}
		}
		for range 2 {
			must[*ssmincidents.DeleteIncidentRecordOutput](t)(c.DeleteIncidentRecord(ctx, &ssmincidents.DeleteIncidentRecordInput{Arn: &arn}))
		}
		_, err = c.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: &arn})
		refused[*types.ResourceNotFoundException](t, err)
		if kinds, _ := told(t, c, arn); len(kinds) != 0 {
			t.Errorf("the timeline outlived the incident: %v", kinds)
		}
	})
}

func TestListIncidentRecords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		p := newPlan(t, c, "sec", nil)
		var arns []string
		var times []time.Time
		for i := range 7 { // impact 1 to 4 and again; every third is resolved
			arn := startWith(t, c, &ssmincidents.StartIncidentInput{ResponsePlanArn: &p, Impact: awssdk.Int32(int32(i%4) + 1)})
			if i%3 == 0 {
				must[*ssmincidents.UpdateIncidentRecordOutput](t)(c.UpdateIncidentRecord(ctx, &ssmincidents.UpdateIncidentRecordInput{Arn: &arn, Status: types.IncidentRecordStatusResolved}))
			}
			made := *get(t, c, arn).CreationTime
			arns, times = append(arns, arn), append(times, made)
			for time.Since(made) < 2*time.Millisecond { // filters come in whole milliseconds
				runtime.Gosched()
			}
		}
		list := func(size int32, filters ...types.Filter) (got []int) {
			t.Helper()
			pages := ssmincidents.NewListIncidentRecordsPaginator(c, &ssmincidents.ListIncidentRecordsInput{Filters: filters, MaxResults: &size})
			for pages.HasMorePages() {
				out := must[*ssmincidents.ListIncidentRecordsOutput](t)(pages.NextPage(ctx))
				if len(out.IncidentRecordSummaries) > int(size) {
					t.Errorf("a page of %d has %d", size, len(out.IncidentRecordSummaries))
				}
				for _, s := range out.IncidentRecordSummaries {
					got = append(got, slices.Index(arns, *s.Arn))
				}
			}
			return got
		}
		str := func(key string, v ...string) types.Filter {
			return types.Filter{Key: &key, Condition: &types.ConditionMemberEquals{Value: &types.AttributeValueListMemberStringValues{Value: v}}}
		}
		impact := func(v ...int32) types.Filter {
			return types.Filter{Key: awssdk.String("impact"), Condition: &types.ConditionMemberEquals{Value: &types.AttributeValueListMemberIntegerValues{Value: v}}}
		}
		after := func(at time.Time) types.Filter {
			return types.Filter{Key: awssdk.String("creationTime"), Condition: &types.ConditionMemberAfter{Value: at}}
		}
		before := func(at time.Time) types.Filter {
			return types.Filter{Key: awssdk.String("creationTime"), Condition: &types.ConditionMemberBefore{Value: at}}
		}
		mid := times[3]
		for _, tt := range []struct {
			name    string
			filters []types.Filter
			want    []int
		}{
			{"all", nil, []int{6, 5, 4, 3, 2, 1, 0}},
			{"open", []types.Filter{str("status", "OPEN")}, []int{5, 4, 2, 1}},
			{"resolved", []types.Filter{str("status", "RESOLVED")}, []int{6, 3, 0}},
			{"either", []types.Filter{str("status", "RESOLVED", "OPEN")}, []int{6, 5, 4, 3, 2, 1, 0}},
			{"both at once", []types.Filter{str("status", "RESOLVED"), str("status", "OPEN")}, nil},
			{"no such status", []types.Filter{str("status", "BROKEN")}, nil},
			{"impact", []types.Filter{impact(1, 4)}, []int{4, 3, 0}},
			{"impact and status", []types.Filter{impact(1, 4), str("status", "OPEN")}, []int{4}},
			{"me", []types.Filter{str("createdBy", "nobody", apitest.User)}, []int{6, 5, 4, 3, 2, 1, 0}},
			{"nobody", []types.Filter{str("createdBy", "nobody")}, nil},
			{"after", []types.Filter{after(ceil(mid))}, []int{6, 5, 4}},
			{"before", []types.Filter{before(mid.Truncate(time.Millisecond))}, []int{2, 1, 0}},
			{"between", []types.Filter{after(ceil(times[1])), before(times[5].Truncate(time.Millisecond))}, []int{4, 3, 2}},
		} {
			for _, size := range []int32{1, 2, 100} {
				if diff := cmp.Diff(tt.want, list(size, tt.filters...)); diff != "" {
					t.Errorf("%s in pages of %d: %s", tt.name, size, diff)
				}
			}
		}

		// A token holds for its own query only.
		first := must[*ssmincidents.ListIncidentRecordsOutput](t)(c.ListIncidentRecords(ctx, &ssmincidents.ListIncidentRecordsInput{MaxResults: awssdk.Int32(1)}))
		token := *first.NextToken
		for name, in := range map[string]*ssmincidents.ListIncidentRecordsInput{
			"changed":       {NextToken: awssdk.String(flip(token))},
			"other filters": {NextToken: &token, Filters: []types.Filter{str("status", "OPEN")}},
			"invented":      {NextToken: awssdk.String("MQ")},
		} {
			_, err := c.ListIncidentRecords(ctx, in)
			if refused[*types.ValidationException](t, err); err == nil {
				t.Error(name)
			}
		}
		_, err := c.ListResponsePlans(ctx, &ssmincidents.ListResponsePlansInput{NextToken: &token})
		refused[*types.ValidationException](t, err)
		must[*ssmincidents.ListIncidentRecordsOutput](t)(c.ListIncidentRecords(ctx, &ssmincidents.ListIncidentRecordsInput{NextToken: &token, MaxResults: awssdk.Int32(3)}))
	})
}

func ceil(t time.Time) time.Time { return t.Truncate(time.Millisecond).Add(time.Millisecond) }

// flip changes one character of a token.
func flip(token string) string {
	b := []byte(token)
	if b[len(b)/2]++; b[len(b)/2] > 'z' || b[len(b)/2] == ':' || b[len(b)/2] == '[' || b[len(b)/2] == '`' {
		b[len(b)/2] = 'A'
	}
	return string(b)
}

func TestRelatedItems(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		arn := start(t, c, newPlan(t, c, "sec", nil))
		list := func(size int32) (all []types.RelatedItem) {
			t.Helper()
			pages := ssmincidents.NewListRelatedItemsPaginator(c, &ssmincidents.ListRelatedItemsInput{IncidentRecordArn: &arn, MaxResults: &size})
			for pages.HasMorePages() {
				all = append(all, must[*ssmincidents.ListRelatedItemsOutput](t)(pages.NextPage(ctx)).RelatedItems...)
			}
			return all
		}
		update := func(u types.RelatedItemsUpdate) {
			t.Helper()
			must[*ssmincidents.UpdateRelatedItemsOutput](t)(c.UpdateRelatedItems(ctx, &ssmincidents.UpdateRelatedItemsInput{IncidentRecordArn: &arn, RelatedItemsUpdate: u}))
		}
		want := []types.RelatedItem{
			{Title: awssdk.String("one"), Identifier: &types.ItemIdentifier{Type: types.ItemTypeInvolvedResource, Value: &types.ItemValueMemberArn{Value: "arn:aws:s3:::b"}}},
			{Identifier: &types.ItemIdentifier{Type: types.ItemTypeOther, Value: &types.ItemValueMemberUrl{Value: "https://example.org/?a=1&b=<2>"}}},
			{Identifier: &types.ItemIdentifier{Type: types.ItemTypeMetric, Value: &types.ItemValueMemberMetricDefinition{Value: `{"metrics":[]}`}}},
			{Identifier: &types.ItemIdentifier{Type: types.ItemTypeTask, Value: &types.ItemValueMemberPagerDutyIncidentDetail{Value: types.PagerDutyIncidentDetail{
				Id: awssdk.String("P1"), AutoResolve: awssdk.Bool(false), SecretId: awssdk.String("s")}}}},
		}
		for _, it := range want {
			update(&types.RelatedItemsUpdateMemberItemToAdd{Value: it})
		}
		for _, size := range []int32{1, 3, 4, 100} {
			got := list(size)
			for i, it := range got {
				if !strings.HasPrefix(awssdk.ToString(it.GeneratedId), "related-item/"+string(it.Identifier.Type)+"/") {
					t.Errorf("generated id %q", awssdk.ToString(it.GeneratedId))
				}
				got[i].GeneratedId = nil
			}
			if diff := cmp.Diff(want, got, wire); diff != "" {
				t.Errorf("in pages of %d: %s", size, diff)
			}
		}
		// The same item again changes its title and nothing else.
		want[0].Title = awssdk.String("uno")
		update(&types.RelatedItemsUpdateMemberItemToAdd{Value: want[0]})
		if got := list(100); len(got) != 4 || *got[0].Title != "uno" {
			t.Errorf("after adding twice: %v", got)
		}
		kinds, ids := told(t, c, arn)
		item := data(t, c, arn, ids[len(ids)-1])["modifiedAttributes"].([]any)[0].(map[string]any)["newValue"].(string)
		if kinds[len(kinds)-1] != "SSM Incident Record Update" || !strings.Contains(item, `"title":"uno"`) {
			t.Errorf("told: %v %s", kinds, item)
		}
		for _, it := range append(want, want[0]) { // the last is gone already
			update(&types.RelatedItemsUpdateMemberItemToRemove{Value: *it.Identifier})
		}
		if got := list(100); len(got) != 0 {
			t.Errorf("after removing all: %v", got)
		}
		crowd := &ssmincidents.StartIncidentInput{ResponsePlanArn: awssdk.String("arn:aws:ssm-incidents::111122223333:response-plan/sec")}
		for i := range 100 {
			crowd.RelatedItems = append(crowd.RelatedItems, types.RelatedItem{Identifier: &types.ItemIdentifier{Type: types.ItemTypeOther, Value: &types.ItemValueMemberUrl{Value: fmt.Sprint("https://example.org/", i)}}})
		}
		arn = startWith(t, c, crowd)
		if got := list(30); len(got) != 100 {
			t.Errorf("started with 100 items, has %d", len(got))
		}
		_, err := c.UpdateRelatedItems(ctx, &ssmincidents.UpdateRelatedItemsInput{IncidentRecordArn: &arn, RelatedItemsUpdate: &types.RelatedItemsUpdateMemberItemToAdd{Value: want[0]}})
		refused[*types.ValidationException](t, err)
		none := arn + "0"
		if got := must[*ssmincidents.ListRelatedItemsOutput](t)(c.ListRelatedItems(ctx, &ssmincidents.ListRelatedItemsInput{IncidentRecordArn: &none})); len(got.RelatedItems) != 0 {
			t.Errorf("an incident that is not there has %v", got.RelatedItems)
		}
	})
}

func TestFindings(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Incidents()
	h.Set()
	arn := start(t, c, newPlan(t, c, "sec", nil))
	l := must[*ssmincidents.ListIncidentFindingsOutput](t)(c.ListIncidentFindings(ctx, &ssmincidents.ListIncidentFindingsInput{IncidentRecordArn: &arn}))
	b := must[*ssmincidents.BatchGetIncidentFindingsOutput](t)(c.BatchGetIncidentFindings(ctx, &ssmincidents.BatchGetIncidentFindingsInput{IncidentRecordArn: &arn, FindingIds: []string{"x"}}))
	if l.Findings == nil || len(l.Findings) > 0 || b.Findings == nil || len(b.Findings) > 0 || b.Errors == nil {
		t.Errorf("%+v %+v", l, b)
	}
	none := arn + "0"
	_, err := c.ListIncidentFindings(ctx, &ssmincidents.ListIncidentFindingsInput{IncidentRecordArn: &none})
	refused[*types.ResourceNotFoundException](t, err)
	_, err = c.GetResourcePolicies(ctx, &ssmincidents.GetResourcePoliciesInput{ResourceArn: &arn})
	if err == nil || !strings.Contains(err.Error(), "NotImplementedException") {
		t.Errorf("what is not built answers %v", err)
	}
}
