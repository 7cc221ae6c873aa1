package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var ctx = context.Background()

func TestUpdateIsAtomic(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		boom := errors.New("boom")
		err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
			if err := tx.PutTags("arn:aws:x::1:a", map[string]string{"k": "v"}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("Update: got %v, want boom", err)
		}
		if err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error { panic("no") }); err == nil {
			t.Fatal("a panic was not reported")
		}
		view(t, db, func(tx *store.Tx) {
			tags, err := tx.Tags("arn:aws:x::1:a")
			if err != nil || len(tags) != 0 {
				t.Fatalf("tags after a failed update: %v, %v", tags, err)
			}
		})
	})
}

// Many functions at once are committed in groups; one that fails leaves the
// others alone.
func TestGroupCommit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
					c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias(i), Type: tocsin.Personal, Created: tx.Now()}
					if ok, err := tx.InsertContact(c); err != nil || !ok {
						return errors.Join(err, errors.New("not inserted"))
					}
					if i%10 == 0 {
						return errors.New("refused")
					}
					return nil
				})
				if (err != nil) != (i%10 == 0) {
					t.Errorf("update %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		view(t, db, func(tx *store.Tx) {
			all, err := tx.Contacts("", 1000)
			if err != nil || len(all) != 90 {
				t.Fatalf("%d contacts, %v; want 90", len(all), err)
			}
			page, err := tx.Contacts(all[9].Alias, 5)
			if err != nil || page[0].Alias != all[10].Alias || len(page) != 5 {
				t.Fatalf("page: %v, %v", page, err)
			}
		})
	})
}

func alias(i int) string { return "c-" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

func view(t *testing.T, db *store.DB, fn func(*store.Tx)) {
	t.Helper()
	if err := db.View(ctx, dbtest.Who, func(tx *store.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func update(t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Update(ctx, dbtest.Who, fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

// Only one open incident may answer to a key, whoever asks, even if the code
// that should look first did not.
func TestOneOpenIncidentPerKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		put := func(id, key string) error {
			return db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
				return tx.InsertIncident(&tocsin.Incident{Account: dbtest.Account, ID: id, Plan: "p", Status: tocsin.Open, Created: tx.Now()}, key)
			})
		}
		if err := put("1", "k"); err != nil {
			t.Fatal(err)
		}
		if err := put("2", "k"); err == nil {
			t.Fatal("a second open incident with the same key was written")
		}
		if err := errors.Join(put("3", ""), put("4", "")); err != nil {
			t.Fatalf("incidents without key: %v", err)
		}
	})
}

func TestOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		calls := 0
		call := func(token, request string) (out string, err error) {
			err = db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
				out, err = store.Once(tx, "op", token, request, func() (string, error) { calls++; return tocsin.NewID(), nil })
				return err
			})
			return out, err
		}
		a, err := call("t1", "x")
		b, err2 := call("t1", "x")
		if a != b || err != nil || err2 != nil || calls != 1 {
			t.Fatalf("repeat: %q %q %v %v after %d calls", a, b, err, err2, calls)
		}
		if _, err := call("t1", "y"); tocsin.KindOf(err) != tocsin.Conflict {
			t.Fatalf("other request with the same token: %v", err)
		}
		if c, _ := call("t2", "x"); c == a {
			t.Fatal("another token got the same answer")
		}
	})
}

func TestWrongKeyAndNewerSchema(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	other := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(other, make([]byte, 32), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, store.Options{Dir: dir, KeyFile: other}); !errors.Is(err, store.ErrWrongKey) {
		t.Fatalf("open with another key: %v", err)
	}
	if _, err := store.Open(ctx, store.Options{URL: "postgres://x/y"}); !errors.Is(err, store.ErrNoKey) {
		t.Fatalf("open without a key: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v %v", info.Mode(), err)
	}
}

func TestSecretsAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		ch := &store.ChannelRow{Channel: &tocsin.Channel{Account: dbtest.Account, Region: dbtest.Region, ID: "c1", Contact: "ann", Name: "mail",
			Type: tocsin.Email, Address: "ann@example.org", Created: time.Unix(1700000000, 0).UTC()}, Code: "123456"}
		update(t, db, func(tx *store.Tx) error { return tx.InsertChannel(ch) })
		view(t, db, func(tx *store.Tx) {
			got, err := tx.Channel(ch.ARN())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ch, got); diff != "" {
				t.Fatal(diff)
			}
			sealed := tx.Seal("a", []byte("secret"))
			if _, err := tx.Unseal("b", sealed); !errors.Is(err, store.ErrWrongKey) {
				t.Fatalf("a value moved to another row: %v", err)
			}
		})
		if db.Postgres() {
			return
		}
		raw, err := os.ReadFile(filepath.Join(db.Dir(), "tocsin.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"ann@example.org", "123456"} {
			if contains(raw, secret) {
				t.Errorf("%s stands in the file", secret)
			}
		}
	})
}

func contains(b []byte, s string) bool {
	for i := 0; i+len(s) <= len(b); i++ {
		if string(b[i:i+len(s)]) == s {
			return true
		}
	}
	return false
}

func TestAuditOnlyOfPrincipals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		who := dbtest.Who
		update(t, db, func(tx *store.Tx) error { return tx.PutTags("arn:aws:x::1:a", map[string]string{"a": "b"}) })
		who.Operation = "ssm-incidents:TagResource"
		err := db.Update(ctx, who, func(tx *store.Tx) error {
			tx.Note("k=1")
			return tx.PutTags("arn:aws:x::1:a", map[string]string{"k": "1"})
		})
		if err != nil {
			t.Fatal(err)
		}
		view(t, db, func(tx *store.Tx) {
			log, err := tx.AuditLog(store.Cursor{}, 10)
			if err != nil || len(log) != 1 {
				t.Fatalf("audit: %v, %v", log, err)
			}
			log[0].ID, log[0].Time = "", time.Time{}
			want := store.Audit{Principal: who.Principal, Address: "127.0.0.1", Operation: who.Operation, Resource: "arn:aws:x::1:a", Detail: "k=1"}
			if diff := cmp.Diff(want, log[0]); diff != "" {
				t.Fatal(diff)
			}
		})
	})
}

func TestOneActiveServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		release, err := db.Lock(ctx, func() { t.Error("the first had to wait") })
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithCancel(ctx)
		waited := false
		if _, err := db.Lock(short, func() { waited = true; cancel() }); err == nil || !waited {
			t.Fatalf("a second server became active: %v", err)
		}
		other := dbtest.SQLite
		if db.Postgres() {
			other = dbtest.Postgres // another schema of the same database
		}
		free, err := other(t).Lock(ctx, func() { t.Error("a server of other data had to wait"); release() })
		if err != nil {
			t.Fatal(err)
		}
		free()
		release()
		release, err = db.Lock(ctx, func() { t.Error("had to wait after the release") })
		if err != nil {
			t.Fatal(err)
		}
		release()
	})
}

// The store works on fake time: that is what all timed tests stand on.
func TestFakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		var first, second time.Time
		update(t, db, func(tx *store.Tx) error { first = tx.Now(); return nil })
		time.Sleep(30 * time.Minute)
		update(t, db, func(tx *store.Tx) error { second = tx.Now(); return nil })
		if second.Sub(first) < 30*time.Minute || second.Sub(first) > 31*time.Minute {
			t.Fatalf("%v passed", second.Sub(first))
		}
	})
}

func TestSubscribe(t *testing.T) {
	db := dbtest.SQLite(t)
	ready, take, cancel := db.Subscribe()
	defer cancel()
	update(t, db, func(tx *store.Tx) error { tx.Touch("b"); return nil })
	update(t, db, func(tx *store.Tx) error { tx.Touch("a", "b"); return nil })
	<-ready
	if diff := cmp.Diff([]string{"a", "b"}, take()); diff != "" {
		t.Fatal(diff)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dir := t.TempDir()
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	raw, err := sql.Open("sqlite", filepath.Join(dir, "tocsin.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	raw.Close()
	if _, err := store.Open(ctx, store.Options{Dir: dir}); !errors.Is(err, store.ErrNewerSchema) {
		t.Fatalf("open data of a newer version: %v", err)
	}
}

func TestDeadLettersAt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			var err error
			for i, target := range []tocsin.ARN{"source:old", "source:hook", "arn:plan", "source:hook"} {
				err = errors.Join(err, tx.AddDeadLetter(tocsin.DeadLetter{ID: fmt.Sprint(i), Time: tx.Now().Add(time.Duration(i) * time.Second), Target: target}))
			}
			return err
		})
		other := dbtest.Who
		other.Account = "999999999999"
		for _, c := range []struct {
			who  store.Who
			most int
			want map[tocsin.ARN]int
		}{
			{dbtest.Who, 1000, map[tocsin.ARN]int{"source:old": 1, "source:hook": 2, "arn:plan": 1}},
			{dbtest.Who, 3, map[tocsin.ARN]int{"source:hook": 2, "arn:plan": 1}},
			{other, 1000, map[tocsin.ARN]int{}},
		} {
			if err := db.View(ctx, c.who, func(tx *store.Tx) error {
				got, err := tx.DeadLettersAt(c.most)
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("the newest %d of %s: %s", c.most, c.who.Account, diff)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
