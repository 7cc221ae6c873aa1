package source

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Intake is where a source hands over what it got. What Take has taken is
// committed: only then may the source tell its sender so.
type Intake struct {
	Name string // the source's
	Kind string
	DB   *store.DB
	Bus  *bus.Bus // loaded
	Log  *slog.Logger
	Who  store.Who // on whose behalf: the account and Region whose rules see the events
	Path string    // where it is posted to; empty where it fetches

	Files FileLimits    // of TakeFile; to be set before
	Late  time.Duration // how old a CloudTrail record is that is marked late; default [LateAfter]

	mu     sync.Mutex
	desks  []*desk // that are free
	status Status
	recent [60]int64 // how many events came in each second of the last minute
	minute int64     // the second of the last of them, since 1970
}

// Status is how a source does, since the server started.
type Status struct {
	Received  int64         // events
	Matched   int64         // that a rule wanted
	Repeats   int64         // that a rule wanted, delivered before
	Refused   int64         // messages that are no events
	Late      int64         // of those Matched, that came late
	Missed    int64         // that a rule wanted and that should have come by another source
	Rate      float64       // events a second over the last minute
	Last      time.Time     // when the last event came
	Lag       time.Duration // how old it was then
	Error     string        // the last, in words; empty if none came since the last success
	ErrorTime time.Time
	Since     time.Time // when the trouble began, of which Error is the last; zero if there is none
}

// most is how many events go to the bus in one transaction.
const most = 100

// Origin is what events get that do not say it themselves.
func (in *Intake) Origin() Origin {
	return Origin{Account: in.Who.Account, Region: in.Who.Region, Now: time.Now().UTC()}
}

// Take has events delivered. An event that is malformed is put aside, visibly. If
// it returns an error, what was to be delivered is not all kept, and is to be
// brought again; what is kept already will not be delivered twice.
func (in *Intake) Take(ctx context.Context, arrivals []bus.Arrival) error {
	for len(arrivals) > 0 {
		n := min(len(arrivals), most)
		if err := in.take(ctx, arrivals[:n]); err != nil {
			in.Fail(err)
			return err
		}
		arrivals = arrivals[n:]
	}
	return nil
}

func (in *Intake) take(ctx context.Context, arrivals []bus.Arrival) error {
	_, err := in.put(ctx, arrivals)
	now := time.Now()
	in.mu.Lock()
	defer in.mu.Unlock()
	in.came(now, int64(len(arrivals)), arrivals[len(arrivals)-1].Event.Time)
	if err == nil {
		in.status.Error, in.status.ErrorTime, in.status.Since = "", time.Time{}, time.Time{}
	}
	return err
}

// came counts n events, the last of which is of an instant; in.mu is held.
func (in *Intake) came(now time.Time, n int64, last time.Time) {
	s := &in.status
	s.Received += n
	in.count(now, n)
	s.Last = now
	if !last.IsZero() {
		s.Lag = max(0, now.Sub(last))
	}
}

// put has at most a transaction's worth of events delivered.
func (in *Intake) put(ctx context.Context, arrivals []bus.Arrival) (bus.Outcome, error) {
	in.mark(arrivals)
	out := in.Bus.PutNew(ctx, in.Who, arrivals)
	var failed error
	for i, a := range arrivals {
		if out.Errs == nil {
			break
		}
		switch err := out.Errs[i]; {
		case err == nil:
		case tocsin.KindOf(err) == tocsin.Invalid:
			failed = errors.Join(failed, in.Refuse(ctx, a.Event.Raw, err))
		default:
			failed = errors.Join(failed, err)
		}
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status.Matched += int64(out.Matched)
	in.status.Repeats += int64(out.Repeats)
	in.status.Late += int64(out.Late)
	return out, failed
}

// Refuse puts a message aside that is no event: it stands among the dead letters,
// so that somebody sees it, and is not to be brought again.
func (in *Intake) Refuse(ctx context.Context, message []byte, why error) error {
	return in.RefuseOnce(ctx, "", message, why)
}

// RefuseOnce is [Intake.Refuse] of what may be brought again: what is known by id
// stands among the dead letters once.
func (in *Intake) RefuseOnce(ctx context.Context, id string, message []byte, why error) error {
	const shown = 64 << 10
	if len(message) > shown {
		message = message[:shown]
	}
	fresh := true
	err := in.DB.Update(ctx, in.Who, func(tx *store.Tx) (err error) {
		if id != "" {
			fresh, err = tx.See("refused " + id)
		}
		if err != nil || !fresh {
			return err
		}
		return tx.AddDeadLetter(tocsin.DeadLetter{ID: tocsin.NewID(), Time: tx.Now(), Target: in.Target(), Code: "MALFORMED",
			Message: why.Error(), EventRaw: printable(message)})
	})
	if !fresh {
		return err
	}
	in.mu.Lock()
	in.status.Refused++
	in.mu.Unlock()
	if err == nil {
		in.Log.Warn("a message was put aside", "source", in.Name, "reason", why)
	}
	return err
}

// printable is text that both databases can keep.
func printable(b []byte) string {
	out := make([]rune, 0, len(b))
	for _, r := range string(b) { // bad UTF-8 becomes U+FFFD
		if r == 0 {
			r = '\uFFFD'
		}
		out = append(out, r)
	}
	return string(out)
}

// Fail says that the source has a trouble which keeps events from coming.
func (in *Intake) Fail(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := time.Now()
	if in.status.Error == "" {
		in.status.Since = now
	}
	if text := err.Error(); in.status.Error != text {
		in.Log.Warn("a source has trouble", "source", in.Name, "error", err)
		in.status.Error = text
	}
	in.status.ErrorTime = now
}

// Well says that the source works, though nothing may have come.
func (in *Intake) Well() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status.Error, in.status.ErrorTime, in.status.Since = "", time.Time{}, time.Time{}
}

// Status gives how the source does.
func (in *Intake) Status() Status {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.count(time.Now(), 0)
	s := in.status
	total := int64(0)
	for _, n := range in.recent {
		total += n
	}
	s.Rate = float64(total) / float64(len(in.recent))
	return s
}

// count adds to the counts of the last minute.
func (in *Intake) count(now time.Time, n int64) {
	second := now.Unix()
	for s := max(in.minute+1, second-int64(len(in.recent))+1); s <= second; s++ {
		in.recent[s%int64(len(in.recent))] = 0
	}
	in.minute = max(in.minute, second)
	in.recent[second%int64(len(in.recent))] += n
}
