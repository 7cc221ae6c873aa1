package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// TopicFinding is what the live view calls detectors and their findings.
const TopicFinding = "finding"

// FindingsFor is how long a finding is kept after it was updated last, as at AWS.
const FindingsFor = 90 * 24 * time.Hour

func detector(r sqldb.Detector) (*tocsin.Detector, error) {
	d := &tocsin.Detector{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), ID: r.ID, Own: r.Own, Enabled: r.Enabled,
		Frequency: r.Frequency, Created: tocsin.Micros(r.Created).Time(), Updated: tocsin.Micros(r.Updated).Time()}
	return d, decode(r.Features, &d.Features)
}

func oneDetector(r sqldb.Detector, err error) (*tocsin.Detector, error) {
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read detector: %w", err)
	}
	return detector(r)
}

// Detector gives a detector of the transaction's region, or nil.
func (tx *Tx) Detector(id string) (*tocsin.Detector, error) {
	r, err := tx.q.GetDetector(tx.ctx, sqldb.GetDetectorParams{Account: tx.acct(), Region: tx.region(), ID: id})
	return oneDetector(r, err)
}

// OwnDetector gives the region's own detector, or nil.
func (tx *Tx) OwnDetector() (*tocsin.Detector, error) {
	r, err := tx.q.GetOwnDetector(tx.ctx, sqldb.GetOwnDetectorParams{Account: tx.acct(), Region: tx.region()})
	return oneDetector(r, err)
}

// OtherDetectors lists at most limit detectors of the region by id, after the given
// one: all but its own.
func (tx *Tx) OtherDetectors(after string, limit int) ([]*tocsin.Detector, error) {
	rows, err := tx.q.ListDetectors(tx.ctx, sqldb.ListDetectorsParams{Account: tx.acct(), Region: tx.region(), ID: after, Max: int32(limit)})
	return each("list detectors", rows, err, detector)
}

// PutDetector writes a detector, new or changed; a change leaves whose it is and its date.
func (tx *Tx) PutDetector(d *tocsin.Detector) error {
	tx.Changed(TopicFinding, d.ARN())
	return wrap("write detector", tx.q.PutDetector(tx.ctx, sqldb.PutDetectorParams{Account: tx.acct(), Region: tx.region(), ID: d.ID, Own: d.Own,
		Enabled: d.Enabled, Frequency: d.Frequency, Features: encode(d.Features), Created: micros(d.Created), Updated: micros(d.Updated)}))
}

// DeleteDetector removes a detector with its tags and findings.
func (tx *Tx) DeleteDetector(d *tocsin.Detector) error {
	tx.Changed(TopicFinding, d.ARN())
	err := tx.q.DeleteDetector(tx.ctx, sqldb.DeleteDetectorParams{Account: tx.acct(), Region: tx.region(), ID: d.ID})
	if err != nil {
		return fmt.Errorf("delete detector: %w", err)
	}
	err = tx.q.DeleteFindings(tx.ctx, sqldb.DeleteFindingsParams{Account: tx.acct(), Region: tx.region(), Detector: d.ID})
	if err != nil {
		return fmt.Errorf("delete findings: %w", err)
	}
	return tx.DeleteTags(d.ARN())
}

func finding(r sqldb.Finding) (*tocsin.Finding, error) {
	return &tocsin.Finding{Detector: r.Detector, ID: r.ID, Archived: r.Archived, Feedback: r.Feedback, Updated: tocsin.Micros(r.Updated).Time(),
		Detail: []byte(r.Detail)}, nil
}

// Finding gives a finding of a detector, or nil.
func (tx *Tx) Finding(detector, id string) (*tocsin.Finding, error) {
	r, err := tx.q.GetFinding(tx.ctx, sqldb.GetFindingParams{Account: tx.acct(), Region: tx.region(), Detector: detector, ID: id})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read finding: %w", err)
	}
	return finding(r)
}

// PutFinding writes a finding, in the place of what was kept of it.
func (tx *Tx) PutFinding(f *tocsin.Finding) error {
	tx.Changed(TopicFinding, tocsin.FindingARN(tx.Region(), tx.Account(), f.Detector, f.ID))
	return wrap("write finding", tx.q.PutFinding(tx.ctx, sqldb.PutFindingParams{Account: tx.acct(), Region: tx.region(), Detector: f.Detector, ID: f.ID,
		Archived: f.Archived, Feedback: f.Feedback, Updated: micros(f.Updated), Detail: string(f.Detail)}))
}

// Findings lists at most limit findings of a detector after c, the ones first that
// were updated last.
func (tx *Tx) Findings(detector string, c Cursor, limit int) ([]*tocsin.Finding, error) {
	before, id := c.before()
	rows, err := tx.q.ListFindings(tx.ctx, sqldb.ListFindingsParams{Account: tx.acct(), Region: tx.region(), Detector: detector, Before: before, BeforeID: id,
		Max: int32(limit)})
	return each("list findings", rows, err, finding)
}

// ForgetFindings removes findings that were updated longer than FindingsFor ago, of
// all accounts.
func (tx *Tx) ForgetFindings() (int, error) {
	n, err := tx.q.DeleteFindingsBefore(tx.ctx, micros(tx.now.Add(-FindingsFor)))
	return int(n), wrap("forget findings", err)
}
