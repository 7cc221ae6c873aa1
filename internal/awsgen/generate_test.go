package main

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

func toyModel(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/toy/api-2.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func generateText(t *testing.T, s service, text []byte) (map[string][]byte, error) {
	t.Helper()
	m, err := parseModel(text)
	if err != nil {
		return nil, err
	}
	return generate(s, m)
}

var toy = service{
	Package: "toy", Title: "a toy", Reference: "https://example.org/API_", Ops: []string{"GetThing", "PutThing"},
	Lenient:  map[string]limitChange{"Ids": {AnyLength: true}},
	Optional: []string{"Thing.Kind"},
}

// TestGolden compares what is generated from a small model that has one of everything with
// what is known to be right: go test -update after a change, then read the difference.
func TestGolden(t *testing.T) {
	files, err := generateText(t, toy, toyModel(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		golden := filepath.Join("testdata", "toy", strings.TrimSuffix(name, ".go")+".golden")
		if *update {
			if err := os.WriteFile(golden, files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(want, files[name]) {
			t.Errorf("%s differs from %s:\n%s", name, golden, firstDifference(want, files[name]))
		}
	}
	if len(files) != 6 {
		t.Errorf("%d files", len(files))
	}
}

// TestOthers hands a shape through, lists operations that are not built, and widens a limit.
func TestOthers(t *testing.T) {
	s := toy
	s.Ops, s.Others, s.Optional = []string{"PutThing"}, true, nil
	s.Raw, s.Lenient = []string{"Elephant"}, nil
	if _, err := generateText(t, s, toyModel(t)); err == nil || !strings.Contains(err.Error(), "raw: Elephant is not in the model") {
		t.Errorf("a raw shape that is not there: %v", err)
	}
	s.Raw = []string{"Thing"}
	if _, err := generateText(t, s, toyModel(t)); err == nil {
		t.Error("an input or output that is raw was taken")
	}
	s.Raw, s.Lenient = nil, map[string]limitChange{"Ids": {Max: "77"}}
	files, err := generateText(t, s, toyModel(t))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"zz_service.go": `aws.Unbuilt("GetThing", "GET", "/things/{id}")`, "zz_limits.go": "Max: 77"} {
		if !bytes.Contains(files[file], []byte(want)) {
			t.Errorf("%s has no %s:\n%s", file, want, files[file])
		}
	}
}

func firstDifference(want, got []byte) string {
	w, g := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "-" + w[i] + "\n+" + g[i]
		}
	}
	return "one is longer than the other"
}

// TestSame generates twice: the output must not depend on the order of maps.
func TestSame(t *testing.T) {
	a, err := generateText(t, toy, toyModel(t))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		b, err := generateText(t, toy, toyModel(t))
		if err != nil {
			t.Fatal(err)
		}
		for name := range a {
			if !bytes.Equal(a[name], b[name]) {
				t.Fatalf("%s is not the same twice:\n%s", name, firstDifference(a[name], b[name]))
			}
		}
	}
}

// TestRefusals changes the toy model into ones that would be generated wrongly.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, old, with, want string
		change                func(*service)
	}{
		{name: "operation that is not there", change: func(s *service) { s.Ops = []string{"Nothing"} }, want: "operation Nothing is not in the model"},
		{name: "shape that is not understood", change: func(s *service) { s.Ops = nil }, want: "LeaveOutInput"},
		{name: "lenient where nothing is", change: func(s *service) { s.Lenient = map[string]limitChange{"Elephant": {}} }, want: "Elephant"},
		{name: "optional where it is so already", change: func(s *service) { s.Optional = []string{"Thing.Weight"} }, want: "Thing.Weight"},
		{name: "protocol", old: `"rest-json"`, with: `"rest-xml"`, want: "protocol rest-xml"},
		{name: "key of a shape", old: `"max": 5`, with: `"max": 5, "flattened": true`, want: "flattened"},
		{name: "location", old: `"location": "querystring", "locationName": "from"`, with: `"location": "header"`, want: "location header"},
		{name: "type in the path", old: `"id": {"shape": "Id"`, with: `"id": {"shape": "Parts"`, want: "type map in uri"},
		{name: "timestamp format", old: `"type": "timestamp"`, with: `"type": "timestamp", "timestampFormat": "sundial"`, want: "sundial"},
		{name: "payload", old: `"output": {"shape": "Thing"}`, with: `"output": {"shape": "Thing", "payload": "Data"}`, want: "payload"},
		{name: "query in the path", old: `/putThing`, with: `/putThing?now`, want: "query in the path"},
		{name: "shape that is missing", old: `"Weight": {"shape": "Weight"}`, with: `"Weight": {"shape": "Elephant"}`, want: "Elephant"},
		{name: "secret keys", old: `"key": {"shape": "Kind"}`, with: `"key": {"shape": "Secret"}`, want: "sensitive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := toyModel(t)
			if tt.old != "" {
				changed := bytes.Replace(text, []byte(tt.old), []byte(tt.with), 1)
				if bytes.Equal(changed, text) {
					t.Fatalf("the model has no %s", tt.old)
				}
				text = changed
			}
			s := toy
			if tt.change != nil {
				tt.change(&s)
			}
			_, err := generateText(t, s, text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestConstants(t *testing.T) {
	got := constants("X", []string{"SMALL_ONE", "t2.micro", "small-one", "*", "One_Hour", "gp3"})
	want := []string{"XSmallOne", "XT2Micro", "XSmallOneValueIII", "XValueIIII", "XOneHour", "XGp3"}
	if !slices.Equal(got, want) {
		t.Errorf("constants are %v, want %v", got, want)
	}
}
