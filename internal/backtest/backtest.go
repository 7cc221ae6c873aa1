// Package backtest asks rules about the past: what would they have matched in the
// logs there are, how many incidents would that have been, and what did they only
// just miss.
//
// Data flow one way:
//
//	source.Input ─► source.Reader ─► record ─► source.Wrapper ─► event
//	      event ─► pattern.Set ─► Tally (one a worker) ─► merged ─► Report
//
// A Tally is a plain value that can be merged with another in any order, so that
// the Report does not depend on how many workers there were, and carrying on
// after a stop is a merge with what a file of state holds. Matching is that of
// the live bus: the same engine, the same decision about read-only management
// events, the same dedupe key.
package backtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-io/tocsin/internal/source"
)

// Options say what is asked.
type Options struct {
	Rules    []Rule
	Compare  bool // the two Rules are an old and a new one
	AsRecord bool // match records as they stand in the logs, not wrapped as events
	OpenFor  time.Duration
	Since    time.Time // events before it do not count; zero: from the first
	Until    time.Time // events from it on do not count; zero: to the last
	Samples  int       // how many of the first matches of a rule are kept, whole
	Near     bool      // count the events that miss a rule by one field
	Workers  int
	State    *State // what was done before, and where to write what is done; may be nil
	Pager    Pager  // nil: it is not asked who would be paged
}

// Progress is how far a run is. It may be read while it goes on.
type Progress struct {
	Stored atomic.Int64 // bytes read, as stored
	Bytes  atomic.Int64 // decompressed, of the files that are done
	Files  atomic.Int64 // done
}

// Run reads the inputs and answers. If ctx ends it answers for what was read
// until then, and the Report says so.
func Run(ctx context.Context, inputs []source.Input, o Options, p *Progress) (*Report, error) {
	start := time.Now()
	m, err := newMatcher(&o)
	if err != nil {
		return nil, err
	}
	total := newTally(len(m.columns), m.samples)
	skip := map[string]bool{}
	if o.State != nil {
		if skip, err = o.State.load(total, inputs); err != nil {
			return nil, err
		}
	}
	r := run{Options: o, matcher: m, progress: p, total: total, inputs: inputs, resumed: total.Bytes}
	for i := range inputs {
		if skip[inputs[i].Path] {
			p.Stored.Add(inputs[i].Size)
			p.Files.Add(1)
			continue
		}
		r.todo = append(r.todo, i)
	}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	return r.report(ctx, time.Since(start))
}

// A run is one Run.
type run struct {
	Options
	matcher  *matcher
	progress *Progress
	inputs   []source.Input
	todo     []int // of inputs
	next     atomic.Int64

	resumed int64 // bytes that were read before

	mu    sync.Mutex
	total *Tally
}

// all has the workers read what is to do.
func (r *run) all(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for range max(1, min(r.Workers, len(r.todo))) {
		wg.Go(func() {
			if err := r.work(ctx); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// work reads one file after the other. Without a State one Tally does for all of
// them; with one each file has its own, which is written when the file is done.
func (r *run) work(ctx context.Context) error {
	w := newWorker(r.matcher)
	defer func() {
		if r.State == nil {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.total.Merge(w.tally)
		}
	}()
	for ctx.Err() == nil {
		k := int(r.next.Add(1)) - 1
		if k >= len(r.todo) {
			return nil
		}
		i := r.todo[k]
		if r.State != nil {
			w.tally = newTally(len(r.matcher.columns), r.Samples)
		}
		end := w.file(ctx, &r.inputs[i], r.progress)
		r.progress.Files.Add(1)
		if r.State == nil || end == stopped {
			continue
		}
		if err := r.finish(&r.inputs[i], w.tally, end); err != nil {
			return err
		}
	}
	return nil
}

// finish counts a file, and writes down that it is done unless reading it may
// succeed another time.
func (r *run) finish(in *source.Input, t *Tally, end ending) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if end == read {
		if err := r.State.append(in, t); err != nil {
			return err
		}
	}
	r.total.Merge(t)
	return nil
}

// A worker reads files, one at a time.
type worker struct {
	*matcher
	reader source.Reader
	tally  *Tally
	about  about

	// Of the record that is matched:
	wrap  source.Wrapper
	head  source.Head
	text  []byte // the record
	event []byte // the event it is; nil as long as nobody asked for it
	hits  []int  // keys of matcher.set
	plain bool   // the record before was a CloudTrail record

	sift *source.Sifter // of records that are matched as they stand

	// Of the file that is read:
	path                    string
	record, events, unknown int64
}

func newWorker(m *matcher) *worker {
	w := &worker{matcher: m, tally: newTally(len(m.columns), m.samples), sift: source.NewSifter(m.board, source.PrincipalPaths()...)}
	w.reader.First = w.first
	return w
}

// ending is how the reading of a file ended.
type ending int

const (
	read    ending = iota // as far as the file can be read at all
	failed                // by an error that is not the file's
	stopped               // by the end of the context
)

// file reads one file.
func (w *worker) file(ctx context.Context, in *source.Input, p *Progress) ending {
	w.path, w.record, w.events, w.unknown = in.Path, 0, 0, 0
	body, err := in.Open(ctx)
	var stats source.Stats
	if err == nil {
		stats, err = w.reader.Read(&metered{ctx: ctx, r: body, n: &p.Stored}, w.take)
		body.Close() // it was only read
	}
	t := w.tally
	p.Bytes.Add(stats.Bytes)
	t.Bytes += stats.Bytes
	t.Events += w.events
	t.Malformed += stats.Malformed
	t.Long += stats.Long
	foreign := err == nil && ctx.Err() == nil && w.events == 0 && w.unknown > 0
	if !foreign { // else it is told of the file, once
		t.Unknown += w.unknown
	}
	if w.events > 0 || err == nil && !foreign {
		t.Files++
	}
	if ctx.Err() != nil {
		return stopped
	}
	if foreign {
		err = source.Unreadable("holds JSON of no known kind (--as record takes it as it is)")
	}
	if err == nil {
		return read
	}
	end, reason := failed, err.Error()
	var bad source.Unreadable
	if errors.As(err, &bad) {
		end, reason = read, string(bad)
	}
	t.Skipped = append(t.Skipped, Skip{Path: in.Path, Reason: reason, Events: w.events})
	return end
}

// metered counts what is read and ends with its context.
type metered struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64
}

func (m *metered) Read(b []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, fmt.Errorf("stopped: %w", err)
	}
	n, err := m.r.Read(b)
	m.n.Add(int64(n))
	return n, err
}
