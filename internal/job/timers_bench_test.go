package job_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// A million jobs wait, 1,000 of them fall due each second.
const (
	pending = 1_000_000
	rate    = 1000
	window  = 20 * time.Second
)

// timer is a job as an engagement's next look: its work is inside a transaction,
// and has it looked at again an hour later, so that the million stays one.
type timer struct{ Name string }

func (timer) Kind() string     { return "bench.timer" }
func (timer) Queue() job.Queue { return job.Engage }
func (t timer) Key() string    { return t.Name }

// errand is a job whose work is outside.
type errand struct{ Name string }

func (errand) Kind() string     { return "bench.errand" }
func (errand) Queue() job.Queue { return job.Page }

// BenchmarkMillionTimers measures how late jobs are done while a million wait:
// inside from the due time to the commit of their work, outside to the start of
// their work, after the commit of the claim. Beside it, the time that the database
// takes for the smallest commit there is, and the disk for a page meanwhile.
func BenchmarkMillionTimers(b *testing.B) {
	for _, base := range []struct {
		name    string
		options func(b *testing.B) store.Options
	}{
		{"sqlite", func(b *testing.B) store.Options { return store.Options{Dir: b.TempDir()} }},
		{"postgres", func(b *testing.B) store.Options { return dbtest.PostgresOptions(b) }},
	} {
		for _, args := range []job.Args{timer{}, errand{}} {
			b.Run(base.name+"/"+args.Kind(), func(b *testing.B) {
				for b.Loop() {
					millionTimers(b, base.options(b), args)
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func millionTimers(b *testing.B, o store.Options, args job.Args) {
	o.Log = quiet
	db := dbtest.Open(b, o)
	raw := rawDB(b, o)
	first := seed(b, raw, o, args)
	var mu sync.Mutex
	late := make([]time.Duration, 0, rate*int(window/time.Second))
	note := func(due time.Time) {
		took := time.Since(due)
		mu.Lock()
		late = append(late, took)
		mu.Unlock()
	}
	r := job.NewRunner(db, quiet, "tocsin")
	job.In(r, func(tx *store.Tx, a timer) error {
		due, err := strconv.ParseInt(a.Name[strings.IndexByte(a.Name, ' ')+1:], 10, 64)
		tx.OnCommit(func() { note(time.UnixMicro(due)) })
		if err != nil {
			return err
		}
		return job.AtRank(tx, tx.Now().Add(time.Hour), 1, a)
	})
	job.Do(r, func(_ context.Context, _ job.Job, a errand) (job.Finish, error) {
		due, err := strconv.ParseInt(a.Name[strings.IndexByte(a.Name, ' ')+1:], 10, 64)
		note(time.UnixMicro(due))
		return nil, err
	})
	r.Workers(job.Engage, 128)
	r.Workers(job.Page, 64)
	commit := commits(b, raw)
	<-time.After(time.Until(first.Add(-time.Second)))
	stop := start(r)
	disk := fsyncs(b, first.Add(window))
	stop()
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(late)
	at := func(q float64) float64 { return late[int(q*float64(len(late)-1))].Seconds() * 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
	b.ReportMetric(float64(len(late))/window.Seconds(), "jobs/s")
	b.ReportMetric(commit.Seconds()*1000, "commit-ms")
	b.ReportMetric(at(0.5)/1000/commit.Seconds(), "p50/commit")
	b.ReportMetric(at(0.99)/1000/commit.Seconds(), "p99/commit")
	b.ReportMetric(disk.Seconds()*1000, "fsync-p99-ms")
	b.ReportMetric(memory(b), "MB")
	if log, err := os.Stat(filepath.Join(o.Dir, "tocsin.db-wal")); err == nil {
		b.ReportMetric(float64(log.Size())/1e6, "log-MB")
	}
}

func rawDB(b *testing.B, o store.Options) *sql.DB {
	b.Helper()
	driver, dsn := "pgx", o.URL
	if dsn == "" {
		driver, dsn = "sqlite", "file:"+filepath.Join(o.Dir, "tocsin.db")+"?_pragma=busy_timeout(60000)&_pragma=synchronous(FULL)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	return db
}

// seed writes a million jobs of the kind of args: first those of the month to come,
// then a thousand for each second of the window, which begins at the instant given
// back.
func seed(b *testing.B, db *sql.DB, o store.Options, args job.Args) time.Time {
	b.Helper()
	due := int(window/time.Second) * rate
	tomorrow := time.Now().Add(24 * time.Hour)
	insert(b, db, o, args, pending-due, tomorrow, 30*24*time.Hour/pending)
	end := "PRAGMA wal_checkpoint(TRUNCATE)"
	if o.URL != "" {
		end = "VACUUM ANALYZE job"
	}
	if _, err := db.ExecContext(b.Context(), end); err != nil {
		b.Fatal(err)
	}
	first := time.Now().Add(10 * time.Second)
	insert(b, db, o, args, due, first, time.Second/rate)
	return first
}

func insert(b *testing.B, db *sql.DB, o store.Options, args job.Args, n int, first time.Time, step time.Duration) {
	b.Helper()
	id, name := "lpad(to_hex(due), 16, '0') || left(md5(due::text), 16)", "substr(id, 17) || ' ' || CAST(due AS TEXT)" // as newID makes them
	if o.URL == "" {
		id = "printf('%016x', due) || lower(hex(randomblob(8)))"
	}
	key := name
	if _, ok := args.(job.Keyed); !ok {
		key = "''"
	}
	_, err := db.ExecContext(b.Context(), fmt.Sprintf(`
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d),
times AS (SELECT %d + i * CAST(%d AS BIGINT) AS due FROM n),
jobs AS (SELECT %s AS id, due FROM times)
INSERT INTO job (id, queue, kind, key, account, region, due, lease, attempt, args, error, created, rank)
SELECT id, '%s', '%s', %s, '%s', '%s', due, 0, 0, '{"Name":"' || %s || '"}', '', 0, due FROM jobs`,
		n-1, first.UnixMicro(), step.Microseconds(), id, args.Queue(), args.Kind(), key, dbtest.Account, dbtest.Region, name))
	if err != nil {
		b.Fatal(err)
	}
}

// commits gives the median time of a transaction that changes one row.
func commits(b *testing.B, db *sql.DB) time.Duration {
	b.Helper()
	var all []time.Duration
	if _, err := db.ExecContext(b.Context(), "INSERT INTO setting (name, value) VALUES ('bench', '')"); err != nil {
		b.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 2*time.Second; {
		at := time.Now()
		if _, err := db.ExecContext(b.Context(), "UPDATE setting SET value = $1 WHERE name = 'bench'", []byte(at.String())); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(at))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// fsyncs gives the 99th percentile of the time that the disk takes for one page,
// beside what is measured, until the given instant.
func fsyncs(b *testing.B, until time.Time) time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	var all []time.Duration
	for tick := time.NewTicker(20 * time.Millisecond); time.Now().Before(until); <-tick.C {
		at := time.Now()
		if _, err := f.WriteAt(page, int64(len(all)%100*len(page))); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(at))
	}
	slices.Sort(all)
	return all[len(all)*99/100]
}

// memory gives the resident memory of this process in MB.
func memory(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc")
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] == "VmRSS:" {
			kb, err := strconv.Atoi(f[1])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kb) / 1000
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
