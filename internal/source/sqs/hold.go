package sqs

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// hold keeps the messages of a batch from being given to anybody else, until they
// are let go.
type hold struct {
	q    *Queue
	stop context.CancelFunc
	done chan struct{}

	mu   sync.Mutex
	held map[*parcel]bool
}

// hold says every third of the time that the messages are still worked on.
func (q *Queue) hold(ctx context.Context, all []*parcel) *hold {
	h := &hold{q: q, done: make(chan struct{}), held: map[*parcel]bool{}}
	for _, p := range all {
		h.held[p] = true
	}
	ctx, h.stop = context.WithCancel(ctx)
	go func() {
		defer close(h.done)
		tick := time.NewTicker(hidden / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				// Whatever fails is tried again at the next tick; at worst somebody else gets the message too.
				_ = q.hide(ctx, h.all(), func(*parcel) time.Duration { return hidden })
			}
		}
	}()
	return h
}

func (h *hold) all() (all []*parcel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for p := range h.held {
		all = append(all, p)
	}
	return all
}

// let lets a message go.
func (h *hold) let(p *parcel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.held, p)
}

// end ends the holding. After it nothing is said of any message any more.
func (h *hold) end() {
	h.stop()
	<-h.done
}

// hide has SQS give each message to nobody for a while.
func (q *Queue) hide(ctx context.Context, all []*parcel, long func(*parcel) time.Duration) error {
	if len(all) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.URL}
	for i, p := range all {
		in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: p.ReceiptHandle, VisibilityTimeout: int32(long(p).Seconds())})
	}
	out, err := q.Client.ChangeMessageVisibilityBatch(ctx, in)
	if err == nil && len(out.Failed) > 0 {
		err = failure(out.Failed[0])
	}
	return err
}

// remove deletes messages. What SQS could not delete for reasons of its own is
// tried once more; then it will come again, and be known.
func (q *Queue) remove(ctx context.Context, all []*parcel) error {
	var err error
	for try := 0; try < 2 && len(all) > 0; try++ {
		all, err = q.removeOnce(ctx, all)
	}
	return err
}

func (q *Queue) removeOnce(ctx context.Context, all []*parcel) (again []*parcel, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	in := &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL}
	for i, p := range all {
		in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: p.ReceiptHandle})
	}
	out, err := q.Client.DeleteMessageBatch(ctx, in)
	if err != nil {
		return nil, err // the client has tried it several times
	}
	for _, f := range out.Failed {
		err = failure(f)
		if i, bad := strconv.Atoi(aws.ToString(f.Id)); bad == nil && i >= 0 && i < len(all) && !f.SenderFault {
			again = append(again, all[i])
		}
	}
	return again, err
}

func failure(f types.BatchResultErrorEntry) error {
	return &smithy.GenericAPIError{Code: aws.ToString(f.Code), Message: aws.ToString(f.Message)}
}
