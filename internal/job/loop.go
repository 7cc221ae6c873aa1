package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin/internal/store"
)

var errLeaseLost = errors.New("the lease was lost: another worker has the job")

// loop works one queue. It holds no jobs but the ones that run; what is to be
// done next is always asked of the store.
type loop struct {
	*Runner
	q    *queue
	wake chan struct{} // poked: something is due earlier than thought
	free chan struct{} // a worker has become free

	mu   sync.Mutex
	next time.Time // when the earliest job is due; zero when none is known
	busy int
	all  sync.WaitGroup
}

// poke says that a job is due at the given instant. It never blocks: the
// store's writer calls it.
func (l *loop) poke(due time.Time) {
	l.mu.Lock()
	earlier := l.next.IsZero() || due.Before(l.next)
	if earlier {
		l.next = due
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
	l.next = time.Time{} // pokes from here on are news
	l.mu.Unlock()
	jobs, next, err := l.take(ctx, room)
	if err != nil {
		if ctx.Err() == nil {
			l.log.Error("cannot take jobs", "queue", l.q.name, "error", err)
		}
		l.pokeAt(time.Now().Add(storeRetry))
		return
	}
	if l.q.inTx {
		l.together(ctx, jobs)
	} else {
		for _, j := range jobs {
			l.start(ctx, j)
		}
	}
	if !next.IsZero() {
		l.pokeAt(next)
	}
}

func (l *loop) pokeAt(t time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next.IsZero() || t.Before(l.next) {
		l.next = t
	}
}

// take gives due jobs, leased where their work is outside, and the instant the
// next one is due.
func (l *loop) take(ctx context.Context, room int) (jobs []store.Job, next time.Time, err error) {
	who := store.Who{Principal: l.self}
	read := func(tx *store.Tx) error {
		if l.q.inTx {
			jobs, err = tx.DueJobs(string(l.q.name), room)
		} else {
			jobs, err = tx.ClaimJobs(string(l.q.name), tx.Now().Add(lease), room)
		}
		if err != nil {
			return err
		}
		if l.q.inTx && len(jobs) > 0 {
			next = tx.Now() // look again once these are done
			return nil
		}
		var ok bool
		if next, ok, err = tx.NextJob(string(l.q.name)); !ok {
			next = time.Time{}
		}
		return err
	}
	if l.q.inTx {
		err = l.db.View(ctx, who, read)
	} else {
		err = l.db.Update(ctx, who, read)
	}
	return jobs, next, err
}

// together does jobs whose work is a transaction; their commits are grouped.
func (l *loop) together(ctx context.Context, jobs []store.Job) {
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Go(func() { l.inside(ctx, j) })
	}
	wg.Wait()
}

func (l *loop) who(j store.Job) store.Who {
	return store.Who{Account: j.Account, Region: j.Region, Principal: l.self}
}

func (l *loop) inside(ctx context.Context, j store.Job) {
	ctx = context.WithoutCancel(ctx) // what is begun is finished
	err := l.db.Update(ctx, l.who(j), func(tx *store.Tx) error {
		got, err := tx.TakeJob(j.ID)
		if err != nil || got == nil {
			return err
		}
		w, ok := l.q.kinds[got.Kind]
		if !ok {
			return fmt.Errorf("no worker for jobs of kind %s", got.Kind)
		}
		return w.in(tx, got.Args)
	})
	if err != nil {
		l.again(ctx, j, err)
	}
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
