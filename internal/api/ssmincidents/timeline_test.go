package ssmincidents_test

import (
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

func TestTimelineEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		arn := start(t, c, newPlan(t, c, "sec", nil))
		modified := *get(t, c, arn).LastModifiedTime
		at := time.Date(2020, 2, 29, 12, 30, 0, 250_000_000, time.UTC) // long before the incident

		in := &ssmincidents.CreateTimelineEventInput{IncidentRecordArn: &arn, EventType: awssdk.String("Note"), EventTime: &at, EventData: awssdk.String("not JSON <é>"),
			ClientToken: awssdk.String("tok"), EventReferences: []types.EventReference{&types.EventReferenceMemberResource{Value: arn},
				&types.EventReferenceMemberRelatedItemId{Value: "related-item/OTHER/" + strings.Repeat("A", 32)}}}
		made := must[*ssmincidents.CreateTimelineEventOutput](t)(c.CreateTimelineEvent(ctx, in))
		if again := must[*ssmincidents.CreateTimelineEventOutput](t)(c.CreateTimelineEvent(ctx, in)); *again.EventId != *made.EventId || *made.IncidentRecordArn != arn {
			t.Errorf("made %v, the repeat %v", *made.EventId, *again.EventId)
		}
		read := func(id string) *types.TimelineEvent {
			t.Helper()
			return must[*ssmincidents.GetTimelineEventOutput](t)(c.GetTimelineEvent(ctx, &ssmincidents.GetTimelineEventInput{IncidentRecordArn: &arn, EventId: &id})).Event
		}
		e := read(*made.EventId)
		if *e.EventData != "not JSON <é>" || *e.EventType != "Note" || !e.EventTime.Equal(at) || *e.IncidentRecordArn != arn {
			t.Errorf("event %+v", e)
		}
		if diff := cmp.Diff(in.EventReferences, e.EventReferences, wire); diff != "" {
			t.Error(diff)
		}
		if now := *get(t, c, arn).LastModifiedTime; !now.After(modified) {
			t.Errorf("a note left the incident's last change at %v", now)
		}

		// What is absent stays; an empty list clears.
		must[*ssmincidents.UpdateTimelineEventOutput](t)(c.UpdateTimelineEvent(ctx, &ssmincidents.UpdateTimelineEventInput{IncidentRecordArn: &arn, EventId: made.EventId, EventData: awssdk.String(`"x"`)}))
		if got := read(*made.EventId); *got.EventData != `"x"` || !got.EventTime.Equal(at) || len(got.EventReferences) != 2 || !got.EventUpdatedTime.After(*e.EventUpdatedTime) {
			t.Errorf("updated %+v", got)
		}
		later := at.Add(time.Hour)
		must[*ssmincidents.UpdateTimelineEventOutput](t)(c.UpdateTimelineEvent(ctx, &ssmincidents.UpdateTimelineEventInput{IncidentRecordArn: &arn, EventId: made.EventId,
			EventType: awssdk.String("Custom Event"), EventTime: &later, EventReferences: []types.EventReference{}}))
		if got := read(*made.EventId); *got.EventType != "Custom Event" || !got.EventTime.Equal(later) || len(got.EventReferences) != 0 {
			t.Errorf("updated %+v", got)
		}

		// What the service wrote stays as it is.
		_, ids := told(t, c, arn)
		ours := ids[len(ids)-1]
		_, err := c.UpdateTimelineEvent(ctx, &ssmincidents.UpdateTimelineEventInput{IncidentRecordArn: &arn, EventId: &ours, EventData: awssdk.String("x")})
		refused[*types.ValidationException](t, err)
		_, err = c.DeleteTimelineEvent(ctx, &ssmincidents.DeleteTimelineEventInput{IncidentRecordArn: &arn, EventId: &ours})
		refused[*types.ValidationException](t, err)
		for _, kind := range []string{"SSM Incident Trigger", "note", ""} {
			in := *in
			in.EventType, in.ClientToken = &kind, nil
			_, err = c.CreateTimelineEvent(ctx, &in)
			refused[*types.ValidationException](t, err)
			_, err = c.UpdateTimelineEvent(ctx, &ssmincidents.UpdateTimelineEventInput{IncidentRecordArn: &arn, EventId: made.EventId, EventType: &kind})
			refused[*types.ValidationException](t, err)
		}

		// An event belongs to its incident; deleting is idempotent.
		other := start(t, c, newPlan(t, c, "other", nil))
		_, err = c.GetTimelineEvent(ctx, &ssmincidents.GetTimelineEventInput{IncidentRecordArn: &other, EventId: made.EventId})
		if e := refused[*types.ResourceNotFoundException](t, err); e.ResourceType != types.ResourceTypeTimelineEvent {
			t.Errorf("%+v", e)
		}
		must[*ssmincidents.DeleteTimelineEventOutput](t)(c.DeleteTimelineEvent(ctx, &ssmincidents.DeleteTimelineEventInput{IncidentRecordArn: &other, EventId: made.EventId}))
		read(*made.EventId)
		for range 2 {
			must[*ssmincidents.DeleteTimelineEventOutput](t)(c.DeleteTimelineEvent(ctx, &ssmincidents.DeleteTimelineEventInput{IncidentRecordArn: &arn, EventId: made.EventId}))
		}
		_, err = c.GetTimelineEvent(ctx, &ssmincidents.GetTimelineEventInput{IncidentRecordArn: &arn, EventId: made.EventId})
		refused[*types.ResourceNotFoundException](t, err)
	})
}

func TestListTimelineEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Incidents()
		h.Set()
		arn := start(t, c, newPlan(t, c, "sec", nil))
		noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
		names := map[string]string{} // of events, by id
		for i, kind := range []string{"Note", "Custom Event", "Note", "Custom Event"} {
			in := &ssmincidents.CreateTimelineEventInput{IncidentRecordArn: &arn, EventType: &kind, EventTime: awssdk.Time(noon.Add(time.Duration(i/2) * time.Hour)), EventData: awssdk.String(`"x"`)}
			if i == 0 {
				in.EventReferences = []types.EventReference{&types.EventReferenceMemberResource{Value: arn}}
			}
			names[*must[*ssmincidents.CreateTimelineEventOutput](t)(c.CreateTimelineEvent(ctx, in)).EventId] = string(rune('a' + i))
		}
		list := func(size int32, order types.SortOrder, filters ...types.Filter) (got []string) {
			t.Helper()
			pages := ssmincidents.NewListTimelineEventsPaginator(c, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &arn, Filters: filters, MaxResults: &size, SortOrder: order, SortBy: types.TimelineEventSortEventTime})
			for pages.HasMorePages() {
				for _, e := range must[*ssmincidents.ListTimelineEventsOutput](t)(pages.NextPage(ctx)).EventSummaries {
					if names[*e.EventId] != "" {
						got = append(got, names[*e.EventId])
						continue
					}
					got = append(got, strings.TrimPrefix(*e.EventType, "SSM Incident "))
				}
			}
			return got
		}
		str := func(key string, v ...string) types.Filter {
			return types.Filter{Key: &key, Condition: &types.ConditionMemberEquals{Value: &types.AttributeValueListMemberStringValues{Value: v}}}
		}
		key := awssdk.String("eventTime")
		// Of the same instant, by id: which one of two is first is not promised, but the same in both orders.
		down := list(100, types.SortOrderDescending)
		up := list(100, types.SortOrderAscending)
		if len(down) != 6 || up[0] != "Trigger" || up[1] != "Start" {
			t.Fatalf("down %v, up %v", down, up)
		}
		if diff := cmp.Diff(down, list(100, "")); diff != "" {
			t.Errorf("the newest are not first by themselves: %s", diff)
		}
		for _, tt := range []struct {
			name    string
			filters []types.Filter
			want    string // of the ascending list
		}{
			{"all", nil, "Trigger Start a|b c|d"},
			{"trigger", []types.Filter{str("eventType", "SSM Incident Trigger")}, "Trigger"},
			{"notes", []types.Filter{str("eventType", "Note")}, "a c"},
			{"two types", []types.Filter{str("eventType", "Note", "SSM Incident Start")}, "Start a c"},
			{"reference", []types.Filter{str("eventReference", arn, "x")}, "a"},
			{"no reference", []types.Filter{str("eventReference", "")}, ""},
			{"after", []types.Filter{{Key: key, Condition: &types.ConditionMemberAfter{Value: noon}}}, "c|d"},
			{"before", []types.Filter{{Key: key, Condition: &types.ConditionMemberBefore{Value: noon}}}, "Trigger Start"},
			{"between", []types.Filter{{Key: key, Condition: &types.ConditionMemberAfter{Value: noon.Add(-time.Hour)}}, {Key: key, Condition: &types.ConditionMemberBefore{Value: noon.Add(time.Hour)}}, str("eventType", "Note")}, "a"},
		} {
			for _, size := range []int32{1, 2, 5, 100} {
				if got := list(size, types.SortOrderAscending, tt.filters...); !ordered(tt.want, got) {
					t.Errorf("%s in pages of %d: got %v, want %s", tt.name, size, got, tt.want)
				}
			}
		}
		if got := list(1, types.SortOrderDescending, str("eventType", "Note")); strings.Join(got, " ") != "c a" {
			t.Errorf("notes, the newest first: %v", got)
		}
		for _, none := range []string{arn + "0", strings.Replace(arn, "/sec/", "/other/", 1), strings.Replace(arn, "111122223333", "444455556666", 1)} {
			out := must[*ssmincidents.ListTimelineEventsOutput](t)(c.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &none}))
			if len(out.EventSummaries) > 0 {
				t.Errorf("%s has a timeline: %v", none, out.EventSummaries)
			}
		}
		// A token holds for its own order only.
		first := must[*ssmincidents.ListTimelineEventsOutput](t)(c.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &arn, MaxResults: awssdk.Int32(1)}))
		_, err := c.ListTimelineEvents(ctx, &ssmincidents.ListTimelineEventsInput{IncidentRecordArn: &arn, NextToken: first.NextToken, SortOrder: types.SortOrderAscending})
		refused[*types.ValidationException](t, err)
	})
}

// ordered holds a list against words of which "a|b" stands for both in any order.
func ordered(want string, got []string) bool {
	for _, w := range strings.Fields(want) {
		either := strings.Split(w, "|")
		if len(got) < len(either) {
			return false
		}
		if len(either) == 1 && got[0] != w || len(either) == 2 && got[0]+"|"+got[1] != w && got[1]+"|"+got[0] != w {
			return false
		}
		got = got[len(either):]
	}
	return len(got) == 0
}
