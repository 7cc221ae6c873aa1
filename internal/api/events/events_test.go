package events_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api/events"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

const secret = "test-secret"

// The access keys there are: what they may do, and in which account.
var keys = map[string]*auth.Principal{
	"ADMIN":  principal(dbtest.Account, auth.Admin, auth.Ingest),
	"PLAIN":  principal(dbtest.Account, auth.Admin),
	"FOREIN": principal("444455556666", auth.Admin, auth.Ingest),
}

func principal(account tocsin.Account, rights ...auth.Right) *auth.Principal {
	return &auth.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":user/t", Name: "t", Kind: auth.KindKey, Rights: rights}
}

// a server with the events service alone, over HTTP.
type server struct {
	t       testing.TB
	db      *store.DB
	handler http.Handler
	url     string
}

func newServer(t testing.TB, db *store.DB) *server {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	b := bus.New(db, quiet)
	if err := b.Load(ctx); err != nil {
		t.Fatal(err)
	}
	pager, err := aws.NewPager([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, db: db, handler: aws.NewHandler(aws.Options{
		Services: []*aws.Service{events.New(db, b, pager)},
		Keys: func(_ context.Context, id string) (aws.Key, error) {
			if keys[id] == nil {
				return aws.Key{}, aws.ErrUnknownKey
			}
			return aws.Key{Secret: secret, Principal: keys[id]}, nil
		},
		Log: quiet,
	})}
	h := httptest.NewServer(s.handler)
	t.Cleanup(h.Close)
	s.url = h.URL
	return s
}

// client is AWS's own, signing with the key in the region.
func (s *server) client(key, region string) *eventbridge.Client {
	return eventbridge.New(eventbridge.Options{
		Region: region, BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
			return awssdk.Credentials{AccessKeyID: key, SecretAccessKey: secret}, nil
		}),
	})
}

func (s *server) admin() *eventbridge.Client { return s.client("ADMIN", string(dbtest.Region)) }

// request makes a signed call with a body that no SDK would send.
func (s *server) request(key, op string, body []byte) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSEvents."+op)
	sum := sha256.Sum256(body)
	creds := awssdk.Credentials{AccessKeyID: key, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), "events", string(dbtest.Region), time.Now()); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// answer is an error's type and message, or the body of a success.
type answer struct {
	Status  int
	Type    string
	Message string
	Body    string
}

func (s *server) post(key, op, body string) answer {
	s.t.Helper()
	resp, err := http.DefaultClient.Do(s.request(key, op, []byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{Status: resp.StatusCode, Body: string(got)}
	if a.Status != http.StatusOK {
		var fault struct {
			Type    string `json:"__type"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal(got, &fault); err != nil {
			s.t.Errorf("%s %s answers %q", op, body, got)
		}
		a.Type, a.Message, a.Body = fault.Type, fault.Message, ""
	}
	return a
}

// must fails the test unless a call succeeded.
func must[T any](t testing.TB) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func (s *server) view(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.View(ctx, dbtest.Who, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) plan(name string) string {
	s.t.Helper()
	err := s.db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: name, Template: tocsin.Template{Title: "Security", Impact: 1}, Created: tx.Now()})
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(tocsin.ResponsePlanARN(dbtest.Account, name))
}

func (s *server) incidents() []*tocsin.Incident {
	s.t.Helper()
	var out []*tocsin.Incident
	s.view(func(tx *store.Tx) (err error) {
		out, err = tx.Incidents(tocsin.Open, store.Cursor{}, 1000)
		return err
	})
	return out
}

func (s *server) audits() int {
	s.t.Helper()
	n := 0
	s.view(func(tx *store.Tx) error {
		all, err := tx.AuditLog(store.Cursor{}, 1000)
		n = len(all)
		return err
	})
	return n
}

func TestBadRequests(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	s.post("ADMIN", "PutRule", `{"Name":"r","EventPattern":"{\"a\":[1]}"}`)
	s.post("ADMIN", "PutTargets", `{"Rule":"r","Targets":[{"Id":"t","Arn":"arn:aws:sqs:us-east-1:1:q"}]}`)
	long := strings.Repeat("x", 65)
	const validation, missing = "ValidationException", "ResourceNotFoundException"
	tests := []struct{ op, body, wantType, want string }{
		{"PutRule", `{`, "SerializationException", ""},
		{"PutRule", `[]`, "SerializationException", ""},
		{"PutRule", `{}`, validation, ""},
		{"PutRule", `{"Name":""}`, validation, ""},
		{"PutRule", `{"Name":"` + long + `"}`, validation, ""},
		{"PutRule", `{"Name":"a b"}`, validation, ""},
		{"PutRule", `{"Name":7}`, "SerializationException", ""},
		{"PutRule", `{"Name":"x"}`, validation, "Parameter(s) EventPattern or ScheduleExpression must be specified."},
		{"PutRule", `{"Name":"x","EventPattern":"","ScheduleExpression":""}`, validation, "Parameter(s) EventPattern or ScheduleExpression must be specified."},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":[1]}","State":"ON"}`, validation, ""},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":[1]}","Description":"a\u0000b"}`, validation, ""},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":[1]}","EventBusName":"mine"}`, missing, "Event bus mine does not exist."},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":[1]}","EventBusName":"arn:aws:events:eu-west-1:111122223333:event-bus/default"}`, missing,
			"Event bus arn:aws:events:eu-west-1:111122223333:event-bus/default does not exist."},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":1}"}`, "InvalidEventPatternException",
			"Event pattern is not valid. Reason: \"a\" must be an object or an array\n at [Source: (String)\"{\"a\":1}\"; line: 1, column: 7]"},
		{"PutRule", `{"Name":"x","EventPattern":"{}"}`, "InvalidEventPatternException", ""},
		{"PutRule", `{"Name":"x","EventPattern":"{\"a\":[1]}","Tags":[{"Key":"k","Value":"1"},{"Key":"k","Value":"2"}]}`, validation, "Invalid parameter: Duplicated keys are not allowed."},
		{"PutRule", `{"Name":"x","ScheduleExpression":"rate(1 minutes)"}`, validation, "Parameter ScheduleExpression is not valid."},
		{"PutRule", `{"Name":"x","ScheduleExpression":"rate(0 days)"}`, validation, "Parameter ScheduleExpression is not valid."},
		{"PutRule", `{"Name":"x","ScheduleExpression":"cron(0 10 * * ?)"}`, validation, "Parameter ScheduleExpression is not valid."},
		{"PutRule", `{"Name":"x","ScheduleExpression":"rate(1 day)","EventBusName":"mine"}`, validation, "ScheduleExpression is supported only on the default event bus."},
		{"DescribeRule", `{"Name":"x"}`, missing, "Rule x does not exist on EventBus default."},
		{"DescribeRule", `{"Name":"r","EventBusName":"mine"}`, missing, "Event bus mine does not exist."},
		{"EnableRule", `{"Name":"x"}`, missing, "Rule x does not exist on EventBus default."},
		{"DisableRule", `{"Name":"x"}`, missing, "Rule x does not exist on EventBus default."},
		{"DeleteRule", `{"Name":"r"}`, validation, "Rule can't be deleted since it has targets."},
		{"DeleteRule", `{"Name":"r","Force":true}`, validation, "Rule can't be deleted since it has targets."},
		{"DeleteRule", `{"Name":"r","EventBusName":"mine"}`, missing, "Event bus mine does not exist."},
		{"ListRules", `{"Limit":0}`, validation, ""},
		{"ListRules", `{"Limit":101}`, validation, ""},
		{"ListRules", `{"NextToken":"AAAA"}`, validation, "The paging token is not valid for this request."},
		{"ListRules", `{"EventBusName":"mine"}`, missing, "Event bus mine does not exist."},
		{"PutTargets", `{"Rule":"r","Targets":[]}`, validation, ""},
		{"PutTargets", `{"Rule":"r","Targets":[{"Id":"a","Arn":"x"}]}`, validation, "Parameter x is not valid. Reason: Provided Arn is not in correct format."},
		{"PutTargets", `{"Rule":"x","Targets":[{"Id":"a","Arn":"arn:aws:sqs:us-east-1:1:q"}]}`, missing, "Rule x does not exist on EventBus default."},
		{"PutTargets", `{"Rule":"r","Targets":[{"Id":"a","Arn":"arn:aws:sqs:us-east-1:1:q","Input":"1","InputPath":"$"}]}`, validation,
			"Only one of Input, InputPath, or InputTransformer must be provided for target a."},
		{"PutTargets", `{"Rule":"r","Targets":[{"Id":"ok","Arn":"arn:aws:sqs:us-east-1:1:q"},{"Id":"a","Arn":"arn:aws:sqs:us-east-1:1:q","Input":"{"}]}`, validation,
			"JSON syntax error in input for target a"},
		{"RemoveTargets", `{"Rule":"x","Ids":["a"]}`, missing, "Rule x does not exist on EventBus default."},
		{"RemoveTargets", `{"Rule":"r","Ids":[]}`, validation, ""},
		{"ListTargetsByRule", `{"Rule":"x"}`, missing, "Rule x does not exist on EventBus default."},
		{"ListTargetsByRule", `{"Rule":"r","NextToken":"AAAA"}`, validation, "The paging token is not valid for this request."},
		{"ListRuleNamesByTarget", `{}`, validation, ""},
		{"TestEventPattern", `{"EventPattern":"{\"a\":1}","Event":"{}"}`, "InvalidEventPatternException", ""},
		{"TestEventPattern", `{"EventPattern":"{\"a\":[1]}","Event":"{"}`, validation, "Parameter Event is not valid."},
		{"TestEventPattern", `{"EventPattern":"{\"a\":[1]}","Event":"{\"id\":\"1\"}"}`, validation, "Parameter Event is not valid."},
		{"TagResource", `{"ResourceARN":"arn:aws:events:us-east-1:111122223333:rule/x","Tags":[{"Key":"k","Value":"v"}]}`, missing, "Rule x does not exist on EventBus default."},
		{"TagResource", `{"ResourceARN":"arn:aws:events:us-east-1:444455556666:rule/r","Tags":[{"Key":"k","Value":"v"}]}`, missing, ""},
		{"TagResource", `{"ResourceARN":"arn:aws:events:us-east-1:111122223333:rule/mine/r","Tags":[{"Key":"k","Value":"v"}]}`, missing, "Event bus mine does not exist."},
		{"TagResource", `{"ResourceARN":"arn:aws:events:us-east-1:111122223333:rule/r","Tags":[{"Key":"tocsin/late","Value":"never"}]}`, validation,
			"The value of the tag tocsin/late must be one of: page, open, drop."},
		{"PutRule", `{"Name":"t","EventPattern":"{\"a\":[1]}","Tags":[{"Key":"tocsin/lat","Value":"open"}]}`, validation,
			"There is no tag tocsin/lat of rules: of those that begin with tocsin/ there is tocsin/late."},
		{"UntagResource", `{"ResourceARN":"arn:aws:events:us-east-1:111122223333:rule/x","TagKeys":["k"]}`, missing, "Rule x does not exist on EventBus default."},
		{"ListTagsForResource", `{"ResourceARN":"x"}`, missing, ""},
		{"DescribeEventBus", `{"Name":"mine"}`, missing, "Event bus mine does not exist."},
		{"PutEvents", `{"Entries":[]}`, validation, ""},
		{"PutEvents", `{"Entries":[` + strings.Repeat(`{},`, 10) + `{}]}`, validation, ""},
		{"PutEvents", `{"Entries":[{"Time":"now"}]}`, "SerializationException", ""},
		{"PutEvents", `{"Entries":[{"Source":"\ud800"}]}`, "SerializationException", ""},
		{"PutEvents", "{\"Entries\":[{\"Source\":\"\xff\"}]}", "SerializationException", ""},
		{"PutEvents", `{"Entries":[{"Source":"a","DetailType":"b\u0000","Detail":"{}"}]}`, validation, ""},
		{"PutEvents", `{"Entries":[{"Source":"a","DetailType":"b","Detail":"` + strings.Repeat("x", 1<<20) + `"}]}`, validation, "Total size of the entries in the request is over the limit."},
	}
	before := s.audits()
	for _, tt := range tests {
		got := s.post("ADMIN", tt.op, tt.body)
		if got.Status != http.StatusBadRequest || got.Type != tt.wantType || tt.want != "" && got.Message != tt.want || got.Message == "" {
			t.Errorf("%s %.200s\n got %d %s: %s\nwant 400 %s: %s", tt.op, tt.body, got.Status, got.Type, got.Message, tt.wantType, tt.want)
		}
	}
	if now := s.audits(); now != before {
		t.Errorf("bad requests wrote %d changes", now-before)
	}
	if got := s.post("ADMIN", "CreateEventBus", `{"Name":"mine"}`); got.Status != http.StatusNotImplemented {
		t.Errorf("CreateEventBus answers %+v", got)
	}
	targets := s.post("ADMIN", "ListTargetsByRule", `{"Rule":"r"}`)
	if d := cmp.Diff(`{"Targets":[{"Id":"t","Arn":"arn:aws:sqs:us-east-1:1:q"}]}`, targets.Body); d != "" {
		t.Errorf("targets changed (-want +got):\n%s", d)
	}
}
