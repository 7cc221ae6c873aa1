package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/pattern"
)

var update = flag.Bool("update", false, "write the answers in testdata anew")

var origin = Origin{Account: "999999999999", Region: "eu-central-1", Now: time.Date(2026, 11, 2, 1, 2, 3, 0, time.UTC)}

// Every message in testdata/message stands beside what becomes of it: an event a
// line, with what it is known by before it; or the reason why it is none.
func TestDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/message/*.json")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			arrivals, err := new(Decoder).Decode(text, origin)
			if err != nil {
				got.WriteString("refused: " + err.Error() + "\n")
			}
			for _, a := range arrivals {
				if err := pattern.Check(a.Event.Raw); err != nil {
					t.Errorf("%s: %v", a.Event.Raw, err)
				}
				if a.Event.Account != origin.Account || a.Event.Region != origin.Region || a.Event.Bus != "default" || a.Known == "" {
					t.Errorf("the event goes to %s %s %s", a.Event.Account, a.Event.Region, a.Event.Bus)
				}
				got.WriteString(a.Known + "\n")
				if err := json.Indent(&got, a.Event.Raw, "", " "); err != nil {
					t.Fatal(err)
				}
				got.WriteString("\n")
			}
			golden := strings.TrimSuffix(file, ".json") + ".want"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			again, _ := new(Decoder).Decode(text, Origin{Account: "9", Region: "r", Now: origin.Now.Add(time.Hour)})
			for i := range again {
				if again[i].Known != arrivals[i].Known {
					t.Errorf("sent again it is known by %s, not %s", again[i].Known, arrivals[i].Known)
				}
			}
		})
	}
}

// The same call, seen by EventBridge and in CloudTrail's file, is known by one id.
func TestOneCallIsOneEvent(t *testing.T) {
	var known []string
	for _, file := range []string{"cloudtrail_event.json", "cloudtrail_record.json"} {
		text, err := os.ReadFile("testdata/message/" + file)
		if err != nil {
			t.Fatal(err)
		}
		all, err := new(Decoder).Decode(text, origin)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		known = append(known, all[0].Known)
	}
	if known[0] != known[1] || known[0] == "" {
		t.Errorf("known by %q", known)
	}
}

// What says neither an id nor a time may happen twice.
func TestWithoutIDOrTime(t *testing.T) {
	all, err := new(Decoder).Decode([]byte(`[{"source":"a","detail-type":"b","detail":{}},{"source":"a","detail-type":"b","detail":{}}]`), origin)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	if all[0].Known != "" || all[1].Known != "" || all[0].Event.ID == all[1].Event.ID || !all[0].Event.Time.Equal(origin.Now) {
		t.Errorf("%+v", all)
	}
	for _, a := range all {
		if !bytes.Contains(a.Event.Raw, []byte(`"`+a.Event.ID+`"`)) {
			t.Errorf("%s is not called %s", a.Event.Raw, a.Event.ID)
		}
	}
}

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/message/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		arrivals, err := new(Decoder).Decode(text, origin)
		var not NotKnown
		if err != nil && !errors.As(err, &not) {
			t.Errorf("%q: %v blames nobody", text, err)
		}
		for _, a := range arrivals {
			if !json.Valid(a.Event.Raw) || a.Event.ID == "" || a.Event.Source == "" || a.Event.DetailType == "" {
				t.Errorf("%q gives %q, known by %q", text, a.Event.Raw, a.Known)
			}
		}
	})
}
