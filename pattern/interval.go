package pattern

import (
	"math"
	"slices"
)

// An interval is a node of a treap over ranges, in order of their lower and then
// upper bounds; each knows the highest upper bound below it, which is what finds
// all ranges around a number without reading the others. The nil interval is the
// empty tree. Changing it copies the nodes on the way, but those that the same batch copied before.
type interval[K comparable] struct {
	lo, hi, highest float64
	rank            uint64 // above those of the kids
	left, right     *interval[K]
	entries         []*entry[K]
	batch           uint64 // which may change it in place
}

// own gives t or a copy of it that the batch may change.
func (t *interval[K]) own(batch uint64) *interval[K] {
	if t.batch == batch {
		return t
	}
	c := *t
	c.batch = batch
	c.entries = slices.Clip(t.entries)
	return &c
}

// rankOf gives ranges a random order that is always the same.
func rankOf(lo, hi float64) uint64 {
	x := math.Float64bits(lo)*0x9E3779B97F4A7C15 ^ math.Float64bits(hi)*0xC2B2AE3D27D4EB4F
	x ^= x >> 29
	x *= 0xBF58476D1CE4E5B9
	return x ^ x>>32
}

func (t *interval[K]) before(lo, hi float64) bool {
	return t.lo < lo || t.lo == lo && t.hi < hi
}

// measured sets highest from the kids.
func (t *interval[K]) measured() *interval[K] {
	t.highest = t.hi
	if t.left != nil {
		t.highest = max(t.highest, t.left.highest)
	}
	if t.right != nil {
		t.highest = max(t.highest, t.right.highest)
	}
	return t
}

func (t *interval[K]) add(lo, hi float64, e *entry[K], batch uint64) *interval[K] {
	rank := rankOf(lo, hi)
	if t == nil {
		return &interval[K]{lo: lo, hi: hi, highest: hi, rank: rank, entries: []*entry[K]{e}, batch: batch}
	}
	c := t.own(batch)
	switch {
	case t.lo == lo && t.hi == hi:
		c.entries = append(c.entries, e)
		return c
	case t.before(lo, hi):
		c.right = t.right.add(lo, hi, e, batch)
		if c.right.rank > c.rank {
			up := c.right // new or copied by add: ours to change
			c.right = up.left
			up.left = c.measured()
			return up.measured()
		}
	default:
		c.left = t.left.add(lo, hi, e, batch)
		if c.left.rank > c.rank {
			up := c.left
			c.left = up.right
			up.right = c.measured()
			return up.measured()
		}
	}
	return c.measured()
}

func (t *interval[K]) remove(lo, hi float64, e *entry[K], batch uint64) *interval[K] {
	if t == nil {
		return nil
	}
	c := t.own(batch)
	switch {
	case t.lo == lo && t.hi == hi:
		c.entries = drop(t.entries, e)
		if len(c.entries) == 0 {
			return join(t.left, t.right, batch)
		}
	case t.before(lo, hi):
		c.right = t.right.remove(lo, hi, e, batch)
	default:
		c.left = t.left.remove(lo, hi, e, batch)
	}
	return c.measured()
}

// join makes one tree of two of which the first is before the second.
func join[K comparable](a, b *interval[K], batch uint64) *interval[K] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.rank > b.rank:
		c := a.own(batch)
		c.right = join(a.right, b, batch)
		return c.measured()
	}
	c := b.own(batch)
	c.left = join(a, b.left, batch)
	return c.measured()
}

// find tries the entries of all ranges around n.
func (t *interval[K]) find(f *finder[K], n float64) {
	for t != nil && n <= t.highest {
		t.left.find(f, n)
		if n < t.lo {
			return
		}
		if n <= t.hi {
			f.tryAll(t.entries)
		}
		t = t.right
	}
}

// count is how many entries there are for just this range.
func (t *interval[K]) count(lo, hi float64) int {
	for t != nil {
		switch {
		case t.lo == lo && t.hi == hi:
			return len(t.entries)
		case t.before(lo, hi):
			t = t.right
		default:
			t = t.left
		}
	}
	return 0
}
