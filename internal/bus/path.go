package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ohler55/ojg/jp"
)

// A path is a JSONPath into an event. It picks parts of the text as they stand
// there, so that numbers keep their digits and objects their order.
type path struct{ expr jp.Expr }

// parsePath reads a JSONPath that starts at $. Besides what the grammar says, names
// after a dot may hold hyphens: people write $.detail-type, and EventBridge takes it.
func parsePath(text string) (path, error) {
	if !strings.HasPrefix(text, "$") {
		return path{}, fmt.Errorf("a path must start with $")
	}
	expr, err := jp.ParseString(bracketed(text))
	if err != nil {
		return path{}, fmt.Errorf("parse path: %w", err)
	}
	return path{expr}, nil
}

// bracketed writes each .name that holds a hyphen as ['name'].
func bracketed(text string) string {
	if !strings.Contains(text, "-") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		end := i + 1
		switch text[i] {
		case '[':
			end = i + closing(text[i:])
			b.WriteString(text[i:end])
		case '.':
			if n := strings.IndexAny(text[end:], ".["); n >= 0 {
				end += n
			} else {
				end = len(text)
			}
			if name := text[i+1 : end]; strings.Contains(name, "-") && !strings.ContainsAny(name, `'\`) {
				b.WriteString("['" + name + "']")
			} else {
				b.WriteString(text[i:end])
			}
		default:
			b.WriteByte(text[i])
		}
		i = end
	}
	return b.String()
}

// closing gives the length of the bracket that text starts with, or of text when
// the bracket does not close.
func closing(text string) int {
	depth, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// pick gives what the path names in a JSON text: the value itself for a path that
// can name only one, else an array of all; nil when it names nothing.
func (p path) pick(text json.RawMessage) json.RawMessage {
	if p.expr.Normal() {
		v, _ := walk(text, p.expr)
		return v
	}
	var tree any
	if json.Unmarshal(text, &tree) != nil {
		return nil
	}
	var found [][]byte
	for _, at := range p.expr.Locate(tree, 0) {
		if v, ok := walk(text, at); ok {
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return append(append([]byte{'['}, bytes.Join(found, []byte{','})...), ']')
}

// walk follows a path made of names and positions only.
func walk(text json.RawMessage, expr jp.Expr) (json.RawMessage, bool) {
	for _, step := range expr {
		switch step := step.(type) {
		case jp.Root:
		case jp.Child:
			var members map[string]json.RawMessage
			if json.Unmarshal(text, &members) != nil {
				return nil, false
			}
			v, ok := members[string(step)]
			if !ok {
				return nil, false
			}
			text = v
		case jp.Nth:
			var elements []json.RawMessage
			if json.Unmarshal(text, &elements) != nil {
				return nil, false
			}
			i := int(step)
			if i < 0 {
				i += len(elements)
			}
			if i < 0 || i >= len(elements) {
				return nil, false
			}
			text = elements[i]
		default:
			return nil, false
		}
	}
	return text, true
}
