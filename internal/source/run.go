package source

import (
	"math"
	"strings"
)

// A run is how records go on, from a way, through many values, as most of them do.
// What stands between the values, and those values that repeat, stand in it one
// after the other, so that a record that goes the same way is read without going
// from place to place.
type run struct {
	from   *place
	legs   []leg
	passes int
}

// A leg is text that has to come, and the value after it.
type leg struct {
	text          string
	room          int       // how much text there has to be for a look at head and tail, which tell all
	head          block     // of text
	tail          [4]uint64 // the end of text, if it is longer than head
	last          int       // where in text that is; 0 if it is not
	quoted, taken bool      // of the value
	rich          bool      // there is more to text: any of the next
	marks         []mark    // at places in text
	got, said     uint64    // of the values in text
	place         *place    // of the value; nil at the end of the record

	way         *way // that text begins with
	values      []legValue
	missed, row int // records that left the run here; the last of them, without another between
	pass        int // the run's, of the last of them
}

// A legValue is a value in the text of a leg.
type legValue struct {
	text  string // with the way after it
	place *place
}

const (
	runAfter = 32      // how often a way is come to before a run begins with it
	mostLegs = 128     // of a run
	allLegs  = 1 << 14 // of all runs
	renew    = 1 << 15 // how often a run is gone before it is made anew: what repeats changes with time
	oneOf    = 8       // records, of which not more than one may leave a run at a leg
	inRow    = 8       // records that leave it there, one after the other, after which the run is made anew
	firmAt   = 4       // how often in a row a value was the same that is taken for one that repeats
)

// follow reads on by the run that begins with a way, and by those that go on from
// where it ends, as far as they go: all of them, or to where the record is another.
func (s *Shape) follow(r *reading, w *way) (known Known, done, all bool) {
	b, i := r.b, r.at
	for w != nil && w.run != nil {
		run := w.run
		if run.passes++; run.passes > renew {
			s.drop(w)
		}
		legs := run.legs
		for k := range legs {
			l := &legs[k]
			if (len(b)-i < l.room || l.head.differs((*[blockLen]byte)(b[i:])) != 0 || l.last > 0 && !l.ends(b[i+l.last:])) && !l.fits(b, i) {
				known, done = s.leave(r, w, run, k, i)
				return known, done, false
			}
			from := i + len(l.text)
			var end int
			switch {
			case l.quoted:
				if end = firstOdd(b, from); end < 0 || b[end] != '"' {
					end = oddEnd(b, from)
				}
			case l.place == nil:
				if l.rich && !s.enrich(l, i) {
					return Listed, true, false
				}
				r.at = from
				return Built, true, true
			default:
				if end = wordEnd(b, from); end == badValue {
					known, done = s.leave(r, w, run, k, i)
					return known, done, false
				}
			}
			if l.rich && !s.enrich(l, i) {
				return Listed, true, false
			}
			if i = end; end < 0 {
				r.at, r.place, r.value, r.begin = from, l.place, true, false
				return ended(end), true, false
			}
			if l.taken && !s.put(l.place, from, b[from:end]) {
				return Listed, true, false
			}
		}
		r.at, r.place = i, run.at(len(legs))
		w = r.place.pick(b[i:])
	}
	return Unknown, false, true
}

// differs tells, by other than 0, that what is at t is not the block. Whole blocks are
// looked at, without asking how long a text is: a processor cannot guess that.
func (c *block) differs(t *[blockLen]byte) uint64 {
	return load(t[0:8]) ^ c[0] | (load(t[8:16])^c[1])&c[4] | (load(t[16:24])^c[2])&c[5] | (load(t[24:32])^c[3])&c[6]
}

// ends tells whether b, of at least a block, begins with the tail.
func (l *leg) ends(b []byte) bool {
	t, d := (*[blockLen]byte)(b), &l.tail
	return (load(t[0:8])^d[0])|(load(t[8:16])^d[1])|(load(t[16:24])^d[2])|(load(t[24:32])^d[3]) == 0
}

// fits tells whether b goes on with the leg at i.
func (l *leg) fits(b []byte, i int) bool {
	n := i + len(l.text)
	return n <= len(b) && string(b[i:n]) == l.text
}

// enrich takes what the text of a leg tells. It is false if a path has a value again.
func (s *Shape) enrich(l *leg, at int) bool {
	if s.got&l.got != 0 {
		return false
	}
	s.got |= l.got
	s.said |= l.said
	if len(l.marks) > 0 {
		s.notes = append(s.notes, noted{&l.marks, at})
	}
	return true
}

// leave stops before the k-th leg of the run of w, as what is at i is another.
func (s *Shape) leave(r *reading, w *way, run *run, k, i int) (known Known, done bool) {
	l, t := &run.legs[k], r.b[i:]
	r.at, r.place = i, run.at(k)
	if n := len(t); n <= len(l.text) && l.text[:n] == string(t) {
		r.begin = false
		return Short, true
	}
	s.astray(run, w, k, t)
	return Unknown, false
}

// ended is what is known of a record whose value at the end of a text has this end.
func ended(end int) Known {
	if end == noEnd {
		return Short
	}
	return Unknown
}

// at is the place that the k-th leg goes on from.
func (r *run) at(k int) *place {
	if k == 0 {
		return r.from
	}
	return r.legs[k-1].place
}

// A block is a part of a text, of at least eight bytes, in four words, and then which
// bytes of the last three count.
type block [7]uint64

const blockLen = 32

// blockOf is the block that a text begins with.
func blockOf(text string) (b block) {
	var words, mask [blockLen]byte
	for i := range copy(words[:], text) {
		mask[i] = 0xff
	}
	for k := range 4 {
		b[k] = load(words[8*k:])
		if k > 0 {
			b[k+3] = load(mask[8*k:])
		}
	}
	return b
}

// lay makes the text ready to be compared.
func (l *leg) lay() {
	n := len(l.text)
	l.head, l.room, l.last = blockOf(l.text), max(n, blockLen), max(0, n-blockLen)
	switch {
	case n < 8 || n > 2*blockLen:
		l.room = math.MaxInt
	case l.last > 0:
		b := blockOf(l.text[l.last:])
		l.tail = [4]uint64(b[:])
	}
}

// noted is where members that a Head wants are: the text that has the marks begins
// at at.
type noted struct {
	marks *[]mark
	at    int
}

// drop gives a run up; another one may be made.
func (s *Shape) drop(w *way) {
	if w.run != nil {
		s.legs -= len(w.run.legs)
	}
	w.run, w.entered = nil, 0
}

// astray counts that a record left the run of w before its k-th leg, where it goes
// on with b. If many do, the run is given up, and the one that is made in its place
// ends there, or takes the value that is another for no repeating one.
func (s *Shape) astray(r *run, w *way, k int, b []byte) {
	l := &r.legs[k]
	at := r.at(k)
	turns := !l.way.fits(b)
	if turns && k == 0 {
		return // it was but a guess that the run begins so
	}
	l.missed++
	if l.pass != r.passes-1 {
		l.row = 0
	}
	l.row, l.pass = l.row+1, r.passes
	often := l.missed > 4 && oneOf*l.missed > r.passes
	if w.run != r || !often && l.row < inRow {
		return
	}
	s.drop(w)
	switch {
	case turns && often:
		at.fork = true
	case often:
		l.loosen(b)
	}
}

// loosen finds which of the values of a leg is another in b.
func (l *leg) loosen(b []byte) {
	b = b[len(l.way.text):]
	for _, v := range l.values {
		if len(b) < len(v.text) || string(b[:len(v.text)]) != v.text {
			v.place.loose = true
			return
		}
		b = b[len(v.text):]
	}
}

// enter tells whether there is now a run that begins with w, to which a record
// came. It makes one when that was often enough.
func (s *Shape) enter(p *place, w *way) bool {
	if w.entered++; w.entered < runAfter || s.legs > allLegs {
		return false
	}
	r := &run{from: p}
	for next := w; next != nil && len(r.legs) < mostLegs; {
		if next.to != nil && next.to.deep {
			break
		}
		to := s.addLeg(r, next)
		if next = nil; to != nil && len(to.ways) > 0 && !to.forks() {
			next = to.ways[to.last]
		}
	}
	if len(r.legs) == 0 {
		return false
	}
	r.lay()
	s.legs += len(r.legs)
	w.run = r
	return true
}

// lay lays the texts one behind the other in memory.
func (r *run) lay() {
	var all strings.Builder
	for i := range r.legs {
		all.WriteString(r.legs[i].text)
	}
	text := all.String()
	for i := range r.legs {
		l := &r.legs[i]
		l.text, text = text[:len(l.text)], text[len(l.text):]
		l.lay()
	}
}

// addLeg adds a leg that begins with a way, and gives the place after it.
func (s *Shape) addLeg(r *run, w *way) *place {
	l := leg{way: w}
	for {
		for _, m := range w.marks {
			l.marks = append(l.marks, mark{m.at + len(l.text), m.key})
		}
		l.text += w.text
		p := w.to
		if p == nil || !s.repeats(p, &l) {
			l.place = p
			break
		}
		w = p.ways[p.last]
		l.text += p.value
		l.values = append(l.values, legValue{p.value + w.text, p})
	}
	l.rich = l.got != 0 || len(l.marks) > 0
	if p := l.place; p != nil {
		l.quoted, l.taken = p.quoted, p.taken
	}
	r.legs = append(r.legs, l)
	return l.place
}

// repeats tells whether the value of a place is to be a part of a leg's text, and
// then takes what is said of it.
func (s *Shape) repeats(p *place, l *leg) bool {
	if p.repeats < firmAt || p.loose || len(p.ways) == 0 || p.forks() || p.keep >= 0 || p.names || p.wanted && s.flatly {
		return false
	}
	if to := p.ways[p.last].to; to != nil && to.deep {
		return false
	}
	if p.wanted && s.judge != nil {
		bit := uint64(1) << p.path
		if l.got&bit != 0 {
			return false
		}
		l.got |= bit
		l.said |= s.judge(p.path, []byte(p.value), p.quoted)
	}
	return true
}

// forks tells whether records go on from a place in several ways.
func (p *place) forks() bool { return p.fork || oneOf*p.turns > p.gone }

// find is the way that b goes on.
func (p *place) find(b []byte) *way {
	for len(p.order) < len(p.ways) {
		p.order = append(p.order, uint8(len(p.order)))
	}
	for i, k := range p.order {
		if p.ways[k].fits(b) {
			if i > 0 { // what is found often is found soon
				p.order[i], p.order[i-1] = p.order[i-1], k
			}
			return p.take(int(k), p.ways[k])
		}
	}
	return nil
}

// take takes the k-th way, w.
func (p *place) take(k int, w *way) *way {
	turn := 0
	if k != p.last {
		turn = 1
	}
	p.turns += turn
	p.last = k
	return w
}

// pick is the way that b seems to go on. It is told by a part of its text, without
// looking at one way after the other: which it is nobody could guess.
func (p *place) pick(b []byte) *way {
	p.gone++
	switch {
	case len(p.ways) == 1:
		return p.ways[0] // whoever goes it looks whether it is
	case len(p.ways) != p.indexed && p.gone >= p.again:
		p.index()
	}
	for _, t := range p.tells {
		if len(b) >= t.at+8 {
			next := load(b[t.at:]) & t.mask
			if told := &t.slots[slotOf(next)]; told.key == next && told.way != nil {
				return p.take(told.k, told.way)
			}
		}
	}
	return p.find(b)
}

// A tell is a part of the text of ways that tells them apart.
type tell struct {
	at    int                 // where it is
	mask  uint64              // which of eight bytes it is
	slots [1 << slotBits]told // by the hashes of keys
}

// told is the k-th way, which has the key as its part.
type told struct {
	key uint64
	way *way
	k   int
}

const (
	slotBits  = 7  // how many bits of a key's hash tell its slot
	mostTells = 3  // of a place
	mostAt    = 64 // how far into ways it is looked for where they differ
)

func slotOf(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> (64 - slotBits) }

// index finds out what tells most of the ways, and then what tells the others.
func (p *place) index() {
	p.indexed, p.again, p.tells = len(p.ways), 2*p.gone, nil
	left := make([]int, len(p.ways))
	for k := range left {
		left[k] = k
	}
	for len(left) > 0 && len(p.tells) < mostTells {
		best, now := new(tell), new(tell)
		var tells, rest []int
		for _, width := range []int{8, 2} {
			for at := 0; at <= mostAt && len(tells) < len(left); at += 4 {
				if some, others := now.tell(p, left, at, width); len(some) > len(tells) {
					best, now, tells, rest = now, best, some, others
				}
			}
		}
		if len(tells) == 0 {
			return
		}
		p.tells, left = append(p.tells, best), rest
	}
}

// tell makes t what tells ways that are left by width bytes at at, and gives which of
// them that are, and the others.
func (t *tell) tell(p *place, left []int, at, width int) (some, others []int) {
	*t = tell{at: at, mask: math.MaxUint64 >> (64 - 8*width)}
	for _, k := range left {
		w := p.ways[k]
		if p.only(k, left, at, width) {
			var part [8]byte
			copy(part[:], w.text[at:at+width])
			key := load(part[:])
			if slot := &t.slots[slotOf(key)]; slot.way == nil {
				*slot = told{key, w, k}
				some = append(some, k)
				continue
			}
		}
		others = append(others, k)
	}
	return some, others
}

// only tells whether no other way of left than the k-th has the same text at at.
// What ends before it does not count: find looks at that.
func (p *place) only(k int, left []int, at, width int) bool {
	text := p.ways[k].text
	if len(text) < at+width {
		return false
	}
	for _, j := range left {
		if w := p.ways[j]; j != k && len(w.text) >= at+width && w.text[at:at+width] == text[at:at+width] {
			return false
		}
	}
	return true
}
