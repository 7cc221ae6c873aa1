package source

import (
	"slices"

	"github.com/tocsin-io/tocsin/pattern"
)

// A Board says which rules match a record of which each path has one value at the
// most, from what was said before of each value: which of the rules' fields it
// satisfies. The patterns' engine is asked that, of a field by itself, and asked
// once for a value that comes again, as nearly all do.
type Board struct {
	paths  []string // by the numbers that a Shape has for them
	fields []boardField
	rules  []boardRule
	rest   *pattern.Set[int] // rules that are too many
	others []string          // the paths of those
	absent []uint64          // by path: the fields that hold without a value
	none   uint64            // all of those together
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
			b.none |= 1 << bit
		}
	}
	return bit
}

// Shape makes a Shape that reads records for the board, and keeps the values at
// the paths of keep.
func (b *Board) Shape(keep ...string) *Shape {
	return NewShape(slices.Concat(b.paths, b.others), b.judge, len(b.others) > 0, keep...)
}

// judge is a [Judge].
func (b *Board) judge(path int, value []byte, isString bool) (said uint64) {
	for bit := range b.fields {
		if f := &b.fields[bit]; f.path == path && f.Value(value, isString) {
			said |= 1 << bit
		}
	}
	return said
}

// Match appends the keys of the rules that match the record that the shape read.
func (b *Board) Match(s *Shape, hits []int) []int {
	got, said := s.Judged()
	if b.none != 0 {
		for path, bits := range b.absent {
			if got>>path&1 == 0 {
				said |= bits
			}
		}
	}
	for i := range b.rules {
		if r := &b.rules[i]; r.need&^said == 0 {
			if n := len(hits); n == 0 || hits[n-1] != r.key { // ways of a rule stand together
				hits = append(hits, r.key)
			}
		}
	}
	if len(b.others) > 0 {
		hits = b.rest.Match(s.Flat(), hits)
	}
	return hits
}
