package pattern

// For odd events, the fields that an element can satisfy at once are worked out
// from the inside out: what its own values satisfy, and of each array in it what
// one of the array's elements does. An element can often do for one or another
// set of fields; of those only the ones that no other contains are kept.
//
// Whether all fields combine in an odd event is, at worst, as hard as any puzzle:
// arrays are the choices and fields the demands. So there is a limit to the work
// for one event, which no event comes near that was not made for it; beyond it
// the fields are taken to combine, since each by itself does hold.

// work is how much may be done to decide about one disjunct in an odd event:
// steps to begin with and for each value and element of the event.
const (
	workFirst = 1 << 17
	workEach  = 32
)

// mostCovered is how many fields cover can tell apart.
const mostCovered = 64

// cover decides a disjunct of which no field allows absence.
func (r *reading) cover(d disjunct, ids []int32) answer {
	if len(d) > mostCovered {
		return unsure
	}
	if n := len(r.elements) - len(r.direct); n > 0 {
		r.direct = append(r.direct, make([]uint64, n)...)
	}
	clear(r.direct[:len(r.elements)])
	for i := range d {
		for v := r.heads[ids[i]]; v >= 0; v = r.values[v].next {
			e := r.values[v].in
			if l := r.leaf(v); r.direct[e]>>i&1 == 0 && d[i].takes(&l) {
				r.direct[e] |= 1 << i
			}
		}
	}
	r.covers = r.covers[:0]
	if !r.coverOf(0) {
		return unsure
	}
	if full := ^uint64(0) >> (mostCovered - len(d)); r.covers[0] == full {
		return yes
	}
	return no
}

// coverOf appends the sets of fields that an element can satisfy to r.covers. It
// is false if that is too much work.
func (r *reading) coverOf(e int32) bool {
	base := len(r.covers)
	r.covers = append(r.covers, r.direct[e])
	for c := r.elements[e].last; c != 0; {
		array, options := r.elements[c].array, len(r.covers)
		for ; c != 0 && r.elements[c].array == array; c = r.elements[c].before {
			more := len(r.covers)
			if !r.coverOf(c) || !r.keep(options, more) {
				return false
			}
		}
		products := len(r.covers)
		for i := base; i < options; i++ {
			for j := options; j < products; j++ {
				more := len(r.covers)
				r.covers = append(r.covers, r.covers[i]|r.covers[j])
				if !r.keep(products, more) {
					return false
				}
			}
		}
		n := copy(r.covers[base:], r.covers[products:])
		r.covers = r.covers[:base+n]
	}
	return true
}

// keep adds the sets in r.covers[more:] to those in r.covers[from:more], without
// any that another of them contains.
func (r *reading) keep(from, more int) bool {
	n := more
next:
	for _, set := range r.covers[more:] {
		if r.work -= n - from + 1; r.work < 0 {
			return false
		}
		for _, other := range r.covers[from:n] {
			if set&^other == 0 {
				continue next
			}
		}
		kept := from
		for _, other := range r.covers[from:n] {
			if other&^set != 0 {
				r.covers[kept] = other
				kept++
			}
		}
		r.covers[kept] = set
		n = kept + 1
	}
	r.covers = r.covers[:n]
	return true
}
