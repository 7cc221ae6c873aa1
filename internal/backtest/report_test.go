package backtest

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin"
)

// call is a record of CloudTrail; who is the name of a user.
func call(at, who, name string) string {
	return fmt.Sprintf(`{"eventVersion":"1.09","eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","eventID":"e","eventType":"AwsApiCall","recipientAccountId":"111122223333","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s"}}`, at, name, who)
}

func records(calls ...string) string { return `{"Records":[` + strings.Join(calls, ",") + `]}` }

// files writes files, compressed if their names say so, and gives their folder.
func files(t testing.TB, all map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range all {
		b := []byte(text)
		if strings.HasSuffix(name, ".gz") {
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			if _, err := w.Write(b); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			b = z.Bytes()
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func rule(t testing.TB, name, text string) Rule {
	t.Helper()
	return rulesOf(t, map[string]string{name: text})[0]
}

// Every kind of log is recognised by what is in it.
func TestKinds(t *testing.T) {
	const finding = `{"accountId":"1","region":"r","id":"f","type":"T","service":{},"severity":5,"updatedAt":"2026-01-02T03:04:05Z"}`
	event := `{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"1","time":"2026-01-02T03:04:05Z","region":"r","resources":[],"detail":` + call("2026-01-02T03:04:05Z", "ann", "CreateUser") + `}`
	inner, err := json.Marshal(call("2026-01-02T03:04:05Z", "ann", "CreateUser"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, text string
		source           string
		matches          int64
	}{
		{"CloudTrail", "AWSLogs/1/CloudTrail/a.json.gz", records(call("2026-01-02T03:04:05Z", "ann", "CreateUser")), "aws.iam", 1},
		{"an archive of EventBridge", "archive.jsonl", event + "\n" + event + "\n", "aws.iam", 2},
		{"records by line", "lines.json.gz", call("2026-01-02T03:04:05Z", "ann", "CreateUser") + "\n", "aws.iam", 1},
		{"what LookupEvents prints", "lookup.json", `{"Events":[{"EventId":"1","CloudTrailEvent":` + string(inner) + `}]}`, "aws.iam", 1},
		{"findings that GuardDuty exports", "findings.jsonl.gz", finding + "\n" + finding + "\n" + finding, "aws.guardduty", 3},
		{"what GetFindings prints", "get.json", `{"Findings":[{"AccountId":"1","Id":"f","Type":"T","Service":{},"Severity":5}]}`, "aws.guardduty", 1},
		{"a snapshot of Config", "snapshot.json.gz", `{"fileVersion":"1.0","configSnapshotId":"s","configurationItems":[{"configurationItemStatus":"OK","resourceType":"AWS::S3::Bucket","ARN":"arn:b"}]}`, "aws.config", 1},
	} {
		dir := files(t, map[string]string{c.file: c.text, ".hidden.json": c.text})
		r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"source":["`+c.source+`"]}`)}, Workers: 2}, dir)
		if r.Rules[0].Matches != c.matches || r.Events != c.matches || len(r.Skipped) > 0 || r.Unknown+r.Malformed > 0 {
			t.Errorf("%s: %d matches of %d events, want %d; unknown %d, malformed %d, skipped %v", c.name, r.Rules[0].Matches, r.Events, c.matches, r.Unknown, r.Malformed, r.Skipped)
		}
		inputs, err := Inputs(t.Context(), []string{"-"}, strings.NewReader(c.text), "")
		if err != nil {
			t.Fatal(err)
		}
		if r, err = Run(t.Context(), inputs, Options{Rules: []Rule{rule(t, "r", `{"source":["`+c.source+`"]}`)}, OpenFor: time.Hour}, new(Progress)); err != nil || r.Rules[0].Matches != c.matches {
			t.Errorf("%s from a stream: %v, %d matches", c.name, err, r.Rules[0].Matches)
		}
	}
}

// What LookupEvents prints holds records as strings; many are counted as one is.
func TestLookups(t *testing.T) {
	var all []string
	for i := range 100 {
		inner, err := json.Marshal(call("2026-01-02T03:04:05Z", "ann"+strconv.Itoa(i%7), "CreateUser"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, `{"EventId":"`+strconv.Itoa(i)+`","Resources":[],"CloudTrailEvent":`+string(inner)+`}`)
	}
	dir := files(t, map[string]string{"lookup.json": `{"Events":[` + strings.Join(all, ",") + `]}`})
	r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"source":["aws.iam"]}`)}, Workers: 1}, dir).Rules[0]
	if r.Matches != 100 || len(r.Top.Principals) != 7 || !strings.HasSuffix(r.Top.Principals[0].Name, "/ann0") {
		t.Errorf("%d matches of %v", r.Matches, r.Top.Principals)
	}
}

// One bad file is named and does not keep the others from being read.
func TestBadFiles(t *testing.T) {
	good := records(call("2026-01-02T03:04:05Z", "ann", "CreateUser"), call("2026-01-02T03:04:05Z", "bob", "CreateUser"))
	dir := files(t, map[string]string{
		"a.json.gz": good, "b.json.gz": good, "c.json": strings.Replace(good, `"iam.amazonaws.com"`, `iam`, 1),
		"d.json": `{"some":"settings"}`, "e.txt": "not JSON\n", "f.json": good + `{"other":1}`, "bomb.json.gz": `{"Records":[{"k":"` + strings.Repeat("x", 32<<20) + `"},` + strings.TrimPrefix(good, `{"Records":[`),
	})
	cut, err := os.ReadFile(filepath.Join(dir, "b.json.gz"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "b.json.gz"), cut[:len(cut)-9], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"detail":{"eventName":["CreateUser"]}}`)}, Workers: 1}, dir)
	if r.Rules[0].Matches < 7 || r.Malformed != 1+1 || r.Unknown != 1 || r.TooLong != 1 {
		t.Errorf("%d matches, %d malformed, %d unknown, %d too long", r.Rules[0].Matches, r.Malformed, r.Unknown, r.TooLong)
	}
	got := map[string]string{}
	for _, s := range r.Skipped {
		got[filepath.Base(s.Path)] = s.Reason
	}
	want := map[string]string{
		"b.json.gz": "truncated gzip: the file is cut off",
		"d.json":    "holds JSON of no known kind (--as record takes it as it is)",
		"e.txt":     "holds no JSON objects",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

func TestTimesAndIncidents(t *testing.T) {
	dir := files(t, map[string]string{
		"a.json": records(
			call("2026-01-02T03:00:00Z", "ann", "CreateUser"), call("2026-01-02T03:30:00Z", "ann", "CreateUser"), // one incident
			call("2026-01-02T05:00:00Z", "ann", "CreateUser"), // another: the first is over
			call("2026-01-02T03:10:00Z", "bob", "CreateUser"), // of somebody else
			call("yesterday", "ann", "CreateUser"),
		),
		"b.json": records(call("2026-01-02T03:59:59Z", "ann", "CreateUser"), call("2026-01-02T04:00:00Z", "cat", "DeleteUser")),
	})
	r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"detail":{"eventName":["CreateUser"]}}`)}, OpenFor: time.Hour, Workers: 2}, dir)
	got := r.Rules[0]
	if got.Matches != 6 || got.Incidents != 3+1 { // the one without a time stands by itself
		t.Errorf("%d matches, %d incidents", got.Matches, got.Incidents)
	}
	if got.First.Format(time.RFC3339) != "2026-01-02T03:00:00Z" || got.Last.Format(time.RFC3339) != "2026-01-02T05:00:00Z" {
		t.Errorf("from %s to %s", got.First, got.Last)
	}
	if diff := cmp.Diff([]Share{{"arn:aws:iam::111122223333:user/ann", 5}, {"arn:aws:iam::111122223333:user/bob", 1}}, got.Top.Principals); diff != "" {
		t.Errorf("by whom (-want +got):\n%s", diff)
	}
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		since, until time.Time
		want         int64
	}{
		{day, time.Time{}, 5},
		{day.Add(3*time.Hour + 30*time.Minute), time.Time{}, 3},
		{time.Time{}, day.Add(5 * time.Hour), 4},
		{day.Add(3 * time.Hour), day.Add(3*time.Hour + 10*time.Minute), 1},
	} {
		r := ask(t, Options{Rules: []Rule{rule(t, "r", `{"detail":{"eventName":["CreateUser"]}}`)}, Since: c.since, Until: c.until}, dir)
		if r.Rules[0].Matches != c.want {
			t.Errorf("from %s until %s: %d matches, want %d", c.since, c.until, r.Rules[0].Matches, c.want)
		}
	}
}

func TestNearMisses(t *testing.T) {
	dir := files(t, map[string]string{"a.json": records(
		call("2026-01-02T03:00:00Z", "ann", "CreateUser"),  // matches
		call("2026-01-02T03:01:00Z", "bob", "CreateUser"),  // misses by the identity
		call("2026-01-02T03:00:30Z", "cat", "CreateUser"),  // too, and is earlier
		call("2026-01-02T03:02:00Z", "ann", "DeleteUser"),  // by the name
		call("2026-01-02T03:03:00Z", "bob", "DeleteUser"),  // by both
		call("2026-01-02T03:04:00Z", "ann", "CreateGroup"), // by the name, which an alternative has
	)})
	r := ask(t, Options{Near: true, Rules: []Rule{rule(t, "r",
		`{"detail":{"userIdentity":{"arn":[{"suffix":"ann"}]},"$or":[{"eventName":["CreateUser"]},{"eventName":["CreateGroup"],"errorCode":[{"exists":true}]}]}}`)}}, dir)
	type near struct {
		Field  string
		Count  int64
		Record int64
	}
	var got []near
	for _, n := range r.Rules[0].Near {
		got = append(got, near{n.Field, n.Count, n.Sample.Record})
		if n.Sample.Why == "" || !strings.Contains(n.Sample.Why, n.Field) {
			t.Errorf("%s: why %q", n.Field, n.Sample.Why)
		}
	}
	want := []near{{"detail.errorCode", 1, 6}, {"detail.eventName", 2, 4}, {"detail.userIdentity.arn", 2, 3}}
	if diff := cmp.Diff(want, got); diff != "" || r.Rules[0].Matches != 1 {
		t.Errorf("%d matches; near misses (-want +got):\n%s", r.Rules[0].Matches, diff)
	}
}

func TestCompare(t *testing.T) {
	dir := files(t, map[string]string{"a.json": records(
		call("2026-01-02T03:00:00Z", "ann", "CreateUser"), call("2026-01-02T03:01:00Z", "bob", "DeleteUser"),
		call("2026-01-02T03:02:00Z", "cat", "CreateGroup"), call("2026-01-02T03:03:00Z", "dan", "CreateGroup"),
	)})
	rules := []Rule{rule(t, "old", `{"detail":{"eventName":["CreateUser","DeleteUser"]}}`), rule(t, "new", `{"detail":{"eventName":[{"prefix":"Create"}]}}`)}
	r := ask(t, Options{Rules: rules, Compare: true, Samples: 1}, dir)
	c := r.Compare
	if c.Same || c.Both.Matches != 1 || c.OnlyOld.Matches != 1 || c.OnlyNew.Matches != 2 {
		t.Errorf("same %v, both %d, only old %d, only new %d", c.Same, c.Both.Matches, c.OnlyOld.Matches, c.OnlyNew.Matches)
	}
	if len(c.OnlyOld.Samples) != 1 || c.OnlyOld.Samples[0].Record != 2 || len(c.OnlyNew.Samples) != 1 || c.OnlyNew.Samples[0].Record != 3 {
		t.Errorf("samples: only old %+v, only new %+v", c.OnlyOld.Samples, c.OnlyNew.Samples)
	}
	if r = ask(t, Options{Rules: []Rule{rules[0], rules[0]}, Compare: true}, dir); !r.Compare.Same {
		t.Error("a rule differs from itself")
	}
	var csv bytes.Buffer
	if err := r.WriteCSV(&csv); err != nil {
		t.Fatal(err)
	}
	want := "rule,start,end,matches\nold,2026-01-02T03:00:00Z,2026-01-02T03:01:00Z,1\nold,2026-01-02T03:01:00Z,2026-01-02T03:02:00Z,1\n"
	if !strings.HasPrefix(csv.String(), want) {
		t.Errorf("CSV\n%s\nwant it to begin\n%s", csv.String(), want)
	}
}

// A rule that live would not be shown read-only calls is not shown them here.
func TestStates(t *testing.T) {
	read := strings.Replace(call("2026-01-02T03:00:00Z", "ann", "ListUsers"), `"eventID"`, `"readOnly":true,"managementEvent":true,"eventID"`, 1)
	dir := files(t, map[string]string{"a.json": records(read)})
	for state, want := range map[tocsin.RuleState][2]int64{"": {1, 0}, tocsin.RuleEnabled: {0, 1}, tocsin.RuleEnabledAll: {1, 0}, tocsin.RuleDisabled: {0, 0}} {
		ru := rule(t, "r", `{"source":["aws.iam"]}`)
		ru.State = state
		if r := ask(t, Options{Rules: []Rule{ru}}, dir).Rules[0]; r.Matches != want[0] || r.ReadOnly != want[1] {
			t.Errorf("state %q: %d matches and %d not shown, want %v", state, r.Matches, r.ReadOnly, want)
		}
	}
}

// stopping ends its context after some reads.
type stopping struct {
	io.ReadCloser
	left *int
	stop context.CancelFunc
}

func (s stopping) Read(b []byte) (int, error) {
	if *s.left--; *s.left < 0 {
		s.stop()
	}
	return s.ReadCloser.Read(b)
}

// Wherever a run is stopped, and wherever a kill cuts off what it has written,
// carrying on gives what one run would have.
func TestResume(t *testing.T) {
	dir, m := history(t, 5<<20)
	o := Options{Rules: rulesOf(t, wrapped(m.ProbePattern)), Samples: 2, Near: true, Workers: 2, OpenFor: time.Hour}
	whole := ask(t, o, dir)
	inputs, err := Inputs(t.Context(), []string{dir}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state")
	resumed := func(ctx context.Context, in []Input, file string) *Report {
		t.Helper()
		o := o
		o.State = &State{Path: file, About: Question(&o, []string{dir})}
		defer o.State.Close()
		r, err := Run(ctx, in, o, new(Progress))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	left := 8
	slow := append([]Input{}, inputs...)
	for i := range slow {
		open := slow[i].Open
		slow[i].Open = func(ctx context.Context) (io.ReadCloser, error) {
			body, err := open(ctx)
			return stopping{body, &left, stop}, err
		}
	}
	o.Workers = 1
	part := resumed(ctx, slow, state)
	if !part.Partial || part.Events == 0 || part.Events >= whole.Events {
		t.Fatalf("stopped, it is partial %v with %d of %d events", part.Partial, part.Events, whole.Events)
	}
	o.Workers = 2
	text, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 5, 40, len(text) / 2, len(text) - 1, len(text)} {
		file := filepath.Join(t.TempDir(), "state")
		if err := os.WriteFile(file, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, resumed(t.Context(), inputs, file), cmpopts.IgnoreFields(Report{}, "Seconds", "Resumed")); diff != "" {
			t.Fatalf("carried on from %d bytes of state (-one run +carried on):\n%s", n, diff)
		}
		if diff := cmp.Diff(whole, resumed(t.Context(), inputs, file), cmpopts.IgnoreFields(Report{}, "Seconds", "Resumed")); diff != "" {
			t.Fatalf("asked again (-one run +again):\n%s", diff)
		}
	}
	last := inputs[len(inputs)-1].Path
	if err := os.WriteFile(last, []byte(records(call("2026-01-02T03:00:00Z", "ann", "CreateUser"))), 0o600); err != nil {
		t.Fatal(err)
	}
	if inputs, err = Inputs(t.Context(), []string{dir}, nil, ""); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and what it writes of it then, counts
		if diff := cmp.Diff(ask(t, o, dir), resumed(t.Context(), inputs, state), cmpopts.IgnoreFields(Report{}, "Seconds", "Resumed")); diff != "" {
			t.Fatalf("a file has changed (-one run +carried on):\n%s", diff)
		}
	}
	o.State = &State{Path: state, About: "another question"}
	if _, err := Run(t.Context(), inputs, o, new(Progress)); !errors.Is(err, ErrState) {
		t.Errorf("a state of another question is taken: %v", err)
	}
}
