package events_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

const rootPattern = `{"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}`

func rootSignIn(name string) types.PutEventsRequestEntry {
	return types.PutEventsRequestEntry{Source: str("aws.signin"), DetailType: str("AWS Console Sign In via CloudTrail"),
		Detail: str(`{"eventName":"` + name + `","eventID":"` + name + `","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"sourceIPAddress":"198.51.100.7"}`)}
}

// raws gives what the triggers on an incident's timeline hold, the oldest first.
func (s *server) raws(inc *tocsin.Incident) []string {
	s.t.Helper()
	var out []string
	s.view(func(tx *store.Tx) error {
		all, err := tx.Timeline(inc.ARN(), true, store.Cursor{}, 100)
		for _, e := range all {
			if e.Type != tocsin.EventTrigger {
				continue
			}
			var data struct {
				RawData string `json:"rawData"`
			}
			if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
				return err
			}
			out = append(out, data.RawData)
		}
		return err
	})
	return out
}

func TestFromEventToIncident(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newServer(t, db)
		c := s.admin()
		put := func(entries ...types.PutEventsRequestEntry) *eventbridge.PutEventsOutput {
			t.Helper()
			out := must[*eventbridge.PutEventsOutput](t)(c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries}))
			if out.FailedEntryCount != 0 {
				t.Errorf("%d failed: %+v", out.FailedEntryCount, out.Entries)
			}
			return out
		}
		put(rootSignIn("before the rule"))
		must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: str("root-activity"), EventPattern: str(rootPattern)}))
		must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: str("root-activity"), Targets: []types.Target{{
			Id: str("plan"), Arn: str(s.plan("sec")), RoleArn: str("arn:aws:iam::111122223333:role/x")}}}))
		audits := s.audits()
		out := put(rootSignIn("ConsoleLogin"), types.PutEventsRequestEntry{Source: str("other"), DetailType: str("x"), Detail: str(`{}`)})
		put(rootSignIn("CreateUser"))
		all := s.incidents()
		if len(all) != 1 {
			t.Fatalf("%d incidents, want one for the whole root session", len(all))
		}
		if got := all[0]; got.Title != "Security: root-activity" || got.Impact != 1 || got.Source.Source != "aws.events" ||
			got.Source.Resource != "arn:aws:events:us-east-1:111122223333:rule/root-activity" {
			t.Errorf("incident = %+v", got)
		}
		raws := s.raws(all[0])
		if len(raws) != 2 || !strings.Contains(raws[0], *out.Entries[0].EventId) || !strings.Contains(raws[1], "CreateUser") {
			t.Errorf("raw data = %q", raws)
		}
		if n := s.audits() - audits; n != 2 {
			t.Errorf("%d audit records, want one for each call that changed something", n)
		}
		must[*eventbridge.DisableRuleOutput](t)(c.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: str("root-activity")}))
		put(rootSignIn("DeleteUser"))
		if n := len(s.raws(all[0])); n != 2 {
			t.Errorf("a disabled rule wanted an event: %d triggers", n)
		}
	})
}

func TestEnvelope(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	c := s.client("ADMIN", "eu-west-1")
	must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: str("r"), EventPattern: str(`{"account":["111122223333"]}`)}))
	must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: str("r"), Targets: []types.Target{{Id: str("p"), Arn: str(s.plan("p"))}}}))
	detail := ` {"z":1.50, "a":"\u00e4<é>\\u0000", "a":2, "n":12345678901234567890}`
	at := time.Date(2026, 11, 22, 3, 4, 5, 678e6, time.FixedZone("", 3600))
	start := time.Now().Add(-time.Second)
	out := must[*eventbridge.PutEventsOutput](t)(c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{Source: str("my \"app\" & <co>"), DetailType: str("ördér\n"), Detail: &detail, Time: &at, Resources: []string{"arn:x", "y\""}, TraceHeader: str("Root=1"),
			EventBusName: str("arn:aws:events:eu-west-1:111122223333:event-bus/default")},
		{Source: str("s"), DetailType: str("d"), Detail: str("{}")},
	}}))
	all := s.incidents()
	if len(all) != 2 {
		t.Fatalf("%d incidents, want 2", len(all))
	}
	raw := map[string]string{}
	for _, inc := range all {
		text := s.raws(inc)[0]
		var e struct{ ID string }
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		raw[e.ID] = text
	}
	first := *out.Entries[0].EventId
	want := `{"version":"0","id":"` + first + `","detail-type":"ördér\n","source":"my \"app\" & <co>","account":"111122223333","time":"2026-11-22T02:04:05Z","region":"eu-west-1",` +
		`"resources":["arn:x","y\""],"detail":` + detail + `}`
	if d := cmp.Diff(want, raw[first]); d != "" {
		t.Errorf("envelope (-want +got):\n%s", d)
	}
	var second struct {
		Time      time.Time
		Resources []string
	}
	if err := json.Unmarshal([]byte(raw[*out.Entries[1].EventId]), &second); err != nil {
		t.Fatal(err)
	}
	if second.Time.Before(start.Truncate(time.Second)) || second.Time.After(time.Now()) || second.Resources == nil {
		t.Errorf("without time and resources: %+v", second)
	}
}

func TestEntriesFailByThemselves(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	entry := func(edit string) string { // members put in the place of good ones
		m := map[string]any{"Source": "my.app", "DetailType": "d", "Detail": "{}"}
		if err := json.Unmarshal([]byte(edit), &m); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	deep := func(n int) string { return strings.Repeat(`{"a":`, n-1) + `{}` + strings.Repeat(`}`, n-1) }
	const malformed = "MalformedDetail: Detail is malformed."
	tests := []struct{ key, entry, want string }{
		{"PLAIN", entry(`{}`), ""},
		{"PLAIN", entry(`{"Source":null}`), "InvalidArgument: Parameter Source is not valid. Reason: Source is a required argument."},
		{"PLAIN", entry(`{"Source":""}`), "InvalidArgument: Parameter Source is not valid. Reason: Source is a required argument."},
		{"PLAIN", entry(`{"DetailType":""}`), "InvalidArgument: Parameter DetailType is not valid. Reason: DetailType is a required argument."},
		{"PLAIN", entry(`{"Detail":null}`), "InvalidArgument: Parameter Detail is not valid. Reason: Detail is a required argument."},
		{"PLAIN", entry(`{"Detail":"x"}`), malformed},
		{"PLAIN", entry(`{"Detail":"[]"}`), malformed},
		{"PLAIN", entry(`{"Detail":"\"s\""}`), malformed},
		{"PLAIN", entry(`{"Detail":"{} {}"}`), malformed},
		{"PLAIN", entry(`{"Detail":"{},\"source\":\"aws.s3\",\"x\":{}"}`), malformed},
		{"PLAIN", entry(`{"Detail":"{\"a\":\"\\u0000\"}"}`), malformed},
		{"PLAIN", entry(`{"Detail":"{\"a\":\"\\\\u0000\"}"}`), ""},
		{"PLAIN", entry(`{"Detail":"{\"a\":\"\\\\\\u0000\"}"}`), malformed},
		{"PLAIN", entry(`{"Detail":"{\"\\u0000\":1}"}`), malformed},
		{"PLAIN", entry(fmt.Sprintf(`{"Detail":%q}`, deep(1000))), ""},
		{"PLAIN", entry(fmt.Sprintf(`{"Detail":%q}`, deep(1001))), malformed},
		{"PLAIN", entry(`{"Detail":"{\"a\":1,\"a\":2}"}`), ""},
		{"PLAIN", entry(`{"EventBusName":"mine"}`), "InvalidArgument: Parameter EventBusName is not valid. Reason: Event bus mine does not exist."},
		{"PLAIN", entry(`{"EventBusName":"arn:aws:events:us-east-1:444455556666:event-bus/default"}`),
			"InvalidArgument: Parameter EventBusName is not valid. Reason: Event bus arn:aws:events:us-east-1:444455556666:event-bus/default does not exist."},
		{"PLAIN", entry(`{"EventBusName":"arn:aws:events:us-east-1:111122223333:event-bus/default"}`), ""},
		{"PLAIN", entry(`{"Source":"aws.s3"}`), "NotAuthorizedForSource: Not authorized for the source."},
		{"PLAIN", entry(`{"Source":"awsome"}`), ""},
		{"ADMIN", entry(`{"Source":"aws.s3"}`), ""},
	}
	for _, tt := range tests {
		// The good entries around it must not mind.
		got := s.post(tt.key, "PutEvents", `{"Entries":[`+entry(`{}`)+`,`+tt.entry+`,`+entry(`{}`)+`]}`)
		var out struct {
			FailedEntryCount int
			Entries          []struct{ EventId, ErrorCode, ErrorMessage string }
		}
		if err := json.Unmarshal([]byte(got.Body), &out); err != nil || len(out.Entries) != 3 {
			t.Fatalf("%.200s: %+v %v", tt.entry, got, err)
		}
		e, failed, text := out.Entries[1], 0, ""
		if tt.want != "" {
			failed, text = 1, e.ErrorCode+": "+e.ErrorMessage
		}
		if out.FailedEntryCount != failed || text != tt.want || (e.EventId == "") != (tt.want != "") {
			t.Errorf("%.200s\n got %+v\nwant %s", tt.entry, out, tt.want)
		}
		if out.Entries[0].EventId == "" || out.Entries[2].EventId == "" {
			t.Errorf("%.200s: the others failed with it: %+v", tt.entry, out)
		}
	}
}

// FailedEntryCount stands in the answer even when it is 0.
func TestAnswerOfASuccess(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	got := s.post("PLAIN", "PutEvents", `{"Entries":[{"Source":"a","DetailType":"b","Detail":"{}"}]}`)
	if !strings.HasPrefix(got.Body, `{"FailedEntryCount":0,"Entries":[{"EventId":"`) {
		t.Errorf("answer = %+v", got)
	}
}

func TestDeliveryThatFailsIsTold(t *testing.T) {
	dir := t.TempDir()
	s := newServer(t, dbtest.Open(t, store.Options{Dir: dir}))
	c := s.admin()
	for _, n := range []string{"good", "bad"} {
		must[*eventbridge.PutRuleOutput](t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: &n, EventPattern: str(`{"source":["` + n + `"]}`)}))
		must[*eventbridge.PutTargetsOutput](t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &n, Targets: []types.Target{{Id: str("p"), Arn: str(s.plan(n))}}}))
	}
	conn, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "tocsin.db")+"?_pragma=busy_timeout(30000)")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Exec(`CREATE TRIGGER bad BEFORE INSERT ON incident WHEN NEW.plan = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END`); err != nil {
		t.Fatal(err)
	}
	entry := func(source string) types.PutEventsRequestEntry {
		return types.PutEventsRequestEntry{Source: &source, DetailType: str("d"), Detail: str("{}")}
	}
	out := must[*eventbridge.PutEventsOutput](t)(c.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{
		{Source: str("malformed"), DetailType: str("d"), Detail: str("{")}, entry("good"), entry("bad"), entry("nobody")}}))
	var codes []string
	for _, e := range out.Entries {
		if e.ErrorCode == nil {
			codes = append(codes, "")
		} else {
			codes = append(codes, *e.ErrorCode)
		}
	}
	if d := cmp.Diff([]string{"MalformedDetail", "", "InternalFailure", ""}, codes); d != "" || out.FailedEntryCount != 2 {
		t.Errorf("%d failed (-want +got):\n%s", out.FailedEntryCount, d)
	}
	if got := s.incidents(); len(got) != 1 || got[0].Plan != "good" {
		t.Errorf("incidents = %+v", got)
	}
}

// tenEvents is the body of a call with ten events of about 700 bytes that no rule wants.
func tenEvents(b *testing.B) []byte {
	b.Helper()
	var in struct{ Entries []map[string]any }
	for i := range 10 {
		in.Entries = append(in.Entries, map[string]any{"Source": "my.app", "DetailType": "AWS API Call via CloudTrail", "Resources": []string{"arn:aws:s3:::bucket"},
			"Detail": fmt.Sprintf(`{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROA:%d","arn":"arn:aws:sts::111122223333:assumed-role/app/%d","accountId":"111122223333"},`+
				`"eventTime":"2026-11-22T03:04:05Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"[aws-sdk-go/2]",`+
				`"requestParameters":{"bucketName":"bucket","key":"a/b/c"},"responseElements":null,"readOnly":false,"eventType":"AwsApiCall","managementEvent":false}`, i, i)})
	}
	body, err := json.Marshal(in)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func (s *server) rules(n int) {
	s.t.Helper()
	c := s.admin()
	for i := range n {
		name := fmt.Sprint("r", i)
		must[*eventbridge.PutRuleOutput](s.t)(c.PutRule(ctx, &eventbridge.PutRuleInput{Name: &name,
			EventPattern: str(fmt.Sprintf(`{"source":["aws.s%d"],"detail":{"userIdentity":{"type":["Root"]}}}`, i))}))
		must[*eventbridge.PutTargetsOutput](s.t)(c.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &name,
			Targets: []types.Target{{Id: str("p"), Arn: str("arn:aws:ssm-incidents::111122223333:response-plan/p")}}}))
	}
}

// BenchmarkPutEvents is a signed call with ten events that no rule wants, through
// the handler alone.
func BenchmarkPutEvents(b *testing.B) {
	for _, rules := range []int{1, 300} {
		b.Run(fmt.Sprintf("%drules", rules), func(b *testing.B) {
			s := newServer(b, dbtest.SQLite(b))
			s.rules(rules)
			body := tenEvents(b)
			sent := s.request("ADMIN", "PutEvents", body)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequest(http.MethodPost, s.url+"/", nil)
				for pb.Next() {
					r.Header, r.Body, r.ContentLength = sent.Header, io.NopCloser(bytes.NewReader(body)), int64(len(body))
					w := httptest.NewRecorder()
					s.handler.ServeHTTP(w, r)
					if w.Code != http.StatusOK {
						b.Fatal(w.Body)
					}
				}
			})
			b.ReportMetric(10*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkPutEventsHTTP is the same over real connections, the client's cost
// included; it signs once and sends the same bytes again and again.
func BenchmarkPutEventsHTTP(b *testing.B) {
	s := newServer(b, dbtest.SQLite(b))
	s.rules(300)
	var wire bytes.Buffer
	if err := s.request("ADMIN", "PutEvents", tenEvents(b)).Write(&wire); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			b.Error(err)
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for pb.Next() {
			if _, err := conn.Write(wire.Bytes()); err != nil {
				b.Error(err)
				return
			}
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				b.Error(err)
				return
			}
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				b.Errorf("status %d, %v", resp.StatusCode, err)
				return
			}
		}
	})
	b.ReportMetric(10*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
