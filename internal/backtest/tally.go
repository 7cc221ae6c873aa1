package backtest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin/internal/source"
)

// A Tally is what was counted. Tallies of different files can be merged in any
// order to the same result.
type Tally struct {
	Files, Events, Bytes     int64
	Malformed, Long, Unknown int64
	Keep                     int // samples of a rule
	Skipped                  []Skip
	Columns                  []Column // of each rule; with Options.Compare also of both, only old, only new
}

// Skip is a file that could not be read, or not to its end.
type Skip struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Events int64  `json:"events"` // that were read before, and count
}

// A Column is what matched one rule. Times are seconds of Unix time.
type Column struct {
	Matches  int64
	Undated  int64 // of them without a readable time
	First    int64
	Last     int64
	ReadOnly int64 // matches that the rule is not shown for its state
	Minutes  minutes
	Sources, Names, Resources,
	Accounts, Regions counter
	Principals groups // matches by who did it, with their times
	Others     groups // by dedupe subject, of events that name nobody
	Samples    []Sample
	Near       map[string]*Near // by the field that fails
}

// Near are the events that miss a rule by one field.
type Near struct {
	Count  int64
	Sample Sample
}

// Sample is one event, kept whole. Record counts from 1 in its file.
type Sample struct {
	Time   int64
	Path   string
	Record int64
	Event  []byte
	Why    string // for near misses: what fails
}

// compare orders samples: the earliest first, and by place among equals.
func (s *Sample) compare(o *Sample) int {
	return cmp.Or(cmp.Compare(s.Time, o.Time), strings.Compare(s.Path, o.Path), cmp.Compare(s.Record, o.Record))
}

func newTally(columns, keep int) *Tally { return &Tally{Keep: keep, Columns: make([]Column, columns)} }

// Merge adds o, which must not be used any more.
func (t *Tally) Merge(o *Tally) {
	t.Files += o.Files
	t.Events += o.Events
	t.Bytes += o.Bytes
	t.Malformed += o.Malformed
	t.Long += o.Long
	t.Unknown += o.Unknown
	t.Skipped = append(t.Skipped, o.Skipped...)
	slices.SortFunc(t.Skipped, func(a, b Skip) int { return strings.Compare(a.Path, b.Path) })
	for i := range o.Columns {
		t.Columns[i].merge(&o.Columns[i], t.Keep)
	}
}

func (c *Column) merge(o *Column, keep int) {
	if o.Matches > o.Undated { // it has times
		if c.Matches == c.Undated {
			c.First, c.Last = o.First, o.Last
		}
		c.First, c.Last = min(c.First, o.First), max(c.Last, o.Last)
	}
	c.Matches += o.Matches
	c.Undated += o.Undated
	c.ReadOnly += o.ReadOnly
	c.Minutes.merge(&o.Minutes)
	c.Sources.merge(&o.Sources)
	c.Names.merge(&o.Names)
	c.Resources.merge(&o.Resources)
	c.Accounts.merge(&o.Accounts)
	c.Regions.merge(&o.Regions)
	c.Principals.merge(&o.Principals)
	c.Others.merge(&o.Others)
	c.Samples = append(c.Samples, o.Samples...)
	slices.SortFunc(c.Samples, func(a, b Sample) int { return a.compare(&b) })
	c.Samples = c.Samples[:min(len(c.Samples), keep)]
	for path, n := range o.Near {
		c.near(path).add(n.Count, &n.Sample)
	}
}

func (c *Column) near(path string) *Near {
	n := c.Near[path]
	if n == nil {
		if c.Near == nil {
			c.Near = map[string]*Near{}
		}
		n = &Near{}
		c.Near[path] = n
	}
	return n
}

func (n *Near) add(count int64, s *Sample) {
	if n.Count == 0 || s.compare(&n.Sample) < 0 {
		n.Sample = *s
	}
	n.Count += count
}

// A counter counts names. It remembers those that it was given last, as logs name
// the same few accounts, Regions and calls again and again.
type counter struct {
	N     map[string]*int64
	known *[knownNames]named // by a number made of the name
}

type named struct {
	name string
	n    *int64
}

const knownNames = 1 << 6

func (c *counter) add(name []byte) {
	if len(name) == 0 {
		return
	}
	if c.known == nil {
		c.known = new([knownNames]named)
	}
	k := &c.known[source.Mix(name)>>(64-6)]
	if k.name == string(name) {
		*k.n++
		return
	}
	n := c.N[string(name)]
	if n == nil {
		if c.N == nil {
			c.N = map[string]*int64{}
		}
		n = new(int64)
		c.N[string(name)] = n
	}
	*n++
	*k = named{string(name), n}
}

func (c *counter) merge(o *counter) {
	if c.N == nil {
		c.N = o.N
		return
	}
	for name, n := range o.N {
		if m := c.N[name]; m != nil {
			*m += *n
		} else {
			c.N[name] = n
		}
	}
}

// minutes count by minutes of Unix time.
type minutes struct {
	N      map[int64]*int64
	minute int64
	last   *int64
}

func (c *minutes) add(minute, times int64) {
	if c.last == nil || minute != c.minute {
		n := c.N[minute]
		if n == nil {
			if c.N == nil {
				c.N = map[int64]*int64{}
			}
			n = new(int64)
			c.N[minute] = n
		}
		c.minute, c.last = minute, n
	}
	*c.last += times
}

func (c *minutes) merge(o *minutes) {
	for minute, n := range o.N {
		c.add(minute, *n)
	}
}
