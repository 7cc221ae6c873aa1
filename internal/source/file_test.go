package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/cloudtrailgen"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// station is a bus with rules on a real store, and a source that brings it events.
type station struct {
	t  testing.TB
	db *store.DB
	in *source.Intake
}

func newStation(t testing.TB, db *store.DB) *station {
	t.Helper()
	b := bus.New(db, slog.New(slog.DiscardHandler))
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &station{t: t, db: db, in: &source.Intake{Name: "trail", Kind: "cloudtrail-files", DB: db, Bus: b, Log: slog.New(slog.DiscardHandler), Who: dbtest.Who}}
	s.in.Who.Operation = "source:trail"
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "plan", Template: tocsin.Template{Title: "Title", Impact: 2}, Created: tx.Now()})
		return err
	})
	return s
}

func (s *station) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(context.Background(), dbtest.Who, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) rule(name, pattern string, state tocsin.RuleState) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		if err := s.in.Bus.PutRule(tx, &tocsin.Rule{Bus: "default", Name: name, Pattern: pattern, State: state}, nil); err != nil {
			return err
		}
		return s.in.Bus.PutTargets(tx, "default", name, []tocsin.Target{{ID: "1", ARN: tocsin.ResponsePlanARN(dbtest.Account, "plan"), Rest: []byte(`{}`)}})
	})
}

func (s *station) letters() (out []tocsin.DeadLetter) {
	s.t.Helper()
	s.update(func(tx *store.Tx) (err error) {
		out, err = tx.DeadLetters(store.Cursor{}, 1000)
		return err
	})
	return out
}

func (s *station) take(in source.Input) source.FileResult {
	s.t.Helper()
	got, err := s.in.TakeFile(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// logs writes generated CloudTrail files.
func logs(t testing.TB, size int64) ([]source.Input, cloudtrailgen.Manifest) {
	t.Helper()
	dir := t.TempDir()
	o := cloudtrailgen.Defaults()
	o.Bytes, o.PerFile = size, 900
	m, err := cloudtrailgen.Write(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := source.Files(filepath.Join(dir, "AWSLogs"))
	if err != nil {
		t.Fatal(err)
	}
	return inputs, m
}

// What the generator knows that it wrote is what is delivered: once, however often
// and by whichever way it comes.
func TestTakeFile(t *testing.T) {
	inputs, m := logs(t, 4<<20)
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		wanted := []string{"console-login", "trail-tampering", "write-by-wildcard", "world-open-ingress"}
		var want int64
		for _, name := range wanted {
			s.rule(name, `{"detail":`+m.ProbePattern[name]+`}`, tocsin.RuleEnabled)
			want += m.ProbeCounts[name]
		}
		s.rule("never", `{"detail":`+m.ProbePattern["never"]+`}`, tocsin.RuleEnabled)
		s.rule("reads", `{"detail":{"eventName":["GetObject","DescribeInstances"],"managementEvent":[true]}}`, tocsin.RuleEnabled) // hidden from it
		var first, again source.FileResult
		for _, sum := range []*source.FileResult{&first, &again} {
			for _, in := range inputs {
				r := s.take(in)
				*sum = source.FileResult{Records: sum.Records + r.Records, Matched: sum.Matched + r.Matched, Repeats: sum.Repeats + r.Repeats, Bytes: sum.Bytes + r.Bytes}
			}
		}
		if want < 10 {
			t.Fatalf("%d records are wanted: the test shows nothing", want)
		}
		if diff := cmp.Diff(source.FileResult{Records: m.Records, Matched: want, Bytes: m.Bytes}, first); diff != "" {
			t.Errorf("the first time (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(source.FileResult{Records: m.Records, Repeats: want, Bytes: m.Bytes}, again); diff != "" {
			t.Errorf("again (-want +got):\n%s", diff)
		}
		if st := s.in.Status(); st.Received != 2*m.Records || st.Matched != want || st.Repeats != want || st.Lag == 0 || st.Error != "" {
			t.Errorf("status %+v", st)
		}
	})
}

// A record that came live, as EventBridge delivers it, is not delivered again from
// the file, nor the other way round; and a rule counts from when it was put.
func TestTakeFileOfWhatCame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		record := func(id string) string {
			return `{"eventVersion":"1.09","eventTime":"2026-11-22T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventID":"` +
				id + `","eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333"}`
		}
		live := func(id string) {
			t.Helper()
			arrivals, err := new(source.Decoder).Decode([]byte(`{"version":"0","id":"other-`+id+`","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"111122223333",
				"time":"2026-11-22T03:04:05Z","region":"us-east-1","resources":[],"detail":`+record(id)+`}`), s.in.Origin())
			if err == nil {
				err = s.in.Take(t.Context(), arrivals)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s.rule("r", `{"source":["aws.iam"]}`, tocsin.RuleEnabled)
		live("one")
		text := `{"Records":[` + record("one") + `,` + record("two") + `]}`
		if got := s.take(source.Stream("f", strings.NewReader(text))); got.Matched != 1 || got.Repeats != 1 {
			t.Errorf("file after live: %+v", got)
		}
		live("two")
		if st := s.in.Status(); st.Matched != 2 || st.Repeats != 2 {
			t.Errorf("live after file: %+v", st)
		}
		between := &hooked{parts: []io.Reader{strings.NewReader(strings.Repeat(`{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventName":"PutObject","eventTime":"2026-11-22T03:04:05Z","eventID":"a"}`+"\n", 5000)),
			strings.NewReader(`{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventName":"PutObject","eventTime":"2026-11-22T03:04:05Z","eventID":"b"}` + "\n")},
			then: func() { s.rule("s", `{"source":["aws.s3"]}`, tocsin.RuleEnabled) }}
		if got := s.take(source.Stream("g", between)); got.Records != 5001 || got.Matched == 0 {
			t.Errorf("a rule that was put meanwhile: %+v", got)
		}
	})
}

// hooked reads one part after the other, with something between them.
type hooked struct {
	parts []io.Reader
	then  func()
}

func (h *hooked) Read(b []byte) (int, error) {
	n, err := h.parts[0].Read(b)
	if err == io.EOF && len(h.parts) > 1 {
		h.parts = h.parts[1:]
		h.then()
		return h.Read(b)
	}
	return n, err
}

// without is text without end.
type without string

func (e without) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		n += copy(b[n:], e)
	}
	return n, nil
}

func zip(t testing.TB, in io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.Copy(z, in); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const good = `{"eventVersion":"1.09","eventTime":"2026-11-22T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","eventID":"%s","eventType":"AwsApiCall"}`

// Whatever a file is, what is good in it is delivered, what is not is told with the
// file's name, and memory stays bounded.
func TestTakeHostileFile(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.in.Files.Bytes = 96 << 20
	s.rule("r", `{"source":["aws.iam"]}`, tocsin.RuleEnabled)
	ok := func(id string) string { return fmt.Sprintf(good, id) }
	half := zip(t, strings.NewReader(`{"Records":[`+ok("h1")+`,`+ok("h2")+`]}`))
	for _, c := range []struct {
		name             string
		file             io.Reader
		matched, refused int64
		why              string // in the error
	}{
		{"no record", strings.NewReader(`{"Records":[1,"x",[],{"a":}` + `,` + ok("a1") + `]}`), 1, 4, ""},
		{"lines, one broken", strings.NewReader(ok("b1") + "\n{\"eventVersion\":\n" + ok("b2") + "\n"), 2, 1, ""},
		{"U+0000", strings.NewReader(ok(`n1\u0000`) + "\n" + ok("n2")), 1, 1, ""},
		{"bad UTF-8", strings.NewReader(`{"Records":[{"eventVersion":"` + "\xff" + `"},` + ok("c1") + `]}`), 1, 1, ""},
		{"no JSON", strings.NewReader("<html>" + strings.Repeat("sorry\n", 10)), 0, 10, "holds no JSON objects"},
		{"truncated gzip", bytes.NewReader(half[:len(half)-12]), -1, -1, "truncated gzip"},
		{"corrupt gzip", bytes.NewReader(append(bytes.Clone(half[:20]), half[24:]...)), -1, -1, "gzip"},
		{"a long record", io.MultiReader(strings.NewReader(`{"Records":[{"a":"`), io.LimitReader(without("x"), 2<<20), strings.NewReader(`"},`+ok("d1")+`]}`)), 1, 1, ""},
		{"endless string", io.MultiReader(strings.NewReader(`{"Records":[{"a":"`), without("0123456789")), 0, 1, "64 MiB"},
		{"endless brackets", io.MultiReader(strings.NewReader(`{"Records":[`+ok("e1")+`,`), without(`{"a":[`)), 1, 1, "64 MiB"},
		{"zeros", without("\x00"), 0, 1, "holds no JSON objects"},
		{"a bomb of zeros", bytes.NewReader(zip(t, io.LimitReader(without("\x00"), 128<<20))), 0, 1, "holds no JSON objects"},
		{"a bomb of blanks", bytes.NewReader(zip(t, io.LimitReader(without("\n"), 128<<20))), 0, 0, "larger than"},
		{"endless records", without("{}\n\n"), 0, 0, "larger than"},
		{"a digest", strings.NewReader(`{"awsAccountId":"1","digestStartTime":"2026-11-22T03:04:05Z","logFiles":[]}`), 0, 0, "digest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			got, err := s.in.TakeFile(t.Context(), source.Stream("log.json.gz", c.file))
			runtime.GC()
			runtime.ReadMemStats(&after)
			if c.matched >= 0 && (got.Matched != c.matched || got.Refused != c.refused) {
				t.Errorf("%+v", got)
			}
			if c.why == "" && err != nil || c.why != "" && (err == nil || !strings.Contains(err.Error(), "log.json.gz: ") || !strings.Contains(err.Error(), c.why)) {
				t.Errorf("error %v", err)
			}
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 64<<20 {
				t.Errorf("%d MiB more of memory", grown>>20)
			}
		})
	}
}

// Records that are put aside stand among the dead letters with the file's name, the
// first few of a file, and once though the file is taken twice.
func TestRefusedRecords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		text := `{"Records":[` + fmt.Sprintf(good, "a") + strings.Repeat(`,{"a":}`, 50) + `]}`
		for range 2 {
			if got := s.take(source.Stream("s3://b/log.json", strings.NewReader(text))); got.Refused != 50 || got.Records != 1 {
				t.Errorf("%+v", got)
			}
		}
		letters := s.letters()
		if len(letters) != 20 || letters[0].EventRaw != `{"a":}` || letters[0].Target != "source:trail" ||
			letters[len(letters)-1].Message != "s3://b/log.json: after 1 records: it is not a JSON object" && letters[0].Message != "s3://b/log.json: after 1 records: it is not a JSON object" {
			t.Errorf("%d dead letters, as %+v", len(letters), letters[0])
		}
	})
}

// A file that cannot be opened, or whose events cannot be kept, is told, and taken
// another time.
func TestTakeFileFails(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", `{"source":["aws.iam"]}`, tocsin.RuleEnabled)
	gone := source.Input{Path: "gone", Open: func(context.Context) (io.ReadCloser, error) { return os.Open("/does/not/exist") }}
	if _, err := s.in.TakeFile(t.Context(), gone); err == nil || !strings.HasPrefix(err.Error(), "gone: ") {
		t.Error(err)
	}
	s.in.Files.Idle = 1 // a nanosecond
	mute := source.Input{Path: "mute", Open: func(ctx context.Context) (io.ReadCloser, error) { <-ctx.Done(); return nil, ctx.Err() }}
	if _, err := s.in.TakeFile(t.Context(), mute); err == nil || !strings.HasPrefix(err.Error(), "mute: it comes too slowly") {
		t.Error(err)
	}
	s.in.Files.Idle = 0
	ended, stop := context.WithCancel(t.Context())
	stop()
	if got, err := s.in.TakeFile(ended, source.Stream("f", strings.NewReader(fmt.Sprintf(good, "x")))); err == nil || got.Matched != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got := s.take(source.Stream("f", strings.NewReader(fmt.Sprintf(good, "x")))); got.Matched != 1 {
		t.Errorf("%+v", got)
	}
}

// While a file without end is read on the only core, another source's events are
// delivered; and reading ends when it is told to.
func TestFilesGiveWay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", `{"source":["alarm"]}`, tocsin.RuleEnabled)
	flood := &source.Intake{Name: "flood", DB: s.db, Bus: s.in.Bus, Log: s.in.Log, Who: s.in.Who}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := flood.TakeFile(ctx, source.Stream("endless", without(`{"eventVersion":"1","eventSource":"s3.amazonaws.com","eventType":"AwsApiCall"}`+"\n")))
		ended <- err
	}()
	for i := range 50 {
		arrivals, err := new(source.Decoder).Decode(fmt.Appendf(nil, `{"id":"%d","source":"alarm","detail-type":"x","detail":{}}`, i), s.in.Origin())
		if err == nil {
			err = s.in.Take(t.Context(), arrivals)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := s.in.Status().Matched; got != 50 {
		t.Errorf("%d events were delivered", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("reading ended with %v", err)
	}
}
