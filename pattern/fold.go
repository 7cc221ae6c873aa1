package pattern

import (
	"unicode"
	"unicode/utf8"
)

// Ignoring case is one-way, as in event-ruler: a character of the pattern stands
// for itself, its lower and its upper form. So "k" in a pattern is not the
// Kelvin sign, though the Kelvin sign in a pattern is "k".

// isCaseOf says whether the event's character e is a form of the pattern's p.
func isCaseOf(e, p rune) bool {
	if e < utf8.RuneSelf && p < utf8.RuneSelf {
		return e == p || e|0x20 == p|0x20 && p|0x20 >= 'a' && p|0x20 <= 'z'
	}
	return e == p || e == unicode.ToLower(p) || e == unicode.ToUpper(p)
}

// foldPrefix gives the length of the beginning of s that is want in some case,
// or -1.
func foldPrefix[T chars](s T, want string) int {
	i := 0
	for _, p := range want {
		e, size := decodeRune(s, i)
		if size == 0 || !isCaseOf(e, p) {
			return -1
		}
		i += size
	}
	return i
}

func foldEqual[T chars](s T, want string) bool { return foldPrefix(s, want) == len(s) }

// foldSuffix says whether s ends in want in some case.
func foldSuffix[T chars](s T, want string) bool {
	at := len(s)
	for w := len(want); w > 0; {
		p, size := utf8.DecodeLastRuneInString(want[:w])
		w -= size
		e, size := lastRune(s, at)
		if size == 0 || !isCaseOf(e, p) {
			return false
		}
		at -= size
	}
	return true
}

func decodeRune[T chars](s T, i int) (rune, int) {
	if i >= len(s) {
		return 0, 0
	}
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	switch s := any(s).(type) {
	case string:
		return utf8.DecodeRuneInString(s[i:])
	case []byte:
		return utf8.DecodeRune(s[i:])
	}
	return 0, 0
}

func lastRune[T chars](s T, end int) (rune, int) {
	if end <= 0 {
		return 0, 0
	}
	switch s := any(s).(type) {
	case string:
		return utf8.DecodeLastRuneInString(s[:end])
	case []byte:
		return utf8.DecodeLastRune(s[:end])
	}
	return 0, 0
}

// canonicalCase maps all forms of a character to one, so that forms of equal
// text have equal hashes.
func canonicalCase(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}
