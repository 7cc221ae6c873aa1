package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/backtest"
)

const trail = `{"Records":[
{"eventVersion":"1.09","eventTime":"2026-01-02T03:00:00Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"a","eventType":"AwsApiCall","recipientAccountId":"111122223333","userIdentity":{"arn":"arn:aws:iam::111122223333:user/ann"}},
{"eventVersion":"1.09","eventTime":"2026-01-03T03:00:00Z","eventSource":"iam.amazonaws.com","eventName":"DeleteUser","awsRegion":"us-east-1","eventID":"b","eventType":"AwsApiCall","recipientAccountId":"111122223333","userIdentity":{"arn":"arn:aws:iam::111122223333:user/bob\u001b[2J"}}]}`

func TestBacktest(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000001")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	logs := write(t, "trail.json", trail)
	all := write(t, "all.json", `{"source":["aws.iam"]}`)
	one := write(t, "one.json", `{"source":["aws.iam"],"detail":{"eventName":["CreateUser"]}}`)
	bad := write(t, "bad.json", `{"source":[]}`)
	junk := write(t, "junk.txt", "hello\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"for people", []string{"--rule", all, logs}, 0, "2 matches, 2 incidents (open for 4h), 2026-01-02 03:00:00 to 2026-01-03 03:00:00 UTC"},
		{"escapes of terminals do not come through", []string{"--rule", all, logs}, 0, "user/bob�[2J"},
		{"near misses", []string{"--rule", one, "--near-misses", logs}, 0, `"DeleteUser" is not in ["CreateUser"]`},
		{"CSV", []string{"--rule", one, "--csv", logs}, 0, "one,2026-01-02T03:00:00Z,2026-01-02T03:01:00Z,1"},
		{"no difference", []string{"--compare", one, one, logs}, 0, "no difference"},
		{"a difference", []string{"--compare", one, all, logs}, 1, "only the new rule 1"},
		{"a span", []string{"--rule", all, "--since", "2026-01-03", logs}, 0, "1 match, 1 incident"},
		{"no rule", []string{logs}, 2, "--rule"},
		{"no path", []string{"--rule", all}, 2, "path"},
		{"a rule that is not there", []string{"--rule", "/nonexistent.json", logs}, 2, "nonexistent"},
		{"an invalid rule", []string{"--rule", bad, logs}, 2, "Empty arrays are not allowed"},
		{"a path that is not there", []string{"--rule", all, "/nonexistent"}, 2, "nonexistent"},
		{"no bucket", []string{"--rule", all, "s3:///x"}, 2, "names no bucket"},
		{"S3 is not there", []string{"--rule", all, "--s3-endpoint", "http://127.0.0.1:1", "s3://b/x"}, 3, "list s3://b/x"},
		{"nothing can be read", []string{"--rule", all, junk}, 3, "holds no JSON objects"},
		{"an empty folder", []string{"--rule", all, t.TempDir()}, 3, "no files"},
		{"a time that is none", []string{"--rule", all, "--since", "tomorrow", logs}, 2, "--since tomorrow is no time"},
		{"times in the wrong order", []string{"--rule", all, "--since", "2026-02-01", "--until", "2026-01-01", logs}, 2, "before --until"},
		{"two forms", []string{"--rule", all, "--json", "--csv", logs}, 2, "--csv"},
		{"compare and rule", []string{"--rule", all, "--compare", one, one, logs}, 2, "--compare"},
		{"somebody else's file as state", []string{"--rule", all, "--resume", junk, logs}, 2, "no state"},
		{"an acknowledgement of nothing", []string{"--rule", all, "--ack-after", "5m", logs}, 2, "--response-plan"},
		{"no server", []string{"--rule", all, "--response-plan", "p", "--endpoint", "http://127.0.0.1:1", logs}, 3, "is the server running?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := program(t, append([]string{"backtest"}, c.args...)...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit %d, want %d\n%s%s\nwant %q in it", code, c.code, out, errs, c.says)
			}
			if code > exitNo && strings.Count(strings.TrimSpace(errs), "\n") > 0 {
				t.Errorf("more than a line on stderr:\n%s", errs)
			}
		})
	}
}

// The JSON is read by scripts: members are added, never changed.
func TestBacktestJSON(t *testing.T) {
	logs := write(t, "trail.json", trail)
	one := write(t, "one.json", `{"detail":{"eventName":["CreateUser"]}}`)
	code, out, errs := program(t, "backtest", "--rule", one, "--json", "--samples", "1", logs)
	var r map[string]any
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	delete(r, "seconds")
	got := r["rules"].([]any)[0].(map[string]any)
	delete(got, "samples")
	share := func(name string) []any { return []any{map[string]any{"name": name, "count": 1.0}} }
	want := map[string]any{
		"events": 2.0, "bytes": float64(len(trail)), "files": 1.0, "malformed": 0.0, "tooLong": 0.0, "unknown": 0.0,
		"skipped": []any{}, "partial": false, "openFor": "4h0m0s",
		"rules": []any{map[string]any{
			"name": "one", "matches": 1.0, "incidents": 1.0, "first": "2026-01-02T03:00:00Z", "last": "2026-01-02T03:00:00Z",
			"histogram": map[string]any{"bucketSeconds": 60.0, "buckets": []any{map[string]any{"start": "2026-01-02T03:00:00Z", "matches": 1.0}}},
			"state":     "", "readOnly": 0.0, "undated": 0.0, "nearMisses": []any{}, "pages": []any{},
			"top": map[string]any{
				"principals": share("arn:aws:iam::111122223333:user/ann"), "sources": share("iam.amazonaws.com"), "eventNames": share("CreateUser"),
				"resources": []any{}, "accounts": share("111122223333"), "regions": share("us-east-1"),
			},
		}},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Pages are those of the plan, for each incident.
func TestBacktestPages(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000001")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	var asked []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Header.Get("X-Amz-Target") != "Tocsin.Simulate" {
			t.Errorf("%s: %v", r.Header.Get("X-Amz-Target"), err)
		}
		asked = append(asked, in)
		switch in["ResponsePlan"] {
		case "missing":
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"no such plan"}`)
			return
		case "empty":
			fmt.Fprint(w, `{"Lines":[]}`)
			return
		}
		start := in["Time"].(float64)
		lines := []map[string]any{{"Kind": "PAGE", "Time": start, "ContactArn": "arn:x:contact/ann", "ContactName": "Ann", "ChannelType": "SMS"}}
		if len(in["Acknowledgements"].([]any)) == 0 {
			lines = append(lines, map[string]any{"Kind": "PAGE", "Time": start + 300, "ContactArn": "arn:x:contact/bob", "ChannelType": "EMAIL"})
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"Lines": lines}); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	logs := write(t, "trail.json", trail)
	all := write(t, "all.json", `{"source":["aws.iam"]}`)
	for _, c := range []struct {
		ack   []string
		calls int
		want  []backtest.PageCount
		says  string
	}{
		{nil, 3, []backtest.PageCount{{Person: "Ann", Channel: "SMS", Pages: 2}, {Person: "bob", Channel: "EMAIL", Pages: 2}}, "nobody acknowledges"},
		{[]string{"--ack-after", "90s"}, 5, []backtest.PageCount{{Person: "Ann", Channel: "SMS", Pages: 2}}, "who is paged first acknowledges after 1m30s"},
	} {
		asked = nil
		args := append([]string{"backtest", "--rule", all, "--response-plan", "p", "--endpoint", server.URL, "--json"}, c.ack...)
		code, out, errs := program(t, append(args, logs)...)
		var r backtest.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
			t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
		}
		if diff := cmp.Diff(c.want, r.Rules[0].Pages); diff != "" || !strings.Contains(r.Assumed, c.says) || len(asked) != c.calls {
			t.Errorf("%d calls, %s (-want +got):\n%s", len(asked), r.Assumed, diff)
		}
	}
	none := write(t, "none.json", `{"source":["my.app"]}`)
	for plan, c := range map[string]struct {
		rule string
		code int
		says string
	}{
		"missing": {none, 2, "the server has no plan missing"}, // though nothing matches
		"empty":   {all, 0, "nobody is reached"},
	} {
		code, out, errs := program(t, "backtest", "--rule", c.rule, "--response-plan", plan, "--endpoint", server.URL, logs)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("%s: exit %d: %s%s", plan, code, out, errs)
		}
	}
}

// The bar stays on one line of the terminal.
func TestBar(t *testing.T) {
	for _, columns := range []int{40, 60, 80, 200} {
		for _, c := range []struct {
			done, files int64
			of          int
			took        time.Duration
		}{{0, 0, 1, 0}, {5 << 30, 900, 1000, 2 * time.Second}, {10 << 30, 100_000, 100_000, 90 * time.Hour}} {
			line := bar(c.done, 0, 10<<30, c.files, c.of, c.took, columns)
			if n := utf8.RuneCountInString(line); n >= columns || n < 20 || !strings.Contains(line, "%") {
				t.Errorf("%d of %d columns: %s", n, columns, line)
			}
		}
	}
}

// Who asks records and events for what only the others have is told so.
func TestBacktestWarns(t *testing.T) {
	logs := write(t, "trail.json", trail)
	for _, c := range []struct{ pattern, as, says string }{
		{`{"eventName":["CreateUser"]}`, "event", "asks for eventName outside of detail"},
		{`{"detail":{"eventName":["CreateUser"]}}`, "record", "asks for detail.eventName"},
		{`{"detail":{"eventName":["CreateUser"]},"source":["aws.iam"]}`, "event", ""},
		{`{"eventName":["CreateUser"]}`, "record", ""},
	} {
		code, _, errs := program(t, "backtest", "--rule", write(t, "r.json", c.pattern), "--as", c.as, logs)
		if code != 0 || (errs != "") != (c.says != "") || !strings.Contains(errs, c.says) {
			t.Errorf("%s as %s: exit %d: %s", c.pattern, c.as, code, errs)
		}
	}
}

func TestAhead(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC) // a Monday
	for opened, want := range map[string]string{
		"2026-01-02T03:59:00Z": "2026-11-27T03:00:00Z", // Fridays
		"2026-11-23T10:10:00Z": "2026-11-30T10:00:00Z",
		"2026-11-23T11:10:00Z": "2026-11-23T11:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, opened)
		if err != nil {
			t.Fatal(err)
		}
		if got := ahead(at, now).Format(time.RFC3339); got != want {
			t.Errorf("%s is played at %s, want %s", opened, got, want)
		}
	}
}

// TestProgram is the program itself, for the tests that start it.
func TestProgram(t *testing.T) {
	if args := os.Getenv("TOCSIN_TEST_ARGS"); args != "" {
		os.Exit(run(strings.Split(args, "\n"), streams{os.Stdin, os.Stdout, os.Stderr}))
	}
}

// Ctrl-C prints what was counted until then, and a killed run is carried on.
func TestBacktestStopped(t *testing.T) {
	all := write(t, "all.json", `{"source":["aws.iam"]}`)
	first := write(t, "first.json", trail)
	start := func(args ...string) (*exec.Cmd, io.WriteCloser) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProgram$")
		cmd.Env = append(os.Environ(), "TOCSIN_TEST_ARGS="+strings.Join(append([]string{"backtest", "--rule", all, "--json", "--workers", "1"}, args...), "\n"))
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		return cmd, in
	}
	cmd, in := start("-")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		// Once all of this is taken, the program is reading: a pipe holds less.
		_, err = io.WriteString(in, trail+strings.Repeat("\n", 4<<20))
	}
	if err == nil {
		err = cmd.Process.Signal(os.Interrupt) // it waits for more, and none comes
	}
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(out)
	var r backtest.Report
	if err := json.Unmarshal(text, &r); err != nil || !r.Partial || r.Rules[0].Matches != 2 {
		t.Errorf("%v: %s", err, text)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("exit %d: %v", cmd.ProcessState.ExitCode(), err)
	}

	// The second of these files never ends.
	endless := filepath.Join(t.TempDir(), "endless")
	if err := syscall.Mkfifo(endless, 0o600); err != nil {
		t.Skipf("no named pipes: %v", err)
	}
	state := filepath.Join(t.TempDir(), "state")
	cmd, _ = start("--resume", state, first, endless)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(endless, os.O_WRONLY, 0) // waits until it is read: the first file is done
	if err == nil {
		_, err = io.WriteString(pipe, trail[:len(trail)/2])
	}
	if err == nil {
		err = cmd.Process.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	pipe.Close()
	if err = os.Remove(endless); err == nil {
		err = os.WriteFile(endless, []byte(trail), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"backtest", "--rule", all, "--json", "--workers", "1"}
	_, want, _ := program(t, append(args, first, endless)...)
	code, got, errs := program(t, append(args, "--resume", state, first, endless)...)
	if diff := cmp.Diff(timeless(t, want), timeless(t, got)); diff != "" || code != 0 {
		t.Errorf("exit %d %s; carried on after a kill (-one run +carried on):\n%s", code, errs, diff)
	}
}

// timeless is a report without how long it took.
func timeless(t *testing.T, text string) map[string]any {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	delete(r, "seconds")
	return r
}
