package pattern

import (
	"bytes"
	"slices"
)

// A radix tree finds the entries whose text a value begins with. Changing it
// copies the nodes on the way, so that a copy of the tree made before stays as
// it was.
type radix[K comparable] struct{ root *branch[K] }

type branch[K comparable] struct {
	part    string // the text from the branch above
	firsts  []byte // the first bytes of the kids' parts
	kids    []*branch[K]
	entries []*entry[K] // of the text up to here
}

func (t *radix[K]) add(text string, e *entry[K]) {
	if t.root == nil {
		t.root = &branch[K]{}
	}
	t.root = t.root.with(text, e)
}

func (b *branch[K]) with(text string, e *entry[K]) *branch[K] {
	c := *b
	if text == "" {
		c.entries = append(slices.Clone(b.entries), e)
		return &c
	}
	i := bytes.IndexByte(b.firsts, text[0])
	if i < 0 {
		c.firsts = append(slices.Clone(b.firsts), text[0])
		c.kids = append(slices.Clone(b.kids), &branch[K]{part: text, entries: []*entry[K]{e}})
		return &c
	}
	kid := b.kids[i]
	n := common(kid.part, text)
	if n < len(kid.part) {
		lower := *kid
		lower.part = kid.part[n:]
		kid = &branch[K]{part: kid.part[:n], firsts: []byte{lower.part[0]}, kids: []*branch[K]{&lower}}
	}
	c.kids = slices.Clone(b.kids)
	c.kids[i] = kid.with(text[n:], e)
	return &c
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func (t *radix[K]) remove(text string, e *entry[K]) {
	if t.root == nil {
		return
	}
	t.root = t.root.without(text, e)
	if t.root.empty() {
		t.root = nil
	}
}

func (b *branch[K]) empty() bool { return len(b.entries) == 0 && len(b.kids) == 0 }

func (b *branch[K]) without(text string, e *entry[K]) *branch[K] {
	c := *b
	if text == "" {
		c.entries = drop(b.entries, e)
		return &c
	}
	i := bytes.IndexByte(b.firsts, text[0])
	if i < 0 || common(b.kids[i].part, text) < len(b.kids[i].part) {
		return b
	}
	kid := b.kids[i].without(text[len(b.kids[i].part):], e)
	c.kids = slices.Clone(b.kids)
	switch {
	case kid.empty():
		c.kids = slices.Delete(c.kids, i, i+1)
		c.firsts = slices.Delete(slices.Clone(b.firsts), i, i+1)
	case len(kid.kids) == 1 && len(kid.entries) == 0:
		lower := *kid.kids[0]
		lower.part = kid.part + lower.part
		c.kids[i] = &lower
	default:
		c.kids[i] = kid
	}
	return &c
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
