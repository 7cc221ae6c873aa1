package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/pattern"
)

// Detail-types that the checks are about.
const (
	apiCall = "AWS API Call via CloudTrail"
	signIn  = "AWS Console Sign In via CloudTrail"
	finding = "GuardDuty Finding"
	changed = "Config Rules Compliance Change"
)

// judge looks at one rule.
type judge struct {
	rule  *Rule
	plans map[string]Plan
	found []Finding
	lists conditions
	p     *pattern.Pattern
}

func (j *judge) add(id string, level pattern.Level, at span, message string) *Finding {
	j.found = append(j.found, j.rule.placed(Finding{ID: id, Level: level, Message: message}, at))
	return &j.found[len(j.found)-1]
}

// rules judges what needs more than the pattern.
func (j *judge) rules() {
	r := j.rule
	if r.Name == "" {
		return
	}
	if r.State == string(tocsin.RuleDisabled) {
		f := j.add("disabled", pattern.Note, j.stateOrWhole(), "the rule is switched off: nothing is matched")
		// no edit: it may well be meant, and --fix must not switch rules on
		f.Fix = &Fix{Message: "if it is to match, set State to " + string(tocsin.RuleEnabled), Better: string(tocsin.RuleEnabled)}
	}
	if r.Listed && len(r.Targets) == 0 {
		j.add("no-targets", pattern.Warning, r.whole, "the rule has no target: what it matches is dropped silently")
	}
	p, err := pattern.Compile([]byte(r.Pattern), pattern.Service)
	if err != nil {
		return
	}
	root, err := parse(r.Pattern)
	if err != nil {
		return
	}
	j.p, j.lists = p, conditions{}
	j.lists.read(root, "", r.Pattern)
	j.readOnly()
	j.region()
	j.targets()
	j.loops()
}

// setState gives a finding the fix that sets the rule's state.
func (j *judge) setState(f *Finding, state string) {
	f.Fix = &Fix{Message: "set State to " + state, Better: state}
	if j.rule.state.to > 0 {
		f.Fix.Edits = []pattern.Edit{{From: j.rule.state.from, To: j.rule.state.to, Text: `"` + state + `"`}}
	}
}

// readOnlyPrefixes begin the names of calls that EventBridge delivers only under
// the third state of a rule; the two names of sts are delivered all the same.
var readOnlyPrefixes = []string{"Get", "List", "Describe"}

// dataCalls are read-only names that are data events: a trail that logs them has
// them delivered under every state.
var dataCalls = []string{"GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectAttributes", "GetObjectTorrent", "ListObjects", "ListParts", "GetItem", "GetRecords", "GetFederationToken", "GetSessionToken"}

// readOnly reports rules that wait for calls that their state keeps away (L6).
func (j *judge) readOnly() {
	r := j.rule
	if r.State != string(tocsin.RuleEnabled) || !r.onDefault() || !j.ofAWS() || j.lists.has("detail.eventCategory") && !j.lists.takes("detail.eventCategory", "Management") {
		return
	}
	if !j.lists.takes("detail-type", apiCall) || !j.lists.has("detail-type") && !j.lists.has("detail.eventName") && !j.lists.has("detail.userIdentity.type") && !j.lists.has("detail.userIdentity.arn") {
		return
	}
	const all = string(tocsin.RuleEnabledAll)
	names := j.lists["detail.eventName"]
	var kept []string
	others := len(names) == 0
	for _, list := range names {
		for _, e := range list.entries {
			if isReadOnly(e.begins()) {
				kept = append(kept, e.text)
			} else {
				others = true
			}
		}
	}
	switch only := j.lists["detail.readOnly"]; {
	case len(kept) > 0:
		message := "under ENABLED a rule is not offered read-only management calls: " + strings.Join(kept, ", ")
		level := pattern.Warning
		if !others {
			message += "; so this rule never matches"
		}
		j.setState(j.add("L6", level, j.stateOrWhole(), message), all)
	case len(only) > 0 && j.lists.takesOnlyTrue("detail.readOnly"):
		j.setState(j.add("L6", pattern.Warning, j.stateOrWhole(), "under ENABLED a rule is not offered read-only management calls, and this pattern wants only those"), all)
	case j.root() && len(names) == 0:
		j.setState(j.add("L6", pattern.Note, j.stateOrWhole(), "under ENABLED a rule is not offered read-only calls: root that looks around (Get…, List…, Describe…) is not seen"), all)
	}
}

// ofAWS says whether events of AWS may match.
func (j *judge) ofAWS() bool {
	return !j.lists.has("source") || slices.ContainsFunc(j.lists["source"], func(l list) bool {
		return slices.ContainsFunc(l.entries, func(e entry) bool { return e.begins() == "" || strings.HasPrefix(e.begins(), "aws") })
	})
}

// onDefault says whether a rule is on the default bus, on which alone AWS puts events.
// What is forwarded to others went by the default bus's rules.
func (r *Rule) onDefault() bool {
	return r.Bus == "" || r.Bus == "default" || strings.HasSuffix(r.Bus, "/default")
}

func (j *judge) stateOrWhole() span {
	if j.rule.state.to > 0 {
		return j.rule.state
	}
	return j.rule.whole
}

func isReadOnly(name string) bool {
	return !slices.Contains(dataCalls, name) && slices.ContainsFunc(readOnlyPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// root says whether the pattern is about the root user.
func (j *judge) root() bool {
	return j.lists.has("detail.userIdentity.type") && j.lists.takes("detail.userIdentity.type", "Root") && !j.lists.takes("detail.userIdentity.type", "IAMUser") ||
		j.lists.has("detail.userIdentity.arn") && !slices.ContainsFunc(j.lists["detail.userIdentity.arn"], func(l list) bool { return !l.rootOnly() })
}

// rootOnly says whether a list of ARNs holds for root users' and no others.
func (l *list) rootOnly() bool {
	return !slices.ContainsFunc(l.entries, func(e entry) bool {
		return !slices.Contains([]string{"", "suffix", "wildcard", "equals-ignore-case"}, e.op) || !strings.HasSuffix(e.text, ":root")
	})
}

// globalServices have their calls recorded in us-east-1.
var globalServices = []string{"aws.iam", "aws.organizations", "aws.cloudfront", "aws.route53"}

const globalRegion = "us-east-1"

// region reports rules in Regions where their events do not arrive (L9).
func (j *judge) region() {
	arn := tocsin.ARN(j.rule.ARN)
	parts := strings.Split(string(arn), ":")
	if len(parts) < 6 || parts[1] != "aws" || parts[3] == "" || parts[3] == globalRegion || !j.rule.onDefault() {
		return
	}
	switch {
	case j.root() && j.lists.has("detail-type") && j.lists.takes("detail-type", signIn):
		j.add("L9", pattern.Warning, j.rule.whole, "console sign-ins of root are recorded in us-east-1, and this rule is in "+parts[3]+": put one there that forwards them; a trail has to log them")
	case j.global():
		j.add("L9", pattern.Warning, j.rule.whole, "calls of global services such as IAM are recorded in us-east-1, and this rule is in "+parts[3]+": put one there that forwards them")
	case j.lists.has("source") && j.lists.takes("source", "aws.signin") && !j.lists.takes("source", "aws.ec2"):
		j.add("L9", pattern.Note, j.rule.whole, "sign-ins of root, and those of others by the global address, are recorded in us-east-1; this rule is in "+parts[3])
	}
}

// global says whether the pattern is about calls of global services alone, by source or
// eventSource.
func (j *judge) global() bool {
	return slices.ContainsFunc(globalServices, func(s string) bool {
		return j.lists.has("source") && j.lists.takes("source", s) && !j.lists.takes("source", "aws.ec2") ||
			j.lists.has("detail.eventSource") && j.lists.takes("detail.eventSource", strings.TrimPrefix(s, "aws.")+".amazonaws.com") &&
				!j.lists.takes("detail.eventSource", "ec2.amazonaws.com")
	})
}

// isPlan says whether an ARN is a response plan's.
func isPlan(arn string) bool { return strings.Contains(arn, ":response-plan/") }

// targets reports what the events do to the rule's targets.
func (j *judge) targets() {
	guard := j.wants("aws.guardduty", finding)
	config := j.wants("aws.config", changed)
	trail := j.root()
	for _, t := range j.rule.Targets {
		at := t.at
		if at.to == 0 {
			at = j.rule.whole
		}
		if !isPlan(t.ARN) {
			continue
		}
		p, known := j.plans[t.ARN]
		switch {
		case known && p.Missing:
			j.add("no-plan", pattern.Warning, at, "the response plan "+t.ARN+" does not exist: nobody is paged")
		case t.Role == "" && !j.rule.Live:
			j.add("no-role", pattern.Note, at, "AWS starts an incident only with the target's RoleArn, a role that may call ssm-incidents:StartIncident")
		}
		if known && p.Involved && !j.rule.Live && (guard || config || trail || j.cloudTrail()) {
			j.add("L13", pattern.Warning, at, "the plan's runbook is given INVOLVED_RESOURCES, which AWS fills from the event's resources: these events have none")
		}
		j.repeats(at, p, guard, config, trail)
	}
}

// cloudTrail says whether the pattern names detail-types of CloudTrail.
func (j *judge) cloudTrail() bool {
	return j.lists.has("detail-type") && (j.lists.takes("detail-type", apiCall) || j.lists.takes("detail-type", signIn))
}

// repeats reports events that come more than once.
func (j *judge) repeats(at span, p Plan, guard, config, trail bool) {
	fixed := p.Dedupe != ""
	if fixed && (guard || config || trail) {
		j.add("one-incident", pattern.Note, at, "the plan's dedupe string \""+p.Dedupe+"\" folds all that arrives while an incident is open into it: a second, unlike event pages nobody")
	}
	if guard {
		if !j.lists.has("detail.service.additionalInfo.sample") && !j.lists.has("detail.title") && !j.lists.has("detail.type") {
			j.add("L11", pattern.Note, at, "“Generate sample findings” sends one of every type: dozens of pages at once; make samples of one type, or leave out titles that begin with [SAMPLE] ({\"anything-but\":{\"prefix\":\"[SAMPLE]\"}})")
		}
		if !j.rule.Live && !fixed {
			if !j.lists.has("account") && !j.lists.has("detail.accountId") {
				j.add("L15", pattern.Note, at, "an administrator account gets the findings of its members too: with rules in both, each finding opens two incidents; fold by detail.id, or take account into one of them")
			}
			j.add("L16", pattern.Note, at, "GuardDuty sends a finding that goes on again every 15 minutes to 6 hours: Tocsin folds by detail.id; elsewhere every one may open an incident")
		}
	}
	if trail && !j.rule.Live && !fixed && !j.lists.has("detail.eventName") {
		j.add("L8", pattern.Note, at, "each call of a root session is an event: Tocsin folds them by rule and principal; elsewhere give the plan a dedupe string")
	}
}

// wants says whether the pattern names this kind of events.
func (j *judge) wants(source, detailType string) bool {
	return (j.lists.has("source") || j.lists.has("detail-type")) && j.lists.takes("source", source) && j.lists.takes("detail-type", detailType) &&
		(!j.lists.has("source") || !j.lists.takes("source", "custom.source") || j.lists.has("detail-type"))
}

// loops reports rules that match what their own targets cause.
func (j *judge) loops() {
	for _, t := range j.rule.Targets {
		at := t.at
		if at.to == 0 {
			at = j.rule.whole
		}
		if sameBus(j.rule, t) {
			j.add("loop", pattern.Warning, at, "the target is the bus that the rule is on: each event comes back and matches again")
		}
		for _, s := range consequences(j.rule, t) {
			if j.rule.onDefault() && j.p.Match([]byte(s.event)) {
				j.add("loop", pattern.Warning, at, fmt.Sprintf("the rule matches what its own target causes (%s): each event makes the next", s.name))
				break
			}
		}
	}
}
