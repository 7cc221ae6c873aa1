package pattern

import (
	"hash/maphash"
	"slices"
)

// Batch is what a function given to [Set.Update] changes the Set by. It must not
// be used after that function returned.
type Batch[K comparable] struct {
	set  *Set[K]
	next snapshot[K]
	own  map[int32]bool // indexes that this batch made and may change
	kept bool           // always is still that of the snapshot before
	id   uint64         // marks what this batch may change in place

	paths map[string]bool // that came or went
}

func (s *Set[K]) batch() *Batch[K] {
	s.batches++
	b := &Batch[K]{set: s, own: map[int32]bool{}, kept: true, id: s.batches, paths: map[string]bool{}}
	if before := s.now.Load(); before != nil {
		b.next = *before
		b.next.indexes = slices.Clone(before.indexes)
		return b
	}
	s.seed = maphash.MakeSeed()
	s.rules = map[K]*rule[K]{}
	b.next.root = newNode()
	b.next.seed = s.seed
	return b
}

// finish gives what the batch made for use.
func (b *Batch[K]) finish() *snapshot[K] {
	b.route()
	b.next.size = len(b.set.rules)
	b.next.marks = b.set.marks.next
	snap := b.next
	return &snap
}

// manyPaths is how many may come or go before the trie is better built anew.
const manyPaths = 8

// route makes the trie lead to the paths that are in use.
func (b *Batch[K]) route() {
	ids := b.set.paths.ids
	if len(b.paths) > manyPaths {
		b.next.root = buildTrie(ids)
		return
	}
	for path := range b.paths {
		if id, used := ids[path]; used {
			b.next.root = b.next.root.with(path, id)
		} else {
			b.next.root = b.next.root.without(path)
		}
	}
}

// Add puts a pattern under a key, in the place of the one that was there.
func (b *Batch[K]) Add(key K, p *Pattern) {
	b.Remove(key)
	s := b.set
	r := &rule[K]{key: key, mark: s.marks.take()}
	s.rules[key] = r
	r.entries = make([]*entry[K], len(p.disjuncts))
	for i, d := range p.disjuncts {
		e := &entry[K]{rule: r, d: d, ids: make([]int32, len(d)), mark: r.mark, filed: -1}
		if len(p.disjuncts) > 1 {
			e.mark = s.marks.take()
		}
		for j := range d {
			e.ids[j] = b.path(d[j].path)
		}
		r.entries[i] = e
		b.file(e)
	}
}

// path gives the id of a path that one more field uses.
func (b *Batch[K]) path(path string) int32 {
	id, fresh := b.set.paths.use(path)
	if fresh {
		b.paths[path] = true
		for int(id) >= len(b.next.indexes) {
			b.next.indexes = append(b.next.indexes, nil)
		}
		b.next.indexes[id] = newIndex[K]()
		b.own[id] = true
	}
	return id
}

// index gives a path's index to be changed.
func (b *Batch[K]) index(id int32) *index[K] {
	if !b.own[id] {
		b.own[id] = true
		b.next.indexes[id] = b.next.indexes[id].clone()
	}
	return b.next.indexes[id]
}

// file puts an entry where the event's values that it cannot do without find it.
// Of its fields it takes the one with the fewest others in the same places.
func (b *Batch[K]) file(e *entry[K]) {
	best := -1
	for i := range e.d {
		x := b.next.indexes[e.ids[i]]
		cost, ok := x.cost(&e.d[i], b.set.seed)
		if ok && (e.filed < 0 || cost < best) {
			best, e.filed = cost, int32(i)
		}
	}
	if e.filed < 0 {
		if b.kept {
			b.next.always, b.kept = slices.Clone(b.next.always), false
		}
		b.next.always = append(b.next.always, e)
		return
	}
	f := &e.d[e.filed]
	b.index(e.ids[e.filed]).add(f, e, b.set.seed, b.id)
}

// Remove takes the pattern under key away and says whether there was one.
func (b *Batch[K]) Remove(key K) bool {
	s := b.set
	r := s.rules[key]
	if r == nil {
		return false
	}
	delete(s.rules, key)
	s.marks.free = append(s.marks.free, r.mark)
	for _, e := range r.entries {
		if e.mark != r.mark {
			s.marks.free = append(s.marks.free, e.mark)
		}
		b.unfile(e)
		for j := range e.d {
			if id, last := s.paths.drop(e.d[j].path); last {
				b.paths[e.d[j].path] = true
				b.next.indexes[id] = nil
				delete(b.own, id)
			}
		}
	}
	return true
}

func (b *Batch[K]) unfile(e *entry[K]) {
	if e.filed >= 0 {
		b.index(e.ids[e.filed]).remove(&e.d[e.filed], e, b.set.seed, b.id)
		return
	}
	if b.kept {
		b.next.always, b.kept = slices.Clone(b.next.always), false
	}
	if i := slices.Index(b.next.always, e); i >= 0 {
		last := len(b.next.always) - 1
		b.next.always[i] = b.next.always[last]
		b.next.always[last] = nil
		b.next.always = b.next.always[:last]
	}
}
