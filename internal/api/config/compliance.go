package config

import (
	"context"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/store"
)

// maxContributors is how far contributors are counted.
const maxContributors = 25

// judged is the compliance of a whole: of a rule by its resources, or of a resource
// by its rules.
func judged(bad, good int) *wire.Compliance {
	switch {
	case bad > 0:
		return &wire.Compliance{ComplianceType: new(wire.ComplianceTypeNonCompliant), ComplianceContributorCount: &wire.ComplianceContributorCount{
			CappedCount: new(min(bad, maxContributors)), CapExceeded: new(bad > maxContributors)}}
	case good > 0:
		return &wire.Compliance{ComplianceType: new(wire.ComplianceTypeCompliant)}
	}
	return &wire.Compliance{ComplianceType: new(wire.ComplianceTypeInsufficientData)}
}

func wanted(types []wire.ComplianceType, have wire.ComplianceType) bool {
	return len(types) == 0 || slices.Contains(types, have)
}

// refuseType refuses a compliance type that the operation has no answers of.
func refuseType(types []wire.ComplianceType, none wire.ComplianceType) error {
	if slices.Contains(types, none) {
		return tocsin.Refuse("The ComplianceType " + string(none) + " is not valid for this operation.")
	}
	return nil
}

// DescribeComplianceByConfigRule tells of each rule whether something breaks it.
func (s *Server) DescribeComplianceByConfigRule(ctx context.Context, in *wire.DescribeComplianceByConfigRuleInput) (*wire.DescribeComplianceByConfigRuleOutput, error) {
	if err := refuseType(in.ComplianceTypes, wire.ComplianceTypeNotApplicable); err != nil {
		return nil, err
	}
	out := &wire.DescribeComplianceByConfigRuleOutput{ComplianceByConfigRules: []wire.ComplianceByConfigRule{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		rules, next, err := s.some(ctx, tx, in.ConfigRuleNames, rulePage, in.NextToken, in.ComplianceTypes)
		out.NextToken = next
		if err != nil {
			return err
		}
		for _, r := range rules {
			n, err := tx.CountCompliance(r.Name)
			if err != nil {
				return err
			}
			c := judged(n[tocsin.NonCompliant], n[tocsin.Compliant])
			if wanted(in.ComplianceTypes, *c.ComplianceType) {
				out.ComplianceByConfigRules = append(out.ComplianceByConfigRules, wire.ComplianceByConfigRule{ConfigRuleName: &r.Name, Compliance: c})
			}
		}
		return nil
	})
	return out, err
}

// A resource is a place in the list of evaluations.
func place(kind, resource string) string { return kind + "\n" + resource }

func placed(p string) (kind, resource string) {
	kind, resource, _ = strings.Cut(p, "\n")
	return kind, resource
}

func checkResource(kind, id *string) error {
	if id != nil && kind == nil {
		return tocsin.Refuse("ResourceId needs a ResourceType.")
	}
	return nil
}

// DescribeComplianceByResource tells of each resource whether it breaks a rule.
func (s *Server) DescribeComplianceByResource(ctx context.Context, in *wire.DescribeComplianceByResourceInput) (*wire.DescribeComplianceByResourceOutput, error) {
	if err := refuseType(in.ComplianceTypes, wire.ComplianceTypeNotApplicable); err != nil {
		return nil, err
	}
	if err := checkResource(in.ResourceType, in.ResourceId); err != nil {
		return nil, err
	}
	size := detailPage
	if in.Limit != nil && *in.Limit > 0 {
		size = *in.Limit
	}
	p, err := api.NewPage(ctx, s.Pager, &size, in.NextToken, []any{in.ResourceType, in.ResourceId, in.ComplianceTypes})
	if err != nil {
		return nil, err
	}
	out := &wire.DescribeComplianceByResourceOutput{}
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		out.ComplianceByResources, out.NextToken = []wire.ComplianceByResource{}, nil
		return groups(tx, in, p.After, func(kind, id string, bad, good int) bool {
			c := judged(bad, good)
			if !wanted(in.ComplianceTypes, *c.ComplianceType) {
				return true
			}
			if n := len(out.ComplianceByResources); n == p.Limit {
				last := out.ComplianceByResources[n-1]
				out.NextToken = p.Token(place(*last.ResourceType, *last.ResourceId))
				return false
			}
			out.ComplianceByResources = append(out.ComplianceByResources, wire.ComplianceByResource{ResourceType: &kind, ResourceId: &id, Compliance: c})
			return true
		})
	})
	return out, err
}

// groupBatch is more evaluations than one resource can have: one a rule.
const groupBatch = maxRules + 100

// groups counts what rules say of each resource that the request is about, in order,
// until tell says that it has enough.
func groups(tx *store.Tx, in *wire.DescribeComplianceByResourceInput, after string, tell func(kind, id string, bad, good int) bool) error {
	only, id := api.Text(in.ResourceType), api.Text(in.ResourceId)
	kind, resource := placed(after)
	if after == "" {
		kind = only
	}
	for {
		all, err := tx.Evaluations(kind, resource, groupBatch)
		if id != "" {
			all, err = tx.ResourceEvaluations(only, id, "", groupBatch)
		}
		if err != nil {
			return err
		}
		for i := 0; i < len(all); {
			kind, resource = all[i].Type, all[i].Resource
			bad, good, end := 0, 0, i
			for ; end < len(all) && all[end].Type == kind && all[end].Resource == resource; end++ {
				switch all[end].Compliance {
				case tocsin.NonCompliant:
					bad++
				case tocsin.Compliant:
					good++
				}
			}
			if end == len(all) && len(all) == groupBatch { // it may go on: read it again from its beginning
				break
			}
			if only != "" && kind != only || !tell(kind, resource, bad, good) {
				return nil
			}
			i = end
		}
		if len(all) < groupBatch {
			return nil
		}
		last := all[len(all)-1]
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].Type != last.Type || all[i].Resource != last.Resource {
				kind, resource = all[i].Type, all[i].Resource
				break
			}
		}
	}
}

// GetComplianceDetailsByConfigRule shows what a rule says of each resource.
func (s *Server) GetComplianceDetailsByConfigRule(ctx context.Context, in *wire.GetComplianceDetailsByConfigRuleInput) (*wire.GetComplianceDetailsByConfigRuleOutput, error) {
	if err := refuseType(in.ComplianceTypes, wire.ComplianceTypeInsufficientData); err != nil {
		return nil, err
	}
	size := detailPage
	if in.Limit != nil && *in.Limit > 0 {
		size = *in.Limit
	}
	p, err := api.NewPage(ctx, s.Pager, &size, in.NextToken, []any{in.ConfigRuleName, in.ComplianceTypes})
	if err != nil {
		return nil, err
	}
	out := &wire.GetComplianceDetailsByConfigRuleOutput{}
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if _, err := rule(tx, in.ConfigRuleName); err != nil {
			return err
		}
		kind, resource := placed(p.After)
		out.EvaluationResults, out.NextToken, err = details(p, in.ComplianceTypes, func(after *tocsin.Evaluation, limit int) ([]tocsin.Evaluation, error) {
			if after != nil {
				kind, resource = after.Type, after.Resource
			}
			return tx.RuleEvaluations(in.ConfigRuleName, kind, resource, limit)
		}, func(e *tocsin.Evaluation) string { return place(e.Type, e.Resource) })
		return err
	})
	return out, err
}

// GetComplianceDetailsByResource shows what each rule says of a resource.
func (s *Server) GetComplianceDetailsByResource(ctx context.Context, in *wire.GetComplianceDetailsByResourceInput) (*wire.GetComplianceDetailsByResourceOutput, error) {
	if err := refuseType(in.ComplianceTypes, wire.ComplianceTypeInsufficientData); err != nil {
		return nil, err
	}
	if in.ResourceType == nil || in.ResourceId == nil || in.ResourceEvaluationId != nil {
		return nil, tocsin.Refuse("ResourceType and ResourceId must be specified; evaluations of the mode PROACTIVE are not supported.")
	}
	p, err := api.NewPage(ctx, s.Pager, new(detailPage), in.NextToken, []any{in.ResourceType, in.ResourceId, in.ComplianceTypes})
	if err != nil {
		return nil, err
	}
	out := &wire.GetComplianceDetailsByResourceOutput{}
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		from := p.After
		out.EvaluationResults, out.NextToken, err = details(p, in.ComplianceTypes, func(after *tocsin.Evaluation, limit int) ([]tocsin.Evaluation, error) {
			if after != nil {
				from = after.Rule
			}
			return tx.ResourceEvaluations(*in.ResourceType, *in.ResourceId, from, limit)
		}, func(e *tocsin.Evaluation) string { return e.Rule })
		return err
	})
	return out, err
}

// details fills a page with the evaluations that are of a wanted type.
func details(p api.Page, types []wire.ComplianceType, read func(after *tocsin.Evaluation, limit int) ([]tocsin.Evaluation, error),
	key func(*tocsin.Evaluation) string,
) (page []wire.EvaluationResult, next *string, err error) {
	const batch = 500
	page = []wire.EvaluationResult{}
	var last, shown *tocsin.Evaluation
	for {
		some, err := read(last, batch)
		if err != nil {
			return nil, nil, err
		}
		for i := range some {
			e := &some[i]
			last = e
			if !wanted(types, wire.ComplianceType(e.Compliance)) {
				continue
			}
			if len(page) == p.Limit {
				return page, p.Token(key(shown)), nil
			}
			page, shown = append(page, evaluated(e)), e
		}
		if len(some) < batch {
			return page, nil, nil
		}
	}
}

func evaluated(e *tocsin.Evaluation) wire.EvaluationResult {
	return wire.EvaluationResult{ComplianceType: new(wire.ComplianceType(e.Compliance)), Annotation: api.Optional(e.Annotation),
		ResultRecordedTime: &e.Recorded, ConfigRuleInvokedTime: &e.Invoked,
		EvaluationResultIdentifier: &wire.EvaluationResultIdentifier{OrderingTimestamp: &e.Ordering, EvaluationResultQualifier: &wire.EvaluationResultQualifier{
			ConfigRuleName: &e.Rule, ResourceType: &e.Type, ResourceId: &e.Resource, EvaluationMode: new(wire.EvaluationModeDetective)}}}
}
