package source

import (
	"math/bits"
	"slices"

	"github.com/tocsin-io/tocsin/pattern"
)

// A Board says which rules match a record of which each path has one value at the
// most, from what was said before of each value: which of the rules' fields it
// satisfies. The patterns' engine is asked that, of a field by itself, and asked
// once for a value that comes again, as nearly all do.
type Board struct {
	paths    []string // by the numbers that a Shape has for them
	fields   []boardField
	rules    []boardRule
	rest     *pattern.Set[int] // rules that are too many
	others   []string          // the paths of those
	absent   []uint64          // by path: the fields that hold without a value
	absences []boardAbsence    // those of absent that are any
	hidden   bool              // SetHidden's patterns are among the rules
}

// boardAbsence is what is said of a path, given as a bit, that has no value.
type boardAbsence struct{ path, said uint64 }

// boardJudge asks fields of a path that are of the same member.
type boardJudge struct {
	*pattern.Column
	as   rendering
	bits []uint8 // of the fields
}

type boardField struct {
	path int
	demand
}

// A boardRule is a way to match a rule: fields that all have to hold.
type boardRule struct {
	key  int
	need uint64
}

// mostFields is how many different fields a Board has.
const mostFields = 64

// Add adds under a key a pattern for records as they stand.
func (b *Board) Add(key int, p *pattern.Pattern) {
	var ways [][]demand
	for _, fields := range p.Fields() {
		way := make([]demand, len(fields))
		for i, f := range fields {
			way[i] = demand{path: f.Path(), field: f}
		}
		ways = append(ways, way)
	}
	if !b.add(key, ways) {
		b.addRest(key, p)
	}
}

// AddEvent adds under a key a pattern for the events of records that are calls. It is
// false, and nothing is added, if that cannot be told from the record.
func (b *Board) AddEvent(key int, p *pattern.Pattern) bool {
	ways, ok := demands(p)
	return ok && b.add(key, ways)
}

// SetHidden has [Board.Hidden] tell of events that match the one pattern and not the
// other.
func (b *Board) SetHidden(match, but *pattern.Pattern) {
	if b.AddEvent(hides, match) && b.AddEvent(shows, but) {
		b.hidden = true
	}
}

// The keys of the patterns of SetHidden.
const (
	hides = -2 - iota
	shows
)

// demands are what an event's pattern asks of its record, of each way to match.
func demands(p *pattern.Pattern) (ways [][]demand, ok bool) {
	for _, fields := range p.Fields() {
		way, possible := []demand{}, true
		for _, f := range fields {
			d, settled, held, ok := demandOf(f)
			if !ok {
				return nil, false
			}
			if !settled {
				way = append(way, d)
			}
			possible = possible && (held || !settled)
		}
		if possible {
			ways = append(ways, way)
		}
	}
	return ways, true
}

// addRest adds a pattern for records as they stand that is too much for fields.
func (b *Board) addRest(key int, p *pattern.Pattern) {
	if b.rest == nil {
		b.rest = new(pattern.Set[int])
	}
	b.rest.Add(key, p)
	b.others = append(b.others, p.Paths()...)
}

// add adds a rule, or is false if there are too many fields.
func (b *Board) add(key int, ways [][]demand) bool {
	was := *b
	was.absent = slices.Clone(b.absent)
	for _, way := range ways {
		need := uint64(0)
		for _, d := range way {
			bit := b.field(d)
			if bit >= mostFields || len(b.paths) > MostJudged {
				*b = was
				return false
			}
			need |= 1 << bit
		}
		b.rules = append(b.rules, boardRule{key, need})
	}
	b.absences = nil
	for path, said := range b.absent {
		if said != 0 {
			b.absences = append(b.absences, boardAbsence{1 << path, said})
		}
	}
	return true
}

// field gives the bit of a field.
func (b *Board) field(d demand) int {
	path := slices.Index(b.paths, d.path)
	if path < 0 {
		path = len(b.paths)
		b.paths, b.absent = append(b.paths, d.path), append(b.absent, 0)
	}
	bit := slices.IndexFunc(b.fields, func(o boardField) bool {
		return o.path == path && o.name == d.name && o.demand.field.List() == d.field.List()
	})
	if bit < 0 {
		bit = len(b.fields)
		b.fields = append(b.fields, boardField{path, d})
		if bit < mostFields && d.absence() {
			b.absent[path] |= 1 << bit
		}
	}
	return bit
}

// absence says whether a demand is met by a record without a value at its path.
func (d *demand) absence() bool {
	if d.as == nil {
		return d.field.Absence()
	}
	return d.field.Value(d.as(nil, nil), true)
}

// Shape makes a Shape that reads records for the board, to which no more rules may
// be added, and keeps the values at the paths of keep.
func (b *Board) Shape(keep ...string) *Shape {
	return NewShape(slices.Concat(b.paths, b.others), b.judge(), len(b.others) > 0, keep...)
}

// judge makes a [Judge], for one goroutine.
func (b *Board) judge() Judge {
	judges := make([][]boardJudge, len(b.paths))
	for path := range judges {
		judges[path] = b.judges(path)
	}
	var text []byte
	return func(path int, value []byte, isString bool) (said uint64) {
		if path >= len(judges) { // one of the others
			return 0
		}
		for i := range judges[path] {
			j := &judges[path][i]
			value, isString := value, isString
			if j.as != nil {
				if !isString {
					value = nil
				}
				text = j.as(text[:0], value)
				value, isString = text, true
			}
			for held := j.Value(value, isString); held != 0; held &= held - 1 {
				said |= 1 << j.bits[bits.TrailingZeros64(held)]
			}
		}
		return said
	}
}

// judges are those of a path, one for each member that its value is for.
func (b *Board) judges(path int) (all []boardJudge) {
	var names []string
	for _, f := range b.fields {
		if f.path == path && !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	for _, name := range names {
		var j boardJudge
		var fields []pattern.Field
		for bit, f := range b.fields {
			if f.path == path && f.name == name && bit < mostFields {
				fields = append(fields, f.demand.field)
				j.as = f.as
				j.bits = append(j.bits, uint8(bit))
			}
		}
		j.Column = pattern.NewColumn(fields)
		all = append(all, j)
	}
	return all
}

// Match appends the keys of the rules that match the record that the shape read.
func (b *Board) Match(s *Shape, hits []int) []int {
	hits = append(hits, b.ruling(s).keys...)
	if len(b.others) > 0 {
		hits = b.rest.Match(s.Flat(), hits)
	}
	return hits
}

// Hidden tells what SetHidden has it tell of the event of the record that the shape
// read, which has to be a call. It is not ok if that is not known.
func (b *Board) Hidden(s *Shape) (hidden, ok bool) {
	return b.hidden && b.ruling(s).hidden, b.hidden
}

// A ruling is which rules match records of whose fields so much holds.
type ruling struct {
	said   uint64
	keys   []int // nil if it is not known
	hidden bool
}

// keptRulings is how many rulings are remembered: records are of few kinds.
const keptRulings = 1 << 6

// ruling gives what follows of the fields that hold in the record that was read.
func (b *Board) ruling(s *Shape) *ruling {
	got, said := s.Judged()
	for i := range b.absences {
		if a := &b.absences[i]; got&a.path == 0 {
			said |= a.said
		}
	}
	if s.rulings == nil {
		s.rulings = new([keptRulings]ruling)
	}
	r := &s.rulings[mix(said, 0, 0)>>(64-6)]
	if r.keys == nil || r.said != said {
		*r = b.rule(said)
	}
	return r
}

// rule makes a ruling.
func (b *Board) rule(said uint64) ruling {
	keys := []int{}
	var hidden, shown bool
	for i := range b.rules {
		r := &b.rules[i]
		if r.need&^said != 0 {
			continue
		}
		switch n := len(keys); {
		case r.key == hides:
			hidden = true
		case r.key == shows:
			shown = true
		case n == 0 || keys[n-1] != r.key: // ways of a rule stand together
			keys = append(keys, r.key)
		}
	}
	return ruling{said, keys, hidden && !shown}
}
