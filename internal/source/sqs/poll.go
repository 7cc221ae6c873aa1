package sqs

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-io/tocsin/internal/source"
)

// Queue is a queue that is read.
type Queue struct {
	URL    string
	Client Client
	Logs   Logs // where the logs are that notices name; nil if they are not to be read
	wait   time.Duration
}

// Client is what is needed of SQS's.
type Client interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(context.Context, *sqs.ChangeMessageVisibilityBatchInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Logs opens objects of buckets: of S3, or in tests of anything.
type Logs interface {
	Object(bucket, key, region string) source.Input
}

// How the queue is asked.
const (
	batch      = 10               // messages that SQS gives and takes at a time
	longPoll   = 20 * time.Second // that SQS waits for a message
	hidden     = 60 * time.Second // that nobody else gets what was received; it is said again as long as it is worked on
	callTime   = 10 * time.Second // that a call may take, beside the wait
	lastWords  = 3 * time.Second  // that telling SQS what was done may take when the server stops
	firstPause = time.Second      // after a failure
	lastPause  = 15 * time.Second // after many
	helpers    = 2                // further readers, while there are messages
)

// run is a queue that is being read into an intake.
type run struct {
	*Queue
	in   *source.Intake
	more chan struct{} // wakes a helper
	sore atomic.Int64  // until when there may be messages that could not be taken, in Unix seconds
}

// Run reads until ctx ends. One reader always asks; as long as it is given messages,
// others ask while it has its own committed.
func (q *Queue) Run(ctx context.Context, in *source.Intake) error {
	r := &run{Queue: q, in: in, more: make(chan struct{}, helpers)}
	var all sync.WaitGroup
	for range helpers {
		all.Go(func() { r.help(ctx) })
	}
	r.lead(ctx)
	all.Wait()
	return ctx.Err()
}

// lead asks always, after failures more slowly.
func (r *run) lead(ctx context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		if _, err := r.round(ctx); err == nil {
			pause = firstPause
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
}

// help asks when it is woken, until nothing comes.
func (r *run) help(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.more:
		}
		for ctx.Err() == nil {
			if n, err := r.round(ctx); n == 0 || err != nil {
				break
			}
		}
	}
}

// round receives once and takes what came. The error, which the status says
// already, asks to wait before the next.
func (r *run) round(ctx context.Context) (n int, err error) {
	messages, err := r.receive(ctx)
	if err != nil {
		if ctx.Err() == nil {
			r.in.Fail(r.explain(err))
		}
		return 0, err
	}
	if len(messages) == 0 {
		if time.Now().Unix() > r.sore.Load() {
			r.in.Well()
		}
		return 0, nil
	}
	select {
	case r.more <- struct{}{}:
	default: // they are awake
	}
	return len(messages), r.handle(ctx, messages)
}

func (r *run) receive(ctx context.Context) ([]types.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, r.wait+callTime)
	defer cancel()
	out, err := r.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &r.URL, MaxNumberOfMessages: batch, WaitTimeSeconds: int32(r.wait.Seconds()), VisibilityTimeout: int32(hidden.Seconds()),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, err
	}
	if len(out.Messages) > batch {
		return nil, errors.New("more messages came than were asked for")
	}
	return out.Messages, nil
}
