package pattern

import (
	"fmt"
	"unicode/utf8"
)

// token is the kind of a JSON token.
type token uint8

const (
	tNone token = iota
	tObject
	tObjectEnd
	tArray
	tArrayEnd
	tName
	tString
	tNumber
	tTrue
	tFalse
	tNull
)

// maxDepth is how deep objects and arrays may nest, in patterns and in events:
// Jackson's limit.
const maxDepth = 1000

// A lexer reads a pattern token by token and knows, after each, the place that
// EventBridge would print: it reads a name with its colon and the first
// character of the value at once, and a string only when its text is asked for.
type lexer struct {
	src     string
	pos     int
	open    []opening
	started []bool // per level: something was read already
	cur     token
	name    string // of the last tName
	from    int    // where the value's text starts, for tString after its quote
	pending token  // the value that was read ahead with its name
	unread  bool   // cur is a string whose text was not read yet
}

type opening struct {
	char byte
	pos  int
}

// fault is how the reading of a pattern is given up; Compile recovers it.
type fault struct{ err *Error }

func (l *lexer) fail(msg string)            { l.failAt(l.pos, msg) }
func (l *lexer) failf(f string, arg ...any) { l.fail(fmt.Sprintf(f, arg...)) }
func (l *lexer) failAt(pos int, msg string) {
	panic(fault{errorAt(introPattern, l.src, pos, true, msg)})
}

// failBare gives up with a reason that EventBridge prints without a place.
func (l *lexer) failBare(msg string) {
	panic(fault{errorAt(introPattern, l.src, l.pos, false, msg)})
}

func (l *lexer) space() {
	for l.pos < len(l.src) {
		switch l.src[l.pos] {
		case ' ', '\t', '\n', '\r':
			l.pos++
		default:
			return
		}
	}
}

// peek is the next character after white space, or 0 at the end.
func (l *lexer) peek() byte {
	l.space()
	if l.pos == len(l.src) {
		return 0
	}
	return l.src[l.pos]
}

// next reads the next token. Past the end of the outermost value it gives tNone.
func (l *lexer) next() token {
	if l.unread && l.cur == tString {
		l.text()
	}
	switch {
	case l.pending != tNone:
		l.cur, l.pending = l.pending, tNone
	case len(l.open) == 0 && l.cur != tNone:
		l.cur = tNone
		return tNone
	case len(l.open) == 0:
		l.cur = l.value()
	case l.open[len(l.open)-1].char == '{':
		l.cur = l.member()
		return l.cur
	default:
		l.cur = l.element()
	}
	l.enter()
	return l.cur
}

// enter and leave follow cur into and out of an object or array.
func (l *lexer) enter() {
	switch l.cur {
	case tObject, tArray:
		if len(l.open) == maxDepth {
			l.failf("Document nesting depth (%d) exceeds the maximum allowed (%d)", maxDepth+1, maxDepth)
		}
		l.open = append(l.open, opening{l.src[l.pos-1], l.pos - 1})
		l.started = append(l.started, false)
	}
}

func (l *lexer) leave() {
	l.open = l.open[:len(l.open)-1]
	l.started = l.started[:len(l.started)-1]
}

// separator reads the comma before all but the first entry of what is open.
// It reports whether the end of it was read instead.
func (l *lexer) separator(end byte, kind string) bool {
	top := len(l.open) - 1
	c := l.peek()
	if c == 0 {
		l.unclosed(kind)
	}
	if c == end {
		l.pos++
		l.leave()
		return true
	}
	if c == '}' || c == ']' {
		line, column := position(l.src, l.open[top].pos+1)
		l.pos++
		e := errorAt("", l.src, l.pos, true, "")
		e.Line, e.Column = line, column-1
		l.failf("Unexpected close marker '%c': expected '%c' (for %s starting at %s)", c, end, kind, e.place())
	}
	if l.started[top] {
		l.pos++
		if c != ',' {
			l.unexpected(l.pos-1, "was expecting comma to separate "+kind+" entries")
		}
		if l.peek() == 0 {
			l.unclosed(kind)
		}
	}
	l.started[top] = true
	return false
}

func (l *lexer) unclosed(kind string) {
	at := errorAt("", l.src, l.open[len(l.open)-1].pos, true, "")
	l.failf("Unexpected end-of-input: expected close marker for %s (start marker at %s)", kind, at.place())
}

// unexpected refuses the character at pos; EventBridge's place is after it.
func (l *lexer) unexpected(pos int, why string) {
	r, size := utf8.DecodeRuneInString(l.src[pos:])
	l.failAt(pos+size, fmt.Sprintf("Unexpected character (%s): %s", character(r), why))
}

func character(r rune) string {
	if r < ' ' {
		return fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	}
	if r > 255 {
		return fmt.Sprintf("'%c' (code %d / 0x%x)", r, r, r)
	}
	return fmt.Sprintf("'%c' (code %d)", r, r)
}

// member reads a name, its colon and the beginning of its value, or the end of
// the object.
func (l *lexer) member() token {
	if l.separator('}', "Object") {
		return tObjectEnd
	}
	if l.src[l.pos] != '"' {
		l.unexpected(l.pos, "was expecting double-quote to start field name")
	}
	l.pos++
	l.name = l.quoted("FIELD_NAME")
	if c := l.peek(); c != ':' {
		if c == 0 {
			l.fail("Unexpected end-of-input within/between Object entries")
		}
		l.unexpected(l.pos, "was expecting a colon to separate field name and value")
	}
	l.pos++
	l.pending = l.value()
	return tName
}

// element reads an array's next value or its end.
func (l *lexer) element() token {
	if l.separator(']', "Array") {
		return tArrayEnd
	}
	return l.value()
}

// value reads the beginning of a value: all of a number or literal, the bracket
// of an object or array, the opening quote of a string.
func (l *lexer) value() token {
	c := l.peek()
	l.from = l.pos
	switch {
	case c == '"':
		l.pos++
		l.from, l.unread = l.pos, true
		return tString
	case c == '{':
		l.pos++
		return tObject
	case c == '[':
		l.pos++
		return tArray
	case c == '-' || c >= '0' && c <= '9':
		l.number()
		return tNumber
	case c == 't':
		return l.literal("true", tTrue)
	case c == 'f':
		return l.literal("false", tFalse)
	case c == 'n':
		return l.literal("null", tNull)
	case l.pos == len(l.src):
		if len(l.open) == 0 {
			l.fail("No content to map due to end-of-input")
		}
		l.fail("Unexpected end-of-input within/between Object entries")
	case isWord(c):
		l.word()
	}
	l.unexpected(l.pos, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
	return tNone
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '$'
}

func (l *lexer) literal(want string, t token) token {
	end := l.pos
	for end < len(l.src) && isWord(l.src[end]) {
		end++
	}
	if l.src[l.pos:end] != want {
		l.word()
	}
	l.pos = end
	return t
}

// word refuses a bare word that is no literal.
func (l *lexer) word() {
	end := l.pos
	for end < len(l.src) && isWord(l.src[end]) {
		end++
	}
	l.failAt(end, "Unrecognized token '"+l.src[l.pos:end]+
		"': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
}

// number reads a number; its text is src[from:pos].
func (l *lexer) number() {
	end, why := scanNumber(l.src, l.pos)
	if why != "" {
		l.failAt(min(end+1, len(l.src)), why)
	}
	l.pos = end
	if end < len(l.src) && isWord(l.src[end]) {
		l.unexpected(end, "Expected space separating root-level values")
	}
}

// raw is the text of the current value as written; of a string, without quotes.
func (l *lexer) raw() string {
	switch l.cur {
	case tObject, tArray, tObjectEnd, tArrayEnd:
		return l.src[l.pos-1 : l.pos]
	}
	return l.src[l.from:l.pos]
}

// text reads the current string to its end and gives it unescaped.
func (l *lexer) text() string {
	l.unread = false
	return l.quoted("VALUE_STRING")
}

// quoted reads up to and with the closing quote.
func (l *lexer) quoted(kind string) string {
	start := l.pos
	for i := start; i < len(l.src); i++ {
		switch c := l.src[i]; {
		case c == '"':
			l.pos = i + 1
			return l.src[start:i]
		case c == '\\':
			return l.escaped(start, kind)
		case c < ' ':
			l.failAt(i+1, "Illegal unquoted character ("+character(rune(c))+"): has to be escaped using backslash to be included in "+describe(kind))
		}
	}
	l.failAt(len(l.src), "Unexpected end-of-input in "+kind)
	return ""
}

func describe(kind string) string {
	if kind == "FIELD_NAME" {
		return "name"
	}
	return "string value"
}

// escaped is quoted for a string with escapes.
func (l *lexer) escaped(start int, kind string) string {
	end, why := scanString(l.src, start)
	if why != "" {
		if end == len(l.src) {
			why = "Unexpected end-of-input in " + kind
		}
		l.failAt(min(end+1, len(l.src)), why)
	}
	l.pos = end + 1
	return string(appendUnescaped(nil, l.src[start:end]))
}
