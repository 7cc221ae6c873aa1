package backtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/pattern"
)

// Columns of a comparison, after those of the two rules.
const (
	columnOld = iota
	columnNew
	columnBoth
	columnOnlyOld
	columnOnlyNew
	compareColumns
)

// A matcher is the rules, ready. It does not change and is shared by the workers.
type matcher struct {
	set      pattern.Set[int] // keys below len(rules) are of rules, the others of relaxed
	patterns []*pattern.Pattern
	sieve    *source.Sieve
	board    *source.Board // of what is matched as it stands: set, or that of sieve
	rules    []Rule
	relaxed  []relaxed
	columns  []string // names
	compare  bool
	asRecord bool
	since    int64
	until    int64
	samples  int
}

// relaxed is a rule without one of its fields. What matches it and not the rule
// misses the rule by that field.
type relaxed struct {
	rule int
	weaker
}

func (r relaxed) is(o relaxed) bool { return r.rule == o.rule && r.path == o.path }

func newMatcher(o *Options) (*matcher, error) {
	m := &matcher{rules: o.Rules, compare: o.Compare, asRecord: o.AsRecord, samples: o.Samples, since: noDate, until: noDate}
	if !o.Since.IsZero() {
		m.since = ceil(o.Since)
	}
	if !o.Until.IsZero() {
		m.until = ceil(o.Until)
	}
	for i, r := range o.Rules {
		m.columns = append(m.columns, r.Name)
		live := r.Pattern
		if r.State == tocsin.RuleDisabled {
			live = nil
		}
		m.patterns = append(m.patterns, live)
		if live == nil || !o.Near {
			continue
		}
		weaker, err := relax(live)
		if err != nil {
			return nil, fmt.Errorf("leave fields out of rule %s: %w", r.Name, err)
		}
		for _, w := range weaker {
			m.relaxed = append(m.relaxed, relaxed{i, w})
		}
	}
	for _, r := range m.relaxed {
		m.patterns = append(m.patterns, r.pattern)
	}
	if o.Compare {
		m.columns = append(m.columns, "both", "only old", "only new")
	}
	m.sieve = source.NewSieve()
	if slices.ContainsFunc(o.Rules, func(r Rule) bool { return r.State == tocsin.RuleEnabled }) {
		m.sieve.TellHidden()
	}
	m.board = &m.sieve.Board
	if m.asRecord {
		m.board = new(source.Board)
	}
	for i, p := range m.patterns {
		if p != nil {
			m.set.Add(i, p)
		}
		if p != nil && m.asRecord {
			m.board.Add(i, p)
		}
		m.sieve.Add(p)
	}
	return m, nil
}

// ceil is the first whole second that is not before a time: events have whole seconds.
func ceil(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }

// take matches one record. It is false for what is no JSON.
func (w *worker) take(_ string, record []byte) bool {
	w.text, w.event = record, nil
	return w.check() && w.checked()
}

// first is take for a record that the text begins with, if it is built as others
// were: where it ends is then found by the way.
func (w *worker) first(_ string, text []byte, again bool) (n int, short bool) {
	if !w.plain && !w.asRecord {
		return 0, false
	}
	n, short, hits := w.sift.MatchFirst(text, again, w.hits[:0])
	w.text, w.event, w.hits = text[:n], nil, hits
	if n == 0 || !w.checked() {
		return 0, short
	}
	return n, false
}

// checked goes on with a record that is JSON and was matched as it stands.
func (w *worker) checked() bool {
	switch {
	case w.asRecord:
		w.event = w.text
		w.record++
		w.events++
		if len(w.hits) > 0 {
			w.parse()
			w.count()
		}
		return true
	case w.plain && w.sieve.None(w.sift.Built, w.hits): // most come here
		w.record++
		w.events++
		return true
	}
	return w.takeEvent()
}

// check checks the record and matches it as it stands.
func (w *worker) check() bool {
	set := &w.set
	if w.plain {
		set = &w.sieve.Set
	}
	var err error
	if w.plain || w.asRecord {
		w.hits, err = w.sift.Match(set, w.text, w.hits[:0])
	} else {
		w.sift.Built = false
		w.hits, err = set.CheckMatch(w.text, w.hits[:0])
	}
	return err == nil
}

// parse reads the head of the record.
func (w *worker) parse() {
	w.sift.Head(&w.head, w.text)
}

// takeEvent goes on with a record that is not matched as it stands, or may be of
// interest.
func (w *worker) takeEvent() bool {
	w.parse()
	var settled bool
	w.hits, settled = w.sieve.Settle(w.sift.Built, &w.head, w.hits, w.matches)
	switch kind := w.head.Kind; {
	case settled:
	case kind == source.Event && !w.plain: // matched already
	case kind == source.LookupEvent:
		if w.text = w.wrap.Inner(&w.head); pattern.Check(w.text) != nil {
			return false
		}
		w.head.Parse(w.text)
		w.sift.Built = false // the record that it holds was not
		fallthrough
	default:
		w.hits = w.hits[:0]
		if w.wrapped() != nil {
			w.hits = w.set.Match(w.event, w.hits)
		}
	}
	w.plain = w.head.Kind == source.CloudTrail
	w.record++
	known := len(w.hits) > 0 || w.wrapped() != nil
	if !known {
		w.unknown++
		return true
	}
	w.events++
	if len(w.hits) > 0 {
		w.count()
	}
	return true
}

// matches asks a rule of the event.
func (w *worker) matches(key int) bool { return w.patterns[key].Match(w.wrapped()) }

// wrapped is the event that the record is, or nil.
func (w *worker) wrapped() []byte {
	if w.event == nil {
		w.event = w.wrap.Wrap(&w.head, w.text)
	}
	return w.event
}
