package pattern_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/pattern"
)

func TestSetReplacesAndRemoves(t *testing.T) {
	var s pattern.Set[string]
	event := []byte(`{"a":"x","b":1}`)
	if got := s.Match(event, nil); len(got) != 0 || s.Len() != 0 || s.Remove("k") {
		t.Fatalf("the zero Set finds %v", got)
	}
	s.Add("k", mustCompile(t, `{"a":["x","x",{"prefix":"x"}]}`))
	s.Add("or", mustCompile(t, `{"$or":[{"a":["x"]},{"b":[1]},{"b":[{"anything-but":2}]}]}`))
	got := s.Match(event, []string{"kept"})
	slices.Sort(got)
	if !slices.Equal(got, []string{"k", "kept", "or"}) {
		t.Errorf("found %v", got)
	}
	s.Add("k", mustCompile(t, `{"a":["y"]}`))
	if got := s.Match(event, nil); !slices.Equal(got, []string{"or"}) || s.Len() != 2 {
		t.Errorf("after replacing: found %v, Len %d", got, s.Len())
	}
	if !s.Remove("or") || s.Remove("or") || s.Len() != 1 {
		t.Error("removing twice")
	}
	if got := s.Match(event, nil); len(got) != 0 {
		t.Errorf("after removing: found %v", got)
	}
}

// Patterns come and go at random; what is left is always found, nothing else.
func TestSetAfterManyChanges(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := newMaker(fmt.Append(nil, seed))
		var s pattern.Set[int]
		in := map[int]*pattern.Pattern{}
		for range 30 {
			s.Update(func(b *pattern.Batch[int]) {
				for range r.IntN(12) {
					key := r.IntN(150)
					if r.IntN(5) < 2 {
						_, want := in[key]
						if b.Remove(key) != want {
							t.Errorf("seed %d: Remove(%d) does not say %v", seed, key, want)
						}
						delete(in, key)
						continue
					}
					in[key] = mustCompile(t, m.pattern(1, false))
					b.Add(key, in[key])
				}
			})
			for range 5 {
				event := []byte(m.event(2))
				var want []int
				for key, p := range in {
					if p.Match(event) {
						want = append(want, key)
					}
				}
				got := s.Match(event, nil)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d: event %s\nfound %v, want %v", seed, event, got, want)
				}
			}
		}
	}
}

// Rules that stay are found by every Match while others come and go beside them.
func TestSetUnderLoad(t *testing.T) {
	var s pattern.Set[int]
	kinds := []string{"exact", "prefix", "suffix", "numeric", "anything-but", "ignore-case", "wildcards", "ranges", "mixed"}
	for i := range 10 {
		s.Add(i, mustCompile(t, rule("exact", i)))
	}
	all := events()[:500]
	want := make([][]int, len(all))
	for i, e := range all {
		want[i] = s.Match(e, nil)
		slices.Sort(want[i])
	}
	rounds := 300
	if testing.Short() {
		rounds = 50
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	for g := range 3 {
		wg.Go(func() {
			var dst []int
			for i := g; !stop.Load(); i++ {
				n := i % len(all)
				dst = slices.DeleteFunc(s.Match(all[n], dst[:0]), func(k int) bool { return k >= 100 })
				slices.Sort(dst)
				if !slices.Equal(dst, want[n]) {
					t.Errorf("found %v, want %v", dst, want[n])
					return
				}
			}
		})
	}
	for w := range 2 {
		wg.Go(func() {
			for i := range rounds {
				key := 100 + w*1000 + i%200
				p := mustCompile(t, rule(kinds[i%len(kinds)], 3+i))
				s.Add(key, p)
				if i%3 > 0 {
					s.Remove(100 + w*1000 + (i*7)%200)
				}
				s.Update(func(b *pattern.Batch[int]) {
					for j := range 20 {
						b.Add(5000+w*100+j, p)
					}
				})
			}
			stop.Store(true)
		})
	}
	wg.Wait()
}

func TestMatchDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop things at random under the race detector")
	}
	p := mustCompile(t, rule("mixed", 0))
	s := setOf(ruleSet(t, "mixed", 3000))
	dst := make([]int, 0, 100)
	odd := []byte(`{"detail":{"eventName":"\u0052un\"Instances","requestParameters":{"key":["a\\b",{"x":[1,2]}],"maxResults":1e2}},"source":["aws.ec2"]}`)
	for _, e := range [][]byte{events()[0], events()[7], odd} {
		run := func() {
			if pattern.Check(e) != nil {
				t.Error("not valid")
			}
			p.Match(e)
			dst = s.Match(e, dst[:0])
			dst, _ = s.CheckMatch(e, dst[:0])
			p.CheckMatch(e)
		}
		if n := testing.AllocsPerRun(200, run); n > 0 {
			t.Errorf("%v allocations for %s", n, e)
		}
	}
}

// The generator knows how many of its records answer its probes.
func TestCountsOfGeneratedRecords(t *testing.T) {
	dir := t.TempDir()
	o := cloudtrailgen.Defaults()
	o.Bytes = 10_000_000
	m, err := cloudtrailgen.Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	var s pattern.Set[string]
	for name, src := range m.ProbePattern {
		s.Add(name, mustCompile(t, src))
	}
	got := map[string]int64{}
	for name := range m.ProbePattern {
		got[name] = 0
	}
	for _, record := range records(t, dir) {
		if err := pattern.Check(record); err != nil {
			t.Fatal(err)
		}
		for _, name := range s.Match(record, nil) {
			got[name]++
		}
	}
	for name, want := range m.ProbeCounts {
		if got[name] != want {
			t.Errorf("%s: %d records, want %d", name, got[name], want)
		}
	}
	if !bytes.Contains([]byte(fmt.Sprint(got)), []byte("never:0")) {
		t.Errorf("counted %v", got)
	}
}
