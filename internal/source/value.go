package source

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// odd has the high bit set of the lowest byte of w that is not plain text of a
// string, and perhaps of bytes above it: of a byte that is no ASCII, a backslash, a
// quote or a control character. A quote is by one bit next to the space, which is
// why the test for control characters finds it too when that bit is turned.
func odd(w uint64) uint64 {
	return (((w ^ '\\'*ones) - ones) | ((w ^ 2*ones) - '!'*ones) | w) & highs
}

// oddBits has the lowest bit of those set whose bytes of eight are odd, and perhaps
// others above it.
func oddBits(b []byte) uint64 { return odd(load(b)) >> 7 * 0x0102040810204080 >> 56 }

// Instead of the end of a value.
const (
	badValue = -1 // it is no valid one
	noEnd    = -2 // the text ends before it does
)

// quotedEnd finds the quote after a string from i on; badValue or noEnd if there is
// none.
func quotedEnd(b []byte, i int) int {
	if end := firstOdd(b, i); end >= 0 && b[end] == '"' {
		return end
	}
	return oddEnd(b, i)
}

// firstOdd finds the first byte from i on that is odd; less than 0 if it is not
// before the last 31 bytes.
func firstOdd(b []byte, i int) int {
	for ; len(b)-i >= 32; i += 32 { // no question is asked of how long a string is
		t := b[i:][:32]
		if m := oddBits(t[0:8]) | oddBits(t[8:16])<<8 | oddBits(t[16:24])<<16 | oddBits(t[24:32])<<24; m != 0 {
			return i + bits.TrailingZeros64(m)
		}
	}
	return -1
}

// oddEnd is quotedEnd, byte by byte.
func oddEnd(b []byte, i int) int {
	ascii := true
	for from := i; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			if !ascii && !utf8.Valid(b[from:i]) {
				return badValue
			}
			return i
		case c < ' ':
			return badValue
		case c >= 0x80:
			ascii = false
		case c == '\\':
			i++
			switch {
			case i >= len(b):
				return noEnd
			case strings.IndexByte(`"\/bfnrtu`, b[i]) < 0:
				return badValue
			}
			if b[i] == 'u' {
				if len(b)-i < 5 {
					return noEnd
				}
				if _, err := strconv.ParseUint(string(b[i+1:i+5]), 16, 16); err != nil {
					return badValue
				}
				i += 4
			}
		}
	}
	return noEnd
}

// wordBegins tells whether b may begin with a number, true, false or null.
func wordBegins(b []byte) bool {
	return len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9' || b[0] >= 'a') && b[0] != '{'
}

// literal finds the end of true, false or null, which most words are; badValue if it is
// none, or not to be seen at once.
func literal(b []byte, i int) int {
	if len(b)-i <= 8 {
		return badValue
	}
	end := badValue
	switch w := load(b[i:]); {
	case uint32(w) == 'e'<<24|'u'<<16|'r'<<8|'t', uint32(w) == 'l'<<24|'l'<<16|'u'<<8|'n':
		end = i + 4
	case w<<24 == 'e'<<56|'s'<<48|'l'<<40|'a'<<32|'f'<<24:
		end = i + 5
	}
	if end < 0 || b[end] != ',' && b[end] != '}' {
		return badValue
	}
	return end
}

// wordEnd finds the end of a number, true, false or null; badValue or noEnd if
// it is none.
func wordEnd(b []byte, i int) int {
	if end := literal(b, i); end > 0 {
		return end
	}
	end := i
	for end < len(b) && b[end] != ',' && b[end] > ' ' && b[end] != '}' && b[end] != ']' {
		end++
	}
	if end == len(b) {
		return noEnd
	}
	word := b[i:end]
	switch string(word) {
	case "true", "false", "null":
		return end
	}
	if !number(word) {
		return badValue
	}
	return end
}

// number tells whether all of b is a number as JSON writes them.
func number(b []byte) bool {
	i := 0
	digits := func() int {
		from := i
		for i < len(b) && b[i]-'0' < 10 {
			i++
		}
		return i - from
	}
	if i < len(b) && b[i] == '-' {
		i++
	}
	zero := i < len(b) && b[i] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if i < len(b) && b[i] == '.' {
		if i++; digits() == 0 {
			return false
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if digits() == 0 {
			return false
		}
	}
	return i == len(b)
}
