package tocsin

import (
	"context"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
)

// maxError is how much of an error is shown, in characters.
const maxError = 1000

// ListSources tells how the sources of the caller's account do, in the order of
// tocsin.yaml. It is a look at the moment and has one page.
func (s *Server) ListSources(ctx context.Context, _ *wire.ListSourcesInput) (*wire.ListSourcesOutput, error) {
	out := &wire.ListSourcesOutput{Sources: []wire.Source{}}
	account, now := api.Who(ctx).Account, time.Now()
	for _, in := range s.Sources {
		if in.Who.Account == account {
			out.Sources = append(out.Sources, shown(in, now))
		}
	}
	return out, nil
}

func shown(in *source.Intake, now time.Time) wire.Source {
	st := in.Status()
	w := wire.Source{
		Name: in.Name, Kind: in.Kind, State: string(st.State(now)), Address: api.Optional(in.Path),
		Received: st.Received, Matched: st.Matched, Repeats: st.Repeats, Refused: st.Refused, Late: st.Late, Missed: st.Missed, Rate: st.Rate,
		LastEventTime: set(st.Last), Error: api.Optional(tocsin.Clip(st.Error, maxError)), ErrorTime: set(st.ErrorTime), TroubleSince: set(st.Since),
	}
	if !st.Last.IsZero() {
		w.LagSeconds = new(st.Lag.Seconds())
	}
	return w
}
