package ssmcontacts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func at(clock string) types.HandOffTime {
	var hour, minute int32
	if _, err := fmt.Sscanf(clock, "%d:%d", &hour, &minute); err != nil {
		panic(err)
	}
	return types.HandOffTime{HourOfDay: hour, MinuteOfHour: minute}
}

// daily is a recurrence with hand-offs each day.
func daily(clocks ...string) *types.RecurrenceSettings {
	r := &types.RecurrenceSettings{NumberOfOnCalls: awssdk.Int32(1), RecurrenceMultiplier: awssdk.Int32(1)}
	for _, c := range clocks {
		r.DailySettings = append(r.DailySettings, at(c))
	}
	return r
}

var wireRotation = cmp.Options{cmpopts.IgnoreUnexported(types.RecurrenceSettings{}, types.HandOffTime{}, types.CoverageTime{}, types.WeeklySetting{}, types.MonthlySetting{}, types.Rotation{}), cmpopts.EquateEmpty()}

func newRotation(t testing.TB, c *ssmcontacts.Client, in ssmcontacts.CreateRotationInput) (arn string) {
	t.Helper()
	if in.Name == nil {
		in.Name = awssdk.String("r")
	}
	if in.TimeZoneId == nil {
		in.TimeZoneId = awssdk.String("UTC")
	}
	if in.Recurrence == nil {
		in.Recurrence = daily("09:00")
	}
	return *must[*ssmcontacts.CreateRotationOutput](t)(c.CreateRotation(ctx, &in)).RotationArn
}

func getRotation(t testing.TB, c *ssmcontacts.Client, arn string) *ssmcontacts.GetRotationOutput {
	t.Helper()
	return must[*ssmcontacts.GetRotationOutput](t)(c.GetRotation(ctx, &ssmcontacts.GetRotationInput{RotationId: &arn}))
}

func TestRotation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		_, err := c.ListRotations(ctx, &ssmcontacts.ListRotationsInput{})
		if e := refused[*types.ValidationException](t, err); *e.Message != "Invalid value provided - Account not found for the request" {
			t.Errorf("without a replication set: %+v", e)
		}
		h.Set()
		ann, bob := newPerson(t, c, "ann"), newPerson(t, c, "bob")
		in := ssmcontacts.CreateRotationInput{Name: awssdk.String("Night 1._-"), ContactIds: []string{bob, ann}, TimeZoneId: awssdk.String("Europe/Berlin"), IdempotencyToken: awssdk.String("tok"),
			Tags: []types.Tag{{Key: awssdk.String("k"), Value: awssdk.String("v")}},
			Recurrence: &types.RecurrenceSettings{NumberOfOnCalls: awssdk.Int32(2), RecurrenceMultiplier: awssdk.Int32(3),
				WeeklySettings: []types.WeeklySetting{{DayOfWeek: types.DayOfWeekWed, HandOffTime: new(at("04:25"))}, {DayOfWeek: types.DayOfWeekMon, HandOffTime: new(at("07:34"))}},
				ShiftCoverages: map[string][]types.CoverageTime{"MON": {{Start: new(at("22:00")), End: new(at("06:00"))}, {Start: new(at("01:00")), End: new(at("02:00"))}}, "SUN": {}}}}
		arn := newRotation(t, c, in)
		if !strings.HasPrefix(arn, "arn:aws:ssm-contacts:us-east-1:111122223333:rotation/") {
			t.Errorf("arn %s", arn)
		}
		if again := newRotation(t, c, in); again != arn {
			t.Errorf("the repeat made %s", again)
		}
		got := getRotation(t, c, arn)
		if *got.RotationArn != arn || *got.Name != *in.Name || got.StartTime != nil || *got.TimeZoneId != "Europe/Berlin" || !slices.Equal(got.ContactIds, in.ContactIds) {
			t.Errorf("rotation %+v", got)
		}
		if diff := cmp.Diff(in.Recurrence, got.Recurrence, wireRotation); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]string{"k": "v"}, tagsOf(t, c, arn)); diff != "" {
			t.Error(diff)
		}
		must[*ssmcontacts.TagResourceOutput](t)(c.TagResource(ctx, &ssmcontacts.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: awssdk.String("l"), Value: awssdk.String("w")}}}))
		must[*ssmcontacts.UntagResourceOutput](t)(c.UntagResource(ctx, &ssmcontacts.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"k"}}))
		if diff := cmp.Diff(map[string]string{"l": "w"}, tagsOf(t, c, arn)); diff != "" {
			t.Error(diff)
		}

		// What an update leaves out stays, but for Recurrence.
		start := time.Date(2026, 12, 24, 18, 30, 15, 0, time.UTC)
		must[*ssmcontacts.UpdateRotationOutput](t)(c.UpdateRotation(ctx, &ssmcontacts.UpdateRotationInput{RotationId: &arn, StartTime: &start, Recurrence: daily("09:00", "08:00")}))
		got = getRotation(t, c, arn)
		if !slices.Equal(got.ContactIds, in.ContactIds) || !got.StartTime.Equal(start) || *got.TimeZoneId != "Europe/Berlin" {
			t.Errorf("after the update %+v", got)
		}
		if diff := cmp.Diff(daily("09:00", "08:00"), got.Recurrence, wireRotation); diff != "" {
			t.Error(diff)
		}
		must[*ssmcontacts.UpdateRotationOutput](t)(c.UpdateRotation(ctx, &ssmcontacts.UpdateRotationInput{RotationId: &arn, ContactIds: []string{ann}, TimeZoneId: awssdk.String("UTC"), Recurrence: daily("09:00")}))
		if got = getRotation(t, c, arn); !slices.Equal(got.ContactIds, []string{ann}) || *got.TimeZoneId != "UTC" || !got.StartTime.Equal(start) {
			t.Errorf("after the second update %+v", got)
		}

		// Who takes turns cannot be deleted; the answer names where.
		_, err = c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &ann})
		e := refused[*types.ConflictException](t, err)
		if len(e.DependentEntities) != 1 || *e.DependentEntities[0].RelationType != "ROTATION" || !slices.Equal(e.DependentEntities[0].DependentResourceIds, []string{arn}) || *e.ResourceId != ann {
			t.Errorf("%+v", e)
		}
		must[*ssmcontacts.DeleteContactOutput](t)(c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &bob}))

		// Deleting a rotation takes it out of every schedule.
		other := newRotation(t, c, ssmcontacts.CreateRotationInput{ContactIds: []string{ann}})
		schedule := *must[*ssmcontacts.CreateContactOutput](t)(c.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: awssdk.String("s"), Type: types.ContactTypeOncallSchedule,
			Plan: &types.Plan{RotationIds: []string{arn, other}}})).ContactArn
		must[*ssmcontacts.DeleteRotationOutput](t)(c.DeleteRotation(ctx, &ssmcontacts.DeleteRotationInput{RotationId: &arn}))
		if got := getContact(t, c, schedule); !slices.Equal(got.Plan.RotationIds, []string{other}) {
			t.Errorf("schedule %v", got.Plan.RotationIds)
		}
		_, err = c.GetRotation(ctx, &ssmcontacts.GetRotationInput{RotationId: &arn})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != arn || *e.ResourceType != "ROTATION" {
			t.Errorf("%+v", e)
		}
		_, err = h.StrangerContacts().GetRotation(ctx, &ssmcontacts.GetRotationInput{RotationId: &other})
		if err == nil {
			t.Error("another account sees the rotation")
		}
	})
}

func TestListRotations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		ann := newPerson(t, c, "ann")
		for _, name := range []string{"b", "a 1", "a_1", "a 1", "B"} {
			newRotation(t, c, ssmcontacts.CreateRotationInput{Name: &name, ContactIds: []string{ann}})
		}
		newRotation(t, h.Contacts("eu-west-1"), ssmcontacts.CreateRotationInput{Name: awssdk.String("far"), ContactIds: []string{ann}})
		for _, tt := range []struct {
			in   ssmcontacts.ListRotationsInput
			want string
		}{
			{ssmcontacts.ListRotationsInput{}, "B|a 1|a 1|a_1|b"},
			{ssmcontacts.ListRotationsInput{MaxResults: awssdk.Int32(1)}, "B|a 1|a 1|a_1|b"},
			{ssmcontacts.ListRotationsInput{MaxResults: awssdk.Int32(2), RotationNamePrefix: awssdk.String("a")}, "a 1|a 1|a_1"},
			{ssmcontacts.ListRotationsInput{RotationNamePrefix: awssdk.String("a_")}, "a_1"},
		} {
			var got []string
			for pages := ssmcontacts.NewListRotationsPaginator(c, &tt.in); pages.HasMorePages(); {
				for _, r := range must[*ssmcontacts.ListRotationsOutput](t)(pages.NextPage(ctx)).Rotations {
					if got = append(got, *r.Name); !slices.Equal(r.ContactIds, []string{ann}) || *r.TimeZoneId != "UTC" || cmp.Diff(daily("09:00"), r.Recurrence, wireRotation) != "" {
						t.Errorf("rotation %+v", r)
					}
				}
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("%+v lists %q, want %q", tt.in, s, tt.want)
			}
		}
	})
}

// shiftLines writes shifts as tests compare them.
func shiftLines(all []types.RotationShift) (out []string) {
	short := func(ids []string) string {
		var names []string
		for _, id := range ids {
			names = append(names, id[strings.LastIndexByte(id, '/')+1:])
		}
		return strings.Join(names, "+")
	}
	for _, s := range all {
		line := fmt.Sprintf("%s %s–%s %s", s.Type, s.StartTime.UTC().Format("02T15:04"), s.EndTime.UTC().Format("02T15:04"), short(s.ContactIds))
		if s.ShiftDetails != nil {
			line += " for " + short(s.ShiftDetails.OverriddenContactIds)
		}
		out = append(out, line)
	}
	return out
}

func TestShiftsAndOverrides(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		ann, bob, cat := newPerson(t, c, "ann"), newPerson(t, c, "bob"), newPerson(t, c, "cat")
		start := time.Date(2026, 3, 28, 8, 0, 0, 0, time.UTC) // 9:00 in Berlin; on the 29th the clocks are changed
		day := func(n int) *time.Time { return new(start.AddDate(0, 0, n)) }
		arn := newRotation(t, c, ssmcontacts.CreateRotationInput{ContactIds: []string{ann, bob}, StartTime: &start, TimeZoneId: awssdk.String("Europe/Berlin")})
		in := ssmcontacts.CreateRotationOverrideInput{RotationId: &arn, NewContactIds: []string{cat}, StartTime: new(start.Add(12 * time.Hour)), EndTime: new(start.Add(36 * time.Hour)), IdempotencyToken: awssdk.String("tok")}
		id := *must[*ssmcontacts.CreateRotationOverrideOutput](t)(c.CreateRotationOverride(ctx, &in)).RotationOverrideId
		if again := *must[*ssmcontacts.CreateRotationOverrideOutput](t)(c.CreateRotationOverride(ctx, &in)).RotationOverrideId; again != id {
			t.Errorf("the repeat made %s", again)
		}
		got := must[*ssmcontacts.GetRotationOverrideOutput](t)(c.GetRotationOverride(ctx, &ssmcontacts.GetRotationOverrideInput{RotationId: &arn, RotationOverrideId: &id}))
		if *got.RotationArn != arn || *got.RotationOverrideId != id || !slices.Equal(got.NewContactIds, in.NewContactIds) || !got.StartTime.Equal(*in.StartTime) || !got.EndTime.Equal(*in.EndTime) || got.CreateTime == nil {
			t.Errorf("override %+v", got)
		}
		nobody := *must[*ssmcontacts.CreateRotationOverrideOutput](t)(c.CreateRotationOverride(ctx, &ssmcontacts.CreateRotationOverrideInput{RotationId: &arn, NewContactIds: []string{},
			StartTime: new(start.Add(35 * time.Hour)), EndTime: new(start.Add(37 * time.Hour))})).RotationOverrideId
		want := []string{"REGULAR 28T08:00–28T20:00 ann", "OVERRIDDEN 28T20:00–29T07:00 cat for ann", "OVERRIDDEN 29T07:00–29T19:00 cat for bob", "OVERRIDDEN 29T19:00–29T21:00  for bob",
			"REGULAR 29T21:00–30T07:00 bob", "REGULAR 30T07:00–31T07:00 ann"}
		list := func(in ssmcontacts.ListRotationShiftsInput) (out []string) {
			t.Helper()
			in.RotationId = &arn
			for pages := ssmcontacts.NewListRotationShiftsPaginator(c, &in); pages.HasMorePages(); {
				out = append(out, shiftLines(must[*ssmcontacts.ListRotationShiftsOutput](t)(pages.NextPage(ctx)).RotationShifts)...)
			}
			return out
		}
		for _, size := range []*int32{nil, awssdk.Int32(1), awssdk.Int32(2), awssdk.Int32(6)} {
			if diff := cmp.Diff(want, list(ssmcontacts.ListRotationShiftsInput{StartTime: day(-30), EndTime: day(2), MaxResults: size})); diff != "" {
				t.Errorf("by pages of %v: %s", awssdk.ToInt32(size), diff)
			}
		}
		if diff := cmp.Diff(want[1:3], list(ssmcontacts.ListRotationShiftsInput{StartTime: new(start.Add(13 * time.Hour)), EndTime: day(1)})); diff != "" {
			t.Error(diff)
		}
		if got := list(ssmcontacts.ListRotationShiftsInput{EndTime: new(time.Now().Add(25 * time.Hour))}); len(got) < 2 || len(got) > 3 {
			t.Errorf("from now: %v", got)
		}

		overrides := func(from, to *time.Time, size int32) (ids []string) {
			t.Helper()
			for pages := ssmcontacts.NewListRotationOverridesPaginator(c, &ssmcontacts.ListRotationOverridesInput{RotationId: &arn, StartTime: from, EndTime: to, MaxResults: &size}); pages.HasMorePages(); {
				for _, o := range must[*ssmcontacts.ListRotationOverridesOutput](t)(pages.NextPage(ctx)).RotationOverrides {
					if ids = append(ids, *o.RotationOverrideId); o.CreateTime == nil || o.StartTime == nil || o.EndTime == nil || o.NewContactIds == nil {
						t.Errorf("override %+v", o)
					}
				}
			}
			return ids
		}
		for _, size := range []int32{0, 1, 2} {
			if got := overrides(day(0), day(3), size); !slices.Equal(got, []string{id, nobody}) {
				t.Errorf("overrides %v", got)
			}
		}
		if got := overrides(in.EndTime, day(3), 0); !slices.Equal(got, []string{nobody}) {
			t.Errorf("overrides after the first %v", got)
		}
		if got := overrides(day(-1), in.StartTime, 0); len(got) != 0 {
			t.Errorf("overrides before the first %v", got)
		}
		must[*ssmcontacts.DeleteRotationOverrideOutput](t)(c.DeleteRotationOverride(ctx, &ssmcontacts.DeleteRotationOverrideInput{RotationId: &arn, RotationOverrideId: &id}))
		_, err := c.DeleteRotationOverride(ctx, &ssmcontacts.DeleteRotationOverrideInput{RotationId: &arn, RotationOverrideId: &id})
		if e := refused[*types.ResourceNotFoundException](t, err); *e.ResourceId != id || *e.ResourceType != "ROTATION_OVERRIDE" {
			t.Errorf("%+v", e)
		}
		if got := list(ssmcontacts.ListRotationShiftsInput{StartTime: day(0), EndTime: day(1)}); !slices.Equal(got[:1], []string{"REGULAR 28T08:00–29T07:00 ann"}) {
			t.Errorf("without the override %v", got)
		}

		// Who is to stand in for somebody cannot be deleted either.
		must[*ssmcontacts.CreateRotationOverrideOutput](t)(c.CreateRotationOverride(ctx, &ssmcontacts.CreateRotationOverrideInput{RotationId: &arn, NewContactIds: []string{cat},
			StartTime: new(time.Now().Add(time.Hour)), EndTime: new(time.Now().Add(2 * time.Hour))}))
		_, err = c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &cat})
		if e := refused[*types.ConflictException](t, err); len(e.DependentEntities) != 1 || *e.DependentEntities[0].RelationType != "ROTATION_OVERRIDE" {
			t.Errorf("%+v", e)
		}
	})
}

func TestPreview(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Contacts(here)
	h.Set()
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	recurrence := daily("09:00")
	recurrence.NumberOfOnCalls = awssdk.Int32(2)
	in := ssmcontacts.ListPreviewRotationShiftsInput{RotationStartTime: &start, EndTime: new(start.AddDate(0, 0, 3)), Members: []string{"x", "any text: ü", "z"}, TimeZoneId: awssdk.String("UTC"), Recurrence: recurrence,
		Overrides: []types.PreviewOverride{{NewMembers: []string{"o"}, StartTime: &start, EndTime: new(start.Add(time.Hour))}, {NewMembers: []string{}, StartTime: &start, EndTime: new(start.Add(time.Minute))}}}
	list := func(in ssmcontacts.ListPreviewRotationShiftsInput) (out []string) {
		t.Helper()
		for pages := ssmcontacts.NewListPreviewRotationShiftsPaginator(c, &in); pages.HasMorePages(); {
			out = append(out, shiftLines(must[*ssmcontacts.ListPreviewRotationShiftsOutput](t)(pages.NextPage(ctx)).RotationShifts)...)
		}
		return out
	}
	want := []string{"OVERRIDDEN 23T09:00–23T09:01  for x+any text: ü", "OVERRIDDEN 23T09:01–23T10:00 o for x+any text: ü", "REGULAR 23T10:00–24T09:00 x+any text: ü", "REGULAR 24T09:00–25T09:00 z+x", "REGULAR 25T09:00–26T09:00 any text: ü+z"}
	for _, size := range []int32{0, 1, 3} {
		in.MaxResults = &size
		if diff := cmp.Diff(want, list(in)); diff != "" {
			t.Errorf("by pages of %d: %s", size, diff)
		}
	}
	in.StartTime = new(start.AddDate(0, 0, 2))
	if diff := cmp.Diff(want[4:], list(in)); diff != "" {
		t.Error(diff)
	}
	in.RotationStartTime = nil // the rotation would begin where the list does
	if diff := cmp.Diff([]string{"REGULAR 25T09:00–26T09:00 x+any text: ü"}, list(in)); diff != "" {
		t.Error(diff)
	}
}
