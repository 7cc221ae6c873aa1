package store

import (
	"fmt"
	"time"

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

// ForgetSeen removes what was remembered longer than SeenFor ago, of all accounts.
func (tx *Tx) ForgetSeen() (int, error) {
	n, err := tx.q.DeleteSeenBefore(tx.ctx, micros(tx.now.Add(-SeenFor)))
	return int(n), wrap("forget events", err)
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
