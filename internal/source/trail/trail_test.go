package trail

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// station is a bus with rules on a real store.
type station struct {
	t  testing.TB
	db *store.DB
	in *source.Intake
}

func newStation(t testing.TB, db *store.DB) *station {
	t.Helper()
	s := &station{t: t, db: db}
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "plan", Template: tocsin.Template{Title: "Title", Impact: 2}, Created: tx.Now()})
		return err
	})
	s.in = s.intake()
	return s
}

// intake is that of a server that was just started.
func (s *station) intake() *source.Intake {
	s.t.Helper()
	b := bus.New(s.db, slog.New(slog.DiscardHandler))
	if err := b.Load(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	in := &source.Intake{Name: "trail", Kind: "cloudtrail-files", DB: s.db, Bus: b, Log: slog.New(slog.DiscardHandler), Who: dbtest.Who}
	in.Who.Operation = "source:trail"
	return in
}

func (s *station) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(context.Background(), dbtest.Who, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) rule(name, pattern string, tags ...string) {
	s.t.Helper()
	all := map[string]string{}
	if len(tags) == 2 {
		all[tags[0]] = tags[1]
	}
	s.update(func(tx *store.Tx) error {
		if err := s.in.Bus.PutRule(tx, &tocsin.Rule{Bus: "default", Name: name, Pattern: pattern, State: tocsin.RuleEnabled}, all); err != nil {
			return err
		}
		return s.in.Bus.PutTargets(tx, "default", name, []tocsin.Target{{ID: "1", ARN: tocsin.ResponsePlanARN(dbtest.Account, "plan"), Rest: []byte(`{}`)}})
	})
}

func (s *station) incidents() (out []*tocsin.Incident) {
	s.t.Helper()
	s.update(func(tx *store.Tx) (err error) {
		out, err = tx.Incidents(tocsin.Open, store.Cursor{}, 1000)
		return err
	})
	return out
}

func (s *station) letters() (out []tocsin.DeadLetter) {
	s.t.Helper()
	s.update(func(tx *store.Tx) (err error) {
		out, err = tx.DeadLetters(store.Cursor{}, 1000)
		return err
	})
	return out
}

// start opens a source with settings, as a server does when it starts.
func (s *station) start(settings source.Settings) *Trail {
	s.t.Helper()
	t, err := open(settings)
	if err != nil {
		s.t.Fatal(err)
	}
	t.in = s.in
	s.in.Files, s.in.Late = t.limits, t.late
	if err := t.connect(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	if err := t.remember(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return t
}

// round takes what there is; want is what the error says, "" for none.
func (s *station) round(t *Trail, want string) {
	s.t.Helper()
	err := t.round(context.Background())
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		s.t.Errorf("a round ends with %v, want %q", err, want)
	}
}

// record is a CloudTrail record of CreateUser by a user of its own.
func record(id string, at time.Time) string {
	return fmt.Sprintf(`{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/%s","principalId":"%s"},"eventTime":"%s","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"%s","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333"}`,
		id, id, at.UTC().Format(time.RFC3339), id)
}

func records(ids string, at time.Time) []byte {
	var all []string
	for id := range strings.FieldsSeq(ids) {
		all = append(all, record(id, at))
	}
	return []byte(`{"Records":[` + strings.Join(all, ",") + `]}`)
}

func zipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes a file that is as old as said.
func write(t testing.TB, name string, text []byte, age time.Duration) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(name, at, at); err != nil {
		t.Fatal(err)
	}
	return name
}

const iam = `{"source":["aws.iam"]}`

// Files are taken once, over restarts too, and those that grow or cannot be read
// are taken when they can, or put aside after a while.
func TestFolder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", iam)
		dir := t.TempDir()
		now := time.Now()
		logs := filepath.Join(dir, "AWSLogs/111122223333/CloudTrail/us-east-1", now.UTC().Format("2006/01/02"))
		write(t, filepath.Join(logs, "a.json.gz"), zipped(t, records("a1 a2", now)), 10*time.Minute)
		write(t, filepath.Join(logs, "old.json.gz"), zipped(t, records("old", now)), 3*time.Hour)
		write(t, filepath.Join(logs, "new.json.gz"), zipped(t, records("n1", now)), 0)
		write(t, filepath.Join(logs, "notes.txt"), records("no", now), time.Minute)
		write(t, filepath.Join(dir, "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/11/22/x.json.gz"), zipped(t, records("in", now)), time.Minute)
		write(t, filepath.Join(dir, "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/22/1_CloudTrail-Digest_us-east-1_t_us-east-1_20261122T000000Z.json.gz"), zipped(t, []byte(`{}`)), time.Minute)
		whole := zipped(t, records("b1 b2", now))
		half := write(t, filepath.Join(logs, "b.json.gz"), whole[:len(whole)-20], 10*time.Minute)
		bad := write(t, filepath.Join(logs, "bad.json"), []byte("no JSON\n"), 20*time.Minute)
		tr := s.start(source.Settings{"path": dir})
		s.round(tr, "b.json.gz: truncated gzip")
		write(t, half, whole, 5*time.Minute)
		s.round(tr, "bad.json: holds no JSON")
		write(t, filepath.Join(logs, "new.json.gz"), zipped(t, records("n1", now)), time.Minute)
		write(t, bad, []byte("no JSON\n"), 2*time.Hour)
		tr.from = now.Add(-150 * time.Minute)
		s.round(tr, "")
		if got := len(s.incidents()); got != 5 {
			t.Errorf("%d incidents, want of a1 a2 b1 b2 n1", got)
		}
		var told []string
		for _, l := range s.letters() {
			told = append(told, l.EventRaw)
		}
		if diff := cmp.Diff([]string{bad, "no JSON"}, told); diff != "" {
			t.Errorf("dead letters (-want +got):\n%s", diff)
		}
		was := s.in.Status()
		s.in = s.intake()
		tr = s.start(source.Settings{"path": dir})
		s.round(tr, "")
		if now := s.in.Status(); now.Received != 0 || was.Received == 0 {
			t.Errorf("after a restart files were read again: %+v", now)
		}
		write(t, filepath.Join(logs, "c.json"), records("c1", now), time.Minute)
		s.round(tr, "")
		if now := s.in.Status(); now.Matched != 1 {
			t.Errorf("a new file after a restart: %+v", now)
		}
	})
}

// A source that ends in the middle of a file takes it again, and nothing twice.
func TestEndsInTheMiddle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", iam)
		dir := t.TempDir()
		var ids strings.Builder
		const many = 450
		for i := range many {
			fmt.Fprintf(&ids, "e%d ", i)
		}
		write(t, filepath.Join(dir, "a.json.gz"), zipped(t, records(ids.String(), time.Now())), time.Minute)
		ctx, kill := context.WithCancel(t.Context())
		tr := s.start(source.Settings{"path": dir})
		ended := make(chan struct{})
		go func() { defer close(ended); _ = tr.round(ctx) }() // it is killed, or has taken all by then
		for s.in.Status().Matched == 0 {
			select {
			case <-ended:
				if s.in.Status().Matched == 0 {
					t.Fatal("the round ended before anything came")
				}
			default:
				runtime.Gosched()
			}
		}
		kill()
		<-ended
		first := s.in.Status()
		s.in = s.intake()
		s.round(s.start(source.Settings{"path": dir}), "")
		again := s.in.Status()
		if got := len(s.incidents()); got != many || first.Matched+again.Matched != many {
			t.Errorf("%d incidents of %d; %d delivered before and %d after", got, many, first.Matched, again.Matched)
		}
	})
}

// What cannot be reached is told, and tried again.
func TestNotReached(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", iam)
	dir := filepath.Join(t.TempDir(), "later")
	tr := s.start(source.Settings{"path": dir})
	s.round(tr, "no such file")
	write(t, filepath.Join(dir, "b.json"), records("b", time.Now()), time.Minute)
	s.round(tr, "")
	if got := s.in.Status().Matched; got != 1 {
		t.Errorf("%d events when the folder came", got)
	}
}

// A file that is to blame itself keeps the note of how far all was taken from no
// going on; one that could not be read does.
func TestTroubles(t *testing.T) {
	var of troubles
	of.add(retry{errors.New("cut off")})
	if of.waits || of.err() == nil {
		t.Errorf("%+v", of)
	}
	for i := range 5 {
		of.add(fmt.Errorf("trouble %d", i))
	}
	if got := of.err(); !of.waits || got.Error() != "cut off; trouble 0; trouble 1; and 3 more" {
		t.Errorf("%+v: %v", of, got)
	}
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		settings source.Settings
		want     string // "" for fine
	}{
		{source.Settings{"path": "/x"}, ""},
		{source.Settings{"path": "s3://b/p", "endpoint": "http://127.0.0.1:1", "accessKeyId": "a", "secretAccessKey": "b", "region": "r"}, ""},
		{source.Settings{"path": "/x", "reconcile": "true", "grace": "0s", "missed": "report", "from": "2026-11-01", "late": "48h", "interval": "5s", "maxBytes": "1000"}, ""},
		{source.Settings{"path": "/x", "verify": "true", "publicKeys": "/k"}, ""},
		{source.Settings{"path": "s3:///p"}, "names no bucket"},
		{source.Settings{"path": "/x", "interval": "soon"}, `interval: "soon" is not a time of at least 1s`},
		{source.Settings{"path": "/x", "interval": "1ms"}, "interval"},
		{source.Settings{"path": "/x", "from": "yesterday"}, "from"},
		{source.Settings{"path": "/x", "maxBytes": "-1"}, "maxBytes"},
		{source.Settings{"path": "/x", "reconcile": "yes"}, "reconcile"},
		{source.Settings{"path": "/x", "missed": "report"}, "need reconcile"},
		{source.Settings{"path": "/x", "reconcile": "true", "missed": "page"}, "one of deliver, report"},
		{source.Settings{"path": "/x", "verify": "true"}, "verify needs publicKeys"},
		{source.Settings{"path": "/x", "publicKeys": "/k"}, "publicKeys needs verify"},
		{source.Settings{"path": "/x", "region": "r"}, "for s3:// only"},
		{source.Settings{"path": "s3://b", "accessKeyId": "a"}, "neither"},
	} {
		_, err := open(c.settings)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: %v, want %q", c.settings, err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]kind{
		"s3://b/AWSLogs/1/CloudTrail/us-east-1/2026/11/22/1_CloudTrail_us-east-1_20261122T0000Z_x.json.gz": log,
		"/var/log/x.jsonl": log, "/var/log/x.json": log, "/x/y.ndjson.gz": log, "/x/y.txt": other, "/x/digest.sig": other,
		"/x/AWSLogs/1/CloudTrail-Digest/us-east-1/2026/11/22/1_CloudTrail-Digest_us-east-1_t_us-east-1_20261122T000000Z.json.gz": digest,
		"/x/1_CloudTrail-Digest_us-east-1_t_us-east-1_20261122T000000Z.json.gz.sig":                                              other,
		"/x/AWSLogs/1/CloudTrail-Insight/us-east-1/2026/11/22/1_CloudTrail-Insight_us-east-1_20261122T0000Z_x.json.gz":           other,
	} {
		if got := kindOf(name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
	since := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for folder, want := range map[string]bool{
		"/l/AWSLogs/1/CloudTrail/us-east-1/2025": true, "/l/AWSLogs/1/CloudTrail/us-east-1/2026": false, "/l/AWSLogs/1/CloudTrail/us-east-1/2026/10": true,
		"/l/AWSLogs/1/CloudTrail/us-east-1/2026/11": false, "/l/AWSLogs/1/CloudTrail/us-east-1/2026/11/18": true, "/l/AWSLogs/1/CloudTrail/us-east-1/2026/11/19": false,
		"s3://b/AWSLogs/o-1/1/CloudTrail-Digest/eu-west-1/2026/11/18": true, "/backup/2020": false, "/l/CloudTrail": false, "/l/AWSLogs/1/CloudTrail/us-east-1/2026/11/99": false,
	} {
		if got := before(folder, since); got != want {
			t.Errorf("%s holds nothing since: %v, want %v", folder, got, want)
		}
	}
}
