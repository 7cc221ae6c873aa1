// Package tocsin answers our own service, beside AWS's: what the operator of a
// server asks that AWS has no operation for (the outbox, keys, people, audit,
// dead letters, sources, what a rule does, what will happen next, a test page). It is signed and called like
// any of AWS's (scope "tocsin", awsJson1.1, target "Tocsin.Operation"); the model
// is internal/awsgen/models. It reads the store and acts through the domain
// packages.
package tocsin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Server answers the service's operations.
type Server struct {
	wire.Unimplemented
	DB      *store.DB
	Keys    *auth.Keys
	Pager   *aws.Pager
	URL     string           // where people reach the console; no slash at the end
	Sources []*source.Intake // of all accounts, in the order of tocsin.yaml
	// Live tells what only the running server knows of an account; nil if nothing does.
	Live func(tocsin.Account) doctor.Live
}

// Service gives the operation table.
func (s *Server) Service() *aws.Service { return wire.Service(s, faults) }

// faults turns errors of the domain into the service's exceptions.
func faults(err error) error {
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case tocsin.Invalid:
		reason := wire.ValidationExceptionReasonOther
		var fields []wire.ValidationExceptionField
		for _, f := range e.Fields {
			reason = wire.ValidationExceptionReasonFieldValidationFailed
			fields = append(fields, wire.ValidationExceptionField{Name: f.Name, Message: f.Message})
		}
		return &wire.ValidationException{Message: e.Message, Reason: &reason, Fields: fields}
	case tocsin.NotFound:
		return &wire.ResourceNotFoundException{Message: e.Message, ResourceId: e.Resource, ResourceType: e.ResourceType}
	case tocsin.Conflict, tocsin.Quota:
		return &wire.ConflictException{Message: e.Message, ResourceId: e.Resource, ResourceType: e.ResourceType}
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message}
	case tocsin.Internal:
	}
	return err
}

// page reads a page of a list that runs from the newest to the oldest: at most
// max entries, and the token of the next page if there is one.
func page[T any](ctx context.Context, s *Server, op string, in paging, list func(*store.Tx, store.Cursor, int) ([]T, error), at func(T) store.Cursor) ([]T, *string, error) {
	who := api.Who(ctx)
	scope := aws.Scope("tocsin:"+op, string(who.Account))
	cursor, err := s.cursor(scope, in.token)
	if err != nil {
		return nil, nil, err
	}
	limit := 100
	if in.max != nil && *in.max > 0 {
		limit = min(*in.max, 1000)
	}
	var rows []T
	err = s.DB.View(ctx, who, func(tx *store.Tx) (err error) {
		rows, err = list(tx, cursor, limit+1)
		return err
	})
	if err != nil || len(rows) <= limit {
		return rows, nil, err
	}
	rows = rows[:limit]
	last := at(rows[limit-1])
	text, err := json.Marshal(last)
	if err != nil {
		return nil, nil, err
	}
	token := s.Pager.Encode(scope, string(text))
	return rows, &token, nil
}

type paging struct {
	max   *int
	token *string
}

func (s *Server) cursor(scope string, token *string) (c store.Cursor, err error) {
	if token == nil || *token == "" {
		return c, nil
	}
	text, err := s.Pager.Decode(scope, *token)
	if err == nil {
		err = json.Unmarshal([]byte(text), &c)
	}
	if err != nil {
		return c, tocsin.Refuse("Invalid value provided - NextToken", tocsin.Field{Name: "NextToken", Message: "is not a token of this list"})
	}
	return c, nil
}

// ListOutbox lists the messages that no provider could take, the newest first.
func (s *Server) ListOutbox(ctx context.Context, in *wire.ListOutboxInput) (*wire.ListOutboxOutput, error) {
	rows, next, err := page(ctx, s, "ListOutbox", paging{in.MaxResults, in.NextToken}, (*store.Tx).Outbox,
		func(m tocsin.Message) store.Cursor { return store.Cursor{Time: m.Time, ID: m.ID} })
	out := &wire.ListOutboxOutput{Messages: []wire.OutboxMessage{}, NextToken: next}
	for _, m := range rows {
		out.Messages = append(out.Messages, wire.OutboxMessage{Time: m.Time, To: m.To, Channel: string(m.Type), Kind: string(m.Kind),
			ChannelArn: new(string(m.Channel)), PageArn: new(string(m.Page)), IncidentArn: new(string(m.Incident)), Code: &m.Code, Subject: &m.Subject, Text: &m.Text})
	}
	return out, err
}

// ListAudit lists the changes made in the account, the newest first.
func (s *Server) ListAudit(ctx context.Context, in *wire.ListAuditInput) (*wire.ListAuditOutput, error) {
	rows, next, err := page(ctx, s, "ListAudit", paging{in.MaxResults, in.NextToken}, (*store.Tx).AuditLog,
		func(a store.Audit) store.Cursor { return store.Cursor{Time: a.Time, ID: a.ID} })
	out := &wire.ListAuditOutput{Records: []wire.AuditRecord{}, NextToken: next}
	for _, a := range rows {
		out.Records = append(out.Records, wire.AuditRecord{Time: a.Time, Principal: a.Principal, Address: &a.Address, Operation: a.Operation,
			Resource: &a.Resource, Detail: &a.Detail, RequestId: &a.RequestID})
	}
	return out, err
}

// ListDeadLetters lists the deliveries that were given up, the newest first.
func (s *Server) ListDeadLetters(ctx context.Context, in *wire.ListDeadLettersInput) (*wire.ListDeadLettersOutput, error) {
	rows, next, err := page(ctx, s, "ListDeadLetters", paging{in.MaxResults, in.NextToken}, (*store.Tx).DeadLetters,
		func(d tocsin.DeadLetter) store.Cursor { return store.Cursor{Time: d.Time, ID: d.ID} })
	out := &wire.ListDeadLettersOutput{DeadLetters: []wire.DeadLetter{}, NextToken: next}
	for _, d := range rows {
		out.DeadLetters = append(out.DeadLetters, wire.DeadLetter{Time: d.Time, RuleArn: new(string(d.Rule)), TargetArn: string(d.Target), ErrorCode: d.Code,
			ErrorMessage: &d.Message, EventId: &d.EventID, Event: &d.EventRaw})
	}
	return out, err
}

// ListPending lists what will happen next, the earliest first. It is a look at
// the moment and has one page.
func (s *Server) ListPending(ctx context.Context, in *wire.ListPendingInput) (*wire.ListPendingOutput, error) {
	limit := 100
	if in.MaxResults != nil && *in.MaxResults > 0 {
		limit = min(*in.MaxResults, 1000)
	}
	out := &wire.ListPendingOutput{Jobs: []wire.PendingJob{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		jobs, err := tx.Jobs(limit)
		for _, j := range jobs {
			out.Jobs = append(out.Jobs, wire.PendingJob{Due: j.Due, Queue: j.Queue, Kind: j.Kind, Attempt: j.Attempt, Subject: new(subject(j.Args)), LastError: &j.Error, LeasedUntil: set(j.Lease)})
		}
		return err
	})
	return out, err
}

// set gives an instant that is set, for members that are absent otherwise.
func set(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// subject is the ARN that a job's arguments name, if any.
func subject(args string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(args), &fields) != nil {
		return ""
	}
	for _, v := range fields {
		if s, ok := v.(string); ok && strings.HasPrefix(s, "arn:") {
			return s
		}
	}
	return ""
}

// SendTestPage engages a contact with a message that says it is a test.
func (s *Server) SendTestPage(ctx context.Context, in *wire.SendTestPageInput) (*wire.SendTestPageOutput, error) {
	out := &wire.SendTestPageOutput{}
	token := ""
	if in.IdempotencyToken != nil {
		token = *in.IdempotencyToken
	}
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		if err := incident.Ready(tx); err != nil {
			return err
		}
		out.EngagementArn, err = store.Once(tx, "tocsin:SendTestPage", token, in.ContactId, func() (string, error) { return testPage(tx, tocsin.ARN(in.ContactId)) })
		return err
	})
	return out, err
}

func testPage(tx *store.Tx, contact tocsin.ARN) (string, error) {
	e, err := engagement.Start(tx, contact, engagement.Subject{
		Sender: "Tocsin", Subject: "Test page: no action is needed", Content: "This is a test page, asked for by " + tx.Who().Principal +
			" at " + tx.Now().Format(time.RFC1123) + ". Acknowledge it with its code to see that answering works.",
		PublicSubject: "Test page", PublicContent: "No action is needed."})
	if err != nil {
		return "", err
	}
	return string(e.ARN()), nil
}
