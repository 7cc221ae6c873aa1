package server

import (
	"context"
	"fmt"
	"os"

	"github.com/tocsin-io/tocsin/internal/store"
)

func (d Data) open(ctx context.Context) (*store.DB, error) {
	return store.Open(ctx, store.Options{Dir: d.Dir, URL: d.URL, KeyFile: d.KeyFile})
}

// Backup writes all data as of one instant to a new file and gives the number
// of rows. A server may be running on it.
func Backup(ctx context.Context, d Data, file string) (rows int, err error) {
	db, err := d.open(ctx)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("backup file: %w", err)
	}
	defer func() {
		if err != nil { // half a backup must not be taken for one
			f.Close()
			os.Remove(file)
		}
	}()
	if rows, err = db.Backup(ctx, f); err != nil {
		return 0, err
	}
	if err = f.Sync(); err != nil {
		return 0, fmt.Errorf("backup file: %w", err)
	}
	if err = f.Close(); err != nil {
		return 0, fmt.Errorf("backup file: %w", err)
	}
	return rows, nil
}

// Restore fills an empty database from a backup and gives the number of rows.
func Restore(ctx context.Context, d Data, file string) (rows int, err error) {
	db, err := d.open(ctx)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	release, err := db.Lock(ctx, func() {})
	if err != nil {
		return 0, err
	}
	defer release()
	f, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("backup file: %w", err)
	}
	defer f.Close()
	return db.Restore(ctx, f)
}
