package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// SeenFor is how long it is remembered that a source has delivered an event:
// longer than AWS keeps an undelivered one, and than a queue keeps a message.
const SeenFor = 15 * 24 * time.Hour

// See remembers an event by its id and says whether it is new to the account.
func (tx *Tx) See(id string) (fresh bool, err error) {
	n, err := tx.q.InsertSeen(tx.ctx, sqldb.InsertSeenParams{Account: tx.acct(), ID: id, Time: micros(tx.now)})
	return n > 0, wrap("remember an event", err)
}

// Saw says whether an event is remembered.
func (tx *Tx) Saw(id string) (bool, error) {
	_, err := tx.q.GetSeen(tx.ctx, sqldb.GetSeenParams{Account: tx.acct(), ID: id})
	if none(err) {
		return false, nil
	}
	return err == nil, wrap("look for an event", err)
}

// ForgetSeen removes what was remembered longer than SeenFor ago, of all accounts.
func (tx *Tx) ForgetSeen() (int, error) {
	n, err := tx.q.DeleteSeenBefore(tx.ctx, micros(tx.now.Add(-SeenFor)))
	if err == nil { // of sources that are no more
		_, err = tx.q.DeleteUnmetBefore(tx.ctx, micros(tx.now.Add(-SeenFor)))
	}
	return int(n), wrap("forget events", err)
}

// Unmet is an event that should have come by another source too.
type Unmet struct {
	ID     string // what it is known by
	Source string // the source that brought it
	Due    time.Time
	Event  string // its text
}

// Await keeps an event until it comes by another source, or is due.
func (tx *Tx) Await(u Unmet) error {
	return wrap("await an event", tx.q.InsertUnmet(tx.ctx, sqldb.InsertUnmetParams{Account: tx.acct(), ID: u.ID, Source: u.Source, Due: micros(u.Due), Event: u.Event}))
}

// Meet takes back that an event is awaited, and says whether it was.
func (tx *Tx) Meet(id string) (bool, error) {
	n, err := tx.q.DeleteUnmet(tx.ctx, sqldb.DeleteUnmetParams{Account: tx.acct(), ID: id})
	return n > 0, wrap("meet an event", err)
}

// Overdue gives at most limit events of a source that are awaited and due.
func (tx *Tx) Overdue(source string, limit int) ([]Unmet, error) {
	rows, err := tx.q.ListUnmet(tx.ctx, sqldb.ListUnmetParams{Account: tx.acct(), Source: source, Due: micros(tx.now), Limit: int32(limit)})
	return each("list awaited events", rows, err, func(r sqldb.Unmet) (Unmet, error) {
		return Unmet{ID: r.ID, Source: r.Source, Due: tocsin.Micros(r.Due).Time(), Event: r.Event}, nil
	})
}

// Checkpoint gives what a source kept under a name; "" if nothing.
func (tx *Tx) Checkpoint(source, name string) (string, error) {
	value, err := tx.q.GetCheckpoint(tx.ctx, sqldb.GetCheckpointParams{Source: source, Name: name})
	if none(err) {
		return "", nil
	}
	return value, wrap("read a checkpoint", err)
}

// PutCheckpoint keeps how far a source has come, under a name of its own.
func (tx *Tx) PutCheckpoint(source, name, value string) error {
	err := tx.q.PutCheckpoint(tx.ctx, sqldb.PutCheckpointParams{Source: source, Name: name, Value: value, Time: micros(tx.now)})
	return wrap("write a checkpoint", err)
}

// Checkpoints gives all that a source kept, by name.
func (tx *Tx) Checkpoints(source string) (map[string]string, error) {
	rows, err := tx.q.ListCheckpoints(tx.ctx, source)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	out := make(map[string]string, len(rows))
	for _, r := range rows {
		out[r.Name] = r.Value
	}
	return out, nil
}

// ForgetCheckpoints removes what a source kept before an instant.
func (tx *Tx) ForgetCheckpoints(source string, before time.Time) (int, error) {
	n, err := tx.q.DeleteCheckpointsBefore(tx.ctx, sqldb.DeleteCheckpointsBeforeParams{Source: source, Time: micros(before)})
	return int(n), wrap("forget checkpoints", err)
}
