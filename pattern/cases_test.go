package pattern_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// The files in testdata hold cases that were reasoned from the language's
// description, one object a line.

func lines(t testing.TB, name string) [][]byte {
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

func decodeLine(t testing.TB, line []byte, to any) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

// asked puts one pattern and event through everything that answers.
func asked(t testing.TB, src, event string, want bool) {
	t.Helper()
	p, err := pattern.Compile([]byte(src), pattern.Limits{})
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return
	}
	e := []byte(event)
	if err := pattern.Check(e); err != nil {
		t.Errorf("%s: %v", event, err)
		return
	}
	if got := p.Match(e); got != want {
		t.Errorf("pattern %s\nevent   %s\ngot %v, want %v", src, event, got, want)
	}
	var s pattern.Set[string]
	s.Add("it", p)
	if got := len(s.Match(e, nil)) == 1; got != want {
		t.Errorf("pattern %s\nevent   %s\ngot %v in a Set, want %v", src, event, got, want)
	}
	if got, err := p.CheckMatch(e); got != want || err != nil {
		t.Errorf("pattern %s\nevent   %s\nCheckMatch says %v, %v, want %v", src, event, got, err, want)
	}
	if got, err := s.CheckMatch(e, nil); (len(got) == 1) != want || err != nil {
		t.Errorf("pattern %s\nevent   %s\nCheckMatch says %v, %v in a Set, want %v", src, event, got, err, want)
	}
	if x := p.Explain(e); x.Matched != want || (x.String() == "match") != want {
		t.Errorf("pattern %s\nevent   %s\nexplained as %s, want %v", src, event, x, want)
	}
	if got := refMatch(src, event); got != want {
		t.Errorf("pattern %s\nevent   %s\nthe reference says %v, want %v", src, event, got, want)
	}
}

// values.jsonl: the first line has values; each other has a field's list and
// which of the values it matches.
func TestValues(t *testing.T) {
	all := lines(t, "values.jsonl")
	var pool struct{ Values []string }
	decodeLine(t, all[0], &pool)
	cases := 0
	for _, line := range all[1:] {
		var c struct {
			List  string
			Match []string
		}
		decodeLine(t, line, &c)
		for _, v := range pool.Values {
			want := slices.Contains(c.Match, v)
			member := `"a":` + v
			if v == "MISSING" {
				member = `"z":1`
			}
			asked(t, `{"a":`+c.List+`}`, `{`+member+`}`, want)
			asked(t, `{"d":{"a":`+c.List+`},"y":[1]}`, `{"y":1,"d":[{`+member+`}]}`, want)
			cases += 2
		}
	}
	t.Logf("%d cases", cases)
}

// structure.jsonl: whole patterns with events that match and that do not.
func TestStructure(t *testing.T) {
	for _, line := range lines(t, "structure.jsonl") {
		var c struct {
			Pattern        string
			Match, Nomatch []string
		}
		decodeLine(t, line, &c)
		for _, e := range c.Match {
			asked(t, c.Pattern, e, true)
		}
		for _, e := range c.Nomatch {
			asked(t, c.Pattern, e, false)
		}
	}
}

// invalid.jsonl: patterns that are refused, with EventBridge's reason, the column
// and how many times it prints the place.
func TestInvalid(t *testing.T) {
	for _, line := range lines(t, "invalid.jsonl") {
		var c struct {
			Pattern, Reason string
			Column, Times   int
		}
		decodeLine(t, line, &c)
		want := "Event pattern is not valid. Reason: " + c.Reason
		for range c.Times {
			want += fmt.Sprintf("\n at [Source: (String)\"%s\"; line: 1, column: %d]", c.Pattern, c.Column)
		}
		_, err := pattern.Compile([]byte(c.Pattern), pattern.Limits{})
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", c.Pattern, err, want)
		}
		// The place moves with the line, and nothing else does.
		_, err = pattern.Compile([]byte("\n\r\n "+c.Pattern), pattern.Limits{})
		var e *pattern.Error
		if !errors.As(err, &e) || e.Msg != c.Reason || e.Line != 3 || c.Column > 0 && e.Column != c.Column+1 {
			t.Errorf("%s on the third line: %v", c.Pattern, err)
		}
	}
}

func TestLimits(t *testing.T) {
	long := `{"a":["` + strings.Repeat("é", 4096-10) + `"]}`
	or := `{"$or":[{"a":[1]},{"b":[1]},{"c":[1]},{"d":[1]},{"e":[1]},{"f":[1]},{"g":[1]},{"h":[1]},{"i":[1]},{"j":[1]}]}`
	nested := strings.Replace(or, "{\"j\":[1]}", strings.Replace(or, `"a"`, `"z"`, 1), 1)
	three := `{"w":{` + or[1:len(or)-1] + `},"x":{` + or[1:len(or)-1] + `},"y":{` + or[1:len(or)-1] + `}}`
	for _, c := range []struct {
		src  string
		fits bool
	}{
		{long, true},
		{long[:len(long)-3] + `é"]}`, false},
		{`{"a":[{"wildcard":"*:stack/ONE/*"},{"wildcard":"*:stack/TWO/*"},{"wildcard":"*:stack/THREE/*"}]}`, true},
		{`{"a":[{"wildcard":"*:stack/ONE/*"},{"wildcard":"*:stack/TWO/*"},{"wildcard":"*:stack/THREE/*"},{"wildcard":"*:stack/FOUR/*"}]}`, false},
		{`{"a":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}`, false},
		{`{"a":[{"wildcard":"arn:aws:s3:::*/logs/*.gz"}]}`, true},
		{nested, true},
		{three, true},
		{three[:len(three)-1] + `,"z":{"$or":[{"a":[1]},{"b":[1]}]}}`, false},
	} {
		_, err := pattern.Compile([]byte(c.src), pattern.Service)
		if (err == nil) != c.fits {
			t.Errorf("%.200s: %v, want it to fit: %v", c.src, err, c.fits)
		}
		if _, err := pattern.Compile([]byte(c.src), pattern.Limits{}); err != nil {
			t.Errorf("%.200s, without limits: %v", c.src, err)
		}
	}
}

func TestCheck(t *testing.T) {
	deep := func(n int) string { return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	p := mustCompile(t, `{"a":["x",{"exists":false}],"a.b":[1],"abcdefghijklm":["x"],"é":["x"]}`)
	for _, good := range []string{`{}`, " {\t}\r\n", `{"a":[{},[],"",-0.0e-1,1E+9,true,false,null,"\ud800","\u0000\"\\\/"]}`, `{"a":1,"a":2}`, deep(999), `{"é":"😀\u2028"}`} {
		if err := pattern.Check([]byte(good)); err != nil {
			t.Errorf("%.100s: %v", good, err)
		}
		if !json.Valid([]byte(good)) {
			t.Errorf("%.100s is not JSON", good)
		}
		if _, err := p.CheckMatch([]byte(good)); err != nil {
			t.Errorf("%.100s: %v", good, err)
		}
	}
	for _, bad := range []string{``, ` `, `[]`, `1`, `"a"`, `null`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{"a":01}`, `{"a":1.}`,
		`{"a":.1}`, `{"a":+1}`, `{"a":1e}`, `{"a":-}`, `{"a":tru}`, `{"a":nulls}`, `{"a":[1,]}`, `{"a":[1 2]}`, `{"a":]}`, `{"a":[}`, `{"a":{]}}`, `{a:1}`, `{'a':1}`,
		"{\"a\":\"\n\"}", `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"`, `{"a":"\`, "{\"a\":\"\xff\"}", "{\"a\":\"\xed\xa0\x80\"}", `{}{}`, `{} x`, "{}\x00", deep(1000), `{"a":1]`, `{"abcdefghijklm":"abcdefghijklmno` + "\x01" + `"}`} {
		if err := pattern.Check([]byte(bad)); err == nil {
			t.Errorf("%.100q was taken", bad)
		} else if !strings.HasPrefix(err.Error(), "Event is not valid. Reason: ") {
			t.Errorf("%.100q: %v", bad, err)
		} else if _, other := p.CheckMatch([]byte(bad)); other == nil || other.Error() != err.Error() {
			t.Errorf("%.100q: CheckMatch says %v, Check %v", bad, other, err)
		}
	}
}

// FuzzCheck compares Check with encoding/json on any bytes, and sees that nothing
// panics on what Check refuses.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":[{},[],"",-0.0e-1,true,null,"\ud800"]}`, `{"a":`, `{"a":"\`, `{"a.b":{"c":[[`, "{\"a\":\"\xff\"}", `{"a":{"b":"x`} {
		f.Add([]byte(s))
	}
	p := mustCompile(f, `{"a":{"b":["x"],"c":[{"exists":false}]},"d":[{"wildcard":"*a*"},1]}`)
	var s pattern.Set[int]
	s.Add(1, p)
	f.Fuzz(func(t *testing.T, event []byte) {
		err := pattern.Check(event)
		var o map[string]json.RawMessage
		wrong := json.Unmarshal(event, &o)
		if err == nil && (wrong != nil || o == nil) {
			t.Errorf("%q was taken: %v", event, wrong)
		}
		if err != nil && wrong == nil && o != nil && bytes.ToValidUTF8(event, nil) != nil && bytes.Equal(bytes.ToValidUTF8(event, nil), event) && !strings.Contains(err.Error(), "nesting depth") {
			t.Errorf("%q was refused: %v", event, err)
		}
		got := p.Match(event)
		if n := len(s.Match(event, nil)); err == nil && (n == 1) != got {
			t.Errorf("%q: alone %v, in a Set %d", event, got, n)
		}
		both, other := p.CheckMatch(event)
		found, also := s.CheckMatch(event, nil)
		if (err == nil) != (other == nil) || (err == nil) != (also == nil) || err != nil && (err.Error() != other.Error() || err.Error() != also.Error()) {
			t.Errorf("%q: Check says %v, CheckMatch %v and in a Set %v", event, err, other, also)
		}
		if err == nil && (both != got || (len(found) == 1) != got) {
			t.Errorf("%q: Match says %v, CheckMatch %v and in a Set %v", event, got, both, found)
		}
	})
}

// FuzzCompile sees that no text panics or passes that is not JSON, and that
// Error's place is inside the text.
func FuzzCompile(f *testing.F) {
	for _, name := range []string{"invalid.jsonl", "structure.jsonl"} {
		for _, line := range lines(f, name) {
			var c struct{ Pattern string }
			if err := json.Unmarshal(line, &c); err != nil {
				f.Fatal(err)
			}
			f.Add([]byte(c.Pattern))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := pattern.Compile(src, pattern.Service)
		if err != nil {
			var e *pattern.Error
			if !errors.As(err, &e) {
				t.Fatalf("%q: %v is no *pattern.Error", src, err)
			}
			if e.Offset < 0 || e.Offset > len(src) || e.Line < 1 || e.Column < 1 || e.Msg == "" {
				t.Errorf("%q: %+v", src, e)
			}
			return
		}
		if !json.Valid(src) {
			t.Errorf("%q was taken", src)
		}
		if p.Match([]byte(`{"a":[{"b":"x"},1]}`)) != refMatch(string(src), `{"a":[{"b":"x"},1]}`) {
			t.Errorf("%q: not as the reference has it", src)
		}
	})
}
