package sqs

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// station is a bus on a real store, and a source that brings it events.
type station struct {
	t   *testing.T
	db  *store.DB
	dir string
	in  *source.Intake
}

// newStation has rules for root users and for sources called test.
func newStation(t *testing.T) *station {
	t.Helper()
	s := &station{t: t, dir: t.TempDir()}
	s.db = dbtest.Open(t, store.Options{Dir: s.dir})
	log := slog.New(slog.DiscardHandler)
	b := bus.New(s.db, log)
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.in = &source.Intake{Name: "queue", Kind: "sqs", DB: s.db, Bus: b, Log: log, Who: dbtest.Who}
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "plan", Template: tocsin.Template{Title: "Title", Impact: 2}, Created: tx.Now()})
		return err
	})
	s.rule("root", `{"detail":{"userIdentity":{"type":["Root"]}}}`)
	s.rule("test", `{"source":["test"]}`)
	s.rule("sns", `{"source":["sns"]}`)
	return s
}

func (s *station) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(context.Background(), dbtest.Who, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) rule(name, pattern string) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		if err := s.in.Bus.PutRule(tx, &tocsin.Rule{Bus: "default", Name: name, Pattern: pattern, State: tocsin.RuleEnabled}, nil); err != nil {
			return err
		}
		return s.in.Bus.PutTargets(tx, "default", name, []tocsin.Target{{ID: "1", ARN: tocsin.ResponsePlanARN(dbtest.Account, "plan"), Rest: []byte(`{}`)}})
	})
}

// titles gives those of all incidents, sorted.
func (s *station) titles() []string {
	s.t.Helper()
	var all []*tocsin.Incident
	s.update(func(tx *store.Tx) (err error) {
		all, err = tx.Incidents(tocsin.Open, store.Cursor{}, 1000)
		return err
	})
	var out []string
	for _, i := range all {
		title, _, _ := strings.Cut(i.Title, " (late:")
		out = append(out, title)
	}
	slices.Sort(out)
	return out
}

// letters gives why messages were put aside.
func (s *station) letters() (why []string) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		all, err := tx.DeadLetters(store.Cursor{}, 1000)
		for _, l := range all {
			why = append(why, l.Message)
		}
		return err
	})
	return why
}

// fail has the store refuse to keep what comes, until what it gives back is called.
func (s *station) fail() (mend func()) {
	s.t.Helper()
	do := func(statements ...string) {
		conn, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "tocsin.db")+"?_pragma=busy_timeout(60000)") // the store may be writing
		if err != nil {
			s.t.Fatal(err)
		}
		defer conn.Close()
		for _, q := range statements {
			if _, err := conn.ExecContext(context.Background(), q); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	do(`CREATE TRIGGER a BEFORE INSERT ON incident BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
		`CREATE TRIGGER b BEFORE INSERT ON dead_letter BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`)
	return func() { do(`DROP TRIGGER a`, `DROP TRIGGER b`) }
}

const (
	// root is a root user's sign-in as EventBridge delivers it, call the same as CloudTrail keeps it.
	root = `{"version":"0","id":"00000000-0000-0000-0000-00000000000a","detail-type":"AWS Console Sign In via CloudTrail","source":"aws.signin","account":"111122223333",` +
		`"time":"2026-11-01T03:04:05Z","region":"us-east-1","resources":[],"detail":` + call + `}`
	call = `{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::111122223333:root"},"eventTime":"2026-11-01T03:04:05Z","eventSource":"signin.amazonaws.com",` +
		`"eventName":"ConsoleLogin","awsRegion":"us-east-1","eventID":"aaaaaaaa-1111-2222-3333-444444444444","eventType":"AwsConsoleSignIn","recipientAccountId":"111122223333"}`
	// plain says neither an id nor a time.
	plain = `{"source":"test","detail-type":"t","detail":{}}`
)
