// Package cloudtrailgen writes synthetic CloudTrail logs for benchmarks, tests
// and the demo, laid out and compressed as CloudTrail delivers them to S3:
//
//	DIR/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHMMZ_XXXXXXXXXXXXXXXX.json.gz
//
// Every file is {"Records":[...]} on one line. What is written is a function of
// the Options alone: the same seed gives the same bytes whatever the number of
// workers, because each file has a random source of its own.
//
// While writing it counts how many records satisfy each of its probes, from its
// own knowledge of what it wrote, and leaves the counts in DIR/manifest.json with
// the event pattern that asks the same question, so that a backtest can be timed
// and checked at once.
package cloudtrailgen

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say what is written. Defaults gives those that the published counts
// are of.
type Options struct {
	Seed     uint64
	Bytes    int64     // of uncompressed JSON, about
	Accounts int       // number of AWS accounts
	Start    time.Time // of the first file
	PerFile  int       // most records in one file; more than 200
	Workers  int       // parallel writers; does not change the output
	Level    int       // of gzip
}

// Defaults are a GiB of JSON from November 2026, about 160 MB compressed.
func Defaults() Options {
	return Options{
		Seed: 1, Bytes: 1 << 30, Accounts: 4, PerFile: 4000, Workers: 2, Level: 6,
		Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
}

// Manifest is what was written.
type Manifest struct {
	Files        int64             `json:"files"`
	Records      int64             `json:"records"`
	Bytes        int64             `json:"json_bytes"`
	GzBytes      int64             `json:"gz_bytes"`
	Seed         uint64            `json:"seed"`
	PerFile      int               `json:"records_per_file_max"`
	ProbeCounts  map[string]int64  `json:"probe_counts"`   // by probe, how many records
	ProbePattern map[string]string `json:"probe_patterns"` // over the bare record
}

// plan makes a file's generator, how many records it holds, and its name.
func (o Options) plan(i int) (g *gen, records int, name string) {
	g = newGen(o.Seed, uint64(i)*0x9e3779b97f4a7c15+1)
	g.account = fmt.Sprintf("%012d", 111122223333+uint64(g.r.IntN(o.Accounts))*111111111)
	g.region = regions[g.r.IntN(len(regions))]
	g.t = o.Start.Add(time.Duration(i/8) * 5 * time.Minute)
	records = 200 + g.r.IntN(o.PerFile-200)
	g.b = make([]byte, 0, 2048*records)
	g.upper(16)
	suffix := string(g.b)
	g.b = g.b[:0]
	name = filepath.Join("AWSLogs", g.account, "CloudTrail", g.region, g.t.Format("2006/01/02"),
		fmt.Sprintf("%s_CloudTrail_%s_%s_%s.json.gz", g.account, g.region, g.t.Format("20060102T1504Z"), suffix))
	return g, records, name
}

// A file is one that a worker wrote.
type file struct {
	i                 int
	path              string
	json, gz, records int64
	counts            []int64
	err               error
}

// write makes the i-th file under dir.
func (o Options) write(dir string, i int) file {
	g, records, name := o.plan(i)
	g.s(`{"Records":[`)
	for k := range records {
		if k > 0 {
			g.s(",")
		}
		g.record()
	}
	g.s(`]}`)
	f := file{i: i, path: filepath.Join(dir, name), json: int64(len(g.b)), records: int64(records), counts: g.counts}
	var z bytes.Buffer
	zw, err := gzip.NewWriterLevel(&z, o.Level)
	if err != nil {
		f.err = fmt.Errorf("compress %s: %w", name, err)
		return f
	}
	if _, err = zw.Write(g.b); err == nil {
		err = zw.Close()
	}
	if err != nil {
		f.err = fmt.Errorf("compress %s: %w", name, err)
		return f
	}
	f.gz = int64(z.Len())
	f.err = os.MkdirAll(filepath.Dir(f.path), 0o755)
	if f.err == nil {
		f.err = os.WriteFile(f.path, z.Bytes(), 0o644)
	}
	return f
}

// Write writes files under dir until they hold o.Bytes of JSON, and the manifest.
func Write(dir string, o Options) (Manifest, error) {
	files, stop := o.start(dir)
	m := Manifest{Seed: o.Seed, PerFile: o.PerFile, ProbeCounts: map[string]int64{}, ProbePattern: map[string]string{}}
	for _, p := range probes {
		m.ProbeCounts[p.name] = 0
		m.ProbePattern[p.name] = p.pattern
	}
	// Files are counted in order, and the first that reach o.Bytes are kept, so
	// that which files there are does not depend on which worker was faster.
	var failed error
	pending := map[int]file{}
	next, done := 0, false
	for f := range files {
		pending[f.i] = f
		for y, ok := pending[next]; ok && !done; y, ok = pending[next] {
			delete(pending, next)
			next++
			m.count(y)
			failed = y.err
			if done = m.Bytes >= o.Bytes || failed != nil; done {
				close(stop)
			}
		}
	}
	for _, f := range pending {
		os.Remove(f.path) // one too many; if it stays, it is in no manifest
	}
	if failed != nil {
		return m, fmt.Errorf("write CloudTrail files: %w", failed)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "manifest.json"), append(text, '\n'), 0o644)
	}
	if err != nil {
		return m, fmt.Errorf("write the manifest: %w", err)
	}
	return m, nil
}

func (m *Manifest) count(f file) {
	m.Files++
	m.Records += f.records
	m.Bytes += f.json
	m.GzBytes += f.gz
	for i, c := range f.counts {
		m.ProbeCounts[probes[i].name] += c
	}
}

// start has workers write files, one after the other, until stop is closed; then
// files is closed.
func (o Options) start(dir string) (files <-chan file, stop chan struct{}) {
	jobs, out := make(chan int), make(chan file)
	stop = make(chan struct{})
	go func() {
		defer close(jobs)
		for i := 0; ; i++ {
			select {
			case jobs <- i:
			case <-stop:
				return
			}
		}
	}()
	var wg sync.WaitGroup
	for range max(o.Workers, 1) {
		wg.Go(func() {
			for i := range jobs {
				out <- o.write(dir, i)
			}
		})
	}
	go func() {
		wg.Wait()
		close(out)
	}()
	return out, stop
}

// Envelopes writes records as EventBridge would deliver them, one event a line,
// until there are o.Bytes.
func Envelopes(w io.Writer, o Options) (events, written int64, err error) {
	for i := 0; written < o.Bytes; i++ {
		g, records, _ := o.plan(i)
		for k := 0; k < records && written < o.Bytes; k++ {
			n, err := w.Write(g.envelope())
			written += int64(n)
			if err != nil {
				return events, written, fmt.Errorf("write events: %w", err)
			}
			events++
		}
	}
	return events, written, nil
}

// envelope makes one event, with a newline.
func (g *gen) envelope() []byte {
	g.b = g.b[:0]
	g.record()
	record := string(g.b)
	g.b = g.b[:0]
	kind := "AWS API Call via CloudTrail"
	if g.console {
		kind = "AWS Console Sign In via CloudTrail"
	}
	g.s(`{"version":"0","id":"`)
	g.uuid()
	g.s(`","detail-type":"` + kind + `","source":"aws.` + g.c.svc + `","account":"` + g.account + `","time":"` + g.t.Format(time.RFC3339) + `","region":"` + g.region + `","resources":[],"detail":`)
	g.s(record)
	g.s("}\n")
	return g.b
}
