package lint

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/pattern"
)

// pairs reports rules that do the same thing twice: two with one pattern, and
// one whose events another one matches all, both with a common target.
func pairs(rules []*Rule) map[*Rule][]Finding {
	found := map[*Rule][]Finding{}
	read := map[*Rule]conditions{}
	byTarget := map[string][]*Rule{}
	for i, r := range rules {
		r.nth = i
		if r.Name == "" || r.Pattern == "" || r.State == string(tocsin.RuleDisabled) {
			continue
		}
		if _, err := pattern.Compile([]byte(r.Pattern), pattern.Service); err != nil {
			continue
		}
		root, err := parse(r.Pattern)
		if err != nil {
			continue
		}
		read[r] = conditions{}
		read[r].read(root, "", r.Pattern)
		seen := map[string]bool{}
		for _, t := range r.Targets {
			key := t.ARN + " " + busOf(r)
			if !seen[key] {
				seen[key] = true
				byTarget[key] = append(byTarget[key], r)
			}
		}
	}
	said := map[[2]*Rule]bool{}
	for _, together := range byTarget {
		near := newNeighbours(together, read)
		for _, a := range together {
			for _, b := range near.of(read[a]) {
				if a == b || a.is(b) || said[[2]*Rule{a, b}] {
					continue
				}
				said[[2]*Rule{a, b}] = true
				if f, ok := double(a, b, read); ok {
					found[a] = append(found[a], f)
					break // one is enough, of a hundred alike
				}
			}
		}
	}
	return found
}

// is tells whether b is the same rule, given twice: by describe-rule and list-rules.
func (r *Rule) is(b *Rule) bool { return r.Name == b.Name && r.ARN == b.ARN && busOf(r) == busOf(b) }

// double reports that b does all that a does; of two alike, the later one is a.
func double(a, b *Rule, read map[*Rule]conditions) (Finding, bool) {
	if !read[a].within(read[b]) {
		return Finding{}, false
	}
	switch around := read[b].within(read[a]); {
	case !around:
		return Finding{ID: "shadowed-rule", Level: pattern.Warning, Message: "rule " + b.Name + " matches all that this one does and has a common target: its events are delivered twice"}, true
	case a.nth > b.nth:
		return Finding{ID: "same-rule", Level: pattern.Warning, Message: "rule " + b.Name + " has the same pattern and a common target: every event is delivered twice"}, true
	}
	return Finding{}, false
}

// neighbours finds, among many rules, the few that may match all that another
// one does, so that not every two have to be compared. A rule stands under one
// of its fields: by each of the field's texts, or by the field alone if there
// are operators in its list.
type neighbours map[string][]*Rule

func newNeighbours(rules []*Rule, read map[*Rule]conditions) neighbours {
	often := map[string]int{} // of each key
	for _, r := range rules {
		for path, lists := range read[r] {
			for _, key := range keys(path, lists) {
				often[key]++
			}
		}
	}
	n := neighbours{}
	for _, r := range rules {
		var best []string
		least := len(rules) + 1
		for path, lists := range read[r] {
			of := keys(path, lists)
			most := 0
			for _, key := range of {
				most = max(most, often[key])
			}
			if most < least {
				best, least = of, most
			}
		}
		for _, key := range best {
			n[key] = append(n[key], r)
		}
	}
	return n
}

// keys are what a rule with these lists of a field may stand under.
func keys(path string, lists []list) []string {
	var all []string
	for _, l := range lists {
		for _, e := range l.entries {
			if e.op != "" || e.raw == e.text { // numbers have several spellings
				return []string{path}
			}
			all = append(all, path+" "+e.text)
		}
	}
	return all
}

// of gives the rules that may match all that one with these conditions does: under each field with one
// list, those with its first text.
func (n neighbours) of(c conditions) []*Rule {
	var all []*Rule
	for path, lists := range c {
		all = append(all, n[path]...)
		if of := keys(path, lists); len(lists) == 1 && len(of) > 0 && of[0] != path {
			all = append(all, n[of[0]]...)
		}
	}
	return all
}

// busOf is the bus of a rule, with Region and account.
func busOf(r *Rule) string {
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) < 6 {
		return r.Bus
	}
	return parts[3] + " " + parts[4] + " " + r.Bus
}

// within says whether every event that c matches is matched by d too. It may say
// no where it is so: it looks at lists of literals, and at lists that are the same.
func (c conditions) within(d conditions) bool {
	for path, wide := range d {
		if len(wide) != 1 || wide[0].inOr {
			return false
		}
		narrow := c[path]
		if len(narrow) != 1 || narrow[0].inOr || wide[0].p == nil {
			return false
		}
		if squeeze(narrow[0].from) == squeeze(wide[0].from) {
			continue
		}
		for _, e := range narrow[0].entries {
			if e.op != "" || !wide[0].holds(e) {
				return false
			}
		}
	}
	for _, narrow := range c {
		if len(narrow) != 1 || narrow[0].inOr {
			return false
		}
	}
	return true
}

// holds says whether the list matches a literal.
func (l *list) holds(e entry) bool { return l.p.Match([]byte(`{"v":` + e.raw + `}`)) }

// squeeze is JSON without white space outside texts.
func squeeze(s string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		return s
	}
	return b.String()
}
