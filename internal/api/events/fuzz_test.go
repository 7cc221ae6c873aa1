package events

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/auth"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// FuzzEntry makes envelopes of any entries: what is taken must be a JSON object
// that can be matched and holds the entry's members as they were given, and
// nothing else.
func FuzzEntry(f *testing.F) {
	f.Add("my.app", "order", `{"a":[1,{"b":"\u00e4"}]}`, "arn:x", int64(0), true)
	f.Add("aws.s3", "x", `{}`, "", int64(1795316645), false)
	f.Add("s", "d", `{},"source":"aws.s3","x":{}`, "r", int64(-1), true)
	f.Add("s\"", "d\\", `{"a":"\u0000"}`, "\n", int64(1), true)
	f.Add("s", "d", `{"a":1,"a":2} `, "é", int64(2), true)
	f.Add("s", "d", ` {"detail":{"detail":{}},"d":"\\u0000"}`, "r", int64(253402300799), true)
	f.Fuzz(func(t *testing.T, source, detailType, detail, resource string, seconds int64, ingest bool) {
		if !utf8.ValidString(source + "|" + detailType + "|" + detail + "|" + resource) {
			t.Skip("the decoder lets no such text through")
		}
		at := time.Unix(seconds%253402300799, 0)
		if at.Year() < 1 {
			t.Skip("nor such a time")
		}
		rights := []auth.Right{auth.Responder}
		if ingest {
			rights = append(rights, auth.Ingest)
		}
		who := store.Who{Account: "111122223333", Region: "us-east-1"}
		b := newBatch(who, &auth.Principal{Rights: rights}, time.Now(), 2, 0)
		e := &wire.PutEventsRequestEntry{Source: &source, DetailType: &detailType, Detail: &detail, Resources: []string{resource}, Time: &at}
		refused := b.add(e)
		if err := pattern.Check([]byte(detail)); (err != nil) && refused == nil {
			t.Fatalf("detail %q is taken: %v", detail, err)
		}
		if refused != nil {
			if len(b.events) != 0 || refused.code == "" || refused.message == "" {
				t.Fatalf("refused with %+v, yet there are %d events", refused, len(b.events))
			}
			return
		}
		if again := b.add(e); again != nil { // the second one must not disturb the first
			t.Fatal(again)
		}
		if b.events[0].ID == b.events[1].ID {
			t.Fatal("two events have one id")
		}
		checkEnvelope(t, b, source, detailType, detail, resource, at)
	})
}

func checkEnvelope(t *testing.T, b *batch, source, detailType, detail, resource string, at time.Time) {
	t.Helper()
	raw := b.events[0].Raw
	if !json.Valid(raw) {
		t.Fatalf("not JSON: %s", raw)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	if len(members) != 9 {
		t.Errorf("%d members: %s", len(members), raw)
	}
	if got := bytes.TrimSpace(members["detail"]); string(got) != string(bytes.TrimSpace([]byte(detail))) {
		t.Errorf("detail = %s, want %s", got, detail)
	}
	delete(members, "detail")
	want := map[string]any{"version": "0", "id": b.events[0].ID, "detail-type": detailType, "source": source, "account": "111122223333",
		"time": at.UTC().Format(time.RFC3339), "region": "us-east-1", "resources": []any{resource}}
	got := map[string]any{}
	for k, v := range members {
		var x any
		if err := json.Unmarshal(v, &x); err != nil {
			t.Fatal(err)
		}
		got[k] = x
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("envelope (-want +got):\n%s", d)
	}
	if bytes.Contains(raw, []byte{0}) {
		t.Error("the envelope holds U+0000")
	}
}
