// Package guardduty answers the part of GuardDuty's API that responders and drills
// need: the detector, sample findings, and findings that are listed, shown, archived
// and judged. What has a consequence goes through package finding; lists are read from
// the store.
package guardduty

import (
	"errors"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/guardduty"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

const name = "guardduty"

// Server answers the service's operations.
type Server struct {
	wire.Unimplemented
	DB    *store.DB
	Bus   *bus.Bus // loaded
	Pager *aws.Pager
}

// New gives the service's operation table.
func New(db *store.DB, b *bus.Bus, pager *aws.Pager) *aws.Service {
	return wire.Service(&Server{DB: db, Bus: b, Pager: pager}, faults)
}

// inputError is what GuardDuty calls every bad request inside of the exception.
var inputError = "InvalidInputException"

// faults turns errors of the domain into the service's exceptions: GuardDuty has one
// for all that is the caller's fault. What it does not know stays a fault of ours.
func faults(err error) error {
	if errors.Is(err, aws.ErrBadToken) {
		return &wire.BadRequestException{Message: "The request is rejected because the parameter nextToken has an invalid value.", Type: &inputError}
	}
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case tocsin.Invalid, tocsin.NotFound, tocsin.Conflict, tocsin.Quota:
		return &wire.BadRequestException{Message: e.Message, Type: &inputError}
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message}
	case tocsin.Internal:
	}
	return err
}
