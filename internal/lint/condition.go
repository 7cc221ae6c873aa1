package lint

import (
	"strings"

	"github.com/tocsin-io/tocsin/pattern"
)

// conditions are the lists of a pattern by path. A path has several where $or
// has branches.
type conditions map[string][]list

type list struct {
	entries []entry
	p       *pattern.Pattern // the list by itself, for the field v
	from    string
	inOr    bool
}

// entry is one alternative of a list: a literal, or an operator.
type entry struct {
	op   string // "" for a literal
	text string // of a literal or an operand that is a text, else the source
	raw  string // the source
}

// begins is the text that all values of the entry begin with.
func (e entry) begins() string {
	switch e.op {
	case "", "prefix":
		return e.text
	case "wildcard":
		before, _, _ := strings.Cut(e.text, "*")
		return before
	}
	return ""
}

func (c conditions) read(n *node, path, src string) { c.object(n, path, src, false) }

func (c conditions) object(n *node, path, src string, inOr bool) {
	for _, m := range n.members {
		switch {
		case m.name == "$or" && m.value.kind == '[':
			for _, branch := range m.value.items {
				c.object(branch, path, src, true)
			}
		case m.value.kind == '{':
			c.object(m.value, path+m.name+".", src, inOr)
		case m.value.kind == '[':
			l := list{from: src[m.value.at.from:m.value.at.to], inOr: inOr}
			for _, item := range m.value.items {
				e := entry{raw: src[item.at.from:item.at.to]}
				e.text = e.raw
				switch {
				case item.kind == '"':
					e.text = item.text
				case item.kind == '{' && len(item.members) == 1:
					e.op = item.members[0].name
					if v := item.members[0].value; v.kind == '"' {
						e.text = v.text
					}
				}
				l.entries = append(l.entries, e)
			}
			if p, err := pattern.Compile([]byte(`{"v":`+l.from+`}`), pattern.Limits{}); err == nil {
				l.p = p
			}
			if !inOr {
				c[path+m.name] = nil // the last one counts
			}
			c[path+m.name] = append(c[path+m.name], l)
		}
	}
}

// has says whether the pattern has a condition on the path.
func (c conditions) has(path string) bool { return len(c[path]) > 0 }

// takes says whether some list of the path holds for a text; a path without one
// takes everything.
func (c conditions) takes(path, text string) bool {
	for _, l := range c[path] {
		if l.p != nil && l.p.Match([]byte(`{"v":"`+escape(text)+`"}`)) {
			return true
		}
	}
	return len(c[path]) == 0
}

// takesOnlyTrue says whether a boolean has to be true.
func (c conditions) takesOnlyTrue(path string) bool {
	yes, no := false, false
	for _, l := range c[path] {
		if l.p != nil {
			yes = yes || l.p.Match([]byte(`{"v":true}`))
			no = no || l.p.Match([]byte(`{"v":false}`))
		}
	}
	return yes && !no
}
