package ssmcontacts_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// TestBadRequests sends each operation what it must refuse, looks that nothing
// was written, and that validation errors name the field.
func TestBadRequests(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Contacts(here)
	h.Set()
	alice, channel := reachable(h, c, "alice")
	e := engage(t, c, alice)
	page := *pagesOf(h, c, e, 1)[0].PageArn
	team := newContact(t, c, "team", types.ContactTypeEscalation)
	rotation := *must[*ssmcontacts.CreateRotationOutput](t)(c.CreateRotation(ctx, &ssmcontacts.CreateRotationInput{Name: awssdk.String("r"), ContactIds: []string{alice},
		TimeZoneId: awssdk.String("UTC"), Recurrence: daily("09:00")})).RotationArn
	x := strings.NewReplacer("ALICE", alice, "TEAM", team, "ROTATION", rotation, "DAILY", `{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}`,
		"UUID", "00000000-0000-0000-0000-000000000000", "CHANNEL", channel, "ENG", e, "PAGE", page, "LONG", strings.Repeat("x", 2049),
		"MANY", strings.Repeat(`{"DurationInMinutes":1,"Targets":[]},`, 101)+`{"DurationInMinutes":1,"Targets":[]}`)
	const invalid, notFound, conflict, malformed = "ValidationException", "ResourceNotFoundException", "ConflictException", "SerializationException"
	before := h.Writes()
	for _, tt := range []struct{ op, body, want, field string }{
		{"CreateContact", `{"Alias":"alice","Type":"PERSONAL","Plan":{"Stages":[]}}`, conflict, ""},
		{"CreateContact", `{"Alias":"Alice","Type":"PERSONAL","Plan":{"Stages":[]}}`, invalid, "Alias"},
		{"CreateContact", `{"Alias":"","Type":"PERSONAL","Plan":{"Stages":[]}}`, invalid, "Alias"},
		{"CreateContact", `{"Alias":"a","Type":"ROBOT","Plan":{"Stages":[]}}`, invalid, "Type"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL"}`, invalid, "Plan"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","DisplayName":"<x>","Plan":{"Stages":[]}}`, invalid, "DisplayName"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":31,"Targets":[]}]}}`, invalid, "DurationInMinutes"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":0,"Targets":[]}]}}`, invalid, "Plan.Stages[0].DurationInMinutes"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1}]}}`, invalid, "Targets"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{}]}]}}`, invalid, "Plan.Stages"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ContactTargetInfo":{"ContactId":"ALICE","IsEssential":true}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"ESCALATION","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ChannelTargetInfo":{"ContactChannelId":"CHANNEL"}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"ESCALATION","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ContactTargetInfo":{"IsEssential":true}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ChannelTargetInfo":{"ContactChannelId":"CHANNEL","RetryIntervalInMinutes":61}}]}]}}`, invalid, "RetryIntervalInMinutes"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ChannelTargetInfo":{"ContactChannelId":"CHANNEL"},"ContactTargetInfo":{"ContactId":"ALICE","IsEssential":true}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[MANY]}}`, invalid, "Plan.Stages"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ChannelTargetInfo":{"ContactChannelId":"ALICE"}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"ESCALATION","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ContactTargetInfo":{"ContactId":"CHANNEL","IsEssential":true}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"RotationIds":["arn:aws:ssm-contacts:us-east-1:111122223333:rotation/x"]}}`, invalid, "Plan.RotationIds"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[]},"Tags":[{"Key":"a"}]}`, invalid, "Tags[0].Value"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[]},"Tags":[{"Key":"a","Value":"b"},{"Value":"b"}]}`, invalid, "Tags[1].Key"},
		{"CreateContact", `{"Alias":"a","Type":"PERSONAL","Plan":[]}`, malformed, ""},
		{"CreateContact", `[]`, malformed, ""},
		{"GetContact", `{"ContactId":"x"}`, invalid, "ContactId"},
		{"GetContact", `{}`, invalid, "ContactId"},
		{"GetContact", `{"ContactId":"ALICEx"}`, notFound, ""},
		{"GetContact", `{"ContactId":"CHANNEL"}`, notFound, ""},
		{"UpdateContact", `{"ContactId":"ALICEx"}`, notFound, ""},
		{"UpdateContact", `{"ContactId":"ALICE","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ContactTargetInfo":{"ContactId":"ALICE","IsEssential":true}}]}]}}`, invalid, "Plan.Stages[0].Targets[0]"},
		{"DeleteContact", `{"ContactId":"ALICEx"}`, notFound, ""},
		{"ListContacts", `{"MaxResults":1025}`, invalid, "MaxResults"},
		{"ListContacts", `{"AliasPrefix":"A"}`, invalid, "AliasPrefix"},
		{"ListContacts", `{"NextToken":"."}`, invalid, "NextToken"},
		{"ListContacts", `{"NextToken":"abc"}`, invalid, "NextToken"},
		{"ListRotations", `{"NextToken":"abc"}`, invalid, "NextToken"},

		{"CreateContact", `{"Alias":"a","Type":"ONCALL_SCHEDULE","Plan":{"RotationIds":["ROTATION","ALICE"]}}`, invalid, "Plan.RotationIds[1]"},
		{"CreateContact", `{"Alias":"a","Type":"ONCALL_SCHEDULE","Plan":{"RotationIds":["x"]}}`, invalid, "RotationIds"},
		{"DeleteContact", `{"ContactId":"ALICE"}`, conflict, ""},

		{"CreateRotation", `{"Name":"n","ContactIds":[],"TimeZoneId":"UTC","Recurrence":DAILY}`, invalid, "ContactIds"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICEx"],"TimeZoneId":"UTC","Recurrence":DAILY}`, notFound, ""},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE","TEAM"],"TimeZoneId":"UTC","Recurrence":DAILY}`, invalid, "ContactIds[1]"},
		{"CreateRotation", `{"Name":"n/","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":DAILY}`, invalid, "Name"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"PST","Recurrence":DAILY}`, invalid, "TimeZoneId"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"Local","Recurrence":DAILY}`, invalid, "TimeZoneId"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"Recurrence":DAILY}`, invalid, "TimeZoneId"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC"}`, invalid, "Recurrence"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`, invalid, "Recurrence"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"MonthlySettings":[{"DayOfMonth":1,"HandOffTime":{"HourOfDay":9,"MinuteOfHour":0}}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`, invalid, "Recurrence"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":24,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`, invalid, "HourOfDay"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"WeeklySettings":[{"DayOfWeek":"XXX","HandOffTime":{"HourOfDay":9,"MinuteOfHour":0}}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`, invalid, "DayOfWeek"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"MonthlySettings":[{"DayOfMonth":32,"HandOffTime":{"HourOfDay":9,"MinuteOfHour":0}}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`, invalid, "DayOfMonth"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":0,"RecurrenceMultiplier":1}}`, invalid, "NumberOfOnCalls"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":101}}`, invalid, "RecurrenceMultiplier"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1,"ShiftCoverages":{"MON":[{"Start":{"HourOfDay":9,"MinuteOfHour":0}}]}}}`, invalid, "Recurrence.ShiftCoverages.MON[0]"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1,"ShiftCoverages":{"MON":[{"Start":{"HourOfDay":9,"MinuteOfHour":0},"End":{"HourOfDay":9,"MinuteOfHour":15}}]}}}`, invalid, "Recurrence.ShiftCoverages.MON[0]"},
		{"CreateRotation", `{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":DAILY,"Tags":[{"Key":"a"}]}`, invalid, "Tags[0].Value"},
		{"GetRotation", `{"RotationId":"ROTATIONx"}`, notFound, ""},
		{"GetRotation", `{"RotationId":"ALICE"}`, notFound, ""},
		{"GetRotation", `{"RotationId":"x"}`, invalid, "RotationId"},
		{"UpdateRotation", `{"RotationId":"ROTATION"}`, invalid, "Recurrence"},
		{"UpdateRotation", `{"RotationId":"ROTATIONx","Recurrence":DAILY}`, notFound, ""},
		{"UpdateRotation", `{"RotationId":"ROTATION","Recurrence":DAILY,"ContactIds":["TEAM"]}`, invalid, "ContactIds[0]"},
		{"UpdateRotation", `{"RotationId":"ROTATION","Recurrence":DAILY,"ContactIds":[]}`, invalid, "ContactIds"},
		{"UpdateRotation", `{"RotationId":"ROTATION","Recurrence":DAILY,"TimeZoneId":"Mars/Olympus"}`, invalid, "TimeZoneId"},
		{"DeleteRotation", `{"RotationId":"ROTATIONx"}`, notFound, ""},
		{"CreateRotationOverride", `{"RotationId":"ROTATIONx","NewContactIds":[],"StartTime":1760000000,"EndTime":1760003600}`, notFound, ""},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","StartTime":1760000000,"EndTime":1760003600}`, invalid, "NewContactIds"},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","NewContactIds":["ALICEx"],"StartTime":1760000000,"EndTime":1760003600}`, notFound, ""},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","NewContactIds":["TEAM"],"StartTime":1760000000,"EndTime":1760003600}`, invalid, "NewContactIds[0]"},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","NewContactIds":[],"StartTime":1760000000,"EndTime":1760001799}`, invalid, "EndTime"},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","NewContactIds":[],"StartTime":1760003600,"EndTime":1760000000}`, invalid, "EndTime"},
		{"CreateRotationOverride", `{"RotationId":"ROTATION","NewContactIds":[],"StartTime":1760000000,"EndTime":99999999999}`, invalid, "EndTime"},
		{"GetRotationOverride", `{"RotationId":"ROTATION","RotationOverrideId":"UUID"}`, notFound, ""},
		{"GetRotationOverride", `{"RotationId":"ROTATIONx","RotationOverrideId":"UUID"}`, notFound, ""},
		{"GetRotationOverride", `{"RotationId":"ROTATION","RotationOverrideId":"x"}`, invalid, "RotationOverrideId"},
		{"DeleteRotationOverride", `{"RotationId":"ROTATION","RotationOverrideId":"UUID"}`, notFound, ""},
		{"ListRotationOverrides", `{"RotationId":"ROTATION","StartTime":1760000000}`, invalid, "EndTime"},
		{"ListRotationOverrides", `{"RotationId":"ROTATION","StartTime":1760000000,"EndTime":1760000000}`, invalid, "EndTime"},
		{"ListRotationOverrides", `{"RotationId":"ROTATIONx","StartTime":1760000000,"EndTime":1760000001}`, notFound, ""},
		{"ListRotationOverrides", `{"RotationId":"ROTATION","StartTime":1760000000,"EndTime":1760000001,"NextToken":"abc"}`, invalid, "NextToken"},
		{"ListRotationShifts", `{"RotationId":"ROTATION"}`, invalid, "EndTime"},
		{"ListRotationShifts", `{"RotationId":"ROTATION","EndTime":1760000000}`, invalid, "EndTime"}, // before now
		{"ListRotationShifts", `{"RotationId":"ROTATIONx","EndTime":99999999999}`, notFound, ""},
		{"ListRotationShifts", `{"RotationId":"ROTATION","EndTime":99999999999,"NextToken":"abc"}`, invalid, "NextToken"},
		{"ListPreviewRotationShifts", `{"EndTime":99999999999,"Members":[],"TimeZoneId":"UTC","Recurrence":DAILY}`, invalid, "Members"},
		{"ListPreviewRotationShifts", `{"EndTime":99999999999,"Members":["a"],"TimeZoneId":"EST","Recurrence":DAILY}`, invalid, "TimeZoneId"},
		{"ListPreviewRotationShifts", `{"EndTime":1,"Members":["a"],"TimeZoneId":"UTC","Recurrence":DAILY}`, invalid, "EndTime"},
		{"ListPreviewRotationShifts", `{"EndTime":99999999999,"Members":["a"],"TimeZoneId":"UTC","Recurrence":DAILY,"Overrides":[{"NewMembers":[],"StartTime":1}]}`, invalid, "Overrides[0]"},

		{"CreateContactChannel", `{"ContactId":"ALICEx","Name":"n","Type":"EMAIL","DeliveryAddress":{"SimpleAddress":"a@example.org"}}`, invalid, "ContactId"},
		{"CreateContactChannel", `{"ContactId":"ALICE","Name":"n","Type":"FAX","DeliveryAddress":{"SimpleAddress":"a@example.org"}}`, invalid, "Type"},
		{"CreateContactChannel", `{"ContactId":"ALICE","Name":"<n>","Type":"EMAIL","DeliveryAddress":{"SimpleAddress":"a@example.org"}}`, invalid, "Name"},
		{"CreateContactChannel", `{"ContactId":"ALICE","Name":"n","Type":"EMAIL","DeliveryAddress":{}}`, invalid, "SimpleAddress"},
		{"CreateContactChannel", `{"ContactId":"ALICE","Name":"n","Type":"EMAIL","DeliveryAddress":{"SimpleAddress":"alice@example.org"}}`, conflict, ""},
		{"GetContactChannel", `{"ContactChannelId":"CHANNELx"}`, notFound, ""},
		{"UpdateContactChannel", `{"ContactChannelId":"CHANNELx"}`, notFound, ""},
		{"UpdateContactChannel", `{"ContactChannelId":"CHANNEL","DeliveryAddress":{"SimpleAddress":"no"}}`, invalid, "SimpleAddress"},
		{"UpdateContactChannel", `{"ContactChannelId":"CHANNEL","DeliveryAddress":{}}`, invalid, "SimpleAddress"},
		{"DeleteContactChannel", `{"ContactChannelId":"CHANNELx"}`, notFound, ""},
		{"ListContactChannels", `{"ContactId":"ALICEx"}`, notFound, ""},
		{"ListContactChannels", `{"ContactId":"ALICE","NextToken":"abc"}`, invalid, "NextToken"},
		{"SendActivationCode", `{"ContactChannelId":"CHANNELx"}`, notFound, ""},
		{"SendActivationCode", `{"ContactChannelId":"CHANNEL"}`, invalid, ""}, // is activated
		{"ActivateContactChannel", `{"ContactChannelId":"CHANNELx","ActivationCode":"123456"}`, notFound, ""},
		{"ActivateContactChannel", `{"ContactChannelId":"CHANNEL","ActivationCode":"12345"}`, invalid, "ActivationCode"},
		{"ActivateContactChannel", `{"ContactChannelId":"CHANNEL","ActivationCode":"12345a"}`, invalid, "ActivationCode"},
		{"DeactivateContactChannel", `{"ContactChannelId":"CHANNELx"}`, notFound, ""},

		{"StartEngagement", `{"ContactId":"ALICEx","Sender":"s","Subject":"s","Content":"c"}`, notFound, ""},
		{"StartEngagement", `{"ContactId":"ALICE","Sender":"<s>","Subject":"s","Content":"c"}`, invalid, "Sender"},
		{"StartEngagement", `{"ContactId":"ALICE","Sender":"s","Subject":"","Content":"c"}`, invalid, "Subject"},
		{"StartEngagement", `{"ContactId":"ALICE","Sender":"s","Subject":"LONG","Content":"c"}`, invalid, "Subject"},
		{"StartEngagement", `{"ContactId":"ALICE","Sender":"s","Subject":"s"}`, invalid, "Content"},
		{"StopEngagement", `{"EngagementId":"ENGx"}`, notFound, ""},
		{"DescribeEngagement", `{"EngagementId":"ENGx"}`, notFound, ""},
		{"DescribeEngagement", `{"EngagementId":"PAGE"}`, notFound, ""},
		{"ListEngagements", `{"MaxResults":-1}`, invalid, "MaxResults"},
		{"ListEngagements", `{"NextToken":"abc"}`, invalid, "NextToken"},
		{"ListEngagements", `{"TimeRangeValue":{"StartTime":2,"EndTime":1}}`, invalid, "TimeRangeValue"},
		{"AcceptPage", `{"PageId":"PAGEx","AcceptType":"READ","AcceptCode":"123456"}`, notFound, ""},
		{"AcceptPage", `{"PageId":"PAGE","AcceptType":"SEEN","AcceptCode":"123456"}`, invalid, "AcceptType"},
		{"AcceptPage", `{"PageId":"PAGE","AcceptType":"READ","AcceptCode":"12"}`, invalid, "AcceptCode"},
		{"AcceptPage", `{"PageId":"PAGE","AcceptType":"READ"}`, invalid, "AcceptCode"},
		{"AcceptPage", `{"PageId":"PAGE","AcceptType":"READ","AcceptCode":"123456","ContactChannelId":"CHANNELx"}`, invalid, "ContactChannelId"},
		{"DescribePage", `{"PageId":"PAGEx"}`, notFound, ""},
		{"ListPagesByContact", `{"ContactId":"ALICEx"}`, notFound, ""},
		{"ListPagesByContact", `{"ContactId":"ALICE","NextToken":"abc"}`, invalid, "NextToken"},
		{"ListPagesByEngagement", `{"EngagementId":"ENGx"}`, notFound, ""},
		{"ListPageReceipts", `{"PageId":"PAGEx"}`, notFound, ""},
		{"ListPageReceipts", `{"PageId":"PAGE","NextToken":"abc"}`, invalid, "NextToken"},
		{"ListPageResolutions", `{"PageId":"PAGEx"}`, notFound, ""},
		{"ListPageResolutions", `{"PageId":"PAGE","NextToken":"abc"}`, invalid, "NextToken"},

		{"TagResource", `{"ResourceARN":"ALICEx","Tags":[{"Key":"a","Value":"b"}]}`, notFound, ""},
		{"TagResource", `{"ResourceARN":"ALICE","Tags":[{"Key":"a b","Value":"b"}]}`, invalid, "Key"},
		{"TagResource", `{"ResourceARN":"ALICE","Tags":[{"Key":"a","Value":""}]}`, invalid, "Value"},
		{"TagResource", `{"ResourceARN":"ALICE","Tags":[{"Key":"a","Value":"b"},{"Key":"a","Value":"c"}]}`, invalid, "Tags[1].Key"},
		{"UntagResource", `{"ResourceARN":"ALICEx","TagKeys":["a"]}`, notFound, ""},
		{"ListTagsForResource", `{"ResourceARN":"CHANNEL"}`, notFound, ""},
		{"PutContactPolicy", `{"ContactArn":"ALICE","Policy":"{}"}`, invalid, "Policy"},
		{"PutContactPolicy", `{"ContactArn":"CHANNEL","Policy":"{\"Statement\":[]}"}`, notFound, ""},
		{"Nothing", `{}`, "UnknownOperationException", ""},
	} {
		got := h.JSON(tt.op, x.Replace(tt.body))
		status := http.StatusBadRequest
		if tt.want == "NotImplementedException" {
			status = http.StatusNotImplemented
		}
		if got.Type != tt.want || got.Status != status || got.Message == "" || !strings.Contains(strings.ToLower(fmt.Sprint(got.Fields)), strings.ToLower(tt.field)) {
			t.Errorf("%s %s\nanswers %+v\nwant %s of %q", tt.op, tt.body, got, tt.want, tt.field)
		}
	}
	if n := h.Writes(); n != before {
		t.Errorf("%d changes were written", n-before)
	}
}

// TestWithoutReplicationSet: all is refused but the list that clients ask first.
func TestWithoutReplicationSet(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	arn := func(kind string) string { return "arn:aws:ssm-contacts:us-east-1:111122223333:" + kind }
	x := strings.NewReplacer("CONTACT", arn("contact/a"), "CHANNEL", arn("contact-channel/a/1"), "ENG", arn("engagement/a/1"), "PAGE", arn("page/a/1"))
	for op, body := range map[string]string{
		"CreateContact": `{"Alias":"a","Type":"PERSONAL","Plan":{"Stages":[]}}`, "GetContact": `{"ContactId":"CONTACT"}`, "UpdateContact": `{"ContactId":"CONTACT"}`,
		"DeleteContact": `{"ContactId":"CONTACT"}`, "ListContacts": `{}`, "ListRotations": `{}`, "ListPreviewRotationShifts": `{"EndTime":1,"Members":["a"],"TimeZoneId":"UTC","Recurrence":{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}}`,
		"GetRotation": `{"RotationId":"CONTACT"}`, "GetContactChannel": `{"ContactChannelId":"CHANNEL"}`,
		"CreateContactChannel": `{"ContactId":"CONTACT","Name":"n","Type":"EMAIL","DeliveryAddress":{"SimpleAddress":"a@example.org"}}`,
		"ListContactChannels":  `{"ContactId":"CONTACT"}`, "ListEngagements": `{}`, "DescribeEngagement": `{"EngagementId":"ENG"}`, "DescribePage": `{"PageId":"PAGE"}`,
		"AcceptPage": `{"PageId":"PAGE","AcceptType":"READ","AcceptCode":"123456"}`, "ListTagsForResource": `{"ResourceARN":"CONTACT"}`,
		"TagResource": `{"ResourceARN":"CONTACT","Tags":[{"Key":"a","Value":"b"}]}`,
	} {
		got := h.JSON(op, x.Replace(body))
		if op == "ListContacts" {
			if got.Status != 200 || got.Body != `{"Contacts":[]}` {
				t.Errorf("ListContacts answers %+v", got)
			}
			continue
		}
		if got.Type != "ValidationException" || got.Message != "Invalid value provided - Account not found for the request" {
			t.Errorf("%s answers %+v", op, got)
		}
	}
	if n := h.Writes(); n != 0 {
		t.Errorf("%d changes were written", n)
	}
}

// FuzzOperations calls any operation with any input: there is an answer or one
// of the service's exceptions, never a fault of ours.
func FuzzOperations(f *testing.F) {
	h := apitest.New(f, dbtest.SQLite(f))
	c := h.Contacts(here)
	h.Set()
	alice, channel := reachable(h, c, "alice")
	e := engage(f, c, alice)
	team := newContact(f, c, "team", types.ContactTypeEscalation)
	rotation := *must[*ssmcontacts.CreateRotationOutput](f)(c.CreateRotation(ctx, &ssmcontacts.CreateRotationInput{Name: awssdk.String("r"), ContactIds: []string{alice},
		TimeZoneId: awssdk.String("UTC"), Recurrence: daily("09:00")})).RotationArn
	x := strings.NewReplacer("ALICE", alice, "TEAM", team, "ROTATION", rotation, "DAILY", `{"DailySettings":[{"HourOfDay":9,"MinuteOfHour":0}],"NumberOfOnCalls":1,"RecurrenceMultiplier":1}`,
		"UUID", "00000000-0000-0000-0000-000000000000", "CHANNEL", channel, "ENG", e, "PAGE", *pagesOf(h, c, e, 1)[0].PageArn)
	service := h.Services["ssm-contacts"]
	for i := range service.Ops {
		for _, body := range []string{`{}`, `{"ContactId":"ALICE"}`, `{"ContactChannelId":"CHANNEL","ActivationCode":"123456"}`, `{"EngagementId":"ENG"}`, `{"PageId":"PAGE","AcceptType":"READ","AcceptCode":"123456"}`,
			`{"ContactId":"ALICE","Sender":"s","Subject":"\u0000","Content":"c"}`, `{"Alias":"b","Type":"ESCALATION","Plan":{"Stages":[{"DurationInMinutes":1,"Targets":[{"ContactTargetInfo":{"ContactId":"ALICE","IsEssential":true}}]}]}}`,
			`{"RotationId":"ROTATION","StartTime":-9e9,"EndTime":9e9,"Recurrence":DAILY}`, `{"RotationId":"ROTATION","NewContactIds":[],"StartTime":1760000000,"EndTime":1760003600}`,
			`{"Members":["a"],"TimeZoneId":"Europe/Berlin","StartTime":1,"EndTime":1760003600,"Recurrence":DAILY}`,
			`{"Name":"n","ContactIds":["ALICE"],"TimeZoneId":"UTC","Recurrence":DAILY}`,
			`{"TimeRangeValue":{"StartTime":-9e18,"EndTime":9e18},"MaxResults":0}`} {
			f.Add(i, x.Replace(body))
		}
	}
	caller := aws.NewContext(ctx, &aws.Call{Region: here, Principal: h.Principal(), RemoteAddr: "127.0.0.1:1"})
	f.Fuzz(func(t *testing.T, op int, body string) {
		if op < 0 || op >= len(service.Ops) {
			return
		}
		out, err := service.Call(caller, service.Ops[op].Name, []byte(body))
		if err == nil {
			if !json.Valid(out) {
				t.Errorf("%s answers %q", service.Ops[op].Name, out)
			}
			return
		}
		status, text := aws.ErrorBody(err)
		if status >= http.StatusInternalServerError && status != http.StatusNotImplemented || !json.Valid(text) {
			t.Errorf("%s %q: %d %s", service.Ops[op].Name, body, status, text)
		}
	})
}
