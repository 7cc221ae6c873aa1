package events

import (
	"context"

	"github.com/tocsin-io/tocsin"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/pattern"
)

// envelope is what an event must have to be tested. AWS's page lists resources as
// well; its service does without.
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
var envelope = []string{"id", "account", "source", "time", "region", "detail-type"}

// TestEventPattern says whether a pattern matches an event.
func (s *Server) TestEventPattern(_ context.Context, in *wire.TestEventPatternInput) (*wire.TestEventPatternOutput, error) {
	p, err := pattern.Compile([]byte(in.EventPattern), pattern.Service)
	if err != nil {
		return nil, err
	}
	event := []byte(in.Event)
	if pattern.Check(event) != nil || !has(event, envelope) {
		return nil, tocsin.Refuse("Parameter Event is not valid.")
	}
	return &wire.TestEventPatternOutput{Result: new(p.Match(event))}, nil
}
