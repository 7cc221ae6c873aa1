package webhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ohler55/ojg/jp"

	"github.com/tocsin-io/tocsin/internal/source"
)

var mappingFields = []source.Field{
	{Name: "eventSource", About: "turns other JSON into events: the event's source, as text or as a JSONPath that begins with $"},
	{Name: "detailType", About: "the event's detail-type, as text or JSONPath"},
	{Name: "events", About: "JSONPath of the events in what is posted; default the whole"},
	{Name: "detail", About: "JSONPath of the event's detail; default the whole event"},
	{Name: "id", About: "JSONPath of what tells an event from all others: the same is taken once"},
	{Name: "time", About: "JSONPath of the event's time: RFC 3339, or seconds or milliseconds since 1970"},
	{Name: "resources", About: "JSONPath of the ARNs of what the event is about"},
}

// mapping reads events out of any JSON. The nil mapping leaves it to package
// source to recognise them.
type mapping struct {
	source, kind                        string
	events, detail, id, time, resources jp.Expr
	sourceAt, kindAt                    jp.Expr
}

func newMapping(s source.Settings) (*mapping, error) {
	set := false
	for _, f := range mappingFields {
		set = set || s[f.Name] != ""
	}
	if !set {
		return nil, nil
	}
	if s["eventSource"] == "" || s["detailType"] == "" {
		return nil, fmt.Errorf("a mapping needs eventSource and detailType")
	}
	m := &mapping{source: s["eventSource"], kind: s["detailType"]}
	if strings.HasPrefix(m.source, "aws.") {
		return nil, fmt.Errorf("eventSource: names that begin with aws. are AWS's own")
	}
	for _, p := range []struct {
		name    string
		to      *jp.Expr
		orPlain bool
	}{
		{"events", &m.events, false}, {"detail", &m.detail, false}, {"id", &m.id, false}, {"time", &m.time, false}, {"resources", &m.resources, false},
		{"eventSource", &m.sourceAt, true}, {"detailType", &m.kindAt, true},
	} {
		text := s[p.name]
		if text == "" || p.orPlain && !strings.HasPrefix(text, "$") {
			continue
		}
		x, err := jp.ParseString(text)
		if err != nil || !strings.HasPrefix(text, "$") {
			return nil, fmt.Errorf("%s: %q is not a JSONPath", p.name, text)
		}
		*p.to = x
	}
	return m, nil
}

func (m *mapping) decode(body []byte, o source.Origin) ([]source.Arrival, error) {
	if m == nil {
		return new(source.Decoder).Decode(body, o)
	}
	var whole any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber() // numbers keep their spelling
	if err := dec.Decode(&whole); err != nil || dec.More() {
		return nil, source.NotKnown("the message is not JSON")
	}
	events := []any{whole}
	if m.events != nil {
		events = m.events.Get(whole)
		if len(events) == 1 {
			if list, ok := events[0].([]any); ok {
				events = list
			}
		}
	}
	var out []source.Arrival
	var bad error // the first; it keeps no other event back
	for i, e := range events {
		one, err := m.event(e, o)
		if err != nil && bad == nil {
			bad = source.NotKnown(fmt.Sprintf("event %d: %v", i+1, err))
		}
		out = append(out, one...)
	}
	return out, bad
}

func (m *mapping) event(v any, o source.Origin) ([]source.Arrival, error) {
	detail := v
	if m.detail != nil {
		detail = first(m.detail, v)
	}
	if _, ok := detail.(map[string]any); !ok {
		return nil, fmt.Errorf("its detail is not an object")
	}
	raw, err := json.Marshal(detail)
	if err != nil {
		return nil, err
	}
	e := source.Envelope{Source: m.source, DetailType: m.kind, Detail: raw}
	if m.sourceAt != nil {
		e.Source = word(first(m.sourceAt, v))
	}
	if m.kindAt != nil {
		e.DetailType = word(first(m.kindAt, v))
	}
	if e.Source == "" || e.DetailType == "" || strings.HasPrefix(e.Source, "aws.") {
		return nil, fmt.Errorf("it has no source or detail-type of its own (source %q, detail-type %q)", e.Source, e.DetailType)
	}
	if m.id != nil {
		if id := word(first(m.id, v)); id != "" {
			e.ID = source.ID(e.Source, id)
		}
	}
	if m.time != nil {
		e.Time = instant(first(m.time, v))
	}
	if m.resources != nil {
		for _, r := range m.resources.Get(v) {
			if list, ok := r.([]any); ok {
				for _, x := range list {
					e.Resources = append(e.Resources, word(x))
				}
			} else {
				e.Resources = append(e.Resources, word(r))
			}
		}
	}
	return e.Arrivals(o)
}

func first(x jp.Expr, v any) any {
	if all := x.Get(v); len(all) > 0 {
		return all[0]
	}
	return nil
}

// word gives a text or number as text.
func word(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// instant reads a time; the zero time if it is none.
func instant(v any) time.Time {
	switch v := v.(type) {
	case string:
		t, _ := time.Parse(time.RFC3339, v)
		return t
	case json.Number:
		f, err := v.Float64()
		switch {
		case err != nil || f <= 0 || f > 1e14:
		case f > 1e11: // seconds would be in the year 5138
			return time.UnixMilli(int64(f))
		default:
			return time.UnixMilli(int64(f * 1000))
		}
	}
	return time.Time{}
}
