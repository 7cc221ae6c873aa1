package pattern_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

func lintLines(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all
}

// say writes findings short: level, id and column of each.
func say(found []pattern.Finding) string {
	var said []string
	for _, f := range found {
		s := fmt.Sprintf("%s %s %d", f.Level, f.ID, f.Column)
		if f.Never {
			s += " never"
		}
		said = append(said, s)
	}
	return strings.Join(said, ", ")
}

func TestLintGood(t *testing.T) {
	good := lintLines(t, "testdata/lint_good.txt")
	if len(good) < 60 {
		t.Fatalf("only %d good patterns", len(good))
	}
	for _, p := range good {
		for _, f := range pattern.Lint([]byte(p), pattern.Service) {
			t.Errorf("%s\n\t%d: %s [%s] %s", p, f.Column, f.Level, f.ID, f.Message)
		}
	}
}

func TestLintFindings(t *testing.T) {
	lines := lintLines(t, "testdata/lint_findings.txt")
	if len(lines) < 2*120 || len(lines)%2 != 0 {
		t.Fatalf("%d lines, want two for each of at least 120 patterns", len(lines))
	}
	seen := map[string]bool{}
	for i := 0; i < len(lines); i += 2 {
		found := pattern.Lint([]byte(lines[i]), pattern.Service)
		for _, f := range found {
			seen[f.ID] = true
		}
		if diff := cmp.Diff(strings.TrimSpace(lines[i+1]), say(found)); diff != "" {
			t.Errorf("%s\n%s", lines[i], diff)
		}
	}
	known := map[string]bool{}
	for _, c := range pattern.LintChecks() {
		known[c.ID] = true
		if !seen[c.ID] {
			t.Errorf("%s is in no line of lint_findings.txt", c.ID)
		}
	}
	for id := range idsInSource(t) {
		if !known[id] {
			t.Errorf("the code reports %s, which LintChecks does not list", id)
		}
	}
}

// idsInSource are the ids that the code hands to add.
func idsInSource(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	call := regexp.MustCompile(`\b(?:add|addNode)\("([^"]+)"`)
	for _, file := range []string{"lint.go", "lint_envelope.go", "lint_list.go", "lint_schema.go", "lint_security.go", "lint_ways.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(text), -1) {
			ids[m[1]] = true
		}
	}
	if len(ids) < 20 {
		t.Fatalf("only %d ids found in the source: does this test still read it right?", len(ids))
	}
	return ids
}

// FuzzLint holds what must be so for any bytes: places inside the text, known
// ids, and fixes that leave a pattern that is taken.
func FuzzLint(f *testing.F) {
	for i, line := range lintLines(f, "testdata/lint_findings.txt") {
		if i%2 == 0 {
			f.Add([]byte(line))
		}
	}
	known := map[string]bool{}
	for _, c := range pattern.LintChecks() {
		known[c.ID] = true
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		for _, found := range pattern.Lint(src, pattern.Service) {
			if found.From < 0 || found.To < found.From || found.To > len(src) || found.Line < 1 || found.Column < 1 || !known[found.ID] || found.Message == "" {
				t.Fatalf("%q: %+v", src, found)
			}
			if found.Fix == nil {
				continue
			}
			at := 0
			for _, e := range found.Fix.Edits {
				if e.From < at || e.To < e.From || e.To > len(src) {
					t.Fatalf("%q: edits of %s: %+v", src, found.ID, found.Fix.Edits)
				}
				at = e.To
			}
			mended := found.Fix.Apply(src)
			if _, err := pattern.Compile(mended, pattern.Limits{Combinations: pattern.Service.Combinations}); err != nil {
				t.Fatalf("%q: the fix of %s gives %q: %v", src, found.ID, mended, err)
			}
		}
	})
}
