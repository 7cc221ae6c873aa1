package source

import "github.com/tocsin-io/tocsin/pattern"

// A Sifter asks a Board, or the Set that holds the same patterns, about records as
// they stand. It learns how the records are built.
type Sifter struct {
	Shape *Shape
	Built bool // the record that was matched last is built as Shape knows

	board   *Board
	strange int // rises with records that are not
	vain    int // rises with texts that MatchFirst did not take
}

// maxStrange is how many more records than others may be built as none before
// until it is not worth to look any more.
const maxStrange = 4096

// NewSifter makes a Sifter whose Shape keeps the values at the paths of keep.
func NewSifter(b *Board, keep ...string) *Sifter {
	return &Sifter{Shape: b.Shape(keep...), board: b}
}

// Match appends the keys of the patterns that match a record, which may be
// anything. The error says that it is no JSON that can be matched.
func (s *Sifter) Match(set *pattern.Set[int], record []byte, hits []int) ([]int, error) {
	known := Unknown
	s.Built = false
	if s.strange < maxStrange {
		if known = s.Shape.Read(record); known == Built {
			s.strange = max(0, s.strange-1)
			s.Built = true
			return s.board.Match(s.Shape, hits), nil
		}
	}
	hits, err := set.CheckMatch(record, hits)
	if err == nil && known == Unknown && s.strange < maxStrange {
		s.strange += 2
		s.Shape.Learn(record)
	}
	return hits, err
}

// MatchFirst is Match for a record that a text begins with, if it is built as others
// were: where it ends is found by the way, and given; 0 means that Match has to be
// asked, when it is known where the record ends. If the text is short it ends within
// the record: MatchFirst may be asked again, with the same text and more.
func (s *Sifter) MatchFirst(text []byte, again bool, hits []int) (n int, short bool, _ []int) {
	s.Built = false
	if s.vain >= maxStrange {
		return 0, false, hits
	}
	var known Known
	if again {
		n, known = s.Shape.ReadMore(text)
	} else {
		n, known = s.Shape.ReadFirst(text)
	}
	switch known {
	case Built:
		s.vain = max(0, s.vain-1)
		s.Built = true
		return n, false, s.board.Match(s.Shape, hits)
	case Short:
		return 0, true, hits
	}
	s.vain += 2
	return 0, false, hits
}

// Head reads the head of the record that was matched last.
func (s *Sifter) Head(h *Head, record []byte) {
	if s.Built {
		s.Shape.Head(h, record)
	} else {
		h.Parse(record)
	}
}

// EachResource calls each with every resource that the record names which was
// matched last and of which Head gave h.
func (s *Sifter) EachResource(h *Head, record []byte, each func(arn []byte)) {
	if s.Built {
		s.Shape.EachResource(record, each)
	} else {
		h.EachResource(each)
	}
}
