package pattern

// Fields of one event combine only if they stand in the same elements of all the
// arrays that both are in. To hold, a disjunct needs a value for each field so
// that all those values agree; exists:false is asked in its turn, and sees only
// values that agree with those taken for the fields before it.

// holds says whether the disjunct matches the event that was read. ids are the
// paths of its fields.
func (r *reading) holds(d disjunct, ids []int32) bool {
	flat := true
	for i := range d {
		head := r.heads[ids[i]]
		if head < 0 {
			if !d[i].allowsAbsence() {
				return false
			}
			continue
		}
		v := &r.values[head]
		if v.next < 0 && v.in == 0 {
			if l := r.leaf(head); !d[i].takes(&l) {
				return false
			}
			continue
		}
		if !r.takesAny(&d[i], head) && (r.outside(head) || !d[i].allowsAbsence()) {
			return false
		}
		flat = false
	}
	if flat {
		return true
	}
	a := r.combine(d, ids)
	if a == unsure {
		a = r.odd(d, ids)
	}
	return a == yes
}

// odd decides what combine could not.
func (r *reading) odd(d disjunct, ids []int32) answer {
	r.work = workFirst + workEach*(len(r.values)+len(r.elements))
	absences := false
	for i := range d {
		absences = absences || d[i].allowsAbsence()
	}
	if !absences {
		if a := r.cover(d, ids); a != unsure {
			return a
		}
	}
	for len(r.chosen) < int(r.arrays) {
		r.chosen = append(r.chosen, 0)
	}
	clear(r.chosen[:r.arrays])
	r.trail = r.trail[:0]
	if r.solve(d, ids) || r.work < 0 {
		return yes
	}
	return no
}

func (f *field) allowsAbsence() bool {
	for i := range f.any {
		if f.any[i].kind == absent {
			return true
		}
	}
	return false
}

func (f *field) takes(l *leaf) bool {
	if f.many != nil {
		return f.many.takes(l)
	}
	return f.takesOne(l)
}

// takesOne puts the leaf to one matcher after the other.
func (f *field) takesOne(l *leaf) bool {
	for i := range f.any {
		if f.any[i].matches(l) {
			return true
		}
	}
	return false
}

func (r *reading) takesAny(f *field, head int32) bool {
	for i := head; i >= 0; i = r.values[i].next {
		if l := r.leaf(i); f.takes(&l) {
			return true
		}
	}
	return false
}

// outside says whether any value of the list is in no array, where every choice
// of elements sees it.
func (r *reading) outside(head int32) bool {
	for i := head; i >= 0; i = r.values[i].next {
		if r.values[i].in == 0 {
			return true
		}
	}
	return false
}

// solve finds values for all of d that agree with what is chosen already. It is
// the definition, by trial and error; combine.go is quicker wherever it can be.
// It gives up when r.work is used up.
func (r *reading) solve(d disjunct, ids []int32) bool {
	if len(d) == 0 {
		return true
	}
	f, head := &d[0], r.heads[ids[0]]
	if f.allowsAbsence() && !r.seesAny(head) && r.solve(d[1:], ids[1:]) {
		return true
	}
	tried := int32(-1) // the element of the last value that took us nowhere
	for i := head; i >= 0; i = r.values[i].next {
		v := &r.values[i]
		if r.work--; r.work < 0 {
			return false
		}
		if v.in == tried || !r.agrees(v.in) {
			continue
		}
		if l := r.leaf(i); !f.takes(&l) {
			continue
		}
		mark := len(r.trail)
		r.choose(v.in)
		if r.solve(d[1:], ids[1:]) {
			return true
		}
		r.unchoose(mark)
		tried = v.in
	}
	return false
}

// seesAny says whether any value of the list agrees with what is chosen.
func (r *reading) seesAny(head int32) bool {
	for i := head; i >= 0; i = r.values[i].next {
		r.work--
		if r.agrees(r.values[i].in) {
			return true
		}
	}
	return false
}

// chosen holds, for each array, the element that the values taken so far are in;
// 0 is none yet.

// agrees says whether an element is inside none but chosen elements and arrays
// of which none is chosen.
func (r *reading) agrees(in int32) bool {
	for ; in > 0; in = r.elements[in].parent {
		r.work--
		if c := r.chosen[r.elements[in].array]; c != 0 && c != in {
			return false
		}
	}
	return true
}

func (r *reading) choose(in int32) {
	for ; in > 0; in = r.elements[in].parent {
		if a := r.elements[in].array; r.chosen[a] == 0 {
			r.chosen[a] = in
			r.trail = append(r.trail, a)
		}
	}
}

func (r *reading) unchoose(mark int) {
	for _, a := range r.trail[mark:] {
		r.chosen[a] = 0
	}
	r.trail = r.trail[:mark]
}
