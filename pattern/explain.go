package pattern

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Explanation says why an event matches a pattern or does not.
type Explanation struct {
	Matched bool
	// Ways has an entry for each way to match: one, or with $or one for every
	// combination, in the order of the text.
	Ways []Way
}

// Way is one combination of a pattern's fields that would match.
type Way struct {
	// Misses are the fields that failed; none if this way matched. A way that
	// fails though each field by itself does not has one Miss, with Split set.
	Misses []Miss
}

// Miss is a field that failed.
type Miss struct {
	Path string   // keys joined by dots
	Want string   // the field's list, as the pattern has it
	Got  []string // the event's values there as JSON, none if it has none
	// Split says that all fields found a value, but not in the same elements of
	// the arrays around them. Path is then that of the first field inside one.
	Split bool

	kinds []kind
}

// Explain says why event, which must have passed [Check], matches or does not.
func (p *Pattern) Explain(event []byte) Explanation {
	a := p.alone()
	r := new(reading)
	matched := a.match(p, r, event)
	x := Explanation{Matched: matched, Ways: make([]Way, len(p.disjuncts))}
	for i, d := range p.disjuncts {
		x.Ways[i] = p.explain(r, d, a.ids[i])
	}
	return x
}

func (p *Pattern) explain(r *reading, d disjunct, ids []int32) Way {
	var w Way
	if r.holds(d, ids) {
		return w
	}
	inside := -1
	for i := range d {
		head := r.heads[ids[i]]
		if inside < 0 && head >= 0 && r.values[head].in > 0 {
			inside = i
		}
		alone := r.holds(d[i:i+1], ids[i:i+1])
		if !alone {
			w.Misses = append(w.Misses, p.miss(r, &d[i], head))
		}
	}
	if len(w.Misses) == 0 && inside >= 0 {
		m := p.miss(r, &d[inside], r.heads[ids[inside]])
		m.Split = true
		w.Misses = append(w.Misses, m)
	}
	return w
}

func (p *Pattern) miss(r *reading, f *field, head int32) Miss {
	m := Miss{Path: f.path, Want: p.src[f.src.from:f.src.to]}
	for i := head; i >= 0; i = r.values[i].next {
		v := r.leaf(i)
		if v.quoted {
			m.Got = append(m.Got, strconv.Quote(string(v.text)))
		} else {
			m.Got = append(m.Got, string(v.text))
		}
	}
	for i, j := 0, len(m.Got)-1; i < j; i, j = i+1, j-1 { // lists run backwards
		m.Got[i], m.Got[j] = m.Got[j], m.Got[i]
	}
	for i := range f.any {
		m.kinds = append(m.kinds, f.any[i].kind)
	}
	return m
}

// How much of values and lists a sentence shows.
const (
	shownValues = 3
	shownText   = 80
)

// String says it in a sentence: "detail.severity 9.1 is not in [7, 7.1, …]".
func (m Miss) String() string {
	path, want := m.Path, shorten(strings.Join(strings.Fields(m.Want), " "))
	if m.Split {
		return path + " is right in one element of its array, but the other fields are so only in others"
	}
	literal := true
	for _, k := range m.kinds {
		literal = literal && k <= address
	}
	switch {
	case len(m.Got) == 0 && len(m.kinds) == 1 && m.kinds[0] == exists:
		return path + " does not exist"
	case len(m.Got) == 0:
		return path + " is missing, wanted is " + want
	case len(m.kinds) == 1 && m.kinds[0] == absent:
		return path + " exists: " + m.values()
	case literal:
		return path + " " + m.values() + " is not in " + want
	}
	return path + " " + m.values() + " does not satisfy " + want
}

func (m Miss) values() string {
	shown := m.Got[:min(len(m.Got), shownValues)]
	short := make([]string, len(shown))
	for i, v := range shown {
		short[i] = shorten(v)
	}
	s := strings.Join(short, ", ")
	if more := len(m.Got) - len(shown); more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// shorten cuts s to at most shownText bytes, at a character, and says so. A list
// keeps its closing bracket.
func shorten(s string) string {
	if len(s) <= shownText {
		return s
	}
	cut := shownText
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	if strings.HasSuffix(s, "]") {
		return s[:cut] + "…]"
	}
	return s[:cut] + "…"
}

// String is "match", or the misses of the way that has fewest, and of how many
// other ways there are.
func (x Explanation) String() string {
	if x.Matched {
		return "match"
	}
	best := 0
	for i, w := range x.Ways {
		if len(w.Misses) < len(x.Ways[best].Misses) {
			best = i
		}
	}
	var b strings.Builder
	for i, m := range x.Ways[best].Misses {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(m.String())
	}
	if n := len(x.Ways); n > 1 {
		fmt.Fprintf(&b, " (the nearest of %d alternatives)", n)
	}
	return b.String()
}
