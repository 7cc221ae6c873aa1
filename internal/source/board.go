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
}

// boardAbsence is what is said of a path, given as a bit, that has no value.
type boardAbsence struct{ path, said uint64 }

// boardJudge asks the fields of a path.
type boardJudge struct {
	*pattern.Column
	bits []uint8 // of its fields
}

type boardField struct {
	path int
	pattern.Field
}

// A boardRule is a way to match a rule: fields that all have to hold.
type boardRule struct {
	key  int
	need uint64
}

// mostFields is how many different fields a Board has.
const mostFields = 64

// Add adds a rule's pattern under its key.
func (b *Board) Add(key int, p *pattern.Pattern) {
	was := *b
	was.absent = slices.Clone(b.absent)
	for _, way := range p.Fields() {
		need := uint64(0)
		for _, f := range way {
			bit := b.field(f)
			if bit >= mostFields || len(b.paths) > MostJudged {
				*b = was
				if b.rest == nil {
					b.rest = new(pattern.Set[int])
				}
				b.rest.Add(key, p)
				b.others = append(b.others, p.Paths()...)
				return
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
}

// field gives the bit of a field.
func (b *Board) field(f pattern.Field) int {
	path := slices.Index(b.paths, f.Path())
	if path < 0 {
		path = len(b.paths)
		b.paths, b.absent = append(b.paths, f.Path()), append(b.absent, 0)
	}
	bit := slices.IndexFunc(b.fields, func(o boardField) bool { return o.path == path && o.List() == f.List() })
	if bit < 0 {
		bit = len(b.fields)
		b.fields = append(b.fields, boardField{path, f})
		if f.Absence() && bit < mostFields {
			b.absent[path] |= 1 << bit
		}
	}
	return bit
}

// Shape makes a Shape that reads records for the board, to which no more rules may
// be added, and keeps the values at the paths of keep.
func (b *Board) Shape(keep ...string) *Shape {
	return NewShape(slices.Concat(b.paths, b.others), b.judge(), len(b.others) > 0, keep...)
}

// judge makes a [Judge].
func (b *Board) judge() Judge {
	judges := make([]boardJudge, len(b.paths))
	for path := range judges {
		j := &judges[path]
		var fields []pattern.Field
		for bit, f := range b.fields {
			if f.path == path && bit < mostFields {
				fields = append(fields, f.Field)
				j.bits = append(j.bits, uint8(bit))
			}
		}
		j.Column = pattern.NewColumn(fields)
	}
	return func(path int, value []byte, isString bool) (said uint64) {
		if path >= len(judges) { // one of the others
			return 0
		}
		j := &judges[path]
		for held := j.Value(value, isString); held != 0; held &= held - 1 {
			said |= 1 << j.bits[bits.TrailingZeros64(held)]
		}
		return said
	}
}

// Match appends the keys of the rules that match the record that the shape read.
func (b *Board) Match(s *Shape, hits []int) []int {
	got, said := s.Judged()
	for i := range b.absences {
		if a := &b.absences[i]; got&a.path == 0 {
			said |= a.said
		}
	}
	hits = append(hits, s.ruled(b, said)...)
	if len(b.others) > 0 {
		hits = b.rest.Match(s.Flat(), hits)
	}
	return hits
}

// A ruling is which rules match records of whose fields so much holds.
type ruling struct {
	said uint64
	keys []int // nil if it is not known
}

// keptRulings is how many rulings are remembered: records are of few kinds.
const keptRulings = 1 << 6

// ruled gives the keys of the rules of which all fields hold.
func (s *Shape) ruled(b *Board, said uint64) []int {
	if s.rulings == nil {
		s.rulings = new([keptRulings]ruling)
	}
	r := &s.rulings[mix(said, 0, 0)>>(64-6)]
	if r.keys == nil || r.said != said {
		*r = ruling{said, b.rulesOf(said)}
	}
	return r.keys
}

// rulesOf are the keys of the rules of which all fields hold; never nil.
func (b *Board) rulesOf(said uint64) []int {
	keys := []int{}
	for i := range b.rules {
		if r := &b.rules[i]; r.need&^said == 0 {
			if n := len(keys); n == 0 || keys[n-1] != r.key { // ways of a rule stand together
				keys = append(keys, r.key)
			}
		}
	}
	return keys
}
