package source

import (
	"encoding/binary"
	"math/bits"
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
	wanted map[string]int // numbers of paths, keys joined by dots
	judge  Judge
	flatly bool // Flat is asked for
	places map[string]*place
	start  place
	ways   int // how many there are

	flat  []byte
	spans []span
	kept  [][]byte // by number, the values at the paths of keep
	keeps map[string]int
	got   uint64 // the paths that have a value
	said  uint64 // what judge said of their values
}

// Judge says something, in bits, of a value at the path of a number: of a string's
// text as it stands between its quotes, or of another value as it is written.
type Judge func(path int, value []byte, quoted bool) uint64

// MostJudged is how many paths there may be whose values are judged.
const MostJudged = 64

// A place is after a value: in a record, where what stands between it and the next
// value begins.
type place struct {
	ways   []*way
	way    *way // the one that was taken last
	length int  // of the string that was last looked through

	quoted   bool // the value is a string
	deep     bool // it is wanted and inside a list
	taken    bool // it is wanted, or to be kept
	wanted   bool
	keep     int                // its place in keep, or -1
	path     int                // its number, if it is wanted
	from, to string             // what stands around it in Flat
	said     *[keptSaid]verdict // some of the last, by a number made of the value
	asked    int                // how often the judge was asked
	direct   bool               // said is of no use

	text    string // a value that was read here, and the way after it
	seen    int    // how long the value is
	firm    *way   // that way, if the value repeats
	repeats int    // how often it was found to
	missed  int    // how many others came in a row since
	count   int    // of values that were read
	due     int    // the count at which to look next
	pause   int    // how many were left out before the last look
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
// dots, out of the records that it reads: into Flat, if that is asked for, and
// into what judge, which may be nil, says of them.
//
// The values at the paths of keep can be asked for by their place in it.
func NewShape(paths []string, judge Judge, flat bool, keep ...string) *Shape {
	s := &Shape{wanted: map[string]int{}, places: map[string]*place{}, judge: judge, flatly: flat, keeps: map[string]int{}, kept: make([][]byte, len(keep))}
	for i, p := range keep {
		s.keeps[p] = i
	}
	for _, p := range paths {
		if _, ok := s.wanted[p]; !ok {
			s.wanted[p] = len(s.wanted)
		}
	}
	return s
}

// Paths are the paths, each once, at their numbers.
func (s *Shape) Paths() []string {
	all := make([]string, len(s.wanted))
	for p, n := range s.wanted {
		all[n] = p
	}
	return all
}

// Kept gives the string at a path of keep in the record that was read, as JSON
// spells it; nil if there is none, or it is no string.
func (s *Shape) Kept(i int) []byte { return s.kept[i] }

// Judged gives, of the record that was read, which paths have a value and what
// Judge said of all of them.
func (s *Shape) Judged() (got, said uint64) { return s.got, s.said }

// Known is what a Shape says of a record.
type Known uint8

// What a Shape may say.
const (
	Unknown Known = iota // Learn may help
	Built                // it is valid JSON, and Flat and Head are of it
	Listed               // a path has several values, or its value stands in a list: neither Flat nor Judged can show that
)

// Read reads a record that may be anything.
func (s *Shape) Read(b []byte) Known {
	s.flat, s.spans, s.got, s.said = append(s.flat[:0], '{'), s.spans[:0], 0, 0
	clear(s.kept)
	p := &s.start
	i, from := 0, -1
	for {
		w := p.way
		if w == nil || !w.fits(b[i:]) {
			if w = p.other(b[i:]); w == nil {
				return Unknown
			}
		}
		if p.count++; p.count >= p.due && from >= 0 {
			p.watch(b[from:i], w)
		}
		for again := true; again; {
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
			from = i
			if again = p.firm != nil && p.again(b[i:]); again {
				w = p.firm
				i += p.seen
				if p.taken && !s.put(p, b[from:i]) {
					return Listed
				}
			}
		}
		if p.quoted {
			if end := i + p.length; plain(b, i, end) {
				i = end
			} else if i = quotedEnd(b, i); i >= 0 {
				p.length = i - from
			}
		} else {
			i = wordEnd(b, i)
		}
		if i < 0 {
			return Unknown
		}
		if p.taken && !s.put(p, b[from:i]) {
			return Listed
		}
	}
}

// Most values of a record stood there in the record before, or in the one before
// that. Where one does again and again, it is compared together with what follows
// it, at once.
const (
	firmAfter = 3    // repeats
	offAfter  = 4    // times in a row that it was another
	seldom    = 4095 // how many values may pass without a look
)

// again tells whether b begins with the value that repeats here and with the way
// that followed it. There has to be one.
func (p *place) again(b []byte) bool {
	if len(b) >= len(p.text) && string(b[:len(p.text)]) == p.text && p.firm.goesOn(b[len(p.text):]) {
		p.missed = 0
		return true
	}
	if p.missed++; p.missed >= offAfter {
		p.firm, p.repeats = nil, 0
	}
	return false
}

// watch looks at some of the values that were read here: at fewer and fewer, if
// they are different ones.
func (p *place) watch(value []byte, w *way) {
	if len(value) > maxRepeat {
		p.due = p.count + seldom
		return
	}
	if n := len(value); len(p.text) != n+len(w.text) || p.text[:n] != string(value) || p.text[n:] != w.text {
		p.text, p.seen, p.repeats, p.firm = string(value)+w.text, n, 0, nil
		p.pause = min(2*p.pause+1, seldom)
		p.due = p.count + p.pause
		return
	}
	if p.repeats++; p.repeats >= firmAfter {
		p.firm, p.missed, p.pause = w, 0, 0
	}
}

// maxRepeat is how long a value may be of which it is looked at whether it repeats.
const maxRepeat = 128

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

// put takes a value. It is false if its path has one already.
func (s *Shape) put(p *place, value []byte) bool {
	if p.keep >= 0 {
		s.kept[p.keep] = value
	}
	if !p.wanted {
		return true
	}
	if s.judge != nil {
		bit := uint64(1) << p.path
		if s.got&bit != 0 {
			return false
		}
		s.got |= bit
		s.said |= p.judged(value, s.judge)
	}
	if s.flatly {
		if len(s.flat) > 1 {
			s.flat = append(s.flat, ',')
		}
		s.flat = append(append(append(s.flat, p.from...), value...), p.to...)
	}
	return true
}

// judged gives what the judge says of a value. It is remembered, unless most
// values of the place are new.
func (p *place) judged(value []byte, judge Judge) uint64 {
	if p.direct {
		return judge(p.path, value, p.quoted)
	}
	n := len(value)
	h := uint64(n)
	switch {
	case n >= 8:
		h ^= binary.LittleEndian.Uint64(value) ^ binary.LittleEndian.Uint64(value[n-8:])*5
	case n > 0:
		h ^= uint64(value[0])<<8 ^ uint64(value[n/2])<<16 ^ uint64(value[n-1])<<24
	}
	k := h * 0x9E3779B97F4A7C15 >> (64 - 9)
	if p.said == nil {
		p.said = new([keptSaid]verdict)
	}
	v := &p.said[k]
	if v.known && v.value == string(value) {
		return v.said
	}
	*v = verdict{string(value), judge(p.path, value, p.quoted), true}
	if p.asked++; p.asked > 256 && 4*p.asked > p.count {
		p.direct, p.said = true, nil
	}
	return v.said
}

// keptSaid is of how many values of a place it is known what was said.
const keptSaid = 1 << 9

// A verdict is what was said of a value.
type verdict struct {
	value string
	said  uint64
	known bool
}

// other is the way that b goes on, if it is not the one that was taken last.
func (p *place) other(b []byte) *way {
	for k, w := range p.ways {
		if w.fits(b) {
			if k > 0 { // frequent ones come to the front
				p.ways[k-1], p.ways[k] = w, p.ways[k-1]
			}
			p.way = w
			return w
		}
	}
	return nil
}

func (w *way) fits(b []byte) bool {
	n := len(w.text)
	return len(b) >= n && string(b[:n]) == w.text && w.goesOn(b[n:])
}

// goesOn tells whether what follows a way is what it leads to, as far as that can
// be told at once.
func (w *way) goesOn(b []byte) bool {
	switch {
	case w.to == nil:
		return len(b) == 0
	case w.to.quoted:
		return true
	}
	return len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9' || b[0] >= 'a') && b[0] != '{'
}

// plain tells whether a string from i on ends before the quote at end, and has
// nothing but plain characters. It is asked of the length that the last one had:
// ids, times and numbers of accounts are all of the same.
func plain(b []byte, i, end int) bool {
	n := end - i
	if end >= len(b) || b[end] != '"' {
		return false
	}
	if n < 8 {
		if len(b)-i < 8 {
			return n == 0
		}
		return odd(binary.LittleEndian.Uint64(b[i:]))&(1<<(8*n)-1) == 0
	}
	m := odd(binary.LittleEndian.Uint64(b[end-8:]))
	for ; i < end-8; i += 8 {
		m |= odd(binary.LittleEndian.Uint64(b[i:]))
	}
	return m == 0
}

// odd has the high bit set of the lowest byte of w that is not plain text of a
// string, and perhaps of bytes above it.
func odd(w uint64) uint64 {
	return zeros(w^'"'*ones) | zeros(w^'\\'*ones) | (w-' '*ones)&^w&highs | w&highs
}

// quotedEnd finds the quote after a string from i on; -1 if it is no valid one.
func quotedEnd(b []byte, i int) int {
	for k := i; k+8 <= len(b); k += 8 {
		w := binary.LittleEndian.Uint64(b[k:])
		if m := odd(w); m != 0 {
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
