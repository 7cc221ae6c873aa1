package pattern

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// A strict reading reads an event that nobody checked, and checks it on the way:
// what a rule asks for it records as the ordinary reading does, and the rest goes
// through the checker instead of being skipped.
type strict struct {
	checker
	r *reading
}

// readStrict reads all of the event and says whether Check would take it. If it
// would not, what was read is of no use.
func (r *reading) readStrict(root *node) bool {
	s := &r.strict
	s.r, s.b, s.why, s.high, s.depth = r, r.event, "", 0, 1
	i := s.space(0)
	if i >= len(s.b) || s.b[i] != '{' {
		return false
	}
	i = s.object(i+1, root, 0)
	r.elements[0].end = int32(len(r.values))
	return s.why == "" && s.space(i) >= len(s.b) && (s.high&highs == 0 || utf8.Valid(s.b))
}

// refuse gives up; Check is asked later for the exact words.
func (s *strict) refuse() int {
	s.why = "malformed"
	return len(s.b)
}

// object reads members from after the opening brace and gives the place after
// the closing one.
func (s *strict) object(i int, n *node, in int32) int {
	b := s.b
	if i = s.space(i); i < len(b) && b[i] == '}' {
		return i + 1
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return s.refuse()
		}
		start := i + 1
		end, odd := s.name(start)
		if s.why != "" {
			return end
		}
		var kid *node
		if odd {
			kid = s.r.oddKey(n, b[start:end])
		} else {
			kid = n.child(b[start:end])
		}
		i = s.space(end + 1)
		if i >= len(b) || b[i] != ':' {
			return s.refuse()
		}
		if i = s.space(i + 1); kid == nil {
			i = s.unwanted(i)
		} else {
			i = s.value(i, kid, in)
		}
		if s.why != "" {
			return i
		}
		i = s.space(i)
		if i >= len(b) || b[i] != ',' {
			if i < len(b) && b[i] == '}' {
				return i + 1
			}
			return s.refuse()
		}
		i = s.space(i + 1)
	}
}

// name finds the closing quote of a key. odd says that there are dots or escapes
// in it, and perhaps when there are none.
func (s *strict) name(i int) (end int, odd bool) {
	b := s.b
	for dots := uint64(0); i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		special := zeroBytes(w^'"'*ones) | zeroBytes(w^'\\'*ones) | (w-' '*ones)&^w&highs
		s.high |= w
		dot := zeroBytes(w ^ '.'*ones)
		if special == 0 {
			dots |= dot
			continue
		}
		first := special & -special
		at := i + bits.TrailingZeros64(first)>>3
		if b[at] == '"' {
			return at, dots|dot&(first-1) != 0
		}
		break
	}
	return s.textSlow(i) - 1, true
}

// unwanted checks a value that no rule asks for.
func (s *strict) unwanted(i int) int {
	if i >= len(s.b) {
		return s.refuse()
	}
	switch s.b[i] {
	case '"':
		return s.text(i + 1)
	case '{', '[':
		s.floor = s.depth
		return s.run(i)
	}
	return s.scalar(i)
}

// value reads the value at n and gives the place after it.
func (s *strict) value(i int, n *node, in int32) int {
	b := s.b
	if i >= len(b) {
		return s.refuse()
	}
	switch b[i] {
	case '{', '[':
		return s.nested(i, n, in)
	case '"':
		end := s.text(i + 1)
		if n.id >= 0 && s.why == "" {
			s.r.text(n.id, i+1, end-1, in)
		}
		return end
	}
	end := s.scalar(i)
	if n.id >= 0 && s.why == "" {
		s.r.record(n.id, value{from: int32(i), to: int32(end), in: in})
	}
	return end
}

// nested reads an object or array at n.
func (s *strict) nested(i int, n *node, in int32) int {
	object := s.b[i] == '{'
	if object && n.kids == 0 {
		return s.unwanted(i)
	}
	if s.depth == maxDepth {
		return s.refuse()
	}
	s.depth++
	if object {
		i = s.object(i+1, n, in)
	} else {
		i = s.array(i+1, n, in)
	}
	s.depth--
	return i
}

// array reads elements from after the opening bracket.
func (s *strict) array(i int, n *node, in int32) int {
	b := s.b
	array := s.r.arrays
	s.r.arrays++
	if i = s.space(i); i < len(b) && b[i] == ']' {
		return i + 1
	}
	for {
		if i < len(b) && (b[i] == '{' || b[i] == '[') {
			e := s.r.enter(in, array)
			i = s.nested(i, n, e)
			s.r.leave(e)
		} else {
			i = s.value(i, n, in)
		}
		if s.why != "" {
			return i
		}
		i = s.space(i)
		if i >= len(b) || b[i] != ',' {
			if i < len(b) && b[i] == ']' {
				return i + 1
			}
			return s.refuse()
		}
		i = s.space(i + 1)
	}
}
