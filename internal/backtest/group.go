package backtest

import (
	"encoding/json"
	"hash/maphash"
	"strings"
)

// groups are matches by what they are about, with their times, which incidents
// are counted from. There may be as many groups as matches, so that each is kept
// small, and nothing is moved when there are more.
type groups struct {
	n     int               // how many there are
	end   int               // the number of the next
	pages []*[pageLen]group // in the order of their numbers; those without a match are none
	slots []uint64          // by the hash of a name, that hash above the group's number and one more; 0 is none
	names text

	waiting []byte // names that were added last
	waits   []wait
	fetched bool // so that fetching is not left out
	hashes  [mostWaiting]uint64
}

// A wait is a match that is to be counted: of the name in waiting up to end.
type wait struct {
	end    int
	second int64
}

// mostWaiting is how many matches are counted together.
const mostWaiting = 64

const pageLen = 256

// pageSlots is how many slots fill a page of the operating system's memory.
const pageSlots = 4096 / 8

type group struct {
	Name  string
	Count int64
	First int64
	More  []int64 `json:",omitempty"` // times after the first one given, each once in a row
}

var nameSeed = maphash.MakeSeed()

// get gives the k-th group.
func (g *groups) get(k int) *group { return &g.pages[k/pageLen][k%pageLen] }

// all calls each with every group, in the order in which they were made.
func (g *groups) all(each func(*group) bool) {
	g.settle()
	for k := range g.end {
		if of := g.get(k); of.Count > 0 && !each(of) {
			return
		}
	}
}

// number is the part of a slot that is the group's number and one more; the rest is
// of its name's hash.
const number = 1<<32 - 1

// find finds a group, or the slot for it. Names are many and nearly all are new at
// first, which is why this is no map.
func find[T ~string | ~[]byte](g *groups, hash uint64, name T) (slot uint64, of *group) {
	if 3*g.n >= 2*len(g.slots) {
		g.grow()
	}
	mask := uint64(len(g.slots) - 1)
	i := g.seek(hash, hash>>32&mask)
	for ; g.slots[i] != 0; i = g.seek(hash, (i+1)&mask) {
		if of := g.of(g.slots[i]); of.Name == string(name) {
			return i, of
		}
	}
	return i, nil
}

// seek gives the first slot from i on that is free or of a name with the hash.
func (g *groups) seek(hash, i uint64) uint64 {
	mask := uint64(len(g.slots) - 1)
	for g.slots[i] != 0 && g.slots[i]&^number != hash {
		i = (i + 1) & mask
	}
	return i
}

// of gives the group of a slot.
func (g *groups) of(slot uint64) *group { return g.get(int(slot&number) - 1) }

// next makes a group for a slot.
func (g *groups) next(slot, hash uint64) *group {
	if g.end == len(g.pages)*pageLen {
		g.pages = append(g.pages, new([pageLen]group))
	}
	g.n++
	g.end++
	g.slots[slot] = hash | uint64(g.end)
	return g.get(g.end - 1)
}

// grow makes room for as many names again, or for the first.
func (g *groups) grow() {
	old := g.slots
	g.slots = make([]uint64, max(64, 4*len(old)))
	for i := 0; i < len(g.slots); i += pageSlots {
		// Memory that is read before it is written is mapped twice, the second time
		// with a message to each processor.
		g.slots[i] = 0
	}
	mask := uint64(len(g.slots) - 1)
	for _, s := range old {
		if s != 0 {
			i := s >> 32 & mask
			for g.slots[i] != 0 {
				i = (i + 1) & mask
			}
			g.slots[i] = s
		}
	}
}

// add counts one match; second is noDate for one without a time. It is counted with
// others: where they all stand is looked up at once, while one by one each would
// have to be waited for, as there is more than fits a processor's cache.
func (g *groups) add(name []byte, second int64) {
	g.waiting = append(g.waiting, name...)
	if g.waits = append(g.waits, wait{len(g.waiting), second}); len(g.waits) == mostWaiting {
		g.settle()
	}
}

// settle counts what waits.
func (g *groups) settle() {
	if 3*(g.n+len(g.waits)) >= 2*len(g.slots) {
		g.grow()
	}
	mask := uint64(len(g.slots) - 1)
	from, some := 0, uint64(0)
	for i, w := range g.waits {
		hash := maphash.Bytes(nameSeed, g.waiting[from:w.end]) &^ number
		g.hashes[i] = hash
		some |= g.slots[hash>>32&mask]
		from = w.end
	}
	g.fetched = some != 0
	from = 0
	for i, w := range g.waits {
		name, hash := g.waiting[from:w.end], g.hashes[i]
		from = w.end
		slot, of := find(g, hash, name)
		if of == nil {
			of = g.next(slot, hash)
			of.Name, of.First = g.names.keep(name), w.second
		} else {
			of.time(w.second)
		}
		of.Count++
	}
	g.waits, g.waiting = g.waits[:0], g.waiting[:0]
}

func (g *group) time(second int64) {
	last := g.First
	if n := len(g.More); n > 0 {
		last = g.More[n-1]
	}
	if second != last {
		g.More = append(g.More, second)
	}
}

// merge adds o, which must not be used any more. The groups stay where they are:
// nearly all are of one side alone, and need not even be looked at.
func (g *groups) merge(o *groups) {
	g.settle()
	o.settle()
	if g.n < o.n {
		*g, *o = *o, *g
	}
	for 3*(g.n+o.n) >= 2*len(g.slots) && o.n > 0 { // first, as what comes in the order of hashes would crowd
		g.grow()
	}
	before := uint64(len(g.pages) * pageLen)
	g.pages = append(g.pages, o.pages...)
	g.end = len(g.pages) * pageLen
	mask := uint64(len(g.slots) - 1)
	for _, s := range o.slots {
		if s == 0 {
			continue
		}
		hash := s &^ number
		slot := g.seek(hash, hash>>32&mask)
		if g.slots[slot] != 0 {
			from := o.of(s)
			free, of := find(g, hash, from.Name)
			if of != nil {
				of.take(from)
				from.Count = 0
				continue
			}
			slot = free
		}
		g.slots[slot] = s + before
		g.n++
	}
}

// take adds what is of the same name.
func (g *group) take(from *group) {
	g.Count += from.Count
	g.time(from.First)
	for _, t := range from.More {
		g.time(t)
	}
}

// MarshalJSON writes groups as a list.
func (g *groups) MarshalJSON() ([]byte, error) {
	all := make([]*group, 0, g.n)
	for of := range g.all {
		all = append(all, of)
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (g *groups) UnmarshalJSON(b []byte) error {
	var all []group
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*g = groups{}
	for i := range all {
		from := &all[i]
		hash := maphash.String(nameSeed, from.Name) &^ number // the same as that of bytes
		slot, of := find(g, hash, from.Name)
		if of == nil {
			*g.next(slot, hash) = *from
		} else {
			of.take(from)
		}
	}
	return nil
}

// text keeps many short strings in few pieces of memory.
type text struct{ piece *strings.Builder }

func (t *text) keep(b []byte) string {
	const size = 64 << 10
	if len(b) > size/8 {
		return string(b)
	}
	if t.piece == nil || t.piece.Cap()-t.piece.Len() < len(b) {
		t.piece = new(strings.Builder)
		t.piece.Grow(size)
	}
	n := t.piece.Len()
	t.piece.Write(b)
	return t.piece.String()[n:]
}
