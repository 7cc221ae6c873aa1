package pattern

// complexity is the most places in the wildcards of one field that some text can
// lead to at once, counted as event-ruler's MachineComplexityEvaluator counts
// them: transitions just taken, loops of stars included. It stops counting soon
// after most.
func complexity(ds []disjunct, most int) int {
	highest := 0
	seen := map[*matcher]bool{}
	for _, d := range ds {
		for i := range d {
			f := &d[i]
			if seen[&f.any[0]] {
				continue
			}
			seen[&f.any[0]] = true
			var all []automaton
			for j := range f.any {
				if f.any[j].kind == wild {
					all = append(all, newAutomaton(f.any[j].more.parts))
				}
			}
			if len(all) > 0 {
				highest = max(highest, widest(all, most))
			}
			if highest > most {
				return highest
			}
		}
	}
	return highest
}

// An automaton is a wildcard as steps over the quoted text: a byte, or a star.
type automaton []int16

const star = -1

func newAutomaton(w wildcard) automaton {
	a := automaton{'"'}
	for i, part := range w {
		if i > 0 {
			a = append(a, star)
		}
		for j := range len(part) {
			a = append(a, int16(part[j]))
		}
	}
	return append(a, '"')
}

// maxTexts bounds how many different sets of places are looked at; or it is as
// many as the wildcards have places, if those are more.
const maxTexts = 2000

// A place is a transition of an automaton that was just taken: step at of
// automaton which.
type place struct{ which, at int32 }

// widest walks all texts, as sets of places, breadth first.
func widest(all []automaton, most int) int {
	var first []place
	texts := maxTexts
	for i := range all {
		texts += len(all[i])
		first = append(first, place{int32(i), 0})
	}
	queue := [][]place{first}
	seen := map[string]bool{keyOf(first): true}
	highest := 0
	for len(queue) > 0 {
		set := queue[0]
		queue = queue[1:]
		highest = max(highest, weight(all, set))
		if highest > most {
			return highest
		}
		for _, b := range bytesOf(all, set) {
			next := advance(all, set, b)
			if key := keyOf(next); len(next) > 0 && !seen[key] {
				if len(seen) == texts {
					return most + 1
				}
				seen[key] = true
				queue = append(queue, next)
			}
		}
	}
	return highest
}

// weight counts the places and the stars that follow them without having been
// taken.
func weight(all []automaton, set []place) int {
	n := len(set)
	for _, p := range set {
		a := all[p.which]
		if after := p.at + 1; int(after) < len(a) && a[after] == star && !contains(set, place{p.which, after}) {
			n++
		}
	}
	return n
}

func contains(set []place, p place) bool {
	for _, q := range set {
		if p == q {
			return true
		}
	}
	return false
}

// bytesOf are the bytes that tell the texts from here on apart: those that some
// automaton waits for, and one that none does.
func bytesOf(all []automaton, set []place) []int16 {
	bytes := []int16{0}
	var have [256]bool
	for _, p := range set {
		a := all[p.which]
		for at := p.at + 1; int(at) < len(a); at++ {
			if a[at] == star {
				continue
			}
			if !have[a[at]] {
				have[a[at]] = true
				bytes = append(bytes, a[at])
			}
			break
		}
	}
	return bytes
}

// advance gives the places after one more byte, in order.
func advance(all []automaton, set []place, b int16) []place {
	var next []place
	add := func(p place) {
		if !contains(next, p) {
			next = append(next, p)
		}
	}
	for _, p := range set {
		a := all[p.which]
		if a[p.at] == star {
			add(p)
		}
		for at := p.at + 1; int(at) < len(a); at++ {
			if a[at] == star {
				add(place{p.which, at})
				continue
			}
			if a[at] == b {
				add(place{p.which, at})
			}
			break
		}
	}
	return next
}

func keyOf(set []place) string {
	key := make([]byte, 0, 6*len(set))
	for _, p := range set {
		key = append(key, byte(p.which), byte(p.which>>8), byte(p.at), byte(p.at>>8), byte(p.at>>16))
	}
	return string(key)
}
