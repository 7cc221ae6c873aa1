package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// world is resources by id, each of which is what it says, or an error.
type world struct {
	mu    sync.Mutex
	all   map[string]string
	down  error
	reads int
}

func (w *world) set(id, verdict string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if verdict == "" {
		delete(w.all, id)
		return
	}
	w.all[id] = verdict
}

// List is what the service calls.
func (w *world) List(context.Context) ([]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.all)), w.down
}

// Read is what the service calls.
func (w *world) Read(_ context.Context, id string) (Subject, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads++
	v, ok := w.all[id]
	switch {
	case !ok:
		return nil, ErrGone
	case v == "fails":
		return nil, &Failure{Code: "AccessDenied", Message: "no right to read " + id}
	}
	return thing(v), nil
}

// thing is COMPLIANCE, or COMPLIANCE and an annotation.
type thing string

// Judge says what it is, but for rules about the other sort of access.
func (v thing) Judge(identifier string, _ map[string]string) tocsin.Verdict {
	compliance, why, _ := strings.Cut(string(v), " ")
	if identifier != "OPEN" {
		return tocsin.Verdict{Compliance: tocsin.Compliant}
	}
	return tocsin.Verdict{Compliance: tocsin.Compliance(compliance), Annotation: why}
}

var ctx = context.Background()

// tower is a service with one watch of a world on a real store and bus.
type tower struct {
	*Service
	t     testing.TB
	world *world
}

func newTower(t testing.TB, db *store.DB, interval time.Duration) *tower {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	w := &world{all: map[string]string{}}
	kind := Kind{Name: "thing", Type: "AWS::S3::Bucket", Trigger: `{"source":["aws.thing"]}`, Resource: "$.detail.name", Checks: []Check{{Identifier: "OPEN"}, {Identifier: "OTHER"}}}
	s := &Service{DB: db, Bus: bus.New(db, quiet), Log: quiet, Account: dbtest.Account, Principal: "config.amazonaws.com",
		Configs: []Config{{Kind: kind, Settings: Settings{Region: string(dbtest.Region), Interval: interval}, Reader: w}}}
	s.Prepare()
	if err := s.Bus.Load(ctx); err != nil {
		t.Fatal(err)
	}
	tw := &tower{Service: s, t: t, world: w}
	tw.update(func(tx *store.Tx) error { // what cannot be delivered is kept whole
		if err := s.Bus.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "all", Pattern: `{"source":["aws.config"]}`, State: tocsin.RuleEnabled}, nil); err != nil {
			return err
		}
		return s.Bus.PutTargets(tx, "default", "all", []tocsin.Target{{ID: "t", ARN: "arn:aws:sqs:us-east-1:111122223333:q"}})
	})
	tw.rule("open", "OPEN")
	return tw
}

func (w *tower) update(fn func(tx *store.Tx) error) {
	w.t.Helper()
	if err := w.DB.Update(ctx, dbtest.Who, fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *tower) rule(name, identifier string) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		tx.OnCommit(w.Wake)
		return tx.PutConfigRule(&tocsin.ConfigRule{Account: dbtest.Account, Region: dbtest.Region, Name: name, ID: "config-rule-" + (name + "xxxxxx")[:6],
			Identifier: identifier, Rest: []byte("{}"), Created: tx.Now(), Asked: tx.Now()})
	})
}

// look is one whole round.
func (w *tower) look() { w.watches[0].round(ctx, true) }

// events are the details of what was sent so far: resource, from what to what.
func (w *tower) events() (all []string) {
	w.t.Helper()
	for _, d := range w.raw() {
		was := "-"
		if d.Detail.Old != nil {
			was = d.Detail.Old.Compliance
		}
		all = append(all, d.Detail.Rule+" "+d.Detail.ResourceID+": "+was+" "+d.Detail.New.Compliance)
	}
	return all
}

func (w *tower) raw() (all []envelope) {
	w.t.Helper()
	err := w.DB.View(ctx, dbtest.Who, func(tx *store.Tx) error {
		letters, err := tx.DeadLetters(store.Cursor{}, 1000)
		all = nil
		for _, l := range slices.Backward(letters) {
			var e envelope
			if err := json.Unmarshal([]byte(l.EventRaw), &e); err != nil {
				return err
			}
			all = append(all, e)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *tower) status(name string) tocsin.RuleStatus {
	w.t.Helper()
	var r *tocsin.ConfigRule
	err := w.DB.View(ctx, dbtest.Who, func(tx *store.Tx) (err error) {
		r, err = tx.ConfigRule(name)
		return err
	})
	if err != nil || r == nil {
		w.t.Fatal(r, err)
	}
	return r.Status
}

// want checks the events since the last call.
func (w *tower) want(told *int, what string, want ...string) {
	w.t.Helper()
	all := w.events()
	if diff := cmp.Diff(want, append([]string(nil), all[*told:]...)); diff != "" {
		w.t.Errorf("%s: %s", what, diff)
	}
	*told = len(all)
}

func TestRounds(t *testing.T) { dbtest.Each(t, rounds) }

func rounds(t *testing.T, db *store.DB) {
	w := newTower(t, db, time.Minute)
	told := 0
	w.look()
	w.want(&told, "nothing there")
	w.world.set("a", "COMPLIANT")
	w.look()
	w.want(&told, "first evaluation", "open a: - COMPLIANT")
	w.look()
	w.want(&told, "nothing new")
	w.world.set("a", "NON_COMPLIANT because of this")
	w.look()
	w.want(&told, "opened", "open a: COMPLIANT NON_COMPLIANT")
	w.world.set("a", "NON_COMPLIANT because of that")
	w.look()
	w.want(&told, "another reason")
	w.world.set("b", "NOT_APPLICABLE nobody can tell")
	w.look()
	w.want(&told, "what is not applicable at first")
	w.world.set("b", "NON_COMPLIANT now")
	w.look()
	w.want(&told, "and then is", "open b: NOT_APPLICABLE NON_COMPLIANT")
	w.world.set("a", "COMPLIANT")
	w.look()
	w.want(&told, "closed", "open a: NON_COMPLIANT COMPLIANT")
	w.world.set("b", "")
	w.look()
	w.want(&told, "deleted", "open b: NON_COMPLIANT NOT_APPLICABLE")
	w.look()
	w.want(&told, "deleted and forgotten")
	w.rule("two", "OTHER")
	w.look()
	w.want(&told, "a second rule", "two a: - COMPLIANT")
	before := w.world.reads
	w.watches[0].round(ctx, false)
	if w.world.reads != before {
		t.Error("rules were evaluated for which nobody asked")
	}
	w.update(func(tx *store.Tx) error { return tx.DeleteConfigRule(&tocsin.ConfigRule{Name: "two"}) })
	w.rule("two", "OTHER")
	w.watches[0].round(ctx, false)
	w.want(&told, "a new rule of that name", "two a: - COMPLIANT")
}

// TestBlind: what cannot be read is told, keeps nobody else back and is no verdict.
func TestBlind(t *testing.T) { dbtest.Each(t, blind) }

func blind(t *testing.T, db *store.DB) {
	w := newTower(t, db, time.Minute)
	told := 0
	w.world.set("a", "NON_COMPLIANT")
	w.look()
	w.want(&told, "first", "open a: - NON_COMPLIANT")
	good := w.status("open")
	if good.Started.IsZero() || good.Evaluated.IsZero() || good.ErrorCode != "" {
		t.Errorf("status after a good round: %+v", good)
	}
	w.world.set("a", "fails")
	w.world.set("b", "NON_COMPLIANT")
	w.world.set("c", "fails")
	w.world.set("bad\x00name", "NON_COMPLIANT")
	w.world.set(strings.Repeat("x", 769), "NON_COMPLIANT")
	w.look()
	w.want(&told, "the others", "open b: - NON_COMPLIANT")
	if st := w.status("open"); st.ErrorCode == "" || !strings.Contains(st.ErrorMessage, "3 more") || st.Failed.IsZero() || st.Evaluated != good.Evaluated {
		t.Errorf("status after a round that failed in part: %+v", st)
	}
	w.world.down = &Failure{Code: "Unreachable", Message: "nobody there"}
	w.look()
	w.want(&told, "the server is down")
	if st := w.status("open"); st.ErrorCode != "Unreachable" || w.Status()[0].Err == nil {
		t.Errorf("status while the server is down: %+v", st)
	}
	w.world.down = nil
	for _, id := range []string{"c", "bad\x00name", strings.Repeat("x", 769)} {
		w.world.set(id, "")
	}
	w.world.set("a", "COMPLIANT")
	w.look()
	w.want(&told, "all is seen again", "open a: NON_COMPLIANT COMPLIANT")
	if st := w.status("open"); st.ErrorCode != "" || !st.Evaluated.After(good.Evaluated) || w.Status()[0].Err != nil {
		t.Errorf("status after all is seen again: %+v", st)
	}
}

// TestShape holds the event against the sample of AWS's, member by member.
func TestShape(t *testing.T) {
	w := newTower(t, dbtest.SQLite(t), time.Minute)
	w.world.set("my-bucket", "COMPLIANT")
	w.look()
	w.world.set("my-bucket", "NON_COMPLIANT The S3 bucket ACL allows <public> read access.")
	w.look()
	var text string
	err := w.DB.View(ctx, dbtest.Who, func(tx *store.Tx) error {
		letters, err := tx.DeadLetters(store.Cursor{}, 1)
		text = letters[0].EventRaw
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct{ pattern, with string }{
		{`"id":"[0-9a-f-]{36}"`, `"id":"ID"`}, {`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`, `"MILLIS"`}, {`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`, `"SECONDS"`},
	} {
		text = regexp.MustCompile(part.pattern).ReplaceAllString(text, part.with)
	}
	result := func(compliance, annotation string) string {
		return `{"evaluationResultIdentifier":{"evaluationResultQualifier":{"configRuleName":"open","resourceType":"AWS::S3::Bucket","resourceId":"my-bucket",` +
			`"evaluationMode":"DETECTIVE"},"orderingTimestamp":"MILLIS"},"complianceType":"` + compliance + `","resultRecordedTime":"MILLIS","configRuleInvokedTime":"MILLIS"` + annotation + `}`
	}
	want := `{"version":"0","id":"ID","detail-type":"Config Rules Compliance Change","source":"aws.config","account":"111122223333","time":"SECONDS","region":"us-east-1",` +
		`"resources":[],"detail":{"resourceId":"my-bucket","awsRegion":"us-east-1","awsAccountId":"111122223333","configRuleName":"open","recordVersion":"1.0",` +
		`"configRuleARN":"arn:aws:config:us-east-1:111122223333:config-rule/config-rule-openxx","messageType":"ComplianceChangeNotification",` +
		`"newEvaluationResult":` + result("NON_COMPLIANT", `,"annotation":"The S3 bucket ACL allows <public> read access."`) + `,"oldEvaluationResult":` + result("COMPLIANT", "") +
		`,"notificationCreationTime":"MILLIS","resourceType":"AWS::S3::Bucket"}}`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
}

// TestAtOnce: an event on the bus has one resource looked at, long before the next
// round; many events about it while it is looked at are few looks.
func TestAtOnce(t *testing.T) { dbtest.Each(t, atOnce) }

func atOnce(t *testing.T, db *store.DB) {
	w := newTower(t, db, time.Hour)
	r := job.NewRunner(db, w.Log, "test")
	w.Register(r)
	w.world.set("a", "COMPLIANT")
	w.world.set("b", "COMPLIANT")
	<-w.watches[0].wake // of the rule that was put: the round at the start is the only one
	run, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { _ = r.Run(run) })
	all.Go(func() { _ = w.Run(run) })
	defer all.Wait()
	defer stop()
	w.wait("all is compliant", func() bool { return !w.status("open").Evaluated.IsZero() })
	if n := len(w.events()); n != 2 {
		t.Fatalf("%d events after the first round", n)
	}
	w.world.set("a", "NON_COMPLIANT")
	w.world.set("b", "NON_COMPLIANT") // of this nobody tells
	for range 20 {
		w.put(`{"name":"a"}`)
	}
	w.wait("the one that was changed", func() bool { return len(w.events()) == 3 })
	if got := w.events()[2]; got != "open a: COMPLIANT NON_COMPLIANT" {
		t.Errorf("sent: %s", got)
	}
	w.put(`{"name":["not","a","name"]}`) // look at all
	w.wait("the other", func() bool { return len(w.events()) == 4 })
	w.world.set("a", "")
	w.put(`{"name":"a"}`)
	w.wait("one that was deleted", func() bool { return slices.Contains(w.events(), "open a: NON_COMPLIANT NOT_APPLICABLE") })
}

func (w *tower) put(detail string) {
	w.t.Helper()
	raw := fmt.Sprintf(`{"source":"aws.thing","detail-type":"x","detail":%s}`, detail)
	for _, err := range w.Bus.Put(ctx, dbtest.Who, []tocsin.Event{{ID: tocsin.NewID(), Source: "aws.thing", DetailType: "x", Account: dbtest.Account,
		Region: dbtest.Region, Bus: tocsin.DefaultBus, Raw: []byte(raw)}}) {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// wait waits until something holds, looking again whenever data changes.
func (w *tower) wait(what string, holds func() bool) {
	w.t.Helper()
	ready, take, cancel := w.DB.Subscribe()
	defer cancel()
	late := time.After(2 * time.Minute)
	for !holds() {
		take()
		select {
		case <-ready:
		case <-late:
			w.t.Fatalf("waited in vain for %s; events: %v", what, w.events())
		}
	}
}

// TestInterval runs an hour on fake time: each change is seen within the interval,
// also of a server that was down for a while.
func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w := newTower(t, db, time.Minute)
		run, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { defer close(done); _ = w.Run(run) }()
		defer func() { stop(); <-done }()
		for i := range 60 {
			verdict := "COMPLIANT"
			if i%2 == 1 {
				verdict = "NON_COMPLIANT"
			}
			w.world.set("a", verdict)
			time.Sleep(time.Minute + time.Second)
			if n := len(w.events()); n != i+1 {
				t.Fatalf("after %d changes %d events", i+1, n)
			}
		}
		w.world.mu.Lock()
		w.world.down = errors.New("down")
		w.world.mu.Unlock()
		w.world.set("a", "COMPLIANT")
		time.Sleep(10 * time.Minute)
		if w.Status()[0].Err == nil || len(w.events()) != 60 {
			t.Error("a server that is down is not told")
		}
		w.world.mu.Lock()
		w.world.down = nil
		w.world.mu.Unlock()
		time.Sleep(time.Minute + time.Second)
		if w.Status()[0].Err != nil || len(w.events()) != 61 {
			t.Errorf("after it is up again: %v, %d events", w.Status()[0].Err, len(w.events()))
		}
	})
}
