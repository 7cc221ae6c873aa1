package pattern

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// A reading is one pass over one event, and everything that the matching of it
// needs. Readings are pooled: nothing of them is allocated anew for an event of
// ordinary size.
type reading struct {
	event    []byte
	values   []value
	elements []element // [0] is the event itself
	arrays   int32     // how many arrays were entered
	heads    []int32   // by path: its last value, or -1
	touched  []int32   // paths with values
	arena    []byte    // unescaped text
	folded   []byte    // a value in one case
	refolded []byte    // the same while a long list is asked
	depth    int

	address   netip.Addr // of addressOf, if it isAddress
	addressOf int32      // a value, or -1
	isAddress bool

	strict strict
	parts  []part // see combine.go
	order  []int32
	direct []uint64 // see cover.go
	covers []uint64
	chosen []int32 // see solve.go
	trail  []int32
	work   int // what may still be done for a disjunct
	marks  []uint32
	round  uint32
}

// An element is an object or array inside an array: where fields stand together
// that may combine. Arrays are numbered in the order in which they are entered.
type element struct {
	parent     int32 // the element around the array
	array      int32
	first, end int32 // the values inside are those from first to before end
	before     int32 // the element inside the same parent before this one, or 0
	last       int32 // the last element inside this one, or 0
}

// begin readies r for an event and for path ids below paths.
func (r *reading) begin(event []byte, paths int) {
	for len(r.heads) < paths {
		r.heads = append(r.heads, -1)
	}
	r.event = event
	r.elements = append(r.elements[:0], element{parent: -1, array: -1})
	r.arrays = 0
	r.depth = 0
	r.addressOf = -1
}

// end forgets the event.
func (r *reading) end() {
	for _, id := range r.touched {
		r.heads[id] = -1
	}
	r.values, r.touched, r.arena, r.event = r.values[:0], r.touched[:0], r.arena[:0], nil
}

// read walks the event along the trie and records the values of its paths.
func (r *reading) read(root *node) {
	i := skipSpace(r.event, 0)
	if i < len(r.event) && r.event[i] == '{' {
		r.object(i+1, root, 0)
	}
	r.elements[0].end = int32(len(r.values))
}

// object reads members from after the opening brace and gives the place after
// the closing one; in malformed text, some place or the end.
func (r *reading) object(i int, n *node, in int32) int {
	b := r.event
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != '"' {
			return i + 1
		}
		start := i + 1
		end, odd := keyEnd(b, start)
		if end >= len(b) {
			return len(b)
		}
		var kid *node
		if odd {
			kid = r.oddKey(n, b[start:end])
		} else {
			kid = n.child(b[start:end])
		}
		i = skipSpace(b, end+1) + 1 // the colon
		if kid == nil {
			i = skipValue(b, i)
		} else {
			i = r.value(i, kid, in)
		}
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != ',' {
			return i + 1
		}
		i++
	}
}

// oddKey is for keys with dots or escapes.
func (r *reading) oddKey(n *node, key []byte) *node {
	if bytes.IndexByte(key, '\\') >= 0 {
		from := len(r.arena)
		r.arena = appendUnescaped(r.arena, key)
		key = r.arena[from:]
	}
	return n.descend(key)
}

// value reads the value at n and gives the place after it.
func (r *reading) value(i int, n *node, in int32) int {
	b := r.event
	i = skipSpace(b, i)
	if i >= len(b) {
		return i
	}
	switch b[i] {
	case '{', '[':
		return r.nested(i, n, in)
	case '"':
		end := stringEnd(b, i+1)
		if n.id >= 0 && end <= len(b) {
			r.text(n.id, i+1, max(end-1, i+1), in)
		}
		return end
	}
	end := scalarEnd(b, i)
	if n.id >= 0 {
		r.record(n.id, value{from: int32(i), to: int32(end), in: in})
	}
	return max(end, i+1)
}

// nested reads an object or array at n; deeper than a checked event is, it gives
// up.
func (r *reading) nested(i int, n *node, in int32) int {
	object := r.event[i] == '{'
	if object && n.kids == 0 {
		return skipNested(r.event, i+1)
	}
	if r.depth == maxDepth {
		return len(r.event)
	}
	r.depth++
	if object {
		i = r.object(i+1, n, in)
	} else {
		i = r.array(i+1, n, in)
	}
	r.depth--
	return i
}

// array reads elements from after the opening bracket.
func (r *reading) array(i int, n *node, in int32) int {
	b := r.event
	array := r.arrays
	r.arrays++
	for {
		i = skipSpace(b, i)
		if i >= len(b) || b[i] == ']' {
			return i + 1
		}
		if b[i] == '{' || b[i] == '[' {
			i = r.inside(i, n, in, array)
		} else {
			i = r.value(i, n, in)
		}
		i = skipSpace(b, i)
		if i >= len(b) || b[i] != ',' {
			return i + 1
		}
		i++
	}
}

// inside reads an object or array that is an element of an array.
func (r *reading) inside(i int, n *node, in, array int32) int {
	e := r.enter(in, array)
	i = r.nested(i, n, e)
	r.leave(e)
	return i
}

// enter begins an element, of an array inside the element in.
func (r *reading) enter(in, array int32) int32 {
	e := int32(len(r.elements))
	r.elements = append(r.elements, element{
		parent: in, array: array, first: int32(len(r.values)), before: r.elements[in].last,
	})
	r.elements[in].last = e
	return e
}

func (r *reading) leave(e int32) { r.elements[e].end = int32(len(r.values)) }

// text records the string that stands between the places from and to.
func (r *reading) text(id int32, from, to int, in int32) {
	v := value{from: int32(from), to: int32(to), in: in, form: quoted}
	if s := r.event[from:to]; bytes.IndexByte(s, '\\') >= 0 {
		v.from = int32(len(r.arena))
		r.arena = appendUnescaped(r.arena, s)
		v.to = int32(len(r.arena))
		v.form |= inArena
	}
	r.record(id, v)
}

func (r *reading) record(id int32, v value) {
	v.next = r.heads[id]
	if v.next < 0 {
		r.touched = append(r.touched, id)
	}
	r.heads[id] = int32(len(r.values))
	r.values = append(r.values, v)
}

func skipSpace(b []byte, i int) int {
	if i < len(b) && b[i] > ' ' {
		return i
	}
	return skipSpaces(b, i)
}

func skipSpaces(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeroBytes has the high bit set of the lowest byte of x that is zero, and
// perhaps of bytes above it.
func zeroBytes(x uint64) uint64 { return (x - ones) &^ x & highs }

// keyEnd finds the closing quote of a key. odd says that there are dots or
// escapes in it, and perhaps when there are none.
func keyEnd(b []byte, i int) (end int, odd bool) {
	for start := i; ; {
		if i+8 > len(b) {
			return keyEndSlow(b, start)
		}
		w := binary.LittleEndian.Uint64(b[i:])
		quote := zeroBytes(w ^ '"'*ones)
		other := zeroBytes(w^'.'*ones) | zeroBytes(w^'\\'*ones)
		if quote != 0 {
			first := quote & -quote
			if other&(first-1) != 0 {
				return keyEndSlow(b, start)
			}
			return i + bits.TrailingZeros64(first)>>3, false
		}
		if other != 0 {
			return keyEndSlow(b, start)
		}
		i += 8
	}
}

func keyEndSlow(b []byte, i int) (end int, odd bool) {
	for ; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
			odd = true
		} else if b[i] == '.' {
			odd = true
		}
	}
	return i, odd
}

// stringEnd gives the place after the closing quote of a string whose text
// starts at i, or len(b). Short strings are not worth a call of IndexByte.
func stringEnd(b []byte, i int) int {
	for near := i + 24; i < near && i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if special := zeroBytes(w^'"'*ones) | zeroBytes(w^'\\'*ones); special != 0 {
			i += bits.TrailingZeros64(special) >> 3
			if b[i] == '"' {
				return i + 1
			}
			break
		}
	}
	return farStringEnd(b, i)
}

// farStringEnd is stringEnd from a place in the text that no backslash before it
// bears on.
func farStringEnd(b []byte, i int) int {
	for from := i; i < len(b); {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			break
		}
		i += j
		k := i
		for k > from && b[k-1] == '\\' {
			k--
		}
		i++
		if (i-k)&1 == 1 { // an even number of backslashes
			return i
		}
	}
	return len(b)
}

// scalarEnd gives the end of a number or literal.
func scalarEnd(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// skipValue gives the place after the value at or after i.
func skipValue(b []byte, i int) int {
	i = skipSpace(b, i)
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i+1)
	case '{', '[':
		return skipNested(b, i+1)
	}
	return max(scalarEnd(b, i), i+1)
}

// skipNested gives the place after the bracket that closes what was opened just
// before i.
func skipNested(b []byte, i int) int {
	for depth := 1; i < len(b); {
		switch b[i] {
		case '"':
			i = stringEnd(b, i+1)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(b)
}
