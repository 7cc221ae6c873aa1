package pattern

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text of either kind, so that patterns (strings) and events (bytes) share what
// reads them.
type chars interface{ ~string | ~[]byte }

// scanNumber finds the end of the number at s[i:]. If it is none, why says so in
// Jackson's words and end is at the offending character.
func scanNumber[T chars](s T, i int) (end int, why string) {
	digits := func() bool {
		from := i
		for i < len(s) && s[i]-'0' < 10 {
			i++
		}
		return i > from
	}
	here := func() string {
		if i >= len(s) {
			return "Unexpected end-of-input in a Number value"
		}
		return "Unexpected character (" + character(rune(s[i])) + ") in numeric value"
	}
	if s[i] == '-' {
		i++
	}
	zero := i < len(s) && s[i] == '0'
	from := i
	if !digits() {
		return i, here() + ": expected digit (0-9) to follow minus sign, for valid numeric value"
	}
	if zero && i > from+1 {
		return from, "Invalid numeric value: Leading zeroes not allowed"
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return i, here() + ": Decimal point not followed by a digit"
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return i, here() + ": Exponent indicator not followed by a digit"
		}
	}
	return i, ""
}

// scanString finds the closing quote of a string whose text starts at s[i:]. If
// there is none, why says so and end is at the offending character or len(s).
func scanString[T chars](s T, i int) (end int, why string) {
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i, ""
		case c < ' ':
			return i, "Illegal unquoted character (" + character(rune(c)) + "): has to be escaped using backslash to be included in string value"
		case c == '\\':
			i++
			if i == len(s) {
				return i, "Unexpected end-of-input in VALUE_STRING"
			}
			switch s[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				for n := 0; n < 4; n++ {
					i++
					if i == len(s) {
						return i, "Unexpected end-of-input in character escape sequence"
					}
					if hexValue(s[i]) < 0 {
						return i, "Unexpected character (" + character(rune(s[i])) + "): expected a hex-digit for character escape sequence"
					}
				}
			default:
				return i, "Unrecognized character escape " + character(rune(s[i]))
			}
		}
	}
	return i, "Unexpected end-of-input in VALUE_STRING"
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// appendUnescaped appends the text of a string between its quotes, escapes
// decoded. Half a surrogate pair reads as U+FFFD. Text that is not what
// scanString accepts gives something, but does not panic.
func appendUnescaped[T chars](dst []byte, s T) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch s[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hexRune(s, i+1)
			i += 4
			if utf16.IsSurrogate(r) && i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				if pair := utf16.DecodeRune(r, hexRune(s, i+3)); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

func hexRune[T chars](s T, i int) rune {
	var r rune
	for n := i; n < i+4; n++ {
		if n >= len(s) || hexValue(s[n]) < 0 {
			return utf8.RuneError
		}
		r = r<<4 | rune(hexValue(s[n]))
	}
	return r
}
