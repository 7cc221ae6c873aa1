package backtest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/tocsin-io/tocsin/pattern"
)

// weaker is a pattern without the field at path.
type weaker struct {
	path    string
	pattern *pattern.Pattern
}

// relax gives a pattern as often as it has fields, each time without one of them.
// A pattern of one field gives none: every event misses it by one field. In $or,
// an alternative that has no field left always holds, and $or with it.
func relax(p *pattern.Pattern) ([]weaker, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(p.String())))
	dec.UseNumber() // the spelling of numbers stays
	var tree map[string]any
	if err := dec.Decode(&tree); err != nil {
		return nil, err
	}
	var out []weaker
	for _, at := range leaves(tree, nil) {
		left, _ := without(tree, at).(map[string]any)
		if len(left) == 0 {
			continue
		}
		text, err := json.Marshal(left)
		if err != nil {
			return nil, err
		}
		w, err := pattern.Compile(text, pattern.Limits{})
		if err != nil {
			return nil, err
		}
		out = append(out, weaker{pathOf(at), w})
	}
	return out, nil
}

// leaves gives the ways to all fields: keys, and in $or places as numbers.
func leaves(node any, at []string) [][]string {
	var out [][]string
	switch n := node.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(n)) {
			out = append(out, leaves(n[key], append(slices.Clone(at), key))...)
		}
	case []any:
		if len(at) == 0 || at[len(at)-1] != "$or" || !alternatives(n) {
			return [][]string{at}
		}
		for i, branch := range n {
			out = append(out, leaves(branch, append(slices.Clone(at), strconv.Itoa(i)))...)
		}
	}
	return out
}

// alternatives tells $or from a field of that name.
func alternatives(list []any) bool {
	for _, e := range list {
		if m, ok := e.(map[string]any); !ok || len(m) == 0 {
			return false
		}
	}
	return len(list) > 1
}

// without gives node without the field at the way, and without what that leaves
// empty: nil if nothing is left.
func without(node any, at []string) any {
	if len(at) == 0 {
		return nil
	}
	switch n := node.(type) {
	case map[string]any:
		n = maps.Clone(n)
		if kid := without(n[at[0]], at[1:]); kid != nil {
			n[at[0]] = kid
		} else {
			delete(n, at[0])
		}
		if len(n) > 0 {
			return n
		}
	case []any:
		i, _ := strconv.Atoi(at[0])
		if kid := without(n[i], at[1:]); kid != nil {
			n = slices.Clone(n)
			n[i] = kid
			return n
		}
	}
	return nil
}

// pathOf is how Explain writes a way: without $or and its places.
func pathOf(at []string) string {
	var b []byte
	for i := 0; i < len(at); i++ {
		if at[i] == "$or" && i+2 < len(at) {
			i++
			continue
		}
		if len(b) > 0 {
			b = append(b, '.')
		}
		b = append(b, at[i]...)
	}
	return string(b)
}
