package pattern

import (
	"math"
	"slices"
	"strings"
)

// security looks for mistakes that are known from patterns for security events
// as people copy them.
func (l *linter) security() {
	for _, list := range l.all {
		switch list.path {
		case "detail.severity":
			l.severity(list)
		case "detail.configRuleName":
			l.configRules(list)
		case "detail.userIdentity.type", "detail.userIdentity.arn":
			l.rootActivity(list)
		case "detail.eventName":
			l.consoleLogin(list)
			l.calls(list)
		case "detail.eventSource":
			l.eventSource(list)
		case "detail.sourceIPAddress":
			l.addressBlocks(list)
		case "detail.source", "detail.detail-type":
			l.envelopeBelow(list)
		}
		if list.path != "detail.severity" {
			l.decimals(list)
		}
	}
	l.verdict()
}

// numbersOf gives the list's numbers if it has nothing else, however they are written.
func numbersOf(list *lintList) []float64 {
	var numbers []float64
	for i := range list.entries {
		e := &list.entries[i]
		at := e.node
		if e.op == opNumeric && len(e.arg.items) == 2 && e.arg.items[0].text == "=" {
			at = e.arg.items[1]
		} else if e.op != "" {
			return nil
		}
		n, ok := numberOf(at.text)
		if at.kind != tNumber || !ok {
			return nil
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// GuardDuty's severities: High begins at 7, Critical at 9, and 10 is the most.
const (
	severityHigh     = 7
	severityCritical = 9
	severityMost     = 10
)

// severity reports GuardDuty severities written out one by one, and ranges that
// end before Critical.
func (l *linter) severity(list *lintList) {
	if !l.about(list, "GuardDuty Finding") {
		return
	}
	numbers := numbersOf(list)
	if len(numbers) == 0 {
		for i := range list.entries {
			e := &list.entries[i]
			if e.op != opNumeric {
				continue
			}
			if r := intervalOf(e.arg); r.lo >= severityHigh && r.lo < severityCritical && r.hi < severityMost && r.hi > r.lo {
				f := l.addNode("L1", Note, list.path, e.node, "this leaves out Critical findings: their severity is 9 to 10")
				f.Fix = &Fix{Message: "leave the upper bound away", Effect: Widens, Edits: []Edit{{e.arg.from, e.arg.to, "[" + l.text[e.arg.items[0].from:e.arg.items[1].to] + "]"}}}
			}
		}
		return
	}
	least, most := numbers[0], numbers[len(numbers)-1]
	const usual = 8 // of High findings, when nothing else is known
	if most < severityHigh && len(numbers) < 3 || most >= severityCritical && len(numbers) < 3 {
		return
	}
	level := Warning
	if len(numbers) == 1 {
		level = Note
	}
	message := "severity may have any decimal: these " + itoa(len(numbers)) + " numbers miss those between them"
	if len(numbers) == 1 {
		message = "severity may have any decimal: one number misses those beside it"
	}
	if n := len(list.entries) - len(numbers); n > 0 {
		message += " (some stand there twice" + l.twice(list) + ")"
		l.found = slices.DeleteFunc(l.found, func(f Finding) bool {
			return f.ID == "duplicate-value" && f.Path == list.path && f.From > list.node.from && f.To < list.node.to
		})
	}
	bound := `[">=",` + formatNumber(least) + `]`
	switch {
	case most >= usual && most < severityCritical:
		message += ", and Critical findings (9 to 10), the worst"
	case most < usual:
		bound = `[">=",` + formatNumber(least) + `,"<",` + formatNumber(float64(int(most)+1)) + `]`
	}
	f := l.addNode("L1", level, list.path, list.node, message)
	f.Fix = &Fix{Message: "write a range", Effect: Widens, Edits: []Edit{{list.node.from, list.node.to, `[{"numeric":` + bound + `}]`}}}
}

// twice shows two spellings of a number that a list has.
func (l *linter) twice(list *lintList) string {
	for i := range list.entries {
		a := list.entries[i].node
		for j := range list.entries[:i] {
			b := list.entries[j].node
			m, ok := numberOf(a.text)
			n, also := numberOf(b.text)
			if ok && also && m == n && a.text != b.text {
				return ": " + b.text + " is " + a.text
			}
		}
	}
	return ""
}

// decimals reports lists of numbers at equal steps below one, or with a few holes: a
// range, written out.
func (l *linter) decimals(list *lintList) {
	const few = 5
	numbers := numbersOf(list)
	if len(numbers) < few {
		return
	}
	const most, wide = 3, 0.75 // steps between two numbers, and how large a step is
	step := wide
	for i := range numbers[1:] {
		step = min(step, numbers[i+1]-numbers[i])
	}
	for i := range numbers[1:] {
		steps := (numbers[i+1] - numbers[i]) / step
		if off := steps - math.Round(steps); off > 0.01 || off < -0.01 || steps > most+0.5 {
			return
		}
	}
	if step == wide {
		return
	}
	f := l.addNode("L1", Warning, list.path, list.node, "a list of numbers misses those between them")
	f.Fix = &Fix{Message: "write a range", Effect: Widens,
		Edits: []Edit{{list.node.from, list.node.to, `[{"numeric":[">=",` + formatNumber(numbers[0]) + `,"<=",` + formatNumber(numbers[len(numbers)-1]) + `]}]`}}}
}

// about says whether some way with this list is about the detail-type.
func (l *linter) about(list *lintList, detailType string) bool {
	for _, w := range l.ways {
		if w[list.path] != list {
			continue
		}
		source, types := w["source"], w["detail-type"]
		switch {
		case source == nil && types == nil:
		case types != nil && !types.takesText(l.text, detailType):
		case source == nil || slices.ContainsFunc(catalogue().byType[detailType], func(k *eventKind) bool { return source.takesText(l.text, k.source) }):
			return true
		}
	}
	return false
}

const (
	publicRead  = "s3-bucket-public-read-prohibited"
	publicWrite = "s3-bucket-public-write-prohibited"
)

// configRules reports names of AWS Config rules that miss events.
func (l *linter) configRules(list *lintList) {
	var empty, managed *lintNode
	exactRules := 0
	for i := range list.entries {
		e := &list.entries[i]
		switch {
		case e.op != "" || e.node.kind != tString:
		case e.node.text == "":
			empty = e.node
		case catalogue().configRules[e.node.text]:
			exactRules++
			if managed == nil {
				managed = e.node
			}
		}
	}
	write, read := l.names(list, publicWrite), l.names(list, publicRead)
	if write && !read {
		said := "this holds the rule for public writing only: a bucket that everybody may list or read falls under " + publicRead
		if empty != nil {
			said += ", and \"\" never matches"
		}
		f := l.addNode("L2", Warning, list.path, list.node, said)
		f.Fix = l.bothRules(list, empty)
		l.found = slices.DeleteFunc(l.found, func(f Finding) bool {
			return f.ID == "L2" && f.From > list.node.from && f.To <= list.node.to
		})
	}
	if managed == nil || exactRules < len(list.entries)-btoi(empty != nil) || exactRules == 0 {
		return
	}
	name := managed.text
	f := l.addNode("L4", Note, list.path, managed, "exact names miss the copies of this rule that conformance packs ("+name+"-conformance-pack-…) and Security Hub (securityhub-"+name+"-…) make")
	if !write && !read || write != read {
		f.Fix = &Fix{Message: "match the copies too", Effect: Widens, Edits: []Edit{{managed.from, managed.to, `{"wildcard":"*` + name + `*"}`}}}
		return
	}
	f.Fix = &Fix{Message: "match the copies too", Effect: Widens, Edits: l.publicWildcard(list)}
}

// names says whether a list takes a text other than by leaving others out.
func (l *linter) names(list *lintList, text string) bool {
	for i := range list.entries {
		if e := &list.entries[i]; e.op != opAnything && e.takesText(l.text, text) {
			return true
		}
	}
	return false
}

// publicWildcard replaces the two names by the wildcard for both.
func (l *linter) publicWildcard(list *lintList) []Edit {
	parts := []string{`{"wildcard":"*s3-bucket-public-*-prohibited*"}`}
	for i := range list.entries {
		e := &list.entries[i]
		if e.op == "" && (e.node.text == publicRead || e.node.text == publicWrite) {
			continue
		}
		parts = append(parts, l.text[e.node.from:e.node.to])
	}
	return []Edit{{list.node.from, list.node.to, "[" + strings.Join(parts, ",") + "]"}}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l *linter) bothRules(list *lintList, empty *lintNode) *Fix {
	if empty != nil {
		return &Fix{Message: "name both rules", Effect: Repairs, Edits: []Edit{{empty.from, empty.to, quoteJSON(publicRead)}}}
	}
	at := list.node.items[0].from
	return &Fix{Message: "name both rules", Effect: Widens, Edits: []Edit{{at, at, quoteJSON(publicRead) + ","}}}
}

// rootActivity reports patterns for the root user that hold what AWS's services
// do in its name as well.
func (l *linter) rootActivity(list *lintList) {
	if !rootOnly(list) || !l.anyEvent(list) && !l.about(list, "AWS API Call via CloudTrail") {
		return
	}
	for _, w := range l.ways {
		if w[list.path] == list && (w["detail.userIdentity.invokedBy"] != nil || w["detail.eventName"] != nil ||
			strings.HasSuffix(list.path, "arn") && w["detail.userIdentity.type"] != nil) { // which says it
			return
		}
	}
	key := list.keys[len(list.keys)-1]
	f := l.add("L7", Warning, list.path, key.from, list.node.to,
		"this also holds what AWS's services do as root (userIdentity.invokedBy is set), and failed sign-ins as well as good ones; a pager rule leaves out the first and has a rule of its own for failures")
	if key.name != "type" && key.name != "arn" { // a dotted name: the edit would stand elsewhere
		return
	}
	f.Fix = &Fix{Message: "leave out what AWS's services do", Effect: Repairs, Edits: []Edit{{list.node.to, list.node.to, `,"invokedBy":[{"exists":false}]`}}}
}

// rootOnly says whether a list of userIdentity's type or arn holds for root users only.
func rootOnly(list *lintList) bool {
	if strings.HasSuffix(list.path, "type") {
		return len(list.entries) == 1 && list.entries[0].op == "" && list.entries[0].node.text == "Root"
	}
	for i := range list.entries {
		e := &list.entries[i]
		at := e.node
		switch e.op {
		case "":
		case opSuffix, opWildcard, opFold:
			at = e.arg
		default:
			return false
		}
		if !strings.HasSuffix(at.text, ":root") { // text is empty in what is no text
			return false
		}
	}
	return true
}

// anyEvent says whether nothing is asked of where the events of a list come from.
func (l *linter) anyEvent(list *lintList) bool {
	return !slices.ContainsFunc(l.ways, func(w lintWay) bool { return w[list.path] == list && (w["source"] != nil || w["detail-type"] != nil) })
}

// consoleLogin reports what comes with sign-ins looked for among API calls.
func (l *linter) consoleLogin(list *lintList) {
	const signIn = "AWS Console Sign In via CloudTrail"
	names := catalogue().byType[signIn][0].fields[list.path].values
	for i := range list.entries {
		if e := &list.entries[i]; e.op != "" || !slices.Contains(names, e.node.text) {
			return
		}
	}
	name := list.entries[0].node.text
	sure := len(list.entries) == 1 && name == "ConsoleLogin"
	for _, w := range l.ways {
		types := w["detail-type"]
		if w[list.path] != list || types == nil || types.takesText(l.text, signIn) || len(types.entries) != 1 || types.entries[0].op != "" || types.entries[0].node.text != "AWS API Call via CloudTrail" {
			continue
		}
		l.dead[types] = l.dead[types] || sure
		n := types.entries[0].node
		f := l.addNode("console-login", Warning, "detail-type", n, name+" is no API call: it comes as “"+signIn+"”")
		f.Fix = &Fix{Message: "write " + signIn, Edits: []Edit{{n.from, n.to, quoteJSON(signIn)}}}
	}
}

// hosts are how values of eventSource end.
const hosts = ".amazonaws.com"

// host reports a detail.eventSource that names a service in another way than by its
// host.
func (l *linter) host(list *lintList) {
	if l.customOnly() {
		return
	}
	for i := range list.entries {
		e := &list.entries[i]
		if e.op != "" || e.node.kind != tString || strings.HasSuffix(e.node.text, hosts) || strings.HasSuffix(e.node.text, hosts+".cn") {
			continue
		}
		service, _, _ := strings.Cut(strings.TrimPrefix(strings.ToLower(e.node.text), "aws."), ".")
		if !catalogue().isSource["aws."+service] {
			continue
		}
		if len(list.entries) == 1 {
			l.dead[list] = true
		}
		f := l.addNode("unknown-value", Warning, list.path, e.node, list.path+" is the host of a service: "+service+hosts)
		f.Fix = &Fix{Message: "write " + service + hosts, Edits: []Edit{{e.node.from, e.node.to, quoteJSON(service + hosts)}}}
	}
}

// eventSource reports a detail.eventSource that is not the source's.
func (l *linter) eventSource(list *lintList) {
	l.host(list)
	for _, w := range l.ways {
		source := w["source"]
		if w[list.path] != list || source == nil {
			continue
		}
		services := map[string]bool{}
		for i := range source.entries {
			e := &source.entries[i]
			if e.op != "" || !catalogue().isSource[e.node.text] {
				return
			}
			services[strings.TrimPrefix(e.node.text, "aws.")] = true
		}
		for i := range list.entries {
			e := &list.entries[i]
			service, isHost := strings.CutSuffix(e.node.text, hosts)
			if e.op != "" || !isHost || !catalogue().isSource["aws."+service] || services[service] {
				return
			}
		}
		first := list.entries[0].node.text
		want := "aws." + strings.TrimSuffix(first, hosts)
		l.dead[list] = true
		f := l.addNode("event-source", Warning, list.path, list.node, "calls of "+first+" come with the source "+want+", not with "+l.source(source.node))
		if len(list.entries) == 1 {
			f.Fix = &Fix{Message: "write " + want, Edits: []Edit{{source.node.from, source.node.to, "[" + quoteJSON(want) + "]"}}}
		}
	}
}

// addressBlocks reports blocks of addresses that are written as exact values.
func (l *linter) addressBlocks(list *lintList) {
	for i := range list.entries {
		n := list.entries[i].node
		if _, why := parseCIDR(n.text); list.entries[i].op != "" || n.kind != tString || why != "" {
			continue
		}
		if len(list.entries) == 1 {
			l.dead[list] = true
		}
		f := l.addNode("unknown-value", Warning, list.path, n, list.path+" is one address: a block of addresses is exact text here")
		f.Fix = &Fix{Message: "write cidr", Edits: []Edit{{n.from, n.to, `{"cidr":` + l.text[n.from:n.to] + `}`}}}
	}
}

// envelopeBelow reports source and detail-type under detail, where they name what
// AWS sends.
func (l *linter) envelopeBelow(list *lintList) {
	name := strings.TrimPrefix(list.path, "detail.")
	c := catalogue()
	for i := range list.entries {
		e := &list.entries[i]
		if e.op == "" && (c.isSource[e.node.text] || len(c.byType[e.node.text]) > 0) && l.root.get(name) == nil {
			key := list.keys[len(list.keys)-1]
			l.add("wrong-level", Warning, list.path, key.from, key.to, name+" stands beside detail, not in it")
			return
		}
	}
}

// width reports patterns that hold nearly every event of the account.
func (l *linter) width() {
	c := catalogue()
	for _, w := range l.ways {
		narrow := false
		for path, list := range w {
			switch {
			case path == "source":
				narrow = narrow || !l.takesMost(list, []string{"aws.ec2", "aws.s3", "aws.kms"})
			case path == "detail-type":
				narrow = narrow || !l.takesMost(list, []string{"AWS API Call via CloudTrail"}) && len(c.types) > 0
			case strings.HasPrefix(path, "detail.") || path == "resources" || envelope[path] == nil:
				narrow = narrow || !vague(list)
			}
		}
		if narrow {
			continue
		}
		l.add("too-wide", Warning, "", l.root.from, l.root.from+1, "the pattern matches nearly everything that happens in the account: name a source, a detail-type and what in detail counts")
		return
	}
}

// takesMost says whether the list holds for all samples.
func (l *linter) takesMost(list *lintList, samples []string) bool {
	for _, s := range samples {
		if !list.takesText(l.text, s) {
			return false
		}
	}
	return true
}

// vague says whether a list asks for nothing but that the field is there.
func vague(list *lintList) bool {
	for i := range list.entries {
		if e := &list.entries[i]; e.op == opExists && e.arg.kind == tTrue || anyText(e) {
			return true
		}
	}
	return false
}
