package pattern

import "hash/maphash"

// many is from how many matchers on a field's list has an index of its own, so
// that a value need not be put to each of them.
const many = 64

// A list finds the matchers of a long list that a value may satisfy, as a Set
// finds its entries.
type list struct {
	index index[int]
	rest  []matcher // anything-but, of which there is nothing to look up
}

var listSeed = maphash.MakeSeed()

func newList(all []matcher) *list {
	l := &list{}
	entries := make([]entry[int], len(all))
	fields := make([]field, len(all))
	for i := range all {
		switch k := all[i].kind; {
		case k > absent:
			l.rest = append(l.rest, all[i])
		case k < absent:
			fields[i].any = all[i : i+1]
			entries[i].d = fields[i : i+1]
			l.index.add(&fields[i], &entries[i], listSeed, 1)
		}
	}
	return l
}

// takes says whether any of the matchers holds for the leaf.
func (l *list) takes(v *leaf) bool {
	for i := range l.rest {
		if l.rest[i].matches(v) {
			return true
		}
	}
	f := finder[int]{r: v.r, one: *v, folded: &v.r.refolded}
	l.index.findLeaf(&f, v, listSeed)
	return f.hit
}
