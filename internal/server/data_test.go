package server

import (
	"path/filepath"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/doctor"
	"github.com/tocsin-io/tocsin/internal/store"
)

// A backup tells the same as the server that it was made of.
func TestExamineABackup(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	const account = "111122223333"
	err = db.Update(t.Context(), store.Who{Account: account, Region: "us-east-1"}, func(tx *store.Tx) error {
		_, err := tx.InsertContact(&tocsin.Contact{Account: account, Region: "us-east-1", Alias: "ann", Type: tocsin.Personal})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	if _, err := Backup(t.Context(), Data{Dir: dir}, file); err != nil {
		t.Fatal(err)
	}
	found, err := Examine(t.Context(), file, filepath.Join(dir, "key"), account)
	if err != nil || len(found) != 1 || found[0].Kind != doctor.EmptyPlan {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := Examine(t.Context(), file, filepath.Join(dir, "key"), "999999999999"); err == nil {
		t.Error("an account that the backup has nothing of was examined")
	}
}
