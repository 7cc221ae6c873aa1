package source

import "slices"

// A run is how records go on, from a way, through many values, as most of them do.
// What stands between the values, and those values that repeat, stand in it one
// after the other, so that a record that goes the same way is read without going
// from place to place.
type run struct {
	way       *way   // that it begins with
	from, to  *place // to: nil at the end of the record
	legs      int
	tape      tape
	stops     []stop    // by leg
	takes     []legTake // in the order of legs
	members   []member  // in the order of the text
	got, said uint64    // of the values in the texts
	passes    int
}

// A stop is what there is to a leg that need not be looked at while it is gone.
type stop struct {
	text      string
	kind      uint8  // of the value
	at        int    // where in the tape the leg is
	place     *place // of the value; nil at the end of the record
	got, said uint64 // of the values in the texts of the run up to here

	way         *way // that the text begins with
	values      []legValue
	missed, row int // records that left the run here; the last of them, without another between
	pass        int // the run's, of the last of them
}

// A legTake is a leg whose value is taken.
type legTake struct {
	leg    int
	judged bool // and nothing else
	place  *place
}

// A legValue is a value in the text of a leg.
type legValue struct {
	text  string // with the way after it
	place *place
}

const (
	runAfter    = 32      // how often a way is come to before a run begins with it
	mostLegs    = 128     // of a run
	allLegs     = 1 << 14 // of all runs
	renew       = 1 << 15 // how often a run is gone before it is made anew: what repeats changes with time
	oneOf       = 8       // records, of which not more than one may leave a run at a leg
	inRow       = 8       // records that leave it there, one after the other, after which the run is made anew
	firmLengths = 12      // how often in a row a length was the same that is taken for the usual one
	firmAt      = 4       // how often in a row a value was the same that is taken for one that repeats
)

// follow reads on by the run that begins with a way, and by those that go on from
// where it ends, as far as they go: all of them, or to where the record is another.
func (s *Shape) follow(r *reading, first *run) (known Known, done, all bool) {
	b, i, run := r.b, r.at, first
	for {
		if run.passes++; run.passes > renew {
			s.drop(run)
		}
		base, n := len(s.spans), run.legs
		if cap(s.spans)-base < n {
			s.spans = slices.Grow(s.spans, n)
		}
		s.spans = s.spans[:base+n]
		k, at, begun := hop(run.tape, b, i, s.spans[base:])
		if i = at; k < n {
			r.at = i
			if known, done, all = s.plod(r, going{run, base, k}, begun); !all {
				return known, done, false
			}
			i = r.at
		} else if !s.note(b, run, base) {
			return Listed, true, false
		}
		p := run.to
		if run = p.pick(b[i:]); run == nil {
			r.at, r.place = i, p
			return Unknown, false, true
		}
	}
}

// A going is a run that is being gone: the span of its first leg is at base, and the
// k-th leg comes next.
type going struct {
	run     *run
	base, k int
}

// plod reads on by a run from the leg of g, which hop stopped at, to the run's
// end, or to where the record is another.
func (s *Shape) plod(r *reading, g going, begun bool) (known Known, done, all bool) {
	b, i, spans, run := r.b, r.at, s.spans[g.base:], g.run
	for {
		l := &run.stops[g.k]
		if !begun {
			if !l.fits(b, i) {
				return s.leave(r, g, i)
			}
			i += len(l.text)
			spans[g.k].from = i
		}
		var end int
		switch {
		case l.place == nil:
			r.at = i
			return s.noteSome(b, g, g.k+1, Built)
		case l.kind == quoted:
			end = quotedEnd(b, i)
		default:
			if end = wordEnd(b, i); end == badValue {
				return s.leave(r, g, i-len(l.text))
			}
		}
		if end < 0 {
			r.at, r.place, r.value, r.begin = i, l.place, true, false
			return s.noteSome(b, g, g.k+1, ended(end))
		}
		spans[g.k].to = end
		i = end
		if g.k++; g.k < run.legs {
			var n int
			n, i, begun = hop(run.tape[run.stops[g.k].at:], b, i, spans[g.k:])
			g.k += n
		}
		if g.k == run.legs {
			r.at, r.place = i, run.to
			if !s.note(b, run, g.base) {
				return Listed, true, false
			}
			return Unknown, false, true
		}
	}
}

// note takes what a run tells that was gone to its end. It is false if a path has a
// value again.
func (s *Shape) note(b []byte, run *run, base int) bool {
	if s.got&run.got != 0 {
		return false
	}
	s.got |= run.got
	s.said |= run.said
	if len(run.members) > 0 {
		s.notes = append(s.notes, noted{run: run, at: base, texts: run.legs})
	}
	spans := s.spans[base:][:run.legs]
	for i := range run.takes {
		t := &run.takes[i]
		at := &spans[t.leg]
		if value := b[at.from:at.to]; !t.judged {
			if !s.put(t.place, at.from, value) {
				return false
			}
		} else if !s.hear(t.place, value) {
			return false
		}
	}
	return true
}

// noteSome takes what a run tells that was left before the value of the leg of g, and
// after so many texts. It gives what is known then: what it is given, or that a path
// has a value again.
func (s *Shape) noteSome(b []byte, g going, texts int, known Known) (_ Known, done, all bool) {
	if texts > 0 {
		t := &g.run.stops[texts-1]
		if s.got&t.got != 0 {
			return Listed, true, false
		}
		s.got |= t.got
		s.said |= t.said
		s.notes = append(s.notes, noted{run: g.run, at: g.base, texts: texts})
	}
	for i := range g.run.takes {
		t := &g.run.takes[i]
		if t.leg >= g.k {
			break
		}
		at := s.spans[g.base+t.leg]
		if !s.put(t.place, at.from, b[at.from:at.to]) {
			return Listed, true, false
		}
	}
	return known, known != Unknown, false
}

// leave stops before the leg of g, as what is at i is another.
func (s *Shape) leave(r *reading, g going, i int) (known Known, done, all bool) {
	l, t := &g.run.stops[g.k], r.b[i:]
	r.at, r.place = i, g.run.at(g.k)
	if n := len(t); n <= len(l.text) && l.text[:n] == string(t) {
		r.begin = false
		known = Short
	} else {
		s.astray(g.run, g.k, t)
	}
	return s.noteSome(r.b, g, g.k, known)
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
	return r.stops[k-1].place
}

// fits tells whether b goes on with the leg at i.
func (l *stop) fits(b []byte, i int) bool {
	n := i + len(l.text)
	return n <= len(b) && string(b[i:n]) == l.text
}

// drop gives a run up; another one may be made.
func (s *Shape) drop(r *run) {
	if r.way.run == r {
		s.legs -= r.legs
		r.way.run, r.way.entered = nil, 0
		r.from.point(r.way)
	}
}

// astray counts that a record left a run before its k-th leg, where it goes
// on with b. If many do, the run is given up, and the one that is made in its place
// ends there, or takes the value that is another for no repeating one.
func (s *Shape) astray(r *run, k int, b []byte) {
	l := &r.stops[k]
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
	if r.way.run != r || !often && l.row < inRow {
		return
	}
	s.drop(r)
	switch {
	case turns && often:
		at.fork = true
	case often:
		l.loosen(b)
	}
}

// loosen finds which of the values of a leg is another in b.
func (l *stop) loosen(b []byte) {
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
	r := &run{way: w, from: p}
	var marks []mark
	for next := w; next != nil && len(r.stops) < mostLegs; {
		if next.to != nil && next.to.deep || len(next.text) > longest {
			break
		}
		marks = s.addLeg(r, next, marks)
		to := r.stops[len(r.stops)-1].place
		if next = nil; to != nil && len(to.ways) > 0 && !to.forks() {
			next = to.ways[to.last]
		}
	}
	if len(r.stops) == 0 {
		return false
	}
	last := &r.stops[len(r.stops)-1]
	r.to, r.got, r.said = last.place, last.got, last.said
	r.members = membersOf(marks)
	r.legs, r.tape = len(r.stops), r.tape.close()
	s.legs += r.legs
	w.run = r
	p.point(w)
	return true
}

// addLeg adds a leg that begins with a way, and gives the marks with those in it: from
// where its value begins.
func (s *Shape) addLeg(r *run, w *way, marks []mark) []mark {
	l, text, k := stop{way: w, at: len(r.tape)}, "", len(r.stops)
	if k > 0 {
		l.got, l.said = r.stops[k-1].got, r.stops[k-1].said
	}
	before := len(marks)
	for {
		for _, m := range w.marks {
			marks = append(marks, mark{m.at + len(text), m.key, k})
		}
		text += w.text
		p := w.to
		if p == nil || len(text)+len(p.value) > longest/2 || !s.repeats(p, &l) {
			l.place = p
			break
		}
		w = p.ways[p.last]
		text += p.value
		l.values = append(l.values, legValue{p.value + w.text, p})
	}
	for i := range marks[before:] {
		marks[before+i].at -= len(text)
	}
	l.text = text
	length := uint8(0)
	if p := l.place; p != nil {
		if l.kind = word; p.quoted {
			l.kind, length = quoted, p.firmLength()
		}
		if p.taken {
			r.takes = append(r.takes, legTake{k, s.judge != nil && p.wanted && !s.flatly && p.keep < 0 && !p.names, p})
		}
	}
	r.stops, r.tape = append(r.stops, l), r.tape.leg(text, l.kind, length)
	return marks
}

// repeats tells whether the value of a place is to be a part of a leg's text, and
// then takes what is said of it.
func (s *Shape) repeats(p *place, l *stop) bool {
	if p.repeats < firmAt || p.loose || len(p.ways) == 0 || p.forks() || p.keep >= 0 || p.names || p.wanted && s.flatly {
		return false
	}
	if next := p.ways[p.last]; next.to != nil && next.to.deep || len(next.text) > longest/2 {
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
