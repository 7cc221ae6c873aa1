package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// onceFor is how long an idempotency token is remembered.
const onceFor = 24 * time.Hour

// Once makes an operation idempotent by the client's token: the first call runs
// fn and keeps its answer in the same transaction; a repeat within 24 hours gets
// that answer. The same token with another request is a Conflict. An empty token
// just runs fn.
func Once[T any](tx *Tx, scope, token string, request any, fn func() (T, error)) (T, error) {
	var zero T
	if token == "" {
		return fn()
	}
	sum := sha256.Sum256([]byte(encode(request)))
	digest := hex.EncodeToString(sum[:])
	was, err := tx.q.GetOnce(tx.ctx, sqldb.GetOnceParams{Account: tx.acct(), Scope: scope, Token: token, Expires: micros(tx.now)})
	switch {
	case err == nil && was.Request != digest:
		return zero, tocsin.Clash("", token, "The idempotency token was used before with other parameters.")
	case err == nil:
		var out T
		if err := json.Unmarshal([]byte(was.Answer), &out); err != nil {
			return zero, fmt.Errorf("decode kept answer: %w", err)
		}
		return out, nil
	case !none(err):
		return zero, fmt.Errorf("read idempotency token: %w", err)
	}
	out, err := fn()
	if err != nil {
		return zero, err
	}
	err = tx.q.PutOnce(tx.ctx, sqldb.PutOnceParams{Account: tx.acct(), Scope: scope, Token: token, Request: digest, Answer: encode(out),
		Expires: micros(tx.now.Add(onceFor))})
	return out, wrap("write idempotency token", err)
}

// ForgetTokens removes idempotency tokens that have expired, of all accounts.
func (tx *Tx) ForgetTokens() (int, error) {
	n, err := tx.q.DeleteOnceBefore(tx.ctx, micros(tx.now))
	return int(n), wrap("forget tokens", err)
}

// Audit is one change: who, from where, what. Records are only ever added.
type Audit struct {
	ID        string
	Time      time.Time
	Principal string
	Address   string
	Operation string
	Resource  string // ARNs, separated by spaces
	Detail    string
	RequestID string
}

// AppendAudit adds a record to the account's audit.
func (tx *Tx) AppendAudit(a Audit) error {
	tx.Touch("audit")
	return wrap("write audit", tx.q.InsertAudit(tx.ctx, sqldb.InsertAuditParams{Account: tx.acct(), Time: micros(a.Time), ID: tocsin.NewID(),
		Principal: a.Principal, Address: a.Address, Operation: a.Operation, Resource: tocsin.Clip(a.Resource, 4000),
		Detail: tocsin.Clip(a.Detail, 4000), RequestID: a.RequestID}))
}

// AuditLog lists at most limit records, the newest first, after the cursor.
func (tx *Tx) AuditLog(c Cursor, limit int) ([]Audit, error) {
	before, id := c.before()
	rows, err := tx.q.ListAudit(tx.ctx, sqldb.ListAuditParams{Account: tx.acct(), Before: before, BeforeID: id, Max: int32(limit)})
	return each("list audit", rows, err, func(r sqldb.Audit) (Audit, error) {
		return Audit{ID: r.ID, Time: tocsin.Micros(r.Time).Time(), Principal: r.Principal, Address: r.Address, Operation: r.Operation,
			Resource: r.Resource, Detail: r.Detail, RequestID: r.RequestID}, nil
	})
}

// AddOutbox keeps a message that no provider could take. A repeat with the same
// id is dropped: the id is the idempotency key of the sending.
func (tx *Tx) AddOutbox(m tocsin.Message) error {
	tx.Touch("outbox")
	return wrap("write outbox", tx.q.InsertOutbox(tx.ctx, sqldb.InsertOutboxParams{Account: tx.acct(), ID: m.ID, Time: micros(m.Time),
		Kind: string(m.Kind), Type: string(m.Type), Body: tx.Seal(m.ID, []byte(encode(m)))}))
}

// Outbox lists at most limit kept messages, the newest first, after the cursor.
func (tx *Tx) Outbox(c Cursor, limit int) ([]tocsin.Message, error) {
	before, id := c.before()
	rows, err := tx.q.ListOutbox(tx.ctx, sqldb.ListOutboxParams{Account: tx.acct(), Before: before, BeforeID: id, Max: int32(limit)})
	return each("list outbox", rows, err, func(r sqldb.Outbox) (tocsin.Message, error) {
		var m tocsin.Message
		body, err := tx.Unseal(r.ID, r.Body)
		if err != nil {
			return m, fmt.Errorf("outbox message: %w", err)
		}
		return m, decode(string(body), &m)
	})
}
