package pattern

import (
	"hash/maphash"
	"slices"
)

// A table finds entries by the whole of a value. It is two hash tables with open
// addressing: a large one that all snapshots share, and a small one of what
// changed since, which overrides it and is copied for each change.
type table[K comparable] struct {
	base, delta *flat[K]
	owned       bool // delta is the batch's own
}

type flat[K comparable] struct {
	slots []slot[K] // their number is a power of two
	n     int
}

type slot[K comparable] struct {
	hash uint64
	at   *posting[K]
}

// A posting is the entries under one key. An empty one says that there are none
// any more.
type posting[K comparable] struct {
	key     string
	entries []*entry[K]
	batch   uint64 // which may append in place
	tag     kind
}

func hashOf(seed maphash.Seed, tag kind, key []byte) uint64 {
	return maphash.Bytes(seed, key) + uint64(tag)*0x9E3779B97F4A7C15
}

// get gives the entries under a key.
func (t *table[K]) get(tag kind, key []byte, seed maphash.Seed) []*entry[K] {
	if t.base == nil && t.delta == nil {
		return nil
	}
	p := t.posting(hashOf(seed, tag, key), tag, key)
	if p == nil {
		return nil
	}
	return p.entries
}

func (t *table[K]) posting(hash uint64, tag kind, key []byte) *posting[K] {
	if t.delta != nil {
		if p := t.delta.get(hash, tag, key); p != nil {
			return p
		}
	}
	if t.base != nil {
		return t.base.get(hash, tag, key)
	}
	return nil
}

func (f *flat[K]) get(hash uint64, tag kind, key []byte) *posting[K] {
	mask := uint64(len(f.slots) - 1)
	for i := hash; ; i++ {
		s := &f.slots[i&mask]
		if s.at == nil {
			return nil
		}
		if s.hash == hash && s.at.tag == tag && s.at.key == string(key) {
			return s.at
		}
	}
}

// put sets the posting of a key. There has to be room.
func (f *flat[K]) put(hash uint64, p *posting[K]) {
	mask := uint64(len(f.slots) - 1)
	for i := hash; ; i++ {
		s := &f.slots[i&mask]
		if s.at == nil {
			f.n++
			*s = slot[K]{hash, p}
			return
		}
		if s.hash == hash && s.at.tag == p.tag && s.at.key == p.key {
			s.at = p
			return
		}
	}
}

// grown gives a copy with room for n more.
func (f *flat[K]) grown(n int) *flat[K] {
	size, have := 8, 0
	if f != nil {
		have = f.n
	}
	for size*2 < 3*(have+n) {
		size *= 2
	}
	g := &flat[K]{slots: make([]slot[K], size)}
	if f != nil {
		g.take(f)
	}
	return g
}

func (f *flat[K]) take(from *flat[K]) {
	for _, s := range from.slots {
		if s.at != nil {
			f.put(s.hash, s.at)
		}
	}
}

func (t table[K]) clone() table[K] { return table[K]{base: t.base, delta: t.delta} }

// set puts a posting into the delta.
func (t *table[K]) set(hash uint64, p *posting[K]) {
	if !t.owned || 3*(t.delta.n+1) > 2*len(t.delta.slots) {
		more := 1
		if t.owned {
			more = t.delta.n + 1
		}
		t.delta, t.owned = t.delta.grown(more), true
	}
	t.delta.put(hash, p)
}

func (t *table[K]) add(tag kind, key string, e *entry[K], seed maphash.Seed, batch uint64) {
	hash := hashOf(seed, tag, unsafeBytes(key))
	p := t.posting(hash, tag, unsafeBytes(key))
	if p == nil {
		t.set(hash, &posting[K]{key: key, tag: tag, entries: []*entry[K]{e}, batch: batch})
		return
	}
	if p.batch == batch {
		p.entries = append(p.entries, e)
		return
	}
	t.set(hash, &posting[K]{key: key, tag: tag, entries: append(slices.Clip(p.entries), e), batch: batch})
}

func (t *table[K]) remove(tag kind, key string, e *entry[K], seed maphash.Seed, batch uint64) {
	hash := hashOf(seed, tag, unsafeBytes(key))
	if p := t.posting(hash, tag, unsafeBytes(key)); p != nil {
		t.set(hash, &posting[K]{key: key, tag: tag, entries: drop(p.entries, e), batch: batch})
	}
}

// smallest is the size up to which a delta is left as it is.
const smallest = 64

// settle ends a batch's changes. A delta that has grown large against the base
// becomes a new base with it, without the postings that are empty.
func (t *table[K]) settle() {
	t.owned = false
	if t.delta == nil || t.base == nil && t.delta.n <= smallest || t.base != nil && t.delta.n <= smallest+t.base.n/16 {
		return
	}
	all := t.base.grown(t.delta.n)
	all.take(t.delta)
	kept := 0
	for _, s := range all.slots {
		if s.at != nil && len(s.at.entries) > 0 {
			kept++
		}
	}
	base := (*flat[K])(nil).grown(kept)
	for _, s := range all.slots {
		if s.at != nil && len(s.at.entries) > 0 {
			base.put(s.hash, s.at)
		}
	}
	t.base, t.delta = base, nil
}
