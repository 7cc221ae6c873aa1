package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatchCommand(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	severe := file("severe.json", "{\"detail\": {\n  \"severity\": [7, 7.1]}}\n")
	for _, c := range []struct {
		name, in, out string
		cmd           matchCmd
		code          int
		err           string
	}{
		{name: "all match", cmd: matchCmd{Pattern: severe}, in: `{"detail":{"severity":7.0}}`, out: "match\n"},
		{name: "one does not", cmd: matchCmd{Pattern: severe}, code: exitNo,
			in: "{\"detail\":{\"severity\":7.0}}\n\n{\"detail\":{\"severity\":9.1}}\n", out: "match\nno match\n"},
		{name: "explained", cmd: matchCmd{Pattern: severe, Explain: true}, code: exitNo,
			in: `{"detail":{"severity":9.1}}`, out: "no match: detail.severity 9.1 is not in [7, 7.1]\n"},
		{name: "event over several lines", cmd: matchCmd{Pattern: severe, Files: []string{file("e.json", "{\n\"detail\":\n{\"severity\":7.1}}")}}, out: "match\n"},
		{name: "bad event", cmd: matchCmd{Pattern: severe}, in: "{\n{\"detail\":{\"severity\":7}}", code: exitWrong,
			out: "invalid: Event is not valid. Reason: Unexpected end-of-input: was expecting double-quote to start field name at [Source: (String)\"{\"; line: 1, column: 2]\nmatch\n",
			err: "1 of 2 events are not valid JSON objects, the first in standard input, line 1: mend or leave them out"},
		{name: "byte order marks", cmd: matchCmd{Pattern: file("bom.json", "\ufeff{\"a\":[1]}")}, in: "\ufeff{\"a\":1}\n{\"a\":1}\n", out: "match\nmatch\n"},
		{name: "a rule", cmd: matchCmd{Pattern: file("rule.json", `{"Name":"r","EventPattern":"{\"a\":[1]}","State":"DISABLED"}`)}, in: `{"a":1}`, out: "match\n"},
		{name: "a schedule", cmd: matchCmd{Pattern: file("r", `{"Name":"r","ScheduleExpression":"rate(1 day)"}`)}, code: exitWrong,
			err: filepath.Join(dir, "r") + " is a rule with a schedule: it has no event pattern"},
		{name: "bad pattern", cmd: matchCmd{Pattern: file("bad.json", `{"a":1}`)}, code: exitWrong,
			err: `invalid: Event pattern is not valid. Reason: "a" must be an object or an array at [Source: (String)"{"a":1}"; line: 1, column: 7]`},
		{name: "lines", cmd: matchCmd{JSONL: "-"},
			in: `{"id":"1","pattern":"{\"a\":[1]}","event":"{\"a\":1.0}"}
{"id":2,"pattern":"{\"a\":[1]}","event":"{\"a\":2}"}
{"id":"3","pattern":"{\"a\":[]}","event":"{}"}
{"id":"4","pattern":"{\"a\":[1]}","event":"{\"a\":}"}
{"id":"5","pattern":"{\"a\":[1]}"}
{"id":"6","pattern":{"a":[1]},"event":"{}"}
[]
`,
			out: `{"id":"1","result":"match","reason":""}
{"id":2,"result":"nomatch","reason":"a 2 is not in [1]"}
{"id":"3","result":"invalid","reason":"Event pattern is not valid. Reason: Empty arrays are not allowed at [Source: (String)\"{\"a\":[]}\"; line: 1, column: 8]"}
{"id":"4","result":"invalid","reason":"Event is not valid. Reason: Unexpected character ('}' (code 125)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') at [Source: (String)\"{\"a\":}\"; line: 1, column: 7]"}
{"id":"5","result":"invalid","reason":"pattern and event have to be strings of JSON"}
{"id":"6","result":"invalid","reason":"pattern and event have to be strings of JSON"}
{"id":null,"result":"invalid","reason":"line is not an object with id, pattern and event"}
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := c.cmd.answer(strings.NewReader(c.in), &out)
			var exit *exitError
			code, message := 0, ""
			if errors.As(err, &exit) {
				code, message = exit.code, exit.message
			} else if err != nil {
				t.Fatal(err)
			}
			if code != c.code || message != c.err {
				t.Errorf("exit %d %q, want %d %q", code, message, c.code, c.err)
			}
			if diff := cmp.Diff(c.out, out.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
