package backtest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/internal/source"
)

// history writes some CloudTrail files and gives their folder and true counts.
func history(t testing.TB, size int64) (dir string, m cloudtrailgen.Manifest) {
	t.Helper()
	dir = t.TempDir()
	o := cloudtrailgen.Defaults()
	o.Bytes, o.PerFile = size, 900
	m, err := cloudtrailgen.Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "AWSLogs"), m
}

func rulesOf(t testing.TB, patterns map[string]string) []Rule {
	t.Helper()
	var rules []Rule
	for name, text := range patterns {
		r, err := ParseRule(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, *r)
	}
	return rules
}

func ask(t testing.TB, o Options, paths ...string) *Report {
	t.Helper()
	inputs, err := Inputs(t.Context(), paths, strings.NewReader(""), "")
	if err != nil {
		t.Fatal(err)
	}
	if o.OpenFor == 0 {
		o.OpenFor = 4 * time.Hour
	}
	r, err := Run(t.Context(), inputs, o, new(Progress))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func byName(r *Report) map[string]int64 {
	out := map[string]int64{}
	for _, rule := range r.Rules {
		out[rule.Name] = rule.Matches
	}
	return out
}

// wrapped is a pattern of records as one of events.
func wrapped(patterns map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range patterns {
		out[name] = `{"detail":` + text + `}`
	}
	return out
}

// unpack writes the files of a folder without gzip to another.
func unpack(t testing.TB, dir string) string {
	t.Helper()
	out := t.TempDir()
	inputs, err := source.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, in := range inputs {
		text, err := os.ReadFile(in.Path)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(out, string(rune('a'+i%26))+filepath.Base(in.Path)) // still called .gz
		if err := os.WriteFile(name, plain, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// The generator knows how many records each probe matches.
func TestTrueCounts(t *testing.T) {
	dir, m := history(t, 6<<20)
	plain := unpack(t, dir)
	envelopes := filepath.Join(t.TempDir(), "events")
	var lines bytes.Buffer
	o := cloudtrailgen.Defaults()
	o.Bytes = 1 << 20
	if _, _, err := cloudtrailgen.Envelopes(&lines, o); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(envelopes, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	records, events := rulesOf(t, m.ProbePattern), rulesOf(t, wrapped(m.ProbePattern))
	var first *Report
	for _, c := range []struct {
		name string
		path string
		o    Options
	}{
		{"records", dir, Options{Rules: records, AsRecord: true, Workers: 1}},
		{"events", dir, Options{Rules: events, Workers: 1}},
		{"events by three workers", dir, Options{Rules: events, Workers: 3, Samples: 2, Near: true}},
		{"the same by one", dir, Options{Rules: events, Workers: 1, Samples: 2, Near: true}},
		{"not compressed", plain, Options{Rules: events, Workers: 2}},
	} {
		r := ask(t, c.o, c.path)
		if diff := cmp.Diff(m.ProbeCounts, byName(r)); diff != "" {
			t.Errorf("%s: matches (-true +counted):\n%s", c.name, diff)
		}
		if r.Events != m.Records || r.Bytes != m.Bytes || r.Files != m.Files || r.Malformed+r.Unknown != 0 || len(r.Skipped) > 0 {
			t.Errorf("%s: %d events, %d bytes, %d files, %d malformed, skipped %v; want %d, %d, %d", c.name,
				r.Events, r.Bytes, r.Files, r.Malformed, r.Skipped, m.Records, m.Bytes, m.Files)
		}
		if !c.o.Near {
			continue
		}
		if first == nil {
			first = r
		} else if diff := cmp.Diff(first, r, cmpopts.IgnoreFields(Report{}, "Seconds")); diff != "" {
			t.Errorf("the number of workers changes the report:\n%s", diff)
		}
	}
	if r := ask(t, Options{Rules: events}, envelopes); r.Events != int64(bytes.Count(lines.Bytes(), []byte("\n"))) {
		t.Errorf("%d events of %d lines", r.Events, bytes.Count(lines.Bytes(), []byte("\n")))
	}
}

// A report's JSON is read by scripts.
func TestContract(t *testing.T) {
	dir, m := history(t, 1<<20)
	text, err := json.Marshal(ask(t, Options{Rules: rulesOf(t, m.ProbePattern)[:1]}, dir))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Rules []struct {
			Name    *string
			Matches *int64
		}
		Events  *int64
		Bytes   *int64
		Seconds *float64
	}
	if err := json.Unmarshal(text, &got); err != nil || len(got.Rules) != 1 || got.Rules[0].Name == nil || got.Rules[0].Matches == nil ||
		got.Events == nil || got.Bytes == nil || got.Seconds == nil {
		t.Errorf("%v: %s", err, text)
	}
}
