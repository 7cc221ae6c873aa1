package catalogue_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/catalogue"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/pattern"
)

var update = flag.Bool("update", false, "write the table in docs/rules.md anew")

// docs/rules.md lists what is there.
func TestTable(t *testing.T) {
	const file, mark = "../../docs/rules.md", "<!-- The rest is written by: go test ./internal/catalogue -update -->\n\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, have, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s has lost the line %q", file, mark)
	}
	want := catalogue.Table(all(t))
	if *update {
		if err := os.WriteFile(file, []byte(head+mark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("%s (-want +got); go test ./internal/catalogue -update writes it anew:\n%s", file, d)
	}
	for kind, text := range catalogue.Dedupes() {
		if !strings.Contains(head, "| "+kind+" | "+text+" |") {
			t.Errorf("%s does not say that %s is %s", file, kind, text)
		}
	}
}

func all(t testing.TB) []catalogue.Rule {
	t.Helper()
	rules, err := catalogue.Rules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// Every rule matches what its file says, and nothing that it says it must not.
func TestSamples(t *testing.T) {
	for _, r := range all(t) {
		t.Run(r.Name, func(t *testing.T) {
			p, err := pattern.Compile([]byte(r.Pattern), pattern.Service)
			if err != nil {
				t.Fatal(err)
			}
			for want, samples := range map[bool][]catalogue.Sample{true: r.Match, false: r.Miss} {
				for _, s := range samples {
					got, err := p.CheckMatch([]byte(s.Event))
					if err != nil {
						t.Fatalf("%s: %v", s.Name, err)
					}
					if got != want {
						t.Errorf("%s: match %v, want %v: %s", s.Name, got, want, p.Explain([]byte(s.Event)))
					}
				}
			}
		})
	}
}

// A reviewed rule is one of which lint has nothing to say.
func TestLint(t *testing.T) {
	for _, r := range all(t) {
		for _, f := range pattern.Lint([]byte(r.Pattern), pattern.Service) {
			t.Errorf("%s:%d:%d: %s [%s]", r.Name, f.Line, f.Column, f.Message, f.ID)
		}
	}
}

// The dedupe key that a file names is the one that a server uses.
func TestDedupe(t *testing.T) {
	words := map[string]string{"compliance": "config"}
	for _, r := range all(t) {
		want := r.Dedupe
		if w := words[want]; w != "" {
			want = w
		}
		for _, s := range r.Match {
			var e struct {
				ID, Source string
				DetailType string `json:"detail-type"`
				Resources  []string
			}
			if err := json.Unmarshal([]byte(s.Event), &e); err != nil {
				t.Fatal(err)
			}
			subject := incident.Subject(&tocsin.Event{ID: e.ID, Source: e.Source, DetailType: e.DetailType, Resources: e.Resources, Time: time.Unix(0, 0), Raw: json.RawMessage(s.Event)})
			if !strings.HasPrefix(subject, want+" ") {
				t.Errorf("%s: %s folds by %q, the file says %s", r.Name, s.Name, subject, r.Dedupe)
			}
		}
	}
}

// The monitoring recommendations of the CIS benchmark are all there, each once.
func TestCIS(t *testing.T) {
	var got, want []string
	for _, r := range all(t) {
		if r.CIS != "" {
			got = append(got, r.CIS)
		}
	}
	for i := 1; i <= 15; i++ { // 4.16 asks for Security Hub to be on: no event
		want = append(want, fmt.Sprintf("4.%d", i))
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// What a file refers to by name is there.
func TestNames(t *testing.T) {
	rules := all(t)
	known := map[string]bool{}
	titles := map[string]bool{}
	for _, r := range rules {
		known[r.Name] = true
		if titles[r.Title] {
			t.Errorf("%s: the title is another's", r.Name)
		}
		titles[r.Title] = true
	}
	for _, r := range rules {
		if r.Instead != "" && (!known[r.Instead] || r.Instead == r.Name) {
			t.Errorf("%s stands in the place of %s, which does not exist", r.Name, r.Instead)
		}
	}
	for _, name := range []string{"root-activity", "root-credentials-changed", "console-sign-in-failed", "unauthorized-api-calls", "iam-policy-changed",
		"iam-role-trust-changed", "s3-policy-changed", "kms-key-removed", "kms-policy-changed", "s3-bucket-public", "snapshot-shared",
		"security-group-open", "guardduty-finding-high", "access-analyzer-public"} {
		if !known[name] {
			t.Errorf("%s is named by others and does not exist", name)
		}
	}
}

func TestDecode(t *testing.T) {
	good, err := os.ReadFile("rules/root-activity.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalogue.Decode("root-activity", good); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "title:", "titel:", "titel"},
		{"unknown group", "group: identity", "group: people", `unknown group "people"`},
		{"impact", "impact: 1", "impact: 6", "impact 6"},
		{"technique", "T1078.004", "T78", `"T78"`},
		{"dedupe", "dedupe: principal", "dedupe: ip", `"ip"`},
		{"state", "state: ENABLED_WITH", "state: X_WITH", "unknown state"},
		{"pattern", `"detail-type": [`, `"detail-type": [{"prefixx":"x"},`, "pattern:"},
		{"two documents", "title:", "title: x\n---\ntitle:", "document"},
		{"too few events", "match:\n  - name", "match: []\nmiss:\n  - name", ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(string(good), c.old, c.new, 1)
			if text == string(good) {
				t.Fatal("nothing was changed")
			}
			if _, err := catalogue.Decode("root-activity", []byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := catalogue.Decode("Root Activity", good); err == nil {
		t.Error("a name with blanks was taken")
	}
}

// Whatever a file holds, it is read or refused; what is read has a pattern that compiles.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"root-activity", "guardduty-off", "s3-bucket-public"} {
		text, err := os.ReadFile("rules/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := catalogue.Decode("x", text)
		if err != nil {
			return
		}
		if _, err := pattern.Compile([]byte(r.Pattern), pattern.Service); err != nil || len(r.Match) < 2 || len(r.Miss) < 2 {
			t.Errorf("a rule that is not whole was taken: %+v", r)
		}
	})
}
