package pattern_test

import (
	_ "embed"
	"fmt"
	"os"
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
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
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

var _ = cmp.Diff
