package lint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What stands in YAML is found as in JSON: at its place, which has to be what the finding is
// about, and with edits where these lead to the better pattern.
func TestYAML(t *testing.T) {
	template := func(pattern string) string {
		return "# of the é team\nResources:\n  R:\n    Type: AWS::Events::Rule\n    Properties:\n      State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS\n      Targets: [{Arn: !GetAtt Q.Arn, Id: q}]\n      EventPattern:\n" + pattern
	}
	for _, c := range []struct {
		name, text string
		want       string // id, and what it points at
		fixed      string // what stands in place of the first finding's text; "" if there are no edits
	}{
		{"plain", template("        source: [aws.guarduty]\n"), "source-name aws.guarduty", "source: [\"aws.guardduty\"]\n"},
		{"a list of lines", template("        source:\n        - aws.s3\n        - aws.guarduty # a slip\n        - aws.ec2\n"), "source-name aws.guarduty", "- \"aws.guardduty\" # a slip\n"},
		{"double quotes", template("        source: [\"aws.g\\x75arduty\"]\n"), `source-name "aws.g\x75arduty"`, `["aws.guardduty"]`},
		{"single quotes", template("        source: [é, 'aws.guarduty']\n"), "source-name 'aws.guarduty'", `[é, "aws.guardduty"]`},
		{"behind an anchor", template("        source: [&a aws.guarduty]\n"), "source-name aws.guarduty", `[&a "aws.guardduty"]`},
		{"a key", template("        source: [aws.guardduty]\n        detail-type: [GuardDuty Finding]\n        detail: {Severity: [{numeric: ['>=', 7]}]}\n"), "field-case Severity", `{"severity": [`},
		{"numbers and brackets", template("        source: [aws.guardduty]\n        detail-type: [GuardDuty Finding]\n        detail: {severity: [7, 0x8, 8.9,\n\n          ]}\n"),
			"L1 [7, 0x8, 8.9,\n\n          ]", `{severity: [{"numeric":[">=",7]}]}`},
		{"numbers, one a line", template("        source: [aws.guardduty]\n        detail-type: [GuardDuty Finding]\n        detail:\n          severity:\n            - 7\n            - 8\n            - 8.9\n"),
			"L1 - 7\n            - 8\n            - 8.9", "severity:\n            [{\"numeric\":[\">=\",7]}]\n"},
		{"numbers with comments", template("        source: [aws.guardduty]\n        detail-type: [GuardDuty Finding]\n        detail:\n          severity:\n            - 7 # ]\n            - 8\n            - 8.9\n"),
			"L1 - 7 # ]\n            - 8\n            - 8.9", ""},
		{"a repeated entry with a comment", template("        source:\n        - aws.s3 # one\n        - aws.ec2\n        - aws.s3 # two\n"), "duplicate-value aws.s3", ""},
		{"an entry behind one with a comment", template("        source:\n        - aws.ec2 # one\n        - aws.s3\n        - aws.s3\n"), "duplicate-value aws.s3", "- aws.s3\n"},
		{"an account", template("        source: [aws.s3]\n        account: [012345678901]\n        detail: {eventName: [PutObject]}\n"), "", ""},
		{"behind other line ends", "# a\rb: \"\u2028\u0085\"\r\nResources: {R: {Type: 'AWS::Events::Rule', Properties: {Targets: {a: b}, EventPattern: {source: [aws.guarduty]}}}}\n", "source-name aws.guarduty", `["aws.guardduty"]`},
		{"an alias", "a: &a [aws.guarduty]\nResources: {R: {Type: 'AWS::Events::Rule', Properties: {Targets: {a: b}, EventPattern: {source: *a}}}}", "source-name aws.guarduty", ""},
		{"a merge", "a: &a {source: [aws.guarduty], x: [y]}\nResources: {R: {Type: 'AWS::Events::Rule', Properties: {Targets: {a: b}, EventPattern: {<<: *a, x: [z]}}}}", "source-name aws.guarduty", ""},
		{"an anchor that is used elsewhere", "Resources: {R: {Type: 'AWS::Events::Rule', Properties: {Targets: {a: b}, EventPattern: {source: [&s aws.guarduty]}}}, X: *s}", "source-name aws.guarduty", ""},
		{"a state", "Resources: {R: {Type: 'AWS::Events::Rule', Properties: {State: \"ENABLED\", Targets: {a: b}, EventPattern: {detail-type: [AWS API Call via CloudTrail], detail: {eventSource: [s3.amazonaws.com], eventName: [ListBuckets]}}}}}",
			`L6 "ENABLED"`, `State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", T`},
		{"rules without anything to judge", "Resources: {R: {Type: 'AWS::Events::Rule'}, S: {Type: 'AWS::Events::Rule', Properties: [x]}, T: b, U: {Type: 'AWS::Serverless::Function', Properties: {Events: [x]}}}", "", ""},
		{"an old truth", template("        source: [x]\n        detail: {a: [on, \"on\"]}\n"), "duplicate-value \"on\"", ""},
		{"a wrapped text as the CLI prints it", "EventPattern: \"{\\\"source\\\":[\\\"aws.s3\\\"],\\\"detail-type\\\":[\\\"AWS API Call\\\n  \\ via CloudTrai\\\"]}\"\nName: r\n", "L10 \\\"AWS API Call\\\n  \\ via CloudTrai\\\"", `[\"AWS API Call via CloudTrail\"]`},
		{"numbers, one a line, not indented", template("        source: [aws.guardduty]\n        detail-type: [GuardDuty Finding]\n        detail:\n          severity:\n          - 7\n          - 8\n          - 8.9\n"),
			"L1 - 7\n          - 8\n          - 8.9", ""},
		{"one of several, one a line", template("        source:\n        - aws.s3\n        - aws.s3\n        - aws.ec2\n"), "duplicate-value aws.s3", "source:\n        - aws.s3\n        - aws.ec2\n"},
		{"what YAML takes for no text", template("        source: [x]\n        detail: {a: [yes, ~, 2012-10-17, .5, true, 0o17, .inf]}\n"), "", ""},
		{"a text of lines", template("        |\n        {\"source\":\n          [\"aws.guarduty\"]}\n"), `source-name "aws.guarduty"`, `["aws.guardduty"]}`},
		{"a folded text", template("        >-\n        {\"source\":\n        [\"aws.guarduty\"]}\n"), `source-name "aws.guarduty"`, `["aws.guardduty"]}`},
		{"a quoted text over two lines", template("        \"{\\\"source\\\":\n        [\\\"aws.guar\\\n        duty\\\"]}\"\n"), "source-name \\\"aws.guar\\\n        duty\\\"", `[\"aws.guardduty\"]}"`},
		{"an added field", template("        detail: {userIdentity: {type: [Root]}}\n"), "L7 type: [Root]", `{type: [Root],"invokedBy":[{"exists":false}]}`},
		{"an added field among lines", template("        detail:\n          userIdentity:\n            type: [Root]\n"), "L7 type: [Root]", ""},
		{"as the CLI prints it", "Arn: arn:aws:events:us-east-1:111122223333:rule/r\nEventPattern: '{\"source\":[\"aws.guarduty\"]}'\nName: r\nState: ENABLED\n", `source-name "aws.guarduty"`, `["aws.guardduty"]}'`},
		{"as list-rules prints it", "Rules:\n- Arn: arn:aws:events:us-east-1:111122223333:rule/r\n  EventPattern: '{\"source\":[\"it''s\",\"aws.guarduty\"]}'\n  Name: r\n", `source-name "aws.guarduty"`, `it''s","aws.guardduty"]}'`},
		{"a pattern itself", "source:\n  - aws.guarduty\n", "source-name aws.guarduty", "- \"aws.guardduty\"\n"},
		{"SAM", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [aws.guarduty]}}}}}}}\n", "source-name aws.guarduty", `["aws.guardduty"]`},
		{"SAM's schedules", "Resources: {F: {Type: 'AWS::Serverless::Function', Properties: {Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day)}}}}}}\n", "", ""},
		{"the second document", "a: 1\n---\nsource: [aws.guarduty]\n", "source-name aws.guarduty", `["aws.guardduty"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := &Input{}
			if err := in.Find("f.yaml", []byte(c.text)); err != nil {
				t.Fatal(err)
			}
			found := Lint(in.Rules, nil)
			got := ""
			if len(found) > 0 {
				got = found[0].ID + " " + c.text[found[0].From:found[0].To]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Fatalf("%s%s%+v", c.text, diff, in)
			}
			if c.want == "" {
				return
			}
			if edits := found[0].Fix.Edits; (len(edits) > 0) != (c.fixed != "") || !strings.Contains(Apply(c.text, found[0].Fix), c.fixed) {
				t.Errorf("%s\nwant in it %q, edits %+v", Apply(c.text, found[0].Fix), c.fixed, edits)
			}
		})
	}
}

// What only CloudFormation knows is not judged, and files of other programs are left alone.
func TestYAMLSkipped(t *testing.T) {
	for name, text := range map[string]string{
		"a function": "Resources: {R: {Type: 'AWS::Events::Rule', Properties: {EventPattern: {source: [!Ref S]}}}}",
		"a tag":      "source: [!Ref S]",
		"a loop":     "Resources: {'Fn::ForEach::R': [N, [a, b], {'R${N}': {Type: 'AWS::Events::Rule', Properties: {EventPattern: {source: [aws.s3]}}}}]}",
		"a snippet":  "Resources: {R: {Type: 'AWS::Events::Rule', Properties: {Fn::Transform: {Name: 'AWS::Include'}}}}",
		"kustomize":  "resources:\n- a.yaml\n",
		"a chart":    "source: [a]\nreplicas: 2\n",
		"a pipeline": "resources: [{repo: self}]\ntrigger: [main]\n",
		"a version":  "version: '3'\n",
		"settings":   "detail: {enabled: true}\n",
		"bombs":      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
		"a circle":   "a: &a [*a]\n",
		"no YAML":    "a: {{ .Values.x }}: b",
		"a workflow": "on: push\njobs: {test: {runs-on: linux, steps: [{run: make}]}}",
		"a list":     "- a\n- b\n",
	} {
		in := &Input{}
		if err := in.Find("f.yaml", []byte(text)); err != nil || len(in.Rules) != 0 || len(in.Skipped) == 0 {
			t.Errorf("%s: %v, %d rules, skipped %q", name, err, len(in.Rules), in.Skipped)
		}
	}
	for name, text := range map[string]string{"a.yaml": "a: b: c", "b.yml": "- a\n", "c.yaml": "hello", "d.yaml": "---\n"} {
		if err := (&Input{}).Read(name, []byte(text)); err == nil {
			t.Errorf("%s: %q was taken", name, text)
		}
	}
	// What is named and neither YAML by its name nor an object of YAML was meant for a pattern.
	for _, text := range []string{"hello", "source: [aws.s3", "'source'"} {
		in := &Input{}
		if err := in.Read("f", []byte(text)); err != nil || len(in.Rules) != 1 || in.Rules[0].Pattern != text {
			t.Errorf("%q: %v, %+v", text, err, in.Rules)
		}
	}
}
