package pattern

import (
	"slices"
	"strings"
)

// audience is what kinds of events a list is about.
type audience struct {
	kinds    []*eventKind
	complete bool // and no others
	known    bool // it is about events of AWS at all
	named    bool // of services that are known, each by its name
}

func (a *audience) join(b audience) {
	a.complete = a.complete && b.complete
	a.known = a.known && b.known
	a.named = a.named && b.named
	for _, k := range b.kinds {
		if !slices.Contains(a.kinds, k) {
			a.kinds = append(a.kinds, k)
		}
	}
}

// audienceOf tells what events a source and a detail-type list let through.
// Either may be nil.
func audienceOf(text string, source, detailType *lintList) (a audience) {
	if source == nil && detailType == nil {
		return a
	}
	c := catalogue()
	a.complete = detailType != nil
	a.named = source != nil
	a.known = true
	if source != nil {
		for i := range source.entries {
			e := &source.entries[i]
			of := textOperand(e)
			a.named = a.named && e.op == "" && c.isSource[e.node.text]
			a.known = a.known && (e.op == "" && strings.HasPrefix(e.node.text, "aws.") || e.op == opPrefix && of != nil && strings.HasPrefix(*of, "aws."))
		}
	}
	if detailType != nil {
		for i := range detailType.entries {
			e := &detailType.entries[i]
			listed := e.op == "" && c.byType[e.node.text] != nil
			a.complete = a.complete && listed
			a.known = a.known && (listed || source != nil)
		}
	}
	for _, k := range candidates(c, source) {
		if detailType != nil && !detailType.takesText(text, k.detailType) {
			continue
		}
		if source == nil || k.source == anyService || source.takesText(text, k.source) {
			a.kinds = append(a.kinds, k)
		}
	}
	return a
}

// candidates narrows the catalogue down where source names services only.
func candidates(c *eventCatalogue, source *lintList) []*eventKind {
	if source == nil {
		return c.kinds
	}
	var kinds []*eventKind
	for i := range source.entries {
		if source.entries[i].op != "" {
			return c.kinds
		}
		kinds = append(kinds, c.bySource[source.entries[i].node.text]...)
	}
	return append(kinds, c.bySource[anyService]...)
}

// kindName names what events are talked about.
func (l *linter) kindName(a *audience) string {
	if len(a.kinds) == 1 {
		return "events “" + a.kinds[0].detailType + "”"
	}
	return "these events"
}
