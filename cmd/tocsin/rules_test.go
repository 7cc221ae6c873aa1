package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/catalogue"
	"github.com/tocsin-io/tocsin/internal/tocsintest"
)

func TestRulesOffline(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	const plan = "--response-plan=arn:aws:ssm-incidents::000000000000:response-plan/sec"
	for _, c := range []struct {
		name string
		args string
		code int
		says string
	}{
		{"list", "list", 0, "root-activity"},
		{"one group", "list --group network", 0, "route-table-changed"},
		{"unknown group", "list --group people", 2, "people"},
		{"show", "show root-activity", 0, "T1078.004"},
		{"pattern", "show root-activity --pattern", 0, `"userIdentity"`},
		{"no such rule", "show root", 2, `there is no rule "root"`},
		{"two forms", "show root-activity --json --pattern", 2, "--json"},
		{"install without a plan", "install root-activity", 2, "--response-plan"},
		{"install nothing", "install " + plan, 2, "no rule is named"},
		{"install what is not there", "install root " + plan, 2, `there is no rule "root"`},
		{"install a group that is not there", "install --group people " + plan, 2, "there are identity"},
		{"a plan that is a contact", "install root-activity --response-plan arn:aws:ssm-contacts:us-east-1:000000000000:contact/ann", 2, "not the ARN of a response plan"},
		{"a prefix that is too long", "install root-activity --prefix " + strings.Repeat("x", 60) + " " + plan, 2, "64 characters"},
		{"no credentials", "install root-activity " + plan, 2, "AWS_ACCESS_KEY_ID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := program(t, append([]string{"rules"}, strings.Fields(c.args)...)...)
			if code != c.code || !strings.Contains(out+errs, c.says) || c.code != 0 && out != "" {
				t.Errorf("exit %d, want %d\n%s%s\nwant %q in it", code, c.code, out, errs, c.says)
			}
		})
	}
	var all []catalogue.Rule
	_, out, _ := program(t, "rules", "list", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) < 50 {
		t.Errorf("%d rules, %v", len(all), err)
	}
	if _, out, _ := program(t, "rules", "list", "--group", "network"); strings.Contains(out, "root-activity") {
		t.Error("a group holds another's rule")
	}
}

// Against a running server: every rule is installed once, what was changed is kept,
// and an event then starts an incident.
// chosen counts the rules of the group finding with two that are named.
func chosen(all []catalogue.Rule) int {
	n := 2
	for _, r := range all {
		if r.Group == "finding" && r.Instead == "" {
			n++
		}
	}
	return n
}

func TestRulesInstall(t *testing.T) {
	p := tocsintest.Start(t, []string{"--data", t.TempDir()}, nil)
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	plan := c.Plan("sec")
	t.Setenv("AWS_ACCESS_KEY_ID", tocsintest.Key)
	t.Setenv("AWS_SECRET_ACCESS_KEY", tocsintest.Secret)
	t.Setenv("AWS_REGION", tocsintest.Region)
	all, err := catalogue.Rules()
	if err != nil {
		t.Fatal(err)
	}
	every := len(slices.DeleteFunc(slices.Clone(all), func(r catalogue.Rule) bool { return r.Instead != "" }))
	install := func(wantCode int, args ...string) map[string]int {
		t.Helper()
		code, out, errs := program(t, append([]string{"rules", "install", "--json", "--endpoint", p.URL(), "--response-plan", plan}, args...)...)
		var done []catalogue.Done
		if err := json.Unmarshal([]byte(out), &done); code != wantCode || err != nil {
			t.Fatalf("exit %d, want %d, %v\n%s%s", code, wantCode, err, out, errs)
		}
		n := map[string]int{}
		for _, d := range done {
			n[d.Action]++
		}
		return n
	}
	want := func(what string, got map[string]int, action string, n int) {
		t.Helper()
		if got[action] != n || len(got) > 2 {
			t.Errorf("%s: %v, want %s %d times", what, got, action, n)
		}
	}
	want("dry run", install(0, "--all", "--dry-run"), catalogue.Created, every)
	want("first", install(0, "--all"), catalogue.Created, every)
	want("again", install(0, "--all"), catalogue.Unchanged, every)
	want("what is chosen by name", install(0, "--dry-run", "--prefix", "c-", "--group", "finding", "guardduty-severe", "guardduty-sample-drill"), catalogue.Created, chosen(all))
	want("with a prefix", install(0, "--prefix", "p-", "root-activity", "root-activity"), catalogue.Created, 1)

	ctx := t.Context()
	own := `{"source":["my.app"]}`
	if _, err := c.Events.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("root-activity"), EventPattern: &own}); err != nil {
		t.Fatal(err)
	}
	want("changed", install(1, "--group", "identity"), catalogue.Different, 1)
	if r, err := c.Events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: aws.String("root-activity")}); err != nil || *r.EventPattern != own {
		t.Errorf("somebody's own pattern is gone: %v", err)
	}
	want("overwritten", install(0, "--overwrite", "root-activity"), catalogue.Updated, 1)
	if _, err := c.Events.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: aws.String("root-activity"), Ids: []string{"response-plan"}}); err != nil {
		t.Fatal(err)
	}
	want("without its target", install(0, "root-activity"), catalogue.Targeted, 1)

	other := c.Plan("other")
	aims := func() (plans []string) {
		out, err := c.Events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: aws.String("root-activity")})
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range out.Targets {
			plans = append(plans, *to.Id+" "+*to.Arn)
		}
		slices.Sort(plans)
		return plans
	}
	queue := "arn:aws:sqs:us-east-1:000000000000:q"
	if _, err := c.Events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("root-activity"), Targets: []types.Target{
		{Id: aws.String("response-plan"), Arn: &other}, {Id: aws.String("own"), Arn: &other}, {Id: aws.String("q"), Arn: &queue}}}); err != nil {
		t.Fatal(err)
	}
	want("it starts another plan", install(1, "root-activity"), catalogue.Different, 1)
	if got := aims(); len(got) != 3 {
		t.Errorf("targets of a rule that is kept: %v", got)
	}
	want("it starts another plan, looked at", install(0, "--overwrite", "--dry-run", "root-activity"), catalogue.Updated, 1)
	want("nobody is paged by two plans", install(0, "--overwrite", "root-activity"), catalogue.Updated, 1)
	if diff := cmp.Diff([]string{"q " + queue, "response-plan " + plan}, aims()); diff != "" {
		t.Errorf("targets of an overwritten rule:\n%s", diff)
	}
	want("again, overwritten", install(0, "root-activity"), catalogue.Unchanged, 1)
	if err := c.Put(tocsintest.Finding("f1")); err != nil {
		t.Fatal(err)
	}
	if n := len(c.IncidentRecords()); n != 1 {
		t.Errorf("%d incidents of one finding", n)
	}
	code, _, errs := program(t, "rules", "install", "root-activity", "--endpoint", p.URL(), "--response-plan", plan+"-two")
	if code != 2 || !strings.Contains(errs, "the server has no") {
		t.Errorf("a plan that is not there: exit %d: %s", code, errs)
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	code, _, errs = program(t, "rules", "install", "root-without-mfa", "--endpoint", p.URL(), "--response-plan", plan)
	if code != 0 || !strings.Contains(errs, "us-east-1 only") {
		t.Errorf("another Region: exit %d: %s", code, errs)
	}
}
