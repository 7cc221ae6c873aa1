package server

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// metrics are what /metrics shows. Two numbers matter: how long from an event
// being accepted to its page being handed over, and how old the oldest page is
// that is due and not yet handed over.
type metrics struct {
	registry   *prometheus.Registry
	handed     prometheus.Histogram
	operations *prometheus.CounterVec
	findings   *prometheus.GaugeVec
	sources    *sourceMetrics
}

func newMetrics(db *store.DB, version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		handed: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tocsin_event_to_page_seconds", Help: "Time from a page being caused (the event accepted, the stage due) to a provider or the outbox having it.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tocsin_operations_total", Help: "API operations by service, operation and outcome (ok or the exception's name).",
		}, []string{"service", "operation", "outcome"}),
		findings: newFindings(),
		sources:  &sourceMetrics{},
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "tocsin_info", Help: "1; the version is a label.", ConstLabels: prometheus.Labels{"version": version}})
	info.Set(1)
	m.registry.MustRegister(m.handed, m.operations, m.findings, m.sources, info, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &storeMetrics{db})
	return m
}

func (m *metrics) delivered(accepted, handed time.Time) {
	m.handed.Observe(handed.Sub(accepted).Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// storeMetrics asks the store at each scrape.
type storeMetrics struct{ db *store.DB }

var (
	oldestPage = prometheus.NewDesc("tocsin_oldest_due_page_seconds", "Age of the oldest page that is due and not handed over; 0 when there is none.", nil, nil)
	openNow    = prometheus.NewDesc("tocsin_open_incidents", "Incidents that are open.", nil, nil)
	scrapeFail = prometheus.NewDesc("tocsin_store_up", "1 when the store answers.", nil, nil)
)

// Describe names the metrics.
func (s *storeMetrics) Describe(c chan<- *prometheus.Desc) {
	c <- oldestPage
	c <- openNow
	c <- scrapeFail
}

// Collect reads them from the store.
func (s *storeMetrics) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var age float64
	var open int
	err := s.db.View(ctx, store.Who{}, func(tx *store.Tx) error {
		due, ok, err := tx.OldestDue(string(job.Page))
		if err != nil {
			return err
		}
		if ok {
			age = tx.Now().Sub(due).Seconds()
		}
		open, err = tx.OpenIncidents()
		return err
	})
	up := 1.0
	if err != nil {
		up = 0
	} else {
		c <- prometheus.MustNewConstMetric(oldestPage, prometheus.GaugeValue, age)
		c <- prometheus.MustNewConstMetric(openNow, prometheus.GaugeValue, float64(open))
	}
	c <- prometheus.MustNewConstMetric(scrapeFail, prometheus.GaugeValue, up)
}
