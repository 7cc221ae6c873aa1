package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// ErrStandby says that another server is active on this database.
var ErrStandby = errors.New("another server is active on this database")

const (
	advisoryKey  = 0x746f6373 // "tocs"
	lockInterval = time.Second
)

// Lock waits until this process is the one active server of the database, and
// calls waiting once if it must wait. The lock ends with release or the process.
func (db *DB) Lock(ctx context.Context, waiting func()) (release func(), err error) {
	for told := false; ; {
		release, err := db.tryLock(ctx)
		if err == nil || !errors.Is(err, ErrStandby) {
			return release, err
		}
		if !told {
			waiting()
			told = true
		}
		select {
		case <-time.After(lockInterval):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the active server: %w", ctx.Err())
		}
	}
}

func (db *DB) tryLock(ctx context.Context) (func(), error) {
	if db.postgre {
		return db.pgLock(ctx)
	}
	f, err := os.OpenFile(filepath.Join(db.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrStandby
		}
		return nil, fmt.Errorf("lock file: %w", err)
	}
	return func() { f.Close() }, nil
}

// pgLock holds an advisory lock on a connection of its own: the database frees
// it when the connection ends, however the process ends. It is the schema's: another
// one of the database holds other data.
func (db *DB) pgLock(ctx context.Context) (func(), error) {
	c, err := db.sql.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	var got bool
	if err := c.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1, hashtext(CAST(current_schema() AS TEXT)))", int32(advisoryKey)).Scan(&got); err != nil {
		c.Close()
		return nil, fmt.Errorf("lock: %w", err)
	}
	if !got {
		c.Close()
		return nil, ErrStandby
	}
	return func() {
		// Closing gives the connection back to the pool, lock and all: let go first.
		_, _ = c.ExecContext(context.Background(), "SELECT pg_advisory_unlock($1, hashtext(CAST(current_schema() AS TEXT)))", int32(advisoryKey))
		c.Close()
	}, nil
}
