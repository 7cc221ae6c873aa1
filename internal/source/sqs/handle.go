package sqs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-io/tocsin/internal/source"
)

// parcel is a message that is worked on.
type parcel struct {
	types.Message
	body     []byte
	arrivals []source.Arrival
	logs     []object // that it names and that are to be read
	bad      error    // why it, or a part of it, is no event
	done     bool     // everything it brought about is committed
}

// unpack says what is in a message.
func (r *run) unpack(m types.Message) *parcel {
	p := &parcel{Message: m, body: []byte(aws.ToString(m.Body))}
	o := r.in.Origin()
	if ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64); err == nil {
		o.Now = time.UnixMilli(ms).UTC() // of what says no time
	}
	p.arrivals, p.bad = new(source.Decoder).Decode(p.body, o)
	r.logs(p)
	for i := range p.arrivals {
		if a := &p.arrivals[i]; a.Known == "" { // but the message is the same when it comes again
			a.Known = p.id() + "/" + strconv.Itoa(i)
		}
	}
	return p
}

// id is what tells the message from all others.
func (p *parcel) id() string { return "message " + aws.ToString(p.MessageId) }

// came is how often SQS says that the message was received.
func (p *parcel) came() int {
	n, err := strconv.Atoi(p.Attributes["ApproximateReceiveCount"])
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// rest is how long a message that could not be taken stays hidden: it is never given
// up here, that is for the queue's own redrive policy.
func (p *parcel) rest() time.Duration {
	const first, last = 5 * time.Second, 5 * time.Minute
	return min(first<<min(p.came()-1, 10), last)
}

// handle takes a batch. The error says that what came cannot be committed now, so
// that more need not be asked for.
func (r *run) handle(ctx context.Context, messages []types.Message) error {
	var all []*parcel
	for _, m := range messages {
		all = append(all, r.unpack(m))
	}
	h := r.hold(ctx, all)
	defer h.end()
	var short, long []*parcel
	for _, p := range all {
		if len(p.logs) == 0 {
			short = append(short, p)
		} else {
			long = append(long, p)
		}
	}
	err := r.take(ctx, short) // first, because logs may take long
	r.finish(ctx, h, short)
	for _, p := range long {
		failed := r.fetch(ctx, p)
		if failed == nil {
			err = errors.Join(err, r.take(ctx, []*parcel{p})) // the notice is an event too
		} else if ctx.Err() == nil {
			r.in.Fail(failed)
		}
		r.finish(ctx, h, []*parcel{p})
	}
	return err
}

// take has everything in the messages committed, together if that can be.
func (r *run) take(ctx context.Context, all []*parcel) (failed error) {
	var together []source.Arrival
	var good []*parcel
	for _, p := range all {
		if p.bad != nil {
			if err := r.in.RefuseOnce(ctx, p.id(), p.body, p.bad); err != nil {
				r.in.Fail(err)
				failed = err
				continue
			}
			if len(p.arrivals) == 0 {
				p.done = true
				continue
			}
		}
		good = append(good, p)
		together = append(together, p.arrivals...)
	}
	err := r.in.Take(ctx, together)
	for _, p := range good {
		if err != nil && len(good) > 1 && ctx.Err() == nil {
			p.done = r.in.Take(ctx, p.arrivals) == nil // one of them is to blame
		} else {
			p.done = err == nil
		}
		if !p.done {
			failed = err
		}
	}
	return failed
}

// finish deletes the messages that are done and leaves the others for later.
func (r *run) finish(ctx context.Context, h *hold, all []*parcel) {
	stopping := ctx.Err() != nil
	if stopping { // what is committed is still deleted, and the rest may come at once
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
	}
	var done, left []*parcel
	rest := time.Duration(0)
	for _, p := range all {
		h.let(p)
		if p.done {
			done = append(done, p)
			continue
		}
		left = append(left, p)
		rest = max(rest, p.rest())
	}
	if len(done) > 0 {
		if err := r.remove(ctx, done); err != nil {
			r.fail(err, hidden)
		}
	}
	if len(left) > 0 {
		r.in.Log.Warn("messages were left in the queue", "source", r.in.Name, "messages", len(left), "rest", rest.String(), "came", left[0].came())
		err := r.hide(ctx, left, func(p *parcel) time.Duration {
			if stopping {
				return 0
			}
			return p.rest()
		})
		if err != nil {
			r.fail(err, hidden)
		}
		r.soreFor(rest)
	}
}

// fail says what SQS has against us, until messages have had time to come again.
func (r *run) fail(err error, rest time.Duration) {
	r.in.Fail(r.explain(err))
	r.soreFor(rest)
}

// soreFor keeps an empty queue from looking well while messages are hidden in it.
func (r *run) soreFor(rest time.Duration) {
	r.sore.Store(max(r.sore.Load(), time.Now().Add(rest+longPoll).Unix()))
}
