package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	lintBad  = "{\"source\":[\"aws.guarduty\"],\n \"detail-type\":[\"GuardDuty Finding\"]}\n"
	lintGood = `{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}` + "\n"
)

// inFolder writes files into an empty folder, and makes it the working one.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLintCommand(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000001")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	files := map[string]string{"bad.json": lintBad, "good.json": lintGood, "number.json": "7", "rules/a.json": lintGood, "rules/README.md": "no JSON", "empty/x.txt": "",
		"note.json": `{"source":["aws.config"],"detail-type":["Config Rules Compliance Change"],"detail":{"configRuleName":["restricted-ssh"]}}`}
	for _, c := range []struct {
		name string
		args []string
		in   string
		code int
		out  string
		errs string // part of it
	}{
		{name: "good", args: []string{"good.json", "rules"}},
		{name: "bad", args: []string{"bad.json"}, code: 1, out: `bad.json:1:12: error: AWS sends no events from aws.guarduty; aws.guardduty is near; so the pattern never matches [source-name]
    {"source":["aws.guarduty"],
               ^^^^^^^^^^^^^^
  write aws.guardduty: {"source":["aws.guardduty"], "detail-type":["GuardDuty Finding"]}
1 error, 0 warnings, 0 notes
`},
		{name: "standard input", args: []string{"-"}, in: lintGood},
		{name: "a note left out", args: []string{"--level", "warning", "note.json"}},
		{name: "a note", args: []string{"--json", "--level", "note", "good.json"}, out: "[]\n"},
		{name: "not JSON", args: []string{"-"}, in: `{"source":`, code: 1, out: `-:1:10: error: Unexpected end-of-input within/between Object entries [invalid]
    {"source":
             ^
1 error, 0 warnings, 0 notes
`},
		{name: "no rule", args: []string{"number.json"}, code: 2, errs: "a pattern or a rule is a JSON object"},
		{name: "no file", args: []string{"none.json"}, code: 2, errs: "none.json"},
		{name: "nothing in the folder", args: []string{"empty"}, code: 2, errs: "no pattern or rule in empty"},
		{name: "nothing", code: 2, errs: "nothing to judge"},
		{name: "two formats", args: []string{"--json", "--sarif", "good.json"}, code: 2, errs: "--json"},
		{name: "fix of standard input", args: []string{"--fix", "-"}, code: 2, errs: "give files only"},
		{name: "nobody listens", args: []string{"--endpoint", "http://127.0.0.1:1"}, code: 3, errs: "is the server running?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t, files)
			var out, errs bytes.Buffer
			code := run(append([]string{"lint"}, c.args...), streams{strings.NewReader(c.in), &out, &errs})
			if diff := cmp.Diff(c.out, out.String()); code != c.code || diff != "" || !strings.Contains(errs.String(), c.errs) || c.errs == "" && errs.Len() > 0 {
				t.Errorf("exit %d, want %d\n%s%s", code, c.code, diff, &errs)
			}
		})
	}
}

// What stands in a folder beside patterns is neither judged nor written to, and byte
// order marks stay where they are.
func TestLintFolder(t *testing.T) {
	others := map[string]string{
		"rules/package.json":  `{"name":"x","version":"1.0.0","dependencies":{"a":"^1"}}`,
		"rules/list.json":     `[1,2]`,
		"rules/.git/y.json":   lintBad,
		"rules/targets.json":  `{"Targets":[{"Id":"1","Arn":"arn:aws:sqs:us-east-1:111122223333:q"}]}`,
		"rules/empty.json":    "",
		"rules/utf16.json":    "\xff\xfe{\x00",
		"rules/variable.json": `{"variable":{"x":{"type":"string"}}}`,
		"rules/deploy.yaml":   "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 2}\n",
		"rules/chart.yml":     "kind: {{ .Values.kind }}\n",
		"rules/notes.txt":     lintBad,
	}
	files := map[string]string{"rules/bad.json": "\ufeff" + lintBad, "rules/stack.template": "source: [aws.guarduty] # of the é team\n"}
	for name, text := range others {
		files[name] = text
	}
	inFolder(t, files)
	code, out, errs := program(t, "lint", "--json", "rules")
	if code != 1 || !strings.Contains(out, `"from": 14`) || strings.Count(out, `"id"`) != 2 || strings.Count(errs, "skipped") != 8 {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	if code, out, errs := program(t, "lint", "--fix", "rules"); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	others["rules/stack.template"] = "source: [\"aws.guardduty\"] # of the é team\n"
	others["rules/bad.json"] = "\ufeff" + strings.Replace(lintBad, "guarduty", "guardduty", 1)
	for name, want := range others {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	for name, says := range map[string]string{"rules/empty.json": "it is empty", "rules/utf16.json": "UTF-8", "rules/list.json": "JSON object"} {
		if code, _, errs := program(t, "lint", name); code != 2 || !strings.Contains(errs, says) {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
	}
}

// The JSON that scripts read.
func TestLintJSON(t *testing.T) {
	inFolder(t, map[string]string{"bad.json": lintBad})
	code, out, _ := program(t, "lint", "--json", "bad.json")
	var found []map[string]any
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 1 || len(found) != 1 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	want := map[string]any{"id": "source-name", "file": "bad.json", "line": 1.0, "col": 12.0, "endLine": 1.0, "endCol": 26.0, "level": "error", "rule": "", "path": "source", "neverMatches": true,
		"message": "AWS sends no events from aws.guarduty; aws.guardduty is near; so the pattern never matches", "fixAction": "write aws.guardduty",
		"fix":   "{\"source\":[\"aws.guardduty\"],\n \"detail-type\":[\"GuardDuty Finding\"]}",
		"edits": []any{map[string]any{"from": 11.0, "to": 25.0, "text": `"aws.guardduty"`}}}
	if diff := cmp.Diff(want, found[0]); diff != "" {
		t.Error(diff)
	}
	code, out, _ = program(t, "lint", "--sarif", "bad.json")
	if code != 1 || !strings.Contains(out, `"ruleId": "source-name"`) || !strings.Contains(out, `"version": "2.1.0"`) {
		t.Errorf("exit %d: %s", code, out)
	}
}

// --fix mends all that it can, in patterns that stand in strings too, and then
// has nothing more to do. It switches no rule on.
func TestLintFix(t *testing.T) {
	inFolder(t, map[string]string{"bad.json": lintBad, "good.json": lintGood,
		"rule.json": `{"Name":"r","Arn":"arn:aws:events:us-east-1:111122223333:rule/r","State":"DISABLED","EventPattern":"{\"source\":[\"aws.s3\"],\"detail-type\":[\"Object created\"],\"detail\":{\"object\":{\"key\":[{\"prefix\":\"a/*\"},{\"prefix\":\"a/\"}]}}}"}`})
	code, out, errs := program(t, "lint", "--fix", "--level", "warning", "bad.json", "good.json", "rule.json")
	if code != 0 || out != "" || !strings.Contains(errs, "bad.json: 1 edit\n") || !strings.Contains(errs, "rule.json: ") || strings.Contains(errs, "good.json") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	want := map[string]string{"bad.json": strings.Replace(lintBad, "guarduty", "guardduty", 1), "good.json": lintGood,
		"rule.json": `{"Name":"r","Arn":"arn:aws:events:us-east-1:111122223333:rule/r","State":"DISABLED","EventPattern":"{\"source\":[\"aws.s3\"],\"detail-type\":[\"Object Created\"],\"detail\":{\"object\":{\"key\":[{\"prefix\":\"a/\"}]}}}"}`}
	for name, text := range want {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(got)); diff != "" {
			t.Errorf("%s\n%s", name, diff)
		}
	}
	if code, out, errs = program(t, "lint", "--fix", "--level", "warning", "bad.json", "good.json", "rule.json"); code != 0 || out+errs != "" {
		t.Errorf("again: exit %d\n%s%s", code, out, errs)
	}
}
