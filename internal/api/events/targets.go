package events

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// PutTargets adds targets to a rule, or changes those with the same ids. Any
// well-formed ARN is taken; what cannot be delivered shows as a dead letter.
func (s *Server) PutTargets(ctx context.Context, in *wire.PutTargetsInput) (*wire.PutTargetsOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	targets := make([]tocsin.Target, len(in.Targets))
	for i := range in.Targets {
		if targets[i], err = target(&in.Targets[i]); err != nil {
			return nil, err
		}
	}
	err = s.DB.Update(ctx, who, func(tx *store.Tx) error { return s.Bus.PutTargets(tx, name, in.Rule, targets) })
	return &wire.PutTargetsOutput{FailedEntryCount: new(0), FailedEntries: []wire.PutTargetsResultEntry{}}, err
}

func target(in *wire.Target) (tocsin.Target, error) {
	t := tocsin.Target{ID: in.Id, ARN: tocsin.ARN(in.Arn), RoleARN: text(in.RoleArn), Input: text(in.Input), Path: text(in.InputPath)}
	if !t.ARN.Valid() {
		return t, tocsin.Refuse("Parameter " + in.Arn + " is not valid. Reason: Provided Arn is not in correct format.")
	}
	var err error
	if t.Rest, err = json.Marshal(in); err != nil {
		return t, fmt.Errorf("encode target: %w", err)
	}
	return t, nil
}

// RemoveTargets takes targets from a rule. Ids that the rule has not are told in
// FailedEntries; the others are removed all the same.
func (s *Server) RemoveTargets(ctx context.Context, in *wire.RemoveTargetsInput) (*wire.RemoveTargetsOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	var missing []string
	err = s.DB.Update(ctx, who, func(tx *store.Tx) (err error) {
		missing, err = s.Bus.RemoveTargets(tx, name, in.Rule, in.Ids)
		return err
	})
	out := &wire.RemoveTargetsOutput{FailedEntryCount: new(len(missing)), FailedEntries: []wire.RemoveTargetsResultEntry{}}
	for _, id := range missing {
		out.FailedEntries = append(out.FailedEntries, wire.RemoveTargetsResultEntry{TargetId: &id, ErrorCode: new("ResourceNotFoundException"),
			ErrorMessage: new(fmt.Sprintf("Rule '%s' does not have a target with the Id '%s'.", in.Rule, id))})
	}
	return out, err
}

// ListTargetsByRule lists a rule's targets by id.
func (s *Server) ListTargetsByRule(ctx context.Context, in *wire.ListTargetsByRuleInput) (*wire.ListTargetsByRuleOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	p, err := s.page(who, in.Limit, in.NextToken, "ListTargetsByRule", name, in.Rule)
	if err != nil {
		return nil, err
	}
	out := &wire.ListTargetsByRuleOutput{Targets: []wire.Target{}}
	err = s.DB.View(ctx, who, func(tx *store.Tx) error {
		r, err := bus.Rule(tx, name, in.Rule)
		if err != nil {
			return err
		}
		targets, err := tx.Targets(r, p.after, p.limit+1)
		if err != nil {
			return err
		}
		targets, out.NextToken = next(s, p, targets, func(t tocsin.Target) string { return t.ID })
		for _, t := range targets {
			var w wire.Target
			if err := json.Unmarshal(t.Rest, &w); err != nil {
				return fmt.Errorf("decode target %s: %w", t.ID, err)
			}
			out.Targets = append(out.Targets, w)
		}
		return nil
	})
	return out, err
}

// ListRuleNamesByTarget lists the rules of a bus that have a target.
func (s *Server) ListRuleNamesByTarget(ctx context.Context, in *wire.ListRuleNamesByTargetInput) (*wire.ListRuleNamesByTargetOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := bus.KnownBus(name); err != nil {
		return nil, err
	}
	p, err := s.page(who, in.Limit, in.NextToken, "ListRuleNamesByTarget", name, in.TargetArn)
	if err != nil {
		return nil, err
	}
	var names []string
	err = s.DB.View(ctx, who, func(tx *store.Tx) (err error) {
		names, err = tx.RuleNamesByTarget(name, tocsin.ARN(in.TargetArn))
		return err
	})
	left := []string{}
	for _, n := range names {
		if n > p.after {
			left = append(left, n)
		}
	}
	out := &wire.ListRuleNamesByTargetOutput{}
	out.RuleNames, out.NextToken = next(s, p, left, func(n string) string { return n })
	return out, err
}
