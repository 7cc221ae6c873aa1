package incident_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

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

func TestFacts(t *testing.T) {
	tests := []struct {
		name string
		e    *tocsin.Event
		want []string
	}{
		{"root call", event("aws.iam", trail, rootCall), []string{"Event: AWS API Call via CloudTrail (aws.iam)", "What: CreateAccessKey (iam.amazonaws.com)",
			"Who: Root arn:aws:iam::111122223333:root", "From: 198.51.100.7", "Involved: arn:aws:iam::111122223333:root"}},
		{"failed sign-in", event("aws.signin", "AWS Console Sign In via CloudTrail", `{"eventName":"ConsoleLogin","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Failure"},"errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No"}}`),
			[]string{"Event: AWS Console Sign In via CloudTrail (aws.signin)", "What: ConsoleLogin", "Outcome: Failure", "Who: Root", "MFA used: No"}},
		{"refused call", event("aws.s3", trail, `{"eventName":"GetObject","errorMessage":"Access\tDenied"}`), []string{"Event: AWS API Call via CloudTrail (aws.s3)", "What: GetObject", "Outcome: Access Denied"}},
		{"finding", event("aws.guardduty", finding, probe), []string{"Event: GuardDuty Finding (aws.guardduty)", "Finding: [SAMPLE] Port probe", "Type: Recon:EC2/PortProbeUnprotectedPort",
			"Severity: 8 (High)", "Description: EC2 instance i-99999999 is probed.", "Involved: arn:aws:ec2:us-east-1:111122223333:instance/i-99999999"}},
		{"finding of odd types", event("aws.guardduty", finding, `{"id":["x"],"severity":"9","title":"T","resource":"r","type":{}}`), []string{"Event: GuardDuty Finding (aws.guardduty)", "Finding: T"}},
		{"compliance", event("aws.config", change, publicRead), []string{"Event: Config Rules Compliance Change (aws.config)", "Rule: s3-bucket-public-read-prohibited",
			"Resource: AWS::S3::Bucket my-bucket", "Compliance: NON_COMPLIANT", "Why: The S3 bucket ACL allows public read access.", "Involved: arn:aws:s3:::my-bucket"}},
		{"an application's own", event("my.app", "Order Failed", `{"id":7}`, "server-1"), []string{"Event: Order Failed (my.app)", "Involved: server-1"}},
		{"a null character", event("aws.s3", trail, `{"errorMessage":"a\u0000b"}`), []string{"Event: AWS API Call via CloudTrail (aws.s3)", "Outcome: ab"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			want := append(c.want, "Account: 111122223333 (us-east-1)", "Time: 2026-01-02 03:04:05 UTC")
			if diff := cmp.Diff(want, incident.Facts(c.e)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSeverityBands(t *testing.T) {
	for severity, want := range map[string]string{"1": "1 (Low)", "3.9": "3.9 (Low)", "4": "4 (Medium)", "6.9": "6.9 (Medium)", "7": "7 (High)", "8.9": "8.9 (High)", "9.0": "9 (Critical)", "10": "10 (Critical)"} {
		got := strings.Join(incident.Facts(event("aws.guardduty", finding, `{"severity":`+severity+`}`)), "\n")
		if !strings.Contains(got, "Severity: "+want+"\n") {
			t.Errorf("%s: %s", severity, got)
		}
	}
}

func TestInvolved(t *testing.T) {
	tests := []struct {
		name string
		e    *tocsin.Event
		want []string
	}{
		{"root", event("aws.iam", trail, rootCall), []string{"arn:aws:iam::111122223333:root"}},
		{"instance", event("aws.guardduty", finding, probe), []string{"arn:aws:ec2:us-east-1:111122223333:instance/i-99999999"}},
		{"buckets", event("aws.guardduty", finding, `{"resource":{"s3BucketDetails":[{"arn":"arn:aws:s3:::a","name":"a"},{"name":"b"},7]}}`), []string{"arn:aws:s3:::a", "arn:aws:s3:::b"}},
		{"key of a user", event("aws.guardduty", finding, `{"resource":{"accessKeyDetails":{"userName":"ann","userType":"IAMUser"}}}`), []string{"arn:aws:iam::111122223333:user/ann"}},
		{"key of a role", event("aws.guardduty", finding, `{"resource":{"accessKeyDetails":{"userName":"app","userType":"AssumedRole"}}}`), []string{"arn:aws:iam::111122223333:role/app"}},
		{"key of root", event("aws.guardduty", finding, `{"resource":{"accessKeyDetails":{"userName":"Root","userType":"Root"}}}`), []string{"arn:aws:iam::111122223333:root"}},
		{"cluster, function, database", event("aws.guardduty", finding, `{"resource":{"eksClusterDetails":{"arn":"arn:aws:eks:::c"},"lambdaDetails":{"functionArn":"arn:aws:lambda:::f"},"rdsDbInstanceDetails":{"dbInstanceArn":"arn:aws:rds:::d"}}}`),
			[]string{"arn:aws:eks:::c", "arn:aws:lambda:::f", "arn:aws:rds:::d"}},
		{"bucket out of compliance", event("aws.config", change, publicRead), []string{"arn:aws:s3:::my-bucket"}},
		{"another resource out of compliance", event("aws.config", change, `{"resourceId":"sg-1","resourceType":"AWS::EC2::SecurityGroup"}`), nil},
		{"each once, ARNs only", event("aws.iam", trail, rootCall, "arn:aws:iam::111122223333:root", "server-1", "arn:aws:s3:::"+strings.Repeat("x", 1000)), []string{"arn:aws:iam::111122223333:root"}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, incident.Involved(c.e)); len(c.want)+len(incident.Involved(c.e)) > 0 && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever an event says, it is described without a panic, in texts that a
// database and a mail can hold.
func FuzzFacts(f *testing.F) {
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
		texts := append(incident.Facts(e), incident.Involved(e)...)
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
