package events

import (
	"context"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
)

// DescribeEventBus shows the bus default; there is no other yet.
func (s *Server) DescribeEventBus(ctx context.Context, in *wire.DescribeEventBusInput) (*wire.DescribeEventBusOutput, error) {
	who := api.Who(ctx)
	name, err := busName(who, in.Name)
	if err != nil {
		return nil, err
	}
	if err := bus.KnownBus(name); err != nil {
		return nil, err
	}
	return &wire.DescribeEventBusOutput{Name: &name, Arn: new(string(busARN(who, name)))}, nil
}

// ListEventBuses lists the bus default, unless its name has not the prefix.
func (s *Server) ListEventBuses(ctx context.Context, in *wire.ListEventBusesInput) (*wire.ListEventBusesOutput, error) {
	who := api.Who(ctx)
	p, err := s.page(who, in.Limit, in.NextToken, "ListEventBuses", text(in.NamePrefix))
	if err != nil {
		return nil, err
	}
	out := &wire.ListEventBusesOutput{EventBuses: []wire.EventBus{}}
	if name := tocsin.DefaultBus; strings.HasPrefix(name, text(in.NamePrefix)) && name > p.after {
		out.EventBuses = append(out.EventBuses, wire.EventBus{Name: &name, Arn: new(string(busARN(who, name)))})
	}
	return out, nil
}
