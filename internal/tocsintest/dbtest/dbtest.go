// Package dbtest opens the real store for tests: SQLite in a temporary folder,
// and PostgreSQL in a schema of its own where TOCSIN_TEST_POSTGRES names a
// server. Tests of the domain run on both.
package dbtest

import (
	"context"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Account and Region are what tests run under.
const (
	Account = tocsin.Account("111122223333")
	Region  = tocsin.Region("us-east-1")
)

// Who is an administrator of the test account.
var Who = store.Who{Account: Account, Region: Region, Principal: "arn:aws:iam::111122223333:user/test", Address: "127.0.0.1"}

// Each runs fn as a subtest on every database there is.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens a new SQLite store in a temporary folder, closed with the test.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Options{Dir: t.TempDir()})
}

// Open opens a store, closed with the test.
func Open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Postgres opens a store in a new schema of the test server. Without a server
// the test is skipped, or fails where TOCSIN_REQUIRE or CI demand one.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, PostgresOptions(t))
}

// PostgresOptions makes a new schema and gives the options to open it.
func PostgresOptions(t testing.TB) store.Options {
	t.Helper()
	base := os.Getenv("TOCSIN_TEST_POSTGRES")
	if base == "" {
		if strings.Contains(os.Getenv("TOCSIN_REQUIRE"), "postgres") || os.Getenv("CI") == "true" {
			t.Fatal("TOCSIN_TEST_POSTGRES is not set: run the tests with make test")
		}
		t.Skip("SKIPPED on PostgreSQL: TOCSIN_TEST_POSTGRES is not set (make test starts a server)")
	}
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("TOCSIN_TEST_POSTGRES: %v", err)
	}
	schema := "t" + strings.ReplaceAll(tocsin.NewID(), "-", "")
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatalf("make schema: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE"); err != nil {
			t.Errorf("drop schema: %v", err)
		}
		admin.Close()
	})
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	return store.Options{URL: u.String(), KeyFile: key}
}
