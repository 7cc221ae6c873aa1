package lint

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

const (
	planARN = "arn:aws:ssm-incidents::111122223333:response-plan/sec"
	rootARN = `{"detail-type":["AWS API Call via CloudTrail"],"detail":{"userIdentity":{"arn":[{"suffix":":root"}],"invokedBy":[{"exists":false}]}}}`
	rootAny = `{"detail-type":["AWS API Call via CloudTrail"],"detail":{"userIdentity":{"type":["Root"],"invokedBy":[{"exists":false}]}}}`
	signIns = `{"detail-type":["AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}`
	severe  = `{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{"severity":[{"numeric":[">=",7]}]}}`
	broken  = `{"source":["aws.config"],"detail-type":["Config Rules Compliance Change"],"detail":{"newEvaluationResult":{"complianceType":["NON_COMPLIANT"]}}}`
)

// template is a template of CloudFormation with one rule.
func template(properties string) string {
	return `{"Resources":{"R":{"Type":"AWS::Events::Rule","Properties":{` + properties + `}}}}`
}

// rule writes a rule as describe-rule prints it, with targets.
func rule(name, region, state, pattern string, targets ...string) string {
	var list []map[string]string
	for i, arn := range targets {
		list = append(list, map[string]string{"Id": fmt.Sprint(i), "Arn": arn, "RoleArn": "arn:aws:iam::111122223333:role/start"})
	}
	text, err := json.Marshal(map[string]any{"Name": name, "Arn": "arn:aws:events:" + region + ":111122223333:rule/" + name,
		"EventBusName": "default", "State": state, "EventPattern": pattern, "Targets": list})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func read(t *testing.T, texts ...string) *Input {
	t.Helper()
	in := &Input{}
	for i, text := range texts {
		if err := in.Read(fmt.Sprintf("%d.json", i), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Pair(); err != nil {
		t.Fatal(err)
	}
	return in
}

// ids are the findings, a rule's name before those of a rule.
func ids(found []Finding) string {
	var said []string
	for _, f := range found {
		said = append(said, strings.TrimPrefix(f.Rule+" "+f.ID, " "))
	}
	return strings.Join(said, ", ")
}

// onBus puts a rule on another bus.
func onBus(bus, rule string) string {
	return strings.Replace(rule, `"Name":`, `"EventBusName":"`+bus+`","Name":`, 1)
}

// In a folder anything may stand: what is no pattern is left alone.
func TestFind(t *testing.T) {
	for text, found := range map[string]bool{
		`{"source":["aws.s3"]}`:                true,
		`{"source":"aws.s3"}`:                  true, // a mistake
		`{"detail":{"a":["x"]}}`:               true,
		`{"$or":[{"source":["a"]}]}`:           true,
		`{"detail.a":["x"],"Sorce":["y"]}`:     true,
		`{"a":1}`:                              false,
		`{}`:                                   false,
		`[1,2]`:                                false,
		`"x"`:                                  false,
		`{"name":"x","version":"1.0.0"}`:       false,
		`{"variable":{"x":{"type":"string"}}}`: false,
		`[{"source":["aws.s3"]},{"name":"x"}]`: true,
		`{"version":"0","id":"1","source":"aws.s3","detail-type":"x","account":"1","time":"t","detail":{"a":"b"}}`: false,
	} {
		var in Input
		if err := in.Find("f.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := len(in.Rules) > 0; got != found || found == (len(in.Skipped) > 0) && text[0] != '[' {
			t.Errorf("%s: found %v, skipped %v", text, got, in.Skipped)
		}
		var named Input
		if err := named.Read("f.json", []byte(text)); err == nil && len(named.Rules) == 0 {
			t.Errorf("%s is not judged though it was named", text)
		}
	}
}

func TestLint(t *testing.T) {
	call := func(source, names string) string {
		return `{"source":["` + source + `"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":[` + names + `]}}`
	}
	const queue = "arn:aws:sqs:us-east-1:111122223333:q"
	plan := func(dedupe, variable string) string {
		return `{"arn":"` + planARN + `","incidentTemplate":{"title":"x","dedupeString":"` + dedupe + `"},"actions":[{"ssmAutomation":{"dynamicParameters":{"p":{"variable":"` + variable + `"}}}}]}`
	}
	for _, c := range []struct {
		name  string
		texts []string
		want  string
	}{
		{"L6: only read-only calls", []string{rule("r", "us-east-1", "ENABLED", call("aws.s3", `"ListBuckets"`), queue)}, "r L6"},
		{"L6: a prefix", []string{rule("r", "us-east-1", "ENABLED", call("aws.s3", `{"prefix":"Get"}`), queue)}, "r L6"},
		{"L6: some of them", []string{rule("r", "us-east-1", "ENABLED", call("aws.s3", `"ListBuckets","CreateBucket"`), queue)}, "r L6"},
		{"L6: readOnly", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"readOnly":[true]}}`, queue)}, "r L6"},
		{"L6: all of root", []string{rule("r", "us-east-1", "ENABLED", rootAny, queue)}, "r L6"},
		{"not L6: the state that has them", []string{rule("r", "us-east-1", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", call("aws.s3", `"ListBuckets"`), queue)}, ""},
		{"not L6: data events", []string{rule("r", "us-east-1", "ENABLED", call("aws.s3", `"GetObject"`), queue)}, ""},
		{"not L6: calls that change", []string{rule("r", "us-east-1", "ENABLED", call("aws.s3", `"CreateBucket"`), queue)}, ""},
		{"not L6: other events", []string{rule("r", "us-east-1", "ENABLED", broken, queue)}, ""},
		{"not L6: own events", []string{rule("r", "us-east-1", "ENABLED", `{"source":["my.app"],"detail":{"eventName":["GetOrder"]}}`, queue)}, ""},
		{"not L6: data events by category", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.s3"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventCategory":["Data"],"readOnly":[true]}}`, queue)}, ""},
		{"not L6: forwarded to a bus", []string{onBus("security", rule("r", "us-east-1", "ENABLED", call("aws.s3", `"ListBuckets"`), queue))}, ""},
		{"L8: a root session", []string{rule("r", "us-east-1", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", rootAny, planARN)}, "r L8"},
		{"not L8: the plan folds", []string{rule("r", "us-east-1", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", rootAny, planARN), plan("root", "INCIDENT_RECORD_ARN")}, "r one-incident"},
		{"L6: all of root by its ARN", []string{rule("r", "us-east-1", "ENABLED", rootARN, queue)}, "r L6"},
		{"L8: a root session by its ARN", []string{rule("r", "us-east-1", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", rootARN, planARN)}, "r L8"},
		{"L9: root signs in elsewhere", []string{rule("r", "eu-west-1", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", signIns, queue)}, "r L9"},
		{"L9: a global service", []string{rule("r", "eu-west-1", "ENABLED", call("aws.iam", `"CreateUser"`), queue)}, "r L9"},
		{"L9: all sign-ins", []string{rule("r", "eu-west-1", "ENABLED", `{"source":["aws.signin"],"detail-type":["AWS Console Sign In via CloudTrail"],"detail":{"eventName":["ConsoleLogin"]}}`, queue)}, "r L9"},
		{"L9: a global service by eventSource", []string{rule("r", "eu-west-1", "ENABLED",
			`{"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUser"]}}`, queue)}, "r L9"},
		{"not L9: forwarded to a bus", []string{onBus("security", rule("r", "eu-west-1", "ENABLED", call("aws.iam", `"CreateUser"`), queue))}, ""},
		{"not L9: us-east-1", []string{rule("r", "us-east-1", "ENABLED", call("aws.iam", `"CreateUser"`), queue)}, ""},
		{"not L9: a service of the Region", []string{rule("r", "eu-west-1", "ENABLED", call("aws.ec2", `"RunInstances"`), queue)}, ""},
		{"L11 L15 L16: findings to a plan", []string{rule("r", "us-east-1", "ENABLED", severe, planARN)}, "r L11, r L15, r L16"},
		{"not L11, L15: samples and accounts left out", []string{rule("r", "us-east-1", "ENABLED",
			`{"account":["111122223333"],"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"],"detail":{"title":[{"anything-but":{"prefix":"[SAMPLE]"}}]}}`, planARN)}, "r L16"},
		{"not L16: no plan", []string{rule("r", "us-east-1", "ENABLED", severe, queue)}, ""},
		{"L13: involved resources", []string{rule("r", "us-east-1", "ENABLED", broken, planARN), plan("", "INVOLVED_RESOURCES")}, "r L13"},
		{"L13: calls", []string{rule("r", "us-east-1", "ENABLED", call("aws.iam", `"CreateUser"`), planARN), plan("", "INVOLVED_RESOURCES")}, "r L13"},
		{"not L13: alarms have them", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.cloudwatch"],"detail-type":["CloudWatch Alarm State Change"]}`, planARN), plan("", "INVOLVED_RESOURCES")}, ""},
		{"disabled", []string{rule("r", "us-east-1", "DISABLED", broken, queue)}, "r disabled"},
		{"no role", []string{strings.Replace(rule("r", "us-east-1", "ENABLED", broken, planARN), `"RoleArn"`, `"Role"`, 1)}, "r no-role"},
		{"no targets", []string{rule("r", "us-east-1", "ENABLED", broken), `{"Targets":[]}`}, "r no-targets"},
		{"targets in a file of their own", []string{strings.Replace(rule("r", "us-east-1", "ENABLED", broken), `"Targets":null`, `"x":1`, 1), `{"Targets":[{"Id":"1","Arn":"` + queue + `"}]}`}, ""},
		{"one pattern twice", []string{rule("a", "us-east-1", "ENABLED", broken, queue), rule("b", "us-east-1", "ENABLED", strings.ReplaceAll(broken, ",", " , "), queue)}, "b same-rule"},
		{"one within the other", []string{rule("a", "us-east-1", "ENABLED", broken, queue), rule("b", "us-east-1", "ENABLED", `{"source":["aws.config"]}`, queue)}, "a shadowed-rule"},
		{"within a prefix", []string{rule("a", "us-east-1", "ENABLED", call("aws.s3", `"DeleteBucket"`), queue), rule("b", "us-east-1", "ENABLED", call("aws.s3", `{"prefix":"Delete"}`), queue)}, "a shadowed-rule"},
		{"not shadowed: another target", []string{rule("a", "us-east-1", "ENABLED", broken, queue), rule("b", "us-east-1", "ENABLED", `{"source":["aws.config"]}`, queue+"2")}, ""},
		{"not shadowed: another Region", []string{rule("a", "us-east-1", "ENABLED", broken, queue), rule("b", "eu-west-1", "ENABLED", broken, queue)}, ""},
		{"not shadowed: spaces in texts count", []string{rule("a", "us-east-1", "ENABLED", `{"source":["x"],"detail":{"a":[{"prefix":"a b"}]}}`, queue), rule("b", "us-east-1", "ENABLED", `{"source":["x"],"detail":{"a":[{"prefix":"ab"}]}}`, queue)}, ""},
		{"not shadowed: it is off", []string{rule("a", "us-east-1", "ENABLED", broken, queue), rule("b", "us-east-1", "DISABLED", broken, queue)}, "b disabled"},
		{"loop: the state machine's own end", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.states"],"detail-type":["Step Functions Execution Status Change"],"detail":{"status":["FAILED"]}}`,
			"arn:aws:states:us-east-1:111122223333:stateMachine:x")}, "r loop"},
		{"loop: the machine behind an alias", []string{rule("r", "us-east-1", "ENABLED",
			`{"source":["aws.states"],"detail-type":["Step Functions Execution Status Change"],"detail":{"status":["TIMED_OUT"],"stateMachineArn":["arn:aws:states:us-east-1:111122223333:stateMachine:x"]}}`,
			"arn:aws:states:us-east-1:111122223333:stateMachine:x:prod")}, "r loop"},
		{"not a loop: on another bus", []string{onBus("security", rule("r", "us-east-1", "ENABLED", `{"source":["aws.states"],"detail-type":["Step Functions Execution Status Change"],"detail":{"status":["FAILED"]}}`,
			"arn:aws:states:us-east-1:111122223333:stateMachine:x"))}, ""},
		{"not a loop: another machine's end", []string{rule("r", "us-east-1", "ENABLED",
			`{"source":["aws.states"],"detail-type":["Step Functions Execution Status Change"],"detail":{"stateMachineArn":["arn:aws:states:us-east-1:111122223333:stateMachine:y"]}}`,
			"arn:aws:states:us-east-1:111122223333:stateMachine:x")}, ""},
		{"loop: the build's own state", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.codebuild"],"detail-type":["CodeBuild Build State Change"]}`, "arn:aws:codebuild:us-east-1:111122223333:project/p")}, "r loop"},
		{"loop: the call to the target", []string{rule("r", "us-east-1", "ENABLED", call("aws.ssm-incidents", `"StartIncident"`), planARN)}, "r loop"},
		{"loop: the bus itself", []string{rule("r", "us-east-1", "ENABLED", broken, "arn:aws:events:us-east-1:111122223333:event-bus/default")}, "r loop"},
		{"not a loop: the bus elsewhere", []string{rule("r", "us-east-1", "ENABLED", broken, "arn:aws:events:eu-west-1:111122223333:event-bus/default")}, ""},
		{"a pattern's own finding", []string{rule("r", "us-east-1", "ENABLED", `{"source":["aws.guarduty"]}`, queue)}, "r source-name"},
		{"a schedule", []string{`{"Name":"r","Arn":"arn:aws:events:us-east-1:111122223333:rule/r","ScheduleExpression":"rate(1 day)","State":"ENABLED"}`}, ""},
		{"several rules", []string{`{"Rules":[` + rule("a", "us-east-1", "DISABLED", broken, queue) + `,` + rule("b", "us-east-1", "ENABLED", broken, queue) + `]}`}, "a disabled"},
		{"patterns, one a line", []string{severe + "\n" + `{"source":["aws.guarduty"]}` + "\n"}, "source-name"},
		{"CloudFormation", []string{template(`"State":"DISABLED","Targets":[{"Id":"t","Arn":{"Fn::GetAtt":["Q","Arn"]}}],"EventPattern":` + broken)}, "R disabled"},
		{"CloudFormation, a state to be filled in", []string{template(`"State":{"Ref":"S"},"Targets":[{"Arn":{"Ref":"Q"}}],"EventPattern":` + rootAny)}, ""},
		{"CloudFormation, a bus to be filled in", []string{template(`"EventBusName":{"Ref":"B"},"Targets":[{"Arn":{"Ref":"Q"}}],"EventPattern":` + rootAny)}, ""},
		{"CloudFormation, the default bus and state", []string{template(`"Targets":[{"Arn":{"Ref":"Q"}}],"EventPattern":` + rootAny)}, "R L6"},
		{"CloudFormation, no target", []string{template(`"EventPattern":` + broken)}, "R no-targets"},
		{"CloudFormation, an empty list of targets", []string{template(`"Targets":[],"EventPattern":` + broken)}, "R no-targets"},
		{"CloudFormation, targets by a condition", []string{template(`"Targets":{"Fn::If":["a",[],[]]},"EventPattern":` + broken)}, ""},
		{"CloudFormation, a plan without a role", []string{template(`"Targets":[{"Id":"t","Arn":"` + planARN + `"}],"EventPattern":` + broken)}, "R no-role"},
		{"CloudFormation, a plan", []string{template(`"Targets":[{"Id":"t","Arn":"` + planARN + `","RoleArn":{"Fn::GetAtt":["Role","Arn"]}}],"EventPattern":` + broken)}, ""},
		{"CloudFormation, two rules for one queue", []string{`{"Resources":{"R":{"Type":"AWS::Events::Rule","Properties":{"Targets":[{"Id":"t","Arn":"` + queue + `"}],"EventPattern":` + broken + `}},` +
			`"S":{"Type":"AWS::Events::Rule","Properties":{"Targets":[{"Id":"t","Arn":"` + queue + `"}],"EventPattern":` + broken + `}}}}`}, "S same-rule"},
		{"Terraform, in lists", []string{`{"resource":[{"aws_cloudwatch_event_rule":{"r":[{"event_pattern":"{\"source\":[\"aws.guarduty\"]}","is_enabled":false}]}}]}`}, "r source-name, r disabled"},
		{"one rule, given twice", []string{rule("a", "us-east-1", "ENABLED", broken, queue), `{"Rules":[` + rule("a", "us-east-1", "ENABLED", broken, queue) + `]}`}, ""},
		{"Terraform", []string{`{"resource":{"aws_cloudwatch_event_rule":{"r":{"event_pattern":"{\"source\":[\"aws.guarduty\"]}"}}}}`}, "r source-name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := read(t, c.texts...)
			found := Lint(in.Rules, in.Plans)
			if diff := cmp.Diff(c.want, ids(found)); diff != "" {
				t.Errorf("%s\n%s", strings.Join(c.texts, "\n"), diff)
			}
			for _, f := range found {
				checkPlace(t, in, f)
			}
		})
	}
}

// checkPlace holds a finding's place against its file, and its fix.
func checkPlace(t *testing.T, in *Input, f Finding) {
	t.Helper()
	i := slices.IndexFunc(in.Rules, func(r *Rule) bool { return r.File == f.File })
	text := in.Rules[i].Text
	if f.From < 0 || f.To < f.From || f.To > len(text) || f.Line < 1 || f.Column < 1 || f.EndLine < f.Line || f.EndLine == f.Line && f.EndCol < f.Column {
		t.Errorf("the place of %+v", f)
	}
	if f.Fix == nil || len(f.Fix.Edits) == 0 {
		return
	}
	mended := &Input{}
	if err := mended.Read(f.File, []byte(Apply(text, f.Fix))); err != nil {
		t.Errorf("the fix of %s: %v", f.ID, err)
	}
	before, after := 0, 0
	for _, g := range Lint(in.Rules, in.Plans) {
		before += btoi(g.ID == f.ID && g.Rule == f.Rule && g.File == f.File)
	}
	for _, g := range Lint(mended.Rules, in.Plans) {
		after += btoi(g.ID == f.ID && g.Rule == f.Rule)
	}
	if after >= before {
		t.Errorf("%s is there again after its fix", f.ID)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// What a live server folds itself is not reported of its rules.
func TestLintServer(t *testing.T) {
	r := Server("r", "arn:aws:events:us-east-1:111122223333:rule/r", "default", "ENABLED", severe, []Target{{ID: "1", ARN: planARN}})
	found := Lint([]*Rule{r}, []Plan{{ARN: planARN, Missing: true}})
	if diff := cmp.Diff("r no-plan, r L11", ids(found)); diff != "" {
		t.Error(diff)
	}
	for _, f := range found {
		if f.File != r.ARN || f.Fix != nil && len(f.Fix.Edits) > 0 {
			t.Errorf("%+v", f)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{`7`, `[7]`, `"x"`} {
		if err := (&Input{}).Read("f", []byte(text)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	in := &Input{}
	for _, text := range []string{severe, broken, `{"Targets":[]}`} {
		if err := in.Read("f.json", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Pair(); err == nil {
		t.Error("targets of nobody's were taken")
	}
}

// The page on lint has a row for every id, and for no other.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "lint.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented, known []string
	for _, m := range regexp.MustCompile("(?m)^\\| <a id=\"([^\"]+)\"></a>`([^`]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[2])
		if m[1] != strings.ToLower(m[2]) {
			t.Errorf("%s has the anchor %s, which SARIF's helpUri does not name", m[2], m[1])
		}
	}
	for _, c := range append(pattern.LintChecks(), Checks()...) {
		known = append(known, c.ID)
	}
	slices.Sort(documented)
	slices.Sort(known)
	if diff := cmp.Diff(known, documented); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(rule("r", "us-east-1", "ENABLED", severe, planARN)))
	f.Add([]byte(severe + "\n" + broken))
	f.Add([]byte(`{"Resources":{"R":{"Type":"AWS::Events::Rule","Properties":{"EventPattern":{"source":["x"]}}}}}`))
	f.Add([]byte(`{"resource":{"aws_cloudwatch_event_rule":{"r":{"event_pattern":"{\"\u0073ource\":[\"aws.guarduty\"]}"}}}}`))
	f.Add([]byte(`{"EventPattern":"{\"a\":[\"\ud83d\ude00\"]}","Name":7}`))
	f.Add([]byte("Resources:\n  R:\n    Type: AWS::Events::Rule\n    Properties:\n      EventPattern: {source: [é, !Ref x], a: {b: &c [*c, 0x1f, 'it''s', \"\\u00e9\\\n\"]}}\n"))
	f.Add([]byte("source:\n- aws.guarduty # a\n- >-\n  a\n  b\n- |\n  c\ndetail-type: 'a\n\n  b'\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in := &Input{}
		if in.Read("f", text) != nil || in.Pair() != nil {
			return
		}
		for _, g := range Lint(in.Rules, in.Plans) {
			whole := in.Rules[0].Text
			if g.From < 0 || g.To < g.From || g.To > len(whole) || g.Line < 1 || g.Column < 1 {
				t.Fatalf("%q: %+v", text, g)
			}
			if g.Fix != nil {
				_ = Apply(whole, g.Fix)
			}
		}
	})
}
