package events

import (
	"context"
	"regexp"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// PutRule makes a rule, or sets all of an existing one: what is left out is reset.
func (s *Server) PutRule(ctx context.Context, in *wire.PutRuleInput) (*wire.PutRuleOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := checkSchedule(name, in); err != nil {
		return nil, err
	}
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	state := tocsin.RuleEnabled
	if in.State != nil {
		state = tocsin.RuleState(*in.State)
	}
	var arn string
	err = s.DB.Update(ctx, who, func(tx *store.Tx) error {
		r := &tocsin.Rule{Bus: name, Name: in.Name, Pattern: text(in.EventPattern), Schedule: text(in.ScheduleExpression), State: state,
			Description: text(in.Description), RoleARN: text(in.RoleArn)}
		err := s.Bus.PutRule(tx, r, tags)
		arn = string(r.ARN())
		return err
	})
	return &wire.PutRuleOutput{RuleArn: &arn}, err
}

var schedule = regexp.MustCompile(`^(rate\(1 (minute|hour|day)\)|rate\(0*([2-9]|[1-9][0-9]+) (minutes|hours|days)\)|cron\([^ ()]+( [^ ()]+){5}\))$`)

func checkSchedule(busName string, in *wire.PutRuleInput) error {
	switch expr := text(in.ScheduleExpression); {
	case expr == "" && text(in.EventPattern) == "":
		return tocsin.Refuse("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case expr == "":
		return nil
	case busName != tocsin.DefaultBus:
		return tocsin.Refuse("ScheduleExpression is supported only on the default event bus.")
	case !schedule.MatchString(expr):
		return tocsin.Refuse("Parameter ScheduleExpression is not valid.")
	}
	return nil
}

// DescribeRule shows one rule.
func (s *Server) DescribeRule(ctx context.Context, in *wire.DescribeRuleInput) (*wire.DescribeRuleOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	var out *wire.DescribeRuleOutput
	err = s.DB.View(ctx, who, func(tx *store.Tx) error {
		r, err := bus.Rule(tx, name, in.Name)
		if err != nil {
			return err
		}
		w := wireRule(r)
		out = &wire.DescribeRuleOutput{Name: w.Name, Arn: w.Arn, EventPattern: w.EventPattern, ScheduleExpression: w.ScheduleExpression, State: w.State,
			Description: w.Description, RoleArn: w.RoleArn, EventBusName: w.EventBusName, CreatedBy: optional(string(r.CreatedBy))}
		return nil
	})
	return out, err
}

func wireRule(r *tocsin.Rule) wire.Rule {
	state := wire.RuleState(r.State)
	return wire.Rule{Name: &r.Name, Arn: new(string(r.ARN())), EventPattern: optional(r.Pattern), ScheduleExpression: optional(r.Schedule), State: &state,
		Description: optional(r.Description), RoleArn: optional(r.RoleARN), EventBusName: &r.Bus}
}

// ListRules lists a bus's rules by name.
func (s *Server) ListRules(ctx context.Context, in *wire.ListRulesInput) (*wire.ListRulesOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if err := bus.KnownBus(name); err != nil {
		return nil, err
	}
	prefix := text(in.NamePrefix)
	p, err := s.page(who, in.Limit, in.NextToken, "ListRules", name, prefix)
	if err != nil {
		return nil, err
	}
	out := &wire.ListRulesOutput{Rules: []wire.Rule{}}
	err = s.DB.View(ctx, who, func(tx *store.Tx) error {
		rules, err := tx.Rules(name, max(p.after, before(prefix)), p.limit+1)
		for i, r := range rules {
			if !strings.HasPrefix(r.Name, prefix) {
				rules = rules[:i]
				break
			}
		}
		rules, out.NextToken = next(s, p, rules, func(r *tocsin.Rule) string { return r.Name })
		for _, r := range rules {
			out.Rules = append(out.Rules, wireRule(r))
		}
		return err
	})
	return out, err
}

// before gives a text that stands before every rule's name with this prefix and
// after every name without it that comes earlier: ~ comes after all that names are
// made of.
func before(prefix string) string {
	if prefix == "" {
		return ""
	}
	last := len(prefix) - 1
	return prefix[:last] + string(prefix[last]-1) + "~"
}

// DeleteRule removes a rule that has no targets. Force is for rules that AWS's
// services manage, of which there are none here.
func (s *Server) DeleteRule(ctx context.Context, in *wire.DeleteRuleInput) (*wire.DeleteRuleOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.EventBusName)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, who, func(tx *store.Tx) error { return s.Bus.DeleteRule(tx, name, in.Name) })
	return &wire.DeleteRuleOutput{}, err
}

// EnableRule has a rule offered events again.
func (s *Server) EnableRule(ctx context.Context, in *wire.EnableRuleInput) (*wire.EnableRuleOutput, error) {
	return &wire.EnableRuleOutput{}, s.setState(ctx, in.EventBusName, in.Name, tocsin.RuleEnabled)
}

// DisableRule has a rule offered no more events.
func (s *Server) DisableRule(ctx context.Context, in *wire.DisableRuleInput) (*wire.DisableRuleOutput, error) {
	return &wire.DisableRuleOutput{}, s.setState(ctx, in.EventBusName, in.Name, tocsin.RuleDisabled)
}

func (s *Server) setState(ctx context.Context, onBus *string, rule string, state tocsin.RuleState) error {
	who := api.Who(ctx)
	name, err := busName(who, onBus)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, who, func(tx *store.Tx) error { return s.Bus.SetState(tx, name, rule, state) })
}
