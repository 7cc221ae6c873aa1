package pattern

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// callsText holds the calls of services; its head says from where.
//
//go:embed lint_calls.txt
var callsText string

// apiCalls are the calls of services, by the service's name in eventSource. It is read
// when it is first asked for.
var apiCalls = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(callsText) {
		if service, names, ok := strings.Cut(line, ": "); ok && line[0] != '#' {
			all[service] = append(all[service], strings.Fields(names)...)
		}
	}
	return all
})

// everyCall are the calls of all services, each once, in order.
var everyCall = sync.OnceValue(func() []string {
	var all []string
	for _, names := range apiCalls() {
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all)
})

// mostCalls is how many names of a list are held against the calls that there are.
const mostCalls = 64

// calls reports names that are almost those of calls. The services have more calls than
// are known, so that nothing is said of names that are far from all.
func (l *linter) calls(list *lintList) {
	names := l.callsOf(list)
	if len(names) == 0 || l.customOnly() {
		return
	}
	for i := range list.entries[:min(mostCalls, len(list.entries))] {
		n := list.entries[i].node
		if _, known := slices.BinarySearch(everyCall(), n.text); known || list.entries[i].op != "" || n.kind != tString {
			continue
		}
		near := nearCall(n.text, names)
		if near == "" {
			continue
		}
		f := l.addNode("unknown-value", Warning, list.path, n, "there is no call "+n.text+" that is known; "+near+" is near")
		f.Fix = &Fix{Message: "write " + near, Edits: []Edit{{n.from, n.to, quoteJSON(near)}}}
	}
}

// callsOf are the calls that the names of a list may be, of the services that the
// pattern is about; none if it is not about calls, or about services of which they are
// not known.
func (l *linter) callsOf(list *lintList) (names []string) {
	for _, w := range l.ways {
		if w[list.path] != list {
			continue
		}
		of := w["detail.eventSource"]
		if of == nil {
			of = w["source"]
		}
		types := w["detail-type"]
		switch {
		case of == nil && (types == nil || !types.takesText(l.text, "AWS API Call via CloudTrail")):
			return nil
		case of == nil:
			return everyCall()
		}
		for i := range of.entries {
			e := &of.entries[i]
			service := strings.TrimPrefix(strings.TrimSuffix(e.node.text, hosts), "aws.")
			if e.op != "" || apiCalls()[service] == nil {
				return nil
			}
			names = append(names, apiCalls()[service]...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nearCall is the only one of names that differs by a letter, or by case; empty if
// there is none.
func nearCall(name string, names []string) (near string) {
	const short = 6
	if len(name) < short {
		return ""
	}
	for _, n := range names {
		if !strings.EqualFold(n, name) && distance(n, name, 1) > 1 {
			continue
		}
		if near != "" {
			return ""
		}
		near = n
	}
	return near
}
