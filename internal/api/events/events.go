// Package events answers the part of Amazon EventBridge's API that takes events
// in and says by rules where they go: PutEvents, rules, targets, tags, and the
// bus "default", which always exists. What it is asked goes to package bus, which
// matches and delivers; settings are read from the store. Everything else of
// EventBridge is answered as not implemented.
package events

import (
	"errors"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// Server answers the service's operations.
type Server struct {
	wire.Unimplemented
	DB    *store.DB
	Bus   *bus.Bus // loaded
	Pager *aws.Pager
}

// New gives the service's operation table on a store, its live rules and a maker
// of paging tokens.
func New(db *store.DB, b *bus.Bus, pager *aws.Pager) *aws.Service {
	return wire.Service(&Server{DB: db, Bus: b, Pager: pager}, faults)
}

// faults turns errors of the domain into the service's exceptions. Those it does
// not know become InternalException, and their text stays in the log.
func faults(err error) error {
	var bad *pattern.Error
	if errors.As(err, &bad) {
		return &wire.InvalidEventPatternException{Message: bad.Error()}
	}
	if errors.Is(err, aws.ErrBadToken) {
		return &wire.ValidationException{Message: "The paging token is not valid for this request."}
	}
	var e *tocsin.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Kind {
	case tocsin.Invalid:
		return &wire.ValidationException{Message: e.Message}
	case tocsin.NotFound:
		return &wire.ResourceNotFoundException{Message: e.Message}
	case tocsin.Conflict:
		return &wire.ConcurrentModificationException{Message: e.Message}
	case tocsin.Quota:
		return &wire.LimitExceededException{Message: e.Message}
	case tocsin.Denied:
		return &wire.AccessDeniedException{Message: e.Message}
	case tocsin.Throttled, tocsin.Unavailable:
		return &wire.ThrottlingException{Message: e.Message}
	case tocsin.Internal:
	}
	return err
}

// busName reads a bus given by name or ARN; nothing is the default bus. An ARN of
// another account or region is NotFound: no bus is shared.
func busName(who store.Who, given *string) (string, error) {
	if given == nil {
		return tocsin.DefaultBus, nil
	}
	if !strings.HasPrefix(*given, "arn:") {
		return *given, nil
	}
	name, ours := strings.CutPrefix(*given, string(busARN(who, "")))
	if !ours {
		return "", bus.KnownBus(*given)
	}
	return name, nil
}

func busARN(who store.Who, name string) tocsin.ARN {
	return tocsin.MakeARN(tocsin.ServiceEvents, who.Region, who.Account, "event-bus/"+name)
}

// optional gives nil for what is not set.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// page is where a list starts and how many it shows.
type page struct {
	scope string
	after string
	limit int
}

const fullPage = 100

// page reads the paging members of a list; scope is what, beside caller and
// region, the token must be bound to.
func (s *Server) page(who store.Who, limit *int, token *string, scope ...string) (page, error) {
	p := page{scope: aws.Scope(append([]string{string(who.Account), string(who.Region)}, scope...)...), limit: fullPage}
	if limit != nil {
		p.limit = *limit
	}
	var err error
	p.after, err = s.Pager.Decode(p.scope, text(token))
	return p, err
}

// next cuts a list, of which one more than the page holds was asked for, and gives
// the token of what follows.
func next[T any](s *Server, p page, list []T, key func(T) string) ([]T, *string) {
	if len(list) <= p.limit {
		return list, nil
	}
	list = list[:p.limit]
	return list, optional(s.Pager.Encode(p.scope, key(list[p.limit-1])))
}
