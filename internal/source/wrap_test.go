package source

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		name, record string
		kind         Kind
		want         string // "" if EventBridge delivers no event
	}{
		{
			"a call", `{"eventVersion":"1.09","eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"e1","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`, CloudTrail,
			`{"version":"0","id":"e1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111122223333","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],"detail":`,
		},
		{
			"a sign-in", `{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","eventSource":"signin.amazonaws.com","awsRegion":"eu-west-1","eventID":"e2","eventType":"AwsConsoleSignIn","recipientAccountId":"1"}`, CloudTrail,
			`{"version":"0","id":"e2","detail-type":"AWS Console Sign In via CloudTrail","source":"aws.signin","account":"1","time":"2026-01-02T03:04:05Z","region":"eu-west-1","resources":[],"detail":`,
		},
		{
			"an insight", `{"eventVersion":"1.08","eventTime":"2026-01-02T03:04:05Z","awsRegion":"eu-west-1","eventID":"e3","eventType":"AwsCloudTrailInsight","recipientAccountId":"1","insightDetails":{"state":"Start"}}`, CloudTrail,
			`{"version":"0","id":"e3","detail-type":"AWS Insight via CloudTrail","source":"aws.cloudtrail","account":"1","time":"2026-01-02T03:04:05Z","region":"eu-west-1","resources":[],"detail":`,
		},
		{
			"a finding", `{"accountId":"1","region":"us-east-1","id":"f1","type":"Recon:EC2/Portscan","service":{"count":1},"severity":5,"updatedAt":"2026-01-02T03:04:05.678Z"}`, Finding,
			`{"version":"0","id":"f1","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"1","time":"2026-01-02T03:04:05.678Z","region":"us-east-1","resources":[],"detail":`,
		},
		{"an event", `{"version":"0","id":"x","detail-type":"T","source":"mine","detail":{}}`, Event, `{"version":"0","id":"x","detail-type":"T","source":"mine","detail":{}}`},
		{"an unknown type", `{"eventVersion":"1.09","eventSource":"a.amazonaws.com","eventType":"AwsNewEvent"}`, CloudTrail, ""},
		{"anything", `{"a":1}`, Other, ""},
	} {
		var h Head
		var w Wrapper
		h.Parse([]byte(c.record))
		got := w.Wrap(&h, []byte(c.record))
		want := c.want
		if want != "" && c.kind != Event {
			want += c.record + "}"
		}
		if h.Kind != c.kind || string(got) != want {
			t.Errorf("%s: kind %d\n got %s\nwant %s", c.name, h.Kind, got, want)
		}
	}
}

// What GuardDuty's API and Config's files hold comes out as their events do.
func TestWrapOthers(t *testing.T) {
	for _, c := range []struct{ name, record, detailType, source, detail string }{
		{
			"a finding of the API", `{"AccountId":"1","Arn":"arn:x","Id":"f","Region":"r","Type":"T","Severity":8.5,"UpdatedAt":"2026-01-02T03:04:05Z","Service":{"Count":3,"AdditionalInfo":{"Value":"V"},"Action":{"RdsLoginAttemptAction":{"LoginAttributes":[{"User":"u"}]}}},"Resource":{"ProductCodes":[{"Code":"c"}]}}`,
			"GuardDuty Finding", "aws.guardduty",
			`{"accountId":"1","arn":"arn:x","id":"f","region":"r","type":"T","severity":8.5,"updatedAt":"2026-01-02T03:04:05Z","service":{"count":3,"additionalInfo":{"value":"V"},"action":{"rdsLoginAttemptAction":{"LoginAttributes":[{"user":"u"}]}}},"resource":{"productCodes":[{"productCodeId":"c"}]}}`,
		},
		{
			"an item", `{"configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","ARN":"arn:b","awsAccountId":"1","awsRegion":"r","configurationItemCaptureTime":"2026-01-02T03:04:05Z"}`,
			"Config Configuration Item Change", "aws.config",
			`{"recordVersion":"1.3","messageType":"ConfigurationItemChangeNotification","notificationCreationTime":"2026-01-02T03:04:05Z","configurationItem":{"configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","ARN":"arn:b","awsAccountId":"1","awsRegion":"r","configurationItemCaptureTime":"2026-01-02T03:04:05Z"}}`,
		},
		{
			"a notification", `{"messageType":"ComplianceChangeNotification","recordVersion":"1.0","resourceType":"AWS::S3::Bucket","awsAccountId":"1","awsRegion":"r","notificationCreationTime":"2026-01-02T03:04:05Z"}`,
			"Config Rules Compliance Change", "aws.config",
			`{"messageType":"ComplianceChangeNotification","recordVersion":"1.0","resourceType":"AWS::S3::Bucket","awsAccountId":"1","awsRegion":"r","notificationCreationTime":"2026-01-02T03:04:05Z"}`,
		},
	} {
		var h Head
		var w Wrapper
		h.Parse([]byte(c.record))
		var got struct {
			DetailType string `json:"detail-type"`
			Source     string
			Account    string
			Time       string
			Detail     json.RawMessage
		}
		if err := json.Unmarshal(w.Wrap(&h, []byte(c.record)), &got); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got.DetailType != c.detailType || got.Source != c.source || got.Account != "1" || got.Time != "2026-01-02T03:04:05Z" {
			t.Errorf("%s: %+v", c.name, got)
		}
		if diff := cmp.Diff(c.detail, string(got.Detail)); diff != "" {
			t.Errorf("%s: detail (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestHead(t *testing.T) {
	var h Head
	h.Parse([]byte(`{"eventVersion":"1","eventSource":"s3.amazonaws.com","userIdentity":{"invokedBy":"svc","principalId":"p\"q"},"resources":[{"ARN":"arn:1"},"arn:2",{"type":"x"},7]}`))
	var all []string
	h.EachResource(func(arn []byte) { all = append(all, string(arn)) })
	if diff := cmp.Diff([]string{"arn:1", "arn:2"}, all); diff != "" || Unquote(h.Principal()) != `p"q` {
		t.Errorf("principal %s, resources (-want +got):\n%s", h.Principal(), diff)
	}
	h.Parse([]byte(`{"EventId":"1","CloudTrailEvent":"{\"eventVersion\":\"1\"}"}`))
	var w Wrapper
	if inner := w.Inner(&h); h.Kind != LookupEvent || string(inner) != `{"eventVersion":"1"}` {
		t.Errorf("kind %d holds %s", h.Kind, inner)
	}
}

// FuzzWrap wraps whatever is valid JSON; what comes out has to be valid, of
// whatever kind the record is.
func FuzzWrap(f *testing.F) {
	for _, text := range []string{
		`{"eventVersion":"1","eventSource":"iam.amazonaws.com","eventType":"AwsApiCall","userIdentity":{"arn":"a"}}`,
		`{"Service":{"A":[{"B":1}]},"Severity":1,"":{"":{}}}`, `{"configurationItemStatus":"OK","ARN":"\"x"}`,
		`{"messageType":"ConfigurationItemChangeNotification","recordVersion":"1","configurationItem":{"awsAccountId":"\\"}}`,
		`{"CloudTrailEvent":"{\"eventVersion\":\"1\",\"eventSource\":\"a\"}"}`, `{"service":[],"severity":null,"id":"\u0022"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if pattern.Check(text) != nil {
			return
		}
		var h Head
		var w Wrapper
		h.Parse(text)
		if h.Kind == LookupEvent {
			if text = w.Inner(&h); pattern.Check(text) != nil {
				return
			}
			h.Parse(text)
		}
		_ = Unquote(h.Principal())
		h.EachResource(func(arn []byte) { _ = Unquote(arn) })
		if event := w.Wrap(&h, text); event != nil {
			if err := pattern.Check(event); err != nil {
				t.Fatalf("%q is wrapped as %q: %v", text, event, err)
			}
		}
	})
}
