// Package finding keeps what GuardDuty finds: detectors, sample findings for drills,
// and findings of AWS that come in as events. The guardduty API calls it, and the bus
// by a job of its own. Findings are rows of the store; a sample goes to the bus as the
// event that AWS would send, in the transaction that writes its row. What came from AWS
// was on the bus already and does not go there again.
package finding

import (
	"crypto/rand"
	"encoding/hex"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Frequencies are how often AWS can be asked to send a finding again, the default first.
func Frequencies() []string { return []string{"SIX_HOURS", "ONE_HOUR", "FIFTEEN_MINUTES"} }

// The texts with which GuardDuty refuses.
const (
	notOwned = "The request is rejected because the input detectorId is not owned by the current account."
	existing = "The request is rejected because a detector already exists for the current account."
)

// features are those that a new detector has, as at AWS: all but runtime monitoring.
var features = []tocsin.Feature{
	{Name: "S3_DATA_EVENTS", Enabled: true},
	{Name: "EKS_AUDIT_LOGS", Enabled: true},
	{Name: "EBS_MALWARE_PROTECTION", Enabled: true},
	{Name: "RDS_LOGIN_EVENTS", Enabled: true},
	{Name: "LAMBDA_NETWORK_LOGS", Enabled: true},
	{Name: "EKS_RUNTIME_MONITORING", Parts: []tocsin.Feature{{Name: "EKS_ADDON_MANAGEMENT"}}},
	{Name: "RUNTIME_MONITORING", Parts: []tocsin.Feature{{Name: "EKS_ADDON_MANAGEMENT"}, {Name: "ECS_FARGATE_AGENT_MANAGEMENT"}, {Name: "EC2_AGENT_MANAGEMENT"}}},
}

// Create makes the detector of the transaction's account and Region, with what change
// asks for. Conflict if there is one.
func Create(tx *store.Tx, change Change) (*tocsin.Detector, error) {
	if was, err := tx.OwnDetector(); err != nil {
		return nil, err
	} else if was != nil {
		return nil, &tocsin.Error{Kind: tocsin.Conflict, Message: existing, Resource: string(was.ARN())}
	}
	d := blank(tx, newID())
	d.Own = true
	change.apply(d)
	return d, tx.PutDetector(d)
}

// blank is a detector as AWS makes it where nothing is asked for.
func blank(tx *store.Tx, id string) *tocsin.Detector {
	now := tx.Now()
	d := &tocsin.Detector{Account: tx.Account(), Region: tx.Region(), ID: id, Enabled: true, Frequency: Frequencies()[0], Created: now, Updated: now}
	for _, f := range features {
		f.Updated, f.Parts = now, slices.Clone(f.Parts)
		for i := range f.Parts {
			f.Parts[i].Updated = now
		}
		d.Features = append(d.Features, f)
	}
	return d
}

func newID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// Detector gives a detector of the transaction's account and Region, or GuardDuty's
// word that it is not there.
func Detector(tx *store.Tx, id string) (*tocsin.Detector, error) {
	d, err := tx.Detector(id)
	if err == nil && d == nil {
		err = &tocsin.Error{Kind: tocsin.NotFound, Message: notOwned, Resource: id}
	}
	return d, err
}

// Change is what is asked of a detector; nil and empty leave what is.
type Change struct {
	Enabled   *bool
	Frequency string
	Features  []tocsin.Feature // only those that change; so with their parts
}

// Update changes a detector.
func Update(tx *store.Tx, id string, change Change) error {
	d, err := Detector(tx, id)
	if err != nil {
		return err
	}
	d.Updated = tx.Now()
	change.apply(d)
	return tx.PutDetector(d)
}

func (c Change) apply(d *tocsin.Detector) {
	if c.Enabled != nil {
		d.Enabled = *c.Enabled
	}
	if c.Frequency != "" {
		d.Frequency = c.Frequency
	}
	for _, f := range c.Features {
		merge(&d.Features, f, d)
	}
}

// merge puts a feature into a list, in the place of the one with its name.
func merge(all *[]tocsin.Feature, f tocsin.Feature, d *tocsin.Detector) {
	i := slices.IndexFunc(*all, func(have tocsin.Feature) bool { return have.Name == f.Name })
	if i < 0 {
		i = len(*all)
		*all = append(*all, tocsin.Feature{Name: f.Name})
	}
	have := &(*all)[i]
	if have.Enabled != f.Enabled || have.Updated.IsZero() {
		have.Enabled, have.Updated = f.Enabled, d.Updated
	}
	for _, part := range f.Parts {
		merge(&have.Parts, part, d)
	}
}

// Delete removes a detector with its findings.
func Delete(tx *store.Tx, id string) error {
	d, err := Detector(tx, id)
	if err != nil {
		return err
	}
	return tx.DeleteDetector(d)
}

// Mark changes findings of a detector; all must be there.
func Mark(tx *store.Tx, detector string, ids []string, change func(*tocsin.Finding)) error {
	if _, err := Detector(tx, detector); err != nil {
		return err
	}
	for _, id := range ids {
		f, err := tx.Finding(detector, id)
		if err != nil {
			return err
		}
		if f == nil {
			return refuse("findingIds", "the detector has no finding "+id)
		}
		change(f)
		if err := tx.PutFinding(f); err != nil {
			return err
		}
	}
	return nil
}

// refuse says which parameter is wrong, in GuardDuty's words, and then why.
func refuse(parameter, why string) error {
	return tocsin.Refuse("The request is rejected because the parameter " + parameter + " has an invalid value: " + why + ".")
}
