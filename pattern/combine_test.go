package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Events of arrays in arrays, few names and few values, so that combine has to
// decide often; solve is the definition.
func TestCombineIsSolve(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var value func(depth int) string
	object := func(depth int) string {
		var parts []string
		for _, i := range r.Perm(4)[:1+r.IntN(3)] {
			parts = append(parts, fmt.Sprintf("%q:%s", string("abcd"[i]), value(depth-1)))
		}
		if r.IntN(30) == 0 { // an odd event
			parts = append(parts, fmt.Sprintf("%q:%s", pickOne(r, "a", "a.b", "b.c"), value(depth-1)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	value = func(depth int) string {
		if depth <= 0 || r.IntN(6) == 0 {
			return fmt.Sprint(r.IntN(3))
		}
		if r.IntN(3) == 0 {
			return object(depth)
		}
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, value(depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	decided, matched := 0, 0
	rounds := 60000
	if testing.Short() {
		rounds = 5000
	}
	for range rounds {
		var fields []string
		for range 1 + r.IntN(4) {
			path := string("abc"[r.IntN(3)])
			for range r.IntN(3) {
				path += "." + string("abcd"[r.IntN(4)])
			}
			list := fmt.Sprint(r.IntN(3))
			switch r.IntN(5) {
			case 0:
				list = `{"exists":false}`
			case 1:
				list += `,{"exists":false}`
			}
			fields = append(fields, fmt.Sprintf(`%q:[%s]`, path, list))
		}
		p, err := Compile([]byte("{"+strings.Join(fields, ",")+"}"), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		event := object(5)
		a := p.alone()
		rd := new(reading)
		got := a.match(p, rd, []byte(event))
		d, ids := p.disjuncts[0], a.ids[0]
		for len(rd.chosen) < int(rd.arrays) {
			rd.chosen = append(rd.chosen, 0)
		}
		rd.work = 1 << 40
		want := rd.solve(d, ids)
		rd.work = 1 << 40
		if got != want {
			t.Fatalf("pattern %s\nevent %s\nholds says %v, solve %v", p, event, got, want)
		}
		switch rd.combine(d, ids) {
		case yes:
			decided++
			if !want {
				t.Fatalf("pattern %s\nevent %s\ncombine says yes", p, event)
			}
		case no:
			decided++
			if want {
				t.Fatalf("pattern %s\nevent %s\ncombine says no", p, event)
			}
		}
		if !slices.ContainsFunc(d, func(f field) bool { return f.allowsAbsence() }) && rd.cover(d, ids) == yes != want {
			t.Fatalf("pattern %s\nevent %s\ncover does not say %v", p, event, want)
		}
		if want {
			matched++
		}
	}
	if decided < rounds*9/10 || matched < rounds/20 {
		t.Errorf("of %d rounds, %d were decided and %d matched", rounds, decided, matched)
	}
}

func pickOne(r *rand.Rand, xs ...string) string { return xs[r.IntN(len(xs))] }
