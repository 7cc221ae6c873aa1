package backtest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
)

// Report is the answer. Its JSON is a contract: members are added, never changed.
type Report struct {
	Rules     []RuleReport `json:"rules"`
	Compare   *Comparison  `json:"compare,omitempty"`
	Events    int64        `json:"events"`
	Bytes     int64        `json:"bytes"` // decompressed
	Seconds   float64      `json:"seconds"`
	Resumed   int64        `json:"-"`         // of the bytes, those that were read before, by the file of state
	Files     int64        `json:"files"`     // of which anything was read
	Malformed int64        `json:"malformed"` // records that are no JSON
	TooLong   int64        `json:"tooLong"`   // records that are longer than is taken
	Unknown   int64        `json:"unknown"`   // JSON objects that are no known kind of record
	Skipped   []Skip       `json:"skipped"`
	Partial   bool         `json:"partial"`               // it was stopped before the end
	OpenFor   string       `json:"openFor"`               // how long an incident is taken to stay open
	Assumed   string       `json:"pagesAssume,omitempty"` // what the pages are true for, in words
}

// RuleReport is what matched one rule.
type RuleReport struct {
	Name      string      `json:"name"`
	State     string      `json:"state"` // empty for a pattern by itself
	Matches   int64       `json:"matches"`
	ReadOnly  int64       `json:"readOnly"` // further matches that the rule is not shown in its State
	Undated   int64       `json:"undated"`  // of the matches, those without a time that can be read
	Incidents int64       `json:"incidents"`
	First     *time.Time  `json:"first"` // null if no match tells a time
	Last      *time.Time  `json:"last"`
	Histogram *Histogram  `json:"histogram"`
	Top       Top         `json:"top"`
	Samples   []Event     `json:"samples"`
	Near      []NearMiss  `json:"nearMisses"`
	Pages     []PageCount `json:"pages"` // the most first
}

// Histogram counts matches over time. Buckets without any are left out.
type Histogram struct {
	Width   int64    `json:"bucketSeconds"`
	Buckets []Bucket `json:"buckets"`
}

// Bucket is from Start on, for the Histogram's width.
type Bucket struct {
	Start   time.Time `json:"start"`
	Matches int64     `json:"matches"`
}

// Top are the most frequent of each, the most frequent first.
type Top struct {
	Principals []Share `json:"principals"`
	Sources    []Share `json:"sources"`
	Names      []Share `json:"eventNames"`
	Resources  []Share `json:"resources"`
	Accounts   []Share `json:"accounts"`
	Regions    []Share `json:"regions"`
}

// Share is one of them.
type Share struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Event is a sample, with where it stands.
type Event struct {
	Path   string          `json:"path"`
	Record int64           `json:"record"` // counts from 1
	Why    string          `json:"why,omitempty"`
	Event  json.RawMessage `json:"event"`
}

// NearMiss are the events that would match but for one field.
type NearMiss struct {
	Field  string `json:"field"`
	Count  int64  `json:"count"`
	Sample Event  `json:"sample"`
}

// Comparison is of an old and a new rule over the same events.
type Comparison struct {
	Same    bool       `json:"same"`
	Both    RuleReport `json:"both"`
	OnlyOld RuleReport `json:"onlyOld"`
	OnlyNew RuleReport `json:"onlyNew"`
}

// Page is a message that somebody would get.
type Page struct{ Person, Channel string }

// PageCount is how many of them.
type PageCount struct {
	Person  string `json:"person"`
	Channel string `json:"channel"`
	Pages   int64  `json:"pages"`
}

// Pager tells who would be paged for an incident that is opened at a time, which
// is zero for events that tell none.
type Pager func(ctx context.Context, opened time.Time) ([]Page, error)

// topOf is how many names a Top has.
const topOf = 10

func (r *run) report(ctx context.Context, took time.Duration) (*Report, error) {
	t := r.total
	partial := ctx.Err() != nil
	if partial {
		r.Pager = nil // who stopped it does not wait for that
	}
	out := &Report{
		Events: t.Events, Bytes: t.Bytes, Seconds: took.Seconds(), Resumed: r.resumed, Files: t.Files, Malformed: t.Malformed, TooLong: t.Long,
		Unknown: t.Unknown, Skipped: append([]Skip{}, t.Skipped...), Partial: partial, OpenFor: r.OpenFor.String(), Rules: []RuleReport{},
	}
	width := r.width()
	all := make([]RuleReport, len(t.Columns))
	for i := range t.Columns {
		rule := RuleReport{Name: r.matcher.columns[i], Samples: []Event{}, Near: []NearMiss{}, Pages: []PageCount{}}
		if i < len(r.Rules) {
			rule.State = string(r.Rules[i].State)
		}
		if err := r.fill(ctx, &rule, &t.Columns[i], width); err != nil {
			return nil, err
		}
		all[i] = rule
	}
	out.Rules = append(out.Rules, all[:len(r.Rules)]...)
	if r.Compare {
		out.Compare = &Comparison{Both: all[columnBoth], OnlyOld: all[columnOnlyOld], OnlyNew: all[columnOnlyNew]}
		out.Compare.Same = all[columnOnlyOld].Matches+all[columnOnlyNew].Matches == 0
	}
	return out, nil
}

// width is the same for all rules, so that their histograms can be compared.
func (r *run) width() time.Duration {
	first, last, some := int64(0), int64(0), false
	for _, c := range r.total.Columns {
		if c.Matches == c.Undated {
			continue
		}
		if !some {
			first, last, some = c.First, c.Last, true
		}
		first, last = min(first, c.First), max(last, c.Last)
	}
	return widthFor(first, last)
}

func (r *run) fill(ctx context.Context, out *RuleReport, c *Column, width time.Duration) error {
	out.Matches, out.ReadOnly, out.Undated = c.Matches, c.ReadOnly, c.Undated
	if c.Matches > c.Undated {
		out.First, out.Last = new(time.Unix(c.First, 0).UTC()), new(time.Unix(c.Last, 0).UTC())
	}
	out.Histogram = histogram(&c.Minutes, width)
	out.Top = Top{
		Sources: c.Sources.top(), Names: c.Names.top(), Resources: c.Resources.top(),
		Accounts: c.Accounts.top(), Regions: c.Regions.top(),
	}
	for i := range c.Samples {
		out.Samples = append(out.Samples, c.Samples[i].report())
	}
	for path, n := range c.Near {
		out.Near = append(out.Near, NearMiss{Field: path, Count: n.Count, Sample: n.Sample.report()})
	}
	slices.SortFunc(out.Near, func(a, b NearMiss) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), strings.Compare(a.Field, b.Field))
	})
	pages := map[Page]int64{}
	var opened []int64
	var who best
	for _, g := range []*groups{&c.Principals, &c.Others} {
		for of := range g.all {
			if g == &c.Principals {
				who.add(of.Name, of.Count)
			}
			opened = r.incidents(opened[:0], of)
			for _, second := range opened {
				out.Incidents++
				if err := r.page(ctx, second, pages); err != nil {
					return err
				}
			}
		}
	}
	out.Top.Principals = who.list()
	for p, n := range pages {
		out.Pages = append(out.Pages, PageCount{p.Person, p.Channel, n})
	}
	slices.SortFunc(out.Pages, func(a, b PageCount) int {
		return cmp.Or(cmp.Compare(b.Pages, a.Pages), strings.Compare(a.Person, b.Person), strings.Compare(a.Channel, b.Channel))
	})
	return nil
}

// incidents folds the matches of one group and appends when each incident is opened:
// it is open from its first event for OpenFor, and takes what comes meanwhile.
func (r *run) incidents(opened []int64, g *group) []int64 {
	if len(g.More) == 0 { // as of most
		return append(opened, g.First)
	}
	times := append([]int64{g.First}, g.More...)
	slices.Sort(times)
	times = slices.Compact(times)
	for _, t := range times {
		if n := len(opened); n == 0 || t >= opened[n-1]+int64(r.OpenFor/time.Second) {
			opened = append(opened, t)
		}
	}
	return opened
}

// page adds the pages of one incident.
func (r *run) page(ctx context.Context, second int64, pages map[Page]int64) error {
	if r.Pager == nil {
		return nil
	}
	var at time.Time
	if second != noDate {
		at = time.Unix(second, 0).UTC()
	}
	all, err := r.Pager(ctx, at)
	for _, p := range all {
		pages[p]++
	}
	return err
}

func (s *Sample) report() Event {
	return Event{Path: s.Path, Record: s.Record, Why: s.Why, Event: s.Event}
}

func histogram(m *minutes, width time.Duration) *Histogram {
	sums := map[int64]int64{}
	for minute, n := range m.N {
		sums[floor(minute*60, width)] += *n
	}
	h := &Histogram{Width: int64(width / time.Second), Buckets: []Bucket{}}
	for _, start := range slices.Sorted(maps.Keys(sums)) {
		h.Buckets = append(h.Buckets, Bucket{time.Unix(start, 0).UTC(), sums[start]})
	}
	return h
}

func (c *counter) top() []Share {
	var t best
	for name, n := range c.N {
		t.add(name, *n)
	}
	return t.list()
}

// best keeps the topOf most frequent of what is added, by name among equals.
type best struct{ all []Share }

func (t *best) add(name string, n int64) {
	s := Share{name, n}
	if len(t.all) == topOf && rank(s, t.all[topOf-1]) > 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(t.all, s, rank)
	t.all = slices.Insert(t.all, i, s)
	t.all = t.all[:min(len(t.all), topOf)]
}

func rank(a, b Share) int {
	if a.Count != b.Count { // most are told apart so, without a look at their names
		return cmp.Compare(b.Count, a.Count)
	}
	return strings.Compare(a.Name, b.Name)
}

// list spells the names as people read them.
func (t *best) list() []Share {
	out := make([]Share, 0, len(t.all))
	for _, s := range t.all {
		out = append(out, Share{unquote(s.Name), s.Count})
	}
	return out
}

// Disabled says that the rule matches nothing whatever the events are.
func (r *RuleReport) Disabled() bool { return r.State == string(tocsin.RuleDisabled) }

// unquote spells a string of JSON as it says.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return source.Unquote([]byte(s))
}
