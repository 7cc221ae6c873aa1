package source

import "math"

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

// pick is the run that b seems to go on by; nil if there is none. It is tried first what
// it was last: if that is so, a processor goes on there before it has found it so.
func (p *place) pick(b []byte) *run {
	if t := p.tell; t != nil && len(b) >= t.at+8 {
		next, told := load(b[t.at:])&t.mask, p.told
		turns := told == nil || told.key != next
		if turns {
			told = &t.slots[slotOf(next)]
		}
		if told.key == next && told.run != nil {
			if turns {
				p.told, p.last = told, told.k
				p.turns++
			}
			p.gone++
			return told.run
		}
	}
	if w := p.pickWay(b); w != nil {
		return w.run
	}
	return nil
}

// pickWay is the way that b seems to go on. It is told by a part of its text, without
// looking at one way after the other: which it is nobody could guess.
func (p *place) pickWay(b []byte) *way {
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
	run *run // of way, if there is one
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
	p.indexed, p.again, p.tell, p.told, p.tells = len(p.ways), 2*p.gone, nil, nil, nil
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
		p.tell = p.tells[0]
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
				*slot = told{key, w.run, w, k}
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

// point has what tells of a way tell of its run as it is now.
func (p *place) point(w *way) {
	for _, t := range p.tells {
		for i := range t.slots {
			if t.slots[i].way == w {
				t.slots[i].run = w.run
			}
		}
	}
}
