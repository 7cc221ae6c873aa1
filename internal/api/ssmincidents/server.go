// Package ssmincidents answers AWS Systems Manager Incident Manager's API:
// replication sets, response plans, incidents, timelines, related items and
// tags. What has a consequence goes through package incident; the rest is read
// from and written to the store.
package ssmincidents

import (
	"context"
	"errors"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

const name = "ssm-incidents"

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
		return &wire.ValidationException{Message: "The nextToken is not valid for this request."}
	}
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case tocsin.Invalid:
		return &wire.ValidationException{Message: e.Message}
	case tocsin.NotFound:
		return &wire.ResourceNotFoundException{Message: e.Message, ResourceIdentifier: api.Optional(e.Resource), ResourceType: resourceType(e.ResourceType)}
	case tocsin.Conflict:
		return &wire.ConflictException{Message: e.Message, ResourceIdentifier: api.Optional(e.Resource), ResourceType: resourceType(e.ResourceType)}
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Quota:
		return &wire.ServiceQuotaExceededException{Message: e.Message, ResourceIdentifier: api.Optional(e.Resource), ResourceType: resourceType(e.ResourceType), QuotaCode: noQuota, ServiceCode: name}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message, QuotaCode: noQuota, ServiceCode: name}
	case tocsin.Internal:
	}
	return err
}

// resourceType is AWS's word, where the exception has one for it.
func resourceType(t string) *wire.ResourceType {
	switch t {
	case tocsin.TypeResponsePlan, tocsin.TypeIncident, tocsin.TypeTimelineEvent, tocsin.TypeReplicationSet:
		return new(wire.ResourceType(t))
	}
	return nil
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
