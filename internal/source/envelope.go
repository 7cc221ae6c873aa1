package source

import (
	"bytes"
	"strings"

	"github.com/tocsin-io/tocsin/pattern"
)

// insight is the eventType of records that are no calls: they are told to come from
// CloudTrail, whatever they are about.
const insight = "AwsCloudTrailInsight"

// detailType gives the detail-type of the event of a CloudTrail record, by its
// eventType as JSON spells it; not ok if there is no such event.
func detailType(eventType []byte) (name string, ok bool) {
	if bytes.IndexByte(eventType, '\\') >= 0 {
		name, ok = kinds[Unquote(eventType)]
	} else {
		name, ok = kinds[string(eventType)]
	}
	return name, ok
}

// delivered tells of the head of a CloudTrail record whether EventBridge delivers it.
func (h *Head) delivered() bool {
	_, ok := detailType(h.Type)
	return ok
}

// appendSource appends the source of the event of a record that is no insight, by its
// eventSource, both as JSON spells them.
func appendSource(b, eventSource []byte) []byte {
	service, _, _ := bytes.Cut(eventSource, []byte("."))
	return append(append(b, "aws."...), service...)
}

// A rendering of a value of a record is what the event that is made of the record says
// of it outside of its detail, as JSON spells it. What is no string is an empty one.
type rendering func(b, value []byte) []byte

// derived are the members of an event that are made of values of its record.
var derived = map[string]struct {
	path string
	as   rendering
}{
	"id":          {"eventID", same},
	"time":        {"eventTime", same},
	"account":     {"recipientAccountId", same},
	"region":      {"awsRegion", same},
	"source":      {"eventSource", appendSource},
	"detail-type": {"eventType", appendDetailType},
}

func same(b, value []byte) []byte { return append(b, value...) }

func appendDetailType(b, eventType []byte) []byte {
	name, _ := detailType(eventType)
	return append(b, name...)
}

// A demand is what a field of a rule for events asks of a record.
type demand struct {
	path  string // in the record
	as    rendering
	name  string // of the event's member, if as is not nil
	field pattern.Field
}

// demandOf tells what a field for events of CloudTrail records that are calls asks of
// the record. It is settled if the answer is the same for all of them: held. It is not
// ok if that cannot be told.
func demandOf(f pattern.Field) (d demand, settled, held, ok bool) {
	top, rest, nested := strings.Cut(f.Path(), ".")
	switch {
	case top == "detail":
		return demand{path: rest, field: f}, false, false, nested
	case nested:
		return d, true, f.Absence(), true // what is beside detail has no members
	case top == "version":
		return d, true, f.Value([]byte("0"), true), true
	case top == "detail-type":
		settled, held = eachCall(f)
	}
	from, known := derived[top]
	if !known {
		return d, true, f.Absence(), true // there is no such member, or an empty list of resources
	}
	return demand{path: from.path, as: from.as, name: top, field: f}, settled, held, true
}

// eachCall tells whether a field holds for the detail-types of all calls, or of none.
func eachCall(f pattern.Field) (settled, held bool) {
	all, none := true, true
	for kind, name := range kinds {
		if kind == insight {
			continue
		}
		if f.Value([]byte(name), true) {
			none = false
		} else {
			all = false
		}
	}
	return all || none, all
}
