package pattern

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// schema holds the pattern against the catalogue.
func (l *linter) schema() {
	l.dead = map[*lintList]bool{}
	about := map[*lintList]*audience{}
	cache := map[[2]*lintList]audience{}
	var pairs [][2]*lintList // in the order of the ways
	for _, w := range l.ways {
		pair := [2]*lintList{w["source"], w["detail-type"]}
		a, ok := cache[pair]
		if !ok {
			a = audienceOf(l.text, pair[0], pair[1])
			cache[pair] = a
			pairs = append(pairs, pair)
		}
		for _, list := range w {
			if about[list] == nil {
				about[list] = &audience{complete: true, known: true, named: true}
			}
			about[list].join(a)
		}
	}
	for _, list := range l.all {
		l.envelope(list)
		if a := about[list]; a != nil && a.known && len(a.kinds) > 0 {
			l.field(list, a)
		}
	}
	for _, pair := range pairs {
		l.agreement(pair[0], pair[1], cache[pair])
	}
}

// agreement reports detail-types that the sources do not send.
func (l *linter) agreement(source, detailType *lintList, a audience) {
	if source == nil || detailType == nil || !a.known {
		return
	}
	c := catalogue()
	for i := range source.entries {
		e := &source.entries[i]
		unknown := !c.isSource[e.node.text] && (!strings.HasPrefix(e.node.text, "aws.") || l.seen[seenKey{"source-name", e.node.from, e.node.to}])
		if e.op != "" || unknown { // a slip in the source is told already
			return
		}
	}
	dead := 0
	for i := range detailType.entries {
		e := &detailType.entries[i]
		kinds := c.byType[e.node.text]
		if e.op != "" || len(kinds) == 0 || slices.ContainsFunc(kinds, func(k *eventKind) bool { return k.source == anyService || source.takesText(l.text, k.source) }) {
			continue
		}
		dead++
		f := l.addNode("detail-type-source", Warning, "detail-type", e.node, "events with this detail-type come from "+kinds[0].source+", not from "+l.source(source.node))
		if len(detailType.entries) == 1 && len(kinds) == 1 {
			f.Fix = &Fix{Message: "write " + kinds[0].source, Edits: []Edit{{source.node.from, source.node.to, "[" + quoteJSON(kinds[0].source) + "]"}}}
		}
	}
	if dead == len(detailType.entries) {
		l.dead[detailType] = true
	}
}

// verdict raises findings about lists that nothing can satisfy.
func (l *linter) verdict() {
	never := len(l.ways) > 0
	for _, w := range l.ways {
		never = never && slices.ContainsFunc(slices.Collect(maps.Values(w)), func(list *lintList) bool { return l.dead[list] })
	}
	for list := range l.dead {
		for i := range l.found {
			f := &l.found[i]
			if f.From < list.node.from && !atKey[f.ID] || f.To > list.node.to || f.Path != list.path || f.Level == Note || !deadly[f.ID] {
				continue
			}
			switch {
			case never:
				f.Level, f.Never = Fault, true
				f.follows("so the pattern never matches")
			case len(l.ways) > 1:
				f.follows("so this alternative of $or never matches")
			}
		}
	}
}

// follows says, once, what follows of a finding.
func (f *Finding) follows(what string) {
	if !strings.HasSuffix(f.Message, what) {
		f.Message += "; " + what
	}
}

// atKey are the findings that point at a field's name.
var atKey = map[string]bool{"unknown-field": true, "wrong-level": true, "field-case": true, "operator-as-field": true}

// deadly are the findings that say that an entry or a field never matches.
var deadly = map[string]bool{"detail-type-source": true, "empty-string": true, "exists-on-object": true, "field-case": true, "no-resources": true, "L2": true,
	"unknown-field": true, "unknown-value": true, "wrong-kind": true, "wrong-level": true, "console-login": true, "event-source": true, "operator-as-field": true, "L10": true, "source-name": true}

// entries reports the entries of a list that a field's values never satisfy.
func (l *linter) entries(list *lintList, fields []*fieldKind) {
	dead := 0
	for i := range list.entries {
		id, why, fix := "", "", (*Fix)(nil)
		alive := false
		for _, f := range fields {
			x, y, z := l.entry(list, i, f)
			if x == "" {
				alive = true
				break
			}
			if id == "" || fix == nil {
				id, why, fix = x, y, z
			}
		}
		if alive || id == "" {
			continue
		}
		dead++
		f := l.addNode(id, Warning, list.path, list.entries[i].node, why)
		f.Fix = fix
	}
	if dead == len(list.entries) {
		l.dead[list] = true
	}
}

// entry says why an entry never holds for a field; id is empty if it may.
func (l *linter) entry(list *lintList, i int, f *fieldKind) (id, why string, fix *Fix) {
	e := &list.entries[i]
	replace := func(said, text string) *Fix {
		return &Fix{Message: said, Edits: []Edit{{e.node.from, e.node.to, text}}}
	}
	kind := wants(e)
	switch {
	case f.kind == holdsAny || kind == holdsAny && (f.kind != holdsObject || e.op == ""):
		return "", "", nil
	case f.kind == holdsObject && e.op == opExists:
		if e.arg.kind == tFalse {
			return "", "", nil
		}
		return "exists-on-object", list.path + " holds an object, and exists looks at values only: it is never true here", nil
	case f.kind == holdsObject:
		return "wrong-kind", list.path + " holds an object: name the field in it that counts", nil
	case e.op == opExists:
		return "", "", nil
	case kind != f.kind:
		why = list.path + " holds " + f.kind.String() + ", " + l.source(e.node) + " is for " + kind.String()
		switch {
		case e.op != "":
		case f.kind == holdsText && len(f.values) == 0 || slices.Contains(f.values, e.node.text):
			fix = replace("write it as a text", quoteJSON(e.node.text))
		case kind == holdsBool && slices.Contains(f.values, "No"):
			fix = replace("it is Yes or No", map[string]string{"true": `"Yes"`, "false": `"No"`}[e.node.text])
		case f.kind == holdsBool && (e.node.text == "true" || e.node.text == "false"):
			fix = replace("write it without quotes", e.node.text)
		case f.kind == holdsNumber && kind == holdsText:
			if isNumberText(e.node.text) {
				fix = replace("write it without quotes", e.node.text)
			} else if op, number := comparison(e.node.text); op != "" {
				fix = replace("write a range", `{"numeric":[`+quoteJSON(op)+`,`+number+`]}`)
			}
		}
		return "wrong-kind", why, fix
	case e.op == "" && kind == holdsText && e.node.text == "" && !f.empty:
		if edits := l.without(list.node, i); edits != nil {
			fix = &Fix{Message: "remove it", Edits: edits}
		}
		id = "empty-string"
		if list.path == "detail.configRuleName" {
			id = "L2"
		}
		return id, list.path + " is never empty", fix
	case f.complete:
		return l.enumerated(list, e, f, replace)
	case f.most > f.least && !f.mayBe(e):
		return "unknown-value", list.path + " is a number from " + formatNumber(f.least) + " to " + formatNumber(f.most) + ", never " + l.source(e.node), nil
	}
	return "", "", nil
}

// mayBe says whether an entry for numbers holds for some number of the field.
func (f *fieldKind) mayBe(e *lintEntry) bool {
	r := interval64{}
	switch e.op {
	case "":
		n, _ := numberOf(e.node.text)
		r.lo, r.hi = n, n
	case opNumeric:
		r = intervalOf(e.arg)
	default:
		return true
	}
	return (r.lo < f.most || r.lo == f.most && !r.openLo) && (r.hi > f.least || r.hi == f.least && !r.openHi)
}

// enumerated looks whether an entry holds for any of the values that there are.
func (l *linter) enumerated(list *lintList, e *lintEntry, f *fieldKind, replace func(string, string) *Fix) (id, why string, fix *Fix) {
	for _, v := range f.values {
		if e.takesText(l.text, v) {
			return "", "", nil
		}
	}
	why = list.path + " is never " + l.source(e.node) + ", only " + strings.Join(f.values, ", ")
	if e.op == "" {
		near := nearest(e.node.text, f.values, max(2, len(e.node.text)/4))
		if i := slices.IndexFunc(f.values, func(v string) bool { return strings.EqualFold(v, e.node.text) }); near == "" && i >= 0 {
			near = f.values[i]
		}
		if near != "" {
			fix = replace("write "+near, quoteJSON(near))
		}
	}
	return "unknown-value", why, fix
}

// wants is what values an entry looks at.
func wants(e *lintEntry) valueKind {
	switch e.op {
	case "":
		switch e.node.kind {
		case tString:
			return holdsText
		case tNumber:
			return holdsNumber
		case tTrue, tFalse:
			return holdsBool
		}
		return holdsAny
	case opNumeric:
		return holdsNumber
	case opExists:
		return holdsBool
	case opAnything:
		return holdsAny
	}
	return holdsText
}

// slips reports values that are almost one of those that a field often holds,
// in lists and in anything-but. judged says that entries went over the list, or may
// not.
func (l *linter) slips(list *lintList, fields []*fieldKind, judged bool) {
	var values []string
	for _, f := range fields {
		if f.kind != holdsText || f.values == nil {
			return
		}
		values = append(values, f.values...)
	}
	look := func(n *lintNode, complete bool) {
		if n.kind != tString || slices.Contains(values, n.text) || complete {
			return
		}
		if near := nearest(n.text, values, 2); near != "" && (len(n.text) > 5 || plainName(near) == plainName(n.text)) {
			f := l.addNode("unknown-value", Warning, list.path, n, list.path+" is not known to be "+l.source(n)+"; "+near+" is")
			f.Fix = &Fix{Message: "write " + near, Edits: []Edit{{n.from, n.to, quoteJSON(near)}}}
		}
	}
	complete := judged && !slices.ContainsFunc(fields, func(f *fieldKind) bool { return !f.complete })
	for i := range list.entries {
		e := &list.entries[i]
		if e.op == "" {
			look(e.node, complete)
			continue
		}
		if e.op != opAnything {
			continue
		}
		if op, banned := banned(e); op == "" {
			for _, n := range banned {
				look(n, false)
			}
		}
	}
}

// field holds one list against the kinds of events that it is about.
func (l *linter) field(list *lintList, a *audience) {
	if list.path == "resources" && a.complete && !slices.ContainsFunc(a.kinds, func(k *eventKind) bool { return !k.noResources }) && !list.takesAbsent() {
		l.addNode("no-resources", Warning, "resources", list.node, "these events come with an empty list of resources: what is affected stands in detail")
		l.dead[list] = true
		return
	}
	if !strings.HasPrefix(list.path, "detail.") {
		return
	}
	if len(a.kinds) > 0 {
		l.literalStars(list, a)
	}
	var fields []*fieldKind
	absent, open := 0, 0
	for _, k := range a.kinds {
		switch f, known := k.field(list.path); known {
		case isKnown:
			fields = append(fields, f)
		case isAbsent:
			absent++
		case mayExist:
			open++
		}
	}
	switch {
	case len(fields) == 0:
		l.missing(list, a, open == 0 && a.complete)
	case open == 0 && a.complete:
		l.entries(list, fields)
		l.slips(list, fields, true)
	case a.named:
		l.kinds(list, a, fields)
		l.slips(list, fields, false)
	case open == 0 || absent == 0:
		l.slips(list, fields, true)
	}
}

// kinds reports the entries of a list that are for values of another kind than the
// field holds in all events that are known to have it.
func (l *linter) kinds(list *lintList, a *audience, fields []*fieldKind) {
	for i := range list.entries {
		var why string
		var fix *Fix
		if slices.ContainsFunc(fields, func(f *fieldKind) bool {
			id, says, mend := l.entry(list, i, f)
			why, fix = says, mend
			return id != "wrong-kind"
		}) {
			continue
		}
		var in []string
		for _, k := range a.kinds {
			if k.fields[list.path] != nil && !slices.Contains(in, k.detailType) {
				in = append(in, "“"+k.detailType+"”")
			}
		}
		if len(in) > 2 {
			in = append(in[:2], "others")
		}
		l.addNode("wrong-kind", Warning, list.path, list.entries[i].node, "in events "+strings.Join(in, ", ")+" "+why).Fix = fix
	}
}

// literalStars reports exact values with a star in fields that are known to hold
// names; elsewhere a star may be what is meant.
func (l *linter) literalStars(list *lintList, a *audience) {
	for _, k := range a.kinds {
		if f := k.fields[list.path]; f == nil || f.kind != holdsText {
			return
		}
	}
	for i := range list.entries {
		if e := &list.entries[i]; e.op == "" && e.node.kind == tString {
			l.starred(list, e.node)
		}
	}
}

// missing reports a field that none of the kinds is known to have; for sure says
// that they do not.
func (l *linter) missing(list *lintList, a *audience, forSure bool) {
	if list.takesAbsent() && len(list.entries) == 1 && forSure {
		l.add("always-matches", Warning, list.path, list.keys[len(list.keys)-1].from, list.node.to, l.kindName(a)+" never have "+list.path+", so it is always missing")
		return
	}
	key := list.keys[len(list.keys)-1]
	if l.seen[seenKey{"operator-as-field", key.from, key.to}] {
		l.dead[list] = l.dead[list] || forSure
		return
	}
	known := map[string]bool{}
	for _, k := range a.kinds {
		for p := range k.fields {
			known[p] = true
		}
	}
	names := slices.Sorted(maps.Keys(known))
	if i := slices.IndexFunc(names, func(p string) bool { return strings.EqualFold(p, list.path) }); i >= 0 {
		f := l.add("field-case", Warning, list.path, key.from, key.to, "the field is called "+names[i]+": names count in their case")
		f.Fix = l.renamed(list, names[i])
		l.dead[list] = l.dead[list] || forSure && !list.takesAbsent()
		return
	}
	if near := nearField(list.path, names); near != "" {
		f := l.add("unknown-field", Warning, list.path, key.from, key.to, l.kindName(a)+" have no "+list.path+" that is known; "+near+" is near")
		f.Fix = l.renamed(list, near)
		l.dead[list] = l.dead[list] || forSure && !list.takesAbsent()
		return
	}
	if !forSure {
		return
	}
	l.dead[list] = l.dead[list] || !list.takesAbsent()
	if elsewhere := sameEnd(list.path, names); elsewhere != "" {
		l.add("wrong-level", Warning, list.path, key.from, key.to, l.kindName(a)+" have no "+list.path+"; it is "+elsewhere)
		return
	}
	l.add("unknown-field", Warning, list.path, key.from, key.to, l.kindName(a)+" have no field "+list.path)
}

// nearField is the known field that differs from path by a slip in one name.
func nearField(path string, names []string) string {
	var same []string
	steps := strings.Split(path, ".")
	for _, name := range names {
		other := strings.Split(name, ".")
		if len(other) != len(steps) {
			continue
		}
		differ := 0
		for i := range steps {
			if steps[i] != other[i] {
				differ++
				if len(steps[i]) < 4 || distance(steps[i], other[i], 2) > min(2, len(steps[i])/4) && plainName(steps[i]) != plainName(other[i]) {
					differ = 2
				}
			}
		}
		if differ == 1 {
			same = append(same, name)
		}
	}
	if len(same) != 1 {
		return ""
	}
	return same[0]
}

// sameEnd names the known fields that end like path without its first step, those
// that stand highest; none if there are many.
func sameEnd(path string, names []string) string {
	const many = 3
	end := strings.ToLower(path[strings.IndexByte(path, '.'):])
	var found []string
	for _, name := range names {
		if strings.HasSuffix(strings.ToLower(name), end) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	highest := slices.MinFunc(found, func(a, b string) int { return cmp.Compare(strings.Count(a, "."), strings.Count(b, ".")) })
	found = slices.DeleteFunc(found, func(s string) bool { return strings.Count(s, ".") > strings.Count(highest, ".") })
	if len(found) > many {
		return ""
	}
	return strings.Join(found, " or ")
}

// renamed is the fix that gives the list's keys the names of another path. It is
// nil where a key holds several steps or other fields would be renamed with it.
func (l *linter) renamed(list *lintList, to string) *Fix {
	steps := strings.Split(to, ".")
	if len(steps) != len(list.keys) {
		return nil
	}
	fix := &Fix{Message: "write " + to}
	for i, key := range list.keys {
		if key.name == steps[i] {
			continue
		}
		if strings.Contains(key.name, ".") {
			return nil
		}
		fix.Edits = append(fix.Edits, Edit{key.from, key.to, quoteJSON(steps[i])})
	}
	return fix
}
