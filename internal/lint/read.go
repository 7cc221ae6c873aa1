package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Input is what files hold.
type Input struct {
	Rules   []*Rule
	Plans   []Plan
	Skipped []string // why rules could not be judged: values that only another tool fills in

	loose []targetList
	picky bool // what is read may be anything
}

// targetList is the answer of list-targets-by-rule, which does not name its rule.
type targetList struct {
	file    string
	targets []Target
	found   bool // by Find
}

// Read takes what is in a file: an event pattern; a rule as describe-rule prints
// it, with its Targets if somebody put them there; the answers of list-rules,
// list-targets-by-rule and get-response-plan; templates of CloudFormation; Terraform in
// JSON; a list of any of these, or one a line. All but Terraform and lines may be YAML.
func (in *Input) Read(file string, text []byte) error {
	whole := string(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	n, err := parse(whole)
	if err == nil {
		return in.take(file, whole, n)
	}
	if ok, err := in.yamlFile(file, whole); ok || err != nil {
		return err
	}
	lines := strings.Split(strings.TrimRight(whole, "\r\n"), "\n")
	if many := len(lines) > 1 && looksLikeLines(lines); !many {
		in.Rules = append(in.Rules, &Rule{File: file, Text: whole, Pattern: strings.TrimRight(whole, " \t\r\n")})
		return nil
	}
	at := 0
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			if err := in.line(file, whole, at, line); err != nil {
				return err
			}
		}
		at += len(line) + 1
	}
	return nil
}

// Find is Read of a file that may hold anything, as it was found in a folder: what is
// none of these is left out, and told in Skipped.
func (in *Input) Find(file string, text []byte) error {
	in.picky = true
	defer func() { in.picky = false }()
	return in.Read(file, text)
}

// skip leaves a value out that may be anything. It is false for one that somebody
// named: that is to be judged.
func (in *Input) skip(file, why string) bool {
	if in.picky && !slices.Contains(in.Skipped, file+": "+why) {
		in.Skipped = append(in.Skipped, file+": "+why)
	}
	return in.picky
}

// members of the envelope of an event, which stand outermost in a pattern.
var envelope = []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "$or"}

// isPattern says whether a value is meant for a pattern, or a rule's part of one:
// a member of the envelope with a condition, in YAML with nothing else beside. An event
// is none.
func isPattern(n *node) bool {
	if n.str("source") != "" && n.str("detail-type") != "" && (n.str("id") != "" || n.str("time") != "" || n.str("account") != "") {
		return false
	}
	others, telling := 0, 0
	for _, m := range n.members {
		top, _, _ := strings.Cut(m.name, ".")
		switch {
		case !slices.Contains(envelope, top):
			others++
		case m.value.kind == '[' || top == "detail" && m.value.kind == '{' && m.value.some(isList):
			if !slices.Contains([]string{"version", "id", "resources"}, top) { // which other programs have too
				telling++
			}
		}
	}
	if n.yaml {
		return telling > 0 && others == 0
	}
	return telling > 0 && n.get("apiVersion") == nil || others == 0 && (n.get("source") != nil || n.get("detail-type") != nil)
}

func isList(n *node) bool { return n.kind == '[' }

// looksLikeLines says whether at least half of the lines are whole JSON values.
func looksLikeLines(lines []string) bool {
	whole, all := 0, 0
	for _, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		all++
		if line[0] == '{' && json.Valid([]byte(line)) {
			whole++
		}
	}
	return whole*2 >= all
}

// line takes one line of several.
func (in *Input) line(file, whole string, at int, line string) error {
	n, err := parse(line)
	if err != nil {
		in.Rules = append(in.Rules, &Rule{File: file, Text: whole, Pattern: strings.TrimRight(line, " \t\r"), at: shifted(at, len(line)), whole: span{at, at + len(line)}})
		return nil
	}
	n.shift(at)
	return in.take(file, whole, n)
}

func (n *node) shift(by int) {
	n.at.from += by
	n.at.to += by
	for i := range n.members {
		n.members[i].at.from += by
		n.members[i].at.to += by
		n.members[i].value.shift(by)
	}
	for _, item := range n.items {
		item.shift(by)
	}
}

func shifted(from, n int) []int {
	at := make([]int, n+1)
	for i := range at {
		at[i] = from + i
	}
	return at
}

// take tells by its members what a value is.
func (in *Input) take(file, text string, n *node) error {
	switch rules := n.get("Rules"); {
	case n.kind == '[':
		for _, item := range n.items {
			if err := in.take(file, text, item); err != nil {
				return err
			}
		}
		return nil
	case n.kind != '{' && in.skip(file, "it holds no pattern or rule"):
		return nil
	case n.kind != '{':
		return fmt.Errorf("%s: a pattern or a rule is a JSON object", file)
	case rules != nil && rules.kind == '[':
		for _, item := range rules.items {
			in.rule(file, text, item)
		}
		return nil
	case n.str("EventPattern") != "" || n.str("ScheduleExpression") != "" || n.str("Name") != "" && n.str("Arn") != "":
		in.rule(file, text, n)
		return nil
	case n.get("Targets") != nil && n.get("Targets").kind == '[' && n.get("detail") == nil:
		in.loose = append(in.loose, targetList{file, targets(n.get("Targets")), in.picky})
		return nil
	case n.get("incidentTemplate") != nil && n.str("arn") != "":
		in.Plans = append(in.Plans, plan(n))
		return nil
	case n.get("Resources") != nil && n.get("Resources").kind == '{' && n.get("source") == nil && n.get("detail") == nil:
		in.cloudFormation(file, text, n.get("Resources"))
		return nil
	case in.terraform(file, text, n.get("resource")):
		return nil
	case !isPattern(n) && in.skip(file, "it holds no pattern or rule"):
		return nil
	case n.yaml && n.some(isIntrinsic):
		in.Skipped = append(in.Skipped, file+": the pattern has values that a tag fills in")
		return nil
	}
	in.Rules = append(in.Rules, bare(file, text, n))
	return nil
}

// bare is a pattern that stands in a file as JSON itself.
func bare(file, text string, n *node) *Rule {
	r := &Rule{File: file, Text: text, whole: n.at}
	r.take(n)
	return r
}

// take sets the pattern of a rule, which is an object or a text of JSON.
func (r *Rule) take(v *node) {
	r.yaml, r.frozen, r.part = v.yaml, v.some(isFrozen), v.at
	switch {
	case v.kind == '"' && v.yaml:
		r.Pattern, r.at, r.style = v.text, v.chars, v.style
	case v.kind == '"':
		r.Pattern, r.at = unescape(r.Text, v.at)
		r.style = '"'
	case v.kind == '{' && v.yaml:
		r.Pattern, r.at = v.json()
	case v.kind == '{':
		r.Pattern, r.at = r.Text[v.at.from:v.at.to], shifted(v.at.from, v.at.to-v.at.from)
	}
}

// rule is a rule as the API shows it.
func (in *Input) rule(file, text string, n *node) *Rule {
	r := &Rule{File: file, Text: text, Name: n.str("Name"), ARN: n.str("Arn"), Bus: n.str("EventBusName"), State: n.str("State"), whole: n.at}
	if v := n.get("EventPattern"); v != nil {
		r.take(v)
	}
	if v := n.get("State"); v != nil && v.kind == '"' && !v.frozen && strings.Trim(text[v.at.from:v.at.to], `"'`) == v.text {
		r.state = v.at
	}
	for _, m := range n.members {
		if m.name == "Name" {
			r.whole = m.value.at
		}
	}
	if v := n.get("Targets"); v != nil && v.kind == '[' {
		r.Targets, r.Listed = targets(v), true
	}
	if r.Name == "" {
		r.Name = file
	}
	in.Rules = append(in.Rules, r)
	return r
}

func targets(n *node) []Target {
	list := []Target{}
	for _, t := range n.items {
		list = append(list, Target{ID: t.str("Id"), ARN: t.str("Arn"), Role: t.str("RoleArn"), at: t.at})
	}
	return list
}

// plan is a response plan as get-response-plan prints it.
func plan(n *node) Plan {
	p := Plan{ARN: n.str("arn"), Dedupe: n.get("incidentTemplate").str("dedupeString")}
	if actions := n.get("actions"); actions != nil {
		for _, a := range actions.items {
			for _, m := range memberList(a.get("ssmAutomation").get("dynamicParameters")) {
				p.Involved = p.Involved || m.value.str("variable") == "INVOLVED_RESOURCES"
			}
		}
	}
	return p
}

func memberList(n *node) []member {
	if n == nil {
		return nil
	}
	return n.members
}

// Pair gives lists of targets that stand in files of their own to their rules:
// to the rule that the file is named after (NAME.targets.json), which may be given more
// than once, or to the only one.
func (in *Input) Pair() error {
	for _, l := range in.loose {
		base := l.file[strings.LastIndexByte(l.file, '/')+1:]
		name, _, _ := strings.Cut(base, ".targets")
		var fits []*Rule
		for _, r := range in.Rules {
			if r.Name == name && r.Name != "" {
				fits = append(fits, r)
			}
		}
		if len(fits) == 0 && len(in.Rules) == 1 {
			fits = in.Rules
		}
		if len(fits) == 0 && l.found {
			in.Skipped = append(in.Skipped, l.file+": it holds targets, but not of which rule: call it NAME.targets.json")
			continue
		}
		if len(fits) == 0 {
			return fmt.Errorf("%s holds targets, but not of which rule: call it NAME.targets.json, or give it with its one rule", l.file)
		}
		for _, r := range fits {
			r.Targets, r.Listed = append(r.Targets, l.targets...), true
			for i := range r.Targets {
				r.Targets[i].at = span{}
			}
		}
	}
	in.loose = nil
	return nil
}

// terraform takes the rules of a configuration in JSON, in which what a block holds
// may stand in lists. It is false for what is none.
func (in *Input) terraform(file, text string, resource *node) (ok bool) {
	for _, block := range each(resource) {
		rules := block.get("aws_cloudwatch_event_rule")
		for _, some := range each(rules) {
			for _, m := range some.members {
				for _, rule := range each(m.value) {
					in.terraformRule(file, text, m, rule)
				}
			}
		}
		ok = ok || rules != nil
	}
	return ok
}

// each gives the items of a list, or what is none by itself.
func each(n *node) []*node {
	switch {
	case n == nil:
		return nil
	case n.kind == '[':
		return n.items
	}
	return []*node{n}
}

func (in *Input) terraformRule(file, text string, m member, rule *node) {
	v := rule.get("event_pattern")
	if v == nil || v.kind != '"' {
		return
	}
	if strings.Contains(v.text, "${") {
		in.Skipped = append(in.Skipped, fmt.Sprintf("%s: the pattern of %s has values that Terraform fills in", file, m.name))
		return
	}
	r := &Rule{File: file, Text: text, Name: m.name, State: rule.str("state"), whole: m.at}
	r.take(v)
	if s := rule.get("state"); s != nil {
		r.state = s.at
	}
	if on := rule.get("is_enabled"); on != nil && text[on.at.from:on.at.to] == "false" {
		r.State = "DISABLED"
		r.whole = on.at
	}
	if r.State == "" {
		r.State = "ENABLED"
	}
	in.Rules = append(in.Rules, r)
}

// Server makes a rule of what a server's API says; findings name the rule's ARN
// as their file, and places in its pattern.
func Server(name, arn, bus, state, pattern string, targets []Target) *Rule {
	return &Rule{File: arn, Text: pattern, Name: name, ARN: arn, Bus: bus, State: state, Pattern: pattern, Targets: targets, Listed: true, Live: true}
}
