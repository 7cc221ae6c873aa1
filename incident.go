package tocsin

import (
	"encoding/json"
	"time"
)

// ResponsePlan says what happens when an incident starts from it.
// Limits: https://docs.aws.amazon.com/incident-manager/latest/APIReference/API_CreateResponsePlan.html
type ResponsePlan struct {
	Account      Account           `json:"-"`
	Name         string            `json:"-"` // 1–200, cannot change
	DisplayName  string            `json:"displayName,omitempty"`
	Template     Template          `json:"template"`
	ChatTopics   []string          `json:"chatTopics,omitempty"`
	ChatEmpty    bool              `json:"chatEmpty,omitempty"`   // set to {"empty":{}} on purpose
	Engagements  []ARN             `json:"engagements,omitempty"` // ≤5 contacts of any type
	Actions      json.RawMessage   `json:"actions,omitempty"`     // ≤1 runbook, AWS's shape
	Integrations json.RawMessage   `json:"integrations,omitempty"`
	Tags         map[string]string `json:"-"`
	Created      time.Time         `json:"-"`
}

// ARN is the plan's name in the world; it has no region.
func (p *ResponsePlan) ARN() ARN { return ResponsePlanARN(p.Account, p.Name) }

// Template is what a plan gives the incidents started from it.
type Template struct {
	Title               string            `json:"title"`
	Impact              int               `json:"impact"` // 1 critical … 5 no impact
	Summary             string            `json:"summary,omitempty"`
	Dedupe              string            `json:"dedupe,omitempty"`
	Tags                map[string]string `json:"tags,omitempty"`
	NotificationTargets []string          `json:"notificationTargets,omitempty"` // SNS topic ARNs, ≤10
}

// IncidentStatus is OPEN or RESOLVED.
//
//	       UpdateIncidentRecord(RESOLVED)
//	OPEN ─────────────────────────────────► RESOLVED
//	  ▲                                        │
//	  └────────────────────────────────────────┘
//	        UpdateIncidentRecord(OPEN)
//
// Resolving stops every engagement of the incident; opening it again does not
// start them anew. AWS documents only the first move; the second is not
// forbidden by its model and saves people a second record of one incident.
type IncidentStatus string

// The states of an incident.
const (
	Open     IncidentStatus = "OPEN"
	Resolved IncidentStatus = "RESOLVED"
)

// Source values of incident records.
const (
	SourceManual = "aws.ssm-incidents.custom" // StartIncident without trigger details
	SourceEvents = "aws.events"               // an EventBridge rule
)

// Incident is an incident record.
type Incident struct {
	Account             Account
	ID                  string
	Plan                string // the response plan's name, which stays when the plan is deleted
	Title               string
	Summary             string
	Status              IncidentStatus
	Impact              int
	Dedupe              string // the dedupe string, visible on the record
	Source              IncidentSource
	ChatTopics          []string
	ChatEmpty           bool
	NotificationTargets []string
	Automations         []string // execution ARNs
	Created             time.Time
	Resolved            time.Time
	Modified            time.Time
	ModifiedBy          string
}

// ARN is the incident's name in the world; it has no region.
func (i *Incident) ARN() ARN { return IncidentARN(i.Account, i.Plan, i.ID) }

// ImpactName gives AWS's word for an impact of 1 to 5.
// Source: https://docs.aws.amazon.com/incident-manager/latest/userguide/response-plans.html
func ImpactName(impact int) string {
	if impact < 1 || impact > len(impactNames) {
		return ""
	}
	return impactNames[impact-1]
}

var impactNames = [...]string{"Critical", "High", "Medium", "Low", "No impact"}

// IncidentSource says what started an incident.
type IncidentSource struct {
	CreatedBy string `json:"createdBy"`
	InvokedBy string `json:"invokedBy,omitempty"`
	Resource  string `json:"resource,omitempty"` // the ARN of the rule or alarm
	Source    string `json:"source"`
}

// Timeline event types that the service writes, and the two that customers may.
const (
	EventTrigger     = "SSM Incident Trigger"
	EventStart       = "SSM Incident Start"
	EventUpdate      = "SSM Incident Record Update"
	EventPage        = "SSM Contacts Page for Incident"
	EventAcknowledge = "SSM Contacts Page Acknowledgement for Incident"
	EventCustom      = "Custom Event"
	EventNote        = "Note"

	// EventSkipped is ours: a stage whose time passed while the server was
	// down, or a target that could not be paged.
	EventSkipped = "Tocsin Page Skipped for Incident"
	// EventAgain is ours: a plan that was begun anew, or its fallback engaged, by an
	// option of the plan.
	EventAgain = "Tocsin Plan Restart for Incident"
	// EventFailed is ours: a page that could not be delivered.
	EventFailed = "Tocsin Page Failure for Incident"
)

// TimelineEvent is one entry of an incident's timeline.
type TimelineEvent struct {
	ID         string
	Incident   ARN
	Type       string
	Time       time.Time
	Updated    time.Time
	Data       string // JSON text, ≤12,000 characters
	References []Reference
}

// Reference points from a timeline event to a resource or a related item: one of the two.
type Reference struct {
	Resource    string `json:"resource,omitempty"`
	RelatedItem string `json:"relatedItemId,omitempty"`
}

// RelatedItem is something that helps with an incident. Value is AWS's union as
// JSON: {"arn":…}, {"url":…}, {"metricDefinition":…} or {"pagerDutyIncidentDetail":…}.
type RelatedItem struct {
	Type        string
	Value       json.RawMessage
	Title       string
	GeneratedID string // related-item/TYPE/<32 upper-hex>
}

// SetStatus is the state of a replication set or of a region in it.
//
//	CREATING ──► ACTIVE ──► UPDATING ──► ACTIVE
//	                 └────► DELETING ──► (gone)
type SetStatus string

// The states of a replication set.
const (
	SetCreating SetStatus = "CREATING"
	SetActive   SetStatus = "ACTIVE"
	SetUpdating SetStatus = "UPDATING"
	SetDeleting SetStatus = "DELETING"
)

// ReplicationSet is the account's one replication set: without it nothing of
// ssm-incidents and ssm-contacts works.
type ReplicationSet struct {
	Account    Account
	ID         string
	Status     SetStatus
	Protected  bool
	Regions    []ReplicationRegion
	CreatedBy  string
	Created    time.Time
	ModifiedBy string
	Modified   time.Time
}

// ARN is the set's name in the world; it has no region.
func (s *ReplicationSet) ARN() ARN { return ReplicationSetARN(s.Account, s.ID) }

// ReplicationRegion is one region of a replication set.
type ReplicationRegion struct {
	Region  Region    `json:"region"`
	KMSKey  string    `json:"kmsKey,omitempty"` // empty is AWS's DefaultKey
	Status  SetStatus `json:"status"`
	Message string    `json:"message,omitempty"`
	Updated time.Time `json:"updated"`
}
