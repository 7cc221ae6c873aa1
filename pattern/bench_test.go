package pattern_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/tidwall/gjson"
	"github.com/tocsin-io/tocsin/pattern"
)

// versus measures passes over the events against passes of gjson.Valid, turn by
// turn, and reports the median speed and how many times gjson's it is.
func versus(b *testing.B, pass func(event []byte)) {
	all, size := events(), 0
	for _, e := range all {
		size += len(e)
		pass(e) // warm
	}
	var ours, theirs []float64
	b.ResetTimer()
	for b.Loop() {
		start := time.Now()
		for _, e := range all {
			pass(e)
		}
		middle := time.Now()
		for _, e := range all {
			if !gjson.ValidBytes(e) {
				b.Fatal("not valid")
			}
		}
		ours = append(ours, middle.Sub(start).Seconds())
		theirs = append(theirs, time.Since(middle).Seconds())
	}
	b.StopTimer()
	slices.Sort(ours)
	slices.Sort(theirs)
	mine, yours := ours[len(ours)/2], theirs[len(theirs)/2]
	b.ReportMetric(float64(len(all))/mine/1000, "kevents/s")
	b.ReportMetric(float64(size)/mine/1e6, "MB/s")
	b.ReportMetric(yours/mine, "x_gjson")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkCheck(b *testing.B) {
	versus(b, func(e []byte) {
		if pattern.Check(e) != nil {
			b.Fatal("not valid")
		}
	})
}

// workloads are rule sets by kind and number of rules.
var workloads = []struct {
	kind  string
	sizes []int
}{
	{"exact", []int{1, 100, 10_000, 100_000}},
	{"prefix", []int{1, 100, 10_000, 100_000}},
	{"suffix", []int{100_000}},
	{"numeric", []int{100_000}},
	{"anything-but", []int{100_000}},
	{"mixed", []int{1, 100, 10_000, 100_000}},
	{"abfirst", []int{10_000}},
	{"wildcards", []int{100, 10_000}},
	{"contains", []int{1000}},
	{"ranges", []int{100_000}},
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range workloads {
		for _, n := range c.sizes {
			b.Run(fmt.Sprintf("%s/%d", c.kind, n), func(b *testing.B) {
				s := setOf(ruleSet(b, c.kind, n))
				var dst []int
				found := 0
				versus(b, func(e []byte) {
					dst = s.Match(e, dst[:0])
					found += len(dst)
				})
			})
		}
	}
}

// BenchmarkCheckMatch is checking and matching in one pass.
func BenchmarkCheckMatch(b *testing.B) {
	for _, w := range workloads {
		for _, n := range w.sizes {
			b.Run(fmt.Sprintf("%s/%d", w.kind, n), func(b *testing.B) {
				s := setOf(ruleSet(b, w.kind, n))
				var dst []int
				var err error
				versus(b, func(e []byte) {
					if dst, err = s.CheckMatch(e, dst[:0]); err != nil {
						b.Fatal(err)
					}
				})
			})
		}
	}
}

// BenchmarkBuild adds 100,000 rules at once; compiling them is not counted.
func BenchmarkBuild(b *testing.B) {
	for _, kind := range []string{"exact", "ranges", "mixed"} {
		b.Run(kind, func(b *testing.B) {
			ps := ruleSet(b, kind, 100_000)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var s *pattern.Set[int]
			for b.Loop() {
				s = setOf(ps)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(s.Len()), "B/rule")
			runtime.KeepAlive(s)
		})
	}
}

// BenchmarkBuildFromText compiles and adds 100,000 rules, and reports the memory
// of the Set with its patterns.
func BenchmarkBuildFromText(b *testing.B) {
	sources := make([][]byte, 100_000)
	for i := range sources {
		sources[i] = []byte(rule("exact", i))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var s *pattern.Set[int]
	for b.Loop() {
		s = new(pattern.Set[int])
		s.Update(func(batch *pattern.Batch[int]) {
			for i, src := range sources {
				p, err := pattern.Compile(src, pattern.Service)
				if err != nil {
					b.Fatal(err)
				}
				batch.Add(i, p)
			}
		})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(s.Len()), "B/rule")
	runtime.KeepAlive(sources)
	runtime.KeepAlive(s)
}

// BenchmarkCompile is the part of building that BenchmarkBuild leaves out.
func BenchmarkCompile(b *testing.B) {
	src := []byte(rule("exact", 5))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pattern.Compile(src, pattern.Service); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChange adds and removes one rule among 100,000 while another goroutine
// matches without a break. It reports how long a change and how long the matching
// of an event takes, in the middle and at the worst but one in a thousand, and
// what the changes themselves take at the very worst: the collector and the
// machine are in that.
func BenchmarkChange(b *testing.B) {
	for _, kind := range []string{"exact", "mixed", "ranges"} {
		b.Run(kind, func(b *testing.B) {
			s := setOf(ruleSet(b, kind, 100_000))
			extra := ruleSet(b, kind, 1000)
			var changes, matches []time.Duration
			stop, done := make(chan bool), make(chan bool)
			go func() {
				defer close(done)
				var dst []int
				all := events()
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					start := time.Now()
					dst = s.Match(all[i%len(all)], dst[:0])
					matches = append(matches, time.Since(start))
				}
			}()
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				s.Add(1_000_000+i%500, extra[i%1000])
				middle := time.Now()
				s.Remove(1_000_000 + (i+250)%500)
				changes = append(changes, middle.Sub(start), time.Since(middle))
			}
			close(stop)
			<-done
			slices.Sort(changes)
			slices.Sort(matches)
			us := func(all []time.Duration, of float64) float64 {
				return float64(all[int(of*float64(len(all)-1))].Nanoseconds()) / 1000
			}
			b.ReportMetric(us(changes, 0.5), "change_p50_µs")
			b.ReportMetric(us(changes, 0.999), "change_p999_µs")
			b.ReportMetric(us(changes, 1), "change_max_µs")
			b.ReportMetric(us(matches, 0.5), "match_p50_µs")
			b.ReportMetric(us(matches, 0.999), "match_p999_µs")
		})
	}
}
