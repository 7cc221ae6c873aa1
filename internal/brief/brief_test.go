package brief_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/brief"
)

// event makes an event from its source, detail type and detail.
func event(source, detailType, detail string, resources ...string) *tocsin.Event {
	e := &tocsin.Event{ID: "e1", Source: source, DetailType: detailType, Account: "111122223333", Region: "us-east-1", Resources: resources,
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

func TestFacts(t *testing.T) {
	tests := []struct {
		name string
		e    *tocsin.Event
		want []string
	}{
		{"root call", event("aws.iam", trail, rootCall), []string{"Event: AWS API Call via CloudTrail (aws.iam)", "What: CreateAccessKey (iam.amazonaws.com)",
			"Who: Root arn:aws:iam::111122223333:root", "Access key: AKIAEXAMPLE", "From: 198.51.100.7", "MFA used: No", "Involved: arn:aws:iam::111122223333:root"}},
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
			if diff := cmp.Diff(want, brief.Facts(c.e)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An event that a source brought happened in its own account and Region, wherever
// its rules are.
func TestWhereItHappened(t *testing.T) {
	e := event("aws.iam", trail, `{"eventName":"DeleteUser","eventSource":"iam.amazonaws.com","requestParameters":{"userName":"ann"}}`)
	e.Raw = json.RawMessage(strings.Replace(string(e.Raw), `{`, `{"account":"444455556666","region":"eu-west-1",`, 1))
	facts := strings.Join(brief.Facts(e), "\n")
	for _, want := range []string{"Account: 444455556666 (eu-west-1)", "Involved: arn:aws:iam::444455556666:user/ann"} {
		if !strings.Contains(facts, want) {
			t.Errorf("without %q:\n%s", want, facts)
		}
	}
	if got, want := brief.Headline(e), "DeleteUser, 444455556666, eu-west-1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{"arn:aws:iam::444455556666:user/ann"}, brief.Involved(e)); diff != "" {
		t.Error(diff)
	}
	if e.Account != "111122223333" {
		t.Error("the event was changed")
	}
}

func TestSeverityBands(t *testing.T) {
	for severity, want := range map[string]string{"1": "1 (Low)", "3.9": "3.9 (Low)", "4": "4 (Medium)", "6.9": "6.9 (Medium)", "7": "7 (High)", "8.9": "8.9 (High)", "9.0": "9 (Critical)", "10": "10 (Critical)"} {
		got := strings.Join(brief.Facts(event("aws.guardduty", finding, `{"severity":`+severity+`}`)), "\n")
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
			if diff := cmp.Diff(c.want, brief.Involved(c.e)); len(c.want)+len(brief.Involved(c.e)) > 0 && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What each known kind of event tells beside its envelope, what may go by SMS, and
// which resources it is about.
func TestKinds(t *testing.T) {
	const signIn = "AWS Console Sign In via CloudTrail"
	tests := []struct {
		name, source, detailType, detail string
		facts                            string // that stand among them, joined
		head                             string
		involved                         string
	}{
		{"root sign-in", "aws.signin", signIn, `{"eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"sourceIPAddress":"198.51.100.7","userAgent":"Mozilla/5.0","responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}`,
			"Outcome: Success|Who: Root arn:aws:iam::111122223333:root|From: 198.51.100.7|With: Mozilla/5.0|MFA used: No|", "ConsoleLogin by Root, without MFA", "arn:aws:iam::111122223333:root"},
		{"a role's refused call", "aws.s3", trail, `{"eventName":"PutBucketAcl","eventSource":"s3.amazonaws.com","errorCode":"AccessDenied","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/D/ann","invokedBy":"cloudformation.amazonaws.com","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}},"requestParameters":{"bucketName":"b"}}`,
			"Outcome: AccessDenied|Who: AssumedRole arn:aws:sts::111122223333:assumed-role/D/ann|Through: cloudformation.amazonaws.com|MFA used: Yes|", "PutBucketAcl by AssumedRole, refused: AccessDenied",
			"arn:aws:sts::111122223333:assumed-role/D/ann arn:aws:s3:::b"},
		{"key by id and by ARN", "aws.kms", trail, `{"eventName":"DisableKey","eventSource":"kms.amazonaws.com","requestParameters":{"keyId":"1234-ab"},"resources":[{"ARN":"arn:aws:kms:us-east-1:111122223333:key/1234-ab"},{"ARN":7}]}`, "What: DisableKey (kms.amazonaws.com)|", "DisableKey", "arn:aws:kms:us-east-1:111122223333:key/1234-ab"},
		{"user and policy", "aws.iam", trail, `{"eventName":"AttachUserPolicy","eventSource":"iam.amazonaws.com","requestParameters":{"userName":"ann","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}`, "", "AttachUserPolicy", "arn:aws:iam::111122223333:user/ann arn:aws:iam::aws:policy/AdministratorAccess"},
		{"a name that is no name", "aws.s3", trail, `{"eventName":"X","eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":"a b\u0000*"}}`, "", "X", ""},
		{"finding from outside", "aws.guardduty", finding, `{"severity":9.1,"type":"T","resource":{"accessKeyDetails":{"userName":"D","userType":"Role","accessKeyId":"ASIAEXAMPLE"}},"service":{"action":{"awsApiCallAction":{"api":"ListBuckets","remoteIpDetails":{"ipAddressV4":"198.51.100.9","country":{"countryName":"Nowhere"}}}}}}`,
			"Severity: 9.1 (Critical)|From: 198.51.100.9 (Nowhere)|Call: ListBuckets|Access key: ASIAEXAMPLE|", "GuardDuty Critical: T", "arn:aws:iam::111122223333:role/D"},
		{"compliance", "aws.config", change, publicRead, "Compliance: NON_COMPLIANT|", "s3-bucket-public-read-prohibited: NON_COMPLIANT (AWS::S3::Bucket)", "arn:aws:s3:::my-bucket"},
		{"Security Hub", "aws.securityhub", "Security Hub Findings - Imported", `{"findings":[{"Title":"T","Severity":{"Label":"CRITICAL"},"ProductName":"GuardDuty","Resources":[{"Type":"AwsS3Bucket","Id":"arn:aws:s3:::b"}],"Workflow":{"Status":"NEW"}},{"Resources":[{"Id":"arn:aws:s3:::c"}]}]}`,
			"Finding: T|Severity: CRITICAL|Found by: GuardDuty|Resource: AwsS3Bucket arn:aws:s3:::b|Workflow: NEW|Further findings: 1|", "Security Hub CRITICAL finding GuardDuty", "arn:aws:s3:::b arn:aws:s3:::c"},
		{"alarm", "aws.cloudwatch", "CloudWatch Alarm State Change", `{"alarmName":"high-cpu","state":{"value":"ALARM","reason":"Threshold Crossed"},"previousState":{"value":"OK"},"configuration":{"description":"CPU"}}`,
			"Alarm: high-cpu|State: ALARM (was OK)|Why: Threshold Crossed|Description: CPU|", "alarm high-cpu ALARM", ""},
		{"Health", "aws.health", "AWS Health Event", `{"eventTypeCode":"AWS_RISK_CREDENTIALS_EXPOSED","service":"RISK","eventTypeCategory":"issue","statusCode":"open","eventDescription":[{"latestDescription":"D"},{"latestDescription":"E"}],"affectedEntities":[{"entityValue":"AKIAEXAMPLE"}]}`,
			"What: AWS_RISK_CREDENTIALS_EXPOSED (RISK)|Category: issue open|Description: D|Involved: AKIAEXAMPLE|", "AWS_RISK_CREDENTIALS_EXPOSED", ""},
		{"Macie", "aws.macie", "Macie Finding", `{"title":"T","type":"Policy:X","severity":{"description":"High"},"resourcesAffected":{"s3Bucket":{"name":"b","arn":"arn:aws:s3:::b"},"s3Object":{"key":"k"}}}`,
			"Finding: T|Type: Policy:X|Severity: High|Bucket: b|Object: k|", "Macie High Policy:X", "arn:aws:s3:::b"},
		{"public", "aws.access-analyzer", "Access Analyzer Finding", `{"isPublic":true,"resourceType":"AWS::S3::Bucket","resource":"arn:aws:s3:::b","action":["s3:GetObject","s3:PutObject",1],"status":"ACTIVE"}`,
			"Who: everybody|May: s3:GetObject, s3:PutObject|Resource: AWS::S3::Bucket arn:aws:s3:::b|Status: ACTIVE|", "public access to AWS::S3::Bucket", "arn:aws:s3:::b"},
		{"shared", "aws.access-analyzer", "Access Analyzer Finding", `{"principal":{"AWS":"999988887777"}}`, "Who: 999988887777|", "access from outside to a resource", ""},
		{"Inspector", "aws.inspector2", "Inspector2 Finding", `{"title":"CVE","severity":"CRITICAL","type":"PACKAGE_VULNERABILITY","exploitAvailable":"YES","resources":[{"id":"i-1"}]}`,
			"Finding: CVE|Severity: CRITICAL|Exploit available: YES|Involved: i-1|", "Inspector CRITICAL PACKAGE_VULNERABILITY", ""},
		{"S3", "aws.s3", "Object Deleted", `{"bucket":{"name":"b"},"object":{"key":"k"},"requester":"111122223333","source-ip-address":"198.51.100.7","reason":"DeleteObject"}`,
			"Bucket: b|Object: k|Who: 111122223333|From: 198.51.100.7|Why: DeleteObject|", "Object Deleted", "arn:aws:s3:::b"},
		{"unknown", "my.app", "Order Failed", `{"who":"ann"}`, "Event: Order Failed (my.app)|Account: 111122223333 (us-east-1)|", "Order Failed", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			e := event(c.source, c.detailType, c.detail)
			all := brief.Facts(e)
			for f := range strings.SplitSeq(strings.TrimSuffix(c.facts, "|"), "|") {
				if f != "" && !slices.Contains(all, f) {
					t.Errorf("%q is not in %q", f, all)
				}
			}
			if got, want := brief.Headline(e), c.head+", 111122223333, us-east-1"; got != want {
				t.Errorf("headline %q, want %q", got, want)
			}
			if got := strings.Join(brief.Involved(e), " "); got != c.involved {
				t.Errorf("involved %q, want %q", got, c.involved)
			}
		})
	}
}

// Marks that hide text or turn its direction are taken out, and a flood of resources is counted.
func TestHostile(t *testing.T) {
	e := event("aws.s3", trail, `{"eventName":"Put\u202Etxt\r\nSubject: x\u200b","userAgent":"`+strings.Repeat("ü", 5000)+`","errorMessage":"`+strings.Repeat("日本", 3000)+`"}`)
	for i := range 50 {
		e.Resources = append(e.Resources, "arn:aws:s3:::b"+strings.Repeat("x", i))
	}
	facts := brief.Facts(e)
	if len(facts) > 20 || facts[len(facts)-3] != "Involved: and 40 more" {
		t.Errorf("%d facts: %q", len(facts), facts)
	}
	if facts[1] != "What: Puttxt Subject: x" {
		t.Errorf("%q", facts[1])
	}
	if n := utf8.RuneCountInString(strings.Join(facts, "\n")); n > 8000 {
		t.Errorf("%d characters", n)
	}
	if len(brief.Involved(e)) != 50 {
		t.Error("resources are lost")
	}
}

// Whatever an event says, it is told without a panic, in single lines that a
// database, a mail and an SMS can hold.
func FuzzBrief(f *testing.F) {
	details := []string{rootCall, probe, publicRead, `{"userIdentity":[{}],"resource":{"s3BucketDetails":{}},"severity":1e400}`, `null`, `[`, `{"id":"\u0000"}`, `{"errorMessage":"\ud800"}`,
		`{"findings":[{"Resources":[{"Id":"arn:aws:s3:::\u0000"}]},7]}`, `{"eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":"b"}}`, `{"affectedEntities":[{"entityValue":"\u202e"}]}`}
	for _, d := range details {
		for _, source := range []string{"aws.guardduty", "aws.config", "aws.securityhub", "aws.cloudwatch", "aws.health", "aws.macie", "aws.access-analyzer", "aws.inspector2", "aws.s3"} {
			f.Add(source, "X", d, "arn:aws:s3:::a")
		}
		f.Add("aws.iam", trail, d, "")
	}
	f.Fuzz(func(t *testing.T, source, detailType, detail, resource string) {
		e := event(source, detailType, detail, resource)
		head := brief.Headline(e)
		if n := utf8.RuneCountInString(head); n > 140 {
			t.Errorf("the headline has %d characters", n)
		}
		for _, s := range append(append(brief.Facts(e), brief.Involved(e)...), head) {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%q cannot be shown", s)
			}
			if utf8.RuneCountInString(s) > 1000 {
				t.Errorf("%d bytes", len(s))
			}
		}
	})
}
