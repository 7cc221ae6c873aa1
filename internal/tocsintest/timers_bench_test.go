package tocsintest_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// BenchmarkMillionStart: from the process's start, after it was killed, to ready,
// with a million engagements to be looked at again; and its memory when 1,000 of
// them a second have fallen due for ten seconds.
func BenchmarkMillionStart(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		dir := b.TempDir()
		millionStart(b, store.Options{Dir: dir}, "sqlite", "file:"+filepath.Join(dir, "tocsin.db"), "printf('%016x', due) || lower(hex(randomblob(8)))",
			[]string{"--data", dir}, nil)
	})
	b.Run("postgres", func(b *testing.B) {
		o := dbtest.PostgresOptions(b)
		millionStart(b, o, "pgx", o.URL, "lpad(to_hex(due), 16, '0') || left(md5(due::text), 16)",
			[]string{"--database", o.URL}, []string{"TOCSIN_KEY_FILE=" + o.KeyFile})
	})
}

func millionStart(b *testing.B, o store.Options, driver, dsn, id string, args, env []string) {
	db, err := store.Open(b.Context(), o) // makes the schema
	if err != nil {
		b.Fatal(err)
	}
	db.Close()
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer raw.Close()
	fill := func(n int, first time.Time, step time.Duration) {
		_, err := raw.ExecContext(b.Context(), fmt.Sprintf(`
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
times AS (SELECT %d + i * CAST(%d AS BIGINT) AS due FROM n),
jobs AS (SELECT %s AS id, due FROM times),
wakes AS (SELECT id, due, 'arn:aws:ssm-contacts:us-east-1:000000000000:engagement/ann/' || substr(id, 17) || substr(id, 1, 16) AS key FROM jobs)
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created, rank)
SELECT id, 'engage', 'engagement.wake', key, '000000000000', 'us-east-1', due, 0, 0, '{"Engagement":"' || key || '"}', '', due, 1 FROM wakes`,
			n-1, first.UnixMicro(), step.Microseconds(), id))
		if err != nil {
			b.Fatal(err)
		}
	}
	const near = 10_000
	fill(1_000_000-near, time.Now().Add(24*time.Hour), 2*time.Second)
	p := tocsintest.Start(b, args, env)
	for b.Loop() {
		p.Kill()
		began := time.Now()
		p.Again()
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "start-ms")
	}
	fill(near, time.Now().Add(10*time.Second), time.Millisecond)
	p.Stop() // nobody told it of the new ones
	p.Again()
	left := near
	for end := time.Now().Add(time.Minute); left > 0 && time.Now().Before(end); {
		<-time.After(time.Second)
		if err := raw.QueryRowContext(b.Context(), "SELECT count(*) FROM job WHERE due < $1 AND queue = 'engage'", time.Now().Add(time.Hour).UnixMicro()).Scan(&left); err != nil {
			b.Fatal(err)
		}
	}
	if left > 0 {
		b.Errorf("%d of %d were not done within a minute", left, near)
	}
	b.ReportMetric(rss(b, p.PID()), "MB")
	b.ReportMetric(0, "ns/op")
}
