// Package store keeps everything Tocsin must remember, in SQLite or PostgreSQL,
// and holds all of its SQL. Its data comes from the domain packages, which read
// and write inside a transaction (View, Update), and goes to the same; it holds
// no rules of the domain.
//
// A success of Update means committed and synced to disk: SQLite runs with WAL
// and synchronous=FULL behind one writer that commits waiting functions
// together, PostgreSQL with synchronous_commit on and SERIALIZABLE, where the
// function is run again when the database asks for it (40001, 40P01).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Options says where the data is.
type Options struct {
	Dir     string // folder of the SQLite file and the key; empty with URL and KeyFile
	URL     string // postgres://…; empty for SQLite in Dir
	KeyFile string // 32 bytes, raw or in hex; default Dir/key, made when missing
	Log     *slog.Logger
}

// Errors of Open that the command turns into exit codes.
var (
	ErrWrongKey    = errors.New("the data was sealed with another key")
	ErrNewerSchema = errors.New("the database was written by a newer tocsin")
	ErrNoKey       = errors.New("a key file is needed (TOCSIN_KEY_FILE) when there is no data folder")
)

// Who is on whose behalf a transaction runs, and what the audit says of it.
type Who struct {
	Account   tocsin.Account
	Region    tocsin.Region
	Principal string // ARN of the caller; the service's own name for its workers
	Address   string // of the caller, host only
	Operation string // "ssm-incidents:StartIncident"; empty for work of the service itself
	RequestID string
}

// work names what is done, for fault points.
func (w Who) work() string {
	if w.Operation == "" {
		return "the service"
	}
	return w.Operation
}

// DB is an open database. It is safe for use by several goroutines.
type DB struct {
	sql     *sql.DB
	postgre bool
	sealer  *sealer
	log     *slog.Logger
	lite    *lite // the writer and the readers of SQLite; nil on PostgreSQL
	live    live
	dir     string

	pokeMu sync.Mutex
	pokes  map[string]func(due time.Time)
}

// Open opens the database, brings its schema up to date and checks the key.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	key, err := loadKey(o)
	if err != nil {
		return nil, err
	}
	db := &DB{sealer: key, log: o.Log, dir: o.Dir, pokes: map[string]func(time.Time){}}
	if o.URL != "" {
		err = db.openPostgres(ctx, o.URL)
	} else {
		err = db.openSQLite(ctx, filepath.Join(o.Dir, "tocsin.db"))
	}
	if err != nil {
		return nil, err
	}
	if err := db.checkKey(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Close ends the writer after what is queued, and closes the database.
func (db *DB) Close() error {
	if db.lite != nil {
		db.lite.close()
	}
	if err := db.sql.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Postgres tells whether the database is PostgreSQL.
func (db *DB) Postgres() bool { return db.postgre }

// Dir is the data folder; it may be empty with PostgreSQL.
func (db *DB) Dir() string { return db.dir }

// View runs fn in a transaction that only reads, on one snapshot.
func (db *DB) View(ctx context.Context, who Who, fn func(*Tx) error) error {
	if db.lite != nil {
		return db.lite.view(ctx, db, who, fn)
	}
	return db.pgView(ctx, who, fn)
}

// Update runs fn in a transaction and returns once it is committed and synced,
// or with fn's error and nothing written. fn may be run more than once on
// PostgreSQL, so it must have no effect but on tx. Functions given to
// tx.OnCommit have been called when Update returns.
func (db *DB) Update(ctx context.Context, who Who, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	if db.lite != nil {
		return db.lite.update(ctx, db, who, fn)
	}
	return db.pgUpdate(ctx, who, fn)
}

// run calls fn and writes the audit of it; a panic becomes an error so that one
// bad request cannot end the writer.
func (db *DB) run(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
			db.log.Error("panic in a transaction", "operation", tx.who.Operation, "panic", p, "stack", stack())
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.writeAudit()
}

// OnJob registers fn to be told, after a commit, that a job of the queue is due
// at the given instant. One function per queue; nil takes it away.
func (db *DB) OnJob(queue string, fn func(due time.Time)) {
	db.pokeMu.Lock()
	defer db.pokeMu.Unlock()
	if fn == nil {
		delete(db.pokes, queue)
		return
	}
	db.pokes[queue] = fn
}

func (db *DB) poke(queue string, due time.Time) {
	db.pokeMu.Lock()
	fn := db.pokes[queue]
	db.pokeMu.Unlock()
	if fn != nil {
		fn(due)
	}
}

// committed tells the world of a committed transaction: hooks, due jobs, topics.
func (db *DB) committed(tx *Tx) {
	for _, fn := range tx.hooks {
		fn()
	}
	for queue, due := range tx.due {
		db.poke(queue, due)
	}
	if len(tx.topics) > 0 {
		db.live.publish(tx.topics)
	}
}

func ensureDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	return nil
}
