package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Bus is the events API of a server, or of AWS: awsJson1.1 operations by name.
type Bus func(ctx context.Context, operation string, in, out any) error

// Want says how rules are to stand on a bus.
type Want struct {
	Bus       string // event bus; empty is default
	Prefix    string // before every rule's name
	Plan      string // ARN of the response plan that is the target
	Role      string // ARN of the role AWS needs to start incidents; this server needs none
	Overwrite bool   // replace rules that somebody changed
	DryRun    bool   // only tell what would be done
	NotFound  func(error) bool
}

// What was done with a rule, or would be.
const (
	Created   = "created"
	Unchanged = "unchanged"
	Targeted  = "targeted"  // the rule was there and started no plan
	Updated   = "updated"   // it was another rule, or started another plan, which was replaced
	Different = "different" // it is another rule, or starts another plan, which was kept
)

// Done is what became of one rule.
type Done struct {
	Name   string `json:"name"` // on the bus
	Rule   string `json:"rule"` // in the catalogue
	Action string `json:"action"`
	Detail string `json:"detail,omitempty"`
}

// target is the id of the target on every rule, so that installing again replaces it.
const target = "response-plan"

// maxName is how long the name of a rule on a bus may be.
const maxName = 64

// Install puts one rule and its target on a bus. Doing it again changes nothing. A
// rule of that name that differs, or starts another response plan, is kept unless it
// may be overwritten: its differences are probably somebody's tuning. Overwritten, it
// starts no other plan any more, since people would be paged by both. Errors are those
// of the bus.
func Install(ctx context.Context, call Bus, r *Rule, w Want) (Done, error) {
	s := &standing{call: call, name: w.Prefix + r.Name, bus: w.Bus}
	if s.bus == "" {
		s.bus = "default"
	}
	d := Done{Name: s.name, Rule: r.Name}
	was, err := s.look(ctx, r, &w)
	if err != nil {
		return d, err
	}
	switch {
	case !s.there:
		d.Action = Created
	case was != "" && !w.Overwrite:
		d.Action, d.Detail = Different, was
		return d, nil
	case was != "":
		d.Action, d.Detail = Updated, "before, "+was
	case !s.aimed:
		d.Action = Targeted
	default:
		d.Action = Unchanged
		return d, nil
	}
	if w.DryRun {
		return d, nil
	}
	return d, s.put(ctx, r, &w)
}

// A standing is how a rule stands on a bus.
type standing struct {
	call      Bus
	name, bus string
	there     bool // there is a rule of the name
	as        bool // it is as the catalogue says
	aimed     bool // the plan is a target, with the role
	others    []aim
}

// An aim is another response plan that is a target.
type aim struct{ id, plan string }

func (s *standing) in(key string) map[string]any {
	return map[string]any{key: s.name, "EventBusName": s.bus}
}

// look finds out how the rule stands, and says how it differs from what is wanted;
// empty if it does not, or but in having no plan yet.
func (s *standing) look(ctx context.Context, r *Rule, w *Want) (differs string, err error) {
	var have struct{ EventPattern, State string }
	switch err := s.call(ctx, "DescribeRule", s.in("Name"), &have); {
	case err != nil && !w.NotFound(err):
		return "", fmt.Errorf("look for the rule %s: %w", s.name, err)
	case err != nil:
		return "", nil
	}
	s.there = true
	if err := s.targets(ctx, w); err != nil {
		return "", fmt.Errorf("look for the targets of %s: %w", s.name, err)
	}
	s.as = same(have.EventPattern, r.Pattern) && have.State == r.State
	switch {
	case !same(have.EventPattern, r.Pattern):
		return "its pattern is not the catalogue's", nil
	case !s.as:
		return "it is " + have.State + ", the catalogue says " + r.State, nil
	case len(s.others) > 0:
		var plans []string
		for _, o := range s.others {
			plans = append(plans, o.plan)
		}
		return "it starts " + strings.Join(plans, " and "), nil
	}
	return "", nil
}

// targets finds the response plans that are targets of the rule.
func (s *standing) targets(ctx context.Context, w *Want) error {
	in := s.in("Rule")
	for {
		var page struct {
			Targets   []struct{ ID, Arn, RoleArn string }
			NextToken string
		}
		if err := s.call(ctx, "ListTargetsByRule", in, &page); err != nil {
			return err
		}
		for _, t := range page.Targets {
			switch {
			case t.Arn == w.Plan:
				s.aimed = s.aimed || w.Role == "" || t.RoleArn == w.Role
			case strings.Contains(t.Arn, ":ssm-incidents:") && strings.Contains(t.Arn, ":response-plan/"):
				s.others = append(s.others, aim{t.ID, t.Arn})
			}
		}
		if page.NextToken == "" {
			return nil
		}
		in["NextToken"] = page.NextToken
	}
}

// put puts the rule, its target, and takes other plans away.
func (s *standing) put(ctx context.Context, r *Rule, w *Want) error {
	if !s.as {
		rule := s.in("Name")
		rule["EventPattern"], rule["State"], rule["Description"] = compact(r.Pattern), r.State, r.Title
		if err := s.call(ctx, "PutRule", rule, nil); err != nil {
			return fmt.Errorf("put the rule %s: %w", s.name, err)
		}
	}
	if !s.aimed {
		to := map[string]any{"Id": target, "Arn": w.Plan}
		if w.Role != "" {
			to["RoleArn"] = w.Role
		}
		list := s.in("Rule")
		list["Targets"] = []any{to}
		if err := s.change(ctx, "PutTargets", list); err != nil {
			return err
		}
	}
	var ids []string
	for _, o := range s.others {
		if o.id != target || s.aimed { // else it was put over
			ids = append(ids, o.id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	list := s.in("Rule")
	list["Ids"] = ids
	return s.change(ctx, "RemoveTargets", list)
}

// change calls an operation about targets, of which each may fail by itself.
func (s *standing) change(ctx context.Context, op string, in map[string]any) error {
	var out struct {
		FailedEntries []struct{ ErrorCode, ErrorMessage string }
	}
	if err := s.call(ctx, op, in, &out); err != nil {
		return fmt.Errorf("change the targets of %s: %w", s.name, err)
	}
	if len(out.FailedEntries) > 0 {
		return fmt.Errorf("change the targets of %s: %s: %s", s.name, out.FailedEntries[0].ErrorCode, out.FailedEntries[0].ErrorMessage)
	}
	return nil
}

// same tells whether two patterns are one, whatever their layout.
func same(a, b string) bool { return compact(a) == compact(b) }

// compact takes the layout out of a pattern, since quotas count characters. What is
// no JSON stays as it is.
func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

// Fits says whether the rule's name may stand on a bus behind the prefix.
func (r *Rule) Fits(prefix string) bool { return len(prefix)+len(r.Name) <= maxName }

// Compact gives the pattern on one line, as it is installed.
func (r *Rule) Compact() string { return compact(r.Pattern) }
