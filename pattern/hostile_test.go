package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// hostile are patterns with events made to be slow, by how large the event is to
// be. What an event costs a byte must not grow with its size.
var hostile = []struct {
	name    string
	pattern string
	event   func(size int) string
}{
	{"fields of different elements", `{"a":{"b":[1],"c":[1],"d":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1,"c":1,"d":0},{"b":0,"c":1,"d":1},`, n/40) + `0]}`
	}},
	{"absence in all elements", `{"a":{"b":[1],"c":[{"exists":false}]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1,"c":1},{"b":0},`, n/22) + `0]}`
	}},
	{"two independent arrays", `{"a":{"b":[1],"e":[1]},"c":{"d":[1],"e":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1},`, n/24) + `{"e":1}],"c":[` + strings.Repeat(`{"d":1},{"e":1},`, n/24) + `0]}`
	}},
	{"arrays in arrays", `{"a":{"b":[1],"c":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`[[[{"b":1}],[{"c":1}]]],`, n/24) + `0]}`
	}},
	{"deep", `{"a":{"b":[1],"c":[1]}}`, func(n int) string {
		return `{"a":` + strings.Repeat("[", 990) + strings.Repeat(`{"b":1},{"c":1},`, n/16) + "0" + strings.Repeat("]", 990) + `}`
	}},
	{"many values", `{"a":[{"prefix":"y"},{"suffix":"y"},{"numeric":[">",5]},{"cidr":"10.0.0.0/8"},{"equals-ignore-case":"Y"}]}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`"x",1,"11.0.0.1",`, n/18) + `0]}`
	}},
	{"one long value", `{"a":[{"wildcard":"*x*y*xy*z"},{"suffix":"b"},{"equals-ignore-case":"A"},{"prefix":{"equals-ignore-case":"A"}}]}`, func(n int) string {
		return `{"a":"` + strings.Repeat("xyyx", n/4) + `"}`
	}},
	{"backslashes", `{"a":["x"],"b\\c":["y"]}`, func(n int) string {
		return `{"z":"` + strings.Repeat(`\\`, n/4) + `","a":"` + strings.Repeat(`\"`, n/8) + `","` + strings.Repeat(`\\`, n/8) + `":1}`
	}},
	{"keys with dots", `{"a":{"b":{"c":["x"]}}}`, func(n int) string {
		return `{` + strings.Repeat(`"a.b.d.":1,"a.b":{"c.":0},`, n/26) + `"z":0}`
	}},
	{"brackets", `{"a":["x"]}`, func(n int) string {
		return `{"z":[` + strings.Repeat(`[{},[]],`, n/8) + `0]}`
	}},
}

func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		for _, size := range []int{1 << 14, 1 << 17, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d", h.name, size), func(b *testing.B) {
				p := mustCompile(b, h.pattern)
				var s pattern.Set[int]
				s.Add(1, p)
				event := []byte(h.event(size))
				if err := pattern.Check(event); err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(event)))
				for b.Loop() {
					if p.Match(event) || len(s.Match(event, nil)) > 0 {
						b.Fatal("matched")
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(event)), "ns/byte")
			})
		}
	}
}

// BenchmarkHostilePatterns compiles patterns made to be slow, by how large they
// are.
func BenchmarkHostilePatterns(b *testing.B) {
	for _, h := range []struct {
		name string
		make func(size int) string
	}{
		{"long list", func(n int) string { return `{"a":[` + strings.Repeat(`"x","10.0.0.1",5,{"prefix":"y"},`, n/32) + `0]}` }},
		{"deep", func(n int) string {
			d := min(n/10, 990)
			return strings.Repeat(`{"a":`, d) + `["` + strings.Repeat("x", n-6*d) + `"]` + strings.Repeat(`}`, d)
		}},
		{"long anything-but", func(n int) string { return `{"a":[{"anything-but":[` + strings.Repeat(`"xyzw",`, n/7) + `"a"]}]}` }},
		{"wildcard of many stars", func(n int) string { return `{"a":[{"wildcard":"` + strings.Repeat(`*ab`, n/3) + `"}]}` }},
		{"nested or", func(n int) string {
			return `{"$or":[` + strings.Repeat(`{"a":[1],"b":[2]},`, min(n/18, 999)) + `{"c":[1]}]}`
		}},
	} {
		for _, size := range []int{1 << 12, 1 << 15, 1 << 18} {
			b.Run(fmt.Sprintf("%s/%d", h.name, size), func(b *testing.B) {
				src := []byte(h.make(size))
				b.SetBytes(int64(len(src)))
				lim := pattern.Limits{Complexity: 10}
				for b.Loop() {
					pattern.Compile(src, lim) // some are refused as too complex, which takes time as well
				}
			})
		}
	}
}
