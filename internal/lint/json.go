package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// node is a JSON value with its place in the text.
type node struct {
	at      span
	text    string // of strings, else empty
	kind    byte   // { [ " or v
	members []member
	items   []*node

	yaml   bool
	frozen bool   // of YAML that is not edited
	raw    string // of YAML, what is no text, as JSON
	chars  []int  // of YAML, for each byte of text and its end, where it comes from
	style  byte   // of YAML, how a text is written: " ' | or ? for plain
}

type member struct {
	name  string
	at    span
	value *node
	chars []int
}

func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

// some says whether a value, or one that stands in it, is so.
func (n *node) some(is func(*node) bool) bool {
	return is(n) || slices.ContainsFunc(n.items, func(item *node) bool { return item.some(is) }) ||
		slices.ContainsFunc(n.members, func(m member) bool { return m.value.some(is) })
}

// str is the text of a member that is a string.
func (n *node) str(name string) string {
	if v := n.get(name); v != nil && v.kind == '"' {
		return v.text
	}
	return ""
}

var errTrailing = errors.New("text after the JSON value")

// maxDepth is how deep values may nest: deeper ones are no rules.
const maxDepth = 2000

// parse reads one JSON value and nothing else.
func parse(text string) (*node, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	p := &parser{d: d, text: text}
	n, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return n, nil
}

type parser struct {
	d    *json.Decoder
	text string
}

// token reads the next token and where it stands.
func (p *parser) token() (json.Token, span, error) {
	from := int(p.d.InputOffset())
	t, err := p.d.Token()
	if err != nil {
		return nil, span{}, err
	}
	for from < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[from]) >= 0 {
		from++
	}
	return t, span{from, int(p.d.InputOffset())}, nil
}

func (p *parser) value(depth int) (*node, error) {
	t, at, err := p.token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	n := &node{at: at, kind: 'v'}
	switch t := t.(type) {
	case string:
		n.kind, n.text = '"', t
	case json.Delim:
		n.kind = byte(t)
		for p.d.More() {
			if t == '[' {
				item, err := p.value(depth + 1)
				if err != nil {
					return nil, err
				}
				n.items = append(n.items, item)
				continue
			}
			name, at, err := p.token()
			if err != nil {
				return nil, err
			}
			v, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.members = append(n.members, member{name: name.(string), at: at, value: v})
		}
		_, end, err := p.token()
		if err != nil {
			return nil, err
		}
		n.at.to = end.to
	}
	return n, nil
}

// unescape reads a JSON string between its quotes, which stand at the span, and
// says for each byte of it, and for its end, where it comes from.
func unescape(text string, at span) (string, []int) {
	var out []byte
	var from []int
	i, end := at.from+1, at.to-1
	for i < end {
		start := i
		if text[i] != '\\' {
			out = append(out, text[i])
			from = append(from, start)
			i++
			continue
		}
		r := rune(text[i+1])
		i += 2
		switch r {
		case 'b':
			r = '\b'
		case 'f':
			r = '\f'
		case 'n':
			r = '\n'
		case 'r':
			r = '\r'
		case 't':
			r = '\t'
		case 'u':
			r = hex(text, i)
			i += 4
			if utf16.IsSurrogate(r) && i+5 < end && text[i] == '\\' && text[i+1] == 'u' {
				if pair := utf16.DecodeRune(r, hex(text, i+2)); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
		}
		n := len(out)
		out = utf8.AppendRune(out, r)
		for range len(out) - n {
			from = append(from, start)
		}
	}
	return string(out), append(from, end)
}

func hex(text string, i int) rune {
	var r rune
	for _, c := range []byte(text[i : i+4]) {
		r <<= 4
		switch {
		case c <= '9':
			r |= rune(c - '0')
		default:
			r |= rune(c|0x20-'a') + 10
		}
	}
	return r
}

// escape writes text as it stands inside a JSON string.
func escape(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return s // a string always encodes
	}
	return strings.TrimSuffix(b.String()[1:], "\"\n")
}

// lineColumn counts lines from 1, and columns from 1 in UTF-16 code units.
func lineColumn(text string, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	line = 1 + strings.Count(before, "\n")
	column = 1
	for _, r := range before[strings.LastIndexByte(before, '\n')+1:] {
		column++
		if r >= 0x10000 {
			column++
		}
	}
	return line, column
}
