package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the server answers is told in words; its exit code is 1 where nobody is on
// call. The real server's answers are tested with docs/on-call.md.
func TestOnCall(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "k")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	const arn = "arn:aws:ssm-contacts:us-east-1:000000000000:contact/"
	ann := `{"ContactArns":["` + arn + `ann"],"ContactNames":["Ann"],"RotationArn":"r","RotationName":"days","TimeZoneId":"UTC","StartTime":1795420800,"EndTime":1795449600.5,"Type":"REGULAR"}`
	nobody := `{"ContactArns":[],"ContactNames":[],"RotationArn":"r","RotationName":"days","TimeZoneId":"UTC","StartTime":1795420800,"EndTime":1795449600,"Type":"OVERRIDDEN","RotationOverrideId":"o","OverriddenContactArns":["` + arn + `ann"]}`
	for _, c := range []struct {
		name, answer string
		args         []string
		code         int
		out, errs    string
	}{
		{"somebody", `{"Time":1,"Schedules":[{"ContactArn":"` + arn + `night","ContactName":"Night","OnCall":[` + ann + `],"NextTime":1795449600,"Next":[],"Gaps":[{"StartTime":1795449600,"EndTime":1795536000}]}]}`, nil, 0,
			"Night\n  now  Ann until Mon 23 Nov 16:00 UTC (rotation days)\n  from Mon 23 Nov 16:00 UTC\n  next nobody\n  nobody from Mon 23 Nov 16:00 UTC to Tue 24 Nov 16:00 UTC\n", ""},
		{"nobody by one of two", `{"Time":1,"Schedules":[{"ContactArn":"` + arn + `a","OnCall":[` + ann + `],"Gaps":[]},{"ContactArn":"` + arn + `night","OnCall":[` + nobody + `],"Gaps":[]}]}`, nil, 1,
			"a\n  now  Ann until Mon 23 Nov 16:00 UTC (rotation days)\nnight\n  now  nobody until Mon 23 Nov 16:00 UTC (rotation days, override for ann)\n", "tocsin: nobody is on call by night\n"},
		{"no schedule", `{"Time":1,"Schedules":[]}`, []string{"--json"}, 1, "[]\n", "tocsin: there is no on-call schedule\n"},
		{"a URL", `{"Url":"https://x/y.ics"}`, []string{"--calendar", "--person", "ann"}, 0, "https://x/y.ics\n", ""},
		{"bad time", ``, []string{"--at", "now"}, 2, "", "tocsin: --at: \"now\" is not a time; write it as 2026-12-25T03:00:00Z\n"},
		{"both", ``, []string{"--schedule", "a", "--person", "b"}, 2, "", "can't be used together; see tocsin --help\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(c.answer)) }))
			defer server.Close()
			var o, e bytes.Buffer
			code := run(append([]string{"oncall", "--endpoint", server.URL}, c.args...), streams{strings.NewReader(""), &o, &e})
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			if diff := cmp.Diff(c.out, o.String()); diff != "" && c.code != 2 {
				t.Error(diff)
			}
			if !strings.HasSuffix(e.String(), c.errs) {
				t.Errorf("stderr %q, want %q", e.String(), c.errs)
			}
		})
	}
	var no *exitError
	if err := (&onCallAnswer{}).verdict(); !errors.As(err, &no) || no.code != exitNo {
		t.Errorf("an answer without schedules: %v", err)
	}
}
