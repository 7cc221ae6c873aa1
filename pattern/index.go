package pattern

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

// An index finds, from a value at one path, the entries filed there that the
// value may satisfy: all that it does, and perhaps others, since every entry
// found is verified. An entry with exists:false cannot be filed by that field: it
// is found where there is nothing to look up.
//
// Indexes do not change once a snapshot has them; a batch changes its own copy.
type index[K comparable] struct {
	table    table[K] // exact, spelled, equals, address, foldExact, network
	starts   radix[K] // prefix, and wild by its beginning
	ends     radix[K] // suffix, and wild by its end
	lowStart radix[K] // foldStart
	lowEnd   radix[K] // foldEnd
	ranges   *interval[K]
	inside   [gram + 1]int // how many wild are in the table by a piece of that many bytes
	loose    []*entry[K]   // wild that is only a star
	any      []*entry[K]   // exists, and anything-but
	filed    [kinds]int    // how many matchers of each kind
	masks4   uint64        // mask lengths of network, one bit each
	masks6   [2]uint64
}

func newIndex[K comparable]() *index[K] { return &index[K]{} }

// clone is for a batch, which owns the copy but not what it points to.
func (x *index[K]) clone() *index[K] {
	c := *x
	c.loose = slices.Clone(x.loose)
	c.any = slices.Clone(x.any)
	return &c
}

// What it costs, in entries tried in vain, to look something up that is vague.
const (
	crowd        = 64 // per entry in the same place
	costLiteral  = 400
	costRange    = 300
	costAll      = 1000
	costLoose    = 600
	costEdge     = 200 // over the length of the text
	costEnvelope = 100 // a member of the envelope: few different values
)

// cost says how well the field would do to find its entry by. It is not ok if
// the field can hold without anything to look up.
func (x *index[K]) cost(f *field, seed maphash.Seed) (cost int, ok bool) {
	if !strings.Contains(f.path, ".") {
		cost = costEnvelope
	}
	for i := range f.any {
		m := &f.any[i]
		switch m.kind {
		case exact, equals, address, foldExact, network:
			cost += 1
		case spelled:
			cost += costLiteral
		case prefix, suffix, foldStart, foldEnd:
			t, text := x.edge(m)
			cost += costEdge/(1+len(text)) + crowd*t.count(text)
		case wild:
			if t, text := x.edge(m); t != nil {
				cost += 2*costEdge/(1+len(text)) + crowd*t.count(text)
			} else if piece, others := x.piece(m, seed); piece != "" {
				cost += costLoose/len(piece) + crowd*others
			} else {
				cost += costAll + crowd*len(x.loose)
			}
		case between:
			cost += costRange + crowd*x.ranges.count(m.more.lo, m.more.hi)
		case absent:
			return 0, false
		default: // exists, and anything-but: a value there has to be
			cost += costAll + crowd*len(x.any)
		}
		if tag, key, ok := tableKey(m); ok {
			cost += crowd * len(x.table.get(tag, unsafeBytes(key), seed))
		}
	}
	return cost, true
}

func last[T any](s []T) T { return s[len(s)-1] }

// tableKey is what the matcher is found under, if it is in the table.
func tableKey(m *matcher) (tag kind, key string, ok bool) {
	switch m.kind {
	case exact, spelled:
		return m.kind, m.text, true
	case foldExact:
		return m.kind, string(appendFolded(nil, unsafeBytes(m.text))), true
	case equals:
		b := numberKey(m.more.lo)
		return m.kind, string(b[:]), true
	case address:
		b := addressKey(m.more.addr)
		return m.kind, string(b[:]), true
	case network:
		b := networkKey(m.more.net)
		return m.kind, string(b[:]), true
	}
	return 0, "", false
}

func numberKey(n float64) (b [8]byte) {
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(n))
	return b
}

func addressKey(a netip.Addr) (b [17]byte) {
	raw := a.As16()
	copy(b[:], raw[:])
	b[16] = byte(a.BitLen())
	return b
}

func networkKey(p netip.Prefix) (b [18]byte) {
	a := addressKey(p.Addr())
	copy(b[:], a[:])
	b[17] = byte(p.Bits())
	return b
}

// appendFolded appends s with each character in the one form that all its cases
// share.
func appendFolded(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		r, size := decodeRune(s, i)
		dst = utf8.AppendRune(dst, canonicalCase(r))
		i += size
	}
	return dst
}

// add files an entry under each of the field's matchers.
func (x *index[K]) add(f *field, e *entry[K], seed maphash.Seed, batch uint64) {
	for i := range f.any {
		m := &f.any[i]
		x.filed[m.kind]++
		if tag, key, ok := tableKey(m); ok {
			x.table.add(tag, key, e, seed, batch)
			if m.kind == network {
				x.addMask(m.more.net)
			}
			continue
		}
		switch m.kind {
		case between:
			x.ranges = x.ranges.add(m.more.lo, m.more.hi, e, batch)
		case wild, prefix, suffix, foldStart, foldEnd:
			if t, text := x.edge(m); t != nil {
				t.add(text, e, batch)
			} else {
				x.addInside(m, e, seed, batch)
			}
		default:
			x.any = append(x.any, e)
		}
	}
}

// remove undoes add.
func (x *index[K]) remove(f *field, e *entry[K], seed maphash.Seed, batch uint64) {
	for i := range f.any {
		m := &f.any[i]
		x.filed[m.kind]--
		if tag, key, ok := tableKey(m); ok {
			x.table.remove(tag, key, e, seed, batch)
			continue
		}
		switch m.kind {
		case between:
			x.ranges = x.ranges.remove(m.more.lo, m.more.hi, e, batch)
		case wild, prefix, suffix, foldStart, foldEnd:
			if t, text := x.edge(m); t != nil {
				t.remove(text, e, batch)
			} else {
				x.removeInside(m, e, seed, batch)
			}
		default:
			x.any = drop(x.any, e)
		}
	}
}

func (x *index[K]) addMask(p netip.Prefix) {
	if p.Addr().Is4() {
		x.masks4 |= 1 << p.Bits()
	} else {
		x.masks6[p.Bits()/64] |= 1 << (p.Bits() % 64)
	}
}

// edge gives the tree in which a matcher of a beginning or an end is filed, and
// under which text; of ends, backwards. t is nil for a wildcard with neither.
func (x *index[K]) edge(m *matcher) (t *radix[K], text string) {
	switch m.kind {
	case prefix:
		return &x.starts, m.text
	case suffix:
		return &x.ends, backwards(m.text)
	case foldStart:
		return &x.lowStart, string(appendFolded(nil, unsafeBytes(m.text)))
	case foldEnd:
		return &x.lowEnd, backwards(string(appendFolded(nil, unsafeBytes(m.text))))
	}
	first, end := m.more.parts[0], last(m.more.parts)
	switch {
	case first == "" && end == "":
		return nil, ""
	case len(first) > len(end):
		return &x.starts, first
	}
	return &x.ends, backwards(end)
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// drop gives a copy of entries without e.
func drop[E comparable](entries []E, e E) []E {
	i := slices.Index(entries, e)
	if i < 0 {
		return entries
	}
	out := make([]E, 0, len(entries)-1)
	return append(append(out, entries[:i]...), entries[i+1:]...)
}

// find tries the entries that the values of a list may satisfy.
func (x *index[K]) find(f *finder[K], seed maphash.Seed, head int32) {
	f.tryAll(x.any)
	for i := head; i >= 0; i = f.r.values[i].next {
		l := f.r.leaf(i)
		x.findValue(f, &l, seed)
	}
}

// findLeaf tries the entries that one leaf may satisfy.
func (x *index[K]) findLeaf(f *finder[K], l *leaf, seed maphash.Seed) {
	f.tryAll(x.any)
	x.findValue(f, l, seed)
}

func (x *index[K]) findValue(f *finder[K], l *leaf, seed maphash.Seed) {
	if l.quoted {
		x.findText(f, l, seed)
		return
	}
	if x.filed[spelled] > 0 {
		f.tryAll(x.table.get(spelled, l.text, seed))
	}
	if x.filed[equals] == 0 && x.ranges == nil {
		return
	}
	if n, ok := l.asNumber(); ok {
		if x.filed[equals] > 0 {
			key := numberKey(n)
			f.tryAll(x.table.get(equals, key[:], seed))
		}
		x.ranges.find(f, n)
	}
}

func (x *index[K]) findText(f *finder[K], l *leaf, seed maphash.Seed) {
	if x.filed[exact] > 0 {
		f.tryAll(x.table.get(exact, l.text, seed))
	}
	if x.starts.root != nil {
		x.starts.findForward(f, l.text)
	}
	if x.ends.root != nil {
		x.ends.findBackward(f, l.text)
	}
	if x.filed[wild] > 0 {
		x.findInside(f, l.text, seed)
	}
	if x.filed[address]+x.filed[network] > 0 {
		x.findAddress(f, l, seed)
	}
	if x.filed[foldExact]+x.filed[foldStart]+x.filed[foldEnd] > 0 {
		folded := appendFolded((*f.folded)[:0], l.text)
		*f.folded = folded
		if x.filed[foldExact] > 0 {
			f.tryAll(x.table.get(foldExact, folded, seed))
		}
		x.lowStart.findForward(f, folded)
		x.lowEnd.findBackward(f, folded)
	}
}

func (x *index[K]) findAddress(f *finder[K], l *leaf, seed maphash.Seed) {
	a, ok := l.asAddress()
	if !ok {
		return
	}
	if x.filed[address] > 0 {
		key := addressKey(a)
		f.tryAll(x.table.get(address, key[:], seed))
	}
	if x.filed[network] == 0 {
		return
	}
	for n := a.BitLen() - 1; n >= 0; n-- {
		if a.Is4() && x.masks4>>n&1 == 0 || !a.Is4() && x.masks6[n/64]>>(n%64)&1 == 0 {
			continue
		}
		p, _ := a.Prefix(n)
		key := networkKey(p)
		f.tryAll(x.table.get(network, key[:], seed))
	}
}
