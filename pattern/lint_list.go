package pattern

import (
	"cmp"
	"slices"
	"strings"
)

// lists looks at each list by itself, as the language has it.
func (l *linter) lists() {
	for _, list := range l.all {
		covered := l.redundant(list)
		if !l.always(list) {
			l.contents(list, covered)
		}
	}
}

// without gives the edit that takes an entry out of a list of several.
func (l *linter) without(list *lintNode, i int) []Edit {
	switch {
	case len(list.items) < 2:
		return nil
	case i == 0:
		return []Edit{{list.items[0].from, list.items[1].from, ""}}
	}
	return []Edit{{list.items[i-1].to, list.items[i].to, ""}}
}

// maxCompared bounds how many operators of a list every entry is held against:
// more than fit into a pattern of the service's size.
const maxCompared = 256

// redundant reports entries that another entry makes needless.
func (l *linter) redundant(list *lintList) map[int]bool {
	gone := map[int]bool{}
	literals := map[string]int{}
	for i := range list.entries {
		e := &list.entries[i]
		if e.op == opAnything {
			l.repeatedBans(list, e)
		}
		if e.op != "" {
			continue
		}
		key := literalKey(e.node)
		first, repeated := literals[key]
		if !repeated {
			literals[key] = i
			continue
		}
		gone[i] = true
		f := l.addNode("duplicate-value", Warning, list.path, e.node, l.source(e.node)+sameAs(l.source(e.node), l.source(list.entries[first].node)))
		f.Fix = &Fix{Message: "remove it", Effect: Keeps, Edits: l.without(list.node, i)}
	}
	var wide []int // those that can cover others: a list of literals is looked at once
	for i := range list.entries {
		if list.entries[i].op != "" && len(wide) < maxCompared {
			wide = append(wide, i)
		}
	}
	for i := range list.entries {
		if gone[i] {
			continue
		}
		by := wide
		if e := &list.entries[i]; e.op == opExactly {
			if j, ok := literals["s"+e.arg.text]; ok {
				by = append(slices.Clip(wide), j)
			}
		}
		for _, j := range by {
			if i == j || gone[j] || !l.covers(&list.entries[j], &list.entries[i]) || i < j && l.covers(&list.entries[i], &list.entries[j]) {
				continue
			}
			gone[i] = true
			f := l.addNode("shadowed", Warning, list.path, list.entries[i].node,
				l.source(list.entries[i].node)+" is matched by "+l.source(list.entries[j].node)+" anyhow")
			f.Fix = &Fix{Message: "remove it", Effect: Keeps, Edits: l.without(list.node, i)}
			break
		}
	}
	return gone
}

func sameAs(a, b string) string {
	if a == b {
		return " stands there twice"
	}
	return " is the same as " + b
}

// source is a node's text, shortened.
func (l *linter) source(n *lintNode) string { return shorten(l.text[n.from:n.to]) }

// literalKey is the same for literals that match the same values.
func literalKey(n *lintNode) string {
	switch n.kind {
	case tString:
		if a, ok := parseAddress(n.text); ok {
			return "a" + a.String()
		}
		return "s" + n.text
	case tNumber:
		if v, ok := numberOf(n.text); ok {
			return "n" + formatNumber(v)
		}
	}
	return "x" + n.text
}

// repeatedBans reports values that an anything-but names twice.
func (l *linter) repeatedBans(list *lintList, e *lintEntry) {
	arg := e.arg
	if arg.kind == tObject && len(arg.members) == 1 {
		arg = arg.members[0].value
	}
	if arg.kind != tArray {
		return
	}
	seen := map[string]bool{}
	for i, item := range arg.items {
		key := "s" + item.text
		if item.kind == tNumber {
			key = literalKey(item)
		}
		if seen[key] {
			f := l.addNode("duplicate-value", Warning, list.path, item, l.source(item)+" stands there twice")
			f.Fix = &Fix{Message: "remove it", Effect: Keeps, Edits: l.without(arg, i)}
		}
		seen[key] = true
	}
}

// covers says whether every value that b matches is matched by a too. It may
// say no where it is so.
func (l *linter) covers(a, b *lintEntry) bool {
	if a.op == opExists {
		return a.arg.kind == tTrue && b.op != opExists
	}
	if a.op == "" && b.op == opExactly {
		return b.arg.text == a.node.text
	}
	if a.op == "" || b.op == opExists {
		return false
	}
	if b.op == opExactly {
		return a.op != opCIDR && a.takes(l.text, l.text[b.arg.from:b.arg.to])
	}
	if b.op == "" {
		return a.takes(l.text, l.text[b.node.from:b.node.to]) && !addressSpellings(a, b)
	}
	x, y := textOperand(a), textOperand(b)
	switch {
	case a.op == opNumeric && b.op == opNumeric:
		return intervalOf(a.arg).holds(intervalOf(b.arg))
	case a.op == opCIDR && b.op == opCIDR:
		p, _ := parseCIDR(a.arg.text)
		q, _ := parseCIDR(b.arg.text)
		return p.Bits() <= q.Bits() && p.Contains(q.Addr())
	case a.op == opPrefix && b.op == opPrefix && x != nil && y != nil:
		return strings.HasPrefix(*y, *x)
	case a.op == opSuffix && b.op == opSuffix && x != nil && y != nil:
		return strings.HasSuffix(*y, *x)
	case a.op == opPrefix && b.op == opWildcard && x != nil:
		w, _ := parseWildcard(b.arg.text)
		return strings.HasPrefix(w[0], *x)
	case a.op == opSuffix && b.op == opWildcard && x != nil:
		w, _ := parseWildcard(b.arg.text)
		return strings.HasSuffix(w[len(w)-1], *x)
	case a.op == opWildcard && a.arg.text == "*":
		return b.op == opPrefix || b.op == opSuffix || b.op == opWildcard || b.op == opFold || b.op == opCIDR
	case b.op == a.op:
		return compact(l.text[a.node.from:a.node.to]) == compact(l.text[b.node.from:b.node.to])
	}
	return false
}

// addressSpellings says whether b is an address that a compares by spelling: b
// matches other spellings that a does not.
func addressSpellings(a, b *lintEntry) bool {
	if b.node.kind != tString || a.op == opCIDR {
		return false
	}
	_, ok := parseAddress(b.node.text)
	return ok
}

// textOperand is the operand of an operator with one plain string, or nil.
func textOperand(e *lintEntry) *string {
	if e.arg == nil || e.arg.kind != tString {
		return nil
	}
	return &e.arg.text
}

// always reports lists that hold for every value, or whether there is one or not.
func (l *linter) always(list *lintList) bool {
	if why, fix := l.tautology(list); why != "" {
		f := l.addNode("always-matches", Warning, list.path, list.node, why)
		f.Fix = fix
		return true
	}
	return false
}

func (l *linter) tautology(list *lintList) (why string, fix *Fix) {
	var present, missing, text bool
	var bans []*lintEntry
	var ranges []interval64
	for i := range list.entries {
		e := &list.entries[i]
		switch e.op {
		case opExists:
			present = present || e.arg.kind == tTrue
			missing = missing || e.arg.kind == tFalse
		case opAnything:
			bans = append(bans, e)
		case opNumeric:
			ranges = append(ranges, intervalOf(e.arg))
		default:
			text = text || anyText(e)
		}
	}
	switch {
	case present && missing:
		return "exists true or false holds for every event: leave the field out", nil
	case text && missing:
		return "the entries hold for every text, and where there is none: leave the field out", nil
	case len(bans) > 1 && l.disjoint(bans):
		return "the entries of a list are alternatives: what one anything-but excludes, another lets in, so every value matches", l.joined(list, bans)
	case len(ranges) > 1 && whole(ranges):
		return "together the ranges hold for every number", nil
	}
	for _, ban := range bans {
		for i := range list.entries {
			e := &list.entries[i]
			if e == ban || e.op == opAnything || e.op == opExists {
				continue
			}
			if l.undoes(ban, e) {
				return "the entries of a list are alternatives: " + l.source(e.node) + " lets in what " + l.source(ban.node) + " excludes, so every value matches", nil
			}
		}
	}
	return "", nil
}

// banned gives the operator and the values of an anything-but.
func banned(e *lintEntry) (op string, values []*lintNode) {
	arg := e.arg
	if arg.kind == tObject {
		op, arg = arg.members[0].name, arg.members[0].value
	}
	if arg.kind == tArray {
		return op, arg.items
	}
	return op, []*lintNode{arg}
}

// disjoint says whether several plain anything-but have no value in common,
// which all exclude.
func (l *linter) disjoint(bans []*lintEntry) bool {
	count := map[string]int{}
	for _, b := range bans {
		op, values := banned(b)
		if op != "" {
			return false
		}
		mine := map[string]bool{}
		for _, v := range values {
			mine[string(rune('0'+v.kind))+v.text] = true
		}
		for k := range mine {
			count[k]++
		}
	}
	for _, n := range count {
		if n == len(bans) {
			return false
		}
	}
	return true
}

// joined is the one anything-but that was meant by a list of nothing else.
func (l *linter) joined(list *lintList, bans []*lintEntry) *Fix {
	if len(bans) != len(list.entries) {
		return nil
	}
	var parts []string
	kind := tNone
	for _, b := range bans {
		_, values := banned(b)
		for _, v := range values {
			if kind != tNone && kind != v.kind {
				return nil
			}
			kind = v.kind
			parts = append(parts, l.text[v.from:v.to])
		}
	}
	return &Fix{Message: "exclude all of them in one anything-but", Effect: Repairs,
		Edits: []Edit{{list.node.from, list.node.to, `[{"anything-but":[` + strings.Join(parts, ",") + `]}]`}}}
}

// undoes says whether e matches all that ban excludes.
func (l *linter) undoes(ban, e *lintEntry) bool {
	op, values := banned(ban)
	for _, v := range values {
		switch {
		case op == "":
			if !e.takes(l.text, l.text[v.from:v.to]) {
				return false
			}
		case op != e.op || e.arg == nil || e.arg.kind != tString:
			return false
		case op == opPrefix && strings.HasPrefix(v.text, e.arg.text), op == opSuffix && strings.HasSuffix(v.text, e.arg.text), v.text == e.arg.text:
		default:
			return false
		}
	}
	return true
}

// interval64 is a range of numbers.
type interval64 struct {
	lo, hi         float64
	openLo, openHi bool
}

func (a interval64) holds(b interval64) bool {
	return (a.lo < b.lo || a.lo == b.lo && (!a.openLo || b.openLo)) && (a.hi > b.hi || a.hi == b.hi && (!a.openHi || b.openHi))
}

// intervalOf reads the operand of numeric, which is valid.
func intervalOf(arg *lintNode) interval64 {
	r := interval64{lo: -maxNumber, hi: maxNumber}
	for i := 0; i+1 < len(arg.items); i += 2 {
		n, _ := numberOf(arg.items[i+1].text)
		switch arg.items[i].text {
		case "=":
			r.lo, r.hi = n, n
		case ">", ">=":
			r.lo, r.openLo = n, arg.items[i].text == ">"
		default:
			r.hi, r.openHi = n, arg.items[i].text == "<"
		}
	}
	return r
}

// whole says whether ranges together hold all numbers.
func whole(ranges []interval64) bool {
	slices.SortFunc(ranges, func(a, b interval64) int { return cmp.Compare(a.lo, b.lo) })
	end := interval64{lo: -maxNumber, hi: -maxNumber}
	for _, r := range ranges {
		if r.lo > end.hi || r.lo == end.hi && r.openLo && end.openHi {
			return false
		}
		if r.hi > end.hi || r.hi == end.hi && !r.openHi {
			end = r
		}
	}
	return end.hi == maxNumber
}

// contents looks at the entries one by one.
func (l *linter) contents(list *lintList, covered map[int]bool) {
	for i := range list.entries {
		e := &list.entries[i]
		text := textOperand(e)
		switch {
		case covered[i] || text == nil:
		case e.op == opWildcard && !strings.Contains(*text, "*"):
			plain := unescapeWildcard(*text)
			f := l.addNode("wildcard-without-star", Warning, list.path, e.node, "the wildcard has no star, so it is an exact value")
			f.Fix = &Fix{Message: "write the value, or put stars where any text may stand", Effect: Widens, Edits: []Edit{{e.node.from, e.node.to, quoteJSON(plain)}}}
		case anyText(e):
			f := l.addNode("always-matches", Warning, list.path, e.node, l.source(e.node)+" holds for every text: it only asks whether "+list.path+" is there")
			f.Fix = &Fix{Message: "say so with exists", Effect: Widens, Edits: []Edit{{e.node.from, e.node.to, `{"exists":true}`}}}
		case e.op == opPrefix && len(*text) > 1 && strings.HasSuffix(*text, "*"):
			f := l.addNode("star-in-text", Warning, list.path, e.node, "a star counts as a wildcard only in wildcard: this prefix has to have a star itself")
			f.Fix = &Fix{Message: "leave the star out", Effect: Widens, Edits: []Edit{{e.arg.from, e.arg.to, quoteJSON(strings.TrimRight(*text, "*"))}}}
		case e.op == opSuffix && len(*text) > 1 && strings.HasPrefix(*text, "*"):
			f := l.addNode("star-in-text", Warning, list.path, e.node, "a star counts as a wildcard only in wildcard: this suffix has to have a star itself")
			f.Fix = &Fix{Message: "leave the star out", Effect: Widens, Edits: []Edit{{e.arg.from, e.arg.to, quoteJSON(strings.TrimLeft(*text, "*"))}}}
		}
	}
}

// anyText says whether an entry holds for every text.
func anyText(e *lintEntry) bool {
	text := textOperand(e)
	return text != nil && (e.op == opWildcard && *text == "*" || (e.op == opPrefix || e.op == opSuffix) && *text == "")
}

func unescapeWildcard(s string) string {
	w, _ := parseWildcard(s)
	return strings.Join(w, "*")
}

// comparison takes a text like ">= 7" apart.
func comparison(s string) (op, number string) {
	rest := strings.TrimLeft(s, "<>=")
	op, number = s[:len(s)-len(rest)], strings.TrimSpace(rest)
	if _, ok := numberOf(number); !ok || !slices.Contains([]string{"<", "<=", ">", ">=", "="}, op) {
		return "", ""
	}
	return op, number
}
