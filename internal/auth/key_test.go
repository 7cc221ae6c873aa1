package auth_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func update(t *testing.T, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), dbtest.Who, fn); err != nil {
		t.Fatal(err)
	}
}

func createKey(t *testing.T, db *store.DB, keys *auth.Keys, name string, rights ...auth.Right) (key auth.Key) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		key, err = keys.Create(tx, name, rights)
		return err
	})
	return key
}

func TestKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		keys := auth.NewKeys(db)
		key := createKey(t, db, keys, "terraform", auth.Admin)
		if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(key.ID) || len(key.Secret) != 40 {
			t.Errorf("key %q with a secret of %d characters", key.ID, len(key.Secret))
		}

		secret, who, err := keys.Lookup(t.Context(), key.ID)
		want := &auth.Principal{Account: dbtest.Account, ARN: "arn:aws:iam::111122223333:user/terraform", Name: "terraform", Kind: auth.KindKey, Rights: []auth.Right{auth.Admin}}
		if diff := cmp.Diff(want, who); err != nil || secret != key.Secret || diff != "" {
			t.Fatalf("Lookup: %v, secret right: %v\n%s", err, secret == key.Secret, diff)
		}
		if _, who, err := keys.Lookup(t.Context(), "AKIAAAAAAAAAAAAAAAAA"); who != nil || err != nil {
			t.Errorf("Lookup of a stranger = %v, %v", who, err)
		}

		update(t, db, func(tx *store.Tx) error {
			list, err := keys.List(tx, "", 10)
			key.Secret = ""
			if diff := cmp.Diff([]auth.Key{key}, list); diff != "" {
				t.Errorf("List (-want +got):\n%s", diff)
			}
			return err
		})

		// It was remembered a moment ago, and must be out at once all the same.
		update(t, db, func(tx *store.Tx) error { return keys.Delete(tx, key.ID) })
		if _, who, err := keys.Lookup(t.Context(), key.ID); who != nil || err != nil {
			t.Errorf("Lookup after Delete = %v, %v", who, err)
		}
		err = db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error { return keys.Delete(tx, key.ID) })
		if tocsin.KindOf(err) != tocsin.NotFound {
			t.Errorf("Delete of a missing key = %v", err)
		}
	})
}

func TestKeysOfAnotherProcessAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		here, elsewhere := auth.NewKeys(db), auth.NewKeys(db)
		key := createKey(t, db, elsewhere, "ci", auth.Read)
		if _, who, _ := here.Lookup(t.Context(), key.ID); who == nil {
			t.Fatal("a new key is not found")
		}
		update(t, db, func(tx *store.Tx) error { return elsewhere.Delete(tx, key.ID) })
		time.Sleep(time.Minute)
		if _, who, _ := here.Lookup(t.Context(), key.ID); who != nil {
			t.Error("a deleted key still works after a minute")
		}
	})
}

func TestAKeyOfAnotherAccountCannotBeDeleted(t *testing.T) {
	db := dbtest.SQLite(t)
	keys := auth.NewKeys(db)
	key := createKey(t, db, keys, "mine", auth.Admin)
	stranger := dbtest.Who
	stranger.Account = "999988887777"
	err := db.Update(t.Context(), stranger, func(tx *store.Tx) error { return keys.Delete(tx, key.ID) })
	if tocsin.KindOf(err) != tocsin.NotFound {
		t.Errorf("Delete by a stranger = %v", err)
	}
	if _, who, _ := keys.Lookup(t.Context(), key.ID); who == nil {
		t.Error("the key is gone")
	}
}

func TestFirstKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		keys := auth.NewKeys(db)
		made, err := keys.First(t.Context(), dbtest.Account, "", "")
		if err != nil || made == nil {
			t.Fatalf("First = %v, %v", made, err)
		}
		if _, who, _ := keys.Lookup(t.Context(), made.ID); who == nil || !who.May(auth.Admin) || !who.May(auth.Ingest) {
			t.Errorf("the first key may %+v", who)
		}
		if again, err := keys.First(t.Context(), dbtest.Account, "", ""); again != nil || err != nil {
			t.Errorf("a second first key: %v, %v", again, err)
		}

		for _, secret := range []string{"a secret from outside", "another one later"} {
			if made, err := keys.First(t.Context(), dbtest.Account, "AKIDEXAMPLE", secret); made != nil || err != nil {
				t.Fatalf("First with a given key = %v, %v", made, err)
			}
			if got, _, _ := keys.Lookup(t.Context(), "AKIDEXAMPLE"); got != secret {
				t.Errorf("the secret is not the given one")
			}
		}
		for _, bad := range [][2]string{{"AKID", ""}, {"", "a long enough secret"}, {"has space", "a long enough secret"}} {
			_, err := keys.First(t.Context(), dbtest.Account, bad[0], bad[1])
			if tocsin.KindOf(err) != tocsin.Invalid {
				t.Errorf("First(%q) = %v", bad, err)
			}
			if bad[1] != "" && err != nil && strings.Contains(err.Error(), bad[1]) {
				t.Errorf("the error tells the secret")
			}
		}
	})
}

func TestNamesThatNoARNCanHold(t *testing.T) {
	db := dbtest.SQLite(t)
	keys := auth.NewKeys(db)
	for _, name := range []string{"", "a b", "ü", "a/b", "a:b", strings.Repeat("x", 65)} {
		err := db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error {
			_, err := keys.Create(tx, name, []auth.Right{auth.Read})
			return err
		})
		if tocsin.KindOf(err) != tocsin.Invalid {
			t.Errorf("Create(%q) = %v", name, err)
		}
	}
}
