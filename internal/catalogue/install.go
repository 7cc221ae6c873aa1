package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	Targeted  = "targeted"  // the rule was there, the target was not
	Updated   = "updated"   // it was another rule, which was replaced
	Different = "different" // it is another rule, which was kept
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
// rule of that name that differs is kept unless it may be overwritten: its
// differences are probably somebody's tuning. Errors are those of the bus.
func Install(ctx context.Context, call Bus, r *Rule, w Want) (Done, error) {
	d := Done{Name: w.Prefix + r.Name, Rule: r.Name}
	bus := w.Bus
	if bus == "" {
		bus = "default"
	}
	in := func(name string) map[string]any { return map[string]any{name: d.Name, "EventBusName": bus} }
	var have struct{ EventPattern, State string }
	switch err := call(ctx, "DescribeRule", in("Name"), &have); {
	case err != nil && !w.NotFound(err):
		return d, fmt.Errorf("look for the rule %s: %w", d.Name, err)
	case err != nil:
		d.Action = Created
	case !same(have.EventPattern, r.Pattern):
		d.Action, d.Detail = Different, "its pattern is not the catalogue's"
	case have.State != r.State:
		d.Action, d.Detail = Different, "it is "+have.State+", the catalogue says "+r.State
	default:
		d.Action = Unchanged
	}
	if d.Action == Different {
		if !w.Overwrite {
			return d, nil
		}
		d.Action = Updated
	}
	if d.Action != Created {
		there, err := targets(ctx, call, in("Rule"), w)
		if err != nil {
			return d, fmt.Errorf("look for the targets of %s: %w", d.Name, err)
		}
		switch {
		case there && d.Action == Unchanged:
			return d, nil
		case d.Action == Unchanged:
			d.Action = Targeted
		}
	}
	if w.DryRun {
		return d, nil
	}
	return d, put(ctx, call, r, w, d, in)
}

func put(ctx context.Context, call Bus, r *Rule, w Want, d Done, in func(string) map[string]any) error {
	if d.Action != Targeted {
		rule := in("Name")
		rule["EventPattern"], rule["State"], rule["Description"] = compact(r.Pattern), r.State, r.Title
		if err := call(ctx, "PutRule", rule, nil); err != nil {
			return fmt.Errorf("put the rule %s: %w", d.Name, err)
		}
	}
	to := map[string]any{"Id": target, "Arn": w.Plan}
	if w.Role != "" {
		to["RoleArn"] = w.Role
	}
	list := in("Rule")
	list["Targets"] = []any{to}
	var out struct {
		FailedEntries []struct{ ErrorCode, ErrorMessage string }
	}
	if err := call(ctx, "PutTargets", list, &out); err != nil {
		return fmt.Errorf("put the target of %s: %w", d.Name, err)
	}
	if len(out.FailedEntries) > 0 {
		return fmt.Errorf("put the target of %s: %s: %s", d.Name, out.FailedEntries[0].ErrorCode, out.FailedEntries[0].ErrorMessage)
	}
	return nil
}

// targets tells whether the plan is a target of the rule already, with the role.
func targets(ctx context.Context, call Bus, in map[string]any, w Want) (bool, error) {
	for {
		var page struct {
			Targets   []struct{ Arn, RoleArn string }
			NextToken string
		}
		if err := call(ctx, "ListTargetsByRule", in, &page); err != nil {
			return false, err
		}
		for _, t := range page.Targets {
			if t.Arn == w.Plan && (w.Role == "" || t.RoleArn == w.Role) {
				return true, nil
			}
		}
		if page.NextToken == "" {
			return false, nil
		}
		in["NextToken"] = page.NextToken
	}
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
