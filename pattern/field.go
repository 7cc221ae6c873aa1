package pattern

import (
	"bytes"
	"sync"
)

// A Field is one field of a pattern by itself: a path, and the list for it. It is
// for those who have events as columns, each path with one value at the most and
// none in an array: there a pattern matches if of one of its ways all fields do.
type Field struct {
	path, list string
	f          *field
}

// Fields are the pattern's fields, of each way to match: one way, or with $or one
// for every combination.
func (p *Pattern) Fields() [][]Field {
	ways := make([][]Field, len(p.disjuncts))
	for i, d := range p.disjuncts {
		for j := range d {
			f := &d[j]
			ways[i] = append(ways[i], Field{f.path, p.src[f.src.from:f.src.to], f})
		}
	}
	return ways
}

// Path is the keys to the field, joined by dots.
func (f Field) Path() string { return f.path }

// List is the field's list, as the pattern has it.
func (f Field) List() string { return f.list }

// Absence says whether the field holds where the path has no value.
func (f Field) Absence() bool { return f.f.allowsAbsence() }

// Value says whether the field holds for a value that is not an object or array:
// of a string the text between its quotes, as JSON spells it, of anything else as
// it is written. It does not allocate.
func (f Field) Value(text []byte, isString bool) bool {
	if f.f.many == nil && (!isString || bytes.IndexByte(text, '\\') < 0) {
		l := leaf{text: text, quoted: isString}
		return f.f.takesOne(&l)
	}
	r := spare.Get().(*reading)
	defer spare.Put(r)
	r.values = append(r.values[:0], value{})
	r.addressOf = -1
	if isString && bytes.IndexByte(text, '\\') >= 0 {
		r.arena = appendUnescaped(r.arena[:0], text)
		text = r.arena
	}
	l := leaf{text: text, quoted: isString, v: &r.values[0], r: r}
	defer r.end()
	return f.f.takes(&l)
}

// spare are readings for values that need room.
var spare = sync.Pool{New: func() any { return new(reading) }}
