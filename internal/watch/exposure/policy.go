package exposure

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Policy is a bucket policy, read for one question: what does it give the public?
type Policy struct {
	statements []statement
	denies     bool
}

// A statement is what matters of one that allows something.
type statement struct {
	public [2]bool // by Access
}

var errPolicy = errors.New("this is no bucket policy")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errPolicy}, args...)...)
}

// The actions that show or change what is in a bucket. Where a name ends in a star,
// all that begin so are meant. In lower case, since names of actions have no case.
// Source: https://docs.aws.amazon.com/sdkfornet/v3/apidocs/items/S3/TPublicAccessBlockConfiguration.html
var actions = [2][]string{
	Read:  {"s3:get*", "s3:list*"},
	Write: {"s3:put*", "s3:delete*", "s3:abortmultipartupload", "s3:restoreobject"},
}

// ParsePolicy reads a bucket policy. It fails on what S3 would not take as one:
// text that is no JSON, members that stand twice, elements of the wrong type.
func ParsePolicy(text []byte) (*Policy, error) {
	top, err := object(text)
	if err != nil {
		return nil, err
	}
	raw, ok := top["statement"]
	if !ok {
		return nil, malformed("it has no Statement")
	}
	list, err := oneOrMore(raw)
	if err != nil {
		return nil, err
	}
	p := &Policy{}
	for _, raw := range list {
		if err := p.add(raw); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Public tells whether some statement gives the public this kind of access. A
// statement that denies takes nothing back: what it leaves is not worked out.
func (p *Policy) Public(a Access) bool {
	for _, s := range p.statements {
		if s.public[a] {
			return true
		}
	}
	return false
}

// Denies tells whether there are statements that deny.
func (p *Policy) Denies() bool { return p.denies }

func (p *Policy) add(raw json.RawMessage) error {
	s, err := object(raw)
	if err != nil {
		return err
	}
	var effect string
	if err := json.Unmarshal(s["effect"], &effect); err != nil {
		return malformed("a statement has no Effect")
	}
	switch {
	case strings.EqualFold(effect, "Deny"):
		p.denies = true
		return nil
	case !strings.EqualFold(effect, "Allow"):
		return malformed("the Effect %q is neither Allow nor Deny", effect)
	}
	does, err := reach(s)
	if err != nil {
		return err
	}
	anyone, err := anybody(s)
	if err != nil {
		return err
	}
	limited, err := limits(s["condition"])
	if err != nil {
		return err
	}
	open := anyone && !limited
	p.statements = append(p.statements, statement{public: [2]bool{open && does[Read], open && does[Write]}})
	return nil
}

// reach tells which kinds of access a statement is about.
func reach(s map[string]json.RawMessage) (does [2]bool, err error) {
	named, err := texts(s["action"])
	if err != nil {
		return does, err
	}
	spared, err := texts(s["notaction"])
	if err != nil {
		return does, err
	}
	if named == nil && spared == nil {
		return does, malformed("a statement has neither Action nor NotAction")
	}
	for a := range actions {
		for _, of := range actions[a] {
			does[a] = does[a] || named != nil && touches(named, of) || named == nil && !spares(spared, of)
		}
	}
	return does, nil
}

func touches(named []string, of string) bool {
	for _, n := range named {
		if meet(strings.ToLower(n), of) {
			return true
		}
	}
	return false
}

func spares(spared []string, of string) bool {
	prefix, many := strings.CutSuffix(of, "*")
	for _, n := range spared {
		n = strings.ToLower(n)
		if many && covers(n, prefix) || !many && meet(n, of) {
			return true
		}
	}
	return false
}

// anybody tells whether a statement's principals are more than fixed ones. Without
// any it is for everybody, and so is one for all but some.
func anybody(s map[string]json.RawMessage) (bool, error) {
	raw, ok := s["principal"]
	if !ok {
		return true, nil
	}
	if _, both := s["notprincipal"]; both {
		return false, malformed("a statement has both Principal and NotPrincipal")
	}
	if first(raw) != '{' { // "*", or what some servers take for {"AWS": …}
		names, err := texts(raw)
		return unfixed("aws", names), err
	}
	kinds, err := object(raw)
	if err != nil {
		return false, err
	}
	anyone := false
	for kind, raw := range kinds {
		names, err := texts(raw)
		if err != nil {
			return false, err
		}
		anyone = anyone || unfixed(kind, names)
	}
	return anyone, nil
}

// unfixed tells whether one of the principals is not one fixed account, user, role
// or service. Users of a web identity provider are not: anybody may become one.
func unfixed(kind string, names []string) bool {
	for _, n := range names {
		if wild(n) || kind == "federated" && !strings.HasPrefix(n, "arn:") {
			return true
		}
		switch kind {
		case "aws", "service", "canonicaluser", "federated":
		default:
			return true // a kind we do not know
		}
	}
	return false
}

// object reads a JSON object. Its keys come in lower case: elements of policies
// have no case, and one that stands twice, in whatever case, could hide the other.
func object(raw []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("where an object should be there is none")
	}
	out := map[string]json.RawMessage{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, malformed("it is not JSON: %w", err)
		}
		key := strings.ToLower(t.(string)) // in an object, Token gives only texts for keys
		if _, twice := out[key]; twice {
			return nil, malformed("%q stands twice", t)
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, malformed("it is not JSON: %w", err)
		}
		out[key] = v
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed("it is not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("something follows its end")
	}
	return out, nil
}

func first(raw []byte) byte {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) > 0 {
		return raw[0]
	}
	return 0
}

// oneOrMore reads a value that may stand alone or in a list.
func oneOrMore(raw json.RawMessage) ([]json.RawMessage, error) {
	if first(raw) != '[' {
		return []json.RawMessage{raw}, nil
	}
	list := []json.RawMessage{}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, malformed("it is not JSON: %w", err)
	}
	return list, nil
}

// texts reads one text or a list of them; nil where there is no such element.
// Numbers and booleans are taken as they are spelled.
func texts(raw json.RawMessage) ([]string, error) {
	if raw == nil {
		return nil, nil
	}
	list, err := oneOrMore(raw)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(list))
	for i, raw := range list {
		switch first(raw) {
		case '"':
			if err := json.Unmarshal(raw, &out[i]); err != nil {
				return nil, malformed("it is not JSON: %w", err)
			}
		case '{', '[', 'n', 0:
			return nil, malformed("where a text should be there is %.20s", raw)
		default:
			out[i] = string(raw)
		}
	}
	return out, nil
}
