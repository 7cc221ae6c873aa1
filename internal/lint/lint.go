// Package lint says what is wrong in event rules: in their patterns, which
// package pattern judges, and in what needs the rule's state, Region, targets
// and response plans to be seen. Rules come from files, as the aws CLI and
// infrastructure tools write them, or from a running server by its API; the
// findings go to the commands. It changes nothing itself: fixes are edits of
// the files, which the caller may write.
package lint

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/pattern"
)

// Rule is one rule, or a bare pattern, with where it stands.
type Rule struct {
	File    string // as it is named in findings
	Text    string // the whole file
	Name    string // empty for a bare pattern
	ARN     string
	Bus     string // default if empty
	State   string // empty for a bare pattern
	Pattern string // empty for a rule with only a schedule
	Targets []Target
	Listed  bool // Targets are all there are
	Live    bool // it is a rule of a tocsin server, which folds repeats itself

	at     []int // for each byte of Pattern and its end, the place in Text; nil if the same
	nth    int   // among the rules that are judged
	style  byte  // how Pattern stands in Text, if it is a text there: " ' | or ? for plain
	yaml   bool  // Text is YAML
	frozen bool  // Text is not to be edited
	part   span  // of Text, in which Pattern stands
	whole  span  // what findings about the rule as such point at
	state  span  // the value of State in Text
}

// A span is a part of a file's text.
type span struct{ from, to int }

// Target is where a rule sends what it matched.
type Target struct {
	ID, ARN, Role string
	at            span
}

// Plan is what a response plan says that matters to a rule.
type Plan struct {
	ARN      string
	Dedupe   string
	Involved bool // its runbook is given the incident's involved resources
	Missing  bool // the server has no such plan
}

// Finding is something that is probably wrong, with its place in a file.
type Finding struct {
	ID      string
	Level   pattern.Level
	File    string
	From    int // in bytes of the file, up to but without To
	To      int
	Line    int // from 1; columns in UTF-16 code units
	Column  int
	EndLine int
	EndCol  int
	Rule    string // the rule's name, if it has one
	Nth     int    // of the rule, among those that were judged
	Path    string // the field of the pattern
	Message string
	Never   bool
	Fix     *Fix
}

// Fix mends a finding.
type Fix struct {
	Message string
	Better  string         // the whole better pattern, or what to write in place of a setting
	Edits   []pattern.Edit // of the file; none for rules of a server
}

// Checks are the kinds of findings of this package; those of a pattern by itself
// are pattern.LintChecks.
func Checks() []pattern.LintCheck { return slices.Clone(checks) }

var checks = []pattern.LintCheck{
	{ID: "L6", Summary: "the rule's state keeps read-only calls away from it"},
	{ID: "L8", Summary: "every API call of a root session is an event of its own"},
	{ID: "L9", Summary: "the events are recorded in us-east-1 only, and the rule is elsewhere"},
	{ID: "L11", Summary: "sample findings page people too"},
	{ID: "L13", Summary: "the runbook is given the involved resources, of which these events name none"},
	{ID: "L15", Summary: "a finding comes from its account and from the administrator account"},
	{ID: "L16", Summary: "a finding that goes on is sent again and again"},
	{ID: "disabled", Summary: "the rule is switched off"},
	{ID: "loop", Summary: "the rule matches events that its own target causes"},
	{ID: "no-plan", Summary: "the response plan of the target does not exist"},
	{ID: "no-role", Summary: "AWS needs a role to start an incident"},
	{ID: "no-targets", Summary: "the rule has no target: what it matches is dropped"},
	{ID: "one-incident", Summary: "a fixed dedupe string folds unlike findings into one incident"},
	{ID: "same-rule", Summary: "two rules with one pattern and one target: everything happens twice"},
	{ID: "shadowed-rule", Summary: "another rule with the same target matches all that this one does"},
}

// Lint judges rules together. Plans are those that are known. Findings come in
// the order of the rules and then of their text.
func Lint(rules []*Rule, plans []Plan) []Finding {
	known := map[string]Plan{}
	for _, p := range plans {
		known[p.ARN] = p
	}
	var all []Finding
	others := pairs(rules)
	for _, r := range rules {
		j := &judge{rule: r, plans: known, found: r.patternFindings()}
		j.rules()
		for _, o := range others[r] {
			j.add(o.ID, o.Level, r.whole, o.Message)
		}
		slices.SortStableFunc(j.found, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.Level, a.Level), strings.Compare(a.ID, b.ID), strings.Compare(a.Message, b.Message))
		})
		all = append(all, j.found...)
	}
	return all
}

// patternFindings lints the pattern and moves the findings to the file.
func (r *Rule) patternFindings() []Finding {
	if r.Pattern == "" && r.Name != "" {
		return nil
	}
	var found []Finding
	for _, f := range pattern.Lint([]byte(r.Pattern), pattern.Service) {
		g := Finding{ID: f.ID, Level: f.Level, Path: f.Path, Message: f.Message, Never: f.Never}
		if f.Fix != nil {
			g.Fix = &Fix{Message: f.Fix.Message, Better: string(f.Fix.Apply([]byte(r.Pattern)))}
			for _, e := range f.Fix.Edits {
				if r.Live || r.frozen {
					break // there is no file, or an edit would change more than is meant
				}
				g.Fix.Edits = append(g.Fix.Edits, r.edit(e))
			}
			if r.yaml && !r.leadsTo(g.Fix) {
				g.Fix.Edits = nil
			}
		}
		found = append(found, r.placed(g, span{r.place(f.From), r.place(f.To)}))
	}
	return found
}

// place is the place in the file of a byte of the pattern.
func (r *Rule) place(i int) int {
	if r.at == nil {
		return i
	}
	return r.at[min(max(i, 0), len(r.at)-1)]
}

// edit is an edit of the pattern as one of the file.
func (r *Rule) edit(e pattern.Edit) pattern.Edit {
	return pattern.Edit{From: r.place(e.From), To: r.place(e.To), Text: styled(e.Text, r.style)}
}

// leadsTo says whether a fix's edits make its better pattern of the rule, which they do not
// wherever YAML is written otherwise than JSON.
func (r *Rule) leadsTo(f *Fix) bool {
	part := &Fix{}
	for _, e := range f.Edits {
		if e.From < r.part.from || e.To > r.part.to || r.commented(e) {
			return false
		}
		part.Edits = append(part.Edits, pattern.Edit{From: e.From - r.part.from, To: e.To - r.part.from, Text: e.Text})
	}
	line := r.Text[strings.LastIndexByte(r.Text[:r.part.from], '\n')+1 : r.part.from]
	docs, err := parseYAML(strings.Repeat(" ", utf8.RuneCountInString(line)) + Apply(r.Text[r.part.from:r.part.to], part))
	if err != nil || len(docs) != 1 {
		return false
	}
	again := &Rule{}
	again.take(docs[0])
	return squeeze(again.Pattern) == squeeze(f.Better)
}

// commented says whether an edit takes a comment away, or leaves one behind that was about
// what it takes away.
func (r *Rule) commented(e pattern.Edit) bool {
	if r.style != 0 { // a text has none
		return false
	}
	end := e.To
	if e.Text == "" {
		if i := strings.IndexByte(r.Text[e.To:], '\n'); i >= 0 {
			end += i
		} else {
			end = len(r.Text)
		}
	}
	taken := r.Text[e.From:end]
	return strings.Contains(taken, " #") || strings.Contains(taken, "\t#") || strings.Contains(taken, "\n#")
}

// placed fills in where a finding is.
func (r *Rule) placed(f Finding, at span) Finding {
	f.File, f.Rule, f.Nth, f.From, f.To = r.File, r.Name, r.nth, at.from, at.to
	f.Line, f.Column = lineColumn(r.Text, at.from)
	f.EndLine, f.EndCol = lineColumn(r.Text, at.to)
	return f
}

// Apply writes the edits of a fix into a file's text.
func Apply(text string, f *Fix) string {
	return string((&pattern.Fix{Edits: f.Edits}).Apply([]byte(text)))
}
