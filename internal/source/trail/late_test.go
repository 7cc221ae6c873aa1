package trail

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// live brings a record as EventBridge would, by another source.
func (s *station) live(id string, at time.Time) {
	s.t.Helper()
	in := &source.Intake{Name: "sqs", Kind: "sqs", DB: s.in.DB, Bus: s.in.Bus, Log: s.in.Log, Who: s.in.Who}
	arrivals, err := new(source.Decoder).Decode([]byte(record(id, at)), in.Origin())
	if err == nil {
		err = in.Take(s.t.Context(), arrivals)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *station) titles() (out []string) {
	s.t.Helper()
	for _, inc := range s.incidents() {
		out = append(out, inc.Title)
	}
	slices.Sort(out)
	return out
}

// engaged counts the attempts to engage somebody, whom the plan of tests names and
// who does not exist; and gives what timelines say of lateness.
func (s *station) engaged() (n int, late []string) {
	s.t.Helper()
	for _, inc := range s.incidents() {
		s.update(func(tx *store.Tx) error {
			all, err := tx.Timeline(inc.ARN(), false, store.Cursor{}, 100)
			for _, e := range all {
				if e.Type == tocsin.EventSkipped {
					n++
				}
				if _, text, ok := strings.Cut(e.Data, `"late":"`); ok {
					text, _, _ = strings.Cut(text, `"`)
					late = append(late, text)
				}
			}
			return err
		})
	}
	return n, late
}

// Late events are marked, and a rule's tag says what comes of them.
func TestLate(t *testing.T) {
	for _, c := range []struct {
		tag      string
		late     bool // an incident is opened for a late event
		engages  int  // for late and live together
		timeline string
	}{
		{"", true, 1, ""}, // the live one folds
		{"page", true, 1, ""},
		{"open", true, 1, "; nobody was engaged, as the rule says"},
		{"drop", false, 1, ""},
	} {
		t.Run(c.tag, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, db *store.DB) {
				s := newStation(t, db)
				s.update(func(tx *store.Tx) error {
					p, err := tx.ResponsePlan("plan")
					if err != nil {
						return err
					}
					p.Engagements = []tocsin.ARN{"arn:aws:ssm-contacts:us-east-1:111122223333:contact/nobody"}
					return tx.UpdateResponsePlan(p)
				})
				tag := []string{tocsin.TagLate, c.tag}
				if c.tag == "" {
					tag = nil
				}
				s.rule("r", iam, tag...)
				dir := t.TempDir()
				at := time.Now().Add(-75 * time.Hour)
				write(t, filepath.Join(dir, "a.json"), records("x", at), time.Minute)
				s.round(s.start(source.Settings{"path": dir}), "")
				mark := "late: happened " + at.UTC().Format("2006-01-02T15:04Z") + ", came 3 days after"
				var want, lines []string
				if c.late {
					want, lines = []string{"Title: r (" + mark + ")"}, []string{mark + c.timeline}
					if sum := s.incidents()[0].Summary; !strings.HasPrefix(sum, mark+"\n") {
						t.Errorf("summary %s", sum)
					}
				}
				n, told := s.engaged()
				if diff := cmp.Diff(want, s.titles()); diff != "" {
					t.Errorf("incidents of a late event (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(lines, told); diff != "" || c.tag == "open" && n != 0 {
					t.Errorf("%d engaged; timeline (-want +got):\n%s", n, diff)
				}
				s.liveOf("x", "y", time.Now()) // the same person, now
				if n, _ := s.engaged(); n != c.engages {
					t.Errorf("%d engaged after it happened again, want %d", n, c.engages)
				}
				if st := s.in.Status(); st.Late != 1 {
					t.Errorf("status %+v", st)
				}
			})
		})
	}
}

// liveOf is live, of a user.
func (s *station) liveOf(user, id string, at time.Time) {
	s.t.Helper()
	arrivals, err := new(source.Decoder).Decode([]byte(strings.Replace(record(user, at), `"eventID":"`+user, `"eventID":"`+id, 1)), s.in.Origin())
	if err == nil {
		err = s.in.Take(s.t.Context(), arrivals)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// A record that adds to an older one is late however soon it comes.
func TestAddendum(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", iam)
	dir := t.TempDir()
	text := strings.Replace(string(records("x", time.Now().Add(-5*time.Minute))), `"eventID"`, `"addendum":{"reason":"DELIVERY_DELAY","originalEventID":"o"},"eventID"`, 1)
	write(t, filepath.Join(dir, "a.json"), []byte(text), time.Minute)
	s.round(s.start(source.Settings{"path": dir}), "")
	if got := s.titles(); len(got) != 1 || !strings.HasSuffix(got[0], "Z, came 5 minutes after)") {
		t.Errorf("incidents %v", got)
	}
}

// What rules want in the files and did not come live in time is reported, once.
func TestReconcile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", iam)
		s.rule("missed", `{"source":["tocsin.source"],"detail-type":["Missed Event"],"detail":{"event":{"detail":{"eventName":["CreateUser"]}}}}`)
		dir := t.TempDir()
		hour := time.Now().Add(-time.Hour)
		s.live("came", hour)
		write(t, filepath.Join(dir, "a.json"), records("came never", hour), time.Minute)
		write(t, filepath.Join(dir, "b.json"), records("soon later", time.Now()), time.Minute)
		set := source.Settings{"path": dir, "reconcile": "true"}
		tr := s.start(set)
		s.round(tr, "")
		s.live("soon", time.Now())
		s.round(tr, "")
		s.in = s.intake()
		tr = s.start(set)
		tr.done = map[string]string{} // as after a crash before they were noted
		s.round(tr, "")
		mark := " (late: happened " + hour.UTC().Format("2006-01-02T15:04Z") + ", came 60 minutes after)"
		if diff := cmp.Diff([]string{"Title: missed", "Title: r", "Title: r", "Title: r", "Title: r" + mark}, s.titles()); diff != "" {
			t.Errorf("incidents (-want +got):\n%s", diff)
		}
		if got := s.awaited("came", "never", "soon", "later"); got != "later" {
			t.Errorf("awaited still: %s", got)
		}
	})
}

// awaited gives which of some events are awaited.
func (s *station) awaited(ids ...string) string {
	s.t.Helper()
	var out []string
	s.update(func(tx *store.Tx) error {
		for _, id := range ids {
			if was, err := tx.Meet(id); err != nil {
				return err
			} else if was {
				out = append(out, id)
			}
		}
		return nil
	})
	return strings.Join(out, " ")
}

// With missed: report nothing is delivered from files, and an event that comes
// live, however late, is.
func TestReportOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStation(t, db)
		s.rule("r", iam)
		s.rule("missed", `{"source":["tocsin.source"]}`)
		dir := t.TempDir()
		hour := time.Now().Add(-time.Hour)
		s.live("came", hour)
		write(t, filepath.Join(dir, "a.json"), records("came never", hour), time.Minute)
		tr := s.start(source.Settings{"path": dir, "reconcile": "true", "missed": "report"})
		s.round(tr, "")
		if diff := cmp.Diff([]string{"Title: missed", "Title: r"}, s.titles()); diff != "" {
			t.Errorf("incidents (-want +got):\n%s", diff)
		}
		if st := s.in.Status(); st.Missed != 1 || st.Matched != 0 {
			t.Errorf("status %+v", st)
		}
		s.live("never", hour)
		s.round(tr, "")
		if diff := cmp.Diff([]string{"Title: missed", "Title: r", "Title: r"}, s.titles()); diff != "" {
			t.Errorf("after it came live (-want +got):\n%s", diff)
		}
	})
}

// After a start nothing counts as missed until other sources had time to bring what
// waited for them; it is delivered all the same.
func TestReconcileAfterStart(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", iam)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.json"), records("x", time.Now().Add(-time.Hour)), time.Minute)
	tr := s.start(source.Settings{"path": dir, "reconcile": "true"})
	s.in.Files.NotBefore = time.Now().Add(time.Hour)
	s.round(tr, "")
	if st := s.in.Status(); st.Missed != 0 || st.Matched != 1 || st.Late != 1 || s.awaited("x") != "x" {
		t.Errorf("status %+v", st)
	}
}
