package finding

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// SamplePrefix begins the title of every sample finding.
const SamplePrefix = "[SAMPLE] "

// Sample makes one finding of each type, or finds it once more if it is there: it keeps
// its id and date, and counts. Every one goes to the rules at once, whatever frequency
// the detector has: that holds for what AWS finds by itself.
func Sample(tx *store.Tx, b *bus.Bus, detector string, kinds []Type) error {
	if _, err := Detector(tx, detector); err != nil {
		return err
	}
	details := make([]json.RawMessage, 0, len(kinds))
	for i := range kinds {
		detail, err := sample(tx, detector, &kinds[i])
		if err != nil {
			return err
		}
		details = append(details, detail)
	}
	return publish(tx, b, details)
}

// sampleID is the id that the sample of a type has in a detector.
func sampleID(detector, kind string) string {
	sum := sha256.Sum256([]byte(detector + " " + kind))
	return hex.EncodeToString(sum[:16])
}

// sample writes one sample and gives it as it goes out.
func sample(tx *store.Tx, detector string, t *Type) (json.RawMessage, error) {
	m := made{Type: t, tx: tx, detector: detector, id: sampleID(detector, t.Name), count: 1, first: tx.Now()}
	was, err := tx.Finding(detector, m.id)
	if err != nil {
		return nil, err
	}
	f := &tocsin.Finding{Detector: detector, ID: m.id, Updated: tx.Now()}
	if was != nil {
		h, err := Read(was.Detail)
		if err != nil {
			return nil, err
		}
		if at, err := time.Parse(time.RFC3339, h.CreatedAt); err == nil {
			m.first = at
		}
		m.count, m.archived = h.Service.Count+1, was.Archived
		f.Archived, f.Feedback = was.Archived, was.Feedback
	}
	if f.Detail, err = plain(m.finding()); err != nil {
		return nil, fmt.Errorf("write sample finding: %w", err)
	}
	return f.Detail, tx.PutFinding(f)
}

// made is a sample in the making.
type made struct {
	*Type
	tx       *store.Tx
	detector string
	id       string
	count    int
	archived bool
	first    time.Time
}

// detail is a finding as events carry it. Members stand in the order of AWS's.
type detail struct {
	SchemaVersion string  `json:"schemaVersion"`
	AccountID     string  `json:"accountId"`
	Region        string  `json:"region"`
	Partition     string  `json:"partition"`
	ID            string  `json:"id"`
	ARN           string  `json:"arn"`
	Type          string  `json:"type"`
	Resource      part    `json:"resource"`
	Service       service `json:"service"`
	Severity      float64 `json:"severity"`
	CreatedAt     string  `json:"createdAt"`
	UpdatedAt     string  `json:"updatedAt"`
	Title         string  `json:"title"`
	Description   string  `json:"description"`
}

type service struct {
	ServiceName    string `json:"serviceName"`
	DetectorID     string `json:"detectorId"`
	Action         part   `json:"action,omitempty"`
	ResourceRole   string `json:"resourceRole"`
	AdditionalInfo part   `json:"additionalInfo"`
	Evidence       part   `json:"evidence,omitempty"`
	FeatureName    string `json:"featureName,omitempty"`
	Detection      part   `json:"detection,omitempty"`
	RuntimeDetails part   `json:"runtimeDetails,omitempty"`
	VolumeScan     part   `json:"ebsVolumeScanDetails,omitempty"`
	MalwareScan    part   `json:"malwareScanDetails,omitempty"`
	EventFirstSeen string `json:"eventFirstSeen"`
	EventLastSeen  string `json:"eventLastSeen"`
	Archived       bool   `json:"archived"`
	Count          int    `json:"count"`
}

// part is a piece of a finding that differs from type to type.
type part map[string]any

func (m *made) finding() detail {
	return detail{
		SchemaVersion: "2.0", AccountID: string(m.tx.Account()), Region: string(m.tx.Region()), Partition: "aws", ID: m.id,
		ARN: string(tocsin.FindingARN(m.tx.Region(), m.tx.Account(), m.detector, m.id)), Type: m.Name,
		Resource: m.resource(), Service: m.service(), Severity: m.Severity,
		CreatedAt: instant(m.first), UpdatedAt: instant(m.tx.Now()), Title: SamplePrefix + m.Title, Description: m.Text,
	}
}

func (m *made) service() service {
	s := service{ServiceName: "guardduty", DetectorID: m.detector, Action: m.action(), ResourceRole: m.Role,
		AdditionalInfo: part{"sample": true, "value": `{"sample":true}`, "type": "default"},
		EventFirstSeen: instant(m.first), EventLastSeen: instant(m.tx.Now()), Archived: m.archived, Count: m.count}
	if m.Action == "NETWORK_CONNECTION" || m.Action == "DNS_REQUEST" {
		s.Evidence = part{"threatIntelligenceDetails": []part{{"threatListName": "GeneratedFindingThreatListName", "threatNames": []string{"GeneratedFindingThreatName"}}}}
	}
	switch m.part() {
	case "Runtime":
		s.FeatureName, s.RuntimeDetails = "RuntimeMonitoring", m.process()
	case "RDS":
		s.FeatureName = "RdsLoginEvents"
	case "Lambda":
		s.FeatureName = "LambdaNetworkActivity"
	case "Kubernetes":
		s.FeatureName = "EksAuditLogs"
	}
	switch {
	case m.Resource == "AttackSequence":
		s.Detection = m.sequence()
	case m.Purpose() == "Execution" && m.Action == "" && m.part() != "Runtime" && m.Resource != "RecoveryPoint":
		s.FeatureName, s.VolumeScan = "EbsVolumeScan", m.volumeScan()
	case m.Purpose() == "Object" || m.Resource == "RecoveryPoint":
		s.MalwareScan = part{"threats": []part{{"name": threat, "source": "GeneratedFindingThreatSource", "itemPaths": []part{{"nestedItemPath": "GeneratedFindingPath", "hash": fileHash}}}}}
	}
	return s
}
