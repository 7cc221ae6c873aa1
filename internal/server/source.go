package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
)

// ingest is where sources answer what is posted to them.
const ingest = "/ingest/"

// intakes starts the sources that fetch, and gives what answers for those that
// are posted to: each has the address /ingest/<name>, and what is below it.
func (s *Server) intakes(ctx context.Context, db *store.DB, b *bus.Bus, m *metrics) http.Handler {
	mux := http.NewServeMux()
	for _, c := range s.o.sources {
		in := &source.Intake{Name: c.Name, Kind: c.Kind, DB: db, Bus: b, Log: s.o.Log,
			Who: store.Who{Account: s.o.Account, Region: s.o.Region, Principal: self, Operation: "source:" + c.Name}}
		m.sources.all = append(m.sources.all, in)
		if c.Live.Door != nil {
			in.Path = ingest + c.Name
			h := c.Live.Door(in)
			mux.Handle(in.Path, h)
			mux.Handle(in.Path+"/", h)
		}
		if c.Live.Run != nil {
			s.fetch(ctx, in, c.Live.Run)
		}
	}
	mux.HandleFunc(ingest, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "there is no source of that name; sources stand in tocsin.yaml", http.StatusNotFound)
	})
	return mux
}

// sourceMetrics tells how the sources do.
type sourceMetrics struct{ all []*source.Intake } // complete before the port is served

var (
	sourceLabels   = []string{"source", "kind"}
	sourceReceived = prometheus.NewDesc("tocsin_source_events_total", "Events that a source brought.", sourceLabels, nil)
	sourceMatched  = prometheus.NewDesc("tocsin_source_matched_total", "Events of a source that a rule wanted.", sourceLabels, nil)
	sourceRepeats  = prometheus.NewDesc("tocsin_source_repeats_total", "Events of a source that a rule wanted and that had been delivered before.", sourceLabels, nil)
	sourceRefused  = prometheus.NewDesc("tocsin_source_refused_total", "Messages of a source that are no events; they stand among the dead letters.", sourceLabels, nil)
	sourceLate     = prometheus.NewDesc("tocsin_source_late_total", "Events of a source that a rule wanted and that came long after they happened.", sourceLabels, nil)
	sourceMissed   = prometheus.NewDesc("tocsin_source_missed_total", "Events that a rule wanted, found in log files, that no other source had brought in time.", sourceLabels, nil)
	sourceLag      = prometheus.NewDesc("tocsin_source_lag_seconds", "How old the last event of a source was when it came.", sourceLabels, nil)
	sourceLast     = prometheus.NewDesc("tocsin_source_last_event_timestamp_seconds", "When the last event of a source came; 0 for never.", sourceLabels, nil)
	sourceUp       = prometheus.NewDesc("tocsin_source_up", "0 when a source has trouble, 1 otherwise.", sourceLabels, nil)
)

// Describe names the metrics.
func (s *sourceMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{sourceReceived, sourceMatched, sourceRepeats, sourceRefused, sourceLate, sourceMissed, sourceLag, sourceLast, sourceUp} {
		c <- d
	}
}

// Collect asks every source.
func (s *sourceMetrics) Collect(c chan<- prometheus.Metric) {
	for _, in := range s.all {
		st := in.Status()
		send := func(d *prometheus.Desc, kind prometheus.ValueType, v float64) {
			c <- prometheus.MustNewConstMetric(d, kind, v, in.Name, in.Kind)
		}
		send(sourceReceived, prometheus.CounterValue, float64(st.Received))
		send(sourceMatched, prometheus.CounterValue, float64(st.Matched))
		send(sourceRepeats, prometheus.CounterValue, float64(st.Repeats))
		send(sourceRefused, prometheus.CounterValue, float64(st.Refused))
		send(sourceLate, prometheus.CounterValue, float64(st.Late))
		send(sourceMissed, prometheus.CounterValue, float64(st.Missed))
		send(sourceLag, prometheus.GaugeValue, st.Lag.Seconds())
		last, up := 0.0, 1.0
		if !st.Last.IsZero() {
			last = float64(st.Last.UnixMilli()) / 1000
		}
		if st.Error != "" {
			up = 0
		}
		send(sourceLast, prometheus.GaugeValue, last)
		send(sourceUp, prometheus.GaugeValue, up)
	}
}

// How long a source that cannot go on waits before it tries again.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// fetch runs a source until the server stops, and again when it gives up.
func (s *Server) fetch(ctx context.Context, in *source.Intake, run func(context.Context, *source.Intake) error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, lastPause) {
			began := time.Now()
			if err := run(ctx, in); err != nil && !errors.Is(err, context.Canceled) {
				in.Fail(err)
			}
			if time.Since(began) > lastPause {
				pause = firstPause
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
	s.onStop(func() {
		cancel()
		<-done
	})
}
