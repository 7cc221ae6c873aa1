package pattern

import (
	"slices"
	"strings"
)

// lintWay is one way to match: the list that counts for each path.
type lintWay map[string]*lintList

// maxLintWays bounds how many ways are looked at one by one; beyond, nothing is
// said that depends on which fields meet.
const maxLintWays = 128

// expand multiplies out $or as Compile does, notes all lists, and reports lists
// that are replaced by later ones.
func (l *linter) expand() {
	e := &expander{linter: l, lists: map[*lintNode]*lintList{}, ways: []lintWay{{}}}
	e.object(l.root, "", nil, false)
	slices.SortFunc(l.all, func(a, b *lintList) int { return a.node.from - b.node.from })
	if !e.tooMany {
		l.ways = e.ways
	}
}

type expander struct {
	*linter
	ways    []lintWay
	lists   map[*lintNode]*lintList
	tooMany bool
}

func (e *expander) object(n *lintNode, path string, keys []lintMember, inOr bool) {
	for _, m := range n.members {
		below := append(slices.Clip(keys), m)
		switch {
		case m.name == "$or" && m.value.kind == tArray:
			e.or(m.value, path, keys)
		case m.value.kind == tObject:
			e.object(m.value, path+m.name+".", below, inOr)
		case m.value.kind == tArray:
			list := e.lists[m.value]
			if list == nil {
				list = &lintList{path: path + m.name, keys: below, node: m.value, inOr: inOr, owner: n}
				for _, item := range m.value.items {
					list.entries = append(list.entries, newEntry(item))
				}
				e.lists[m.value] = list
				e.all = append(e.all, list)
			}
			e.write(list)
		}
	}
}

// write puts a list into all ways, over what was there.
func (e *expander) write(list *lintList) {
	for _, w := range e.ways {
		old := w[list.path]
		w[list.path] = list
		switch {
		case old == nil || old == list:
		case !old.inOr && !list.inOr:
			f := e.addNode("duplicate-key", Warning, list.path, old.node, list.path+" stands here twice: only the last list counts, this one is ignored")
			if removal, ok := e.withoutMember(old); ok {
				f.Fix = &Fix{Message: "remove the list that is ignored", Effect: Keeps, Edits: []Edit{removal}}
			}
		default:
			e.addNode("or-overrides", Warning, list.path, old.node,
				list.path+" stands beside and inside $or: where both meet, the later one in the text replaces this one; they do not have to hold together")
		}
	}
}

// withoutMember gives the edit that removes the list with its key, if its object
// keeps other members.
func (l *linter) withoutMember(list *lintList) (Edit, bool) {
	if len(list.owner.members) < 2 {
		return Edit{}, false
	}
	for i, m := range list.owner.members {
		if m.value != list.node {
			continue
		}
		if i == 0 {
			return Edit{From: m.from, To: list.owner.members[1].from}, true
		}
		return Edit{From: list.owner.members[i-1].value.to, To: m.value.to}, true
	}
	return Edit{}, false
}

func (e *expander) or(n *lintNode, path string, keys []lintMember) {
	before := e.ways
	var after []lintWay
	texts := map[string]bool{}
	for _, branch := range n.items {
		text := compact(e.text[branch.from:branch.to])
		if texts[text] {
			e.addNode("duplicate-branch", Warning, strings.TrimSuffix(path, "."), branch, "this alternative of $or stands there twice")
		}
		texts[text] = true
		e.ways = nil
		for _, w := range before {
			forked := make(lintWay, len(w)+4)
			for k, v := range w {
				forked[k] = v
			}
			e.ways = append(e.ways, forked)
		}
		e.object(branch, path, keys, true)
		after = append(after, e.ways...)
	}
	if len(after) > maxLintWays {
		e.tooMany = true
		after = after[:1]
	}
	e.ways = after
}

// compact is JSON without white space outside strings.
func compact(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted && c == '\\':
			b.WriteByte(c)
			i++
			c = s[i]
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// operators are the names that stand in match expressions.
var operators = []string{opPrefix, opSuffix, opFold, opWildcard, opNumeric, opExists, opCIDR, opAnything, opExactly}

// keys reports names that look like operators and are taken for fields, and
// objects that are given twice.
func (l *linter) keys(n *lintNode, path string) {
	seen := map[string]*lintNode{}
	for _, m := range n.members {
		below := path + m.name
		if old := seen[m.name]; old != nil && old.kind == tObject && m.value.kind == tObject && m.name != "$or" {
			l.add("duplicate-key", Note, below, m.from, m.to, below+" is given twice: EventBridge joins the two objects, but most JSON tools keep only the last")
		}
		seen[m.name] = m.value
		switch {
		case m.name == "$or" && m.value.kind == tArray:
			for _, branch := range m.value.items {
				l.keys(branch, path)
			}
			continue
		case strings.HasPrefix(m.name, "$") && slices.Contains(strange, strings.ToLower(m.name[1:])):
			l.strange(m.name, below, m.from, m.to)
		case slices.Contains(operators, m.name) && path != "":
			l.operatorAsField(n, m, path)
		}
		if m.value.kind == tObject {
			l.keys(m.value, below+".")
		}
	}
}

// strange are operators of other languages, but for the dollar.
var strange = []string{"and", "not", "nor", "or", "in", "nin", "ne", "eq", "gt", "gte", "lt", "lte", "all", "any", "exists"}

func (l *linter) strange(name, path string, from, to int) {
	l.add("not-an-operator", Warning, path, from, to, name+" is no operator of event patterns, so it is taken for a field of that name; there is only $or, and fields beside each other all have to hold")
}

// strangeOperators reports them in a text that is refused, perhaps because of them.
func (l *linter) strangeOperators() {
	for at := 0; ; {
		i := strings.Index(l.text[at:], `"$`)
		if i < 0 {
			return
		}
		from := at + i
		at = from + 2
		name, rest, closed := strings.Cut(l.text[at:], `"`)
		if closed && name != "or" && slices.Contains(strange, strings.ToLower(name)) && strings.HasPrefix(strings.TrimSpace(rest), ":") {
			l.strange("$"+name, "", from, at+len(name)+1)
		}
	}
}

// operatorAsField reports {"severity":{"numeric":[…]}}, which lacks the list.
func (l *linter) operatorAsField(n *lintNode, m lintMember, path string) {
	whole := `{"v":[` + l.text[n.from:n.to] + `]}`
	f := l.add("operator-as-field", Warning, path+m.name, m.from, m.to,
		m.name+" stands outside a list, so it is taken for a field named "+path+m.name+"; write ["+shorten(l.text[n.from:n.to])+"]")
	if _, err := Compile([]byte(whole), Limits{}); err != nil || len(n.members) != 1 {
		if len(n.members) == 1 && m.value.kind == tArray && len(m.value.items) == 1 && m.value.items[0].kind == tString {
			inner := l.text[m.value.items[0].from:m.value.items[0].to]
			f.Fix = &Fix{Message: "put the match expression into a list", Edits: []Edit{{n.from, n.to, `[{"` + m.name + `":` + inner + `}]`}}}
		}
		return
	}
	f.Fix = &Fix{Message: "put the match expression into a list", Edits: []Edit{{n.from, n.from, "["}, {n.to, n.to, "]"}}}
}
