package exposure

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
)

// A case is one line of testdata/policies.txt.
type policyCase struct{ want, why, text string }

func policies(t testing.TB) []policyCase {
	t.Helper()
	f, err := os.Open("testdata/policies.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []policyCase
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		parts := strings.SplitN(line, " | ", 3)
		if len(parts) != 3 {
			t.Fatalf("a line without three parts: %s", line)
		}
		all = append(all, policyCase{parts[0], parts[1], parts[2]})
	}
	return all
}

func answer(p *Policy) string {
	switch {
	case p.Public(Read) && p.Public(Write):
		return "rw"
	case p.Public(Read):
		return "read"
	case p.Public(Write):
		return "write"
	}
	return "none"
}

func TestPolicies(t *testing.T) {
	all := policies(t)
	if len(all) < 120 {
		t.Fatalf("only %d policies are tested", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.text] {
			t.Errorf("%s: stands twice", c.why)
		}
		seen[c.text] = true
		got := "bad"
		if p, err := ParsePolicy([]byte(c.text)); err == nil {
			got = answer(p)
		}
		if got != c.want {
			t.Errorf("%s: %s; want %s\n%s", c.why, got, c.want, c.text)
		}
	}
}

// FuzzPolicy holds for any text: no panic, the same answer twice, and a statement
// more never takes anything from the public.
func FuzzPolicy(f *testing.F) {
	for _, c := range policies(f) {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePolicy([]byte(text))
		if err != nil {
			return
		}
		again, err := ParsePolicy([]byte(text))
		if err != nil || answer(again) != answer(p) {
			t.Fatalf("%q is read differently the second time: %v", text, err)
		}
		b := Bucket{Policy: text}
		for _, a := range []Access{Read, Write} {
			v := b.Prohibited(a)
			if (v.Compliance == tocsin.NonCompliant) != p.Public(a) {
				t.Fatalf("%q: %v, but public %v", text, v, p.Public(a))
			}
			if len(v.Annotation) > 256 {
				t.Fatalf("an annotation of %d characters", len(v.Annotation))
			}
		}
		wider := `{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*"},{"Effect":"Allow","Principal":"*","Action":"*"}]}`
		if w, err := ParsePolicy([]byte(wider)); err != nil || answer(w) != "rw" {
			t.Fatal("a policy that allows all does not")
		}
	})
}

// FuzzMeet holds the table of glob.go against trying texts out.
func FuzzMeet(f *testing.F) {
	f.Add("s3:*", "s3:get*", "s3:getobject")
	f.Add("s3:?et*", "s3:get*", "s3:get")
	f.Add("*a*", "b*", "ba")
	f.Fuzz(func(t *testing.T, p, q, text string) {
		// The plain definition takes a time that doubles with the stars.
		if len(p)+len(q)+len(text) > 60 || max(strings.Count(p, "*"), strings.Count(q, "*")) > 4 || strings.ContainsAny(text, "*?") {
			return
		}
		if meet(p, q) != meet(q, p) {
			t.Fatalf("%q and %q meet in one order only", p, q)
		}
		if fits(p, text) && fits(q, text) && !meet(p, q) {
			t.Fatalf("%q fits %q and %q, which are said not to meet", text, p, q)
		}
		if !strings.ContainsAny(q, "*?") && meet(p, q) != fits(p, q) {
			t.Fatalf("%q and the plain %q: meet %v, fits %v", p, q, meet(p, q), fits(p, q))
		}
	})
}

// fits is the plain definition of a pattern.
func fits(p, text string) bool {
	switch {
	case p == "":
		return text == ""
	case p[0] == '*':
		return fits(p[1:], text) || text != "" && fits(p, text[1:])
	case text == "":
		return false
	}
	return (p[0] == '?' || p[0] == text[0]) && fits(p[1:], text[1:])
}
