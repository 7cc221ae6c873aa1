package store

import (
	"context"
	"database/sql"
	"errors"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Tx is a transaction bound to one account and region. It carries the instant
// it began, which is the only "now" its functions may use.
type Tx struct {
	db    *DB
	q     *sqldb.Queries
	raw   sqldb.DBTX
	who   Who
	now   time.Time
	ctx   context.Context
	write bool

	hooks   []func()
	due     map[string]time.Time // earliest new job per queue
	topics  map[string]struct{}
	ticks   int
	touched map[tocsin.ARN]bool // incidents whose row says that they changed now
	changed []string            // resources, for the audit
	notes   []string
}

func newTx(ctx context.Context, db *DB, raw sqldb.DBTX, who Who, write bool) *Tx {
	return &Tx{db: db, raw: raw, q: sqldb.New(raw), who: who, now: now(), ctx: ctx, write: write}
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Now is the instant the transaction began, UTC, to the microsecond.
func (tx *Tx) Now() time.Time { return tx.now }

// Tick is Now, a microsecond later at each call: for facts of one transaction
// that are told in the order they were written.
func (tx *Tx) Tick() time.Time {
	at := tx.now.Add(time.Duration(tx.ticks) * time.Microsecond)
	tx.ticks++
	return at
}

// Who is on whose behalf the transaction runs.
func (tx *Tx) Who() Who { return tx.who }

// Account is the account the transaction is bound to.
func (tx *Tx) Account() tocsin.Account { return tx.who.Account }

// Region is the region of the request, or of the server for its own work.
func (tx *Tx) Region() tocsin.Region { return tx.who.Region }

// In gives the same transaction on behalf of another account and region: for
// workers, whose jobs name them, and for nothing else.
func (tx *Tx) In(account tocsin.Account, region tocsin.Region, fn func(*Tx) error) error {
	was := tx.who
	tx.who.Account, tx.who.Region = account, region
	defer func() { tx.who = was }()
	return fn(tx)
}

// OnCommit registers fn to be called after the commit and before Update returns.
func (tx *Tx) OnCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// Touch says that data of these topics changed, for the console's live view.
func (tx *Tx) Touch(topics ...string) {
	if tx.topics == nil {
		tx.topics = map[string]struct{}{}
	}
	for _, t := range topics {
		tx.topics[t] = struct{}{}
	}
}

// Changed names a resource that was written, for the audit and the live view.
func (tx *Tx) Changed(topic string, resource tocsin.ARN) {
	tx.Touch(topic)
	if n := len(tx.changed); n > 0 && tx.changed[n-1] == string(resource) {
		return
	}
	tx.changed = append(tx.changed, string(resource))
}

// Note adds a detail to the audit record of this transaction. It must hold no secret.
func (tx *Tx) Note(detail string) { tx.notes = append(tx.notes, detail) }

// Seal encrypts what is secret; row is the id of the row it will stand in.
func (tx *Tx) Seal(row string, plain []byte) []byte { return tx.db.sealer.seal(row, plain) }

// Unseal decrypts what Seal gave for the same row. Empty gives empty.
func (tx *Tx) Unseal(row string, sealed []byte) ([]byte, error) {
	return tx.db.sealer.open(row, sealed)
}

func (tx *Tx) acct() string   { return string(tx.who.Account) }
func (tx *Tx) region() string { return string(tx.who.Region) }

// writeAudit adds the record of a change made by a principal. Work of the
// service itself is told by timelines and receipts instead.
func (tx *Tx) writeAudit() error {
	if !tx.write || tx.who.Operation == "" {
		return nil
	}
	sort.Strings(tx.changed)
	return tx.AppendAudit(Audit{
		Time: tx.now, Principal: tx.who.Principal, Address: tx.who.Address,
		Operation: tx.who.Operation, RequestID: tx.who.RequestID,
		Resource: strings.Join(compact(tx.changed), " "), Detail: strings.Join(tx.notes, "; "),
	})
}

func compact(in []string) []string {
	var out []string
	for i, s := range in {
		if i == 0 || in[i-1] != s {
			out = append(out, s)
		}
	}
	return out
}

func stack() string { return string(debug.Stack()) }

// none tells whether err says that there is no such row.
func none(err error) bool { return errors.Is(err, sql.ErrNoRows) }
