package tocsin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTestRule(t *testing.T) {
	const (
		severe  = `{\"source\":[\"aws.guardduty\"],\"detail-type\":[\"GuardDuty Finding\"],\"detail\":{\"severity\":[{\"numeric\":[\">=\",7]}]}}`
		slip    = `{\n  \"source\": [\"aws.guarduty\"]}`
		buckets = `{\"detail-type\":[\"AWS API Call via CloudTrail\"],\"detail\":{\"eventSource\":[\"s3.amazonaws.com\"],\"eventName\":[\"ListBuckets\"]}}`
		finding = `"{\"source\":\"aws.guardduty\",\"detail-type\":\"GuardDuty Finding\",\"detail\":{\"severity\":%s}}"`
		enabled = `,"State":"ENABLED"`
		sec     = "arn:aws:ssm-incidents::111122223333:response-plan/sec"
	)
	each(t, func(t *testing.T, s *service) {
		staff(s)
		before := s.must("ListAudit", `{}`)
		for _, c := range []struct{ name, in, want string }{
			{"matches", `{"EventPattern":"` + severe + `","Event":` + fmt.Sprintf(finding, "9.1") + `}`, "true"},
			{"does not match", `{"EventPattern":"` + severe + `","Event":` + fmt.Sprintf(finding, "6") + `}`, `false: detail.severity 6 does not satisfy [{"numeric":[">=",7]}]`},
			{"no event", `{"EventPattern":"` + severe + `"}`, ""},
			{"a slip", `{"EventPattern":"` + slip + `","Event":` + fmt.Sprintf(finding, "7") + `}`,
				"false: source \"aws.guardduty\" is not in [\"aws.guarduty\"]; ERROR source-name at 2:14 of source, never: {\n  \"source\": [\"aws.guardduty\"]}"},
			{"refused", `{"EventPattern":"{\"source\":\"aws.s3\"}","Event":` + fmt.Sprintf(finding, "7") + `}`, `; ERROR invalid at 1:11, never: {"source":["aws.s3"]}`},
			{"empty", `{"EventPattern":""}`, "; ERROR invalid at 1:1, never"},
			{"empty, with a state", `{"EventPattern":""` + enabled + `}`, "; ERROR invalid at 1:1, never"},
			{"the state keeps it away", `{"EventPattern":"` + buckets + `"` + enabled + `}`, "; WARNING L6: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"},
			{"no targets", `{"EventPattern":"` + buckets + `","State":"DISABLED","TargetArns":[]}`, "; WARNING no-targets; NOTE disabled: ENABLED"},
			{"a plan that is there", `{"EventPattern":"` + severe + `"` + enabled + `,"TargetArns":["` + sec + `"]}`, "; NOTE L11"},
			{"a plan that is not", `{"EventPattern":"` + severe + `"` + enabled + `,"TargetArns":["` + sec + `x","arn:aws:sqs:us-east-1:111122223333:q"]}`, "; WARNING no-plan; NOTE L11"},
			{"another account's plan", `{"EventPattern":"` + severe + `"` + enabled + `,"TargetArns":["` + strings.Replace(sec, "111122223333", "444455556666", 1) + `"]}`, "; WARNING no-plan; NOTE L11"},
		} {
			t.Run(c.name, func(t *testing.T) {
				if diff := cmp.Diff(c.want, tested(s.must("TestRule", c.in))); diff != "" {
					t.Error(diff)
				}
			})
		}
		for _, c := range []struct{ in, code string }{
			{`{}`, "eventPattern"},
			{`{"EventPattern":"{}","Event":"{"}`, "Parameter Event is not valid: "},
			{`{"EventPattern":"{}","State":"ON"}`, "state"},
			{`{"EventPattern":"` + strings.Repeat("x", 4097) + `"}`, "4096"},
		} {
			if out, err := s.call("TestRule", c.in); err == nil || !strings.Contains(err.Error(), c.code) {
				t.Errorf("%s: %v %v, want %s", c.in, out, err, c.code)
			}
		}
		if diff := cmp.Diff(before, s.must("ListAudit", `{}`)); diff != "" {
			t.Errorf("it wrote: %s", diff)
		}
	})
}

// tested writes an answer of TestRule short.
func tested(out map[string]any) string {
	var b strings.Builder
	if m, ok := out["Matches"]; ok {
		fmt.Fprint(&b, m)
	}
	if r, ok := out["Reason"]; ok {
		fmt.Fprint(&b, ": ", r)
	}
	for _, f := range out["Findings"].([]any) {
		m := f.(map[string]any)
		fmt.Fprint(&b, "; ", m["Severity"], " ", m["Id"])
		if m["Line"] != nil {
			fmt.Fprint(&b, " at ", m["Line"], ":", m["Column"])
		}
		if m["Path"] != nil {
			fmt.Fprint(&b, " of ", m["Path"])
		}
		if m["NeverMatches"] == true {
			b.WriteString(", never")
		}
		for _, k := range []string{"BetterPattern", "BetterState"} {
			if m[k] != nil {
				fmt.Fprint(&b, ": ", m[k])
			}
		}
	}
	return b.String()
}
