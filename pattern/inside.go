package pattern

import (
	"hash/maphash"
	"slices"
)

// Wildcards that begin and end with a star are filed under a piece of the text
// between their stars, the one that the fewest others are filed under, and found
// by looking up all pieces of a value.

// gram is how long a piece is, in bytes; shorter if there is no text of that
// length between the stars.
const gram = 4

// maxPieces bounds how many pieces of a wildcard are looked at.
const maxPieces = 32

// piece gives the piece under which to file a wildcard, and how many are filed
// there. It is "" for one that is only a star.
func (x *index[K]) piece(m *matcher, seed maphash.Seed) (best string, others int) {
	size := pieceSize(m)
	if size == 0 {
		return "", 0
	}
	tried := 0
	for _, part := range m.more.parts {
		for i := 0; i+size <= len(part) && tried < maxPieces; i++ {
			tried++
			piece := part[i : i+size]
			if n := len(x.table.get(wild, unsafeBytes(piece), seed)); best == "" || n < others {
				best, others = piece, n
			}
		}
	}
	return best, others
}

func pieceSize(m *matcher) (size int) {
	for _, part := range m.more.parts {
		size = max(size, min(len(part), gram))
	}
	return size
}

func (x *index[K]) addInside(m *matcher, e *entry[K], seed maphash.Seed, batch uint64) {
	piece, _ := x.piece(m, seed)
	if piece == "" {
		x.loose = append(x.loose, e)
		return
	}
	x.inside[len(piece)]++
	x.table.add(wild, piece, e, seed, batch)
}

// removeInside takes the entry from wherever it is: which piece was the best for
// this wildcard is not known any more, nor which of an entry's several wildcards
// stands there, but they all go.
func (x *index[K]) removeInside(m *matcher, e *entry[K], seed maphash.Seed, batch uint64) {
	x.loose = drop(x.loose, e)
	size, tried := pieceSize(m), 0
	for _, part := range m.more.parts {
		for i := 0; size > 0 && i+size <= len(part) && tried < maxPieces; i++ {
			tried++
			piece := part[i : i+size]
			for slices.Contains(x.table.get(wild, unsafeBytes(piece), seed), e) {
				x.inside[size]--
				x.table.remove(wild, piece, e, seed, batch)
			}
		}
	}
}

// findInside tries the entries filed under pieces of the text.
func (x *index[K]) findInside(f *finder[K], text []byte, seed maphash.Seed) {
	f.tryAll(x.loose)
	for size := 1; size <= gram; size++ {
		if x.inside[size] == 0 {
			continue
		}
		for i := 0; i+size <= len(text); i++ {
			f.tryAll(x.table.get(wild, text[i:i+size], seed))
		}
	}
}
