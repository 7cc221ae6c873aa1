package server

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
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

// Examine tells what would fail in an account by a backup of its data, which it
// reads into a folder of its own and forgets again. The key file is that of the
// data. Which channels have a provider is not known then.
func Examine(ctx context.Context, file, keyFile string, account tocsin.Account) (found []doctor.Finding, err error) {
	dir, err := os.MkdirTemp("", "tocsin-doctor-")
	if err != nil {
		return nil, fmt.Errorf("folder for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := Data{Dir: dir, KeyFile: keyFile}
	if _, err := Restore(ctx, d, file); err != nil {
		return nil, err
	}
	db, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var h doctor.House
	err = db.View(ctx, store.Who{Account: account}, func(tx *store.Tx) (err error) {
		h, err = doctor.Read(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(h.Plans)+len(h.Book.Contacts) == 0 {
		return nil, fmt.Errorf("the backup holds nothing of account %s", account)
	}
	return doctor.Examine(h), nil
}
