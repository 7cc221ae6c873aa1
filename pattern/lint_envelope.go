package pattern

import (
	"slices"
	"strings"
)

// envelope checks what stands beside detail, which is the same in all events.
func (l *linter) envelope(list *lintList) {
	top, below, deeper := strings.Cut(list.path, ".")
	f := envelope[top]
	switch {
	case f == nil:
		l.topLevel(list, top)
		return
	case top == "detail" && deeper:
		return
	case deeper:
		l.add("unknown-field", Warning, list.path, list.keys[len(list.keys)-1].from, list.keys[len(list.keys)-1].to, top+" holds "+f.kind.String()+", it has no "+below)
		l.dead[list] = !list.takesAbsent()
		return
	}
	l.entries(list, []*fieldKind{f})
	for i := range list.entries {
		e := &list.entries[i]
		if e.op != "" || e.node.kind != tString || e.node.text == "" {
			continue
		}
		switch top {
		case "source":
			l.sourceName(list, e.node)
		case "detail-type":
			l.detailType(list, e.node)
		case "account":
			l.account(list, e.node)
		case "region":
			l.region(list, e.node)
		}
		if top != "account" && top != "region" {
			l.starred(list, e.node)
		}
	}
}

// starred reports an exact value with a star in it.
func (l *linter) starred(list *lintList, n *lintNode) {
	if strings.Contains(n.text, "*") && len(n.text) > 1 && !strings.Contains(n.text, "**") {
		f := l.addNode("star-in-text", Warning, list.path, n, "a star counts as a wildcard only in wildcard: this is one exact text")
		f.Fix = &Fix{Message: "write a wildcard", Effect: Widens, Edits: []Edit{{n.from, n.to, `{"wildcard":` + quoteJSON(strings.ReplaceAll(n.text, `\`, `\\`)) + `}`}}}
	}
}

// outsideBus are fields that the filters of other services look at: patterns
// for those are not for a bus, and are left alone.
var outsideBus = []string{"body", "data", "dynamodb", "key", "value", "topic", "messageAttributes", "messageId", "partitionKey", "kinesis", "eventID"}

// topLevel reports a field that no event has beside detail.
func (l *linter) topLevel(list *lintList, top string) {
	if slices.Contains(outsideBus, top) && l.root.get("detail") == nil && l.root.get("source") == nil && l.root.get("detail-type") == nil {
		return
	}
	key := list.keys[0]
	names := make([]string, 0, len(envelope))
	for name := range envelope {
		names = append(names, name)
	}
	slices.Sort(names)
	l.dead[list] = !list.takesAbsent()
	if near := nearest(top, names, 2); near != "" && len(top) > 3 && !strings.Contains(key.name, ".") {
		f := l.add("unknown-field", Warning, list.path, key.from, key.to, "events have no field "+top+" at the top; "+near+" is near")
		f.Fix = &Fix{Message: "write " + near, Edits: []Edit{{key.from, key.to, quoteJSON(near)}}}
		return
	}
	f := l.add("wrong-level", Warning, list.path, key.from, key.to,
		"events have no field "+top+" at the top: what is particular to an event stands under detail")
	f.Fix = l.underDetail(key)
}

// underDetail moves a member of the outermost object under detail.
func (l *linter) underDetail(key lintMember) *Fix {
	i := slices.IndexFunc(l.root.members, func(m lintMember) bool { return m.from == key.from })
	if i < 0 {
		return nil
	}
	member := l.text[key.from:key.value.to]
	fix := &Fix{Message: "move it under detail"}
	detail := l.root.get("detail")
	if detail == nil || detail.kind != tObject || len(detail.members) == 0 {
		fix.Edits = []Edit{{key.from, key.value.to, `"detail":{` + member + `}`}}
		return fix
	}
	removal := Edit{key.from, key.value.to, ""}
	if i > 0 {
		removal.From = l.root.members[i-1].value.to
	} else {
		removal.To = l.root.members[1].from
	}
	at := detail.from + 1
	insertion := Edit{at, at, member + ","}
	if removal.From < at {
		fix.Edits = []Edit{removal, insertion}
	} else {
		fix.Edits = []Edit{insertion, removal}
	}
	return fix
}

// sourceName reports a source that is almost one of AWS's.
func (l *linter) sourceName(list *lintList, n *lintNode) {
	c := catalogue()
	s := n.text
	if c.isSource[s] {
		return
	}
	service, isHost := strings.CutSuffix(s, ".amazonaws.com")
	meant := ""
	switch {
	case isHost && c.isSource["aws."+service]:
		meant = "aws." + service
	case c.isSource["aws."+strings.ToLower(s)] && l.namesKindOf("aws."+strings.ToLower(s)): // else it may be one's own: batch, config, health
		meant = "aws." + strings.ToLower(s)
	case c.isSource[strings.ToLower(s)]:
		meant = strings.ToLower(s)
	case strings.HasPrefix(strings.ToLower(s), "aws"):
		meant = nearest(s, c.sources, slips(len(s)-len("aws.")))
	}
	if meant == "" {
		return
	}
	if len(list.entries) == 1 && (isHost || strings.HasPrefix(s, "aws.")) {
		l.dead[list] = true
	}
	f := l.addNode("source-name", Warning, "source", n, "AWS sends no events from "+s+"; "+meant+" is near")
	f.Fix = &Fix{Message: "write " + meant, Edits: []Edit{{n.from, n.to, quoteJSON(meant)}}}
}

// namesKindOf says whether the pattern names a detail-type that only this source
// sends, as AWS spells it or nearly.
func (l *linter) namesKindOf(source string) bool {
	for _, list := range l.all {
		if list.path != "detail-type" {
			continue
		}
		for i := range list.entries {
			e := &list.entries[i]
			if e.op == "" && slices.ContainsFunc(catalogue().bySource[source], func(k *eventKind) bool { return plainName(k.detailType) == plainName(e.node.text) }) {
				return true
			}
		}
	}
	return false
}

// detailType reports a detail-type that is almost one of AWS's.
func (l *linter) detailType(list *lintList, n *lintNode) {
	c := catalogue()
	if len(c.byType[n.text]) > 0 || len(n.text) < 6 {
		return
	}
	if l.customOnly() {
		return
	}
	most := 2
	if len(n.text) > 20 {
		most = 3
	}
	near := nearest(n.text, c.types, most)
	if near == "" {
		return
	}
	if len(list.entries) == 1 && plainName(near) == plainName(n.text) {
		l.dead[list] = true
	}
	f := l.addNode("L10", Warning, "detail-type", n, "AWS sends no such detail-type; "+near+" is near")
	f.Fix = &Fix{Message: "write " + near, Edits: []Edit{{n.from, n.to, quoteJSON(near)}}}
}

// customOnly says whether all sources that the pattern names are not AWS's.
func (l *linter) customOnly() bool {
	some := false
	for _, list := range l.all {
		if list.path != "source" {
			continue
		}
		for i := range list.entries {
			e := &list.entries[i]
			text := textOperand(e)
			if e.op == "" {
				text = &e.node.text
			}
			if text == nil || strings.HasPrefix(strings.ToLower(*text), "aws") || strings.HasSuffix(*text, ".amazonaws.com") || catalogue().isSource["aws."+strings.ToLower(*text)] {
				return false
			}
			some = true
		}
	}
	return some
}

// slips is how many letters may differ in the name of a service: names are short,
// and there are services that the catalogue does not have.
func slips(letters int) int {
	switch {
	case letters < 5:
		return 0
	case letters < 9:
		return 1
	}
	return 2
}

func (l *linter) account(list *lintList, n *lintNode) {
	digits := strings.Trim(n.text, "0123456789") == ""
	if digits && len(n.text) == 12 || strings.Contains(n.text, "${") || strings.Contains(n.text, "<") {
		return
	}
	if len(list.entries) == 1 {
		l.dead[list] = true
	}
	f := l.addNode("unknown-value", Warning, list.path, n, "an account is twelve digits")
	if plain := strings.ReplaceAll(n.text, "-", ""); len(plain) == 12 && strings.Trim(plain, "0123456789") == "" {
		f.Fix = &Fix{Message: "leave the hyphens out", Edits: []Edit{{n.from, n.to, quoteJSON(plain)}}}
	}
}

func (l *linter) region(list *lintList, n *lintNode) {
	regions := catalogue().regions
	if slices.Contains(regions, n.text) {
		return
	}
	// Regions differ by single letters, so that a new one may be near an old one:
	// only case and punctuation are slips for sure.
	if i := slices.IndexFunc(regions, func(r string) bool { return plainName(r) == plainName(n.text) }); i >= 0 {
		if len(list.entries) == 1 {
			l.dead[list] = true
		}
		f := l.addNode("unknown-value", Warning, list.path, n, "there is no Region "+n.text)
		f.Fix = &Fix{Message: "write " + regions[i], Edits: []Edit{{n.from, n.to, quoteJSON(regions[i])}}}
	}
}
