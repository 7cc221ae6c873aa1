package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Session gives the data of a console session by its token's hash, or false
// when there is none that is still valid.
func (tx *Tx) Session(hash string) ([]byte, bool, error) {
	data, err := tx.q.GetSession(tx.ctx, sqldb.GetSessionParams{Hash: hash, Expires: micros(tx.now)})
	if none(err) {
		return nil, false, nil
	}
	return data, err == nil, wrap("read session", err)
}

// PutSession writes a session and drops those that have expired.
func (tx *Tx) PutSession(hash string, data []byte, expires time.Time) error {
	if err := tx.q.DeleteSessionsBefore(tx.ctx, micros(tx.now)); err != nil {
		return fmt.Errorf("drop expired sessions: %w", err)
	}
	return wrap("write session", tx.q.PutSession(tx.ctx, sqldb.PutSessionParams{Hash: hash, Data: data, Expires: micros(expires)}))
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(hash string) error {
	return wrap("end session", tx.q.DeleteSession(tx.ctx, hash))
}
