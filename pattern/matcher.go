package pattern

import (
	"bytes"
	"net/netip"
	"slices"
)

// kind is what a matcher does.
type kind uint8

const (
	exact      kind = iota // a string, by its bytes
	spelled                // true, false, null, or a number by its spelling
	equals                 // a number by value: more.lo
	address                // a string that is an address, by address
	prefix                 // of a string
	suffix                 //
	foldExact              // the three above, ignoring case
	foldStart              //
	foldEnd                //
	wild                   // more.parts
	between                // a number from more.lo to more.hi
	network                // a string that is an address in more.net
	exists                 // any value
	absent                 // no value
	notTexts               // anything but the strings of more.texts
	notNumbers             // … the numbers of more.numbers
	notFold                // … the strings of more.texts in any case
	notPrefix              // … strings that start with one of more.texts
	notSuffix              //
	notWild                // … strings that match one of more.wilds
	kinds                  // how many there are
)

// A matcher is one entry of a field's list.
type matcher struct {
	text string // of kinds with one string
	more *operand
	kind kind
}

// operand holds what only some kinds need.
type operand struct {
	lo, hi  float64
	openLo  bool // between: lo itself is outside
	openHi  bool
	parts   wildcard
	addr    netip.Addr
	net     netip.Prefix
	texts   []string
	numbers []float64 // sorted
	wilds   []wildcard
}

// A value is one leaf of an event, found at a path that somebody asked for. It
// has no pointers, so that an event of a hundred thousand values costs the
// garbage collector nothing.
type value struct {
	number   float64
	from, to int32 // its text in the event, or in the arena if it had escapes; of a string, that between the quotes
	in       int32 // the innermost array element around it; 0 is the event itself
	next     int32 // the next value at the same path, or -1
	form     uint8
}

const (
	quoted     = 1 << iota // it is a string
	inArena                // its text is in the arena
	seenNumber             // it is known whether it is a number that can be compared
	isNumber               // it is, and number is its value
)

// A leaf is a value with its text, while a matcher looks at it.
type leaf struct {
	text   []byte // of a string, unescaped; of anything else, as written
	quoted bool   // it is a string
	v      *value // nil, as r, for a value by itself
	at     int32  // of v among the values
	r      *reading
}

func (r *reading) leaf(i int32) leaf {
	v := &r.values[i]
	text := r.event
	if v.form&inArena != 0 {
		text = r.arena
	}
	return leaf{text: text[v.from:v.to], quoted: v.form&quoted != 0, v: v, at: i, r: r}
}

// asNumber gives the value as a number, if it is one that can be compared.
func (l *leaf) asNumber() (float64, bool) {
	v := l.v
	if v == nil {
		return l.readNumber()
	}
	if v.form&seenNumber == 0 {
		v.form |= seenNumber
		if n, ok := l.readNumber(); ok {
			v.number = n
			v.form |= isNumber
		}
	}
	return v.number, v.form&isNumber != 0
}

func (l *leaf) readNumber() (float64, bool) {
	if l.quoted || len(l.text) == 0 || l.text[0] != '-' && l.text[0]-'0' > 9 {
		return 0, false
	}
	return numberOf(l.text)
}

// asAddress gives the value as an address. Of the values of an event, only the
// last one that was asked about is remembered: values are kept small.
func (l *leaf) asAddress() (netip.Addr, bool) {
	if !l.quoted {
		return netip.Addr{}, false
	}
	r := l.r
	if r == nil {
		return parseAddress(l.text)
	}
	if r.addressOf != l.at {
		r.addressOf = l.at
		r.address, r.isAddress = parseAddress(l.text)
	}
	return r.address, r.isAddress
}

// matches says whether the matcher holds for a value. absent never does: it is
// about there being no value.
func (m *matcher) matches(v *leaf) bool {
	switch m.kind {
	case exact:
		return v.quoted && string(v.text) == m.text
	case spelled:
		return !v.quoted && string(v.text) == m.text
	case equals:
		n, ok := v.asNumber()
		return ok && n == m.more.lo
	case between:
		n, ok := v.asNumber()
		return ok && m.more.inRange(n)
	case address:
		a, ok := v.asAddress()
		return ok && a == m.more.addr
	case network:
		a, ok := v.asAddress()
		return ok && m.more.net.Contains(a)
	case prefix:
		return v.quoted && len(v.text) >= len(m.text) && string(v.text[:len(m.text)]) == m.text
	case suffix:
		return v.quoted && len(v.text) >= len(m.text) && string(v.text[len(v.text)-len(m.text):]) == m.text
	case foldExact:
		return v.quoted && foldEqual(v.text, m.text)
	case foldStart:
		return v.quoted && foldPrefix(v.text, m.text) >= 0
	case foldEnd:
		return v.quoted && foldSuffix(v.text, m.text)
	case wild:
		return v.quoted && m.more.parts.match(v.text)
	case exists:
		return true
	case absent:
		return false
	}
	return !m.banned(v)
}

func (o *operand) inRange(n float64) bool {
	return (n > o.lo || n == o.lo && !o.openLo) && (n < o.hi || n == o.hi && !o.openHi)
}

// banned says whether an anything-but matcher names the value.
func (m *matcher) banned(v *leaf) bool {
	if m.kind == notNumbers {
		n, ok := v.asNumber()
		if !ok {
			return false
		}
		_, found := slices.BinarySearch(m.more.numbers, n)
		return found
	}
	if !v.quoted {
		return false
	}
	if m.kind == notTexts {
		_, found := slices.BinarySearchFunc(m.more.texts, v.text, func(s string, t []byte) int {
			return bytes.Compare(unsafeBytes(s), t)
		})
		return found
	}
	for _, w := range m.more.wilds {
		if w.match(v.text) {
			return true
		}
	}
	for _, s := range m.more.texts {
		switch m.kind {
		case notFold:
			if foldEqual(v.text, s) {
				return true
			}
		case notPrefix:
			if bytes.HasPrefix(v.text, unsafeBytes(s)) {
				return true
			}
		case notSuffix:
			if bytes.HasSuffix(v.text, unsafeBytes(s)) {
				return true
			}
		}
	}
	return false
}
