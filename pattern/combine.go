package pattern

// In all events but odd ones, a path's values are inside one array, whose
// elements may have arrays inside again. Then whether fields combine can be
// decided element by element, from the outside in, coming to each element once:
// for each array one element has to do for all the fields inside it.
//
// Events are odd in which a path leads into several arrays inside the same
// element, by repeated keys or dots in keys.

// answer is what combine has to say.
type answer uint8

const (
	no answer = iota
	yes
	unsure // the event is odd
)

// A part is what one field finds inside one element.
type part struct {
	f        *field
	absent   bool  // the field allows absence
	from, to int32 // its values inside, as places in reading.order
	cursor   int32 // the first place that was come to, from the end
	array    int32 // the array inside the element where it has values, or -1
	seen     bool  // it has values at all
	done     bool  // it is satisfied
}

// combine decides the disjunct d for the event that was read.
func (r *reading) combine(d disjunct, ids []int32) answer {
	r.parts, r.order = r.parts[:0], r.order[:0]
	for i := range d {
		from := len(r.order)
		for v := r.heads[ids[i]]; v >= 0; v = r.values[v].next {
			r.order = append(r.order, v)
		}
		for a, z := from, len(r.order)-1; a < z; a, z = a+1, z-1 {
			r.order[a], r.order[z] = r.order[z], r.order[a]
		}
		r.parts = append(r.parts, part{f: &d[i], absent: d[i].allowsAbsence(), from: int32(from), to: int32(len(r.order))})
	}
	return r.combineIn(0, 0)
}

// below gives the place after the last of the part's values, of those before the
// place to, that is before value v. It looks near to first.
func (p *part) below(order []int32, to, v int32) int32 {
	if to == p.from || order[to-1] < v {
		return to
	}
	high, step := to-1, int32(1) // order[high] is not before v
	low := p.from                // order[low-1] is
	for high > p.from {
		next := max(high-step, p.from)
		if order[next] < v {
			low = next + 1
			break
		}
		high, step = next, step*2
	}
	for low < high {
		if middle := (low + high) / 2; order[middle] < v {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// combineIn decides the fields in r.parts[from:] inside an element, of which
// they have the values.
func (r *reading) combineIn(in int32, from int) answer {
	for { // An element with nothing but another in it is as good as that.
		e := &r.elements[in]
		if e.last == 0 || in == 0 {
			break
		}
		if c := &r.elements[e.last]; c.first != e.first || c.end != e.end {
			break
		}
		in = e.last
	}
	to := len(r.parts)
	if !r.survey(in, from, to) {
		return unsure
	}
	open, absences := false, false
	for i := from; i < to; i++ {
		p := &r.parts[i]
		absences = absences || p.absent && p.array >= 0
		switch {
		case p.done:
		case !p.seen && p.absent:
			p.done = true
		case p.array < 0:
			return no
		default:
			open = true
		}
	}
	if !open {
		return yes
	}
	for i := from; absences && i < to; i++ {
		if p := &r.parts[i]; p.done && p.array >= 0 {
			// Taken outside the array, it does not say which element the absences
			// in the array are about; taken inside, it does.
			return unsure
		}
	}
	return r.descend(in, from, to)
}

// survey reads the parts' values: which are directly in the element and satisfy,
// and in which array the others are. It is false if there are several.
func (r *reading) survey(in int32, from, to int) bool {
	for i := from; i < to; i++ {
		p := &r.parts[i]
		p.cursor, p.array, p.seen, p.done = p.to, -1, p.to > p.from, false
	}
	for c := r.elements[in].last; ; c = r.elements[c].before {
		child := element{array: -1, first: r.elements[in].first, end: r.elements[in].first}
		if c != 0 {
			child = r.elements[c]
		}
		for i := from; i < to; i++ {
			p := &r.parts[i]
			for ; p.cursor > p.from && r.order[p.cursor-1] >= child.end; p.cursor-- {
				if !p.done {
					l := r.leaf(r.order[p.cursor-1])
					p.done = p.f.takes(&l)
				}
			}
			if p.cursor == p.from || r.order[p.cursor-1] < child.first {
				continue
			}
			if p.array >= 0 && p.array != child.array {
				return false
			}
			p.array = child.array
			p.cursor = p.below(r.order, p.cursor, child.first)
		}
		if c == 0 {
			return true
		}
	}
}

// descend looks, for each array inside the element, for an element that does for
// all fields left there.
func (r *reading) descend(in int32, from, to int) answer {
	for i := from; i < to; i++ {
		r.parts[i].cursor = r.parts[i].to
	}
	for c := r.elements[in].last; c != 0; c = r.elements[c].before {
		if !r.gather(&r.elements[c], from, to) {
			continue
		}
		a := r.combineIn(c, to)
		r.parts = r.parts[:to]
		if a == unsure {
			return unsure
		}
		if a == yes {
			for i := from; i < to; i++ {
				if p := &r.parts[i]; p.array == r.elements[c].array {
					p.done = true
				}
			}
		}
	}
	for i := from; i < to; i++ {
		if !r.parts[i].done {
			return no
		}
	}
	return yes
}

// gather appends the parts of the fields that are left to an array's element. It
// is false if there are none or one has no value there.
func (r *reading) gather(child *element, from, to int) bool {
	first := true // the first field in the array is what chooses its element
	for i := from; i < to; i++ {
		p := &r.parts[i]
		if p.done || p.array != child.array {
			continue
		}
		p.cursor = p.below(r.order, p.cursor, child.end)
		inner := part{f: p.f, absent: p.absent, from: p.cursor, to: p.cursor}
		inner.from = p.below(r.order, p.cursor, child.first)
		p.cursor = inner.from
		if inner.from == inner.to && (first || !p.absent) {
			r.parts = r.parts[:to]
			return false
		}
		first = false
		r.parts = append(r.parts, inner)
	}
	return len(r.parts) > to
}
