package pattern

import (
	"bytes"
	"slices"
)

// A radix tree finds the entries whose text a value begins with. Changing it
// copies the nodes on the way, so that a copy of the tree made before stays as
// it was; nodes that the same batch copied before are changed in place.
type radix[K comparable] struct{ root *branch[K] }

type branch[K comparable] struct {
	part    string // the text from the branch above
	firsts  []byte // the first bytes of the kids' parts
	kids    []*branch[K]
	entries []*entry[K] // of the text up to here
	batch   uint64      // which may change it in place
}

// own gives b or a copy of it that the batch may change.
func (b *branch[K]) own(batch uint64) *branch[K] {
	if b.batch == batch {
		return b
	}
	return &branch[K]{b.part, slices.Clone(b.firsts), slices.Clone(b.kids), slices.Clip(b.entries), batch}
}

func (t *radix[K]) add(text string, e *entry[K], batch uint64) {
	if t.root == nil {
		t.root = &branch[K]{batch: batch}
	}
	t.root = t.root.with(text, e, batch)
}

func (b *branch[K]) with(text string, e *entry[K], batch uint64) *branch[K] {
	b = b.own(batch)
	if text == "" {
		b.entries = append(b.entries, e)
		return b
	}
	i := bytes.IndexByte(b.firsts, text[0])
	if i < 0 {
		b.firsts = append(b.firsts, text[0])
		b.kids = append(b.kids, &branch[K]{part: text, entries: []*entry[K]{e}, batch: batch})
		return b
	}
	kid := b.kids[i]
	n := common(kid.part, text)
	if n < len(kid.part) {
		lower := kid.own(batch)
		kid = &branch[K]{part: lower.part[:n], firsts: []byte{lower.part[n]}, kids: []*branch[K]{lower}, batch: batch}
		lower.part = lower.part[n:]
	}
	b.kids[i] = kid.with(text[n:], e, batch)
	return b
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// count is how many entries there are under just this text.
func (t *radix[K]) count(text string) int {
	b := t.root
	for b != nil && text != "" {
		i := bytes.IndexByte(b.firsts, text[0])
		if i < 0 || common(b.kids[i].part, text) < len(b.kids[i].part) {
			return 0
		}
		b = b.kids[i]
		text = text[len(b.part):]
	}
	if b == nil {
		return 0
	}
	return len(b.entries)
}

func (t *radix[K]) remove(text string, e *entry[K], batch uint64) {
	if t.root == nil {
		return
	}
	t.root = t.root.without(text, e, batch)
	if t.root.empty() {
		t.root = nil
	}
}

func (b *branch[K]) empty() bool { return len(b.entries) == 0 && len(b.kids) == 0 }

func (b *branch[K]) without(text string, e *entry[K], batch uint64) *branch[K] {
	b = b.own(batch)
	if text == "" {
		b.entries = drop(b.entries, e)
		return b
	}
	i := bytes.IndexByte(b.firsts, text[0])
	if i < 0 || common(b.kids[i].part, text) < len(b.kids[i].part) {
		return b
	}
	kid := b.kids[i].without(text[len(b.kids[i].part):], e, batch)
	switch {
	case kid.empty():
		b.kids = slices.Delete(b.kids, i, i+1)
		b.firsts = slices.Delete(b.firsts, i, i+1)
	case len(kid.kids) == 1 && len(kid.entries) == 0:
		lower := kid.kids[0].own(batch)
		lower.part = kid.part + lower.part
		b.kids[i] = lower
	default:
		b.kids[i] = kid
	}
	return b
}

// findForward tries the entries of all texts that s begins with.
func (t *radix[K]) findForward(f *finder[K], s []byte) {
	for b := t.root; b != nil; {
		f.tryAll(b.entries)
		if len(s) == 0 {
			return
		}
		i := bytes.IndexByte(b.firsts, s[0])
		if i < 0 {
			return
		}
		b = b.kids[i]
		if len(s) < len(b.part) || string(s[:len(b.part)]) != b.part {
			return
		}
		s = s[len(b.part):]
	}
}

// findBackward is findForward for s read from its end.
func (t *radix[K]) findBackward(f *finder[K], s []byte) {
	for b := t.root; b != nil; {
		f.tryAll(b.entries)
		if len(s) == 0 {
			return
		}
		i := bytes.IndexByte(b.firsts, s[len(s)-1])
		if i < 0 {
			return
		}
		b = b.kids[i]
		if len(s) < len(b.part) {
			return
		}
		for j := range len(b.part) {
			if s[len(s)-1-j] != b.part[j] {
				return
			}
		}
		s = s[:len(s)-len(b.part)]
	}
}
