package aws

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// route finds the operation for a method and an escaped path, and the labels' values, still
// escaped. Of several templates that fit the one with the fewest labels wins.
func (s *Service) route(method, path string) (op *Operation, labels map[string]string) {
	parts := strings.Split(path, "/")
	best := -1
	for _, r := range s.routes {
		if r.op.Method != method || best >= 0 && r.labels >= best {
			continue
		}
		if found, ok := r.match(parts); ok {
			op, labels, best = r.op, found, r.labels
		}
	}
	return op, labels
}

// match compares a path with a template. An ARN has slashes of its own, which clients
// should escape and not all do: a last label that stands for one takes the rest.
func (r *route) match(parts []string) (labels map[string]string, ok bool) {
	for i, want := range r.parts {
		name, label := strings.CutPrefix(want, "{")
		if !label {
			if i >= len(parts) || parts[i] != want {
				return nil, false
			}
			continue
		}
		name, greedy := strings.CutSuffix(strings.TrimSuffix(name, "}"), "+")
		if i >= len(parts) || parts[i] == "" {
			return nil, false
		}
		value := parts[i]
		if i == len(r.parts)-1 && (greedy || strings.EqualFold(name, "resourceArn")) {
			value = strings.Join(parts[i:], "/")
			parts = parts[:i+1]
		}
		if labels == nil {
			labels = make(map[string]string, r.labels)
		}
		labels[name] = value
	}
	return labels, len(parts) == len(r.parts)
}

// bound writes the members that stand in path and query as the beginning of a flat JSON
// object and joins the body to it: data is what a decoder reads, and body is where in it
// the body's own members begin.
func (op *Operation) bound(buf []byte, labels map[string]string, query url.Values, body []byte) (data []byte, at int, err error) {
	e := NewEncoder(buf)
	e.Object()
	for _, b := range op.Bindings {
		values := query[b.Name]
		if b.Location == InPath {
			value, err := url.PathUnescape(labels[b.Name])
			if err != nil {
				return nil, 0, serializationError("The path is not escaped correctly.")
			}
			values = []string{value}
		}
		if len(values) == 0 {
			continue
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				return nil, 0, serializationError("The value of %s is not valid UTF-8.", b.Name)
			}
		}
		e.Key(b.Member)
		encodeBound(e, b.Kind, values)
	}
	data = e.Bytes()
	rest := trimSpace(body)
	switch {
	case len(rest) == 0:
		return append(data, '}'), len(data), nil
	case rest[0] != '{':
		return nil, 0, serializationError("The body is not a JSON object.")
	}
	rest = trimSpace(rest[1:])
	at = len(data)
	if len(data) > 1 && len(rest) > 0 && rest[0] != '}' {
		data = append(data, ',')
	}
	return append(data, rest...), at, nil
}

// encodeBound writes one member's values. What is no number or instant stays text, so that
// the decoder refuses it as it would in a body.
func encodeBound(e *Encoder, kind Kind, values []string) {
	first := values[0]
	switch kind {
	case Strings:
		e.List()
		for _, v := range values {
			e.String(v)
		}
		e.EndList()
		return
	case Raw:
		if n, _ := numberLen([]byte(first)); first == "true" || first == "false" || n > 0 && n == len(first) {
			e.Raw(first)
			return
		}
	case Instant:
		if t, err := time.Parse(time.RFC3339Nano, first); err == nil {
			e.Time(t)
			return
		}
	case Text:
	}
	e.String(first)
}

// Raw writes text that is JSON already.
func (e *Encoder) Raw(s string) {
	e.sep()
	e.buf = append(e.buf, s...)
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}
