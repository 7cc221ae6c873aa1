package source_test

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/backtest"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// benchBytes is how much JSON is read: 64 MiB, or as many bytes as
// TOCSIN_BENCH_BYTES says.
func benchBytes() int64 {
	if n, err := strconv.ParseInt(os.Getenv("TOCSIN_BENCH_BYTES"), 10, 64); err == nil {
		return n
	}
	return 64 << 20
}

// BenchmarkTakeFiles reads CloudTrail's files as the live source does, with rules
// that want none of the records, beside a backtest of the same rules by one worker:
// of_backtest is the ratio of their rates, the median of pairs that ran one after
// the other.
func BenchmarkTakeFiles(b *testing.B) {
	inputs, m := logs(b, benchBytes())
	s := newStation(b, dbtest.SQLite(b))
	var rules []backtest.Rule
	for _, name := range []string{"trail-tampering", "root-console-no-mfa", "mass-run-instances", "never"} {
		text := `{"detail":{"awsRegion":["mars-1"],` + m.ProbePattern[name][1:] + `}`
		s.rule(name, text, tocsin.RuleEnabled)
		r, err := backtest.ParseRule(name, []byte(text))
		if err != nil {
			b.Fatal(err)
		}
		rules = append(rules, *r)
	}
	b.SetBytes(m.Bytes)
	var ratios []float64
	for b.Loop() {
		start := time.Now()
		if _, err := backtest.Run(b.Context(), inputs, backtest.Options{Rules: rules, Workers: 1, OpenFor: time.Hour}, new(backtest.Progress)); err != nil {
			b.Fatal(err)
		}
		asked := time.Since(start)
		start = time.Now()
		for _, in := range inputs {
			s.take(in)
		}
		ratios = append(ratios, float64(asked)/float64(time.Since(start)))
	}
	slices.SortFunc(ratios, cmp.Compare[float64])
	b.ReportMetric(ratios[len(ratios)/2], "of_backtest")
}

// BenchmarkFlood has a source read records that no rule wants, as fast as they are
// offered and without end, while another brings an event that opens an incident
// every 10 ms: p99-ms is how long such an event takes until its incident is
// committed, alone-p99-ms the same without the flood.
func BenchmarkFlood(b *testing.B) {
	inputs, _ := logs(b, 4<<20)
	s := newStation(b, dbtest.SQLite(b))
	s.rule("page", `{"source":["alarm"]}`, tocsin.RuleEnabled)
	page := func() float64 {
		var took []time.Duration
		pause := time.NewTicker(10 * time.Millisecond)
		defer pause.Stop()
		for range 200 {
			arrivals, err := new(source.Decoder).Decode([]byte(`{"id":"`+tocsin.NewID()+`","source":"alarm","detail-type":"x","detail":{}}`), s.in.Origin())
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			if err := s.in.Take(b.Context(), arrivals); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
			<-pause.C
		}
		slices.Sort(took)
		return float64(took[len(took)*99/100].Microseconds()) / 1000
	}
	flood := &source.Intake{Name: "flood", DB: s.db, Bus: s.in.Bus, Log: s.in.Log, Who: s.in.Who}
	for b.Loop() {
		b.ReportMetric(page(), "alone-p99-ms")
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ; i = (i + 1) % len(inputs) {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := flood.TakeFile(b.Context(), inputs[i]); err != nil {
					b.Error(err)
					return
				}
			}
		}()
		before, start := flood.Status().Received, time.Now()
		b.ReportMetric(page(), "p99-ms")
		b.ReportMetric(float64(flood.Status().Received-before)/time.Since(start).Seconds(), "offered/s")
		close(stop)
		<-done
	}
}
