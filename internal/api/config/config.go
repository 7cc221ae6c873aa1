// Package config answers the part of AWS Config's API that is about rules and what
// they say: managed rules, evaluations, compliance, tags, and the configuration
// recorder and delivery channel that AWS wants before there can be rules. Rules go
// to the store, from where package watch takes them; what it found is read from the
// store. Evaluations that are put from outside take the same way as its own.
package config

import (
	"errors"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// Server answers the service's operations.
type Server struct {
	wire.Unimplemented
	DB     *store.DB
	Bus    *bus.Bus // loaded
	Pager  *aws.Pager
	Known  watch.Catalogue                 // the managed rules there are
	Wake   func()                          // has rules evaluated for which that is asked
	Covers func(r *tocsin.ConfigRule) bool // whether anything evaluates a managed rule
}

// Service gives the service's operation table.
func (s *Server) Service() *aws.Service { return wire.Service(s, faults) }

// faults turns errors of the domain into the service's exceptions. Those it does not
// know stay faults of ours, and their text in the log.
func faults(err error) error {
	if errors.Is(err, aws.ErrBadToken) {
		return &wire.InvalidNextTokenException{Message: "The nextToken provided is invalid."}
	}
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case tocsin.Invalid:
		return &wire.InvalidParameterValueException{Message: e.Message}
	case tocsin.NotFound:
		return &wire.ResourceNotFoundException{Message: e.Message}
	case tocsin.Conflict:
		return &wire.ResourceInUseException{Message: e.Message}
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Quota:
		return &wire.TooManyTagsException{Message: e.Message}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message}
	case tocsin.Internal:
	}
	return err
}

// rule gives a rule of the caller's region, or the service's word that there is none.
func rule(tx *store.Tx, name string) (*tocsin.ConfigRule, error) {
	r, err := tx.ConfigRule(name)
	if err == nil && r == nil {
		err = &wire.NoSuchConfigRuleException{Message: "The ConfigRule '" + name + "' provided in the request is invalid. Please check the configRule name."}
	}
	return r, err
}
