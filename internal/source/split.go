package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A cut finds where a JSON object or array ends. It may be given the text in
// pieces. It reads no more than strings and brackets: whether what lies between
// is JSON is for others to check.
type cut struct {
	depth   int
	text    bool // inside a string
	escaped bool // after a backslash in it
}

// scan reads on in b and gives how many bytes belong to the value, and whether it
// ended there.
func (c *cut) scan(b []byte) (n int, ended bool) {
	i := 0
	for {
		if c.text {
			if i = c.endOfText(b, i); c.text {
				return len(b), false
			}
		}
		i = nextMark(b, i)
		if i >= len(b) {
			return len(b), false
		}
		switch b[i] {
		case '"':
			c.text = true
		case '{', '[':
			c.depth++
		case '}', ']':
			if c.depth--; c.depth <= 0 {
				return i + 1, true
			}
		}
		i++
	}
}

// endOfText gives the place after the quote that ends the string which i is in.
func (c *cut) endOfText(b []byte, i int) int {
	for i < len(b) {
		if c.escaped {
			c.escaped = false
			i++
			continue
		}
		i = nextQuote(b, i)
		if i >= len(b) {
			break
		}
		if b[i] == '"' {
			c.text = false
			return i + 1
		}
		c.escaped = true
		i++
	}
	return len(b)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros has the high bit set of each byte of w that is zero; above the lowest
// such byte others may be set too.
func zeros(w uint64) uint64 { return (w - ones) & ^w & highs }

// nextQuote finds the first quote or backslash from i on.
func nextQuote(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if m := zeros(w^'"'*ones) | zeros(w^'\\'*ones); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(b) && b[i] != '"' && b[i] != '\\'; i++ {
	}
	return i
}

// marks are the bytes that a cut stops at outside strings.
var marks = [256]bool{'"': true, '{': true, '[': true, '}': true, ']': true}

func nextMark(b []byte, i int) int {
	for ; i < len(b) && !marks[b[i]]; i++ {
	}
	return i
}

// A seam is what stands between two records of a list that was written by one
// program: the end of one, a comma, and the same first key again. It guesses where
// a record ends at the speed of a search for a byte. A guess may be wrong; it is
// right if what it cuts off is one JSON object, because no part of an object that
// starts where the object starts is an object too.
type seam struct {
	text   []byte // as `},{"eventVersion"`; empty: nothing learnt yet
	rare   int    // the place in text that is searched for
	length int    // of the record before
	wrong  int    // guesses in a row that were
}

// maxWrong is after how many wrong guesses in a row a list is not guessed about.
const maxWrong = 8

// learn takes the seam from the text at the end of one record (its last byte is
// before end) and the start of the next.
func (s *seam) learn(b []byte, end int) {
	if s.wrong > maxWrong || len(s.text) > 0 {
		return
	}
	i := skipSpace(b, end)
	if i >= len(b) || b[i] != ',' {
		return
	}
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '{' {
		return
	}
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '"' {
		return
	}
	n := bytes.IndexByte(b[i+1:min(len(b), i+64)], '"')
	if n < 0 {
		return
	}
	s.text = append(s.text[:0], b[end-1:i+n+2]...)
	s.rare = 0
	for k, c := range s.text { // capitals are rarer than what else a key has
		if c >= 'A' && c <= 'Z' {
			s.rare = k
		}
	}
}

// guess gives the end of the record that begins b, or 0.
func (s *seam) guess(b []byte) int {
	b = b[:min(len(b), s.reach())]
	if len(b) == 0 {
		return 0
	}
	c := s.text[s.rare]
	for i := s.rare + 1; i < len(b); {
		n := bytes.IndexByte(b[i:], c)
		if n < 0 {
			return 0
		}
		i += n
		if from := i - s.rare; from+len(s.text) <= len(b) && string(b[from:from+len(s.text)]) == string(s.text) {
			return from + 1
		}
		i++
	}
	return 0
}

// reach is how far is looked for a seam: a record is seldom much longer than the
// one before, and looking further each time would cost more than it saves.
func (s *seam) reach() int {
	if len(s.text) == 0 || s.wrong > maxWrong {
		return 0
	}
	return 8*s.length + 1<<13
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}
