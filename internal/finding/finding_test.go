package finding_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/pattern"
)

var ctx = context.Background()

func types(t testing.TB) []finding.Type {
	t.Helper()
	all, err := finding.Types()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every type is whole, of a known family and band, and told in words of its own.
func TestTypes(t *testing.T) {
	var (
		form    = regexp.MustCompile(`^[A-Za-z]+:[A-Za-z0-9]+/[A-Za-z0-9&]+([.!][A-Za-z0-9]+)*$`)
		band    = map[float64]bool{2: true, 5: true, 8: true, 9: true}
		actions = map[string]bool{"": true, "NETWORK_CONNECTION": true, "DNS_REQUEST": true, "PORT_PROBE": true, "AWS_API_CALL": true, "KUBERNETES_API_CALL": true, "RDS_LOGIN_ATTEMPT": true}
		want    = strings.Fields("AttackSequence Backdoor Behavior CredentialAccess CryptoCurrency DefenseEvasion Discovery Execution Exfiltration Impact InitialAccess Object PenTest Persistence Policy PrivilegeEscalation Recon Stealth Trojan UnauthorizedAccess")
		found   = map[string]bool{}
		titles  = map[string]string{}
	)
	for _, k := range types(t) {
		found[k.Purpose()] = true
		switch {
		case !form.MatchString(k.Name) || len(k.Name) > 100:
			t.Errorf("%s is not the name of a type", k.Name)
		case !band[k.Severity]:
			t.Errorf("%s has the severity %v", k.Name, k.Severity)
		case (k.Severity >= 9) != (k.Purpose() == "AttackSequence"):
			t.Errorf("%s is critical, or should be", k.Name)
		case !actions[k.Action] || k.Role != "TARGET" && k.Role != "ACTOR":
			t.Errorf("%s has the action %q and the role %q", k.Name, k.Action, k.Role)
		case k.Title == "" || len(k.Title) > 150 || strings.HasSuffix(k.Title, ".") || !strings.HasSuffix(k.Text, "."):
			t.Errorf("%s: title %q, text %q", k.Name, k.Title, k.Text)
		case titles[k.Title] != "":
			t.Errorf("%s has the title of %s", k.Name, titles[k.Title])
		}
		titles[k.Title] = k.Name
	}
	for _, purpose := range want {
		if !found[purpose] {
			t.Errorf("there is no type of the family %s", purpose)
		}
		delete(found, purpose)
	}
	if len(found) > 0 {
		t.Errorf("unknown families: %v", found)
	}
	if n := len(types(t)); n < 150 {
		t.Errorf("%d types", n)
	}
}

// house is a store with a bus that keeps findings, and one rule for all of them.
type house struct {
	t   testing.TB
	db  *store.DB
	bus *bus.Bus
}

func newHouse(t testing.TB, db *store.DB) *house {
	t.Helper()
	h := &house{t, db, bus.New(db, slog.New(slog.DiscardHandler))}
	h.bus.KeepFindings()
	if err := h.bus.Load(ctx); err != nil {
		t.Fatal(err)
	}
	r := job.NewRunner(db, slog.New(slog.DiscardHandler), "test")
	finding.Register(r, slog.New(slog.DiscardHandler))
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

func (h *house) update(fn func(tx *store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(ctx, dbtest.Who, fn); err != nil {
		h.t.Fatal(err)
	}
}

// wait waits until something holds, looking again whenever data changes.
func (h *house) wait(what string, holds func(tx *store.Tx) bool) {
	h.t.Helper()
	ready, take, cancel := h.db.Subscribe()
	defer cancel()
	late := time.After(2 * time.Minute)
	for {
		take()
		ok := false
		if err := h.db.View(ctx, dbtest.Who, func(tx *store.Tx) error { ok = holds(tx); return nil }); err != nil {
			h.t.Fatal(err)
		}
		if ok {
			return
		}
		select {
		case <-ready:
		case <-late:
			h.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// rule has every finding that the rules see dead-lettered, which tells that it was there.
func (h *house) rule(pat string) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		err := h.bus.PutRule(tx, &tocsin.Rule{Name: "all", Bus: tocsin.DefaultBus, Pattern: pat, State: tocsin.RuleEnabled}, nil)
		if err != nil {
			return err
		}
		return h.bus.PutTargets(tx, tocsin.DefaultBus, "all", []tocsin.Target{{ID: "t", ARN: "arn:aws:sqs:us-east-1:111122223333:q"}})
	})
}

// sent are the events that the rule saw, the oldest first.
func (h *house) sent() (all []map[string]any) {
	h.t.Helper()
	err := h.db.View(ctx, dbtest.Who, func(tx *store.Tx) error {
		letters, err := tx.DeadLetters(store.Cursor{}, 1000)
		for i := len(letters) - 1; i >= 0; i-- {
			var e map[string]any
			if err := pattern.Check([]byte(letters[i].EventRaw)); err != nil {
				h.t.Errorf("an event that cannot be matched: %v", err)
			}
			if err := json.Unmarshal([]byte(letters[i].EventRaw), &e); err != nil {
				h.t.Error(err)
			}
			all = append(all, e)
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

const everything = `{"source":["aws.guardduty"],"detail-type":["GuardDuty Finding"]}`

func TestSamples(t *testing.T) { dbtest.Each(t, samples) }

func samples(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.rule(everything)
	var d *tocsin.Detector
	one, err := finding.Named([]string{"Recon:EC2/PortProbeUnprotectedPort"})
	if err != nil {
		t.Fatal(err)
	}
	h.update(func(tx *store.Tx) (err error) {
		if d, err = finding.Create(tx, finding.Change{}); err != nil {
			return err
		}
		return finding.Sample(tx, h.bus, d.ID, one)
	})
	h.update(func(tx *store.Tx) error { return finding.Sample(tx, h.bus, d.ID, one) })
	sent := h.sent()
	if len(sent) != 2 {
		t.Fatalf("%d events, want 2", len(sent))
	}
	var ids, created, counts []any
	for _, e := range sent {
		if e["source"] != "aws.guardduty" || e["detail-type"] != "GuardDuty Finding" || e["account"] != "111122223333" || e["region"] != "us-east-1" || len(e["resources"].([]any)) != 0 {
			t.Errorf("envelope %v", e)
		}
		f := e["detail"].(map[string]any)
		s := f["service"].(map[string]any)
		if f["type"] != one[0].Name || f["severity"] != 2.0 || !strings.HasPrefix(f["title"].(string), "[SAMPLE] ") || s["additionalInfo"].(map[string]any)["sample"] != true ||
			f["arn"] != "arn:aws:guardduty:us-east-1:111122223333:detector/"+d.ID+"/finding/"+f["id"].(string) || s["detectorId"] != d.ID || s["eventLastSeen"] != f["updatedAt"] {
			t.Errorf("finding %v", f)
		}
		ids, created, counts = append(ids, f["id"]), append(created, f["createdAt"]), append(counts, s["count"])
	}
	if ids[0] != ids[1] || created[0] != created[1] {
		t.Errorf("ids %v, created %v: a repeat is the same finding", ids, created)
	}
	if diff := cmp.Diff([]any{1.0, 2.0}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	// A second detector has other ids; all types go out, each once, and none comes back.
	h.update(func(tx *store.Tx) error { return finding.Sample(tx, h.bus, d.ID, types(t)) })
	if n := len(h.sent()) - 2; n != len(types(t)) {
		t.Errorf("%d events for %d types", n, len(types(t)))
	}
	h.update(func(tx *store.Tx) error {
		jobs, err := tx.Jobs(1)
		if len(jobs) > 0 {
			t.Errorf("a sample is to be kept a second time: %+v", jobs)
		}
		return err
	})
}

func TestKeep(t *testing.T) { dbtest.Each(t, kept) }

// arrival is an event of AWS, as a source or PutEvents brings it.
func arrival(detector, id, updated, more string) tocsin.Event {
	raw := `{"version":"0","id":"` + tocsin.NewID() + `","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"111122223333","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],` +
		`"detail":{"id":"` + id + `","type":"Backdoor:EC2/Spambot","severity":5.3,"updatedAt":"` + updated + `","service":{"detectorId":"` + detector + `"` + more + `}}}`
	return tocsin.Event{ID: tocsin.NewID(), Source: "aws.guardduty", DetailType: "GuardDuty Finding", Account: dbtest.Account, Region: dbtest.Region, Bus: tocsin.DefaultBus,
		Time: time.Now().UTC(), Raw: []byte(raw)}
}

func kept(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.rule(everything)
	put := func(events ...tocsin.Event) {
		t.Helper()
		for _, err := range h.bus.Put(ctx, dbtest.Who, events) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	find := func(tx *store.Tx) *tocsin.Finding {
		f, err := tx.Finding("d1", "f1")
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	put(arrival("d1", "f1", "2026-01-02T03:04:05.000Z", `,"count":1`))
	h.wait("the finding is kept", func(tx *store.Tx) bool { return find(tx) != nil })
	h.update(func(tx *store.Tx) error {
		if d, err := tx.Detector("d1"); err != nil || d == nil || d.Own {
			t.Errorf("detector %+v, %v", d, err)
		}
		return finding.Mark(tx, "d1", []string{"f1"}, func(f *tocsin.Finding) { f.Archived, f.Feedback = true, "USEFUL" })
	})
	// A later one is kept in its place, with what people made of it; an older one is not.
	put(arrival("d1", "f1", "2026-01-02T04:04:05.000Z", `,"count":7`), arrival("d1", "f1", "2026-01-02T03:30:05.000Z", `,"count":3`))
	h.wait("the update is kept", func(tx *store.Tx) bool { return strings.Contains(string(find(tx).Detail), `"count":7`) })
	put(arrival("d1", "f1", "2026-01-02T03:40:05.000Z", `,"count":4`), arrival("d1", "f2", "2026-01-02T03:40:05.000Z", ""))
	h.wait("all is kept", func(tx *store.Tx) bool { f, err := tx.Finding("d1", "f2"); return err == nil && f != nil })
	h.update(func(tx *store.Tx) error {
		f := find(tx)
		if !f.Archived || f.Feedback != "USEFUL" || !strings.Contains(string(f.Detail), `"count":7`) {
			t.Errorf("kept %+v %s", f, f.Detail)
		}
		if own, err := tx.OwnDetector(); err != nil || own != nil {
			t.Errorf("own detector %+v, %v", own, err)
		}
		return nil
	})
	if n := len(h.sent()); n != 5 {
		t.Errorf("the rules saw %d events, want the 5 that came in", n)
	}
	// What is no finding goes to the rules and is not kept; nothing is stuck.
	put(arrival("d1", "f3", "yesterday", ""), arrival("d1", "f4", "2026-01-02T03:40:05.000Z", ""))
	h.wait("the one behind it is kept", func(tx *store.Tx) bool { f, err := tx.Finding("d1", "f4"); return err == nil && f != nil })
	h.update(func(tx *store.Tx) error {
		if f, err := tx.Finding("d1", "f3"); err != nil || f != nil {
			t.Errorf("kept %+v, %v", f, err)
		}
		return nil
	})
	if n := len(h.sent()); n != 7 {
		t.Errorf("the rules saw %d events, want 7", n)
	}
}

func TestForget(t *testing.T) { dbtest.Each(t, forget) }

func forget(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.update(func(tx *store.Tx) error {
		for id, age := range map[string]time.Duration{"old": 91 * 24 * time.Hour, "new": 89 * 24 * time.Hour} {
			if err := tx.PutFinding(&tocsin.Finding{Detector: "d", ID: id, Updated: tx.Now().Add(-age), Detail: []byte(`{}`)}); err != nil {
				return err
			}
		}
		n, err := tx.ForgetFindings()
		if n != 1 {
			t.Errorf("%d findings forgotten, want 1", n)
		}
		all, _ := tx.Findings("d", store.Cursor{}, 10)
		if len(all) != 1 || all[0].ID != "new" {
			t.Errorf("left are %v", all)
		}
		return err
	})
}
