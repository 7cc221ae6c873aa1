package aws_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
)

// errorOf reads an error's code and message in either JSON form.
func errorOf(t *testing.T, res answer) (code, message string) {
	t.Helper()
	var body map[string]any
	raw := res.Body
	if err := json.Unmarshal([]byte(raw), &body); err != nil {
		t.Fatalf("the error is not JSON: %v\n%s", err, raw)
	}
	code = res.Header.Get("X-Amzn-Errortype")
	inBody, _ := body["__type"].(string)
	if (code == "") == (inBody == "") {
		t.Fatalf("exactly one of header and body must name the error: %q, %q", code, inBody)
	}
	message, _ = body["message"].(string)
	if message == "" {
		message, _ = body["Message"].(string)
	}
	if len(res.Header.Get("X-Amzn-Requestid")) != 36 {
		t.Errorf("the answer has no request id")
	}
	return code + inBody, message
}

// TestBadRequests holds what can be wrong with a signed request. Nothing of it may reach a
// handler, and nothing be an internal error.
func TestBadRequests(t *testing.T) {
	const start = `{"responsePlanArn":"` + plan + `"`
	put := func(body string) call { return target("events", "AWSEvents", "PutEvents", body) }
	contact := func(op, body string) call { return target("ssm-contacts", "SSMContacts", op, body) }
	for _, tt := range []struct {
		name   string
		call   call
		status int
		code   string
		text   string
	}{
		{"not JSON", put(`<xml/>`), 400, "SerializationException", ""},
		{"half a body", put(`{"Entries":[{`), 400, "SerializationException", "too early"},
		{"a list", put(`[]`), 400, "SerializationException", "Start of list"},
		{"null", put(`null`), 400, "SerializationException", "NULL_VALUE"},
		{"text after it", put(`{"Entries":[{}]} x`), 400, "SerializationException", "follows"},
		{"number for text", put(`{"Entries":[{"Source":1}]}`), 400, "SerializationException", "NUMBER_VALUE can not be converted to String at 'entries.1.member.source'"},
		{"text for a list", put(`{"Entries":"x"}`), 400, "SerializationException", "STRING_VALUE"},
		{"object for a list", put(`{"Entries":{}}`), 400, "SerializationException", "structure or map"},
		{"list for a structure", put(`{"Entries":[[]]}`), 400, "SerializationException", "Start of list"},
		{"text for a timestamp", put(`{"Entries":[{"Time":"2026-01-02T03:04:05Z"}]}`), 400, "SerializationException", "Timestamp"},
		{"timestamp in no year", put(`{"Entries":[{"Time":1e300}]}`), 400, "SerializationException", "years"},
		{"control character", put("{\"Entries\":[{\"Source\":\"a\nb\"}]}"), 400, "SerializationException", "control"},
		{"bad escape", put(`{"Entries":[{"Source":"\x"}]}`), 400, "SerializationException", "backslash"},
		{"half a surrogate pair", put(`{"Entries":[{"Source":"\ud800"}]}`), 400, "SerializationException", `\u`},
		{"bad UTF-8", put("{\"Entries\":[{\"Source\":\"\xff\"}]}"), 400, "SerializationException", "UTF-8"},
		{"bad UTF-8 where nobody looks", put("{\"Entries\":[{}],\"x\":\"\xff\"}"), 400, "SerializationException", "UTF-8"},
		{"trailing comma", put(`{"Entries":[{},]}`), 400, "SerializationException", "offset"},
		{"trailing comma in an object", put(`{"Entries":[{}],}`), 400, "SerializationException", "offset"},
		{"no comma", put(`{"Entries":[{}{}]}`), 400, "SerializationException", "offset"},
		{"deep", put(`{"x":` + strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000) + `}`), 400, "SerializationException", "deep"},
		{"leading zero", incident("startIncident", start+`,"impact":01}`), 400, "SerializationException", ""},
		{"fraction for a whole number", incident("startIncident", start+`,"impact":1.5}`), 400, "SerializationException", "Integer"},
		{"number beyond 32 bits", incident("startIncident", start+`,"impact":99999999999}`), 400, "SerializationException", "Integer"},
		{"empty", put(``), 400, "ValidationException", "Value null at 'entries' failed to satisfy constraint: Member must not be null"},
		{"null member", put(`{"Entries":null}`), 400, "ValidationException", "Value null at 'entries'"},
		{"null element", put(`{"Entries":[null]}`), 400, "ValidationException", "Value null at 'entries.1.member'"},
		{"other case", put(`{"entries":[{}]}`), 400, "ValidationException", "Value null at 'entries'"},
		{"eleven", put(`{"Entries":[{},{},{},{},{},{},{},{},{},{},{}]}`), 400, "ValidationException", "1 validation error detected: Value '[…]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10"},
		{"none", put(`{"Entries":[]}`), 400, "ValidationException", "Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"U+0000", put(`{"Entries":[{"Source":"a\u0000b"}]}`), 400, "ValidationException", "at 'entries.1.member.source' failed to satisfy constraint: Member must not contain the character U+0000"},
		{"U+0000 in a key", incident("createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"tags":{"a\u0000":"b"}}`), 400, "ValidationException", "U+0000"},
		{"pattern of a list's elements", target("events", "AWSEvents", "RemoveTargets", `{"Rule":"r","Ids":["a","b c"]}`), 400, "ValidationException",
			"Value '[a, b c]' at 'ids' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 64, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+]"},
		{"pattern and its lookahead", incident("createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"tags":{"aws:x":"b"}}`), 400, "ValidationException",
			"Value '{aws:x}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: ["},
		{"enum", contact("CreateContact", `{"Alias":"a","Type":"ROBOT","Plan":{}}`), 400, "ValidationException",
			"Value 'ROBOT' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [PERSONAL, ESCALATION, ONCALL_SCHEDULE]"},
		{"two at once", incident("startIncident", `{"impact":9}`), 400, "ValidationException", "2 validation errors detected: Value '9' at 'impact' failed to satisfy constraint: Member must have value less than or equal to 5; Value null at 'responsePlanArn'"},
		{"union of none", incident("createResponsePlan", `{"name":"n","chatChannel":{},"incidentTemplate":{"title":"t","impact":1}}`), 400, "ValidationException", "'chatChannel' failed to satisfy constraint: Member must have exactly one"},
		{"union of two", incident("createResponsePlan", `{"name":"n","chatChannel":{"empty":{},"chatbotSns":["x"]},"incidentTemplate":{"title":"t","impact":1}}`), 400, "ValidationException", "exactly one"},
		{"long path of a member", incident("createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"actions":[{"ssmAutomation":{"documentName":"abc"}}]}`), 400, "ValidationException", "Value null at 'actions.1.member.ssmAutomation.roleArn'"},
		{"sensitive", target("events", "AWSEvents", "PutTargets", `{"Rule":"r","Targets":[{"Id":"i","Arn":"a","AppSyncParameters":{"GraphQLOperation":""}}]}`), 400, "ValidationException",
			"1 validation error detected: Value at 'targets.1.member.appSyncParameters.graphQLOperation' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"unknown operation", target("events", "AWSEvents", "PutElephants", `{}`), 400, "UnknownOperationException", "PutElephants"},
		{"no operation", call{service: "events", body: "{}"}, 400, "UnknownOperationException", ""},
		{"unknown service", target("events", "Elephants", "Put", `{}`), 400, "UnknownOperationException", ""},
		{"unknown path", incident("startElephant", `{}`), 404, "UnknownOperationException", ""},
		{"other method", call{method: "GET", path: "/startIncident", service: "ssm-incidents"}, 404, "UnknownOperationException", ""},
		{"path in another case", incident("startincident", `{}`), 404, "UnknownOperationException", ""},
		{"not built", incident("updateResponsePlan", `{"arn":"`+plan+`"}`), 501, "NotImplementedException", "UpdateResponsePlan"},
		{"bad UTF-8 in the path", call{method: "GET", path: "/tags/%ff", service: "ssm-incidents"}, 400, "SerializationException", "UTF-8"},
		{"U+0000 in the query", call{method: "GET", path: "/getIncidentRecord?arn=%00", service: "ssm-incidents"}, 400, "ValidationException", "U+0000"},
		{"bad UTF-8 in the query", call{method: "GET", path: "/getIncidentRecord?arn=%ff", service: "ssm-incidents"}, 400, "SerializationException", "UTF-8"},
		{"missing in the query", call{method: "GET", path: "/getIncidentRecord", service: "ssm-incidents", body: `{"arn":"` + plan + `"}`}, 400, "ValidationException", "Value null at 'arn'"},
		{"list for a REST body", incident("startIncident", `[]`), 400, "SerializationException", ""},
		{"number in the query", call{method: "GET", path: "/detector?maxResults=many", service: "guardduty"}, 400, "SerializationException", "maxResults"},
		{"number out of range in the query", call{method: "GET", path: "/detector?maxResults=51", service: "guardduty"}, 400, "BadRequestException", "less than or equal to 50"},
		{"too large", put(`{"x":"` + strings.Repeat("a", aws.DefaultMaxBody) + `"}`), 413, "RequestEntityTooLargeException", "larger"},
		{"too large, length not told", func() call {
			c := put(`{"x":"` + strings.Repeat("a", aws.DefaultMaxBody) + `"}`)
			c.spoil = func(r *http.Request) { r.ContentLength = -1 }
			return c
		}(), 413, "RequestEntityTooLargeException", "larger"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newToy(t)
			res := tt.call.do(t, s)
			code, message := errorOf(t, res)
			if res.StatusCode != tt.status || code != tt.code || !strings.Contains(message, tt.text) {
				t.Errorf("answer %d %s %q\nwant   %d %s %q", res.StatusCode, code, message, tt.status, tt.code, tt.text)
			}
			if n := len(s.called()); n > 0 && tt.status != 501 {
				t.Errorf("%d calls reached a handler", n)
			}
			if s.log.Len() > 0 {
				t.Errorf("the caller's fault is in the log: %s", &s.log)
			}
		})
	}
}

// TestAnswers holds the forms of what comes back.
func TestAnswers(t *testing.T) {
	const json11 = "application/x-amz-json-1.1"
	s := newToy(t)
	for _, tt := range []struct {
		name          string
		call          call
		status        int
		contentType   string
		body, errType string
	}{
		{"REST", incident("startIncident", `{"responsePlanArn":"`+plan+`"}`), 200, "application/json", `{"incidentRecordArn":"arn:aws:ssm-incidents::111122223333:incident-record/x/1"}`, ""},
		{"created", incident("createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1}}`), 201, "application/json", `{"arn":"` + plan + `"}`, ""},
		{"nothing", call{method: "DELETE", path: "/tags/x?tagKeys=a", service: "ssm-incidents"}, 204, "", "", ""},
		{"required list that is nil", incident("listResponsePlans", ""), 200, "application/json", `{"responsePlanSummaries":[]}`, ""},
		{"map in order", call{method: "GET", path: "/tags/x", service: "ssm-incidents"}, 200, "application/json", `{"tags":{"a":"","k":"v"}}`, ""},
		{"timestamps and text", call{method: "GET", path: "/getIncidentRecord?arn=" + plan, service: "ssm-incidents"}, 200, "application/json",
			`{"incidentRecord":{"arn":"` + plan + `","creationTime":1628634837.849123,"dedupeString":"d","impact":3,"incidentRecordSource":{"createdBy":"","source":""},` +
				`"lastModifiedBy":"arn:aws:iam::111122223333:root","lastModifiedTime":1628634837,"status":"OPEN","title":"naïve <&> ` + "\u2028" + `"}}`, ""},
		{"JSON", target("events", "AWSEvents", "PutEvents", `{"Entries":[{}]}`), 200, json11, `{"FailedEntryCount":0,"Entries":[{"EventId":"11710aed-b79e-4468-a20b-bb3c0c3b4860"}]}`, ""},
		{"JSON without output", target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`), 200, json11, "", ""},
		{"REST exception", incident("startIncident", `{"responsePlanArn":"`+plan+`","title":"missing"}`), 404, "application/json",
			`{"message":"no such plan","resourceIdentifier":"` + plan + `","resourceType":"RESPONSE_PLAN"}`, "ResourceNotFoundException"},
		{"JSON exception", target("ssm-contacts", "SSMContacts", "GetContact", `{"ContactId":"arn:aws:ssm-contacts:us-east-1:111122223333:contact/a"}`), 400, json11,
			`{"__type":"ResourceNotFoundException","Message":"no such contact","ResourceId":"c","ResourceType":"CONTACT"}`, ""},
		{"exception that the model lacks", target("events", "AWSEvents", "DeleteRule", `{"Name":"x"}`), 400, json11,
			`{"__type":"ValidationException","message":"Rule can't be deleted since it has targets."}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := tt.call.do(t, s)
			if diff := cmp.Diff(tt.body, res.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if h := res.Header; res.StatusCode != tt.status || h.Get("Content-Type") != tt.contentType || h.Get("X-Amzn-Errortype") != tt.errType || len(h.Get("X-Amzn-Requestid")) != 36 {
				t.Errorf("answer %d %v", res.StatusCode, h)
			}
		})
	}
}

// TestInternalErrors shows the caller nothing of our faults, and the log each of them
// once.
func TestInternalErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		call call
		want string // in the log
	}{
		{"error", incident("startIncident", `{"responsePlanArn":"`+plan+`","title":"secret"}`), "hunter2"},
		{"panic", incident("startIncident", `{"responsePlanArn":"`+plan+`","title":"panic"}`), "panic: at the disco"},
		{"authoriser", incident("deleteResponsePlan", `{"arn":"`+plan+`"}`), "not for you"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newToy(t)
			res := tt.call.do(t, s)
			code, message := errorOf(t, res)
			if res.StatusCode != http.StatusInternalServerError || code != "InternalServerException" || strings.Contains(message, tt.want) {
				t.Errorf("answer %d %s %q", res.StatusCode, code, message)
			}
			if log := s.log.String(); strings.Count(log, tt.want) < 1 || strings.Count(log, "operation failed") != 1 {
				t.Errorf("log: %s", log)
			}
		})
	}
	s := newToy(t)
	c := target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`)
	c.key = "AKIDBROKEN"
	res := c.do(t, s)
	if code, message := errorOf(t, res); res.StatusCode != http.StatusInternalServerError || code != "InternalFailure" || strings.Contains(message, "store") || !strings.Contains(s.log.String(), "the store is down") {
		t.Errorf("broken keys: %d %s %s; log: %s", res.StatusCode, code, message, &s.log)
	}
}

// TestTagPaths finds an ARN in the path however it is escaped.
func TestTagPaths(t *testing.T) {
	for _, path := range []string{
		"/tags/arn%3Aaws%3Assm-incidents%3A%3A111122223333%3Aresponse-plan%2Fx",
		"/tags/arn:aws:ssm-incidents::111122223333:response-plan%2Fx",
		"/tags/arn:aws:ssm-incidents::111122223333:response-plan/x",
	} {
		s := newToy(t)
		c := call{method: "DELETE", path: path + "?tagKeys=a%20b&tagKeys=c%2Fd", service: "ssm-incidents"}
		if res := c.do(t, s); res.StatusCode != http.StatusNoContent {
			t.Fatalf("%s: %d %s", path, res.StatusCode, res.Body)
		}
		want := &ssmincidents.UntagResourceInput{ResourceArn: plan, TagKeys: []string{"a b", "c/d"}}
		if diff := cmp.Diff(want, last[ssmincidents.UntagResourceInput](t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

// TestBodyCannotOverridePath keeps what is signed in the path from being said otherwise in
// the body.
func TestBodyCannotOverridePath(t *testing.T) {
	s := newToy(t)
	c := call{method: "POST", path: "/tags/one", service: "ssm-incidents", body: `{"resourceArn":"two","tags":{"k":"v"}}`}
	if res := c.do(t, s); res.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	want := &ssmincidents.TagResourceInput{ResourceArn: "one", Tags: map[string]string{"k": "v"}}
	if diff := cmp.Diff(want, last[ssmincidents.TagResourceInput](t, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodedInput(t *testing.T) {
	s := newToy(t)
	body := ` { "Unknown" : [ 1 , { "a" : null } , "\u00fc" , true , -0.5e+3 ] , "Entries" : [ { "Source":"a", "Source":"b\/\"\\\ud83d\ude00\u00fc\n" , "Time":1.628634837849E9,
		"Resources":["r"], "DetailType":null } , {"Time":-0.5} , {"Time":1e3} ] } `
	if res := target("events", "AWSEvents", "PutEvents", body).do(t, s); res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	got := last[events.PutEventsInput](t, s)
	if e := got.Entries[0]; *e.Source != "b/\"\\😀ü\n" || e.Time.UnixMicro() != 1628634837849000 || e.DetailType != nil || cmp.Diff([]string{"r"}, e.Resources) != "" {
		t.Errorf("first entry: %+v", e)
	}
	if a, b := got.Entries[1].Time.UnixMicro(), got.Entries[2].Time.Unix(); a != -500000 || b != 1000 {
		t.Errorf("times: %d %d", a, b)
	}
}

// TestServiceCall takes the way of the console: flat JSON, no signature, the same checks
// and the same Around.
func TestServiceCall(t *testing.T) {
	s := newToy(t)
	ctx := aws.NewContext(t.Context(), &aws.Call{Principal: "bob", Region: "eu-west-1"})
	out, err := s.incidents.Call(ctx, "UntagResource", []byte(`{"resourceArn":"`+plan+`","tagKeys":["a"]}`))
	if err != nil || string(out) != "{}" {
		t.Fatalf("Call = %s, %v", out, err)
	}
	if c := s.called()[0]; c.Principal != "bob" || c.Region != "eu-west-1" || c.Op.Name != "UntagResource" || len(c.RequestID) != 36 {
		t.Errorf("the call: %+v", c)
	}
	for _, tt := range []struct{ op, body, want string }{
		{"StartIncident", `{"responsePlanArn":"` + plan + `","title":"missing"}`, `{"__type":"ResourceNotFoundException","message":"no such plan","resourceIdentifier":"` + plan + `","resourceType":"RESPONSE_PLAN"}`},
		{"StartIncident", `{`, `{"__type":"SerializationException","message":"The JSON text ends too early."}`},
		{"StartIncident", ``, `{"__type":"ValidationException","message":"1 validation error detected: Value null at 'responsePlanArn' failed to satisfy constraint: Member must not be null"}`},
		{"StartElephant", `{}`, `{"__type":"UnknownOperationException","message":"The operation StartElephant is not known."}`},
	} {
		_, err := s.incidents.Call(ctx, tt.op, []byte(tt.body))
		if _, body := aws.ErrorBody(err); string(body) != tt.want {
			t.Errorf("%s %s: %s\nwant %s", tt.op, tt.body, body, tt.want)
		}
	}
}

func TestReadOnly(t *testing.T) {
	s := newToy(t)
	var changing []string
	for _, op := range s.incidents.Ops {
		if !op.ReadOnly {
			changing = append(changing, op.Name)
		}
	}
	for _, name := range changing {
		if !strings.HasPrefix(name, "Create") && !strings.HasPrefix(name, "Update") && !strings.HasPrefix(name, "Delete") &&
			!strings.HasPrefix(name, "Put") && !strings.HasSuffix(name, "agResource") && name != "StartIncident" {
			t.Errorf("%s is said to change something", name)
		}
	}
	if len(changing) != 18 {
		t.Errorf("%d operations change something: %v", len(changing), changing)
	}
}
