package source

import (
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

func TestLift(t *testing.T) {
	for _, c := range []struct {
		name, pattern, want string
		exact               bool
	}{
		{"detail", `{"detail":{"eventName":["A"]}}`, `"eventName":["A"]`, true},
		{"dotted", `{"detail.eventName":["A"],"detail":{"b":["c"]}}`, `"eventName":["A"],"b":["c"]`, true},
		{"twice", `{"detail":{"a":["x"]},"detail":{"b":["y"]}}`, `"a":["x"],"b":["y"]`, true},
		{"or inside", `{"detail":{"$or":[{"a":[1]},{"b":[2]}]}}`, `"$or":[{"a":[1]},{"b":[2]}]`, true},
		{"or outside", `{"$or":[{"detail":{"a":[1]}},{"detail":{"b":[2]}}]}`, `"$or":[{"a":[1]},{"b":[2]}]`, true},
		{"account", `{"account":["1"],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source", `{"source":["aws.iam","aws.s3"],"detail":{"a":[1]}}`, `"eventSource":[{"prefix":"iam"},{"prefix":"s3"}],"a":[1]`, false},
		{"insights may come", `{"source":["aws.cloudtrail"],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source by prefix", `{"source":[{"prefix":"aws."}],"detail":{"a":[1]}}`, `"a":[1]`, false},
		{"source beside or", `{"source":["aws.iam"],"$or":[{"source":["aws.s3"],"detail":{"a":[1]}},{"detail":{"b":[2]}}]}`, `"$or":[{"a":[1]},{"b":[2]}]`, false},
		{"only source", `{"source":["aws.iam"]}`, `"eventSource":[{"prefix":"iam"}]`, false},
		{"an alternative without detail", `{"$or":[{"source":["aws.s3"]},{"detail":{"b":[2]}}]}`, ``, false},
		{"nothing", `{"account":["1"]}`, ``, false},
	} {
		members, exact, ok := lift([]byte(c.pattern), false)
		if got := strings.Join(members, ","); got != c.want || exact != c.exact || !ok && c.want != "" {
			t.Errorf("%s: %s, exact %v, ok %v", c.name, got, exact, ok)
		}
	}
}

// Rules about other events cost nothing while CloudTrail's records are read.
func TestNever(t *testing.T) {
	for text, want := range map[string]bool{
		`{"source":["my.app"]}`: true,
		`{"source":["my.app","tocsin.source"],"detail":{"a":[1]}}`:      true,
		`{"detail-type":["GuardDuty Finding"]}`:                         true,
		`{"source":["aws.guardduty"]}`:                                  false,
		`{"source":["my.app","aws.iam"]}`:                               false,
		`{"source":[{"prefix":"my."}]}`:                                 false,
		`{"source":["my.app",null]}`:                                    true,
		`{"detail":{"source":["my.app"]}}`:                              false,
		`{"source":["my.app"],"$or":[{"source":["aws.s3"]},{"a":[1]}]}`: false,
		`{"detail-type":["AWS API Call via CloudTrail","x"]}`:           false,
		`{"source":["my.app"],"source":["aws.s3"]}`:                     false,
		`{}`: false,
	} {
		if got := never([]byte(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	p, err := pattern.Compile([]byte(`{"source":["my.app"]}`), pattern.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s := NewSieve()
	s.Add(p)
	if len(s.Always) > 0 || len(s.Exact) != 1 {
		t.Errorf("%+v", s)
	}
}
