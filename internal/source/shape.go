package source

import "encoding/binary"

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
	legs   int // of all runs

	flat    []byte
	notes   []noted
	spans   []kept // of the values of the runs that were gone
	kept    []kept // by number, where the values at the paths of keep are
	keeps   map[string]int
	named   []kept // the resources
	listed  int    // where the list of them begins, which Head found
	reading reading
	got     uint64 // the paths that have a value
	said    uint64 // what judge said of their values
	rulings *[keptRulings]ruling
}

// kept is where a value is in a record.
type kept struct{ from, to int }

// Judge says something, in bits, of a value at the path of a number: of a string's
// text as it stands between its quotes, or of another value as it is written.
type Judge func(path int, value []byte, quoted bool) uint64

// MostJudged is how many paths there may be whose values are judged.
const MostJudged = 64

// A place is after a value: in a record, where what stands between it and the next
// value begins.
type place struct {
	tell    *tell // the first of tells, unless there is a way that is none of theirs
	told    *told // what it told last
	gone    int   // how often a way was looked for
	turns   int   // how often it was another than before
	last    int   // of ways, the one that was taken last
	ways    []*way
	order   []uint8 // of ways, in which they are looked through
	tells   []*tell // by what ways are told apart
	indexed int     // how many ways there were when that was found out
	again   int     // when gone is that, it is found out again if there are others
	fork    bool    // ways were others than before too often

	quoted   bool // the value is a string
	deep     bool // it is wanted and inside a list
	taken    bool // it is wanted, or to be kept, or names a resource
	names    bool // it names a resource
	wanted   bool
	keep     int                // its place in keep, or -1
	path     int                // its number, if it is wanted
	from, to string             // what stands around it in Flat
	said     *[keptSaid]verdict // some of the last, by a number made of the value
	judgings int                // how many values were judged
	asked    int                // for how many of them the judge was asked
	direct   bool               // said is of no use

	value   string // that was read here last, when a run was to be made
	repeats int    // how often in a row it was the same
	loose   bool   // it seemed to repeat and did not
	length  int    // of the value that was read here last, when a run was to be made
	lengths int    // how often in a row it was the same
}

// A way leads from one value to the next.
type way struct {
	text    string
	to      *place // nil at the end of the record
	marks   []mark
	run     *run
	entered int // how often a run could have begun with it
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
	s := &Shape{wanted: map[string]int{}, places: map[string]*place{}, judge: judge, flatly: flat, keeps: map[string]int{}, kept: make([]kept, len(keep))}
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
func (s *Shape) Kept(i int, record []byte) []byte { return record[s.kept[i].from:s.kept[i].to] }

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
	Short                // the text ends within the record
)

// Read reads a record that may be anything.
func (s *Shape) Read(b []byte) Known {
	n, known := s.ReadFirst(b)
	if known == Short || known == Built && n < len(b) {
		return Unknown
	}
	return known
}

// A reading is where a Shape is in a record.
type reading struct {
	b     []byte
	at    int    // behind the value of place, or where that begins
	place *place // the last whose value was come to
	value bool   // its value is still to be read
	begin bool   // a run may begin here; not where no more is at stake than that a text is short
}

// ReadFirst reads the record that b begins with, and gives its length if it is
// Built.
func (s *Shape) ReadFirst(b []byte) (n int, known Known) {
	s.flat, s.notes, s.spans, s.named, s.got, s.said = append(s.flat[:0], '{'), s.notes[:0], s.spans[:0], s.named[:0], 0, 0
	clear(s.kept)
	s.reading = reading{place: &s.start, begin: true}
	return s.ReadMore(b)
}

// ReadMore goes on with a record that was Short: b is the same text, and more.
func (s *Shape) ReadMore(b []byte) (n int, known Known) {
	r := &s.reading
	r.b = b
	done := false
	if r.value {
		known, done = s.readValue(r, r.place)
	}
	for !done {
		if w := r.place.pickWay(b[r.at:]); w != nil && (w.run != nil || r.begin && s.enter(r.place, w)) {
			r.begin = true
			var all bool
			if known, done, all = s.follow(r, w.run); done || all {
				continue
			}
		} else {
			r.begin = r.place.forks()
		}
		known, done = s.single(r)
	}
	r.b = nil
	if known == Built {
		s.flat = append(s.flat, '}')
	}
	return r.at, known
}

// single goes one way, and reads the value that it leads to.
func (s *Shape) single(r *reading) (known Known, done bool) {
	w := r.place.find(r.b[r.at:])
	switch {
	case w == nil && r.place.mayGo(r.b[r.at:]):
		return Short, true
	case w == nil:
		return Unknown, true
	case len(w.marks) > 0:
		s.notes = append(s.notes, noted{way: w, at: r.at})
	}
	r.at += len(w.text)
	switch {
	case w.to == nil:
		return Built, true
	case w.to.deep:
		return Listed, true
	}
	return s.readValue(r, w.to)
}

// readValue reads the value of a place.
func (s *Shape) readValue(r *reading, p *place) (known Known, done bool) {
	b, from := r.b, r.at
	r.place, r.value = p, false
	i := from
	if p.quoted {
		i = quotedEnd(b, i)
	} else {
		i = wordEnd(b, i)
	}
	switch {
	case i == noEnd:
		r.value, r.begin = true, false
		return Short, true
	case i < 0:
		return Unknown, true
	}
	p.watch(b[from:i])
	if p.taken && !s.put(p, from, b[from:i]) {
		return Listed, true
	}
	r.at = i
	return Unknown, false
}

// watch sees whether a value repeats, as most of a record do, or its length.
func (p *place) watch(value []byte) {
	if p.lengths++; len(value) != p.length {
		p.length, p.lengths = len(value), 0
	}
	if string(value) == p.value {
		p.repeats++
		return
	}
	p.repeats = 0
	if len(value) <= maxRepeat {
		p.value = string(value)
	} else {
		p.value = ""
	}
}

// firmLength is the length that values have had for some time; 0 if there is none.
func (p *place) firmLength() uint8 {
	if p.lengths < firmLengths || p.length >= margin {
		return 0
	}
	return uint8(p.length)
}

// maxRepeat is how long a value may be of which it is looked at whether it repeats.
const maxRepeat = 128

// Flat is an event that a pattern matches if it matches the record that was read,
// as far as it asks of the paths that are wanted. It is valid until the next Read.
func (s *Shape) Flat() []byte { return s.flat }

// EachResource does what that of the Head does which was given of the record.
func (s *Shape) EachResource(record []byte, each func(arn []byte)) {
	for _, n := range s.named {
		if n.from > s.listed { // of several lists the last counts
			each(record[n.from:n.to])
		}
	}
}

// put takes the value at from. It is false if its path has one already.
func (s *Shape) put(p *place, from int, value []byte) bool {
	if p.keep >= 0 {
		s.kept[p.keep] = kept{from, from + len(value)}
	}
	if p.names && len(value) > 0 {
		s.named = append(s.named, kept{from, from + len(value)})
	}
	if !p.wanted {
		return true
	}
	if s.judge != nil && !s.hear(p, value) {
		return false
	}
	if s.flatly {
		if len(s.flat) > 1 {
			s.flat = append(s.flat, ',')
		}
		s.flat = append(append(append(s.flat, p.from...), value...), p.to...)
	}
	return true
}

// hear takes what is said of the value of a place. It is false if its path has one
// already.
func (s *Shape) hear(p *place, value []byte) bool {
	bit := uint64(1) << p.path
	if s.got&bit != 0 {
		return false
	}
	s.got |= bit
	if p.direct {
		s.said |= s.judge(p.path, value, p.quoted)
	} else {
		s.said |= p.judged(value, s.judge)
	}
	return true
}

// judged gives what the judge says of a value. It is remembered, unless most
// values of the place are new.
func (p *place) judged(value []byte, judge Judge) uint64 {
	p.judgings++
	if p.said == nil {
		p.said = new([keptSaid]verdict)
	}
	n := len(value)
	head, tail := edges(value)
	v := &p.said[mix(head, tail, n)>>(64-9)]
	if v.length == n+1 && v.head == head && v.tail == tail && (n <= 16 || v.value == string(value)) {
		return v.said
	}
	*v = verdict{head: head, tail: tail, length: n + 1, said: judge(p.path, value, p.quoted)}
	if n > 16 {
		v.value = string(value)
	}
	said := v.said
	if p.asked++; p.asked > 256 && 4*p.asked > p.judgings {
		p.direct, p.said = true, nil
	}
	return said
}

// Mix makes of a value a number of which the upper bits differ for most values that
// differ. It does not look at all of them.
func Mix(value []byte) uint64 {
	head, tail := edges(value)
	return mix(head, tail, len(value))
}

func mix(head, tail uint64, n int) uint64 {
	return (uint64(n) ^ head ^ tail*5) * 0x9E3779B97F4A7C15
}

// edges are the first and the last eight bytes of a value or, of a shorter one, other
// numbers that are those of no other value of its length. Those of up to 16 bytes are
// told by their length and edges.
func edges(value []byte) (head, tail uint64) {
	switch n := len(value); {
	case n >= 8:
		return load(value), load(value[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(value)), uint64(binary.LittleEndian.Uint32(value[n-4:]))
	case n > 0:
		return uint64(value[0]), uint64(value[n/2])<<8 | uint64(value[n-1])
	}
	return 0, 0
}

// keptSaid is of how many values of a place it is known what was said.
const keptSaid = 1 << 9

// A verdict is what was said of a value.
type verdict struct {
	head, tail uint64 // its edges
	length     int    // and one more; 0 if none is known
	said       uint64
	value      string // if the edges do not tell it
}

// mayGo tells whether b may be the beginning of a way from the place.
func (p *place) mayGo(b []byte) bool {
	for _, w := range p.ways {
		if n := len(b); n <= len(w.text) && w.text[:n] == string(b) {
			return true
		}
	}
	return false
}

func (w *way) fits(b []byte) bool {
	n := len(w.text)
	return len(b) >= n && string(b[:n]) == w.text && w.goesOn(b[n:])
}

// goesOn tells whether what follows a way is what it leads to, as far as that can
// be told at once.
func (w *way) goesOn(b []byte) bool {
	switch {
	case w.to == nil || w.to.quoted:
		return true
	}
	return wordBegins(b)
}
