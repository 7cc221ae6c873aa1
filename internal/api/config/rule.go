package config

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Pages of lists that cannot be asked to be of another size.
const (
	rulePage   = 25
	statusPage = 50
	detailPage = 10 // where the request does not say
)

// some gives the rules with these names in that order, or a page of all by name.
func (s *Server) some(ctx context.Context, tx *store.Tx, names []string, size int, token *string, query any) ([]*tocsin.ConfigRule, *string, error) {
	if len(names) > 0 {
		if token != nil && *token != "" {
			return nil, nil, tocsin.Refuse("NextToken cannot be given together with ConfigRuleNames.")
		}
		var all []*tocsin.ConfigRule
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				continue
			}
			r, err := rule(tx, name)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, r)
		}
		return all, nil, nil
	}
	p, err := api.NewPage(ctx, s.Pager, &size, token, query)
	if err != nil {
		return nil, nil, err
	}
	all, err := tx.ConfigRules(p.After, p.Limit+1)
	if err != nil || len(all) <= p.Limit {
		return all, nil, err
	}
	all = all[:p.Limit]
	return all, p.Token(all[p.Limit-1].Name), nil
}

// DescribeConfigRules shows rules, the named ones or all.
func (s *Server) DescribeConfigRules(ctx context.Context, in *wire.DescribeConfigRulesInput) (*wire.DescribeConfigRulesOutput, error) {
	out := &wire.DescribeConfigRulesOutput{ConfigRules: []wire.ConfigRule{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		rules, next, err := s.some(ctx, tx, in.ConfigRuleNames, rulePage, in.NextToken, in.Filters)
		out.NextToken = next
		if err != nil || in.Filters != nil && in.Filters.EvaluationMode != nil && *in.Filters.EvaluationMode != wire.EvaluationModeDetective {
			out.NextToken = nil
			return err
		}
		for _, r := range rules {
			w, err := shown(r)
			if err != nil {
				return err
			}
			out.ConfigRules = append(out.ConfigRules, w)
		}
		return nil
	})
	return out, err
}

func shown(r *tocsin.ConfigRule) (wire.ConfigRule, error) {
	var w wire.ConfigRule
	if err := json.Unmarshal(r.Rest, &w); err != nil {
		return w, fmt.Errorf("read stored rule: %w", err)
	}
	w.ConfigRuleName, w.ConfigRuleId, w.ConfigRuleArn = &r.Name, &r.ID, new(string(r.ARN()))
	state := wire.ConfigRuleStateActive
	w.ConfigRuleState = &state
	if len(w.EvaluationModes) == 0 {
		w.EvaluationModes = []wire.EvaluationModeConfiguration{{Mode: new(wire.EvaluationModeDetective)}}
	}
	return w, nil
}

// DeleteConfigRule removes a rule and what it said, at once.
func (s *Server) DeleteConfigRule(ctx context.Context, in *wire.DeleteConfigRuleInput) (*wire.DeleteConfigRuleOutput, error) {
	return &wire.DeleteConfigRuleOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		r, err := rule(tx, in.ConfigRuleName)
		if err != nil {
			return err
		}
		return tx.DeleteConfigRule(r)
	})
}

// StartConfigRulesEvaluation has rules evaluated now. Rules of one's own are
// evaluated by whoever puts evaluations, and stay as they are.
func (s *Server) StartConfigRulesEvaluation(ctx context.Context, in *wire.StartConfigRulesEvaluationInput) (*wire.StartConfigRulesEvaluationOutput, error) {
	if len(in.ConfigRuleNames) == 0 {
		return nil, tocsin.Refuse("ConfigRuleNames must name at least one ConfigRule.")
	}
	return &wire.StartConfigRulesEvaluationOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		for _, name := range in.ConfigRuleNames {
			r, err := rule(tx, name)
			if err != nil {
				return err
			}
			if err := tx.AskConfigRule(r); err != nil {
				return err
			}
		}
		tx.OnCommit(s.Wake)
		return nil
	})
}

// DescribeConfigRuleEvaluationStatus shows how evaluating rules went.
func (s *Server) DescribeConfigRuleEvaluationStatus(ctx context.Context, in *wire.DescribeConfigRuleEvaluationStatusInput) (*wire.DescribeConfigRuleEvaluationStatusOutput, error) {
	size := statusPage
	if in.Limit != nil && *in.Limit > 0 {
		size = *in.Limit
	}
	out := &wire.DescribeConfigRuleEvaluationStatusOutput{ConfigRulesEvaluationStatus: []wire.ConfigRuleEvaluationStatus{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		rules, next, err := s.some(ctx, tx, in.ConfigRuleNames, size, in.NextToken, nil)
		out.NextToken = next
		for _, r := range rules {
			st := r.Status
			if kind, _, managed := s.Known.Find(r.Identifier); managed && !s.Covers(r) {
				st.ErrorCode = "NoWatch"
				st.ErrorMessage = fmt.Sprintf("Nothing evaluates this rule: tocsin.yaml has no watch %q for %s in this account. See docs/watches.md.", kind.Name, r.Region)
			}
			out.ConfigRulesEvaluationStatus = append(out.ConfigRulesEvaluationStatus, wire.ConfigRuleEvaluationStatus{
				ConfigRuleName: &r.Name, ConfigRuleArn: new(string(r.ARN())), ConfigRuleId: &r.ID, FirstActivatedTime: &r.Created,
				FirstEvaluationStarted: new(!st.Started.IsZero()), LastSuccessfulInvocationTime: api.OptionalTime(st.Invoked),
				LastSuccessfulEvaluationTime: api.OptionalTime(st.Evaluated), LastFailedEvaluationTime: api.OptionalTime(st.Failed),
				LastErrorCode: api.Optional(st.ErrorCode), LastErrorMessage: api.Optional(st.ErrorMessage),
			})
		}
		return err
	})
	return out, err
}
