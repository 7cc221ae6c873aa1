package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Job is a row of work to be done later. Package job gives it meaning.
type Job struct {
	ID      string
	Queue   string
	Kind    string
	Key     string // at most one job per kind and key; empty for none
	Account tocsin.Account
	Region  tocsin.Region
	Due     time.Time
	Lease   time.Time // until when a worker holds it; zero when nobody does
	Attempt int       // tries that were seen to fail; a try cut off by a crash does not count
	Args    string    // JSON
	Error   string    // of the last try
	Created time.Time
	Rank    int64 // of those that are due, the lowest is done first
}

// DueJob is a job that is due, and what its turn depends on.
type DueJob struct {
	ID   string
	Rank int64
	Due  time.Time
}

func jobRow(r sqldb.Job) (Job, error) {
	return Job{ID: r.ID, Queue: r.Queue, Kind: r.Kind, Key: r.Key, Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region),
		Due: tocsin.Micros(r.Due).Time(), Lease: tocsin.Micros(r.Lease).Time(), Attempt: int(r.Attempt), Args: r.Args, Error: r.Error,
		Created: tocsin.Micros(r.Created).Time(), Rank: r.Rank}, nil
}

// PutJob writes a job of the transaction's account and region. A job of the
// same kind and key, if there is one, gets the new due time, rank and arguments.
func (tx *Tx) PutJob(j Job) error {
	p := sqldb.InsertJobParams{ID: j.ID, Queue: j.Queue, Kind: j.Kind, Key: j.Key, Account: tx.acct(), Region: tx.region(),
		Due: micros(j.Due), Args: j.Args, Created: micros(tx.now), Rank: j.Rank}
	var err error
	if j.Key == "" {
		err = tx.q.InsertJob(tx.ctx, p)
	} else {
		err = tx.q.UpsertJob(tx.ctx, sqldb.UpsertJobParams(p))
	}
	if err != nil {
		return fmt.Errorf("write job: %w", err)
	}
	tx.announce(j.Queue, j.Due)
	return nil
}

// announce has the queue's loop told, after the commit, that work is due.
func (tx *Tx) announce(queue string, due time.Time) {
	if tx.due == nil {
		tx.due = map[string]time.Time{}
	}
	if at, ok := tx.due[queue]; !ok || due.Before(at) {
		tx.due[queue] = due
	}
	tx.Touch("job")
}

// CancelJob removes the job of a kind and key, if there is one.
func (tx *Tx) CancelJob(kind, key string) error {
	return wrap("cancel job", tx.q.DeleteJobKey(tx.ctx, sqldb.DeleteJobKeyParams{Kind: kind, Key: key}))
}

// RankJob gives the job of a kind and key, if there is one, another rank.
func (tx *Tx) RankJob(kind, key string, rank int64) error {
	return wrap("rank job", tx.q.RankJob(tx.ctx, sqldb.RankJobParams{Rank: rank, Kind: kind, Key: key}))
}

// UrgentJobs lists at most limit jobs of a queue that are due, of all accounts,
// by rank; what is of one rank by when it fell due.
func (tx *Tx) UrgentJobs(queue string, limit int) ([]DueJob, error) {
	rows, err := tx.q.UrgentJobs(tx.ctx, sqldb.UrgentJobsParams{Queue: queue, Due: micros(tx.now), Limit: int32(limit)})
	return each("list urgent jobs", rows, err, func(r sqldb.UrgentJobsRow) (DueJob, error) {
		return DueJob{r.ID, r.Rank, tocsin.Micros(r.Due).Time()}, nil
	})
}

// JobsDue lists at most limit jobs of a queue, of all accounts, that fell due at
// an instant or since, the earliest first.
func (tx *Tx) JobsDue(queue string, since time.Time, limit int) ([]DueJob, error) {
	rows, err := tx.q.JobsDue(tx.ctx, sqldb.JobsDueParams{Queue: queue, Since: micros(since), Now: micros(tx.now), Max: int32(limit)})
	return each("list due jobs", rows, err, func(r sqldb.JobsDueRow) (DueJob, error) {
		return DueJob{r.ID, r.Rank, tocsin.Micros(r.Due).Time()}, nil
	})
}

// TakeJob removes a due job that nobody holds, so that its work is done in this
// very transaction; nil says that it is gone, held or not yet due.
func (tx *Tx) TakeJob(id string) (*Job, error) {
	r, err := tx.q.TakeJob(tx.ctx, sqldb.TakeJobParams{ID: id, Now: micros(tx.now)})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take job: %w", err)
	}
	j, err := jobRow(r)
	return &j, err
}

// ClaimJob takes a lease until the given instant on a job that is due; until then
// nobody else gets it. nil says that it is gone, held or not yet due.
func (tx *Tx) ClaimJob(id string, until time.Time) (*Job, error) {
	r, err := tx.q.ClaimJob(tx.ctx, sqldb.ClaimJobParams{Until: micros(until), ID: id, Now: micros(tx.now)})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim job: %w", err)
	}
	j, err := jobRow(r)
	return &j, err
}

// FinishJob removes a job that was claimed with this lease; false says that the
// lease was lost, so that another may be doing the work too.
func (tx *Tx) FinishJob(j Job) (bool, error) {
	n, err := tx.q.DeleteJob(tx.ctx, sqldb.DeleteJobParams{ID: j.ID, Lease: micros(j.Lease)})
	tx.Touch("job")
	return n == 1, wrap("finish job", err)
}

// RescheduleJob gives a claimed job back to be tried again at due; false says
// that the lease was lost.
func (tx *Tx) RescheduleJob(j Job, due time.Time, reason string) (bool, error) {
	n, err := tx.q.RescheduleJob(tx.ctx, sqldb.RescheduleJobParams{Due: micros(due), Attempt: int32(j.Attempt), Error: tocsin.Clip(reason, 500),
		ID: j.ID, Lease: micros(j.Lease)})
	tx.announce(j.Queue, due)
	return n == 1, wrap("reschedule job", err)
}

// NextJob gives the instant the next job of a queue falls due after now; false
// when there is none.
func (tx *Tx) NextJob(queue string) (time.Time, bool, error) {
	due, err := tx.q.NextJob(tx.ctx, sqldb.NextJobParams{Queue: queue, Due: micros(tx.now)})
	if none(err) {
		return time.Time{}, false, nil
	}
	return tocsin.Micros(due).Time(), err == nil, wrap("next job", err)
}

// FreeLeases takes every lease away: the one active server does so at its
// start, because whoever held them is gone.
func (tx *Tx) FreeLeases() (int, error) {
	n, err := tx.q.FreeLeases(tx.ctx, micros(tx.now))
	return int(n), wrap("free leases", err)
}

// Jobs lists at most limit jobs of the account by due time: what will happen next.
func (tx *Tx) Jobs(limit int) ([]Job, error) {
	rows, err := tx.q.ListJobs(tx.ctx, sqldb.ListJobsParams{Account: tx.acct(), Limit: int32(limit)})
	return each("list jobs", rows, err, jobRow)
}

// OldestDue gives since when the oldest job of a queue that should be done by
// now is due; false when there is none. A job that is being worked counts from
// its creation, because claiming it moves its due time.
func (tx *Tx) OldestDue(queue string) (time.Time, bool, error) {
	due, err := tx.q.OldestDue(tx.ctx, sqldb.OldestDueParams{Queue: queue, Due: micros(tx.now)})
	if err != nil && !none(err) {
		return time.Time{}, false, fmt.Errorf("oldest due job: %w", err)
	}
	held, err := tx.q.OldestHeld(tx.ctx, queue)
	if err != nil && !none(err) {
		return time.Time{}, false, fmt.Errorf("oldest held job: %w", err)
	}
	if due == 0 || held != 0 && held < due {
		due = held
	}
	return tocsin.Micros(due).Time(), due > 0, nil
}
