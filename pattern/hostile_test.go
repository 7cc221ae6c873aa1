package pattern_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/pattern"
)

// hostile are patterns with events made to be slow, by how large the event is to
// be. What an event costs a byte must not grow with its size.
var hostile = []struct {
	name    string
	pattern string
	event   func(size int) string
	riddle  bool
}{
	{"fields of different elements", `{"a":{"b":[1],"c":[1],"d":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1,"c":1,"d":0},{"b":0,"c":1,"d":1},`, n/40) + `0]}`
	}, false},
	{"absence in all elements", `{"a":{"b":[1],"c":[{"exists":false}]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1,"c":1},{"b":0},`, n/22) + `0]}`
	}, false},
	{"two independent arrays", `{"a":{"b":[1],"e":[1]},"c":{"d":[1],"e":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`{"b":1},`, n/24) + `{"e":1}],"c":[` + strings.Repeat(`{"d":1},{"e":1},`, n/24) + `0]}`
	}, false},
	{"arrays in arrays", `{"a":{"b":[1],"c":[1]}}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`[[[{"b":1}],[{"c":1}]]],`, n/24) + `0]}`
	}, false},
	{"deep", `{"a":{"b":[1],"c":[1]}}`, func(n int) string {
		return `{"a":` + strings.Repeat("[", 990) + strings.Repeat(`{"b":1},{"c":1},`, n/16) + "0" + strings.Repeat("]", 990) + `}`
	}, false},
	{"many values", `{"a":[{"prefix":"y"},{"suffix":"y"},{"numeric":[">",5]},{"cidr":"10.0.0.0/8"},{"equals-ignore-case":"Y"}]}`, func(n int) string {
		return `{"a":[` + strings.Repeat(`"x",1,"11.0.0.1",`, n/18) + `0]}`
	}, false},
	{"one long value", `{"a":[{"wildcard":"*x*y*xy*z"},{"suffix":"b"},{"equals-ignore-case":"A"},{"prefix":{"equals-ignore-case":"A"}}]}`, func(n int) string {
		return `{"a":"` + strings.Repeat("xyyx", n/4) + `"}`
	}, false},
	{"backslashes", `{"a":["x"],"b\\c":["y"]}`, func(n int) string {
		return `{"z":"` + strings.Repeat(`\\`, n/4) + `","a":"` + strings.Repeat(`\"`, n/8) + `","` + strings.Repeat(`\\`, n/8) + `":1}`
	}, false},
	{"keys with dots", `{"a":{"b":{"c":["x"]}}}`, func(n int) string {
		return `{` + strings.Repeat(`"a.b.d.":1,"a.b":{"c.":0},`, n/26) + `"z":0}`
	}, false},
	{"repeated keys", `{"a":{"b":[1],"c":[1],"d":[1],"e":[1]}}`, func(n int) string {
		return `{` + strings.Repeat(`"a":[{"b":1,"c":1},{"c":1,"d":1},{"d":1,"b":1}],`, n/50) + `"z":0}`
	}, false},
	{"repeated keys and absence", `{"a":{"b":[1],"c":[1],"d":[{"exists":false}],"e":[1]}}`, func(n int) string {
		return `{` + strings.Repeat(`"a":[{"b":1,"d":1},{"c":1,"e":0}],`, n/34) + `"a":[{"b":0,"e":1}],"a":[{"d":0}],"z":0}`
	}, true},
	{"a riddle of repeated keys", riddle(), func(n int) string {
		var b strings.Builder
		b.WriteString(`{`)
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, `"a":[{"f%d":1,"f%d":1,"f%d":1},{"f%d":1,"f%d":1,"f%d":1},{"f31":1}],`,
				i%31, i*i%31, i*7%31, (i+3)%31, (i*3+1)%31, i*11%31)
		}
		return b.String() + `"z":0}`
	}, true},
	{"a value beside each array", `{"a":{"b":[1],"c":[1]}}`, func(n int) string {
		return `{"a":` + strings.Repeat(`[{"b":1},`, 900) + `[` + strings.Repeat(`{"b":1},{"c":1},`, n/16) + `0]` + strings.Repeat("]", 900) + `}`
	}, false},
	{"long list", longList(), func(n int) string {
		return `{"a":[` + strings.Repeat(`"xy12","y",-5,"10.1.2.3",`, n/25) + `-5]}`
	}, false},
	{"brackets", `{"a":["x"]}`, func(n int) string {
		return `{"z":[` + strings.Repeat(`[{},[]],`, n/8) + `0]}`
	}, false},
}

// riddle is a pattern of so many fields that repeated keys make a riddle of them.
func riddle() string {
	var fields []string
	for i := range 32 {
		fields = append(fields, fmt.Sprintf(`"f%d":[1]`, i))
	}
	return `{"a":{` + strings.Join(fields, ",") + `}}`
}

// longList is a pattern of 20,000 matchers of all kinds for one field.
func longList() string {
	var list []string
	for i := range 2500 {
		n := fmt.Sprint(i)
		list = append(list, `"x`+n+`x"`, n, `"10.9.`+fmt.Sprint(i%256)+`.`+fmt.Sprint(i/256)+`"`, `{"prefix":"y`+n+`"}`, `{"suffix":"z`+n+`"}`,
			`{"equals-ignore-case":"X`+n+`y"}`, `{"numeric":[">",`+n+`.1,"<",`+n+`.2]}`, `{"cidr":"11.0.`+fmt.Sprint(i%256)+`.0/24"}`)
	}
	return `{"a":[` + strings.Join(list, ",") + `]}`
}

// BenchmarkHostile matches the same event, small and large by turns, and reports
// how many times longer a byte of the large one takes.
func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		b.Run(h.name, func(b *testing.B) {
			p := mustCompile(b, h.pattern)
			var s pattern.Set[int]
			s.Add(1, p)
			growth(b, 1<<14, 1<<20, func(size int) func() {
				event := []byte(h.event(size))
				if err := pattern.Check(event); err != nil {
					b.Fatal(err)
				}
				return func() {
					// Nothing matches; but of a riddle that takes too long it is said.
					if got := p.Match(event); got != (len(s.Match(event, nil)) > 0) || got && !h.riddle {
						b.Fatal("matched")
					}
				}
			})
		})
	}
}

// growth runs what of gives for a small and for a large size, as often as to
// make up for the size, and reports the median ratio of their times: 1 is linear.
func growth(b *testing.B, small, large int, of func(size int) func()) {
	little, much := of(small), of(large)
	little()
	much()
	var ratios, times []float64
	for b.Loop() {
		start := time.Now()
		for range large / small {
			little()
		}
		middle := time.Now()
		much()
		end := time.Since(middle)
		times = append(times, float64(end.Nanoseconds())/float64(large))
		ratios = append(ratios, float64(end)/float64(middle.Sub(start)))
	}
	slices.Sort(ratios)
	slices.Sort(times)
	b.ReportMetric(ratios[len(ratios)/2], "x_growth")
	b.ReportMetric(times[len(times)/2], "ns/byte")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkHostilePatterns compiles patterns made to be slow, small and large.
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
		{"deep with long names", func(n int) string {
			name := strings.Repeat("n", n/200)
			return strings.Repeat(`{"`+name+`":`, 190) + `["x"]` + strings.Repeat(`}`, 190)
		}},
		{"many fields", func(n int) string {
			var b strings.Builder
			for i := range 256 {
				fmt.Fprintf(&b, `,"%s%d":[1]`, strings.Repeat("n", max(1, n/256-10)), i)
			}
			return "{" + b.String()[1:] + "}"
		}},
		{"wildcards of one beginning", func(n int) string {
			return `{"a":[` + strings.Repeat(`{"wildcard":"ab*ab*c"},`, n/24) + `0]}`
		}},
		{"anything-but wildcards", func(n int) string {
			return `{"a":[{"anything-but":{"wildcard":[` + strings.Repeat(`"*a*b*",`, n/8) + `"x"]}}]}`
		}},
		{"long anything-but", func(n int) string { return `{"a":[{"anything-but":[` + strings.Repeat(`"xyzw",`, n/7) + `"a"]}]}` }},
		{"wildcard of many stars", func(n int) string { return `{"a":[{"wildcard":"` + strings.Repeat(`*ab`, n/3) + `"}]}` }},
		{"nested or", func(n int) string {
			return `{"$or":[` + strings.Repeat(`{"a":[1],"b":[2]},`, min(n/18, 999)) + `{"c":[1]}]}`
		}},
	} {
		b.Run(h.name, func(b *testing.B) {
			growth(b, 1<<12, 1<<18, func(size int) func() {
				src := []byte(h.make(size))
				return func() {
					pattern.Compile(src, pattern.Limits{Complexity: 10}) // some are refused as too complex, which takes time as well
				}
			})
		})
	}
}
