package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/pattern"
)

var ctx = context.Background()

// station is a bus on a real store.
type station struct {
	t  testing.TB
	db *store.DB
	b  *bus.Bus
}

func newStation(t testing.TB, db *store.DB) *station {
	t.Helper()
	s := &station{t: t, db: db, b: bus.New(db, slog.New(slog.DiscardHandler))}
	if err := s.b.Load(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *station) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(ctx, dbtest.Who, fn); err != nil {
		s.t.Fatalf("update: %v", err)
	}
}

func (s *station) view(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.View(ctx, dbtest.Who, fn); err != nil {
		s.t.Fatalf("view: %v", err)
	}
}

// rule makes an enabled rule on the default bus with one target per ARN.
func (s *station) rule(name, pattern string, targets ...tocsin.ARN) {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		err := s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: name, Pattern: pattern, State: tocsin.RuleEnabled}, nil)
		if err != nil || len(targets) == 0 {
			return err
		}
		return s.b.PutTargets(tx, "default", name, targetsOf(targets...))
	})
}

func targetsOf(arns ...tocsin.ARN) []tocsin.Target {
	var out []tocsin.Target
	for i, arn := range arns {
		out = append(out, tocsin.Target{ID: fmt.Sprintf("t%d", i+1), ARN: arn, Rest: json.RawMessage(`{}`)})
	}
	return out
}

func (s *station) plan(name string) tocsin.ARN {
	s.t.Helper()
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: name,
			Template: tocsin.Template{Title: "Title " + name, Impact: 2}, Created: tx.Now()})
		return err
	})
	return tocsin.ResponsePlanARN(dbtest.Account, name)
}

// event makes an event of the test account; detail is JSON.
func event(source, detailType, detail string) tocsin.Event {
	e := tocsin.Event{ID: tocsin.NewID(), Source: source, DetailType: detailType, Account: dbtest.Account, Region: dbtest.Region, Bus: "default"}
	e.Raw = json.RawMessage(fmt.Sprintf(`{"version":"0","id":%q,"detail-type":%q,"source":%q,"account":%q,"time":"2026-11-22T03:04:05Z","region":%q,"resources":[],"detail":%s}`,
		e.ID, detailType, source, e.Account, e.Region, detail))
	return e
}

// names gives which rules want the event.
func (s *station) names(e tocsin.Event) []string {
	var out []string
	for _, m := range s.b.Match([]tocsin.Event{e}) {
		out = append(out, m.Rule.Name)
	}
	return out
}

func (s *station) incidents() []*tocsin.Incident {
	s.t.Helper()
	var out []*tocsin.Incident
	s.view(func(tx *store.Tx) (err error) {
		out, err = tx.Incidents(tocsin.Open, store.Cursor{}, 1000)
		return err
	})
	return out
}

func (s *station) letters() []tocsin.DeadLetter {
	s.t.Helper()
	var out []tocsin.DeadLetter
	s.view(func(tx *store.Tx) (err error) {
		out, err = tx.DeadLetters(store.Cursor{}, 1000)
		return err
	})
	return out
}

const anyPlan = tocsin.ARN("arn:aws:ssm-incidents::111122223333:response-plan/p")

func TestChangesAreLiveWhenAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		e := event("my.app", "order", `{"n":1}`)
		state := func(st tocsin.RuleState) func(tx *store.Tx) error {
			return func(tx *store.Tx) error { return s.b.SetState(tx, "default", "r", st) }
		}
		put := func(pattern string) func(tx *store.Tx) error {
			return func(tx *store.Tx) error {
				return s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Pattern: pattern, State: tocsin.RuleEnabled}, nil)
			}
		}
		remove := func(tx *store.Tx) error {
			missing, err := s.b.RemoveTargets(tx, "default", "r", []string{"t1", "nope"})
			if d := cmp.Diff([]string{"nope"}, missing); d != "" {
				t.Errorf("missing targets (-want +got):\n%s", d)
			}
			return err
		}
		targets := func(tx *store.Tx) error { return s.b.PutTargets(tx, "default", "r", targetsOf(anyPlan)) }
		steps := []struct {
			what string
			do   func(tx *store.Tx) error
			want []string
		}{
			{"a rule without targets wants nothing", put(`{"source":["my.app"]}`), nil},
			{"with a target", targets, []string{"r"}},
			{"disabled", state(tocsin.RuleDisabled), nil},
			{"enabled for all", state(tocsin.RuleEnabledAll), []string{"r"}},
			{"another pattern", put(`{"source":["other"]}`), nil},
			{"the first pattern again, targets kept", put(`{"source":["my.app"]}`), []string{"r"}},
			{"only a schedule", func(tx *store.Tx) error {
				return s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Schedule: "rate(1 day)", State: tocsin.RuleEnabled}, nil)
			}, nil},
			{"a pattern again", put(`{"detail":{"n":[1]}}`), []string{"r"}},
			{"targets removed", remove, nil},
			{"targets put back", targets, []string{"r"}},
			{"targets removed for good", remove, nil},
			{"deleted", func(tx *store.Tx) error { return s.b.DeleteRule(tx, "default", "r") }, nil},
			{"deleted twice", func(tx *store.Tx) error { return s.b.DeleteRule(tx, "default", "r") }, nil},
		}
		for _, step := range steps {
			s.update(step.do)
			if d := cmp.Diff(step.want, s.names(e)); d != "" {
				t.Errorf("%s (-want +got):\n%s", step.what, d)
			}
			again := newStation(t, db)
			if d := cmp.Diff(step.want, again.names(e)); d != "" {
				t.Errorf("%s, after a restart (-want +got):\n%s", step.what, d)
			}
		}
	})
}

func TestRefusedChangesChangeNothing(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", `{"source":["my.app"]}`, anyPlan)
	tests := []struct {
		name string
		do   func(tx *store.Tx) error
		want string
	}{
		{"bad pattern", func(tx *store.Tx) error {
			return s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Pattern: `{"source":"x"}`, State: tocsin.RuleEnabled}, nil)
		}, "Event pattern is not valid. Reason: \"source\" must be an object or an array\n at [Source: (String)\"{\"source\":\"x\"}\"; line: 1, column: 12]"},
		{"unknown bus", func(tx *store.Tx) error {
			return s.b.PutRule(tx, &tocsin.Rule{Bus: "mine", Name: "r", Pattern: `{"source":["x"]}`}, nil)
		}, "Event bus mine does not exist."},
		{"delete on an unknown bus", func(tx *store.Tx) error { return s.b.DeleteRule(tx, "mine", "r") }, "Event bus mine does not exist."},
		{"delete with targets", func(tx *store.Tx) error { return s.b.DeleteRule(tx, "default", "r") }, "Rule can't be deleted since it has targets."},
		{"state of no rule", func(tx *store.Tx) error { return s.b.SetState(tx, "default", "x", tocsin.RuleDisabled) }, "Rule x does not exist on EventBus default."},
		{"targets of no rule", func(tx *store.Tx) error { return s.b.PutTargets(tx, "default", "x", nil) }, "Rule x does not exist on EventBus default."},
		{"a later failure of the transaction", func(tx *store.Tx) error {
			if err := s.b.SetState(tx, "default", "r", tocsin.RuleDisabled); err != nil {
				return err
			}
			return errors.New("no")
		}, "no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := s.db.Update(ctx, dbtest.Who, tt.do)
			if err == nil || err.Error() != tt.want {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
			if got := s.names(event("my.app", "x", `{}`)); !slices.Equal(got, []string{"r"}) {
				t.Errorf("matches %v, want the rule as it was", got)
			}
		})
	}
}

func TestChangesAtOnceLeaveTheMatcherLikeTheStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", `{"source":["my.app"]}`, anyPlan)
		var wg sync.WaitGroup
		for g := range 6 {
			wg.Go(func() {
				for i := range 8 {
					id := fmt.Sprintf("g%d", g)
					err := db.Update(ctx, dbtest.Who, func(tx *store.Tx) error {
						if i%3 == 2 {
							_, err := s.b.RemoveTargets(tx, "default", "r", []string{id})
							return err
						}
						return s.b.PutTargets(tx, "default", "r", []tocsin.Target{{ID: id, ARN: anyPlan, RoleARN: fmt.Sprint(i), Rest: json.RawMessage(`{}`)}})
					})
					if err != nil {
						t.Errorf("change: %v", err)
					}
					s.names(event("my.app", "x", `{}`))
				}
			})
		}
		wg.Wait()
		var want []tocsin.Target
		s.view(func(tx *store.Tx) error {
			r, err := tx.Rule("default", "r")
			if err != nil {
				return err
			}
			want, err = tx.Targets(r, "", 100)
			return err
		})
		got := s.b.Match([]tocsin.Event{event("my.app", "x", `{}`)})
		if len(got) != 1 {
			t.Fatalf("%d matches, want 1", len(got))
		}
		if d := cmp.Diff(want, got[0].Targets); d != "" {
			t.Errorf("live targets differ from stored ones (-stored +live):\n%s", d)
		}
	})
}

func TestEventsSeeOnlyTheirOwnBus(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	other := dbtest.Who
	other.Account = "444455556666"
	west := dbtest.Who
	west.Region = "eu-west-1"
	for name, who := range map[string]store.Who{"here": dbtest.Who, "other": other, "west": west} {
		err := s.db.Update(ctx, who, func(tx *store.Tx) error {
			if err := s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: name, Pattern: `{"source":["a"]}`, State: tocsin.RuleEnabled}, nil); err != nil {
				return err
			}
			return s.b.PutTargets(tx, "default", name, targetsOf(anyPlan))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*station{s, newStation(t, s.db)} {
		e := event("a", "x", `{}`)
		for want, e := range map[string]tocsin.Event{
			"here":  e,
			"other": func() tocsin.Event { e := e; e.Account = "444455556666"; return e }(),
			"west":  func() tocsin.Event { e := e; e.Region = "eu-west-1"; return e }(),
			"":      func() tocsin.Event { e := e; e.Bus = "mine"; return e }(),
		} {
			got := b.names(e)
			if want == "" && len(got) != 0 || want != "" && !slices.Equal(got, []string{want}) {
				t.Errorf("rules %v, want %q", got, want)
			}
		}
	}
}

func TestReadOnlyManagementEvents(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("enabled", `{"detail":{"eventName":[{"exists":true}]}}`, anyPlan)
	s.update(func(tx *store.Tx) error {
		if err := s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "all", Pattern: `{"detail":{"eventName":[{"exists":true}]}}`, State: tocsin.RuleEnabledAll}, nil); err != nil {
			return err
		}
		return s.b.PutTargets(tx, "default", "all", targetsOf(anyPlan))
	})
	both, only := []string{"all", "enabled"}, []string{"all"}
	const call = "AWS API Call via CloudTrail"
	tests := []struct {
		source, detailType, detail string
		want                       []string
	}{
		{"aws.s3", call, `{"eventName":"ListBuckets","readOnly":true,"managementEvent":true,"eventCategory":"Management"}`, only},
		{"aws.s3", call, `{"eventName":"GetBucketAcl","readOnly":true}`, only},
		{"aws.ec2", call, `{"eventName":"DescribeInstances"}`, only},
		{"aws.ec2", "AWS Service Event via CloudTrail", `{"eventName":"DescribeInstances"}`, only},
		{"aws.sts", call, `{"eventName":"GetFederationToken","eventSource":"sts.amazonaws.com","readOnly":true}`, both},
		{"aws.sts", call, `{"eventName":"GetSessionToken","eventSource":"sts.amazonaws.com","readOnly":true}`, both},
		{"aws.sts", call, `{"eventName":"GetCallerIdentity","eventSource":"sts.amazonaws.com","readOnly":true}`, only},
		{"aws.x", call, `{"eventName":"GetSessionToken","eventSource":"x.amazonaws.com","readOnly":true}`, only},
		{"aws.s3", call, `{"eventName":"GetObject","readOnly":true,"managementEvent":false,"eventCategory":"Data"}`, both},
		{"aws.s3", call, `{"eventName":"GetObject","readOnly":true,"eventCategory":"Data"}`, both},
		{"aws.x", call, `{"eventName":"GetAndDelete","readOnly":false}`, both},
		{"aws.s3", call, `{"eventName":"PutBucketAcl","readOnly":false}`, both},
		{"aws.sts", call, `{"eventName":"AssumeRole","readOnly":true}`, both},
		{"aws.signin", "AWS Console Sign In via CloudTrail", `{"eventName":"ConsoleLogin"}`, both},
		{"my.app", call, `{"eventName":"ListBuckets"}`, both},
		{"aws.s3", "Other", `{"eventName":"ListBuckets"}`, both},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, s.names(event(tt.source, tt.detailType, tt.detail))); d != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.source, tt.detail, d)
		}
	}
}

func TestPutRuleKeepsWhatAnUpdateKeeps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		put := func(desc string, tags map[string]string) (got *tocsin.Rule, gotTags map[string]string) {
			s.update(func(tx *store.Tx) error {
				return s.b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Pattern: `{"a":[1]}`, State: tocsin.RuleEnabled, Description: desc}, tags)
			})
			s.view(func(tx *store.Tx) (err error) {
				if got, err = tx.Rule("default", "r"); err != nil {
					return err
				}
				gotTags, err = tx.Tags(got.ARN())
				return err
			})
			return got, gotTags
		}
		first, _ := put("one", map[string]string{"k": "v"})
		second, tags := put("", map[string]string{"k": "other", "l": "w"})
		if d := cmp.Diff(map[string]string{"k": "v"}, tags); d != "" {
			t.Errorf("tags of an update are ignored (-want +got):\n%s", d)
		}
		if !first.Created.Equal(second.Created) || second.CreatedBy != dbtest.Account || second.Description != "" {
			t.Errorf("second = %+v, first = %+v", second, first)
		}
	})
}

func TestUnmatchedEventsTouchNoDisk(t *testing.T) {
	dir := t.TempDir()
	s := newStation(t, dbtest.Open(t, store.Options{Dir: dir}))
	s.rule("r", `{"source":["a"]}`, s.plan("p"))
	before := files(t, dir)
	if errs := s.b.Put(ctx, dbtest.Who, []tocsin.Event{event("b", "x", `{}`), event("c", "x", `{}`)}); errs != nil {
		t.Fatal(errs)
	}
	if d := cmp.Diff(before, files(t, dir)); d != "" {
		t.Errorf("files changed (-before +after):\n%s", d)
	}
	if errs := s.b.Put(ctx, dbtest.Who, []tocsin.Event{event("a", "x", `{}`)}); errs != nil {
		t.Fatal(errs)
	}
	if cmp.Equal(before, files(t, dir)) {
		t.Error("a matched event changed no file: the test sees nothing")
	}
}

func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if filepath.Ext(name) == ".db-shm" { // memory that readers share
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
	}
	return out
}

func BenchmarkMatch(b *testing.B) {
	for _, rules := range []int{1, 300} {
		b.Run(fmt.Sprintf("10events/%drules", rules), func(b *testing.B) {
			s := newStation(b, dbtest.SQLite(b))
			s.update(func(tx *store.Tx) error {
				for i := range rules {
					r := &tocsin.Rule{Account: tx.Account(), Region: tx.Region(), Bus: "default", Name: fmt.Sprint("r", i), State: tocsin.RuleEnabled,
						Pattern: fmt.Sprintf(`{"source":["aws.s%d"],"detail":{"severity":[{"numeric":[">=",%d]}]}}`, i, i%10), Created: tx.Now()}
					if err := tx.PutRule(r); err != nil {
						return err
					}
					if err := tx.PutTarget(r, targetsOf(anyPlan)[0]); err != nil {
						return err
					}
				}
				return nil
			})
			if err := s.b.Load(ctx); err != nil {
				b.Fatal(err)
			}
			var events []tocsin.Event
			for i := range 10 {
				e := event("my.app", "order", fmt.Sprintf(`{"severity":%d,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::1:user/x"},"requestParameters":{"bucketName":"b","host":["h"]}}`, i))
				if err := pattern.Check(e.Raw); err != nil {
					b.Fatal(err)
				}
				events = append(events, e)
			}
			b.ReportAllocs()
			for b.Loop() {
				if m := s.b.Match(events); len(m) != 0 {
					b.Fatal("matched")
				}
			}
		})
	}
}
