package pattern

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Set holds patterns under keys and finds all that match an event, in time that
// depends on how many match more than on how many there are.
//
// A Set may be matched against by any number of goroutines while others change
// it: Match works on the state the Set had when it was called, and a change is
// seen by every Match that is called after it returned. The zero Set is empty
// and ready for use; it must not be copied after that.
type Set[K comparable] struct {
	now      atomic.Pointer[snapshot[K]]
	readings sync.Pool

	mu    sync.Mutex // guards what follows: writers take turns
	rules map[K]*rule[K]
	paths registry
	seed  maphash.Seed
	marks numbers

	batches uint64 // how many there were
}

// snapshot is the state of a Set between two changes. It does not change.
type snapshot[K comparable] struct {
	root    *node
	indexes []*index[K] // by path id
	always  []*entry[K] // what no index finds
	size    int         // how many rules
	marks   int32       // numbers of rules and entries are below this
	seed    maphash.Seed
}

// A rule is a key with its pattern. Its mark is set when it was found; if it has
// one entry only, they share the mark.
type rule[K comparable] struct {
	key     K
	mark    int32
	entries []*entry[K]
}

// An entry is a disjunct of a rule in a Set.
type entry[K comparable] struct {
	rule  *rule[K]
	d     disjunct
	ids   []int32
	mark  int32 // set when it was tried
	filed int32 // which of the fields it is filed under, or -1 if none
}

// Add puts a pattern under a key, in the place of the one that was there.
func (s *Set[K]) Add(key K, p *Pattern) {
	s.Update(func(b *Batch[K]) { b.Add(key, p) })
}

// Remove takes the pattern under key away and says whether there was one.
func (s *Set[K]) Remove(key K) (found bool) {
	s.Update(func(b *Batch[K]) { found = b.Remove(key) })
	return found
}

// Len is the number of patterns in the Set.
func (s *Set[K]) Len() int {
	if snap := s.now.Load(); snap != nil {
		return snap.size
	}
	return 0
}

// Update makes several changes at once: Match sees all of them or none. For many
// patterns it is much faster than as many calls of Add. change must not call
// methods of the Set that change it.
func (s *Set[K]) Update(change func(*Batch[K])) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batch()
	change(b)
	s.now.Store(b.finish())
}

// Match appends to dst the keys of the patterns that match event, each once, in
// no particular order. event must have passed [Check]. It does not allocate
// beyond what dst needs.
func (s *Set[K]) Match(event []byte, dst []K) []K {
	snap := s.now.Load()
	if snap == nil {
		return dst
	}
	r := s.reading()
	r.begin(event, len(snap.indexes))
	r.read(snap.root)
	dst = snap.match(r, dst)
	s.readings.Put(r)
	return dst
}

// CheckMatch is [Check] and Match in one pass over the event. If the event is
// malformed, dst is as it was and the error is Check's.
func (s *Set[K]) CheckMatch(event []byte, dst []K) ([]K, error) {
	snap := s.now.Load()
	if snap == nil {
		return dst, Check(event)
	}
	r := s.reading()
	defer s.readings.Put(r)
	r.begin(event, len(snap.indexes))
	if !r.readStrict(snap.root) {
		r.end()
		return dst, Check(event)
	}
	return snap.match(r, dst), nil
}

func (s *Set[K]) reading() *reading {
	if r, _ := s.readings.Get().(*reading); r != nil {
		return r
	}
	return new(reading)
}

// match finds the rules for the event that was read.
func (snap *snapshot[K]) match(r *reading, dst []K) []K {
	f := finder[K]{r: r, found: dst, folded: &r.folded}
	f.ready(snap.marks)
	for _, id := range r.touched {
		if x := snap.indexes[id]; x != nil {
			x.find(&f, snap.seed, r.heads[id])
		}
	}
	f.tryAll(snap.always)
	r.end()
	return f.found
}

// A finder collects the rules that match one event; or, to be asked about one
// leaf, it finds out whether any entry's first matcher holds for that.
type finder[K comparable] struct {
	r      *reading
	found  []K
	folded *[]byte // room for text in one case
	one    leaf    // that is asked about; of no reading if none is
	hit    bool    // one was taken
}

// ready begins a round of marks, which say which entries were tried already and
// which rules were found.
func (f *finder[K]) ready(marks int32) {
	r := f.r
	if len(r.marks) < int(marks) {
		r.marks = append(r.marks, make([]uint32, int(marks)-len(r.marks))...)
	}
	r.round++
	if r.round == 0 {
		clear(r.marks)
		r.round = 1
	}
}

func (f *finder[K]) tryAll(entries []*entry[K]) {
	for _, e := range entries {
		f.try(e)
	}
}

func (f *finder[K]) try(e *entry[K]) {
	if f.one.r != nil {
		f.hit = f.hit || e.d[0].any[0].matches(&f.one)
		return
	}
	r := f.r
	rule := e.rule
	if r.marks[e.mark] == r.round || r.marks[rule.mark] == r.round {
		return
	}
	r.marks[e.mark] = r.round
	if r.holds(e.d, e.ids) {
		r.marks[rule.mark] = r.round
		f.found = append(f.found, rule.key)
	}
}

// numbers hands out small numbers and takes them back.
type numbers struct {
	free []int32
	next int32
}

func (n *numbers) take() int32 {
	if last := len(n.free) - 1; last >= 0 {
		number := n.free[last]
		n.free = n.free[:last]
		return number
	}
	n.next++
	return n.next - 1
}

// registry gives paths ids and counts their users.
type registry struct {
	ids  map[string]int32
	uses []int32
	free []int32
}

// use counts one more user of a path; fresh says that it is the first.
func (g *registry) use(path string) (id int32, fresh bool) {
	if g.ids == nil {
		g.ids = map[string]int32{}
	}
	id, ok := g.ids[path]
	if !ok {
		if n := len(g.free); n > 0 {
			id, g.free = g.free[n-1], g.free[:n-1]
		} else {
			id = int32(len(g.uses))
			g.uses = append(g.uses, 0)
		}
		g.ids[path] = id
	}
	g.uses[id]++
	return id, !ok
}

// drop counts one user less; last says that there is none left.
func (g *registry) drop(path string) (id int32, last bool) {
	id = g.ids[path]
	g.uses[id]--
	if g.uses[id] > 0 {
		return id, false
	}
	delete(g.ids, path)
	g.free = append(g.free, id)
	return id, true
}
