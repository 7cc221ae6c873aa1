package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// A model is an api-2.json.
type model struct {
	Metadata   metadata
	Operations map[string]*operation
	Shapes     map[string]*shape
}

type metadata struct {
	APIVersion, EndpointPrefix, SigningName, Protocol, JSONVersion, TargetPrefix, XMLNamespace string
}

type operation struct {
	HTTP struct {
		Method, RequestURI string
		ResponseCode       int
	}
	Input, Output *ref
	Errors        []ref

	Documentation string // ours only
	ReadOnly      bool   // ours only
}

// A shape is a type of the model. Every key that a model may have stands here or in
// ignored: another one is refused, since it might change the wire.
type shape struct {
	Type            string
	Members         members
	Required        []string
	Min, Max        *json.Number
	Pattern         string
	Enum            []string
	Member          *ref
	Key, Value      *ref
	Exception       bool
	Fault           bool
	Error           *httpError
	Sensitive       bool
	Union           bool
	TimestampFormat string
	Documentation   string // ours only
	LocationName    string

	Box, Deprecated   any // without meaning for us
	DeprecatedMessage any
	Synthetic, Wrapper,
	XMLOrder any
	Name string `json:"-"`
}

// An httpError says how an exception is sent; Code is refused, no service here has it.
type httpError struct {
	HTTPStatusCode int
	SenderFault    any
}

type ref struct {
	Shape           string
	Location        string
	LocationName    string
	TimestampFormat string
	Payload         string // of an input or output: refused

	Box, Deprecated, DeprecatedMessage any // without meaning for us
	IdempotencyToken, ContextParam     any // for clients
	Documentation                      string
}

type member struct {
	Name string
	ref
}

// members keeps the model's order.
type members []member

func (m *members) UnmarshalJSON(text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("read members: %w", err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return fmt.Errorf("read a member's name: %w", err)
		}
		var r ref
		if err := dec.Decode(&r); err != nil {
			return fmt.Errorf("read member %v: %w", name, err)
		}
		*m = append(*m, member{fmt.Sprint(name), r})
	}
	return nil
}

// parseModel reads an api-2.json. Metadata and operations may hold keys that are not
// understood (they are for clients), shapes may not.
func parseModel(text []byte) (*model, error) {
	var raw struct {
		Metadata   metadata
		Operations map[string]*operation
		Shapes     map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	m := &model{Metadata: raw.Metadata, Operations: raw.Operations, Shapes: map[string]*shape{}}
	for _, name := range slices.Sorted(maps.Keys(raw.Shapes)) {
		s := &shape{Name: name}
		dec := json.NewDecoder(bytes.NewReader(raw.Shapes[name]))
		dec.DisallowUnknownFields()
		if err := dec.Decode(s); err != nil {
			// Not every shape is used: what cannot be read is refused when it is.
			s = &shape{Name: name, Type: "unreadable: " + err.Error()}
		}
		if s.Type == "character" {
			s.Type = "string"
		}
		m.Shapes[name] = s
	}
	return m, nil
}

// reach collects the shapes below one, in no order.
func (m *model) reach(name string, into map[string]bool) error {
	if into[name] {
		return nil
	}
	s := m.Shapes[name]
	if s == nil {
		return fmt.Errorf("shape %s is not in the model", name)
	}
	into[name] = true
	for _, r := range s.refs() {
		if err := m.reach(r.Shape, into); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) refs() []ref {
	var refs []ref
	for _, m := range s.Members {
		refs = append(refs, m.ref)
	}
	for _, r := range []*ref{s.Member, s.Key, s.Value} {
		if r != nil {
			refs = append(refs, *r)
		}
	}
	return refs
}

func (s *shape) requires(name string) bool { return slices.Contains(s.Required, name) }

// wire is a member's name in JSON.
func (m member) wire() string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return m.Name
}
