package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/tocsin-io/tocsin/internal/store"
)

// Job is what a worker that acts on the outside world is told of its job.
type Job struct {
	store.Job
	Who store.Who // to open transactions on the job's behalf
}

// Finish writes what a worker found out, in the transaction that removes its job.
type Finish func(tx *store.Tx) error

// RetryError has a job tried again after a pause of the worker's choosing.
type RetryError struct {
	After time.Duration // zero leaves the pause to the backoff
	Err   error
}

func (e *RetryError) Error() string { return e.Err.Error() }
func (e *RetryError) Unwrap() error { return e.Err }

const (
	batch      = 128         // jobs taken at once
	inOneTx    = 32          // jobs done in one transaction: others wait for it
	lease      = time.Minute // how long a worker may take, and how long a lost one is waited for
	workerTime = lease - 10*time.Second
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	storeRetry = time.Second // after an error of the database
)

// Runner holds the workers and runs the loops of their queues.
type Runner struct {
	db     *store.DB
	log    *slog.Logger
	queues map[Queue]*queue
	self   string
}

type queue struct {
	name    Queue
	inTx    bool
	workers int
	kinds   map[string]worker
}

// worker is one kind's work; exactly one of the two is set.
type worker struct {
	in func(tx *store.Tx, args string) error
	do func(ctx context.Context, j Job) (Finish, error)
}

// NewRunner makes a runner without workers. self is the principal of the
// service's own work.
func NewRunner(db *store.DB, log *slog.Logger, self string) *Runner {
	return &Runner{db: db, log: log, queues: map[Queue]*queue{}, self: self}
}

// In registers work that is done inside the transaction that removes the job,
// on behalf of the job's account and region. An error rolls all of it back and
// has it tried again.
func In[A Args](r *Runner, fn func(tx *store.Tx, args A) error) {
	var a A
	r.register(a, true, worker{in: func(tx *store.Tx, text string) error {
		var args A
		if err := json.Unmarshal([]byte(text), &args); err != nil {
			return fmt.Errorf("job arguments: %w", err)
		}
		return fn(tx, args)
	}})
}

// Do registers work on the outside world. fn gets at most 50 s. Its Finish is
// run in the transaction that removes the job. An error has the job tried again
// with growing pauses, for ever: fn itself decides when to give up, by
// returning a Finish that says so.
func Do[A Args](r *Runner, fn func(ctx context.Context, j Job, args A) (Finish, error)) {
	var a A
	r.register(a, false, worker{do: func(ctx context.Context, j Job) (Finish, error) {
		var args A
		if err := json.Unmarshal([]byte(j.Args), &args); err != nil {
			return nil, fmt.Errorf("job arguments: %w", err)
		}
		return fn(ctx, j, args)
	}})
}

// Workers sets how many jobs of a queue run at once; the default is 16.
func (r *Runner) Workers(name Queue, n int) { r.queue(name).workers = n }

func (r *Runner) queue(name Queue) *queue {
	q := r.queues[name]
	if q == nil {
		q = &queue{name: name, workers: 16, kinds: map[string]worker{}}
		r.queues[name] = q
	}
	return q
}

// register panics on a wiring mistake: a kind named twice, or a queue that
// mixes the two sorts of worker, whose jobs are taken in different ways.
func (r *Runner) register(a Args, inTx bool, w worker) {
	q := r.queue(a.Queue())
	if _, ok := q.kinds[a.Kind()]; ok {
		panic("job: two workers for " + a.Kind())
	}
	if len(q.kinds) > 0 && q.inTx != inTx {
		panic("job: queue " + string(q.name) + " mixes workers inside and outside of transactions")
	}
	q.inTx = inTx
	q.kinds[a.Kind()] = w
}

// Run takes over every lease, for whoever held one is gone, and works all
// queues until ctx ends; then it waits for the workers that are busy.
func (r *Runner) Run(ctx context.Context) error {
	var freed int
	err := r.db.Update(ctx, store.Who{Principal: r.self}, func(tx *store.Tx) (err error) {
		freed, err = tx.FreeLeases()
		return err
	})
	if err != nil {
		return fmt.Errorf("take over jobs: %w", err)
	}
	if freed > 0 {
		r.log.Info("took over jobs of a server that ended", "jobs", freed)
	}
	done := make(chan struct{})
	for _, q := range r.queues {
		l := &loop{Runner: r, q: q, wake: make(chan struct{}, 1), free: make(chan struct{}, 1)}
		r.db.OnJob(string(q.name), l.poke)
		go func() {
			defer func() { done <- struct{}{} }()
			l.run(ctx)
		}()
	}
	for range r.queues {
		<-done
	}
	for _, q := range r.queues {
		r.db.OnJob(string(q.name), nil)
	}
	return nil
}

// backoff grows from one second to five minutes, spread by half so that jobs
// that failed together do not come back together.
func backoff(attempt int) time.Duration {
	d := lastRetry
	if attempt < 20 {
		d = min(lastRetry, firstRetry<<attempt)
	}
	return d/2 + rand.N(d/2+1)
}

func pause(err error, attempt int) time.Duration {
	var r *RetryError
	if errors.As(err, &r) && r.After > 0 {
		return r.After
	}
	return backoff(attempt)
}
