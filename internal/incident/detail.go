package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// eventDetail are the members of the known events' details that an incident is
// described by. Members of other kinds of event stay empty.
type eventDetail struct {
	// CloudTrail records.
	// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
	EventName    string       `json:"eventName"`
	EventSource  string       `json:"eventSource"`
	UserIdentity userIdentity `json:"userIdentity"`
	SourceIP     string       `json:"sourceIPAddress"`
	AWSRegion    string       `json:"awsRegion"`
	ErrorMessage string       `json:"errorMessage"`
	Additional   struct {
		MFAUsed string `json:"MFAUsed"`
	} `json:"additionalEventData"`
	Response struct {
		ConsoleLogin string `json:"ConsoleLogin"`
	} `json:"responseElements"`

	// GuardDuty findings.
	ID          string  `json:"id"`
	ARN         string  `json:"arn"`
	Type        string  `json:"type"`
	Severity    float64 `json:"severity"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Resource    struct {
		Type      string                              `json:"resourceType"`
		Instance  struct{ InstanceID string }         `json:"instanceDetails"`
		AccessKey struct{ UserName, UserType string } `json:"accessKeyDetails"`
		Buckets   []struct{ ARN, Name string }        `json:"s3BucketDetails"`
		Cluster   struct{ ARN string }                `json:"eksClusterDetails"`
		Lambda    struct{ FunctionARN string }        `json:"lambdaDetails"`
		RDS       struct{ DBInstanceARN string }      `json:"rdsDbInstanceDetails"`
	} `json:"resource"`

	FindingARN string `json:"findingArn"` // Inspector
	EventARN   string `json:"eventArn"`   // Health

	// Config compliance changes.
	ResourceID     string `json:"resourceId"`
	ResourceType   string `json:"resourceType"`
	ConfigRuleName string `json:"configRuleName"`
	ConfigRuleARN  string `json:"configRuleARN"`
	NewResult      struct {
		ComplianceType string `json:"complianceType"`
		Annotation     string `json:"annotation"`
	} `json:"newEvaluationResult"`
}

type userIdentity struct {
	Type        string `json:"type"`
	ARN         string `json:"arn"`
	PrincipalID string `json:"principalId"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
	InvokedBy   string `json:"invokedBy"`
}

func (u userIdentity) principal() string {
	return or(u.ARN, or(u.PrincipalID, u.InvokedBy))
}

// parse reads an event's detail as far as it is of a known kind. Members of
// unexpected types are left out rather than refused, which is what Unmarshal
// does beside its error: what matters stands in the raw event.
func parse(e *tocsin.Event) eventDetail {
	var envelope struct {
		Detail eventDetail `json:"detail"`
	}
	_ = json.Unmarshal(e.Raw, &envelope)
	return envelope.Detail
}

// Facts tell in a few lines who did what, from where and to what: enough for a
// page to be acted on. Each line is "name: value".
func Facts(e *tocsin.Event) []string {
	d := parse(e)
	var out []string
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+": "+tocsin.Clip(strings.Join(strings.Fields(clean(value)), " "), 400))
		}
	}
	add("Event", e.DetailType+" ("+e.Source+")")
	switch {
	case strings.HasSuffix(e.DetailType, " via CloudTrail"):
		add("What", strings.TrimSpace(d.EventName+" "+parens(d.EventSource)))
		add("Outcome", or(d.Response.ConsoleLogin, d.ErrorMessage))
		add("Who", strings.TrimSpace(d.UserIdentity.Type+" "+or(d.UserIdentity.ARN, d.UserIdentity.principal())))
		add("From", d.SourceIP)
		add("MFA used", d.Additional.MFAUsed)
	case e.Source == "aws.guardduty":
		add("Finding", d.Title)
		add("Type", d.Type)
		if d.Severity > 0 {
			add("Severity", fmt.Sprintf("%g (%s)", d.Severity, severityBand(d.Severity)))
		}
		add("Description", d.Description)
	case e.Source == "aws.config":
		add("Rule", d.ConfigRuleName)
		add("Resource", strings.TrimSpace(d.ResourceType+" "+d.ResourceID))
		add("Compliance", d.NewResult.ComplianceType)
		add("Why", d.NewResult.Annotation)
	}
	for _, r := range named(e, d) {
		add("Involved", r)
	}
	add("Account", strings.TrimSpace(string(e.Account)+" "+parens(string(e.Region))))
	add("Time", e.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
	return out
}

func parens(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

// severityBand is GuardDuty's word for a severity.
// Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
func severityBand(s float64) string {
	switch {
	case s >= 9:
		return "Critical"
	case s >= 7:
		return "High"
	case s >= 4:
		return "Medium"
	}
	return "Low"
}

// maxARN is how long an ARN may be in a related item.
const maxARN = 1000

// Involved gives the ARNs of the resources an event is about: its resources
// list, and what the known security events name only in their detail, since
// GuardDuty, Config and CloudTrail events all carry an empty list.
func Involved(e *tocsin.Event) []string {
	return slices.DeleteFunc(named(e, parse(e)), func(r string) bool {
		return !tocsin.ARN(r).Valid() || len(r) > maxARN || strings.ContainsRune(r, 0)
	})
}

// named gives the resources as the event names them: its list may hold more than ARNs.
func named(e *tocsin.Event, d eventDetail) []string {
	out := slices.Clone(e.Resources)
	add := func(arn string) {
		if tocsin.ARN(arn).Valid() {
			out = append(out, arn)
		}
	}
	switch {
	case e.Source == "aws.config":
		if d.ResourceType == "AWS::S3::Bucket" && d.ResourceID != "" {
			add("arn:aws:s3:::" + d.ResourceID)
		}
	case e.Source == "aws.guardduty":
		if id := d.Resource.Instance.InstanceID; id != "" {
			add(string(tocsin.MakeARN("ec2", e.Region, e.Account, "instance/"+id)))
		}
		if user := d.Resource.AccessKey.UserName; user != "" {
			add(string(tocsin.MakeARN("iam", "", e.Account, identity(d.Resource.AccessKey.UserType, user))))
		}
		for _, b := range d.Resource.Buckets {
			add(or(b.ARN, "arn:aws:s3:::"+b.Name))
		}
		add(d.Resource.Cluster.ARN)
		add(d.Resource.Lambda.FunctionARN)
		add(d.Resource.RDS.DBInstanceARN)
	case strings.HasSuffix(e.DetailType, " via CloudTrail"):
		add(d.UserIdentity.ARN)
	}
	return unique(out)
}

// identity is the resource part of the ARN of whose access key a finding names.
// Source: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_AccessKeyDetails.html
func identity(userType, name string) string {
	switch userType {
	case "Root":
		return "root"
	case "Role", "AssumedRole":
		return "role/" + name
	}
	return "user/" + name
}

// clean takes out what a database text cannot hold. An event may spell it as an
// escape, which passes every check of its raw form.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }

func unique(in []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range in {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
