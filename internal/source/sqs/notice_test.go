package sqs

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
	"github.com/tocsin-io/tocsin/internal/store"
)

var update = flag.Bool("update", false, "write the answers in testdata anew")

// Every message in testdata/message stands beside what becomes of it: the logs that
// are read if that is wanted, then an event a line, with what it is known by before
// it; or the reason why it is none. What differs without fetch stands last.
func TestUnpack(t *testing.T) {
	files, err := filepath.Glob("testdata/message/*.json")
	if err != nil || len(files) < 14 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			with, without := told(t, string(text), new(s3.Store)), told(t, string(text), nil)
			got := with
			if with != without && !strings.HasSuffix(with, "\n"+without) {
				got += "without fetch:\n" + without
			}
			golden := strings.TrimSuffix(file, ".json") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTooManyLogs(t *testing.T) {
	keys := strings.Repeat(`"a.json",`, mostLogs) + `"a.json"`
	if p := unpacked(`{"s3Bucket":"b","s3ObjectKey":[`+keys+`]}`, new(s3.Store)); p.logs != nil || !errors.Is(p.bad, errMany) {
		t.Errorf("%d logs are read, %v", len(p.logs), p.bad)
	}
}

// told is what becomes of a message, in words.
func told(t *testing.T, body string, logs *s3.Store) string {
	t.Helper()
	var got bytes.Buffer
	p := unpacked(body, logs)
	for _, o := range p.logs {
		fmt.Fprintf(&got, "reads s3://%s/%s in %q\n", o.bucket, o.key, o.region)
	}
	if p.bad != nil {
		fmt.Fprintln(&got, "refused:", p.bad)
	}
	for _, a := range p.arrivals {
		fmt.Fprintln(&got, a.Known)
		raw := a.Event.Raw
		if strings.HasPrefix(a.Known, "message ") {
			raw = bytes.Replace(raw, []byte(a.Event.ID), []byte("<any>"), 1)
		}
		if err := json.Indent(&got, raw, "", " "); err != nil {
			t.Fatal(err)
		}
		got.WriteString("\n")
	}
	return got.String()
}

func unpacked(body string, logs *s3.Store) *parcel {
	r := &run{Queue: &Queue{}, in: &source.Intake{Who: store.Who{Account: "999999999999", Region: "eu-central-1"}}}
	if logs != nil {
		r.Logs = logs
	}
	return r.unpack(types.Message{Body: &body, MessageId: aws.String("219f8380-5770-4cc2-8c3e-5c715e145f5e"), Attributes: map[string]string{"SentTimestamp": "1793581445000"}})
}

func FuzzUnpack(f *testing.F) {
	files, err := filepath.Glob("testdata/message/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, body string) {
		p := unpacked(body, new(s3.Store))
		var not source.NotKnown
		if p.bad != nil && !errors.As(p.bad, &not) {
			t.Errorf("%q: %v blames nobody", body, p.bad)
		}
		for _, o := range p.logs {
			if o.bucket == "" || o.key == "" || o.region != "" && !regionName.MatchString(o.region) || !o.isLog() {
				t.Errorf("%q names %+v", body, o)
			}
		}
		known := map[tocsin.Account]bool{}
		for _, a := range p.arrivals {
			if a.Known == "" || !json.Valid(a.Event.Raw) {
				t.Errorf("%q gives %q, known by %q", body, a.Event.Raw, a.Known)
			}
			known[a.Event.Account] = true
		}
		if len(known) > 1 || len(known) == 1 && !known["999999999999"] {
			t.Errorf("%q gives events to the accounts %v", body, known)
		}
	})
}
