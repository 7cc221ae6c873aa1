package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tocsin-io/tocsin/internal/fault"
)

const (
	pgConns = 16
	pgTries = 20 // a function is re-run this often before the caller is told
)

func (db *DB) openPostgres(ctx context.Context, url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the PostgreSQL URL cannot be read") // pgx's text may hold the password
	}
	cfg.RuntimeParams["synchronous_commit"] = "on"
	cfg.RuntimeParams["application_name"] = "tocsin"
	db.sql = stdlib.OpenDB(*cfg)
	db.sql.SetMaxOpenConns(pgConns)
	db.sql.SetMaxIdleConns(pgConns)
	db.postgre = true
	if err := db.migrate(ctx); err != nil {
		db.sql.Close()
		return err
	}
	return nil
}

func (db *DB) pgView(ctx context.Context, who Who, fn func(*Tx) error) error {
	t, err := db.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = t.Rollback() }() // it only read
	return db.run(newTx(ctx, db, t, who, false), fn)
}

// pgUpdate runs fn until the database lets it through. The pauses grow and are
// spread, so that functions that met once do not meet again.
func (db *DB) pgUpdate(ctx context.Context, who Who, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		tx, err := db.pgOnce(ctx, who, fn)
		if err == nil {
			db.committed(tx)
			return nil
		}
		if !retryable(err) || try == pgTries {
			return err
		}
		pause := time.Duration(rand.Int64N(int64(min(try*try, 50)) * int64(time.Millisecond)))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("update: %w", ctx.Err())
		}
	}
}

func (db *DB) pgOnce(ctx context.Context, who Who, fn func(*Tx) error) (*Tx, error) {
	// A caller that goes away must not leave us guessing whether it was committed.
	ctx = context.WithoutCancel(ctx)
	t, err := db.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	tx := newTx(ctx, db, t, who, true)
	if err := db.run(tx, fn); err != nil {
		_ = t.Rollback() // fn's error is the one to tell
		return nil, err
	}
	if fault.On {
		fault.Point("before", "commit of "+who.work())
	}
	if err := t.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	if fault.On {
		fault.Point("after", "commit of "+who.work())
	}
	return tx, nil
}

// retryable tells whether PostgreSQL asks for the transaction to be run again:
// 40001 serialization failure, 40P01 deadlock, and 23505 where two transactions
// opened an incident for the same dedupe key at once: the second run finds it.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	return pg.Code == "40001" || pg.Code == "40P01" || pg.Code == "23505" && pg.ConstraintName == "incident_open_key"
}
