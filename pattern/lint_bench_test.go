package pattern_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// BenchmarkLint lints 10,000 patterns: rules as they are generated for matching,
// and the two tables.
func BenchmarkLint(b *testing.B) {
	for _, kind := range []string{"exact", "prefix", "numeric", "anything-but", "tables"} {
		var all [][]byte
		tables := append(lintLines(b, "testdata/lint_good.txt"), lintLines(b, "testdata/lint_findings.txt")...)
		for i := range 10_000 {
			src := tables[i%len(tables)]
			if kind != "tables" {
				src = rule(kind, i)
			}
			all = append(all, []byte(src))
		}
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				for _, src := range all {
					pattern.Lint(src, pattern.Service)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(all)), "µs/pattern")
		})
	}
}

// BenchmarkLintSize lints one pattern of a size; the time for a byte stays the
// same as the size grows, for each family.
func BenchmarkLintSize(b *testing.B) {
	for _, family := range []struct {
		name string
		make func(n int) string
	}{
		{"texts", func(n int) string {
			return `{"source":["x"],"detail":{"a":[` + repeat(n, `"value-%06d"`) + `]}}`
		}},
		{"numbers", func(n int) string { return `{"source":["x"],"detail":{"a":[` + repeat(n, `%d`) + `]}}` }},
		{"banned", func(n int) string {
			return `{"source":["x"],"detail":{"a":[{"anything-but":[` + repeat(n, `"value-%06d"`) + `]}]}}`
		}},
		{"fields", func(n int) string { return `{"source":["x"],"detail":{` + repeat(n, `"f%d":["v"]`) + `}}` }},
		{"prefixes", func(n int) string {
			return `{"source":["x"],"detail":{"a":[` + repeat(n, `{"prefix":"value-%06d"}`) + `]}}`
		}},
		{"unknown", func(n int) string {
			return `{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{` + repeat(n, `"feld%d":["v"]`) + `}}`
		}},
	} {
		for _, n := range []int{10, 100, 1000, 10_000} {
			src := []byte(family.make(n))
			b.Run(fmt.Sprintf("%s/%d", family.name, n), func(b *testing.B) {
				for b.Loop() {
					pattern.Lint(src, pattern.Limits{})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(src)), "ns/byte")
			})
		}
	}
}

func repeat(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(parts, ",")
}
