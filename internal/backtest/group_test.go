package backtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Groups hold what was added, however it was divided, merged and written down.
func TestGroups(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	want := map[string]map[int64]bool{}
	counts := map[string]int64{}
	all := make([]groups, 7)
	for i := range 40_000 {
		name, second := fmt.Sprint("arn:", rnd.IntN(9_000)), int64(rnd.IntN(5))
		counts[name]++
		if want[name] == nil {
			want[name] = map[int64]bool{}
		}
		want[name][second] = true
		all[i%len(all)%(1+i/6_000)].add([]byte(name), second) // of different sizes, the last of them empty
		switch i {
		case 15_000: // and more comes after a merge
			all[0].merge(&all[1])
			all[1] = groups{}
		case 25_000:
			b, err := json.Marshal(&all[2])
			if err == nil {
				err = json.Unmarshal(b, &all[2])
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var sum groups
	for i := range all {
		sum.merge(&all[i])
	}
	got := map[string]map[int64]bool{}
	for of := range sum.all {
		if got[of.Name] != nil || of.Count != counts[of.Name] {
			t.Fatalf("%s: %d matches of %d; twice: %v", of.Name, of.Count, counts[of.Name], got[of.Name] != nil)
		}
		got[of.Name] = map[int64]bool{}
		for _, s := range slices.Concat([]int64{of.First}, of.More) {
			got[of.Name][s] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || sum.n != len(want) {
		t.Errorf("%d groups of %d: %s", sum.n, len(want), diff)
	}
}
