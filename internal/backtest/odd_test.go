package backtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

// What a record is does not depend on the records before it, however often it stands
// there.
func TestOddRecords(t *testing.T) {
	const plain = `{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":"A","awsRegion":"eu-west-1","eventType":"AwsApiCall"}`
	rules := func() (all []Rule) {
		for _, text := range []string{`{"detail":{"eventName":["B"]}}`, `{"source":["custom.app"]}`, `{"region":["us-east-1"]}`, `{"source":[{"exists":false}]}`,
			`{"detail-type":["AWS Network Activity Event via CloudTrail"]}`, `{"source":["aws.s3"]}`} {
			all = append(all, rule(t, text, text))
		}
		return all
	}
	matches := func(text string) (hits []string, events int64) {
		r := ask(t, Options{Rules: rules(), OpenFor: time.Hour}, files(t, map[string]string{"x.jsonl": text}))
		for _, rule := range r.Rules {
			for range rule.Matches {
				hits = append(hits, rule.Name)
			}
		}
		return hits, r.Events
	}
	for _, c := range []struct {
		name, record string
		hits         []string
		events       int64
	}{
		{"a type that is not delivered, after one that is", `{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"B","eventType":"AwsApiCall","eventType":"AwsNew"}`, nil, 0},
		{"a list for eventSource", `{"eventVersion":"1.08","eventSource":["s3.amazonaws.com"],"eventName":"B","eventType":"AwsApiCall"}`, nil, 0},
		{"an event with the members of a record", `{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventType":"AwsApiCall","eventName":"A","detail":{"eventName":"B"},"detail-type":"x","source":"custom.app"}`,
			[]string{`{"detail":{"eventName":["B"]}}`, `{"source":["custom.app"]}`}, 1},
		{"a Region that is no text, after one that is", `{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":"A","awsRegion":"us-east-1","awsRegion":{},"eventType":"AwsApiCall"}`, nil, 1},
		{"network activity", `{"eventVersion":"1.11","eventSource":"kms.amazonaws.com","eventName":"ListKeys","eventType":"AwsVpceEvent","eventCategory":"NetworkActivity"}`,
			[]string{`{"detail-type":["AWS Network Activity Event via CloudTrail"]}`}, 1},
	} {
		for _, before := range []int{0, 1, 40} {
			for _, copies := range []int{1, 5} {
				var want []string
				for _, h := range c.hits {
					for range copies {
						want = append(want, h)
					}
				}
				text := strings.Repeat(plain+"\n", before) + strings.Repeat(c.record+"\n", copies)
				hits, events := matches(text)
				if diff := cmp.Diff(want, hits); diff != "" || events != int64(before)+c.events*int64(copies) {
					t.Errorf("%s, %d times after %d others: %d events (-want +got):\n%s", c.name, copies, before, events, diff)
				}
			}
		}
	}
}

// Names count as one however JSON spells them.
func TestSpelling(t *testing.T) {
	var lines []string
	for _, user := range []string{"é", `\u00e9`, "é", `\u00E9`, `a\/b`, "a/b", `q\"`, `q\u0022`} {
		lines = append(lines, call("2026-01-02T03:00:00Z", user, "CreateUser"))
	}
	r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"]}`)}, OpenFor: time.Hour}, files(t, map[string]string{"x.json": records(lines...)}))
	const arn = "arn:aws:iam::111122223333:user/"
	want := []Share{{arn + "é", 4}, {arn + "a/b", 2}, {arn + `q"`, 2}}
	if diff := cmp.Diff(want, r.Rules[0].Top.Principals); diff != "" || r.Rules[0].Incidents != 3 {
		t.Errorf("%d incidents (-want +got):\n%s", r.Rules[0].Incidents, diff)
	}
}

// What cannot be looked at is named, and the others count.
func TestPaths(t *testing.T) {
	dir := files(t, map[string]string{"logs/a.json": records(call("2026-01-02T03:00:00Z", "ann", "CreateUser"))})
	logs, link := filepath.Join(dir, "logs"), filepath.Join(dir, "link")
	if err := os.Symlink(logs, link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("self", filepath.Join(logs, "self")); err != nil {
		t.Fatal(err)
	}
	o := Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"]}`)}, OpenFor: time.Hour}
	for _, path := range []string{logs, link, link + "/"} {
		r := ask(t, o, path)
		if r.Rules[0].Matches != 1 || len(r.Skipped) != 1 || !strings.HasSuffix(r.Skipped[0].Path, "self") {
			t.Errorf("%s: %d matches, skipped %v", path, r.Rules[0].Matches, r.Skipped)
		}
	}
}

// Limits in time may have fractions; what a state hides is no near miss.
func TestEdges(t *testing.T) {
	dir := files(t, map[string]string{"a.json": records(call("2026-01-02T03:00:00Z", "ann", "ListUsers"), call("not a time", "ann", "ListUsers"))})
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		since, until string
		want         int64
	}{
		{"2026-01-02T03:00:00Z", "2026-01-02T03:00:01Z", 1},
		{"2026-01-02T03:00:00.5Z", "2026-01-02T03:00:01Z", 0},
		{"2026-01-02T02:00:00Z", "2026-01-02T03:00:00.5Z", 1},
		{"2026-01-02T02:00:00Z", "2026-01-02T03:00:00Z", 0},
	} {
		o := Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"]}`)}, OpenFor: time.Hour, Since: at(c.since), Until: at(c.until)}
		if got := ask(t, o, dir).Rules[0].Matches; got != c.want {
			t.Errorf("from %s to %s: %d matches, want %d", c.since, c.until, got, c.want)
		}
	}
	o := Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"],"region":["eu-west-1"]}`)}, OpenFor: time.Hour, Near: true}
	if r := ask(t, o, dir).Rules[0]; len(r.Near) != 1 || r.Near[0].Count != 2 {
		t.Errorf("near misses of a bare pattern: %v", r.Near)
	}
	o.Rules[0].State = tocsin.RuleEnabled
	if r := ask(t, o, dir).Rules[0]; len(r.Near) != 0 {
		t.Errorf("near misses of what the state hides: %v", r.Near)
	}
	o = Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"]}`)}, OpenFor: time.Hour}
	if r := ask(t, o, dir).Rules[0]; r.Matches != 2 || r.Undated != 1 {
		t.Errorf("%d matches, %d of them undated", r.Matches, r.Undated)
	}
}
