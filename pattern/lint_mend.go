package pattern

import (
	"slices"
	"strings"
	"unicode"
)

// mend proposes edits that turn a well-formed JSON object into a valid pattern,
// for the mistakes that people make. Nil if it knows none.
func mend(text string) *Fix {
	m := &mender{text: text}
	m.object(parseLint(text))
	if len(m.edits) == 0 {
		return nil
	}
	return &Fix{Message: strings.Join(slices.Compact(m.said), "; "), Effect: Repairs, Edits: m.edits}
}

type mender struct {
	text  string
	edits []Edit
	said  []string
}

func (m *mender) edit(said string, edits ...Edit) {
	m.said = append(m.said, said)
	m.edits = append(m.edits, edits...)
}

func (m *mender) object(n *lintNode) {
	for _, x := range n.members {
		v := x.value
		switch {
		case x.name == "$or" && v.kind == tArray:
			for _, branch := range v.items {
				if branch.kind == tObject {
					m.object(branch)
				}
			}
		case v.kind == tArray:
			m.list(v)
		case v.kind == tObject && m.isExpression(v):
			m.edit("put the match expression into a list", Edit{v.from, v.from, "["})
			m.expression(v)
			m.edit("put the match expression into a list", Edit{v.to, v.to, "]"})
		case v.kind == tObject:
			m.object(v)
		default:
			m.edit("put the value into a list", Edit{v.from, v.from, "["}, Edit{v.to, v.to, "]"})
		}
	}
}

// isExpression says whether an object in a field's place looks like a match
// expression that lacks its list.
func (m *mender) isExpression(n *lintNode) bool {
	if len(n.members) != 1 {
		return false
	}
	x := n.members[0]
	op := nearestOperator(x.name)
	return op != "" && (x.value.kind != tArray && (x.value.kind != tObject || op == opAnything) || op == opNumeric || op == opAnything)
}

func (m *mender) list(n *lintNode) {
	if len(n.items) == 1 && n.items[0].kind == tObject && isFields(n.items[0]) {
		const said = "leave the list around the fields out: patterns look into arrays by themselves"
		item := n.items[0]
		m.edit(said, Edit{n.from, item.from, ""})
		m.object(item)
		m.edit(said, Edit{item.to, n.to, ""})
		return
	}
	for _, item := range n.items {
		if item.kind == tObject {
			m.expression(item)
		}
	}
}

// isFields says whether an object in a list is no match expression but fields, as
// the event has them.
func isFields(n *lintNode) bool {
	for _, x := range n.members {
		if nearestOperator(x.name) != "" || x.value.kind != tObject && x.value.kind != tArray {
			return false
		}
	}
	return len(n.members) > 0
}

// expression mends one match expression.
func (m *mender) expression(n *lintNode) {
	if len(n.members) == 2 {
		m.edges(n)
		return
	}
	if len(n.members) != 1 {
		return
	}
	x := n.members[0]
	op := nearestOperator(x.name)
	if op == "" {
		return
	}
	if op != x.name {
		m.edit("the operator is called "+op, Edit{x.from, x.to, `"` + op + `"`})
	}
	v := x.value
	switch {
	case op == opExists && v.kind == tString && (v.text == "true" || v.text == "false"):
		m.edit("write the value of exists without quotes", Edit{v.from, v.to, v.text})
	case op == opNumeric && v.kind == tArray:
		m.numeric(v)
	case op == opNumeric && v.kind == tNumber:
		m.edit("say how to compare", Edit{v.from, v.from, `["=",`}, Edit{v.to, v.to, "]"})
	case op == opCIDR && v.kind == tString && (strings.HasSuffix(v.text, "/32") || strings.HasSuffix(v.text, "/128")):
		addr, _, _ := strings.Cut(v.text, "/")
		m.edits = slices.DeleteFunc(m.edits, func(e Edit) bool { return e.From >= n.from })
		m.edit("name the one address", Edit{n.from, n.to, quoteJSON(addr)})
	case v.kind == tArray && slices.Contains([]string{opPrefix, opSuffix, opWildcard, opFold, opCIDR}, op) && len(v.items) > 0:
		var parts []string
		for _, item := range v.items {
			parts = append(parts, `{"`+op+`":`+m.text[item.from:item.to]+`}`)
		}
		m.edits = slices.DeleteFunc(m.edits, func(e Edit) bool { return e.From >= n.from })
		m.edit("write one match expression for each value", Edit{n.from, n.to, strings.Join(parts, ",")})
	}
}

// edges joins a prefix and a suffix, of which both were meant to hold.
func (m *mender) edges(n *lintNode) {
	p, s := n.get(opPrefix), n.get(opSuffix)
	if p == nil || s == nil || p.kind != tString || s.kind != tString {
		return
	}
	m.edit("a wildcard says both", Edit{n.from, n.to, `{"wildcard":` + quoteJSON(escapeWildcard(p.text)+"*"+escapeWildcard(s.text)) + `}`})
}

func escapeWildcard(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`).Replace(s)
}

// numeric mends ranges: operators of other languages, and the upper bound first.
func (m *mender) numeric(v *lintNode) {
	items := v.items
	for _, item := range items {
		if item.kind != tString {
			continue
		}
		if op, ok := map[string]string{"==": "=", "=>": ">=", "=<": "<=", "≥": ">=", "≤": "<=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[strings.ToLower(item.text)]; ok {
			m.edit("the comparison is written "+op, Edit{item.from, item.to, `"` + op + `"`})
		} else if isNumberText(item.text) {
			m.edit("write numbers without quotes", Edit{item.from, item.to, item.text})
		}
	}
	if len(items) == 4 && items[0].kind == tString && strings.HasPrefix(items[0].text, "<") && items[2].kind == tString && strings.HasPrefix(items[2].text, ">") {
		part := func(i, j int) string { return m.text[items[i].from:items[j].to] }
		m.edits = slices.DeleteFunc(m.edits, func(e Edit) bool { return e.From >= v.from && e.To <= v.to })
		m.edit("write the lower bound first", Edit{v.from, v.to, "[" + part(2, 3) + "," + part(0, 1) + "]"})
	}
}

// isNumberText tells a string that holds a JSON number and nothing else.
func isNumberText(s string) bool {
	if s == "" || s[0] != '-' && s[0]-'0' > 9 {
		return false
	}
	if end, why := scanNumber(s, 0); why != "" || end != len(s) {
		return false
	}
	_, ok := numberOf(s)
	return ok
}

// synonyms are what other languages call the operators.
var synonyms = map[string]string{
	"startswith": opPrefix, "beginswith": opPrefix, "stringstartswith": opPrefix, "endswith": opSuffix, "stringendswith": opSuffix,
	"glob": opWildcard, "like": opWildcard, "stringlike": opWildcard, "not": opAnything, "notequals": opAnything, "ne": opAnything, "stringnotequals": opAnything,
	"number": opNumeric, "exist": opExists, "ipaddress": opCIDR, "equalsignorecase": opFold, "stringequalsignorecase": opFold, "ignorecase": opFold,
}

// nearestOperator is the operator that a name means, or "".
func nearestOperator(name string) string {
	if slices.Contains(operators, name) {
		return name
	}
	plain := plainName(name)
	if op := synonyms[plain]; op != "" {
		return op
	}
	for _, op := range operators {
		if p := plainName(op); p == plain || len(plain) > 4 && distance(p, plain, 2) <= 2 {
			return op
		}
	}
	return ""
}

// plainName is a name's letters and digits in lower case: what people remember.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// distance is the number of insertions, removals, changes and swaps of
// neighbours that turn a into b, or more than most.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
			least = min(least, next[j])
		}
		if least > most {
			return most + 1
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// nearest is the one name that is within the distance of s, or "" if none or
// several are nearest. Names that differ only in case and punctuation win.
func nearest(s string, names []string, most int) string {
	best, found, ties := most+1, "", 0
	plain := plainName(s)
	for _, name := range names {
		d := distance(s, name, most)
		if catalogue().plainName(name) == plain {
			d = 0
		}
		switch {
		case d < best:
			best, found, ties = d, name, 1
		case d == best && d <= most && name != found:
			ties++
		}
	}
	if ties != 1 {
		return ""
	}
	return found
}
