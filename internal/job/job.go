// Package job is durable work: the only place where "later" exists. A fact that
// causes work writes a job row in its own transaction (At); the loop of the
// row's queue sleeps until it is due, runs the worker registered for its kind
// and removes the row together with what the worker found out. A crash between
// any two lines loses nothing: the row is still there.
//
// There are two sorts of worker. In works inside a transaction, which also
// removes the row: it runs exactly once. Do acts on the outside world, which
// knows no transactions: the row is leased while it runs, and a try that a
// crash cut off is made again when the lease has expired or a server has
// started anew. It can tell such a repeat by Job.Attempt, which does not move.
package job

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Queue is a line of jobs with a loop of its own: what waits in one never
// delays another.
type Queue string

// The queues. The first page of an incident never stands behind updates, chat
// or runbooks.
const (
	Engage Queue = "engage" // steps of engagements; inside a transaction
	Page   Queue = "page"   // pages and activation codes to providers
	Update Queue = "update" // what is told onward of incidents
	Event  Queue = "event"  // deliveries to targets other than response plans
	Watch  Queue = "watch"  // looks at resources that were changed; a slow server holds up nothing else
	House  Queue = "house"  // replication set states, findings that are kept, forgetting what has expired
)

// Rank is how urgent a job is: of those of its queue that are due, the lowest is
// done first.
type Rank int64

// unranked comes after all that has a rank, in the order it falls due.
const unranked Rank = math.MaxInt64

// Urgency ranks work by the impact of its incident, 1 to 5, and among incidents of
// one impact the newest first.
func Urgency(impact int, created time.Time) Rank {
	return Rank(impact)<<56 - Rank(created.UnixMicro())
}

// Again is the rank of the same work when it is not done for the first time: after
// the first times of all incidents of its impact.
func (r Rank) Again() Rank {
	if first := r&(1<<55) != 0; !first || r == unranked {
		return r
	}
	return r + 1<<55
}

// Args are a kind of job: a struct that is kept as JSON. Kind must never
// change once rows exist.
type Args interface {
	Kind() string
	Queue() Queue
}

// Keyed is implemented by Args of which at most one job per key may wait: a
// later At moves the one that is there.
type Keyed interface{ Key() string }

// At has the worker of args run at due, or as soon as the transaction is
// committed if that has passed. The job belongs to the transaction's account
// and region.
func At(tx *store.Tx, due time.Time, args Args) error { return AtRank(tx, due, unranked, args) }

// AtRank is At for work that is more urgent than other work of its queue.
func AtRank(tx *store.Tx, due time.Time, rank Rank, args Args) error {
	b, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("job %s: %w", args.Kind(), err)
	}
	j := store.Job{ID: newID(due), Queue: string(args.Queue()), Kind: args.Kind(), Due: due, Rank: int64(rank), Args: string(b)}
	if k, ok := args.(Keyed); ok {
		j.Key = k.Key()
	}
	return tx.PutJob(j)
}

// newID gives jobs that are due together ids that stand together, so that a
// million of them are written and taken page by page.
func newID(due time.Time) string {
	var id [16]byte
	rand.Read(id[8:])
	binary.BigEndian.PutUint64(id[:8], uint64(due.UnixMicro()))
	return tocsin.FormatID(id)
}

// Now is At for now.
func Now(tx *store.Tx, args Args) error { return At(tx, tx.Now(), args) }

// Cancel removes the waiting job of args' kind and key, if there is one.
func Cancel(tx *store.Tx, args interface {
	Args
	Keyed
}) error {
	return tx.CancelJob(args.Kind(), args.Key())
}

// Rerank gives the waiting job of args' kind and key, if there is one, another rank.
func Rerank(tx *store.Tx, rank Rank, args interface {
	Args
	Keyed
}) error {
	return tx.RankJob(args.Kind(), args.Key(), int64(rank))
}
