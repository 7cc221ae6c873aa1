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

// What is malformed keeps nothing back that came with it: it may be the page.
func TestPartlyMalformed(t *testing.T) {
	const good = `{"eventVersion":"1.11","eventID":"good","eventTime":"2026-11-02T01:02:03Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`
	const alert = `{"status":"firing","labels":{"alertname":"x"},"startsAt":"2026-11-02T01:02:03Z","fingerprint":"f"}`
	inner, err := json.Marshal(`{"Records":[{"eventVersion":1},` + good + `]}`)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a list":       `[{"nonsense":1},` + good + `]`,
		"records":      `{"Records":[` + strings.Replace(good, "AwsApiCall", "AwsNewEvent", 1) + `,` + good + `]}`,
		"after it":     `{"Records":[` + good + `,7]}`,
		"by SNS":       `{"Type":"Notification","MessageId":"m","TopicArn":"t","Timestamp":"2026-11-02T01:02:03Z","Message":` + string(inner) + `}`,
		"alerts":       `{"groupKey":"g","alerts":[{"status":"firing","startsAt":"yesterday"},` + alert + `]}`,
		"a null alert": `{"groupKey":"g","alerts":[null,` + alert + `]}`,
		"findings":     `{"Findings":[{"Id":"x"},{"Id":"f","ProductArn":"arn:p","UpdatedAt":"2026-11-02T01:02:03Z"}]}`,
	} {
		got, err := new(Decoder).Decode([]byte(text), origin)
		var not NotKnown
		if len(got) != 1 || !errors.As(err, &not) || !strings.HasPrefix(err.Error(), "1 of 2 ") {
			t.Errorf("%s: %d events: %v", name, len(got), err)
		}
	}
}

// Servers that stand in for S3 call themselves otherwise; GuardDuty's answers carry
// findings under the same name as Security Hub's.
func TestLikenesses(t *testing.T) {
	for name, c := range map[string]struct{ text, source string }{
		"MinIO": {`{"EventName":"s3:ObjectCreated:Put","Key":"b/k","Records":[{"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2026-11-02T01:02:03.4Z","eventName":"s3:ObjectCreated:Put","s3":{"bucket":{"name":"b","arn":"arn:aws:s3:::b"},"object":{"key":"k","sequencer":"1"}}}]}`, "aws.s3"},
		"Ceph":  {`{"Records":[{"eventVersion":"2.2","eventSource":"ceph:s3","awsRegion":"","eventTime":"2026-11-02T01:02:03.4Z","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}`, "aws.s3"},
		"GetFindings": {`{"Findings":[{"AccountId":"111122223333","Arn":"arn:aws:guardduty:us-east-1:111122223333:detector/d/finding/f","CreatedAt":"2026-11-02T01:02:03Z","Id":"f","Partition":"aws","Region":"us-east-1","Resource":{},"SchemaVersion":"2.0",` +
			`"Service":{"DetectorId":"d"},"Severity":8,"Title":"t","Type":"Recon:EC2/Portscan","UpdatedAt":"2026-11-02T01:02:03Z"}]}`, "aws.guardduty"},
	} {
		got, err := new(Decoder).Decode([]byte(c.text), origin)
		if err != nil || len(got) != 1 || got[0].Event.Source != c.source {
			t.Errorf("%s: %+v: %v", name, got, err)
		}
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

// A defect in reading ends with the message that found it.
func TestDecodeDefect(t *testing.T) {
	var none *Decoder // has no place to read a record into
	all, err := none.Decode([]byte(`{"eventVersion":"1.08","eventSource":"iam.amazonaws.com"}`), origin)
	var bad NotKnown
	if !errors.As(err, &bad) || len(all) > 0 || !strings.Contains(err.Error(), "defect") {
		t.Errorf("%v, %v", all, err)
	}
}
