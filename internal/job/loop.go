package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin/internal/fault"
	"github.com/tocsin-io/tocsin/internal/store"
)

var errLeaseLost = errors.New("the lease was lost: another worker has the job")

// loop works one queue. It holds no jobs but the ones that run and the names of
// some that wait; what is to be done next is always asked of the store.
type loop struct {
	*Runner
	q    *queue
	wake chan struct{} // poked: something is due earlier than thought
	free chan struct{} // a worker has become free
	line line

	mu     sync.Mutex
	next   time.Time // when the earliest job is due; zero when none is known
	missed time.Time // since when jobs were due that were written after the line was read; zero for none
	busy   int
	all    sync.WaitGroup
}

// poke says that a job is due at the given instant. It never blocks: the
// store's writer calls it.
func (l *loop) poke(due time.Time) {
	l.mu.Lock()
	earlier := l.next.IsZero() || due.Before(l.next)
	if earlier {
		l.next = due
	}
	if l.missed.IsZero() || due.Before(l.missed) {
		l.missed = due
	}
	l.mu.Unlock()
	if earlier {
		signal(l.wake)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *loop) run(ctx context.Context) {
	defer l.all.Wait()
	l.poke(time.Now()) // look once at the start
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, ready := l.until()
		if ready {
			l.turn(ctx)
			if ctx.Err() != nil {
				return
			}
			continue
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
		case <-l.free:
		case <-timer.C:
		}
	}
}

// until tells how long nothing is to be done, or that a turn is due.
func (l *loop) until() (time.Duration, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next.IsZero() || l.busy >= l.q.workers {
		return time.Hour, false // poked before that, or a worker comes free
	}
	wait := time.Until(l.next)
	return wait, wait <= 0
}

// turn takes what is due, as much as there are free workers, and starts it.
func (l *loop) turn(ctx context.Context) {
	l.mu.Lock()
	room := min(batch, l.q.workers-l.busy)
	missed := l.missed
	l.next, l.missed = time.Time{}, time.Time{} // pokes from here on are news
	l.mu.Unlock()
	due, next, err := l.take(ctx, room, missed)
	if err == nil && !l.q.inTx {
		var jobs []store.Job
		fault.Point("before", "claim")
		if jobs, err = l.claim(ctx, due); err == nil && len(jobs) > 0 {
			next = earlier(next, jobs[0].Lease) // a lease may be lost
		}
		fault.Point("after", "claim")
		for _, j := range jobs {
			l.start(ctx, j)
		}
	}
	if err != nil {
		if ctx.Err() == nil {
			l.log.Error("cannot take jobs", "queue", l.q.name, "error", err)
		}
		l.line = line{} // ask anew
		l.pokeAt(time.Now().Add(storeRetry))
		return
	}
	if l.q.inTx {
		l.together(ctx, due)
	}
	l.pokeAt(next)
}

func (l *loop) pokeAt(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = earlier(l.next, t)
}

// earlier gives the earlier of two instants, where zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// take gives the jobs to be done next and the instant to look again; zero when
// nothing is known to wait.
func (l *loop) take(ctx context.Context, room int, missed time.Time) (due []store.DueJob, next time.Time, err error) {
	err = l.db.View(ctx, store.Who{Principal: l.self}, func(tx *store.Tx) error {
		if due, err = l.line.take(tx, l.q, room, missed); err != nil {
			return err
		}
		if l.line.more || len(l.line.waiting) > 0 {
			next = tx.Now()
			return nil
		}
		next, _, err = tx.NextJob(string(l.q.name))
		return err
	})
	return due, next, err
}

// claim leases jobs whose work is outside; those that are gone are left out.
func (l *loop) claim(ctx context.Context, due []store.DueJob) (jobs []store.Job, err error) {
	if len(due) == 0 {
		return nil, nil
	}
	err = l.db.Update(ctx, store.Who{Principal: l.self}, func(tx *store.Tx) error {
		jobs = jobs[:0]
		until := tx.Now().Add(lease)
		for _, d := range due {
			j, err := tx.ClaimJob(d.ID, until)
			if err != nil {
				return err
			}
			if j != nil {
				jobs = append(jobs, *j)
			}
		}
		return nil
	})
	return jobs, err
}

// together does jobs whose work is a transaction, in their order, several in one:
// what is urgent is committed first, and a commit costs more than the work. Where
// one of them fails, each gets a transaction of its own.
func (l *loop) together(ctx context.Context, due []store.DueJob) {
	who := store.Who{Principal: l.self}
	for some := range slices.Chunk(due, inOneTx) {
		if ctx.Err() != nil {
			return // they are still there
		}
		ctx := context.WithoutCancel(ctx) // what is begun is finished
		err := l.db.Update(ctx, who, func(tx *store.Tx) error {
			for _, d := range some {
				j, err := tx.TakeJob(d.ID)
				if err != nil {
					return err
				}
				if err := l.inside(tx, j); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			for _, d := range some {
				l.alone(ctx, d.ID)
			}
		}
	}
}

// alone does one job whose work is a transaction.
func (l *loop) alone(ctx context.Context, id string) {
	var j *store.Job
	err := l.db.Update(ctx, store.Who{Principal: l.self}, func(tx *store.Tx) (err error) {
		if j, err = tx.TakeJob(id); err != nil {
			return err
		}
		return l.inside(tx, j)
	})
	switch {
	case err != nil && j == nil:
		l.log.Error("cannot take a job", "queue", l.q.name, "job", id, "error", err)
		l.pokeAt(time.Now().Add(storeRetry))
	case err != nil:
		l.again(ctx, *j, err)
	}
}

// inside does the work of a job that was taken; of one that is gone, nothing.
func (l *loop) inside(tx *store.Tx, j *store.Job) error {
	if j == nil {
		return nil
	}
	w, ok := l.q.kinds[j.Kind]
	if !ok {
		return fmt.Errorf("no worker for jobs of kind %s", j.Kind)
	}
	return tx.In(j.Account, j.Region, func(tx *store.Tx) error { return w.in(tx, j.Args) })
}

func (l *loop) who(j store.Job) store.Who {
	return store.Who{Account: j.Account, Region: j.Region, Principal: l.self}
}

// start runs a leased job in a goroutine of its own.
func (l *loop) start(ctx context.Context, j store.Job) {
	l.mu.Lock()
	l.busy++
	l.mu.Unlock()
	l.all.Go(func() {
		defer func() {
			l.mu.Lock()
			l.busy--
			l.mu.Unlock()
			signal(l.free)
		}()
		l.outside(ctx, j)
	})
}

func (l *loop) outside(ctx context.Context, j store.Job) {
	ctx = context.WithoutCancel(ctx)
	work, cancel := context.WithTimeout(ctx, workerTime)
	defer cancel()
	finish, err := l.call(work, j)
	if err != nil {
		l.again(ctx, j, err)
		return
	}
	fault.Point("before", "finish")
	err = l.db.Update(ctx, l.who(j), func(tx *store.Tx) error {
		mine, err := tx.FinishJob(j)
		if err != nil {
			return err
		}
		if !mine {
			return errLeaseLost
		}
		if finish == nil {
			return nil
		}
		return finish(tx)
	})
	fault.Point("after", "finish")
	switch {
	case errors.Is(err, errLeaseLost):
		l.log.Warn("a job took longer than its lease", "kind", j.Kind, "job", j.ID)
	case err != nil:
		l.again(ctx, j, err)
	}
}

// call runs the worker; its panic is an error like any other.
func (l *loop) call(ctx context.Context, j store.Job) (finish Finish, err error) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("panic in a worker", "kind", j.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in a worker: %v", p)
		}
	}()
	w, ok := l.q.kinds[j.Kind]
	if !ok {
		return nil, fmt.Errorf("no worker for jobs of kind %s", j.Kind)
	}
	return w.do(ctx, Job{Job: j, Who: l.who(j)})
}

// again puts a job that failed back into its queue.
func (l *loop) again(ctx context.Context, j store.Job, cause error) {
	wait := pause(cause, j.Attempt)
	l.log.Warn("job failed, will be tried again", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt+1, "in", wait.Round(time.Millisecond), "error", cause)
	err := l.db.Update(ctx, l.who(j), func(tx *store.Tx) error {
		failed := j
		failed.Attempt++
		_, err := tx.RescheduleJob(failed, tx.Now().Add(wait), cause.Error())
		return err
	})
	if err != nil { // its lease will run out, or it is simply still there
		l.log.Error("cannot put a failed job back", "kind", j.Kind, "job", j.ID, "error", err)
		l.pokeAt(time.Now().Add(storeRetry))
	}
}
