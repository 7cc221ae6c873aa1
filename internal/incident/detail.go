package incident

import (
	"encoding/json"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// eventDetail are the members of the known events' details that tell what an event
// is about. Members of other kinds of event stay empty.
type eventDetail struct {
	UserIdentity   userIdentity `json:"userIdentity"` // CloudTrail records
	ID             string       `json:"id"`           // findings of GuardDuty, Macie and Access Analyzer
	FindingARN     string       `json:"findingArn"`   // Inspector
	EventARN       string       `json:"eventArn"`     // Health
	Fingerprint    string       `json:"fingerprint"`  // alerts of Alertmanager and Grafana
	Group          alertGroup   `json:"group"`
	FindingInfo    ocsfFinding  `json:"finding_info"` // OCSF
	Finding        ocsfFinding  `json:"finding"`      // OCSF before 1.1
	ResourceID     string       `json:"resourceId"`   // Config compliance changes
	ConfigRuleName string       `json:"configRuleName"`
	ConfigRuleARN  string       `json:"configRuleARN"`
}

type alertGroup struct {
	URL string `json:"externalURL"`
}

type ocsfFinding struct {
	UID string `json:"uid"`
}

type userIdentity struct {
	ARN         string `json:"arn"`
	PrincipalID string `json:"principalId"`
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

// clean takes out what a database text cannot hold. An event may spell it as an
// escape, which passes every check of its raw form.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }
