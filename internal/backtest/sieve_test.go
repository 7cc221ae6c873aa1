package backtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

// The sieve may not change an answer: rules of every shape are asked about the
// same records by way of it, and of each record wrapped.
func TestSieve(t *testing.T) {
	dir, _ := history(t, 4<<20)
	var rules []Rule
	for _, text := range []string{
		`{"detail":{"eventName":[{"prefix":"Get"}]}}`,
		`{"source":["aws.s3"]}`,
		`{"source":["aws.s3"],"detail":{"readOnly":[true]}}`,
		`{"detail-type":["AWS Console Sign In via CloudTrail"],"detail":{"responseElements":{"ConsoleLogin":["Success"]}}}`,
		`{"region":["us-east-1"]}`,
		`{"detail-type":["AWS API Call via CloudTrail"]}`,
		`{"detail-type":["AWS API Call via CloudTrail"],"source":["aws.iam"],"detail":{"eventName":[{"prefix":"Create"}]}}`,
		`{"account":[{"anything-but":"1"}],"time":[{"prefix":"2"}],"id":[{"exists":true}],"version":["0"],"resources":[{"exists":false}]}`,
		`{"eventName":[{"exists":false}],"source":["aws.iam"]}`,
		`{"region":["us-east-1"],"detail":{"errorCode":[{"exists":false}]}}`,
		`{"$or":[{"source":["aws.iam"]},{"detail":{"errorCode":[{"exists":true}]}}]}`,
		`{"source":["aws.iam"],"$or":[{"source":["aws.s3"],"detail":{"readOnly":[true]}},{"detail":{"readOnly":[false]}}]}`,
		`{"detail":{"readOnly":[true]},"detail":{"eventSource":["ec2.amazonaws.com"]},"detail.readOnly":[false]}`,
		`{"detail":["none"]}`,
	} {
		r, err := ParseRule(text, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, *r)
	}
	o := Options{Rules: rules, OpenFor: time.Hour}
	m, err := newMatcher(&o)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := Inputs(t.Context(), []string{dir}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for _, r := range rules {
		want[r.Name] = 0
	}
	for i := range inputs {
		w := newWorker(m)
		f, err := inputs[i].Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.reader.Read(f, func(_ string, text []byte) bool {
			w.head.Parse(text)
			event := w.wrap.Wrap(&w.head, text)
			if pattern.Check(event) != nil {
				t.Fatalf("wrapped as no JSON: %s", event)
			}
			for _, r := range rules {
				if r.Pattern.Match(event) {
					want[r.Name]++
				}
			}
			return true
		})
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, byName(ask(t, o, dir))); diff != "" {
		t.Errorf("matches (-of each event +by the sieve):\n%s", diff)
	}
	for name, n := range want {
		if n == 0 && name != `{"detail":["none"]}` {
			t.Errorf("nothing matches %s: the test shows nothing", name)
		}
	}
}
