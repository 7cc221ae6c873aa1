package pattern

// In all events but odd ones, a path's values are inside one array, whose
// elements may have arrays inside again. Then whether fields combine can be
// decided element by element, from the outside in, reading each value once per
// level: for each array one element has to do for all the fields inside it.
//
// Events are odd in which a path leads into several arrays inside the same
// element, by repeated keys or dots in keys.

// answer is what combine has to say.
type answer uint8

const (
	no answer = iota
	yes
	unsure // the event is odd: ask solve
)

// A part is what one field finds inside one element.
type part struct {
	f      *field
	absent bool  // the field allows absence
	head   int32 // its values inside, linked from the last to the first
	cursor int32 // the value that was come to
	array  int32 // the array inside the element where it has values, or -1
	seen   bool  // it has values at all
	done   bool  // it is satisfied
}

// combine decides the disjunct d for the event that was read.
func (r *reading) combine(d disjunct, ids []int32) answer {
	r.parts = r.parts[:0]
	for i := range d {
		r.parts = append(r.parts, part{f: &d[i], absent: d[i].allowsAbsence(), head: r.heads[ids[i]]})
	}
	return r.combineIn(0, 0)
}

// combineIn decides the fields in r.parts[from:] inside an element, of which
// their heads are the last values.
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
		p.cursor, p.array, p.seen, p.done = p.head, -1, false, false
	}
	for c := r.elements[in].last; ; c = r.elements[c].before {
		child := element{array: -1, first: r.elements[in].first, end: r.elements[in].first}
		if c != 0 {
			child = r.elements[c]
		}
		for i := from; i < to; i++ {
			p := &r.parts[i]
			for ; p.cursor >= child.end; p.cursor = r.values[p.cursor].next {
				p.seen = true
				p.done = p.done || p.f.takes(&r.values[p.cursor])
			}
			if p.cursor < child.first {
				continue
			}
			p.seen = true
			if p.array >= 0 && p.array != child.array {
				return false
			}
			p.array = child.array
			for p.cursor >= child.first {
				p.cursor = r.values[p.cursor].next
			}
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
		r.parts[i].cursor = r.parts[i].head
	}
	for c := r.elements[in].last; c != 0; c = r.elements[c].before {
		child := r.elements[c]
		first := true // the first field in the array is what chooses its element
		r.parts = r.parts[:to]
		for i := from; i < to; i++ {
			p := &r.parts[i]
			if p.done || p.array != child.array {
				continue
			}
			for p.cursor >= child.end {
				p.cursor = r.values[p.cursor].next
			}
			inner := part{f: p.f, absent: p.absent, head: -1}
			if p.cursor >= child.first {
				inner.head = p.cursor
			}
			if inner.head < 0 && (first || !p.absent) {
				r.parts = r.parts[:to]
				break
			}
			first = false
			r.parts = append(r.parts, inner)
		}
		if len(r.parts) == to {
			continue
		}
		a := r.combineIn(c, to)
		r.parts = r.parts[:to]
		if a == unsure {
			return unsure
		}
		if a == yes {
			for i := from; i < to; i++ {
				if p := &r.parts[i]; p.array == child.array {
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
