package incident_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// event makes an event from its source, detail type and detail.
func event(source, detailType, detail string, resources ...string) *tocsin.Event {
	e := &tocsin.Event{ID: "e1", Source: source, DetailType: detailType, Account: dbtest.Account, Region: dbtest.Region, Resources: resources,
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	e.Raw = json.RawMessage(`{"id":"e1","detail":` + detail + `}`)
	return e
}

const (
	trail   = "AWS API Call via CloudTrail"
	finding = "GuardDuty Finding"
	change  = "Config Rules Compliance Change"

	rootCall = `{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333","accessKeyId":"AKIAEXAMPLE","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}},
		"eventSource":"iam.amazonaws.com","eventName":"CreateAccessKey","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","requestParameters":null,"responseElements":null,"additionalEventData":null}`
	probe = `{"schemaVersion":"2.0","id":"16afba5c5c43e07c9e3e5e2e544e95df","arn":"arn:aws:guardduty:us-east-1:111122223333:detector/D/finding/F","type":"Recon:EC2/PortProbeUnprotectedPort",
		"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-99999999","tags":[]}},"service":{"count":1},"severity":8,"title":"[SAMPLE] Port probe","description":"EC2 instance\ni-99999999 is probed."}`
	publicRead = `{"resourceId":"my-bucket","awsRegion":"us-east-1","configRuleName":"s3-bucket-public-read-prohibited","configRuleARN":"arn:aws:config:us-east-1:111122223333:config-rule/config-rule-abc123",
		"messageType":"ComplianceChangeNotification","newEvaluationResult":{"complianceType":"NON_COMPLIANT","annotation":"The S3 bucket ACL allows public read access."},"resourceType":"AWS::S3::Bucket"}`
)

func TestSubject(t *testing.T) {
	tests := []struct {
		name string
		e    *tocsin.Event
		want string
	}{
		{"root call", event("aws.iam", trail, rootCall), "principal arn:aws:iam::111122223333:root"},
		{"call by a service", event("aws.s3", trail, `{"userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"}}`), "principal config.amazonaws.com"},
		{"call by a federated person", event("aws.s3", trail, `{"userIdentity":{"type":"WebIdentityUser","principalId":"idp:aud:ann"}}`), "principal idp:aud:ann"},
		{"call by nobody known", event("aws.s3", trail, `{"userIdentity":null}`), "event e1"},
		{"finding", event("aws.guardduty", finding, probe), "finding 16afba5c5c43e07c9e3e5e2e544e95df"},
		{"finding without an id", event("aws.guardduty", finding, `{}`, "arn:aws:s3:::b", "arn:aws:s3:::a"), "resources arn:aws:s3:::a arn:aws:s3:::b"},
		{"compliance", event("aws.config", change, publicRead), "config arn:aws:config:us-east-1:111122223333:config-rule/config-rule-abc123 my-bucket"},
		{"compliance without the rule's ARN", event("aws.config", change, `{"resourceId":"b","configRuleName":"r"}`), "config r b"},
		{"Macie's finding", event("aws.macie", "Macie Finding", `{"id":"m1"}`), "finding m1"},
		{"one of an analyzer's findings", event("aws.access-analyzer", "Access Analyzer Finding", `{"id":"a1"}`, "arn:aws:access-analyzer:us-east-1:111122223333:analyzer/a"), "finding a1"},
		{"Inspector's finding", event("aws.inspector2", "Inspector2 Finding", `{"findingArn":"arn:aws:inspector2:::finding/f"}`, "i-1"), "finding arn:aws:inspector2:::finding/f"},
		{"an alert that flaps", event("prometheus.alertmanager", "Alertmanager Alert", `{"fingerprint":"f1","startsAt":"2026-01-02T03:04:05Z","group":{"externalURL":"http://am"}}`), "alert f1 http://am"},
		{"Grafana's", event("grafana", "Grafana Alert", `{"fingerprint":"f2"}`), "alert f2 "},
		{"an alert without fingerprint", event("grafana", "Grafana Alert", `{}`), "event e1"},
		{"an update of an OCSF finding", event("ocsf", "Detection Finding", `{"activity_id":2,"metadata":{"uid":"u2"},"finding_info":{"uid":"F-1"}}`), "finding F-1"},
		{"one of OCSF 1.0", event("ocsf", "Security Finding", `{"finding":{"uid":"F-2"}}`), "finding F-2"},
		{"an OCSF event that is no finding", event("ocsf", "Authentication", `{"metadata":{"uid":"u2"}}`), "event e1"},
		{"Health", event("aws.health", "AWS Health Event", `{"eventArn":"arn:aws:health:::event/e"}`, "i-1"), "health arn:aws:health:::event/e"},
		{"another source's id is no finding", event("my.app", "X", `{"id":"7"}`), "event e1"},
		{"a member of another type hides no other", event("aws.iam", trail, `{"userIdentity":{"type":7,"arn":"arn:aws:iam::1:root"},"severity":"8","resource":[]}`), "principal arn:aws:iam::1:root"},
		{"userIdentity of another type", event("aws.iam", trail, `{"userIdentity":"root"}`, "arn:aws:s3:::a"), "resources arn:aws:s3:::a"},
		{"detail of another type", event("aws.iam", trail, `"root"`), "event e1"},
		{"a null character", event("aws.iam", trail, `{"userIdentity":{"arn":"a\u0000b"}}`), "principal ab"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := incident.Subject(c.e); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestKey(t *testing.T) {
	one, two := rootRule.ARN(), rootRule.ARN()+"-two"
	e, f := event("aws.iam", trail, rootCall), event("aws.guardduty", finding, probe)
	later := event("aws.s3", trail, rootCall)
	later.ID = "e2"
	key := func(s string, rule tocsin.ARN, e *tocsin.Event, fresh string) string {
		k, _ := incident.Key(s, rule, e, fresh)
		return k
	}
	tests := []struct {
		name string
		a, b string
		same bool
	}{
		{"same principal, other call", key("", one, e, "1"), key("", one, later, "2"), true},
		{"other rule", key("", one, e, "1"), key("", two, e, "2"), false},
		{"other subject", key("", one, e, "1"), key("", one, f, "2"), false},
		{"same string, whatever the rule and event", key("s", one, e, "1"), key("s", two, f, "2"), true},
		{"same string, one by hand", key("s", "", nil, "1"), key("s", two, f, "2"), true},
		{"a string that looks like a key of events", key(strings.TrimPrefix(key("", one, e, "1"), "event "), "", nil, "1"), key("", one, e, "1"), false},
	}
	for _, c := range tests {
		if (c.a == c.b) != c.same {
			t.Errorf("%s: %q and %q", c.name, c.a, c.b)
		}
	}
	if k, shown := incident.Key("", "", nil, "fresh"); k != "" || shown != "fresh" {
		t.Errorf("a start by hand has the key %q, shows %q", k, shown)
	}
	long := event("aws.iam", trail, `{"userIdentity":{"arn":"`+strings.Repeat("ä", 2000)+`"}}`)
	k, shown := incident.Key("", one, long, "")
	if len(shown) > 1000 || !strings.HasPrefix(shown, string(one)) {
		t.Errorf("a long subject shows %d bytes", len(shown))
	}
	longer := event("aws.iam", trail, `{"userIdentity":{"arn":"`+strings.Repeat("ä", 2001)+`"}}`)
	if key("", one, longer, "") == k {
		t.Error("two long subjects have one key")
	}
}

// Whatever an event says, its subject and key can be stored.
func FuzzSubject(f *testing.F) {
	for _, d := range []string{rootCall, probe, publicRead, `{"userIdentity":[{}],"resource":{"s3BucketDetails":{}},"severity":1e400}`, `null`, `[`, `{"id":"\u0000"}`, `{"errorMessage":"\ud800"}`} {
		for _, kind := range [][2]string{{"aws.iam", trail}, {"aws.guardduty", finding}, {"aws.config", change}} {
			f.Add(kind[0], kind[1], d, "arn:aws:s3:::a")
		}
	}
	f.Fuzz(func(t *testing.T, source, detailType, detail, resource string) {
		if !utf8.ValidString(source) || !utf8.ValidString(detailType) || !utf8.ValidString(resource) {
			t.Skip("refused at the door")
		}
		e := event(source, detailType, detail, resource)
		var texts []string
		if !strings.ContainsRune(e.ID+resource, 0) {
			texts = append(texts, incident.Subject(e))
		}
		for _, s := range texts {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Errorf("%q cannot be stored", s)
			}
		}
		if k, shown := incident.Key("", rootRule.ARN(), e, ""); k == "" || len(shown) > 1000 {
			t.Errorf("key %q of %d bytes", k, len(shown))
		}
	})
}
