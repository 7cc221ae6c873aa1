package tocsin

import (
	"encoding/json"
	"time"
)

// DefaultBus is the event bus that always exists.
const DefaultBus = "default"

// Event is one EventBridge event: its whole envelope as JSON text, and the
// members of the envelope that routing and storage need.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type Event struct {
	ID         string
	Source     string
	DetailType string
	Account    Account
	Region     Region
	Time       time.Time
	Resources  []string
	Bus        string
	Raw        json.RawMessage // the envelope as delivered, one JSON object
	Late       time.Duration   // how long after it happened it came, where that is worth a word; else 0
}

// RuleState says which events a rule is offered.
type RuleState string

// The states of a rule. Under RuleEnabled, read-only CloudTrail management
// events (Get*, List*, Describe*) are not matched.
const (
	RuleEnabled    RuleState = "ENABLED"
	RuleDisabled   RuleState = "DISABLED"
	RuleEnabledAll RuleState = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
)

// Rule routes events of one bus that match its pattern to its targets.
type Rule struct {
	Account     Account
	Region      Region
	Bus         string
	Name        string // 1–64 of [.\-_A-Za-z0-9]
	Pattern     string // JSON text; empty when the rule has only a schedule
	Schedule    string // kept and shown; schedules are not run
	State       RuleState
	Description string
	RoleARN     string
	CreatedBy   Account
	Created     time.Time
}

// ARN is the rule's name in the world.
func (r *Rule) ARN() ARN { return RuleARN(r.Region, r.Account, r.Bus, r.Name) }

// Target is where a rule sends what it matched.
type Target struct {
	ID      string          // 1–64, unique in the rule
	ARN     ARN             // any well-formed ARN is kept; what cannot be delivered is dead-lettered
	RoleARN string          // kept, not assumed
	Input   string          // at most one of Input, InputPath, Template
	Path    string          // JSONPath into the event
	Rest    json.RawMessage // the target as the API gave it, whole
}

// Match is a rule that wants an event, with its targets as they were then.
type Match struct {
	Rule    Rule
	Targets []Target
	Event   Event
}

// DeadLetter is a delivery that was given up, kept so that somebody sees it.
type DeadLetter struct {
	ID       string
	Time     time.Time
	Rule     ARN
	Target   ARN
	Code     string // EventBridge's ERROR_CODE, for instance NO_RESOURCE
	Message  string
	EventID  string
	EventRaw string
}
