package events_test

import (
	"fmt"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var str = awssdk.String

// alike compares shapes of the SDK by what is in them.
var alike = cmpopts.IgnoreUnexported(eventbridge.DescribeRuleOutput{}, types.Rule{}, types.Target{}, types.InputTransformer{}, types.RetryPolicy{},
	types.SqsParameters{}, types.DeadLetterConfig{}, types.Tag{}, types.EventBus{}, types.RemoveTargetsResultEntry{}, types.PutEventsResultEntry{}, types.HttpParameters{})

func TestRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		c := newServer(t, db).admin()
		const arn, busARN = "arn:aws:events:us-east-1:111122223333:rule/r", "arn:aws:events:us-east-1:111122223333:event-bus/default"
		describe := func() *eventbridge.DescribeRuleOutput {
			t.Helper()
			out := must[*eventbridge.DescribeRuleOutput](t)(c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: str("r")}))
			return out
		}
		ignoreMeta := cmpopts.IgnoreFields(eventbridge.DescribeRuleOutput{}, "ResultMetadata")
		put := must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: str("r"), EventPattern: str(`{"source":["a"]}`), EventBusName: str(busARN),
			Description: str("d"), RoleArn: str("arn:aws:iam::111122223333:role/x"), State: types.RuleStateEnabledWithAllCloudtrailManagementEvents,
			Tags: []types.Tag{{Key: str("k"), Value: str("v")}}}))
		if *put.RuleArn != arn {
			t.Errorf("ARN = %s", *put.RuleArn)
		}
		want := &eventbridge.DescribeRuleOutput{Name: str("r"), Arn: str(arn), EventPattern: str(`{"source":["a"]}`), EventBusName: str("default"), Description: str("d"),
			RoleArn: str("arn:aws:iam::111122223333:role/x"), State: types.RuleStateEnabledWithAllCloudtrailManagementEvents, CreatedBy: str("111122223333")}
		if d := cmp.Diff(want, describe(), alike, ignoreMeta); d != "" {
			t.Errorf("rule (-want +got):\n%s", d)
		}
		// What is left out is reset.
		must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: str("r"), ScheduleExpression: str("cron(0 10 * * ? *)")}))
		want = &eventbridge.DescribeRuleOutput{Name: str("r"), Arn: str(arn), ScheduleExpression: str("cron(0 10 * * ? *)"), EventBusName: str("default"),
			State: types.RuleStateEnabled, CreatedBy: str("111122223333")}
		if d := cmp.Diff(want, describe(), alike, ignoreMeta); d != "" {
			t.Errorf("rule, changed (-want +got):\n%s", d)
		}
		must[*eventbridge.DisableRuleOutput](t)(c.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: str("r")}))
		if got := describe().State; got != types.RuleStateDisabled {
			t.Errorf("state = %s", got)
		}
		must[*eventbridge.EnableRuleOutput](t)(c.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: str("r"), EventBusName: str("default")}))
		if got := describe().State; got != types.RuleStateEnabled {
			t.Errorf("state = %s", got)
		}
		for range 2 {
			must[*eventbridge.DeleteRuleOutput](t)(c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: str("r")}))
		}
		if _, err := c.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: str("r")}); err == nil {
			t.Error("a deleted rule is described")
		}
	})
}

func TestListRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newServer(t, db)
		c := s.admin()
		names := []string{"-a", ".a", "A", "Z", "_x", "a", "a-1", "a.1", "aa", "ab", "b", "b0", "bz", "c"}
		for _, n := range names {
			must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: &n, EventPattern: str(`{"a":[1]}`)}))
		}
		list := func(c *eventbridge.Client, prefix *string, limit int32) (got []string) {
			t.Helper()
			in := &eventbridge.ListRulesInput{NamePrefix: prefix, Limit: &limit}
			for {
				out := must[*eventbridge.ListRulesOutput](t)(c.ListRules(ctx, in))
				for _, r := range out.Rules {
					got = append(got, *r.Name)
				}
				if len(out.Rules) > int(limit) {
					t.Errorf("a page of %d, limit %d", len(out.Rules), limit)
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					return got
				}
			}
		}
		tests := map[string][]string{
			"": names, "a": {"a", "a-1", "a.1", "aa", "ab"}, "a-": {"a-1"}, "b": {"b", "b0", "bz"}, "-": {"-a"}, ".": {".a"}, "A": {"A"}, "_": {"_x"}, "c": {"c"}, "x": nil, "aa": {"aa"},
		}
		for prefix, want := range tests {
			for _, limit := range []int32{1, 2, 100} {
				var p *string
				if prefix != "" {
					p = &prefix
				}
				if d := cmp.Diff(want, list(c, p, limit)); d != "" {
					t.Errorf("prefix %q, limit %d (-want +got):\n%s", prefix, limit, d)
				}
			}
		}
		if got := list(s.client("FOREIN", "us-east-1"), nil, 100); got != nil {
			t.Errorf("another account sees %v", got)
		}
		if got := list(s.client("ADMIN", "eu-west-1"), nil, 100); got != nil {
			t.Errorf("another region sees %v", got)
		}
		// A token is good for its own query only.
		one := must[*eventbridge.ListRulesOutput](t)(c.ListRules(ctx, &eventbridge.ListRulesInput{Limit: awssdk.Int32(1)}))
		tampered := []byte(*one.NextToken)
		if c := &tampered[len(tampered)/2]; *c == 'A' {
			*c = 'B'
		} else {
			*c = 'A'
		}
		for what, in := range map[string]*eventbridge.ListRulesInput{
			"another prefix": {NamePrefix: str("a"), NextToken: one.NextToken},
			"tampered":       {NextToken: str(string(tampered))},
		} {
			if out, err := c.ListRules(ctx, in); err == nil {
				t.Errorf("%s: the token is taken: %d rules", what, len(out.Rules))
			}
		}
	})
}

func TestTargets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		c := newServer(t, db).admin()
		for _, n := range []string{"r", "other"} {
			must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: &n, EventPattern: str(`{"a":[1]}`)}))
		}
		full := types.Target{Id: str("full"), Arn: str("arn:aws:sqs:us-east-1:1:q.fifo"), RoleArn: str("arn:aws:iam::1:role/x"),
			InputTransformer: &types.InputTransformer{InputPathsMap: map[string]string{"a": "$.detail-type"}, InputTemplate: str(`{"x":<a>}`)},
			SqsParameters:    &types.SqsParameters{MessageGroupId: str("g")}, DeadLetterConfig: &types.DeadLetterConfig{Arn: str("arn:aws:sqs:us-east-1:1:d")},
			HttpParameters: &types.HttpParameters{HeaderParameters: map[string]string{"a": "b"}},
			RetryPolicy:    &types.RetryPolicy{MaximumRetryAttempts: awssdk.Int32(0), MaximumEventAgeInSeconds: awssdk.Int32(60)}}
		all := []types.Target{full, {Id: str("in"), Arn: str("arn:aws:sns:us-east-1:1:t"), Input: str(`{"k":1}`)}, {Id: str("path"), Arn: str("arn:aws:sns:us-east-1:1:t"), InputPath: str("$.detail")}}
		put := must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: str("r"), Targets: all}))
		if put.FailedEntryCount != 0 || put.FailedEntries == nil {
			t.Errorf("put = %+v", put)
		}
		var got []types.Target
		in := &eventbridge.ListTargetsByRuleInput{Rule: str("r"), Limit: awssdk.Int32(2)}
		for {
			out := must[*eventbridge.ListTargetsByRuleOutput](t)(c.ListTargetsByRule(ctx, in))
			got = append(got, out.Targets...)
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if d := cmp.Diff(all, got, alike); d != "" {
			t.Errorf("targets (-want +got):\n%s", d)
		}
		must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: str("other"), Targets: all[1:2]}))
		var names []string
		by := &eventbridge.ListRuleNamesByTargetInput{TargetArn: str("arn:aws:sns:us-east-1:1:t"), Limit: awssdk.Int32(1)}
		for {
			out := must[*eventbridge.ListRuleNamesByTargetOutput](t)(c.ListRuleNamesByTarget(ctx, by))
			names = append(names, out.RuleNames...)
			if by.NextToken = out.NextToken; by.NextToken == nil {
				break
			}
		}
		if d := cmp.Diff([]string{"other", "r"}, names); d != "" {
			t.Errorf("rules by target (-want +got):\n%s", d)
		}
		removed := must[*eventbridge.RemoveTargetsOutput](t)(c.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: str("r"), Ids: []string{"in", "none", "full", "path"}}))
		want := []types.RemoveTargetsResultEntry{{TargetId: str("none"), ErrorCode: str("ResourceNotFoundException"), ErrorMessage: str("Rule 'r' does not have a target with the Id 'none'.")}}
		if d := cmp.Diff(want, removed.FailedEntries, alike); d != "" || removed.FailedEntryCount != 1 {
			t.Errorf("removed %d (-want +got):\n%s", removed.FailedEntryCount, d)
		}
		must[*eventbridge.DeleteRuleOutput](t)(c.DeleteRule(ctx, &eventbridge.DeleteRuleInput{Name: str("r")}))
		// More than five targets: an account's quota in AWS, none here.
		var many []types.Target
		for i := range 100 {
			many = append(many, types.Target{Id: str(fmt.Sprint("t", i)), Arn: str("arn:aws:sns:us-east-1:1:t")})
		}
		must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: str("other"), Targets: many}))
	})
}

func TestTags(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		c := newServer(t, db).admin()
		rule := must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: str("r"), EventPattern: str(`{"a":[1]}`), Tags: []types.Tag{{Key: str("k"), Value: str("v")}}}))
		for _, arn := range []string{*rule.RuleArn, "arn:aws:events:us-east-1:111122223333:event-bus/default"} {
			must[*eventbridge.TagResourceOutput](t)(c.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: &arn, Tags: []types.Tag{{Key: str("z"), Value: str("")}, {Key: str("a b"), Value: str("c/d")}}}))
			must[*eventbridge.UntagResourceOutput](t)(c.UntagResource(ctx, &eventbridge.UntagResourceInput{ResourceARN: &arn, TagKeys: []string{"k", "none"}}))
			got := must[*eventbridge.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: &arn}))
			if d := cmp.Diff([]types.Tag{{Key: str("a b"), Value: str("c/d")}, {Key: str("z"), Value: str("")}}, got.Tags, alike); d != "" {
				t.Errorf("tags of %s (-want +got):\n%s", arn, d)
			}
		}
	})
}

func TestBuses(t *testing.T) {
	c := newServer(t, dbtest.SQLite(t)).client("ADMIN", "eu-central-1")
	const arn = "arn:aws:events:eu-central-1:111122223333:event-bus/default"
	for _, name := range []*string{nil, str("default"), str(arn)} {
		got := must[*eventbridge.DescribeEventBusOutput](t)(c.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: name}))
		if *got.Name != "default" || *got.Arn != arn {
			t.Errorf("bus = %s %s", *got.Name, *got.Arn)
		}
	}
	for prefix, want := range map[string][]types.EventBus{"d": {{Name: str("default"), Arn: str(arn)}}, "x": {}} {
		got := must[*eventbridge.ListEventBusesOutput](t)(c.ListEventBuses(ctx, &eventbridge.ListEventBusesInput{NamePrefix: &prefix}))
		if d := cmp.Diff(want, got.EventBuses, alike); d != "" {
			t.Errorf("buses %q (-want +got):\n%s", prefix, d)
		}
	}
}

func TestTestEventPattern(t *testing.T) {
	c := newServer(t, dbtest.SQLite(t)).admin()
	event := str(`{"id":"1","account":"1","source":"a","time":"2026-01-01T00:00:00Z","region":"r","detail-type":"d","detail":{"n":8.0}}`)
	for pattern, want := range map[string]bool{`{"detail":{"n":[8]}}`: true, `{"detail":{"n":[{"numeric":[">",8]}]}}`: false} {
		got := must[*eventbridge.TestEventPatternOutput](t)(c.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{EventPattern: &pattern, Event: event}))
		if got.Result != want {
			t.Errorf("%s: %v", pattern, got.Result)
		}
	}
}
