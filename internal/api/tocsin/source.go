package tocsin

import (
	"context"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
)

// maxError is how much of an error is shown, in characters.
const maxError = 1000

// newest is among how many dead letters those of sources are counted.
const newest = 1000

// ListSources tells how the sources of the caller's account do, in the order of
// tocsin.yaml. It is a look at the moment and has one page.
func (s *Server) ListSources(ctx context.Context, _ *wire.ListSourcesInput) (*wire.ListSourcesOutput, error) {
	out := &wire.ListSourcesOutput{Sources: []wire.Source{}}
	who, now := api.Who(ctx), time.Now()
	var letters map[tocsin.ARN]int
	err := s.DB.View(ctx, who, func(tx *store.Tx) (err error) {
		letters, err = tx.DeadLettersAt(newest)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, in := range s.Sources {
		if in.Who.Account == who.Account {
			w := shown(in, now)
			w.DeadLetters = int64(letters[in.Target()])
			out.Sources = append(out.Sources, w)
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
