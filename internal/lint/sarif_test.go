package lint

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// TestSARIF holds a log against what the schema of SARIF 2.1.0 requires of the
// members that are written, and its fixes against the edits.
func TestSARIF(t *testing.T) {
	const file = "rules/a b#1.json"
	text := "{\n  \"source\": [\"aws.guarduty\"],\n  \"detail\": {\"😀\": [\"x\", \"x\"]}}\n"
	in := &Input{}
	if err := in.Read(file, []byte(text)); err != nil {
		t.Fatal(err)
	}
	found := Lint(in.Rules, nil)
	var out bytes.Buffer
	if err := SARIF(&out, "1.2.3", found, map[string]string{file: text}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	d := json.NewDecoder(&out)
	d.DisallowUnknownFields()
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 {
		t.Fatalf("%+v", log)
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name == "" || run.ColumnKind != "utf16CodeUnits" || len(found) != 2 || len(run.Results) != len(found) {
		t.Fatalf("%d findings, %+v", len(found), run)
	}
	seen := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if r.ID == "" || seen[r.ID] || r.ShortDescription.Text == "" || !strings.HasSuffix(r.HelpURI, "#"+strings.ToLower(r.ID)) {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
	for i, r := range run.Results {
		if r.Level != "note" && r.Level != "warning" && r.Level != "error" || r.Message.Text == "" || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID || len(r.Locations) != 1 {
			t.Errorf("%+v", r)
		}
		checkRegion(t, r.Locations[0].Physical.Region)
		u, err := url.Parse(r.Locations[0].Physical.Artifact.URI)
		if err != nil || u.Path != file || u.Fragment != "" {
			t.Errorf("%v %v", u, err)
		}
		if len(r.Fixes) != 1 || len(r.Fixes[0].Changes) != 1 || len(r.Fixes[0].Changes[0].Replacements) != len(found[i].Fix.Edits) {
			t.Fatalf("%+v", r.Fixes)
		}
		for _, p := range r.Fixes[0].Changes[0].Replacements {
			checkRegion(t, p.Deleted)
		}
	}
	// columns after the emoji count it as two
	if got, want := run.Results[1].Locations[0].Physical.Region, (sarifRegion{3, 26, 3, 29}); got != want {
		t.Errorf("the place of %s: %+v, want %+v", found[1].ID, got, want)
	}
}

func checkRegion(t *testing.T, r sarifRegion) {
	t.Helper()
	if r.StartLine < 1 || r.StartColumn < 1 || r.EndLine < r.StartLine || r.EndLine == r.StartLine && r.EndColumn < r.StartColumn {
		t.Errorf("region %+v", r)
	}
}

// A log without findings has an empty array of results: null means that the
// tool did not run.
func TestSARIFEmpty(t *testing.T) {
	var out bytes.Buffer
	if err := SARIF(&out, "x", nil, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"results": []`) {
		t.Error(out.String())
	}
}
