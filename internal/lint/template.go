package lint

import (
	"fmt"
	"slices"
	"strings"
)

// cloudFormation takes the rules of a template: those that are resources, and those
// that SAM makes for a function or a state machine. Patterns with values that
// CloudFormation fills in are not judged.
func (in *Input) cloudFormation(file, text string, resources *node) {
	for _, m := range resources.members {
		props := m.value.get("Properties")
		if strings.HasPrefix(m.name, "Fn::") && m.value.some(isRuleType) || m.value.str("Type") == ruleType && isSnippet(props) {
			in.Skipped = append(in.Skipped, fmt.Sprintf("%s: CloudFormation makes what is in %s", file, m.name))
			continue
		}
		switch m.value.str("Type") {
		case ruleType:
			if r := in.templateRule(file, text, m, props, "EventPattern"); r != nil {
				r.Targets, r.Listed = written(props.get("Targets"))
			}
		case "AWS::Serverless::Function", "AWS::Serverless::StateMachine":
			for _, e := range memberList(props.get("Events")) {
				if slices.Contains([]string{"EventBridgeRule", "CloudWatchEvent"}, e.value.str("Type")) {
					in.templateRule(file, text, e, e.value.get("Properties"), "Pattern")
				}
			}
		}
	}
}

// isSnippet says whether a rule's properties come from elsewhere.
func isSnippet(props *node) bool {
	return props != nil && props.get("EventPattern") == nil && props.get("ScheduleExpression") == nil && props.some(isIntrinsic)
}

const ruleType = "AWS::Events::Rule"

func isRuleType(n *node) bool { return n.kind == '"' && n.text == ruleType }

// templateRule takes the rule m of a template, whose pattern has the given name among
// its properties; nil if there is nothing to judge.
func (in *Input) templateRule(file, text string, m member, props *node, name string) *Rule {
	v := props.get(name)
	if v == nil {
		return nil
	}
	if v.some(isIntrinsic) {
		in.Skipped = append(in.Skipped, fmt.Sprintf("%s: the pattern of %s has values that CloudFormation fills in", file, m.name))
		return nil
	}
	r := in.rule(file, text, props)
	r.take(v)
	if props.str("Name") == "" {
		r.Name, r.whole = m.name, m.at
	}
	if props.get("State") == nil { // a function may give any
		r.State = "ENABLED"
	}
	if bus := props.get("EventBusName"); bus != nil && r.Bus == "" {
		r.Bus = filledIn
	}
	return r
}

// filledIn stands for what a function of CloudFormation gives.
const filledIn = "(a function)"

// written gives the targets of a template whose ARN is written out; most are functions.
// listed says whether what is given is worth judging: a rule of a template has no other
// targets than those in it.
func written(n *node) (list []Target, listed bool) {
	if n == nil {
		return nil, true
	}
	if n.kind != '[' {
		return nil, false
	}
	for i, t := range targets(n) {
		if t.ARN == "" {
			continue
		}
		if role := n.items[i].get("RoleArn"); t.Role == "" && role != nil {
			t.Role = filledIn
		}
		list = append(list, t)
	}
	return list, len(list) > 0 || len(n.items) == 0
}

// isIntrinsic says whether a value is what a function of CloudFormation gives.
func isIntrinsic(n *node) bool {
	return slices.ContainsFunc(n.members, func(m member) bool { return m.name == "Ref" || strings.HasPrefix(m.name, "Fn::") })
}
