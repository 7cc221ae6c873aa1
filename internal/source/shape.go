package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Shape learns how records are built: which keys stand between which values.
// Logs are written by programs, so that nearly every record is built as others
// were, and reading one is then to compare what stands between its values with
// what is known, and to look for where the values end.
//
// What is known of a place in a record is told apart by the brackets that are open
// there and the keys they are under. That is all that the rest of a JSON text
// depends on, so that a record that Read knows is valid JSON if those that it was
// learnt from are.
type Shape struct {
	wanted map[string]bool // paths, keys joined by dots
	places map[string]*place
	start  place
	ways   int // how many there are

	flat  []byte
	spans []span
}

// A place is after a value: in a record, where what stands between it and the next
// value begins.
type place struct {
	ways []*way
	last int // of ways, the one that was taken last

	quoted   bool // the value is a string
	deep     bool // it is wanted and inside a list
	wanted   bool
	from, to string // what stands around it in Flat
}

// A way leads from one value to the next.
type way struct {
	text  string
	to    *place // nil at the end of the record
	marks []mark
}

// A mark is where, in the text of a way, a member of the record that a Head wants
// begins or, without a key, ends.
type mark struct {
	at  int
	key []byte
}

type span struct {
	key      []byte
	from, to int
}

// Limits of what is learnt: of records whose keys are data there is no end.
const (
	maxPlaces = 4096
	maxWays   = 16 << 10
	maxFrom   = 64 // ways from one place
)

// NewShape makes a Shape that takes the values at paths, given as keys joined by
// dots, out of the records that it reads.
func NewShape(paths []string) *Shape {
	s := &Shape{wanted: map[string]bool{}, places: map[string]*place{}}
	for _, p := range paths {
		s.wanted[p] = true
	}
	return s
}

// Known is what a Shape says of a record.
type Known uint8

// What a Shape may say.
const (
	Unknown Known = iota // Learn may help
	Built                // it is valid JSON, and Flat and Head are of it
	Listed               // a value that is wanted stands in a list: Flat cannot show it
)

// Read reads a record that may be anything.
func (s *Shape) Read(b []byte) Known {
	s.flat, s.spans = append(s.flat[:0], '{'), s.spans[:0]
	p := &s.start
	for i := 0; ; {
		w := p.next(b[i:])
		if w == nil {
			return Unknown
		}
		for k := range w.marks {
			if m := &w.marks[k]; m.key != nil {
				s.spans = append(s.spans, span{m.key, i + m.at, 0})
			} else {
				s.spans[len(s.spans)-1].to = i + m.at
			}
		}
		i += len(w.text)
		if p = w.to; p == nil {
			s.flat = append(s.flat, '}')
			return Built
		}
		if p.deep {
			return Listed
		}
		from := i
		if p.quoted {
			i = quotedEnd(b, i)
		} else {
			i = wordEnd(b, i)
		}
		if i < 0 {
			return Unknown
		}
		if p.wanted {
			s.put(p, b[from:i])
		}
	}
}

// Flat is an event that a pattern matches if it matches the record that was read,
// as far as it asks of the paths that are wanted. It is valid until the next Read.
func (s *Shape) Flat() []byte { return s.flat }

// Head gives what Parse would of the record that was read.
func (s *Shape) Head(h *Head, record []byte) {
	*h = Head{}
	for _, m := range s.spans {
		h.member(m.key, record[m.from:m.to])
	}
	h.tell()
}

func (s *Shape) put(p *place, value []byte) {
	if len(s.flat) > 1 {
		s.flat = append(s.flat, ',')
	}
	s.flat = append(append(append(s.flat, p.from...), value...), p.to...)
}

// next is the way that b goes on.
func (p *place) next(b []byte) *way {
	if len(p.ways) == 0 {
		return nil
	}
	if w := p.ways[p.last]; w.fits(b) {
		return w
	}
	for k, w := range p.ways {
		if w.fits(b) {
			if k > 0 { // frequent ones come to the front
				p.ways[k-1], p.ways[k] = w, p.ways[k-1]
				k--
			}
			p.last = k
			return w
		}
	}
	return nil
}

func (w *way) fits(b []byte) bool {
	n := len(w.text)
	switch {
	case len(b) < n || string(b[:n]) != w.text:
		return false
	case w.to == nil:
		return len(b) == n
	case w.to.quoted:
		return true
	}
	return len(b) > n && (b[n] == '-' || b[n] >= '0' && b[n] <= '9' || b[n] >= 'a') && b[n] != '{'
}

// quotedEnd finds the quote after a string from i on; -1 if it is no valid one.
func quotedEnd(b []byte, i int) int {
	for k := i; k+8 <= len(b); k += 8 {
		w := binary.LittleEndian.Uint64(b[k:])
		if m := zeros(w^'"'*ones) | zeros(w^'\\'*ones) | (w-' '*ones)&^w&highs | w&highs; m != 0 {
			if k += bits.TrailingZeros64(m) / 8; b[k] == '"' {
				return k
			}
			break
		}
	}
	return oddEnd(b, i)
}

// oddEnd is quotedEnd, byte by byte.
func oddEnd(b []byte, i int) int {
	ascii := true
	for from := i; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			if !ascii && !utf8.Valid(b[from:i]) {
				return -1
			}
			return i
		case c < ' ':
			return -1
		case c >= 0x80:
			ascii = false
		case c == '\\':
			i++
			if i >= len(b) || strings.IndexByte(`"\/bfnrtu`, b[i]) < 0 {
				return -1
			}
			if b[i] == 'u' {
				if len(b)-i < 5 {
					return -1
				}
				if _, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 16); err != nil {
					return -1
				}
				i += 4
			}
		}
	}
	return -1
}

// wordEnd finds the end of a number, true, false or null; -1 if it is none.
func wordEnd(b []byte, i int) int {
	end := i
	for end < len(b) && b[end] != ',' && b[end] > ' ' && b[end] != '}' && b[end] != ']' {
		end++
	}
	word := b[i:end]
	switch string(word) {
	case "true", "false", "null":
		return end
	}
	if !number(word) {
		return -1
	}
	return end
}

// number tells whether all of b is a number as JSON writes them.
func number(b []byte) bool {
	i := 0
	digits := func() int {
		from := i
		for i < len(b) && b[i]-'0' < 10 {
			i++
		}
		return i - from
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	zero := i < len(b) && b[i] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if i < len(b) && b[i] == '.' {
		if i++; digits() == 0 {
			return false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if digits() == 0 {
			return false
		}
	}
	return i == len(b)
}

// Learn takes how a record is built, which has to be valid JSON.
func (s *Shape) Learn(record []byte) {
	if s.ways >= maxWays || len(s.places) >= maxPlaces {
		return
	}
	l := learner{s: s, b: record, at: &s.start}
	l.object()
}

// A learner goes through one record.
type learner struct {
	s     *Shape
	b     []byte
	open  []byte // the brackets that are open, each with the key that is read in it
	path  []string
	lists int // how many of the brackets are lists

	at    *place
	from  int // where the way that is learnt begins
	marks []mark
	full  bool
}

// object learns the record, or nothing more if it is odd.
func (l *learner) object() {
	i := skipSpace(l.b, 0)
	if i >= len(l.b) || l.b[i] != '{' {
		return
	}
	l.value(i)
	if !l.full {
		l.way(len(l.b), nil)
	}
}

// value learns the value at i and gives the place after it.
func (l *learner) value(i int) int {
	if l.full || i >= len(l.b) {
		return len(l.b)
	}
	switch l.b[i] {
	case '{', '[':
		return l.nested(i)
	case '"':
		end := valueEnd(l.b, i)
		l.hole(i+1, true)
		l.from = end - 1
		return end
	}
	end := valueEnd(l.b, i)
	l.hole(i, false)
	l.from = end
	return end
}

func (l *learner) nested(i int) int {
	object := l.b[i] == '{'
	before := len(l.open)
	l.open = append(l.open, l.b[i])
	if !object {
		l.lists++
	}
	for i = skipSpace(l.b, i+1); !l.full && i < len(l.b) && l.b[i] != '}' && l.b[i] != ']'; i = skipSpace(l.b, i) {
		switch {
		case l.b[i] == ',':
			i++
		case object:
			l.open = l.open[:before+1]
			i = l.member(i)
		default:
			i = l.value(i)
		}
	}
	l.open = l.open[:before]
	if !object {
		l.lists--
	}
	return i + 1
}

// member learns a key and its value.
func (l *learner) member(i int) int {
	end := valueEnd(l.b, i)
	key := l.b[i:end]
	if bytes.IndexByte(key, '\\') >= 0 {
		l.full = true
		return len(l.b)
	}
	top := len(l.open) == 1
	l.open = append(l.open, key...)
	l.path = append(l.path, string(key[1:len(key)-1]))
	i = skipSpace(l.b, skipSpace(l.b, end)+1) // behind the colon
	marked := top && heads(key[1:len(key)-1], l.b[i:min(valueEnd(l.b, i), len(l.b))])
	if marked {
		l.marks = append(l.marks, mark{i - l.from, bytes.Clone(key[1 : len(key)-1])})
	}
	i = l.value(i)
	if marked {
		l.marks = append(l.marks, mark{at: i - l.from})
	}
	l.path = l.path[:len(l.path)-1]
	return i
}

// heads tells whether a Head takes note of a member, be it to forget another.
func heads(key, value []byte) bool {
	x := []byte("x")
	full := Head{ID: x, Time: x, Source: x, Type: x, Name: x, Account: x, Region: x, Identity: x, Resources: x, Detail: x, Insight: x, Inner: x}
	for _, before := range []Head{{}, full} {
		after := before
		after.member(key, value)
		if !reflect.DeepEqual(before, after) {
			return true
		}
	}
	return false
}

// hole learns the way to the value at i.
func (l *learner) hole(i int, quoted bool) {
	id := string(l.open)
	if quoted {
		id += `"`
	}
	p := l.s.places[id]
	if p == nil {
		if len(l.s.places) >= maxPlaces {
			l.full = true
			return
		}
		p = &place{quoted: quoted}
		if path := strings.Join(l.path, "."); l.s.wanted[path] {
			p.deep, p.wanted = l.lists > 0, true
			p.from = `{"` + strings.Join(l.path, `":{"`) + `":`
			p.from, p.to = p.from[1:], strings.Repeat("}", len(l.path)-1)
			if quoted {
				p.from, p.to = p.from+`"`, `"`+p.to
			}
		}
		l.s.places[id] = p
	}
	l.way(i, p)
}

// way learns the way up to i.
func (l *learner) way(i int, to *place) {
	text := l.b[l.from:i]
	for _, w := range l.at.ways {
		if w.text == string(text) && w.to == to {
			l.at, l.marks = to, l.marks[:0]
			return
		}
	}
	if l.s.ways >= maxWays || len(l.at.ways) >= maxFrom {
		l.full = true
		return
	}
	l.s.ways++
	l.at.ways = append(l.at.ways, &way{string(text), to, append([]mark(nil), l.marks...)})
	l.at, l.marks = to, l.marks[:0]
}
