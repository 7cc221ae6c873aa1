package pattern

import (
	"hash/maphash"
	"slices"
)

// A table finds entries by the whole of a value. It is a hash table by extendible
// hashing: the first bits of a hash choose a shard, which is a small table with
// open addressing. A change copies one shard and the list of them, and a shard
// that fills up is split in two, so that no change takes long, however large the
// table; what was copied before by the same batch is changed in place.
type table[K comparable] struct {
	shards []*shard[K] // their number is 1<<bits
	bits   uint8
	batch  uint64 // which may change shards in place
}

type shard[K comparable] struct {
	slots []slot[K] // their number is a power of two
	n     int       // postings, those that are empty too
	empty int
	bits  uint8 // how many first bits of the hash all here share
	batch uint64
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

// crowded is how many postings a shard holds at most.
const crowded = 341 // two thirds of 512 slots

func hashOf(seed maphash.Seed, tag kind, key []byte) uint64 {
	return maphash.Bytes(seed, key) + uint64(tag)*0x9E3779B97F4A7C15
}

// get gives the entries under a key.
func (t *table[K]) get(tag kind, key []byte, seed maphash.Seed) []*entry[K] {
	if t.shards == nil {
		return nil
	}
	p := t.posting(hashOf(seed, tag, key), tag, key)
	if p == nil {
		return nil
	}
	return p.entries
}

// at is the place in shards for a hash.
func (t *table[K]) at(hash uint64) uint64 { return hash >> (64 - t.bits) }

func (t *table[K]) posting(hash uint64, tag kind, key []byte) *posting[K] {
	if t.shards == nil {
		return nil
	}
	s := t.shards[t.at(hash)]
	mask := uint64(len(s.slots) - 1)
	for i := hash; ; i++ {
		x := &s.slots[i&mask]
		if x.at == nil {
			return nil
		}
		if x.hash == hash && x.at.tag == tag && x.at.key == string(key) {
			return x.at
		}
	}
}

func (t *table[K]) add(tag kind, key string, e *entry[K], seed maphash.Seed, batch uint64) {
	hash := hashOf(seed, tag, unsafeBytes(key))
	p := t.posting(hash, tag, unsafeBytes(key))
	if p == nil {
		t.set(hash, &posting[K]{key: key, tag: tag, entries: []*entry[K]{e}, batch: batch}, batch)
		return
	}
	if p.batch == batch && len(p.entries) > 0 {
		p.entries = append(p.entries, e)
		return
	}
	t.set(hash, &posting[K]{key: key, tag: tag, entries: append(slices.Clip(p.entries), e), batch: batch}, batch)
}

func (t *table[K]) remove(tag kind, key string, e *entry[K], seed maphash.Seed, batch uint64) {
	hash := hashOf(seed, tag, unsafeBytes(key))
	if p := t.posting(hash, tag, unsafeBytes(key)); p != nil {
		t.set(hash, &posting[K]{key: key, tag: tag, entries: drop(p.entries, e), batch: batch}, batch)
	}
}

// set puts a posting in the place of the one with the same key.
func (t *table[K]) set(hash uint64, p *posting[K], batch uint64) {
	switch {
	case t.shards == nil:
		t.shards = []*shard[K]{newShard[K](0, 1, batch)}
	case t.batch != batch:
		t.shards = slices.Clone(t.shards)
	}
	t.batch = batch
	s := t.own(hash, batch)
	for s.n >= crowded && s.bits < 32 {
		t.split(hash, batch)
		s = t.shards[t.at(hash)]
	}
	if 3*(s.n+1) > 2*len(s.slots) {
		s = s.copied(s.n+1, batch)
		t.place(hash, s)
	}
	s.put(hash, p)
}

// own makes the shard of a hash one that the batch may change.
func (t *table[K]) own(hash, batch uint64) *shard[K] {
	s := t.shards[t.at(hash)]
	if s.batch != batch {
		s = s.copied(1, batch)
		t.place(hash, s)
	}
	return s
}

// place puts a shard wherever its bits lead to.
func (t *table[K]) place(hash uint64, s *shard[K]) {
	n := uint64(1) << (t.bits - s.bits)
	first := t.at(hash) &^ (n - 1)
	for i := first; i < first+n; i++ {
		t.shards[i] = s
	}
}

// split makes two of the shard of a hash, by the next bit.
func (t *table[K]) split(hash, batch uint64) {
	s := t.shards[t.at(hash)]
	if s.bits == t.bits {
		twice := make([]*shard[K], 0, 2*len(t.shards))
		for _, s := range t.shards {
			twice = append(twice, s, s)
		}
		t.shards = twice
		t.bits++
	}
	halves := [2]*shard[K]{newShard[K](s.bits+1, s.n/2+1, batch), newShard[K](s.bits+1, s.n/2+1, batch)}
	prefix := hash &^ (1<<(63-s.bits)<<1 - 1)
	for i, half := range halves {
		for _, x := range s.slots {
			if x.at == nil || x.hash>>(63-s.bits)&1 != uint64(i) {
				continue
			}
			if 3*(half.n+1) > 2*len(half.slots) {
				half = half.copied(half.n+1, batch)
			}
			half.put(x.hash, x.at)
		}
		t.place(prefix|uint64(i)<<(63-s.bits), half)
	}
}

func newShard[K comparable](bits uint8, room int, batch uint64) *shard[K] {
	size := 4
	for size*2 < 3*room {
		size *= 2
	}
	return &shard[K]{slots: make([]slot[K], size), bits: bits, batch: batch}
}

// copied gives a copy with room for more postings, without those that are empty.
func (s *shard[K]) copied(more int, batch uint64) *shard[K] {
	if s.empty == 0 && 3*(s.n+more) <= 2*len(s.slots) {
		c := *s
		c.slots, c.batch = slices.Clone(s.slots), batch
		return &c
	}
	c := newShard[K](s.bits, s.n-s.empty+more, batch)
	for _, x := range s.slots {
		if x.at != nil && len(x.at.entries) > 0 {
			c.put(x.hash, x.at)
		}
	}
	return c
}

// put sets the posting of a key. There has to be room.
func (s *shard[K]) put(hash uint64, p *posting[K]) {
	mask := uint64(len(s.slots) - 1)
	for i := hash; ; i++ {
		x := &s.slots[i&mask]
		if x.at == nil {
			s.n++
			*x = slot[K]{hash, p}
			break
		}
		if x.hash == hash && x.at.tag == p.tag && x.at.key == p.key {
			if len(x.at.entries) == 0 {
				s.empty--
			}
			x.at = p
			break
		}
	}
	if len(p.entries) == 0 {
		s.empty++
	}
}
