package pattern

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// Check says whether event is one that can be matched: one JSON object, valid
// UTF-8, nested at most 1,000 deep, with nothing after it but white space. If it
// is not, the error is an [*Error]. Keys may repeat; each value counts.
func Check(event []byte) error {
	c := checker{b: event}
	i := c.space(0)
	if i == len(event) {
		return c.error(i, "No content to map due to end-of-input")
	}
	if event[i] != '{' {
		return c.error(i+1, "Event must be a JSON object")
	}
	i = c.run(i)
	if c.why == "" {
		i = c.space(i)
		if i < len(event) {
			c.failAt(i, "expected the end of the event")
			i++
		}
	}
	if c.why != "" {
		return c.error(min(i, len(event)), c.why)
	}
	if c.high&highs != 0 && !utf8.Valid(event) {
		return c.error(0, "Invalid UTF-8")
	}
	return nil
}

// A checker reads JSON and keeps nothing but what is open.
type checker struct {
	b     []byte
	why   string
	depth int
	floor int                          // the depth at which run ends
	high  uint64                       // its high bits are set if there may be bytes that are not ASCII
	open  [(maxDepth + 64) / 64]uint64 // a bit per level: it is an array
}

func (c *checker) error(at int, why string) error {
	if !utf8.Valid(c.b) {
		return errorAt(introEvent, "", 0, false, "Invalid UTF-8")
	}
	return errorAt(introEvent, string(c.b), at, true, why)
}

// failAt refuses the character at i.
func (c *checker) failAt(i int, why string) int {
	if i >= len(c.b) {
		c.why = "Unexpected end-of-input: " + why
		return len(c.b)
	}
	r, size := utf8.DecodeRune(c.b[i:])
	c.why = "Unexpected character (" + character(r) + "): " + why
	return i + size
}

func (c *checker) space(i int) int { return skipSpace(c.b, i) }

const wantValue = "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

// run reads the object or array at i to its end and gives the place after it.
func (c *checker) run(i int) int {
	b := c.b
	for {
		// A value starts at i.
		if i >= len(b) {
			return c.failAt(i, wantValue)
		}
		switch b[i] {
		case '{':
			if !c.push(false) {
				return i + 1
			}
			i = c.space(i + 1)
			if i < len(b) && b[i] == '}' {
				break
			}
			if i = c.key(i); c.why != "" {
				return i
			}
			continue
		case '[':
			if !c.push(true) {
				return i + 1
			}
			i = c.space(i + 1)
			if i < len(b) && b[i] == ']' {
				break
			}
			continue
		default:
			if i = c.scalar(i); c.why != "" {
				return i
			}
		}
		var more bool
		if i, more = c.after(i); !more {
			return i
		}
	}
}

func (c *checker) push(array bool) bool {
	if c.depth == maxDepth {
		c.why = fmt.Sprintf("Document nesting depth (%d) exceeds the maximum allowed (%d)", maxDepth+1, maxDepth)
		return false
	}
	c.depth++
	word, bit := c.depth/64, uint64(1)<<(c.depth%64)
	if array {
		c.open[word] |= bit
	} else {
		c.open[word] &^= bit
	}
	return true
}

// after reads what follows a value: ends of what is open, then a comma and, in
// an object, the next key. more is false at the end of everything or a fault.
func (c *checker) after(i int) (next int, more bool) {
	b := c.b
	for {
		i = c.space(i)
		array := c.open[c.depth/64]>>(c.depth%64)&1 == 1
		end, kind := byte('}'), "Object"
		if array {
			end, kind = ']', "Array"
		}
		if i >= len(b) || b[i] != ',' && b[i] != end {
			return c.failAt(i, "was expecting comma to separate "+kind+" entries"), false
		}
		if b[i] == ',' {
			i = c.space(i + 1)
			if !array {
				i = c.key(i)
			}
			return i, c.why == ""
		}
		i++
		if c.depth--; c.depth == c.floor {
			return i, false
		}
	}
}

// key reads a key and its colon and gives the place of the value.
func (c *checker) key(i int) int {
	if i >= len(c.b) || c.b[i] != '"' {
		return c.failAt(i, "was expecting double-quote to start field name")
	}
	if i = c.text(i + 1); c.why != "" {
		return i
	}
	i = c.space(i)
	if i >= len(c.b) || c.b[i] != ':' {
		return c.failAt(i, "was expecting a colon to separate field name and value")
	}
	return c.space(i + 1)
}

func (c *checker) scalar(i int) int {
	b := c.b
	switch b[i] {
	case '"':
		return c.text(i + 1)
	case 't':
		return c.word(i, "true")
	case 'f':
		return c.word(i, "false")
	case 'n':
		return c.word(i, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end, why := scanNumber(b, i)
		c.why = why
		if why != "" {
			end++
		}
		return end
	}
	return c.failAt(i, wantValue)
}

func (c *checker) word(i int, want string) int {
	if len(c.b)-i >= len(want) && string(c.b[i:i+len(want)]) == want {
		return i + len(want)
	}
	return c.failAt(i, wantValue)
}

// text reads a string from after its opening quote and gives the place after the
// closing one. It reads eight bytes at a time up to what is special.
func (c *checker) text(i int) int {
	b := c.b
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		special := zeroBytes(w^'"'*ones) | zeroBytes(w^'\\'*ones) | (w-' '*ones)&^w&highs
		c.high |= w
		if special == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(special) >> 3
		if b[i] == '"' {
			return i + 1
		}
		if b[i] != '\\' || i+1 == len(b) || !plainEscape[b[i+1]] {
			break
		}
		i += 2
	}
	return c.textSlow(i)
}

// plainEscape are the characters that may follow a backslash and need no more.
var plainEscape = [256]bool{'"': true, '\\': true, '/': true, 'b': true, 'f': true, 'n': true, 'r': true, 't': true}

func (c *checker) textSlow(i int) int {
	c.high |= highs
	end, why := scanString(c.b, i)
	c.why = why
	return end + 1
}
