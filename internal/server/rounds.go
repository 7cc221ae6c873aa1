package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
)

// The doctor makes rounds so often; the metrics show what was found last.
const (
	firstRound = 5 * time.Second // after the start: the first pages go before
	roundEvery = 5 * time.Minute
)

func newFindings() *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "tocsin_doctor_findings", Help: "What would fail if it were needed now, by kind (docs/doctor.md); of all accounts, looked at every five minutes.",
	}, []string{"kind", "severity"})
}

// live tells the doctor what is in no store. Sources and watches belong to the
// server's own account.
func (s *Server) live(sources []*source.Intake) func(tocsin.Account) doctor.Live {
	return func(a tocsin.Account) doctor.Live {
		l := doctor.Live{Providers: s.providers, Evaluates: s.watch.Covers}
		if a != s.o.Account {
			return l
		}
		for _, in := range sources {
			st := in.Status()
			l.Sources = append(l.Sources, doctor.Source{Name: in.Name, Target: in.Target(), Error: st.Error, Since: st.Since, Last: st.Last, Quiet: st.State(time.Now()) == source.Quiet})
		}
		for _, st := range s.watch.Status() {
			w := doctor.Watch{Name: st.Name, ARN: tocsin.WatchARN(st.Region, a, st.Name), Last: st.Last}
			if st.Err != nil {
				w.Error = st.Err.Error()
			}
			l.Watches = append(l.Watches, w)
		}
		return l
	}
}

// rounds has the doctor look at all accounts again and again.
func (s *Server) rounds(ctx context.Context, db *store.DB, m *metrics) {
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		timer := time.NewTimer(firstRound)
		defer timer.Stop()
		for {
			select {
			case <-run.Done():
				return
			case <-timer.C:
			}
			if err := s.round(run, db, m); err != nil && run.Err() == nil {
				s.o.Log.Warn("the doctor could not look at all", "error", err)
			}
			timer.Reset(roundEvery)
		}
	}()
	s.onStop(func() { cancel(); <-done })
}

func (s *Server) round(ctx context.Context, db *store.DB, m *metrics) error {
	var accounts []tocsin.Account
	err := db.View(ctx, store.Who{Principal: self}, func(tx *store.Tx) (err error) {
		accounts, err = tx.AllAccounts()
		return err
	})
	if err != nil {
		return err
	}
	live, counts := s.live(m.sources.all), map[[2]string]int{}
	for _, a := range accounts {
		var h doctor.House
		err := db.View(ctx, store.Who{Account: a, Region: s.o.Region, Principal: self}, func(tx *store.Tx) (err error) {
			h, err = doctor.Read(tx)
			return err
		})
		if err != nil {
			return err
		}
		h.Live = live(a)
		for _, f := range doctor.Examine(h) {
			counts[[2]string{string(f.Kind), string(f.Severity)}]++
		}
	}
	m.findings.Reset()
	for _, k := range doctor.Kinds() { // zero is a value too: an alarm on it must see the end
		m.findings.WithLabelValues(string(k), string(doctor.Error)).Set(0)
	}
	for k, n := range counts {
		m.findings.WithLabelValues(k[0], k[1]).Set(float64(n))
	}
	return nil
}
