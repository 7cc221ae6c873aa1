package source

import (
	"strings"
	"testing"
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
