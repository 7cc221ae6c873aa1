package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says why a pattern or an event is refused, and where.
type Error struct {
	// Msg is the reason alone, in EventBridge's words where they are known.
	Msg string
	// Offset is the place in bytes from the start of the text, up to which it was
	// read when the fault was seen. Line and Column say the same for people: both
	// count from 1, columns in UTF-16 code units, as EventBridge counts them.
	Offset, Line, Column int

	intro string // what stands before the reason
	src   string
	at    int // how many times EventBridge repeats the place
}

// Error is EventBridge's own text: the reason, and for most reasons the text of
// the pattern with line and column.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.intro)
	b.WriteString(e.Msg)
	for range e.at {
		b.WriteString("\n at ")
		b.WriteString(e.place())
	}
	return b.String()
}

// Jackson, EventBridge's parser, shows at most so many characters of the text.
const shownSource = 500

func (e *Error) place() string {
	shown, more := e.src, ""
	if n := utf16Len(e.src); n > shownSource {
		cut, units := 0, 0
		for cut < len(e.src) && units < shownSource {
			r, size := utf8.DecodeRuneInString(e.src[cut:])
			cut += size
			units += unitsOf(r)
		}
		shown, more = e.src[:cut], fmt.Sprintf("[truncated %d chars]", n-units)
	}
	return fmt.Sprintf(`[Source: (String)"%s"%s; line: %d, column: %d]`, shown, more, e.Line, e.Column)
}

const (
	introPattern = "Event pattern is not valid. Reason: "
	introEvent   = "Event is not valid. Reason: "
)

// errorAt builds an Error for the place at offset in src. With located false the
// place is known but EventBridge does not print it.
func errorAt(intro, src string, offset int, located bool, msg string) *Error {
	line, column := position(src, offset)
	e := &Error{Msg: msg, Offset: offset, Line: line, Column: column, intro: intro, src: src}
	if located {
		e.at = 1
	}
	return e
}

// position turns an offset in bytes into line and column, both from 1.
func position(src string, offset int) (line, column int) {
	line, start := 1, 0
	offset = min(offset, len(src))
	for i := 0; i < offset; i++ {
		switch src[i] {
		case '\n':
			if i == 0 || src[i-1] != '\r' {
				line++
			}
			start = i + 1
		case '\r':
			line++
			start = i + 1
		}
	}
	return line, utf16Len(src[start:offset]) + 1
}

func unitsOf(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += unitsOf(r)
	}
	return n
}

// lessUTF16 orders text by UTF-16 code units, as Java's sort does. It differs
// from the order of the bytes only between U+E000–U+FFFF and what is above.
func lessUTF16(a, b string) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] == b[i] {
			continue
		}
		x, y := a[i], b[i]
		if x >= 0xF0 && y >= 0xEE && y < 0xF0 { // x is a surrogate pair, y is not
			return true
		}
		if y >= 0xF0 && x >= 0xEE && x < 0xF0 {
			return false
		}
		return x < y
	}
	return len(a) < len(b)
}
