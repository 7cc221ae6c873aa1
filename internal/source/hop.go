package source

import "encoding/binary"

// A tape is the legs of a run, one behind the other: texts that have to come, and of
// what kind the value after each is. They stand together, without anything else, because
// they are read for every record, and should stay in a processor's nearest cache.
//
// Of a leg it has the length of the text, in two bytes, the kind, the length that most
// values have, or 0, and the text; after the last leg there is a margin.
type tape []byte

const (
	header  = 4
	margin  = 64
	longest = 1<<16 - 1 // text
)

// The kinds of values. At the end of the record there is none.
const (
	noValue = iota
	quoted
	word
)

// leg appends a leg, of a text that is not longer than longest, before a value that most
// times has a length, if it is not 0: a processor that is told goes on there before it
// has found it so. The tape is to be closed after the last.
func (t tape) leg(text string, kind, length uint8) tape {
	return append(append(binary.LittleEndian.AppendUint16(t, uint16(len(text))), kind, length), text...)
}

func (t tape) close() tape { return append(t, make([]byte, margin)...) }

// next takes the first leg off.
func (t tape) next() (text []byte, kind uint8, rest tape) {
	n := header + int(binary.LittleEndian.Uint16(t))
	return t[header:n], t[2], t[n:]
}

// hopWords goes over the legs of a tape, of which there has to be one, from at on, and
// gives how many it went over and to where: spans, of which there are as many, are where
// their values are. If the value of the next leg has begun there, but where it ends was
// not found, its span begins with it; if not, that leg's text may be another.
//
// Of what is less than 64 bytes from the end of b nothing need be found.
func hopWords(t tape, b []byte, at int, spans []kept) (k, to int, begun bool) {
	for k := 0; ; k++ {
		if len(t) == margin {
			return k, at, false
		}
		text, kind, rest := t.next()
		from := at + len(text)
		if len(b)-at < margin || from > len(b) || string(b[at:from]) != string(text) {
			return k, at, false
		}
		spans[k].from = from
		end := badValue
		switch kind {
		case quoted:
			if end = firstOdd(b, from); end >= 0 && b[end] != '"' {
				end = badValue
			}
		case word:
			end = literal(b, from)
		}
		if end < 0 {
			return k, from, true
		}
		spans[k].to, at, t = end, end, rest
	}
}
