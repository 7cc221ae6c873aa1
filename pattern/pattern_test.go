package pattern_test

import (
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

func mustCompile(t testing.TB, src string) *pattern.Pattern {
	t.Helper()
	p, err := pattern.Compile([]byte(src), pattern.Limits{})
	if err != nil {
		t.Fatalf("Compile(%s): %v", src, err)
	}
	return p
}

func TestErrorsHaveServiceText(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{"source": ["aws.health"], "detail": {}}`, "Event pattern is not valid. Reason: Empty objects are not allowed\n at [Source: (String)\"{\"source\": [\"aws.health\"], \"detail\": {}}\"; line: 1, column: 40]"},
		{"{\"a\":\n {\n    \"slug\": \"x\"}}", "Event pattern is not valid. Reason: \"slug\" must be an object or an array\n at [Source: (String)\"{\"a\":\n {\n    \"slug\": \"x\"}}\"; line: 3, column: 14]"},
		{`{\"detail`, "Event pattern is not valid. Reason: Unexpected character ('\\' (code 92)): was expecting double-quote to start field name\n at [Source: (String)\"{\\\"detail\"; line: 1, column: 3]"},
		{`{"a":[{"cidr":"1.2.3.4/32"}]}`, "Event pattern is not valid. Reason: IPv4 mask bits must be < 32"},
		{`[]`, "Event pattern is not valid. Reason: Filter is not an object\n at [Source: (String)\"[]\"; line: 1, column: 2]"},
	} {
		_, err := pattern.Compile([]byte(c.src), pattern.Service)
		if err == nil || err.Error() != c.want {
			t.Errorf("Compile(%s)\n got %v\nwant %s", c.src, err, c.want)
		}
	}
}

func TestMatchBasics(t *testing.T) {
	for _, c := range []struct {
		p, e string
		want bool
	}{
		{`{"a":["x"]}`, `{"a":"x"}`, true},
		{`{"a":["x"]}`, `{"a":["y","x"]}`, true},
		{`{"a":[300]}`, `{"a":3.0e2}`, true},
		{`{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1,"c":3},{"b":3,"c":2}]}`, false},
		{`{"a":{"b":[1],"c":[2]}}`, `{"a":[{"b":1,"c":3},{"b":1,"c":2}]}`, true},
		{`{"a.b":["x"]}`, `{"a":{"b":"x"}}`, true},
		{`{"a":{"b":["x"]}}`, `{"a.b":"x"}`, true},
		{`{"a":["::1"]}`, `{"a":"0:0:0:0:0:0:0:1"}`, true},
		{`{"a":[{"exists":false}]}`, `{"a":[]}`, true},
		{`{"a":[{"exists":false}]}`, `{"a":null}`, false},
		{`{"a":[{"wildcard":"*\\*x"}]}`, `{"a":"foo*x"}`, true},
		{`{"$or":[{"a":[1]},{"b":[{"numeric":[">",1,"<=",3]}]}]}`, `{"b":3}`, true},
		{`{"a":[{"anything-but":{"prefix":"x"}}]}`, `{"a":1}`, true},
		{`{"a":[{"cidr":"10.0.0.77/24"}]}`, `{"a":"10.0.0.1"}`, true},
	} {
		p := mustCompile(t, c.p)
		if err := pattern.Check([]byte(c.e)); err != nil {
			t.Fatalf("Check(%s): %v", c.e, err)
		}
		if got := p.Match([]byte(c.e)); got != c.want {
			t.Errorf("%s on %s: %v, want %v", c.p, c.e, got, c.want)
		}
		var s pattern.Set[string]
		s.Add("k", p)
		if got := len(s.Match([]byte(c.e), nil)) == 1; got != c.want {
			t.Errorf("in a Set: %s on %s: %v, want %v", c.p, c.e, got, c.want)
		}
		if got := p.Explain([]byte(c.e)); got.Matched != c.want || !got.Matched && got.String() == "" {
			t.Errorf("Explain %s on %s: %v", c.p, c.e, got)
		}
	}
}
