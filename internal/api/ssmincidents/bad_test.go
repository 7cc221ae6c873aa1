package ssmincidents_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// TestBadRequests sends each operation what it must refuse, and looks that
// nothing was written.
func TestBadRequests(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c, set := h.Incidents(), h.Set()
	p := newPlan(t, c, "sec", nil)
	inc := start(t, c, p)
	_, ids := told(t, c, inc)
	x := strings.NewReplacer("SET", set, "PLAN", p, "INC", inc, "EVENT", ids[0], "NOPE", strings.Replace(p, "/sec", "/nope", 1),
		"ESC", escape(p), "LONG", strings.Repeat("x", 201), "RAW", strings.Repeat("x", 10001), "BIG", strings.Repeat("x", 12001))
	const invalid, notFound, conflict, malformed = "ValidationException 400", "ResourceNotFoundException 404", "ConflictException 409", "SerializationException 400"
	before := h.Writes()
	for _, tt := range []struct{ route, body, want, says string }{
		{"POST /createReplicationSet", `{"regions":{"us-east-1":{}}}`, conflict, "already"},
		{"POST /createReplicationSet", `{"regions":{}}`, invalid, "regions"},
		{"POST /createReplicationSet", `{"regions":{"a":{},"b":{},"c":{},"d":{}}}`, invalid, "regions"},
		{"POST /createReplicationSet", `{"regions":{"us-east-1":{}},"tags":{"aws:x":"y"}}`, invalid, "tags"},
		{"POST /createReplicationSet", `{}`, invalid, "regions"},
		{"GET /getReplicationSet?arn=x", ``, invalid, "arn"},
		{"GET /getReplicationSet", ``, invalid, "arn"},
		{"GET /getReplicationSet?arn=NOPE", ``, notFound, "NOPE"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[]}`, invalid, "actions"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{}]}`, invalid, "exactly one"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{"addRegionAction":{"regionName":"eu-west-1"}},{"deleteRegionAction":{"regionName":"us-east-1"}}]}`, invalid, "actions"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{"addRegionAction":{"regionName":"eu-west-1"},"deleteRegionAction":{"regionName":"us-east-1"}}]}`, invalid, "exactly one"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{"addRegionAction":{"regionName":"us-east-1"}}]}`, conflict, "already"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{"addRegionAction":{"regionName":"Mars"}}]}`, invalid, "Mars"},
		{"POST /updateReplicationSet", `{"arn":"SET","actions":[{"deleteRegionAction":{"regionName":"us-east-1"}}]}`, invalid, "last Region"},
		{"POST /updateReplicationSet", `{"arn":"NOPE","actions":[{"deleteRegionAction":{"regionName":"us-east-1"}}]}`, notFound, ""},
		{"POST /updateDeletionProtection", `{"arn":"SET"}`, invalid, "deletionProtected"},
		{"POST /updateDeletionProtection", `{"arn":"NOPE","deletionProtected":true}`, notFound, ""},
		{"POST /deleteReplicationSet?arn=NOPE", ``, notFound, ""},
		{"POST /listReplicationSets", `{"maxResults":101}`, invalid, "maxResults"},
		{"POST /listReplicationSets", `{"nextToken":"x"}`, invalid, "nextToken"},

		{"POST /createResponsePlan", `{"name":"sec","incidentTemplate":{"title":"t","impact":1}}`, conflict, "already"},
		{"POST /createResponsePlan", `{"name":"a/b","incidentTemplate":{"title":"t","impact":1}}`, invalid, "name"},
		{"POST /createResponsePlan", `{"name":"","incidentTemplate":{"title":"t","impact":1}}`, invalid, "name"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":6}}`, invalid, "impact"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"LONG","impact":1}}`, invalid, "title"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"impact":1}}`, invalid, "title"},
		{"POST /createResponsePlan", `{"name":"n"}`, invalid, "incidentTemplate"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"engagements":["x"]}`, invalid, "engagements"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"actions":[{"ssmAutomation":{"documentName":"Doc"}}]}`, invalid, "roleArn"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":1},"tags":{"aws:x":"y"}}`, invalid, "tags"},
		{"POST /createResponsePlan", `{"name":"n","incidentTemplate":{"title":"t","impact":"1"}}`, malformed, ""},
		{"POST /createResponsePlan", `{"name":"n"`, malformed, ""},
		{"GET /getResponsePlan?arn=NOPE", ``, notFound, ""},
		{"POST /updateResponsePlan", `{"arn":"NOPE"}`, notFound, ""},
		{"POST /updateResponsePlan", `{"arn":"PLAN","incidentTemplateImpact":0}`, invalid, "incidentTemplateImpact"},
		{"POST /updateResponsePlan", `{"arn":"PLAN","chatChannel":{}}`, invalid, "exactly one"},
		{"POST /listResponsePlans", `{"maxResults":0}`, invalid, "maxResults"},
		{"POST /listResponsePlans", `{"nextToken":"x"}`, invalid, "nextToken"},
		{"POST /deleteResponsePlan", `{"arn":"x"}`, invalid, "arn"},

		{"POST /startIncident", `{"responsePlanArn":"NOPE"}`, notFound, ""},
		{"POST /startIncident", `{"responsePlanArn":"INC"}`, notFound, ""},
		{"POST /startIncident", `{}`, invalid, "responsePlanArn"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","title":"LONG"}`, invalid, "title"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","impact":0}`, invalid, "impact"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","triggerDetails":{"source":"aws.events","timestamp":1}}`, invalid, "aws."},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","triggerDetails":{"source":"x"}}`, invalid, "timestamp"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","triggerDetails":{"source":"x","timestamp":1,"rawData":"RAW"}}`, invalid, "rawData"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","triggerDetails":{"source":"x","timestamp":1,"triggerArn":"x"}}`, invalid, "triggerArn"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","relatedItems":[{"identifier":{"type":"OTHER","value":{}}}]}`, invalid, "exactly one"},
		{"POST /startIncident", `{"responsePlanArn":"PLAN","relatedItems":[{"identifier":{"type":"NONE","value":{"url":"u"}}}]}`, invalid, "type"},
		{"GET /getIncidentRecord?arn=INC0", ``, notFound, ""},
		{"GET /getIncidentRecord?arn=PLAN", ``, notFound, ""},
		{"POST /listIncidentRecords", `{"filters":[{"key":"title","condition":{"equals":{"stringValues":["x"]}}}]}`, invalid, "title"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"impact","condition":{"equals":{"stringValues":["1"]}}}]}`, invalid, "integerValues"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"impact","condition":{"after":1}}]}`, invalid, "impact"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"status","condition":{"equals":{"integerValues":[1]}}}]}`, invalid, "stringValues"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"creationTime","condition":{"equals":{"integerValues":[1]}}}]}`, invalid, "before or after"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"status","condition":{}}]}`, invalid, "exactly one"},
		{"POST /listIncidentRecords", `{"filters":[{"key":"status"}]}`, invalid, "condition"},
		{"POST /listIncidentRecords", `{"nextToken":"x"}`, invalid, "nextToken"},
		{"POST /updateIncidentRecord", `{"arn":"INC","status":"CLOSED"}`, invalid, "status"},
		{"POST /updateIncidentRecord", `{"arn":"INC","impact":9}`, invalid, "impact"},
		{"POST /updateIncidentRecord", `{"arn":"INC0","impact":1}`, notFound, ""},
		{"POST /deleteIncidentRecord", `{}`, invalid, "arn"},
		{"POST /updateRelatedItems", `{"incidentRecordArn":"INC","relatedItemsUpdate":{}}`, invalid, "exactly one"},
		{"POST /updateRelatedItems", `{"incidentRecordArn":"INC","relatedItemsUpdate":{"itemToAdd":{"identifier":{"type":"OTHER","value":{}}}}}`, invalid, "exactly one"},
		{"POST /updateRelatedItems", `{"incidentRecordArn":"INC0","relatedItemsUpdate":{"itemToAdd":{"identifier":{"type":"OTHER","value":{"url":"u"}}}}}`, notFound, ""},
		{"POST /listRelatedItems", `{"incidentRecordArn":"INC","nextToken":"x"}`, invalid, "nextToken"},
		{"POST /listIncidentFindings", `{"incidentRecordArn":"INC","maxResults":21}`, invalid, "maxResults"},
		{"POST /listIncidentFindings", `{"incidentRecordArn":"INC","nextToken":"x"}`, invalid, "nextToken"},
		{"POST /batchGetIncidentFindings", `{"incidentRecordArn":"INC0","findingIds":["x"]}`, notFound, ""},

		{"POST /createTimelineEvent", `{"incidentRecordArn":"INC","eventType":"SSM Incident Trigger","eventTime":1,"eventData":"x"}`, invalid, "eventType"},
		{"POST /createTimelineEvent", `{"incidentRecordArn":"INC","eventType":"Note","eventTime":1,"eventData":"BIG"}`, invalid, "eventData"},
		{"POST /createTimelineEvent", `{"incidentRecordArn":"INC","eventType":"Note","eventTime":1,"eventData":"x","eventReferences":[{}]}`, invalid, "exactly one"},
		{"POST /createTimelineEvent", `{"incidentRecordArn":"INC0","eventType":"Note","eventTime":1,"eventData":"x"}`, notFound, ""},
		{"GET /getTimelineEvent?incidentRecordArn=INC&eventId=no", ``, notFound, "no"},
		{"GET /getTimelineEvent?incidentRecordArn=INC", ``, invalid, "eventId"},
		{"POST /updateTimelineEvent", `{"incidentRecordArn":"INC","eventId":"EVENT","eventData":"x"}`, invalid, "custom events"},
		{"POST /updateTimelineEvent", `{"incidentRecordArn":"INC","eventId":"no","eventData":"x"}`, notFound, ""},
		{"POST /deleteTimelineEvent", `{"incidentRecordArn":"INC","eventId":"EVENT"}`, invalid, "custom events"},
		{"POST /listTimelineEvents", `{"incidentRecordArn":"INC","sortOrder":"UP"}`, invalid, "sortOrder"},
		{"POST /listTimelineEvents", `{"incidentRecordArn":"INC","filters":[{"key":"eventData","condition":{"equals":{"stringValues":["x"]}}}]}`, invalid, "eventData"},
		{"POST /listTimelineEvents", `{"incidentRecordArn":"INC","filters":[{"key":"eventTime","condition":{"equals":{"stringValues":["x"]}}}]}`, invalid, "before or after"},

		{"POST /tags/ESC", `{"tags":{"aws:x":"y"}}`, invalid, "tags"},
		{"POST /tags/ESC", `{"tags":{}}`, invalid, "tags"},
		{"DELETE /tags/ESC", ``, invalid, "tagKeys"},
		{"GET /tags/x", ``, invalid, "resourceArn"},
		{"GET /tags/arn%3Aaws%3Assm-incidents%3A%3A111122223333%3Aother%2Fx", ``, invalid, "tags"},
		{"POST /putResourcePolicy", `{"resourceArn":"PLAN","policy":"{}"}`, "NotImplementedException 501", ""},
		{"POST /nothing", `{}`, "UnknownOperationException 404", ""},
	} {
		got := h.REST(x.Replace(tt.route), x.Replace(tt.body))
		if is := fmt.Sprint(got.Type, " ", got.Status); is != tt.want || !strings.Contains(got.Message, x.Replace(tt.says)) {
			t.Errorf("%s %s\nanswers %s %q\nwant    %s …%s…", tt.route, tt.body, is, got.Message, tt.want, tt.says)
		}
	}
	if n := h.Writes(); n != before {
		t.Errorf("%d changes were written", n-before)
	}
}

// FuzzOperations calls any operation with any input: there is an answer or one
// of the service's exceptions, never a fault of ours.
func FuzzOperations(f *testing.F) {
	h := apitest.New(f, dbtest.SQLite(f))
	set := h.Set()
	c := h.Incidents()
	p := newPlan(f, c, "sec", nil)
	inc := start(f, c, p)
	_, ids := told(f, c, inc)
	service := h.Services["ssm-incidents"]
	for i := range service.Ops {
		for _, body := range []string{`{}`, `{"arn":"SET"}`, `{"arn":"PLAN"}`, `{"incidentRecordArn":"INC","eventId":"EVENT","eventType":"Note","eventTime":1e300,"eventData":"\u0000"}`,
			`{"responsePlanArn":"PLAN","triggerDetails":{"source":"x","timestamp":-1}}`, `{"incidentRecordArn":"INC","relatedItemsUpdate":{"itemToAdd":{"identifier":{"type":"OTHER","value":{"url":""}}}}}`,
			`{"filters":[{"key":"creationTime","condition":{"after":9e18}}],"maxResults":1}`, `{"name":"n","incidentTemplate":{"title":"","impact":1},"actions":[]}`} {
			f.Add(i, strings.NewReplacer("SET", set, "PLAN", p, "INC", inc, "EVENT", ids[0]).Replace(body))
		}
	}
	caller := aws.NewContext(ctx, &aws.Call{Region: string(dbtest.Region), Principal: h.Principal(), RemoteAddr: "127.0.0.1:1"})
	f.Fuzz(func(t *testing.T, op int, body string) {
		if op < 0 || op >= len(service.Ops) || service.Ops[op].Name == "DeleteReplicationSet" {
			return
		}
		out, err := service.Call(caller, service.Ops[op].Name, []byte(body))
		if err == nil {
			if !json.Valid(out) {
				t.Errorf("%s answers %q", service.Ops[op].Name, out)
			}
			return
		}
		status, text := aws.ErrorBody(err)
		if status >= http.StatusInternalServerError && status != http.StatusNotImplemented || !json.Valid(text) {
			t.Errorf("%s %q: %d %s", service.Ops[op].Name, body, status, text)
		}
	})
}

// TestEveryChangeIsAudited holds the audit against what was called.
func TestEveryChangeIsAudited(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	c := h.Incidents()
	h.Set()
	p := newPlan(t, c, "sec", nil)
	get(t, c, start(t, c, p))
	var ops []string
	for _, a := range h.Audit() {
		if a.Principal != apitest.User || a.Address != "127.0.0.1" || a.RequestID == "" || a.Resource == "" {
			t.Errorf("%+v", a)
		}
		ops = append(ops, a.Operation)
	}
	slices.Reverse(ops)
	if got, want := strings.Join(ops, " "), "ssm-incidents:CreateReplicationSet ssm-incidents:CreateResponsePlan ssm-incidents:StartIncident"; got != want {
		t.Errorf("audit %s, want %s", got, want)
	}
}
