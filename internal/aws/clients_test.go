package aws_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
)

// clientEnv is what an AWS client needs to talk to the toy server.
func clientEnv(t *testing.T, url string) []string {
	home := t.TempDir()
	return append(os.Environ(),
		"AWS_ACCESS_KEY_ID="+keyID, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_DEFAULT_REGION=eu-west-1", "AWS_ENDPOINT_URL="+url,
		"AWS_CONFIG_FILE="+home+"/config", "AWS_SHARED_CREDENTIALS_FILE="+home+"/credentials", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CLI_AUTO_PROMPT=off")
}

// TestCLI runs the aws command line against the toy server.
func TestCLI(t *testing.T) {
	if testing.Short() {
		t.Skip("starts other programs")
	}
	cli, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the aws command is not installed")
	}
	s := newToy(t)
	server := httptest.NewServer(s)
	defer server.Close()
	env := clientEnv(t, server.URL)
	run := func(args string) (out string, ok bool) {
		t.Helper()
		cmd := exec.Command(cli, append([]string{"--output", "json"}, strings.Fields(args)...)...)
		cmd.Env = env
		b, err := cmd.CombinedOutput()
		return string(b), err == nil
	}
	for _, tt := range []struct {
		args, want string
		fails      bool
	}{
		{args: "sts get-caller-identity", want: `"Arn": "arn:aws:iam::111122223333:user/<you>"`},
		{args: "ssm-incidents start-incident --response-plan-arn " + plan + " --title hello", want: "incident-record/x/1"},
		{args: "ssm-incidents get-incident-record --arn " + plan, want: `"status": "OPEN"`},
		{args: "ssm-incidents list-tags-for-resource --resource-arn " + plan, want: `"k": "v"`},
		{args: "ssm-incidents start-incident --response-plan-arn " + plan + " --title missing", want: "(ResourceNotFoundException)", fails: true},
		{args: "ssm-contacts list-contacts", want: `"Contacts": []`},
		{args: `ssm-contacts create-contact --alias a --type PERSONAL --plan {"Stages":[]} --display-name Ann`, want: "contact/a"},
		{args: "ssm-contacts get-contact --contact-id arn:aws:ssm-contacts:eu-west-1:111122223333:contact/a", want: "no such contact", fails: true},
		{args: `events put-events --entries [{"Source":"a","DetailType":"b","Detail":"{}"}]`, want: `"FailedEntryCount": 0`},
		{args: "events delete-rule --name x", want: "(ValidationException)", fails: true},
		{args: "events enable-rule --name x", want: ""},
		{args: "guardduty list-detectors", want: "12abc34d567e8fa901bc2d34e56789f0"},
	} {
		out, ok := run(tt.args)
		if ok == tt.fails || !strings.Contains(out, tt.want) {
			t.Errorf("aws %s: ok %v, %s\nwant in it: %s", tt.args, ok, out, tt.want)
		}
	}
	if c := s.called()[0]; c.Region != "eu-west-1" || c.AccessKeyID != keyID || c.Principal != "alice" || !strings.Contains(c.UserAgent, "aws-cli") {
		t.Errorf("the call's circumstances: %+v", c)
	}
}

const boto3 = `
import boto3, json, sys
from botocore.config import Config
from botocore.exceptions import ClientError
c = lambda name: boto3.client(name, config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
out = {}
arn = "arn:aws:ssm-incidents::111122223333:response-plan/x"
i = c("ssm-incidents")
out["created"] = i.create_response_plan(name="n", displayName="", chatChannel={"empty": {}}, incidentTemplate={"title": "t", "impact": 5, "summary": "", "dedupeString": ""},
    actions=[{"ssmAutomation": {"documentName": "abc", "roleArn": "arn:aws:iam::111122223333:role/r", "documentVersion": "", "parameters": {}}}], tags={"k": ""})["ResponseMetadata"]["HTTPStatusCode"]
out["tagged"] = i.tag_resource(resourceArn=arn, tags={"a b": "c/d"})["ResponseMetadata"]["HTTPStatusCode"]
out["untagged"] = i.untag_resource(resourceArn=arn, tagKeys=["a b", "c/d"])["ResponseMetadata"]["HTTPStatusCode"]
out["created at"] = str(i.get_incident_record(arn=arn)["incidentRecord"]["creationTime"].timestamp())
out["title"] = i.get_incident_record(arn=arn)["incidentRecord"]["title"]
try: i.start_incident(responsePlanArn=arn, title="missing")
except i.exceptions.ResourceNotFoundException as e: out["missing"] = e.response["Error"]["Message"] + e.response["resourceType"]
try: i.start_incident(title="no plan", impact=6)
except i.exceptions.ValidationException as e: out["invalid"] = e.response["Error"]["Message"]
k = c("ssm-contacts")
out["contact"] = k.create_contact(Alias="a", DisplayName="", Type="PERSONAL", Plan={"Stages": []})["ContactArn"]
try: k.create_contact(Alias="A!", Type="ROBOT", Plan={"Stages": []})
except k.exceptions.ValidationException as e: out["fields"] = [e.response["Reason"]] + sorted(f["Name"] for f in e.response["Fields"])
out["rotation"] = "StartTime" in k.get_rotation(RotationId="arn:aws:ssm-contacts:eu-west-1:111122223333:rotation/r")
e = c("events")
out["events"] = len(e.put_events(Entries=[{"Source": "a", "DetailType": "\u00fc", "Detail": json.dumps({"\u20ac": "\U0001f600"})}] * 10)["Entries"])
try: e.put_events(Entries=[{}] * 11)
except ClientError as x: out["too many"] = x.response["Error"]["Message"]
out["sts"] = c("sts").get_caller_identity()["UserId"]
out["presigned"] = boto3.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
print(json.dumps(out))
`

// TestBoto3 runs AWS's Python client against the toy server, without its own checks, so
// that bad input arrives.
func TestBoto3(t *testing.T) {
	if testing.Short() {
		t.Skip("starts other programs")
	}
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import boto3").Run() != nil {
		t.Skip("boto3 is not installed")
	}
	s := newToy(t)
	server := httptest.NewServer(s)
	defer server.Close()
	cmd := exec.Command(python, "-c", boto3)
	cmd.Env = clientEnv(t, server.URL)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	presigned, _ := got["presigned"].(string)
	delete(got, "presigned")
	want := map[string]any{
		"created": 201.0, "tagged": 204.0, "untagged": 204.0, "created at": "1628634837.849123", "title": "naïve <&> \u2028",
		"missing": "no such planRESPONSE_PLAN",
		"invalid": "2 validation errors detected: Value '6' at 'impact' failed to satisfy constraint: Member must have value less than or equal to 5; " +
			"Value null at 'responsePlanArn' failed to satisfy constraint: Member must not be null",
		"contact": "arn:aws:ssm-contacts:us-east-1:111122223333:contact/a", "rotation": false,
		"fields":   []any{"FIELD_VALIDATION_FAILED", "alias", "type"},
		"events":   10.0,
		"too many": "1 validation error detected: Value '[…]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
		"sts":      "alice",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("boto3 saw (-want +got):\n%s", diff)
	}
	res, err := server.Client().Get(presigned)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body := readAll(t, res.Body); res.StatusCode != http.StatusOK || !strings.Contains(body, "<UserId>alice</UserId>") {
		t.Errorf("presigned GetCallerIdentity: %d %s", res.StatusCode, body)
	}
	checkBoto3Inputs(t, s)
}

// checkBoto3Inputs looks at what reached the handlers.
func checkBoto3Inputs(t *testing.T, s *toy) {
	t.Helper()
	for _, c := range s.called() {
		switch in := c.Input.(type) {
		case *ssmincidents.CreateResponsePlanInput:
			a := in.Actions[0].SsmAutomation
			if *in.DisplayName != "" || in.ChatChannel.Empty == nil || a.Parameters == nil || len(a.Parameters) != 0 || *a.DocumentVersion != "" || len(*in.ClientToken) != 36 {
				t.Errorf("CreateResponsePlan got %+v", in)
			}
		case *ssmincidents.UntagResourceInput:
			if diff := cmp.Diff(&ssmincidents.UntagResourceInput{ResourceArn: plan, TagKeys: []string{"a b", "c/d"}}, in); diff != "" {
				t.Errorf("UntagResource (-want +got):\n%s", diff)
			}
		case *ssmcontacts.CreateContactInput:
			if in.Plan.Stages == nil || len(in.Plan.Stages) != 0 || *in.DisplayName != "" {
				t.Errorf("CreateContact got %+v", in)
			}
		case *events.PutEventsInput:
			if e := in.Entries[0]; *e.DetailType != "ü" || *e.Detail != `{"\u20ac": "\ud83d\ude00"}` {
				t.Errorf("PutEvents got %+v", e)
			}
		}
	}
}
