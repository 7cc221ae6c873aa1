package tocsintest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	sitypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

// tocsin lint --endpoint judges what a running server has: its rules, also
// beyond the first page of a list, with their targets and plans.
func TestLintEndpoint(t *testing.T) {
	p := tocsintest.Start(t, []string{"--data", t.TempDir()}, nil)
	lint := func(args ...string) (found map[string][]string, code int) {
		t.Helper()
		cmd := exec.Command(tocsintest.Binary(t), append([]string{"lint", "--json", "--endpoint", p.URL()}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+tocsintest.Key, "AWS_SECRET_ACCESS_KEY="+tocsintest.Secret, "AWS_REGION="+tocsintest.Region)
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		var all []struct{ ID, Rule string }
		if err := json.Unmarshal(out, &all); err != nil {
			t.Fatalf("%v in %q, exit code %d", err, out, cmd.ProcessState.ExitCode())
		}
		found = map[string][]string{}
		for _, f := range all {
			found[f.Rule] = append(found[f.Rule], f.ID)
		}
		for _, ids := range found {
			slices.Sort(ids)
		}
		return found, cmd.ProcessState.ExitCode()
	}
	if found, code := lint(); len(found) > 0 || code != 0 {
		t.Fatalf("a server without rules: %v, exit code %d", found, code)
	}

	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rule := func(name, pattern string, state ebtypes.RuleState, targets ...ebtypes.Target) {
		t.Helper()
		_, err := c.Events.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, EventPattern: &pattern, State: state})
		must(err)
		if len(targets) > 0 {
			out, err := c.Events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: &name, Targets: targets})
			if must(err); out.FailedEntryCount > 0 {
				t.Fatal(*out.FailedEntries[0].ErrorMessage)
			}
		}
	}
	plan, gone := c.Plan("good"), c.Plan("gone")
	folds, err := c.Incidents.CreateResponsePlan(t.Context(), &ssmincidents.CreateResponsePlanInput{Name: aws.String("folds"),
		IncidentTemplate: &sitypes.IncidentTemplate{Title: aws.String("folds"), Impact: aws.Int32(1), DedupeString: aws.String("all")}})
	must(err)
	role := aws.String("arn:aws:iam::000000000000:role/start-incident")
	to := func(arn string) ebtypes.Target {
		return ebtypes.Target{Id: aws.String("plan"), Arn: &arn, RoleArn: role}
	}
	const own = `{"source":["com.example.orders"],"detail":{"state":["failed-%s"]}}`
	rule("good", fmt.Sprintf(own, "good"), ebtypes.RuleStateEnabled, to(plan))
	rule("misspelt", `{"source":["aws.guarduty"]}`, ebtypes.RuleStateEnabled, to(plan))
	rule("read-only", `{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["ListBuckets"]}}`, ebtypes.RuleStateEnabled, to(plan))
	rule("fixed", `{"detail-type":["AWS API Call via CloudTrail"],"detail":{"userIdentity":{"type":["Root"],"invokedBy":[{"exists":false}]}}}`, ebtypes.RuleStateEnabled, to(*folds.Arn))
	rule("off", fmt.Sprintf(own, "off"), ebtypes.RuleStateDisabled, to(plan))
	rule("no-plan", fmt.Sprintf(own, "no-plan"), ebtypes.RuleStateEnabled, to(gone))
	// AWS needs a role; the server that is asked does not.
	rule("no-role", fmt.Sprintf(own, "no-role"), ebtypes.RuleStateEnabled, ebtypes.Target{Id: aws.String("plan"), Arn: &plan})
	for i := range 120 { // more than a page
		rule(fmt.Sprintf("r%03d", i), fmt.Sprintf(own, fmt.Sprint(i)), ebtypes.RuleStateEnabled)
	}
	_, err = c.Incidents.DeleteResponsePlan(t.Context(), &ssmincidents.DeleteResponsePlanInput{Arn: &gone})
	must(err)

	found, code := lint()
	if code != 1 {
		t.Errorf("exit code %d", code)
	}
	for i := range 120 {
		name := fmt.Sprintf("r%03d", i)
		if !slices.Equal(found[name], []string{"no-targets"}) {
			t.Errorf("%s: %q", name, found[name])
		}
		delete(found, name)
	}
	want := map[string][]string{
		"misspelt":  {"source-name"},
		"read-only": {"L6"},
		"fixed":     {"L6", "one-incident"},
		"off":       {"disabled"},
		"no-plan":   {"no-plan"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +found\n%s", diff)
	}
}
