package events

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// maxEntries is how large the entries of one call may be together, in bytes.
const maxEntries = 1 << 20

// A refusal is why one entry was not taken; the others of its call may have been.
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
type refusal struct{ code, message string }

var (
	noSource       = &refusal{"InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."}
	noDetailType   = &refusal{"InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument."}
	noDetail       = &refusal{"InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."}
	malformed      = &refusal{"MalformedDetail", "Detail is malformed."}
	notForSource   = &refusal{"NotAuthorizedForSource", "Not authorized for the source."}
	failedInternal = &refusal{"InternalFailure", "The event could not be delivered. Send it again."}
)

// PutEvents takes in up to ten events and answers when everything that rules made
// of them is committed. An entry that cannot be taken fails by itself, in an answer
// that is a success.
func (s *Server) PutEvents(ctx context.Context, in *wire.PutEventsInput) (*wire.PutEventsOutput, error) {
	size := 0
	for i := range in.Entries {
		size += sizeOf(&in.Entries[i])
	}
	if size > maxEntries {
		return nil, tocsin.Refuse("Total size of the entries in the request is over the limit.")
	}
	b := newBatch(api.Who(ctx), api.Caller(ctx), time.Now(), len(in.Entries), size)
	out := &wire.PutEventsOutput{FailedEntryCount: new(0), Entries: make([]wire.PutEventsResultEntry, len(in.Entries))}
	at := make([]int, 0, len(in.Entries)) // where in the answer each event of the batch stands
	for i := range in.Entries {
		if no := b.add(&in.Entries[i]); no != nil {
			fail(out, i, no)
			continue
		}
		at = append(at, i)
		out.Entries[i].EventId = &b.events[len(b.events)-1].ID
	}
	for i, err := range s.Bus.Put(ctx, b.who, b.events) {
		if err != nil {
			fail(out, at[i], failedInternal)
		}
	}
	return out, nil
}

func fail(out *wire.PutEventsOutput, i int, no *refusal) {
	out.Entries[i] = wire.PutEventsResultEntry{ErrorCode: &no.code, ErrorMessage: &no.message}
	*out.FailedEntryCount++
}

// sizeOf is an entry's size in bytes as EventBridge counts it.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
func sizeOf(e *wire.PutEventsRequestEntry) int {
	n := len(text(e.Source)) + len(text(e.DetailType)) + len(text(e.Detail))
	for _, r := range e.Resources {
		n += len(r)
	}
	if e.Time != nil {
		n += 14
	}
	return n
}

// A batch turns the entries of one call into events. Their envelopes are written
// into one buffer.
type batch struct {
	who    store.Who
	ingest bool // may send events of AWS's own sources
	now    time.Time
	ids    []byte // random bytes for ids, sixteen each
	events []tocsin.Event
	buf    []byte
}

const envelopeSize = 320 // bytes of an envelope, about, without what the caller gives

func newBatch(who store.Who, caller *auth.Principal, now time.Time, n, size int) *batch {
	b := &batch{who: who, ingest: caller != nil && caller.May(auth.Ingest), now: now.UTC(), ids: make([]byte, 16*n),
		events: make([]tocsin.Event, 0, n), buf: make([]byte, 0, size+n*envelopeSize)}
	_, _ = rand.Read(b.ids) // never fails: crypto/rand ends the program instead
	return b
}

// add makes an event of an entry, or says why not.
func (b *batch) add(e *wire.PutEventsRequestEntry) *refusal {
	switch {
	case text(e.Source) == "":
		return noSource
	case text(e.DetailType) == "":
		return noDetailType
	case text(e.Detail) == "":
		return noDetail
	case !b.ingest && strings.HasPrefix(*e.Source, "aws."):
		return notForSource
	}
	on, err := busName(b.who, e.EventBusName)
	if err == nil {
		err = bus.KnownBus(on)
	}
	if err != nil {
		return &refusal{"InvalidArgument", "Parameter EventBusName is not valid. Reason: " + err.Error()}
	}
	// Checked by itself, and not within the envelope, which it could end early.
	detail := []byte(*e.Detail)
	if pattern.Check(detail) != nil || bus.HoldsNUL(detail) {
		return malformed
	}
	at := b.now
	if e.Time != nil {
		at = e.Time.UTC()
	}
	ev := tocsin.Event{ID: b.id(), Source: *e.Source, DetailType: *e.DetailType, Account: b.who.Account, Region: b.who.Region,
		Time: at.Truncate(time.Second), Resources: e.Resources, Bus: on}
	start := len(b.buf)
	b.buf = appendEnvelope(b.buf, &ev, detail)
	ev.Raw = json.RawMessage(b.buf[start:len(b.buf):len(b.buf)])
	b.events = append(b.events, ev)
	return nil
}

// id makes a random UUID (version 4).
func (b *batch) id() string {
	u := b.ids[16*len(b.events):][:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:], u[0:4])
	hex.Encode(out[9:], u[4:6])
	hex.Encode(out[14:], u[6:8])
	hex.Encode(out[19:], u[8:10])
	hex.Encode(out[24:], u[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// appendEnvelope writes an event as it is delivered, detail as it came. An Encoder
// puts commas by what stands before, so each envelope begins in an empty one.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
func appendEnvelope(buf []byte, e *tocsin.Event, detail []byte) []byte {
	enc := aws.NewEncoder(buf[len(buf):])
	enc.Object()
	for _, m := range [...]struct{ name, value string }{
		{"version", "0"}, {"id", e.ID}, {"detail-type", e.DetailType}, {"source", e.Source}, {"account", string(e.Account)},
		{"time", e.Time.Format(time.RFC3339)}, {"region", string(e.Region)},
	} {
		enc.Key(m.name)
		enc.String(m.value)
	}
	enc.Key("resources")
	enc.List()
	for _, r := range e.Resources {
		enc.String(r)
	}
	enc.EndList()
	enc.Key("detail")
	return append(buf, append(append(enc.Bytes(), detail...), '}')...)
}

// has tells whether a checked event has all of these members at its top.
func has(event []byte, names []string) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(event, &members) != nil {
		return false
	}
	for _, n := range names {
		if _, ok := members[n]; !ok {
			return false
		}
	}
	return true
}
