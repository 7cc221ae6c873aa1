package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// A backup of either database restores into either, and gives the same backup again.
func TestBackupAndRestore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			ch := &store.ChannelRow{Channel: &tocsin.Channel{Account: dbtest.Account, Region: dbtest.Region, ID: "c1", Contact: "ann", Type: tocsin.Email,
				Address: "ann@example.org", Activated: true, Created: tx.Now()}}
			c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "ann", Type: tocsin.Personal, DisplayName: "Änn \"quoted\" <b>", Created: tx.Now()}
			_, err := tx.InsertContact(c)
			return errors.Join(err, tx.InsertChannel(ch), tx.PutTags("arn:aws:x::1:a", map[string]string{"k": ""}))
		})
		var first bytes.Buffer
		n, err := db.Backup(ctx, &first)
		if err != nil || n < 4 {
			t.Fatalf("backup: %d rows, %v", n, err)
		}
		if strings.Contains(first.String(), "ann@example.org") {
			t.Error("the backup holds an address in the clear")
		}
		if _, err := db.Restore(ctx, bytes.NewReader(first.Bytes())); !errors.Is(err, store.ErrNotEmpty) {
			t.Fatalf("restore over data: %v", err)
		}
		o := store.Options{Dir: t.TempDir(), KeyFile: ""}
		if _, err := dbtest.Open(t, o).Restore(ctx, bytes.NewReader(first.Bytes())); !errors.Is(err, store.ErrWrongKey) {
			t.Fatalf("restore with another key: %v", err)
		}
		other := dbtest.Open(t, store.Options{Dir: t.TempDir(), KeyFile: keyFileOf(t, db)})
		if m, err := other.Restore(ctx, bytes.NewReader(first.Bytes())); err != nil || m != n {
			t.Fatalf("restore: %d rows, %v", m, err)
		}
		var second bytes.Buffer
		if _, err := other.Backup(ctx, &second); err != nil {
			t.Fatal(err)
		}
		_, a, _ := strings.Cut(first.String(), "\n")
		_, b, _ := strings.Cut(second.String(), "\n")
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatal(diff)
		}
		if _, err := dbtest.SQLite(t).Restore(ctx, strings.NewReader("{}")); err == nil {
			t.Fatal("something else was restored")
		}
	})
}

func keyFileOf(t *testing.T, db *store.DB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(db.Key()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
