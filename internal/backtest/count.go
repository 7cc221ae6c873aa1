package backtest

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/brief"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/pattern"
)

// about is what a matching event is counted by.
type about struct {
	second                                   int64
	principal, source, name, account, region []byte
	resources                                [][]byte
	subject                                  string // of an event without a principal
	detail                                   source.Head
	lastText                                 []byte // of the time before, and what it was
	lastSecond                               int64
}

// read takes what an event is counted by from its head.
func (a *about) read(w *worker) {
	h := &w.head
	d := h
	if h.Kind == source.Event {
		a.detail = source.Head{}
		if h.Detail != nil {
			a.detail.Parse(h.Detail)
		}
		d = &a.detail
	}
	a.second = a.seconds(h.Time)
	a.source, a.account, a.region = h.Source, h.Account, h.Region
	a.name, a.principal, a.subject = h.Type, nil, ""
	if d.Kind == source.CloudTrail {
		a.source, a.name = d.Source, d.Name
		if a.principal = nil; d == h && w.sift.Built {
			for i := range 3 {
				if a.principal = w.sift.Shape.Kept(i, w.text); len(a.principal) > 0 {
					break
				}
			}
		} else {
			a.principal = d.Principal()
		}
	} else if len(d.Type) > 0 {
		a.name = d.Type
	}
	a.resources = a.resources[:0]
	add := func(arn []byte) { a.resources = append(a.resources, spell(arn)) }
	if d == h {
		w.sift.EachResource(h, w.text, add)
	} else {
		d.EachResource(add)
		h.EachResource(add)
	}
	a.source, a.name, a.principal = spell(a.source), spell(a.name), spell(a.principal)
	if len(a.principal) == 0 {
		e := envelope(w.wrapped())
		a.subject = incident.Subject(e)
		for _, arn := range brief.Involved(e) {
			add([]byte(arn))
		}
		a.resources = unique(a.resources)
	}
}

// spell spells what names somebody or something as all others do: of the many ways
// that JSON has, nearly always the one without escapes. names are counted as they are
// spelled.
func spell(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(source.Unquote(name)) != nil {
		return name
	}
	return b.Bytes()[1 : b.Len()-len("\"\n")]
}

// unique leaves each resource once; an event names few.
func unique(all [][]byte) [][]byte {
	out := all[:0]
	for _, r := range all {
		if !slices.ContainsFunc(out, func(o []byte) bool { return string(o) == string(r) }) {
			out = append(out, r)
		}
	}
	return out
}

// envelope decodes what the dedupe key is made from. A record that is no event
// has nothing but itself.
func envelope(event []byte) *tocsin.Event {
	var e struct {
		ID         string          `json:"id"`
		Source     string          `json:"source"`
		DetailType string          `json:"detail-type"`
		Account    tocsin.Account  `json:"account"`
		Region     tocsin.Region   `json:"region"`
		Resources  json.RawMessage `json:"resources"`
	}
	_ = json.Unmarshal(event, &e) // members of other types stay empty
	out := &tocsin.Event{ID: e.ID, Source: e.Source, DetailType: e.DetailType, Account: e.Account, Region: e.Region, Raw: event}
	_ = json.Unmarshal(e.Resources, &out.Resources)
	return out
}

// count counts the event for what it hit.
func (w *worker) count() {
	a := &w.about
	a.read(w)
	if a.second != noDate && (w.since != noDate && a.second < w.since || w.until != noDate && a.second >= w.until) {
		return
	}
	if a.second == noDate && (w.since != noDate || w.until != noDate) {
		return
	}
	var asked, is bool
	hidden := func() bool { // is asked once, and by few rules
		if !asked {
			asked, is = true, w.hidden()
		}
		return is
	}
	var matched [2]bool
	slices.Sort(w.hits)
	for _, k := range w.hits {
		if k >= len(w.rules) {
			break
		}
		if w.rules[k].State == tocsin.RuleEnabled {
			if hidden() {
				w.tally.Columns[k].ReadOnly++
				continue
			}
		}
		if k < 2 {
			matched[k] = true
		}
		w.tally.Columns[k].add(w)
	}
	if w.compare {
		switch {
		case matched[0] && matched[1]:
			w.tally.Columns[columnBoth].add(w)
		case matched[0]:
			w.tally.Columns[columnOnlyOld].add(w)
		case matched[1]:
			w.tally.Columns[columnOnlyNew].add(w)
		}
	}
	w.nearMisses(hidden)
}

// hidden tells a read-only management event, as the live bus does.
func (w *worker) hidden() bool {
	switch w.head.Kind {
	case source.Event:
		return bus.Hidden(&tocsin.Event{DetailType: source.Unquote(w.head.Type), Raw: w.text})
	case source.CloudTrail:
		return w.sieve.Hidden(w.sift, func() []byte { return w.wrap.Wrap(&w.head, w.text) })
	}
	return false
}

// nearMisses counts the hits of relaxed rules that their rule did not hit, but for
// those that its state keeps from it anyway.
func (w *worker) nearMisses(hidden func() bool) {
	for _, k := range w.hits {
		if k < len(w.rules) {
			continue
		}
		r := w.relaxed[k-len(w.rules)]
		if slices.ContainsFunc(w.hits, func(o int) bool { return len(w.rules) <= o && o < k && w.relaxed[o-len(w.rules)].is(r) }) {
			continue // by the same field of another alternative
		}
		if _, hit := slices.BinarySearch(w.hits, r.rule); hit {
			continue
		}
		if w.rules[r.rule].State == tocsin.RuleEnabled && hidden() {
			continue
		}
		n := w.tally.Columns[r.rule].near(r.path)
		s := Sample{Time: w.about.second, Path: w.path, Record: w.record}
		if n.Count == 0 || s.compare(&n.Sample) < 0 {
			s.Event = slices.Clone(w.wrapped())
			s.Why = why(w.rules[r.rule].Pattern, s.Event, r.path)
		}
		n.add(1, &s)
	}
}

// why says how the field at path fails.
func why(p *pattern.Pattern, event []byte, path string) string {
	x := p.Explain(event)
	for _, way := range x.Ways {
		for _, miss := range way.Misses {
			if len(way.Misses) == 1 && miss.Path == path {
				return miss.String()
			}
		}
	}
	return strings.TrimPrefix(x.String(), "no match: ")
}

// add counts the event that w is at.
func (c *Column) add(w *worker) {
	a := &w.about
	if a.second == noDate {
		c.Undated++
	} else {
		if c.Matches == c.Undated {
			c.First, c.Last = a.second, a.second
		}
		c.First, c.Last = min(c.First, a.second), max(c.Last, a.second)
		c.Minutes.add(a.second/60, 1)
	}
	c.Matches++
	c.Sources.add(a.source)
	c.Names.add(a.name)
	c.Accounts.add(a.account)
	c.Regions.add(a.region)
	for _, arn := range a.resources {
		c.Resources.add(arn)
	}
	if len(a.principal) > 0 {
		c.Principals.add(a.principal, a.second)
	} else {
		c.Others.add([]byte(a.subject), a.second)
	}
	s := Sample{Time: a.second, Path: w.path, Record: w.record}
	if n := len(c.Samples); n < w.samples || n > 0 && s.compare(&c.Samples[n-1]) < 0 {
		s.Event = slices.Clone(w.wrapped())
		i, _ := slices.BinarySearchFunc(c.Samples, s, func(a, b Sample) int { return a.compare(&b) })
		c.Samples = slices.Insert(c.Samples, i, s)
		c.Samples = c.Samples[:min(len(c.Samples), w.samples)]
	}
}
