package pattern

import (
	"encoding/binary"
	"strings"
)

// A node is a place in an event that some path leads to or through. Nodes form a
// trie over the paths' segments, which are what stands between dots: a key with
// dots in it is as many steps. Nodes do not change once they are in use; with
// and without give new ones.
type node struct {
	id    int32 // of the path that ends here, or -1
	kids  int
	sizes uint64 // a bit for each length of the kids' names, modulo 64
	slots []step // open addressing; its length is a power of two
	wide  map[string]*node
}

type step struct {
	name string
	to   *node
}

// maxProbe is how far a key may stand from its slot before a node uses a map.
const maxProbe = 8

func newNode() *node { return &node{id: -1} }

func keyHash(key []byte) uint64 {
	const mix = 0x9E3779B97F4A7C15
	n := len(key)
	var x uint64
	switch {
	case n >= 8:
		x = binary.LittleEndian.Uint64(key) ^ binary.LittleEndian.Uint64(key[n-8:])*mix
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<32
	case n > 0:
		x = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	x = (x ^ uint64(n)) * mix
	return x ^ x>>32
}

// child is the node for one segment, or nil.
func (n *node) child(key []byte) *node {
	if n.wide != nil {
		return n.wide[string(key)]
	}
	if n.sizes>>(len(key)&63)&1 == 0 {
		return nil
	}
	mask := uint64(len(n.slots) - 1)
	for i := keyHash(key); ; i++ {
		s := &n.slots[i&mask]
		if s.to == nil {
			return nil
		}
		if s.name == string(key) {
			return s.to
		}
	}
}

// descend is the node for a key that may have dots in it, or nil.
func (n *node) descend(key []byte) *node {
	for n != nil {
		dot := -1
		for i, c := range key {
			if c == '.' {
				dot = i
				break
			}
		}
		if dot < 0 {
			return n.child(key)
		}
		n, key = n.child(key[:dot]), key[dot+1:]
	}
	return nil
}

func (n *node) each(f func(name string, to *node)) {
	for name, to := range n.wide {
		f(name, to)
	}
	for _, s := range n.slots {
		if s.to != nil {
			f(s.name, s.to)
		}
	}
}

// with is the trie with one more path.
func (n *node) with(path string, id int32) *node {
	name, rest, more := strings.Cut(path, ".")
	kid := n.child([]byte(name))
	if kid == nil {
		kid = newNode()
	}
	if more {
		kid = kid.with(rest, id)
	} else {
		kid = kid.clone()
		kid.id = id
	}
	return n.replace(name, kid)
}

// without is the trie without a path; a node that leads nowhere is left out.
func (n *node) without(path string) *node {
	name, rest, more := strings.Cut(path, ".")
	kid := n.child([]byte(name))
	if kid == nil {
		return n
	}
	if more {
		kid = kid.without(rest)
	} else {
		kid = kid.clone()
		kid.id = -1
	}
	if kid.id < 0 && kid.kids == 0 {
		kid = nil
	}
	return n.replace(name, kid)
}

func (n *node) clone() *node {
	c := *n
	return &c
}

// replace gives a copy of n in which name leads to kid, or nowhere if it is nil.
func (n *node) replace(name string, kid *node) *node {
	steps := make([]step, 0, n.kids+1)
	n.each(func(other string, to *node) {
		if other != name {
			steps = append(steps, step{other, to})
		}
	})
	if kid != nil {
		steps = append(steps, step{name, kid})
	}
	return nodeOf(n.id, steps)
}

func nodeOf(id int32, steps []step) *node {
	n := &node{id: id, kids: len(steps)}
	if len(steps) == 0 {
		return n
	}
	size := 2
	for size < 3*len(steps) {
		size *= 2
	}
	n.slots = make([]step, size)
	for _, s := range steps {
		n.sizes |= 1 << (len(s.name) & 63)
		i, probes := keyHash(unsafeBytes(s.name)), 0
		for n.slots[i&uint64(size-1)].to != nil {
			i++
			probes++
		}
		n.slots[i&uint64(size-1)] = s
		if probes > maxProbe {
			return wideNode(id, steps)
		}
	}
	return n
}

// wideNode is for keys that were chosen so that their hashes meet.
func wideNode(id int32, steps []step) *node {
	n := &node{id: id, kids: len(steps), wide: make(map[string]*node, len(steps))}
	for _, s := range steps {
		n.wide[s.name] = s.to
	}
	return n
}

// buildTrie makes the trie of many paths at once.
func buildTrie(ids map[string]int32) *node {
	top := growing{id: -1}
	for path, id := range ids {
		top.add(path, id)
	}
	return top.done()
}

// growing is a node while its trie is built.
type growing struct {
	id   int32
	kids map[string]*growing
}

func (g *growing) add(path string, id int32) {
	for more := true; more; {
		var name string
		name, path, more = strings.Cut(path, ".")
		kid := g.kids[name]
		if kid == nil {
			kid = &growing{id: -1}
			if g.kids == nil {
				g.kids = map[string]*growing{}
			}
			g.kids[name] = kid
		}
		g = kid
	}
	g.id = id
}

func (g *growing) done() *node {
	steps := make([]step, 0, len(g.kids))
	for name, kid := range g.kids {
		steps = append(steps, step{name, kid.done()})
	}
	return nodeOf(g.id, steps)
}
