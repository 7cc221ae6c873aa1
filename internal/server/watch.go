package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// watcher is the principal of what the watches write, as AWS names the service.
const watcher = "config.amazonaws.com"

// prepareWatch makes the watches ready, before the bus is loaded.
func (s *Server) prepareWatch(db *store.DB, b *bus.Bus) {
	s.watch = &watch.Service{DB: db, Bus: b, Log: s.o.Log, Account: s.o.Account, Principal: watcher, Configs: s.o.watches}
	s.watch.Prepare()
}

// keepWatch has the watches look until the server stops.
func (s *Server) keepWatch(ctx context.Context, m *metrics) {
	m.registry.MustRegister(&watchMetrics{s.watch})
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.watch.Run(run); err != nil {
			s.o.Log.Error("cannot watch", "error", err)
		}
	}()
	s.onStop(func() { cancel(); <-done })
}

// watchMetrics tells how the watches do.
type watchMetrics struct{ *watch.Service }

var (
	watchLabels    = []string{"watch"}
	watchUp        = prometheus.NewDesc("tocsin_watch_up", "0 when the last round of a watch failed in part or whole, 1 otherwise.", watchLabels, nil)
	watchLast      = prometheus.NewDesc("tocsin_watch_last_round_timestamp_seconds", "When a watch last could read all its resources; 0 for never.", watchLabels, nil)
	watchTook      = prometheus.NewDesc("tocsin_watch_round_seconds", "How long the last round of a watch took.", watchLabels, nil)
	watchResources = prometheus.NewDesc("tocsin_watch_resources", "Resources that a watch found in its last good round.", watchLabels, nil)
)

// Describe names the metrics.
func (w *watchMetrics) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{watchUp, watchLast, watchTook, watchResources} {
		c <- d
	}
}

// Collect asks every watch.
func (w *watchMetrics) Collect(c chan<- prometheus.Metric) {
	for _, st := range w.Status() {
		send := func(d *prometheus.Desc, v float64) {
			c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, st.Name)
		}
		up, last := 1.0, 0.0
		if st.Err != nil {
			up = 0
		}
		if !st.Last.IsZero() {
			last = float64(st.Last.UnixMilli()) / 1000
		}
		send(watchUp, up)
		send(watchLast, last)
		send(watchTook, st.Took.Seconds())
		send(watchResources, float64(st.Resources))
	}
}
