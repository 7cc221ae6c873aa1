// Package pattern is Amazon EventBridge's event pattern language: it compiles
// patterns, says whether an event matches, which of many thousand patterns an
// event matches, and why one does not.
//
// Which function do I want?
//
//   - One pattern, one answer: [Compile], then [Pattern.Match].
//   - Many patterns against a stream of events: put them in a [Set].
//   - What is wrong with this pattern: the [*Error] that Compile gives, with
//     EventBridge's own text.
//   - What is probably not meant so: [Lint].
//   - Why does this event not match: [Pattern.Explain].
//
// Patterns and events come in as JSON text. An event has to be checked once, by
// [Check], before it is matched: Match and Explain read a checked event only
// and may answer anything (but never panic) for text that Check refuses.
//
// The language is that of the open source engine behind EventBridge,
// github.com/aws/event-ruler: numbers compare by value, addresses by address,
// and fields of different elements of one array do not combine. The few places
// where this package decides differently are listed in docs/patterns.md of the repository.
//
// Everything here is safe for use by several goroutines at once. The package
// needs nothing but the standard library.
package pattern

import (
	"sync"
	"sync/atomic"
)

// Pattern is a compiled event pattern. It does not change after Compile and may
// be shared.
type Pattern struct {
	src       string
	disjuncts []disjunct
	own       atomic.Pointer[alone] // made by the first Match
}

// A disjunct is one way to match: all of its fields at once. A pattern has one,
// or with $or one for every combination of the branches.
type disjunct []field

// A field is the list of matchers for one path; one of them has to hold.
// Fields of a disjunct stand in the order in which event-ruler tests them, that
// of the paths' UTF-16 code units, because exists:false depends on it.
type field struct {
	path string    // keys joined by dots
	any  []matcher // never empty
	many *list     // of any, if they are many
	src  span      // the list in the pattern's text
}

// A span is a part of a pattern's text.
type span struct{ from, to int32 }

// Match says whether event, which must have passed [Check], matches. It does not
// allocate.
func (p *Pattern) Match(event []byte) bool {
	a := p.alone()
	r := a.reading()
	found := a.match(p, r, event)
	r.end()
	a.readings.Put(r)
	return found
}

// CheckMatch is [Check] and Match in one pass over the event. If the event is
// malformed, the error is Check's.
func (p *Pattern) CheckMatch(event []byte) (bool, error) {
	a := p.alone()
	r := a.reading()
	defer a.readings.Put(r)
	defer r.end()
	r.begin(event, a.paths)
	if !r.readStrict(a.root) {
		return false, Check(event)
	}
	return a.holds(p, r), nil
}

// alone is what matching one pattern by itself needs.
type alone struct {
	root     *node
	paths    int
	ids      [][]int32 // by disjunct, the ids of its fields' paths
	readings sync.Pool
}

// alone makes or finds p's own trie. Two goroutines may make it at once; one of
// them is heard.
func (p *Pattern) alone() *alone {
	if a := p.own.Load(); a != nil {
		return a
	}
	var g registry
	a := &alone{ids: make([][]int32, len(p.disjuncts))}
	for i, d := range p.disjuncts {
		a.ids[i] = make([]int32, len(d))
		for j := range d {
			a.ids[i][j], _ = g.use(d[j].path)
		}
	}
	a.root, a.paths = buildTrie(g.ids), len(g.uses)
	p.own.CompareAndSwap(nil, a)
	return p.own.Load()
}

func (a *alone) reading() *reading {
	if r, _ := a.readings.Get().(*reading); r != nil {
		return r
	}
	return new(reading)
}

// match reads the event and leaves the reading as it is then.
func (a *alone) match(p *Pattern, r *reading, event []byte) bool {
	r.begin(event, a.paths)
	r.read(a.root)
	return a.holds(p, r)
}

func (a *alone) holds(p *Pattern, r *reading) bool {
	for i, d := range p.disjuncts {
		if r.holds(d, a.ids[i]) {
			return true
		}
	}
	return false
}

// String is the pattern's text, as it was compiled.
func (p *Pattern) String() string { return p.src }

// Combinations is the number of ways to match that $or multiplies out to; 1
// without $or.
func (p *Pattern) Combinations() int { return len(p.disjuncts) }

// Paths are the paths of the event that the pattern looks at, keys joined by
// dots, each once; those of one way to match are in order.
func (p *Pattern) Paths() []string {
	var paths []string
	seen := map[string]bool{}
	for _, d := range p.disjuncts {
		for _, f := range d {
			if !seen[f.path] {
				seen[f.path] = true
				paths = append(paths, f.path)
			}
		}
	}
	return paths
}
