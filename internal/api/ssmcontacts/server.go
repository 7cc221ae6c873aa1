// Package ssmcontacts answers AWS Systems Manager Incident Manager Contacts'
// API: contacts, their channels and plans, rotations and their shifts, engagements,
// pages and receipts. The rules stand in packages engagement and oncall; the rest is
// read from and written to the store.
package ssmcontacts

import (
	"context"
	"errors"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

const name = "ssm-contacts"

// noQuota stands where the model demands the code of a quota: ours have none.
const noQuota = "L-00000000"

// Server answers the service's operations.
type Server struct {
	wire.Unimplemented
	DB    *store.DB
	Pager *aws.Pager
}

// New gives the service's operation table.
func New(db *store.DB, pager *aws.Pager) *aws.Service {
	return wire.Service(&Server{DB: db, Pager: pager}, faults)
}

// faults turns errors of the domain into the service's exceptions; others stay
// faults of ours.
func faults(err error) error {
	if errors.Is(err, aws.ErrBadToken) {
		err = tocsin.Refuse("Invalid value provided - NextToken", tocsin.Field{Name: "NextToken", Message: "is not a token of this list"})
	}
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	resource, kind := e.Resource, e.ResourceType
	switch e.Kind {
	case tocsin.Invalid:
		return invalid(e)
	case tocsin.NotFound:
		return &wire.ResourceNotFoundException{Message: e.Message, ResourceId: resource, ResourceType: kind}
	case tocsin.Conflict:
		if kind == "" { // an idempotency token is no resource, and not all of its operations have this exception
			return invalid(tocsin.Refuse("Invalid value provided - "+e.Message, tocsin.Field{Name: "IdempotencyToken", Message: "was used before with other parameters"}))
		}
		out := &wire.ConflictException{Message: e.Message, ResourceId: resource, ResourceType: kind}
		for _, d := range e.Dependents {
			out.DependentEntities = append(out.DependentEntities, wire.DependentEntity{RelationType: d.Relation, DependentResourceIds: d.IDs})
		}
		return out
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Quota:
		return &wire.ServiceQuotaExceededException{Message: e.Message, ResourceId: api.Optional(resource), ResourceType: api.Optional(kind), QuotaCode: noQuota, ServiceCode: name}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message}
	case tocsin.Internal:
	}
	return err
}

func invalid(e *tocsin.Error) error {
	out := &wire.ValidationException{Message: e.Message, Reason: new(wire.ValidationExceptionReasonOther)}
	for _, f := range e.Fields {
		out.Reason = new(wire.ValidationExceptionReasonFieldValidationFailed)
		out.Fields = append(out.Fields, wire.ValidationExceptionField{Name: f.Name, Message: f.Message})
	}
	return out
}

// view and update run fn for the caller, in an account that has a replication set.
func (s *Server) view(ctx context.Context, fn func(*store.Tx) error) error {
	return s.DB.View(ctx, api.Who(ctx), ready(fn))
}

func (s *Server) update(ctx context.Context, fn func(*store.Tx) error) error {
	return s.DB.Update(ctx, api.Who(ctx), ready(fn))
}

func ready(fn func(*store.Tx) error) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		if err := incident.Ready(tx); err != nil {
			return err
		}
		return fn(tx)
	}
}

// scope is where an idempotency token of an operation counts: in one region.
func scope(tx *store.Tx, op string) string { return name + ":" + op + " " + string(tx.Region()) }

// contact gives the contact an ARN names, or a NotFound error.
func contact(tx *store.Tx, arn string) (*tocsin.Contact, error) {
	c, err := tx.Contact(tocsin.ARN(arn))
	if err == nil && c == nil {
		err = tocsin.Missing(tocsin.TypeContact, arn)
	}
	return c, err
}

func channel(tx *store.Tx, arn string) (*store.ChannelRow, error) {
	c, err := tx.Channel(tocsin.ARN(arn))
	if err == nil && c == nil {
		err = tocsin.Missing(tocsin.TypeChannel, arn)
	}
	return c, err
}

func rotation(tx *store.Tx, arn string) (*tocsin.Rotation, error) {
	r, err := tx.Rotation(tocsin.ARN(arn))
	if err == nil && r == nil {
		err = tocsin.Missing(tocsin.TypeRotation, arn)
	}
	return r, err
}

func page(tx *store.Tx, arn string) (*store.PageRow, error) {
	p, err := tx.Page(tocsin.ARN(arn))
	if err == nil && p == nil {
		err = tocsin.Missing(tocsin.TypePage, arn)
	}
	return p, err
}

func engagementOf(tx *store.Tx, arn string) (*store.EngagementRow, error) {
	e, err := tx.Engagement(tocsin.ARN(arn))
	if err == nil && e == nil {
		err = tocsin.Missing(tocsin.TypeEngagement, arn)
	}
	return e, err
}
