package tocsin

import (
	"encoding/json"
	"time"
)

// Detector is GuardDuty in one account and Region: what findings belong to. An own one
// was made by the API, and there is at most one; others stand for detectors at AWS
// whose findings came in as events.
type Detector struct {
	Account   Account
	Region    Region
	ID        string // 32 lower-case hexadecimal digits where it is an own one
	Own       bool
	Enabled   bool
	Frequency string // how often AWS would send a finding again: FIFTEEN_MINUTES, ONE_HOUR, SIX_HOURS
	Features  []Feature
	Created   time.Time
	Updated   time.Time
}

// Feature is a kind of protection that a detector has. It is kept and shown: what is
// found is found by AWS.
type Feature struct {
	Name    string
	Enabled bool
	Updated time.Time
	Parts   []Feature `json:",omitempty"` // its additional configuration
}

// ARN is the detector's name in the world.
func (d *Detector) ARN() ARN {
	return MakeARN(ServiceGuardDuty, d.Region, d.Account, "detector/"+d.ID)
}

// Finding is what GuardDuty found, and what people made of it since.
type Finding struct {
	Detector string
	ID       string
	Archived bool
	Feedback string // USEFUL, NOT_USEFUL or empty
	Updated  time.Time
	// Detail is the finding as events carry it, one JSON object. Where it says something
	// else of archived and feedback, the members above are right.
	Detail json.RawMessage
}

// FindingARN names a finding of a detector.
func FindingARN(r Region, acct Account, detector, id string) ARN {
	return MakeARN(ServiceGuardDuty, r, acct, "detector/"+detector+"/finding/"+id)
}
