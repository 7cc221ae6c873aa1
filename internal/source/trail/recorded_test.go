package trail

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

var update = flag.Bool("update", false, "write the answers in testdata anew")

// The records in testdata come to the rules as EventBridge delivers them: all but
// what is read-only, what EventBridge does not deliver, and the file of Insights.
func TestRecorded(t *testing.T) {
	s := newStation(t, dbtest.SQLite(t))
	s.rule("all", `{"source":[{"prefix":"aws."}]}`)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	files, err := source.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	minute := time.Now().Add(-time.Minute)
	for _, f := range files {
		if err := os.Chtimes(f.Path, minute, minute); err != nil {
			t.Fatal(err)
		}
	}
	s.round(s.start(source.Settings{"path": filepath.Join(dir, "AWSLogs"), "from": "2026-11-22"}), "")
	var events []string
	for _, inc := range s.incidents() {
		s.update(func(tx *store.Tx) error {
			all, err := tx.Timeline(inc.ARN(), true, store.Cursor{}, 100)
			for _, e := range all {
				var data timeline.Trigger
				var text bytes.Buffer
				if e.Type != tocsin.EventTrigger {
					continue
				}
				if err := json.Unmarshal([]byte(e.Data), &data); err != nil {
					return err
				}
				if err := json.Indent(&text, []byte(data.RawData), "", " "); err != nil {
					return err
				}
				events = append(events, text.String())
			}
			return err
		})
	}
	slices.Sort(events)
	got := ""
	for _, e := range events {
		got += e + "\n"
	}
	if *update {
		if err := os.WriteFile("testdata/events.want", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/events.want")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
