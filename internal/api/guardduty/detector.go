package guardduty

import (
	"context"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/guardduty"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/store"
)

const idPage = 50 // ids that a list shows where the request does not say

// CreateDetector makes the account's detector in the Region.
func (s *Server) CreateDetector(ctx context.Context, in *wire.CreateDetectorInput) (*wire.CreateDetectorOutput, error) {
	features, err := features(in.Features, in.DataSources)
	if err != nil {
		return nil, err
	}
	c := finding.Change{Enabled: &in.Enable, Frequency: frequency(in.FindingPublishingFrequency), Features: features}
	var id string
	err = s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		id, err = store.Once(tx, name+":CreateDetector", api.Text(in.ClientToken), in, func() (string, error) {
			d, err := finding.Create(tx, c)
			if err != nil {
				return "", err
			}
			return d.ID, api.PutTags(tx, d.ARN(), in.Tags)
		})
		return err
	})
	return &wire.CreateDetectorOutput{DetectorId: &id}, err
}

// ListDetectors lists the account's own detector in the Region, then those whose
// findings came in as events.
func (s *Server) ListDetectors(ctx context.Context, in *wire.ListDetectorsInput) (*wire.ListDetectorsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, limit(in.MaxResults), token(in.NextToken), nil)
	if err != nil {
		return nil, err
	}
	out := &wire.ListDetectorsOutput{DetectorIds: []string{}}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		var ids []string
		after := p.After
		if after == "" {
			own, err := tx.OwnDetector()
			if err != nil {
				return err
			}
			if own != nil {
				ids = append(ids, own.ID)
			}
		} else {
			after = after[1:]
		}
		others, err := tx.OtherDetectors(after, p.Limit+1)
		if err != nil {
			return err
		}
		for _, d := range others {
			ids = append(ids, d.ID)
		}
		out.DetectorIds = append(out.DetectorIds, ids[:min(len(ids), p.Limit)]...)
		if len(ids) > p.Limit {
			out.NextToken = p.Token(cursor(ids[:p.Limit], others))
		}
		return nil
	})
}

// cursor names the last of the others that a page shows: a mark, and its id if there is one.
func cursor(shown []string, others []*tocsin.Detector) string {
	last := shown[len(shown)-1]
	if slices.ContainsFunc(others, func(d *tocsin.Detector) bool { return d.ID == last }) {
		return ">" + last
	}
	return ">"
}

// GetDetector tells of a detector.
func (s *Server) GetDetector(ctx context.Context, in *wire.GetDetectorInput) (*wire.GetDetectorOutput, error) {
	out := &wire.GetDetectorOutput{}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		d, err := finding.Detector(tx, in.DetectorId)
		if err != nil {
			return err
		}
		tags, err := tx.Tags(d.ARN())
		*out = shown(d)
		out.Tags = tags
		return err
	})
}

// UpdateDetector changes what is given and leaves the rest.
func (s *Server) UpdateDetector(ctx context.Context, in *wire.UpdateDetectorInput) (*wire.UpdateDetectorOutput, error) {
	features, err := features(in.Features, in.DataSources)
	if err != nil {
		return nil, err
	}
	c := finding.Change{Enabled: in.Enable, Frequency: frequency(in.FindingPublishingFrequency), Features: features}
	return &wire.UpdateDetectorOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return finding.Update(tx, in.DetectorId, c) })
}

// DeleteDetector removes a detector with its findings.
func (s *Server) DeleteDetector(ctx context.Context, in *wire.DeleteDetectorInput) (*wire.DeleteDetectorOutput, error) {
	return &wire.DeleteDetectorOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return finding.Delete(tx, in.DetectorId) })
}

func frequency(f *wire.FindingPublishingFrequency) string {
	if f == nil {
		return ""
	}
	return string(*f)
}

// limit and token read paging members as GuardDuty's clients send them: "" is no token.
func limit(most *int) *int {
	if most == nil {
		return new(idPage)
	}
	return most
}

func token(t *string) *string {
	if api.Text(t) == "" {
		return nil
	}
	return t
}

// features reads what is asked of the kinds of protection, in the words of today or in
// those of dataSources, which they replace.
func features(given []wire.DetectorFeatureConfiguration, old *wire.DataSourceConfigurations) ([]tocsin.Feature, error) {
	if len(given) > 0 && old != nil {
		return nil, tocsin.Refuse("The request is rejected because dataSources and features cannot be given together.")
	}
	var out []tocsin.Feature
	names := map[string]bool{}
	for _, f := range given {
		if f.Name == nil || f.Status == nil {
			return nil, tocsin.Refuse("The request is rejected because each of features needs a name and a status.")
		}
		if names[string(*f.Name)] {
			return nil, tocsin.Refuse("The request is rejected because the feature " + string(*f.Name) + " is given twice.")
		}
		names[string(*f.Name)] = true
		feature := tocsin.Feature{Name: string(*f.Name), Enabled: *f.Status == wire.FeatureStatusEnabled}
		for _, part := range f.AdditionalConfiguration {
			if part.Name == nil || part.Status == nil {
				return nil, tocsin.Refuse("The request is rejected because each of additionalConfiguration needs a name and a status.")
			}
			feature.Parts = append(feature.Parts, tocsin.Feature{Name: string(*part.Name), Enabled: *part.Status == wire.FeatureStatusEnabled})
		}
		out = append(out, feature)
	}
	if names[runtimeOfEKS] && names[runtimeOfAll] {
		return nil, tocsin.Refuse("The request is rejected because only one of " + runtimeOfEKS + " and " + runtimeOfAll + " can be given.")
	}
	if old == nil {
		return out, nil
	}
	if old.S3Logs != nil {
		out = append(out, tocsin.Feature{Name: s3Events, Enabled: old.S3Logs.Enable})
	}
	if old.Kubernetes != nil {
		out = append(out, tocsin.Feature{Name: eksLogs, Enabled: old.Kubernetes.AuditLogs.Enable})
	}
	if m := old.MalwareProtection; m != nil && m.ScanEc2InstanceWithFindings != nil && m.ScanEc2InstanceWithFindings.EbsVolumes != nil {
		out = append(out, tocsin.Feature{Name: ebsMalware, Enabled: *m.ScanEc2InstanceWithFindings.EbsVolumes})
	}
	return out, nil
}

// Features that have other words in dataSources, or exclude each other.
const (
	s3Events     = string(wire.DetectorFeatureS3DataEvents)
	eksLogs      = string(wire.DetectorFeatureEksAuditLogs)
	ebsMalware   = string(wire.DetectorFeatureEbsMalwareProtection)
	runtimeOfEKS = string(wire.DetectorFeatureEksRuntimeMonitoring)
	runtimeOfAll = string(wire.DetectorFeatureRuntimeMonitoring)
)

// always are the features that cannot be turned off, named by no request.
var always = []string{"CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"}

// shown is a detector in GuardDuty's words.
func shown(d *tocsin.Detector) wire.GetDetectorOutput {
	role := "arn:aws:iam::" + string(d.Account) + ":role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty"
	status := wire.DetectorStatusDisabled
	if d.Enabled {
		status = wire.DetectorStatusEnabled
	}
	out := wire.GetDetectorOutput{ServiceRole: role, Status: status, CreatedAt: new(instant(d.Created)), UpdatedAt: new(instant(d.Updated)),
		FindingPublishingFrequency: new(wire.FindingPublishingFrequency(d.Frequency)), DataSources: sources(d, role)}
	for _, n := range always {
		out.Features = append(out.Features, wire.DetectorFeatureConfigurationResult{Name: new(wire.DetectorFeatureResult(n)), Status: new(wire.FeatureStatusEnabled), UpdatedAt: &d.Created})
	}
	for i := range d.Features {
		f := &d.Features[i]
		w := wire.DetectorFeatureConfigurationResult{Name: new(wire.DetectorFeatureResult(f.Name)), Status: new(featureStatus(f.Enabled)), UpdatedAt: &f.Updated}
		for j := range f.Parts {
			part := &f.Parts[j]
			w.AdditionalConfiguration = append(w.AdditionalConfiguration, wire.DetectorAdditionalConfigurationResult{
				Name: new(wire.FeatureAdditionalConfiguration(part.Name)), Status: new(featureStatus(part.Enabled)), UpdatedAt: &part.Updated})
		}
		out.Features = append(out.Features, w)
	}
	return out
}

func featureStatus(on bool) wire.FeatureStatus {
	if on {
		return wire.FeatureStatusEnabled
	}
	return wire.FeatureStatusDisabled
}

// sources tells of the features in the words of dataSources.
func sources(d *tocsin.Detector, role string) *wire.DataSourceConfigurationsResult {
	status := func(feature string) wire.DataSourceStatus {
		if slices.ContainsFunc(d.Features, func(f tocsin.Feature) bool { return f.Name == feature && f.Enabled }) {
			return wire.DataSourceStatusEnabled
		}
		return wire.DataSourceStatusDisabled
	}
	on := wire.DataSourceStatusEnabled
	return &wire.DataSourceConfigurationsResult{
		CloudTrail: wire.CloudTrailConfigurationResult{Status: on}, DNSLogs: wire.DNSLogsConfigurationResult{Status: on}, FlowLogs: wire.FlowLogsConfigurationResult{Status: on},
		S3Logs:     wire.S3LogsConfigurationResult{Status: status(s3Events)},
		Kubernetes: &wire.KubernetesConfigurationResult{AuditLogs: wire.KubernetesAuditLogsConfigurationResult{Status: status(eksLogs)}},
		MalwareProtection: &wire.MalwareProtectionConfigurationResult{ServiceRole: &role,
			ScanEc2InstanceWithFindings: &wire.ScanEc2InstanceWithFindingsResult{EbsVolumes: &wire.EbsVolumesResult{Status: new(status(ebsMalware))}}},
	}
}

// instant writes an instant as GuardDuty's texts carry it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
