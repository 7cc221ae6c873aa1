package tocsin

import (
	"context"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/lint"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// TestRule says whether a pattern matches an event, and what is probably not meant so
// in the rule. It writes nothing.
func (s *Server) TestRule(ctx context.Context, in *wire.TestRuleInput) (*wire.TestRuleOutput, error) {
	out := &wire.TestRuleOutput{Findings: []wire.RuleFinding{}}
	p, refused := pattern.Compile([]byte(in.EventPattern), pattern.Service)
	if in.Event != nil {
		if err := pattern.Check([]byte(*in.Event)); err != nil {
			message := "Parameter Event is not valid: " + err.Error()
			return nil, tocsin.Refuse(message, tocsin.Field{Name: "Event", Message: err.Error()})
		}
		if refused == nil {
			x := p.Explain([]byte(*in.Event))
			out.Matches = &x.Matched
			if !x.Matched {
				out.Reason = new(x.String())
			}
		}
	}
	plans, err := s.plans(ctx, in.TargetArns)
	if err != nil {
		return nil, err
	}
	for _, f := range lint.Lint([]*lint.Rule{testedRule(in)}, plans) {
		out.Findings = append(out.Findings, wireFinding(in, f))
	}
	return out, nil
}

// testedRule is the rule that is asked about. One without a state is a bare pattern.
func testedRule(in *wire.TestRuleInput) *lint.Rule {
	if in.State == nil || in.EventPattern == "" { // a rule with a name and no pattern has a schedule
		return lint.Server("", "", "", "", in.EventPattern, nil)
	}
	var targets []lint.Target
	for _, arn := range in.TargetArns {
		targets = append(targets, lint.Target{ARN: arn})
	}
	r := lint.Server("the rule", "", "", string(*in.State), in.EventPattern, targets)
	r.Listed = in.TargetArns != nil
	return r
}

// plans gives what is known of the response plans among targets.
func (s *Server) plans(ctx context.Context, targets []string) (plans []lint.Plan, err error) {
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		for _, arn := range targets {
			if tocsin.ARN(arn).Kind() != "response-plan" {
				continue
			}
			p, err := tx.ResponsePlan(tocsin.ARN(arn).ID())
			switch {
			case err != nil:
				return err
			case p == nil || string(p.ARN()) != arn: // there is none, or it is another account's
				plans = append(plans, lint.Plan{ARN: arn, Missing: true})
			default:
				plans = append(plans, lint.Plan{ARN: arn, Dedupe: p.Template.Dedupe})
			}
		}
		return nil
	})
	return plans, err
}

// ofRule are the findings that are about the rule as such; the others are about a place
// in its pattern.
var ofRule = func() (ids []string) {
	for _, c := range lint.Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}()

func wireFinding(in *wire.TestRuleInput, f lint.Finding) wire.RuleFinding {
	w := wire.RuleFinding{Id: f.ID, Severity: strings.ToUpper(f.Level.String()), Message: f.Message, NeverMatches: f.Never}
	rule := slices.Contains(ofRule, f.ID)
	if !rule {
		w.Line, w.Column = &f.Line, &f.Column
	}
	if f.Path != "" {
		w.Path = &f.Path
	}
	if f.Fix == nil || f.Fix.Better == in.EventPattern {
		return w
	}
	w.Advice = &f.Fix.Message
	if rule {
		w.BetterState = new(wire.RuleStateText(f.Fix.Better))
	} else {
		w.BetterPattern = &f.Fix.Better
	}
	return w
}
