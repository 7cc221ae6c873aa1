package tocsin

import (
	"encoding/json"
	"time"
)

// Compliance is AWS Config's word for what a rule says of a resource.
type Compliance string

// What a rule may say. InsufficientData stands for "not known yet"; no single
// resource has it.
const (
	Compliant        Compliance = "COMPLIANT"
	NonCompliant     Compliance = "NON_COMPLIANT"
	NotApplicable    Compliance = "NOT_APPLICABLE"
	InsufficientData Compliance = "INSUFFICIENT_DATA"
)

// Verdict is what a rule says of a resource. Annotation says why in at most 256
// characters; it is empty where there is nothing to say.
type Verdict struct {
	Compliance Compliance
	Annotation string
}

// ConfigRule is a rule of AWS Config: what is asked of which resources.
type ConfigRule struct {
	Account    Account
	Region     Region
	Name       string
	ID         string            // config-rule- and six characters
	Identifier string            // of a managed rule, for instance S3_BUCKET_PUBLIC_READ_PROHIBITED; empty for rules of one's own
	Types      []string          // only resources of these types; empty for all
	Resource   string            // only this one; empty for all
	Parameters map[string]string // of the managed rule
	Rest       json.RawMessage   // the rule as the API gave it, whole
	Created    time.Time
	Asked      time.Time // when an evaluation was last asked for, by the API or by a change of the rule
	Status     RuleStatus
}

// ARN is the rule's name in the world.
func (r *ConfigRule) ARN() ARN {
	return MakeARN(ServiceConfig, r.Region, r.Account, "config-rule/"+r.ID)
}

// RuleStatus is how evaluating a rule went. Zero times stand for "never".
type RuleStatus struct {
	Started      time.Time // when its first evaluation began
	Invoked      time.Time // the last one that could begin
	Evaluated    time.Time // the last one in which every resource could be read
	Failed       time.Time // the last one that went wrong in part or whole
	ErrorCode    string    // of the last one; empty if it went well
	ErrorMessage string
}

// Evaluation is what a rule said last of one resource.
type Evaluation struct {
	Rule     string // the rule's name
	Type     string // of the resource, for instance AWS::S3::Bucket
	Resource string // its id
	Verdict
	Ordering time.Time // as of when the resource was known
	Invoked  time.Time // when the evaluation began
	Recorded time.Time // when its result was written
}
