package lint

import (
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
	for _, r := range rules {
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
			key := t.ARN + " " + place5(r)
			if !seen[key] {
				seen[key] = true
				byTarget[key] = append(byTarget[key], r)
			}
		}
	}
	said := map[[2]*Rule]bool{}
	for _, together := range byTarget {
		for i, a := range together {
			for k, b := range together {
				if i == k || said[[2]*Rule{a, b}] {
					continue
				}
				within, around := read[a].within(read[b]), read[b].within(read[a])
				said[[2]*Rule{a, b}] = true
				switch {
				case within && around && i > k:
					found[a] = append(found[a], Finding{ID: "same-rule", Level: pattern.Warning, Message: "rule " + b.Name + " has the same pattern and a common target: every event is delivered twice"})
				case within && !around:
					found[a] = append(found[a], Finding{ID: "shadowed-rule", Level: pattern.Warning, Message: "rule " + b.Name + " matches all that this one does and has a common target: its events are delivered twice"})
				}
			}
		}
	}
	return found
}

// place5 is the bus of a rule, with Region and account.
func place5(r *Rule) string {
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

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
