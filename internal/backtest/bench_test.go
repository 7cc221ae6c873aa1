package backtest

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"encoding/json"

	"github.com/klauspost/compress/gzip"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/pattern"
)

// benchData writes the logs once and keeps them for the next time: 128 MiB of
// JSON, or as many bytes as TOCSIN_BENCH_BYTES says.
func benchData(b *testing.B) ([]source.Input, cloudtrailgen.Manifest) {
	b.Helper()
	o := cloudtrailgen.Defaults()
	o.Bytes = 128 << 20
	if n, err := strconv.ParseInt(os.Getenv("TOCSIN_BENCH_BYTES"), 10, 64); err == nil {
		o.Bytes = n
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "tocsin-bench", fmt.Sprintf("cloudtrail-%d-%d", o.Seed, o.Bytes))
	var m cloudtrailgen.Manifest
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json")) // written last
	if err == nil {
		err = json.Unmarshal(text, &m)
	} else {
		m, err = cloudtrailgen.Write(dir, o)
	}
	if err != nil {
		b.Fatal(err)
	}
	inputs, err := source.Files(filepath.Join(dir, "AWSLogs"))
	if err != nil {
		b.Fatal(err)
	}
	return inputs, m
}

// gunzip only decompresses, a file per worker, with the library that a backtest
// uses and with its buffers kept as well.
func gunzip(b *testing.B, inputs []source.Input, workers int) time.Duration {
	start := time.Now()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			in := bufio.NewReaderSize(nil, 64<<10)
			var z gzip.Reader
			for i := next.Add(1) - 1; i < int64(len(inputs)); i = next.Add(1) - 1 {
				f, err := os.Open(inputs[i].Path)
				if err != nil {
					b.Error(err)
					return
				}
				in.Reset(f)
				if err = z.Reset(in); err == nil {
					_, err = io.Copy(io.Discard, &z)
				}
				f.Close()
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

// BenchmarkGzip is a backtest of the generator's eleven probes over compressed
// logs, beside decompressing them and nothing else: x_gunzip is the ratio of their
// times, the median of pairs that ran one after the other. The probes are asked of
// records as they stand; of their events; as rules that are ENABLED and ask for a
// detail-type, as most do; and those with their near misses.
func BenchmarkGzip(b *testing.B) {
	inputs, m := benchData(b)
	for _, as := range []string{"record", "event", "rule", "near"} {
		o := Options{AsRecord: as == "record", Near: as == "near", OpenFor: 4 * time.Hour}
		if o.AsRecord {
			o.Rules = rulesOf(b, m.ProbePattern)
		} else {
			o.Rules = rulesOf(b, wrapped(m.ProbePattern))
		}
		if as == "rule" || as == "near" {
			o.Rules = enabled(b, o.Rules)
		}
		for _, cores := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/cores=%d", as, cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				o.Workers = cores
				benchGzip(b, inputs, &m, o)
			})
		}
	}
}

func benchGzip(b *testing.B, inputs []source.Input, m *cloudtrailgen.Manifest, o Options) {
	b.SetBytes(m.Bytes)
	var ratios []float64
	for b.Loop() {
		alone := gunzip(b, inputs, o.Workers)
		start := time.Now()
		r, err := Run(b.Context(), inputs, o, new(Progress))
		if err != nil {
			b.Fatal(err)
		}
		ratios = append(ratios, float64(time.Since(start))/float64(alone))
		for _, rule := range r.Rules {
			if n := rule.Matches + rule.ReadOnly; n != m.ProbeCounts[rule.Name] {
				b.Fatalf("%s: %d matches of %d", rule.Name, n, m.ProbeCounts[rule.Name])
			}
		}
	}
	slices.SortFunc(ratios, cmp.Compare[float64])
	b.ReportMetric(ratios[len(ratios)/2], "x_gunzip")
}

// enabled makes of patterns for detail what rules in the state ENABLED have.
func enabled(b *testing.B, rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		text := `{"source":[{"prefix":"aws."}],"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail",` +
			`"AWS Service Event via CloudTrail"],` + out[i].Pattern.String()[1:]
		p, err := pattern.Compile([]byte(text), pattern.Service)
		if err != nil {
			b.Fatal(err)
		}
		out[i].Pattern, out[i].State = p, tocsin.RuleEnabled
	}
	return out
}
