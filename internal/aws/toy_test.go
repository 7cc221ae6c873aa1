package aws_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/aws/guardduty"
	"github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/aws/sts"
)

// The toy server answers a few operations of several services, so that what reaches a
// handler and what comes back can be looked at from outside.

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	plan   = "arn:aws:ssm-incidents::111122223333:response-plan/x"
)

type toy struct {
	*aws.Handler
	incidents *aws.Service

	mu    sync.Mutex
	calls []aws.Call // that reached a handler
	log   bytes.Buffer
}

func (t *toy) called() []aws.Call {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]aws.Call(nil), t.calls...)
}

// last returns the input of the latest call, or fails.
func last[In any](t *testing.T, s *toy) *In {
	t.Helper()
	calls := s.called()
	if len(calls) == 0 {
		t.Fatal("no call reached a handler")
	}
	in, ok := calls[len(calls)-1].Input.(*In)
	if !ok {
		t.Fatalf("the last call's input is a %T", calls[len(calls)-1].Input)
	}
	return in
}

// errMissing stands for an error of the domain, which faults turns into an exception.
var errMissing = errors.New("missing")

type incidentsHandler struct{ ssmincidents.Unimplemented }

func (incidentsHandler) StartIncident(_ context.Context, in *ssmincidents.StartIncidentInput) (*ssmincidents.StartIncidentOutput, error) {
	switch {
	case in.Title == nil:
	case *in.Title == "missing":
		return nil, errMissing
	case *in.Title == "secret":
		return nil, errors.New("dial the database: password hunter2")
	case *in.Title == "panic":
		panic("at the disco")
	}
	return &ssmincidents.StartIncidentOutput{IncidentRecordArn: "arn:aws:ssm-incidents::111122223333:incident-record/x/1"}, nil
}

func (incidentsHandler) GetIncidentRecord(_ context.Context, in *ssmincidents.GetIncidentRecordInput) (*ssmincidents.GetIncidentRecordOutput, error) {
	return &ssmincidents.GetIncidentRecordOutput{IncidentRecord: ssmincidents.IncidentRecord{
		Arn: in.Arn, Title: "naïve <&> \u2028", Impact: 3, Status: ssmincidents.IncidentRecordStatusOpen, DedupeString: "d",
		CreationTime:     time.UnixMicro(1628634837849123),
		LastModifiedTime: time.Unix(1628634837, 0),
		LastModifiedBy:   "arn:aws:iam::111122223333:root",
	}}, nil
}

func (incidentsHandler) CreateResponsePlan(context.Context, *ssmincidents.CreateResponsePlanInput) (*ssmincidents.CreateResponsePlanOutput, error) {
	return &ssmincidents.CreateResponsePlanOutput{Arn: plan}, nil
}

func (incidentsHandler) ListResponsePlans(context.Context, *ssmincidents.ListResponsePlansInput) (*ssmincidents.ListResponsePlansOutput, error) {
	return &ssmincidents.ListResponsePlansOutput{}, nil
}

func (incidentsHandler) TagResource(context.Context, *ssmincidents.TagResourceInput) (*ssmincidents.TagResourceOutput, error) {
	return nil, nil
}

func (incidentsHandler) UntagResource(context.Context, *ssmincidents.UntagResourceInput) (*ssmincidents.UntagResourceOutput, error) {
	return &ssmincidents.UntagResourceOutput{}, nil
}

func (incidentsHandler) ListTagsForResource(context.Context, *ssmincidents.ListTagsForResourceInput) (*ssmincidents.ListTagsForResourceOutput, error) {
	return &ssmincidents.ListTagsForResourceOutput{Tags: map[string]string{"k": "v", "a": ""}}, nil
}

type contactsHandler struct{ ssmcontacts.Unimplemented }

func (contactsHandler) CreateContact(_ context.Context, in *ssmcontacts.CreateContactInput) (*ssmcontacts.CreateContactOutput, error) {
	return &ssmcontacts.CreateContactOutput{ContactArn: "arn:aws:ssm-contacts:us-east-1:111122223333:contact/" + in.Alias}, nil
}

func (contactsHandler) ListContacts(context.Context, *ssmcontacts.ListContactsInput) (*ssmcontacts.ListContactsOutput, error) {
	return &ssmcontacts.ListContactsOutput{Contacts: []ssmcontacts.Contact{}}, nil
}

func (contactsHandler) GetContact(context.Context, *ssmcontacts.GetContactInput) (*ssmcontacts.GetContactOutput, error) {
	return nil, errMissing
}

func (contactsHandler) GetRotation(context.Context, *ssmcontacts.GetRotationInput) (*ssmcontacts.GetRotationOutput, error) {
	return &ssmcontacts.GetRotationOutput{RotationArn: "r", Name: "n", TimeZoneId: "UTC"}, nil
}

type eventsHandler struct{ events.Unimplemented }

func (eventsHandler) PutEvents(_ context.Context, in *events.PutEventsInput) (*events.PutEventsOutput, error) {
	out := &events.PutEventsOutput{FailedEntryCount: new(0), Entries: make([]events.PutEventsResultEntry, len(in.Entries))}
	for i := range out.Entries {
		out.Entries[i].EventId = new("11710aed-b79e-4468-a20b-bb3c0c3b4860")
	}
	return out, nil
}

func (eventsHandler) DeleteRule(context.Context, *events.DeleteRuleInput) (*events.DeleteRuleOutput, error) {
	return nil, &events.ValidationException{Message: "Rule can't be deleted since it has targets."}
}

func (eventsHandler) EnableRule(context.Context, *events.EnableRuleInput) (*events.EnableRuleOutput, error) {
	return &events.EnableRuleOutput{}, nil
}

type stsHandler struct{}

func (stsHandler) GetCallerIdentity(ctx context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	c := aws.FromContext(ctx)
	return &sts.GetCallerIdentityOutput{Account: new("111122223333"), Arn: new("arn:aws:iam::111122223333:user/<you>"), UserId: new(c.Principal.(string))}, nil
}

type detectorHandler struct{ guardduty.Unimplemented }

func (detectorHandler) ListDetectors(context.Context, *guardduty.ListDetectorsInput) (*guardduty.ListDetectorsOutput, error) {
	return &guardduty.ListDetectorsOutput{DetectorIds: []string{"12abc34d567e8fa901bc2d34e56789f0"}}, nil
}

func (*toy) keys(_ context.Context, id string) (aws.Key, error) {
	switch id {
	case keyID:
		return aws.Key{Secret: secret, Principal: "alice"}, nil
	case "AKIDBROKEN":
		return aws.Key{}, errors.New("the store is down")
	}
	return aws.Key{}, aws.ErrUnknownKey
}

func newToy(tb testing.TB) *toy {
	tb.Helper()
	s := &toy{}
	s.incidents = ssmincidents.Service(incidentsHandler{}, func(err error) error {
		if errors.Is(err, errMissing) {
			return &ssmincidents.ResourceNotFoundException{Message: "no such plan", ResourceIdentifier: new(plan), ResourceType: new(ssmincidents.ResourceTypeResponsePlan)}
		}
		return err
	})
	s.Handler = aws.NewHandler(aws.Options{
		Services: []*aws.Service{
			s.incidents,
			ssmcontacts.Service(contactsHandler{}, func(err error) error {
				if errors.Is(err, errMissing) {
					return &ssmcontacts.ResourceNotFoundException{Message: "no such contact", ResourceId: "c", ResourceType: "CONTACT"}
				}
				return nil
			}),
			events.Service(eventsHandler{}, nil),
			sts.Service(stsHandler{}, nil),
			guardduty.Service(detectorHandler{}, nil),
		},
		Keys: s.keys,
		Around: func(ctx context.Context, c *aws.Call, next func(context.Context) (any, error)) (any, error) {
			s.mu.Lock()
			s.calls = append(s.calls, *c)
			s.mu.Unlock()
			if c.Op.Name == "DeleteResponsePlan" {
				return nil, errors.New("not for you") // an authoriser's own error
			}
			return next(ctx)
		},
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	})
	return s
}

// A call is a request under construction.
type call struct {
	method, path, service, region, body string
	header                              map[string]string
	key, secret                         string
	at                                  time.Time
	spoil                               func(*http.Request) // after signing
}

func (c call) request(tb testing.TB) *http.Request {
	tb.Helper()
	if c.method == "" {
		c.method = http.MethodPost
	}
	if c.path == "" {
		c.path = "/"
	}
	r := httptest.NewRequest(c.method, "http://localhost:8117"+c.path, bytes.NewReader([]byte(c.body)))
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	if c.service != "" {
		sign(tb, r, c)
	}
	if c.spoil != nil {
		c.spoil(r)
	}
	return r
}

func sign(tb testing.TB, r *http.Request, c call) {
	tb.Helper()
	if c.key == "" {
		c.key = keyID
	}
	if c.secret == "" {
		c.secret = secret
	}
	if c.region == "" {
		c.region = "us-east-1"
	}
	if c.at.IsZero() {
		c.at = time.Now()
	}
	sum := sha256.Sum256([]byte(c.body))
	signer := v4.NewSigner()
	if err := signer.SignHTTP(tb.Context(), sdk.Credentials{AccessKeyID: c.key, SecretAccessKey: c.secret}, r, hex.EncodeToString(sum[:]), c.service, c.region, c.at); err != nil {
		tb.Fatal(err)
	}
}

// An answer is a response that has been read.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       string
}

func (c call) do(tb testing.TB, h http.Handler) answer {
	tb.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, c.request(tb))
	return answer{w.Code, w.Header(), w.Body.String()}
}

func readAll(tb testing.TB, r io.Reader) string {
	tb.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// incident is a call of the REST service, target one of a JSON service.
func incident(op, body string) call {
	return call{path: "/" + op, service: "ssm-incidents", body: body, header: map[string]string{"Content-Type": "application/json"}}
}

func target(service, prefix, op, body string) call {
	return call{service: service, body: body, header: map[string]string{"X-Amz-Target": prefix + "." + op, "Content-Type": "application/x-amz-json-1.1"}}
}
