package source

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
)

// maxUnwrapped is how many messages may stand in one another: an alarm in a
// notification in a queue's message is three.
const maxUnwrapped = 4

// A Decoder makes events of what outside systems send. It recognises, by their
// content, EventBridge events, CloudTrail records, GuardDuty and Security Hub
// findings, Config's notifications, OCSF findings, CloudWatch alarms, S3's
// notifications, what Alertmanager and Grafana send, and SNS messages with any of
// these in them. The zero Decoder is ready for use, by one goroutine.
type Decoder struct {
	wrap Wrapper
	head Head
}

// Origin is what an event gets that does not say it itself.
type Origin struct {
	Account tocsin.Account
	Region  tocsin.Region
	Now     time.Time
}

// NotKnown is the error for what is no message of a known kind, for people.
type NotKnown string

func (e NotKnown) Error() string { return string(e) }

const (
	errNotJSON  = NotKnown("the message is not a JSON object")
	errNotKnown = NotKnown("the message is of no known kind: send EventBridge events, or use a source of kind webhook, which says how to read others")
	errTooDeep  = NotKnown("messages stand in one another too deeply")
)

// Decode gives the events of one message. What says nothing, such as the test
// message by which S3 tries a queue, gives none. The error is of type [NotKnown]
// if the message is to blame. Of a message with many in it of which some are
// malformed, the events of the others come beside the error: they are to be taken.
func (d *Decoder) Decode(message []byte, o Origin) (all []Arrival, err error) {
	// Whatever else may come by a queue has to go on coming, also after a message that
	// finds a defect here: that one is put aside.
	defer func() {
		if p := recover(); p != nil {
			all, err = nil, NotKnown(fmt.Sprintf("reading it failed within Tocsin, which is a defect: please report it (%v)", p))
		}
	}()
	return d.decode(message, o, 0)
}

func (d *Decoder) decode(message []byte, o Origin, depth int) ([]Arrival, error) {
	if depth == maxUnwrapped {
		return nil, errTooDeep
	}
	message = bytes.TrimSpace(message)
	if !json.Valid(message) || len(message) == 0 {
		return nil, errNotJSON
	}
	if message[0] == '[' {
		return d.list(message, o, depth)
	}
	if message[0] != '{' {
		return nil, errNotJSON
	}
	d.head.Parse(message)
	switch d.head.Kind {
	case Event:
		return d.event(message, o)
	case CloudTrail, Finding, APIFinding, ConfigItem, ConfigNote:
		return d.record(message, o)
	case LookupEvent:
		return d.decode(bytes.Clone(d.wrap.Inner(&d.head)), o, depth+1)
	case Other:
	}
	return d.container(message, o, depth)
}

// list decodes a JSON list of messages.
func (d *Decoder) list(message []byte, o Origin, depth int) ([]Arrival, error) {
	var p parts
	elements(message, func(value []byte) { p.add(d.decode(value, o, depth+1)) })
	return p.out, p.err()
}

// parts gathers the events of messages that came together, so that a bad one keeps
// no good one back.
type parts struct {
	out      []Arrival
	all, bad int
	first    error // of the bad
}

func (p *parts) add(more []Arrival, err error) {
	p.all++
	p.out = append(p.out, more...)
	if err != nil {
		p.bad++
		p.first = cmp.Or(p.first, err)
	}
}

func (p *parts) err() error {
	if p.bad == 0 || p.all == 1 {
		return p.first
	}
	return NotKnown(fmt.Sprintf("%d of %d that came together cannot be read, the first because %v", p.bad, p.all, p.first))
}

// record wraps a record as EventBridge would have delivered it.
func (d *Decoder) record(message []byte, o Origin) ([]Arrival, error) {
	known := string(d.head.ID)
	raw := d.wrap.Wrap(&d.head, message)
	if raw == nil {
		return nil, errNotKnown
	}
	raw = bytes.Clone(raw)
	d.head.Parse(raw)
	out, err := d.event(raw, o)
	if err == nil && known != "" {
		out[0].Known = known
	}
	return out, err
}

// Arrival is an event that came in, and what it is known by.
type Arrival = bus.Arrival

// Envelope is what an EventBridge event says of itself. What is left out is filled
// in: the id by one that is made of what the event says, if that includes a time.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
type Envelope struct {
	ID         string          `json:"id"`
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Region     string          `json:"region"`
	Time       time.Time       `json:"time"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// event takes an EventBridge event, of which the members that are missing are
// filled in.
func (d *Decoder) event(message []byte, o Origin) ([]Arrival, error) {
	var e Envelope
	if err := json.Unmarshal(message, &e); err != nil {
		return nil, NotKnown(fmt.Sprintf("the event's envelope cannot be read: %v", err))
	}
	if e.Source == "" || e.DetailType == "" || len(e.Detail) == 0 || e.Detail[0] != '{' {
		return nil, NotKnown("the event has no source, detail-type or detail")
	}
	raw := json.RawMessage(bytes.Clone(message))
	repeatable := e.ID == "" && e.Time.IsZero() // said twice, it may have happened twice
	if e.ID == "" || e.Account == "" || e.Region == "" || e.Time.IsZero() {
		raw = e.complete(o)
	}
	a := Arrival{Known: e.ID, Event: tocsin.Event{ID: e.ID, Source: e.Source, DetailType: e.DetailType, Account: o.Account, Region: o.Region,
		Time: e.Time, Resources: e.Resources, Bus: tocsin.DefaultBus, Raw: raw}}
	if id := recordID(e.Detail); id != "" {
		a.Known = id
	} else if repeatable {
		a.Known = ""
	}
	return []Arrival{a}, nil
}

// Arrivals gives the one event.
func (e Envelope) Arrivals(o Origin) ([]Arrival, error) {
	return new(Decoder).event(e.complete(o), o)
}

// complete gives the whole event with what was missing. Its id is made of what it
// says, so that the same message sent twice is one event; but an event that says
// no time either may have happened twice.
func (e *Envelope) complete(o Origin) json.RawMessage {
	if e.Account == "" {
		e.Account = string(o.Account)
	}
	if e.Region == "" {
		e.Region = string(o.Region)
	}
	switch {
	case e.ID != "":
	case e.Time.IsZero():
		e.ID = tocsin.NewID()
	default:
		e.ID = ID(e.Source, e.DetailType, e.Time.String(), string(e.Detail))
	}
	if e.Time.IsZero() {
		e.Time = o.Now.UTC().Truncate(time.Second)
	}
	if e.Resources == nil {
		e.Resources = []string{}
	}
	raw, err := json.Marshal(struct {
		Version    string          `json:"version"`
		ID         string          `json:"id"`
		DetailType string          `json:"detail-type"`
		Source     string          `json:"source"`
		Account    string          `json:"account"`
		Time       string          `json:"time"`
		Region     string          `json:"region"`
		Resources  []string        `json:"resources"`
		Detail     json.RawMessage `json:"detail"`
	}{"0", e.ID, e.DetailType, e.Source, e.Account, e.Time.UTC().Format(time.RFC3339), e.Region, e.Resources, e.Detail})
	if err != nil {
		panic(err) // the detail was valid JSON
	}
	return raw
}

// recordID is the id of the CloudTrail record that an event carries: the same
// wherever the record comes from.
func recordID(detail []byte) string {
	var id string
	version := false
	members(detail, func(key, value []byte) {
		switch string(key) {
		case "eventID":
			id = string(text(value))
		case "eventVersion":
			version = true
		}
	})
	if !version {
		return ""
	}
	return id
}

// ID makes an id, in the shape of a UUID, of what it shall stand for.
func ID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: of our own making (RFC 9562)
	s := hex.EncodeToString(b)
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
