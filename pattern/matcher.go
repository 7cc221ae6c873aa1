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

// A value is one leaf of an event, found at a path that somebody asked for.
type value struct {
	text   []byte // of a string, unescaped; of anything else, as written
	quoted bool   // it is a string
	known  uint8  // what is known of number: seenNumber, isNumber
	number float64
	in     int32 // the innermost array element around it; 0 is the event itself
	next   int32 // the next value at the same path, or -1
}

const (
	seenNumber = 1 << iota
	isNumber
)

// asNumber gives the value as a number, if it is one that can be compared.
func (v *value) asNumber() (float64, bool) {
	if v.known&seenNumber == 0 {
		v.known |= seenNumber
		if !v.quoted && len(v.text) > 0 && (v.text[0] == '-' || v.text[0]-'0' < 10) {
			if n, ok := numberOf(v.text); ok {
				v.number = n
				v.known |= isNumber
			}
		}
	}
	return v.number, v.known&isNumber != 0
}

// asAddress gives the value as an address. It reads it each time: few patterns
// ask, and values are kept small.
func (v *value) asAddress() (netip.Addr, bool) {
	if !v.quoted {
		return netip.Addr{}, false
	}
	return parseAddress(v.text)
}

// matches says whether the matcher holds for a value. absent never does: it is
// about there being no value.
func (m *matcher) matches(v *value) bool {
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
func (m *matcher) banned(v *value) bool {
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
