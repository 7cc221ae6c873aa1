package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"github.com/tocsin-io/tocsin/internal/fault"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

const (
	readers    = 4   // with two cores, more only starve the writer
	groupLimit = 256 // functions committed together at most
)

var collation sync.Once

// lite is SQLite's side: one writer that commits waiting functions together,
// and a bounded pool of readers.
type lite struct {
	queue chan *write
	pool  chan *conn
	done  chan struct{}

	mu     sync.RWMutex
	closed bool
}

type write struct {
	who  Who
	fn   func(*Tx) error
	ctx  context.Context
	tx   *Tx
	err  error
	done chan struct{}
}

func (db *DB) openSQLite(ctx context.Context, file string) error {
	collation.Do(func() { sqlite.MustRegisterCollationUtf8("C", strings.Compare) })
	dsn := "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(file) +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=cache_size(-8000)&_pragma=wal_autocheckpoint(1000)&_txlock=immediate"
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600) // SQLite itself would let everybody read it
	if err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	f.Close()
	if db.sql, err = sql.Open("sqlite", dsn); err != nil {
		return fmt.Errorf("open %s: %w", file, err)
	}
	db.sql.SetMaxOpenConns(readers + 2)
	db.sql.SetMaxIdleConns(readers + 2)
	if err := db.migrate(ctx); err != nil {
		db.sql.Close()
		return err
	}
	l := &lite{queue: make(chan *write, groupLimit), pool: make(chan *conn, readers), done: make(chan struct{})}
	for range readers {
		c, err := newConn(ctx, db.sql)
		if err != nil {
			return err
		}
		l.pool <- c
	}
	w, err := newConn(ctx, db.sql)
	if err != nil {
		return err
	}
	db.lite = l
	go l.loop(db, w)
	return nil
}

func (l *lite) close() {
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.queue)
	}
	l.mu.Unlock()
	<-l.done
	for range readers {
		(<-l.pool).close()
	}
}

func (l *lite) update(ctx context.Context, _ *DB, who Who, fn func(*Tx) error) error {
	w := &write{who: who, fn: fn, ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
	l.mu.RLock()
	if l.closed {
		l.mu.RUnlock()
		return fmt.Errorf("update: the database is closed")
	}
	l.queue <- w
	l.mu.RUnlock()
	<-w.done // once queued it is waited for: an answer must mean what it says
	return w.err
}

// loop commits what is waiting, as many functions at once as have gathered
// while the last commit was being synced.
func (l *lite) loop(db *DB, c *conn) {
	defer close(l.done)
	defer c.close()
	for first := range l.queue {
		group := []*write{first}
	gather:
		for len(group) < groupLimit {
			select {
			case w, ok := <-l.queue:
				if !ok {
					break gather
				}
				group = append(group, w)
			default:
				break gather
			}
		}
		l.commit(db, c, group)
		for _, w := range group {
			if w.err == nil {
				db.committed(w.tx)
			}
			close(w.done)
		}
	}
}

// commit runs each function in a savepoint, so that one that fails leaves the
// others alone, and commits them together.
func (l *lite) commit(db *DB, c *conn, group []*write) {
	ctx := context.Background()
	fail := func(err error) {
		for _, w := range group {
			if w.err == nil {
				w.err = err
			}
		}
	}
	if err := c.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		fail(fmt.Errorf("begin: %w", err))
		return
	}
	for _, w := range group {
		w.err = l.one(db, c, w)
	}
	points("before", group)
	if err := c.exec(ctx, "COMMIT"); err != nil {
		fail(fmt.Errorf("commit: %w", err))
		_ = c.exec(ctx, "ROLLBACK") // the commit's error is the one to tell
	}
	points("after", group)
}

func points(when string, group []*write) {
	if fault.On {
		for _, w := range group {
			fault.Point(when, "commit of "+w.who.work())
		}
	}
}

func (l *lite) one(db *DB, c *conn, w *write) error {
	ctx := context.Background()
	if err := c.exec(ctx, "SAVEPOINT one"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	w.tx = newTx(w.ctx, db, c, w.who, true)
	err := db.run(w.tx, w.fn)
	if err != nil {
		if e := c.exec(ctx, "ROLLBACK TO one"); e != nil {
			return fmt.Errorf("rollback: %w", e)
		}
	}
	if e := c.exec(ctx, "RELEASE one"); e != nil && err == nil {
		return fmt.Errorf("release: %w", e)
	}
	return err
}

func (l *lite) view(ctx context.Context, db *DB, who Who, fn func(*Tx) error) error {
	var c *conn
	select {
	case c = <-l.pool:
	case <-ctx.Done():
		return fmt.Errorf("view: %w", ctx.Err())
	}
	defer func() { l.pool <- c }()
	bg := context.Background()
	if err := c.exec(bg, "BEGIN"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	err := db.run(newTx(context.WithoutCancel(ctx), db, c, who, false), fn)
	if e := c.exec(bg, "ROLLBACK"); e != nil && err == nil {
		return fmt.Errorf("end view: %w", e)
	}
	return err
}

// conn is one connection with its prepared statements. SQLite compiles a
// statement anew for each plain query, which costs more than running it.
type conn struct {
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

var _ sqldb.DBTX = (*conn)(nil)

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &conn{c: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.c.Close()
}

func (c *conn) stmt(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.stmts[query] = s
	return s, nil
}

func (c *conn) exec(ctx context.Context, query string) error {
	_, err := c.ExecContext(ctx, query)
	return err
}

// The context of a query is not handed to the driver: a half-run statement in
// the middle of a group would have to be told from a failed one, and all of
// them are short.

func (c *conn) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

func (c *conn) PrepareContext(_ context.Context, query string) (*sql.Stmt, error) {
	return c.stmt(query)
}

func (c *conn) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := c.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(context.Background(), args...)
}

func (c *conn) QueryRowContext(_ context.Context, query string, args ...any) *sql.Row {
	s, err := c.stmt(query)
	if err != nil { // let the driver make the error: a *sql.Row cannot be made by hand
		return c.c.QueryRowContext(context.Background(), query, args...)
	}
	return s.QueryRowContext(context.Background(), args...)
}
