package bus

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
)

// A transformer makes a target's text from a template and what paths find in the
// event.
type transformer struct {
	Paths    map[string]string `json:"InputPathsMap"`
	Template string            `json:"InputTemplate"`
}

// transformerOf gives a target's transformer, or nil.
func transformerOf(t *tocsin.Target) *transformer {
	if !bytes.Contains(t.Rest, []byte(`"InputTransformer"`)) {
		return nil
	}
	var rest struct{ InputTransformer *transformer }
	if json.Unmarshal(t.Rest, &rest) != nil {
		return nil
	}
	return rest.InputTransformer
}

// payload is the text that a target gets of an event. It is "" where the target's
// path names nothing; whoever uses it then shows the event.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
func payload(now time.Time, m *tocsin.Match, t *tocsin.Target) string {
	if t.Input != "" {
		return t.Input
	}
	if t.Path != "" {
		p, err := parsePath(t.Path)
		if err != nil { // PutTargets lets no such path through
			return ""
		}
		return string(p.pick(m.Event.Raw))
	}
	if tr := transformerOf(t); tr != nil {
		return render(tr.Template, tr.values(now, m))
	}
	return string(m.Event.Raw)
}

// value is what stands for a variable: JSON text, or nil when its path names nothing.
// False says that there is no such variable.
type value func(name string) (text json.RawMessage, known bool)

// values gives the variables of a template for one event: the reserved ones, and
// those that the paths define.
func (tr *transformer) values(now time.Time, m *tocsin.Match) value {
	return func(name string) (json.RawMessage, bool) {
		switch name {
		case "aws.events.rule-arn":
			return quote(string(m.Rule.ARN())), true
		case "aws.events.rule-name":
			return quote(m.Rule.Name), true
		case "aws.events.event.ingestion-time":
			return quote(now.UTC().Format(time.RFC3339)), true
		case "aws.events.event.json":
			return m.Event.Raw, true
		case "aws.events.event":
			return withoutDetail(m.Event.Raw), true
		}
		text, ok := tr.Paths[name]
		if !ok {
			return nil, false
		}
		p, err := parsePath(text)
		if err != nil {
			return nil, true
		}
		return p.pick(m.Event.Raw), true
	}
}

func withoutDetail(event json.RawMessage) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(event, &members) != nil {
		return nil
	}
	delete(members, "detail")
	return marshal(members)
}

// quote writes s as a JSON string, with <, > and & as they are.
func quote(s string) json.RawMessage { return marshal(s) }

func marshal(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil { // strings and checked JSON
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// render fills in a template. In a JSON template, which starts with {, [ or a
// quote, what is filled in is JSON: between quotes the content of a string, else a
// whole value, "" where there is none. Any other template is plain text. A
// backslash before < or > takes their meaning away; a name that is no variable
// stays as it stands.
func render(template string, get value) string {
	isJSON := strings.HasPrefix(strings.TrimSpace(template), "{") || strings.HasPrefix(strings.TrimSpace(template), "[") ||
		strings.HasPrefix(strings.TrimSpace(template), `"`)
	var b strings.Builder
	quoted := false
	for i := 0; i < len(template); i++ {
		switch c := template[i]; {
		case c == '\\' && i+1 < len(template):
			i++
			if template[i] != '<' && template[i] != '>' {
				b.WriteByte(c)
			}
			b.WriteByte(template[i])
		case c == '<':
			name, _, closed := strings.Cut(template[i+1:], ">")
			v, known := get(name)
			if !closed || !known {
				b.WriteByte(c)
				continue
			}
			b.WriteString(filled(v, isJSON, quoted))
			i += len(name) + 1
		default:
			quoted = quoted != (c == '"')
			b.WriteByte(c)
		}
	}
	return b.String()
}

func filled(v json.RawMessage, isJSON, quoted bool) string {
	isString := len(v) > 0 && v[0] == '"'
	switch {
	case v == nil && isJSON && !quoted:
		return `""`
	case v == nil:
		return ""
	case !isJSON && isString:
		var s string
		if json.Unmarshal(v, &s) != nil {
			return ""
		}
		return s
	case isJSON && quoted && isString:
		return string(v[1 : len(v)-1])
	case isJSON && quoted:
		inner := quote(string(v))
		return string(inner[1 : len(inner)-1])
	}
	return string(v)
}

// checkInput refuses what payload could not follow.
func checkInput(t *tocsin.Target) error {
	tr := transformerOf(t)
	ways := 0
	for _, set := range []bool{t.Input != "", t.Path != "", tr != nil} {
		if set {
			ways++
		}
	}
	switch {
	case ways > 1:
		return tocsin.Refuse("Only one of Input, InputPath, or InputTransformer must be provided for target " + t.ID + ".")
	case t.Input != "" && !json.Valid([]byte(t.Input)):
		return tocsin.Refuse("JSON syntax error in input for target " + t.ID)
	case t.Path != "":
		if _, err := parsePath(t.Path); err != nil {
			return tocsin.Refuse("Invalid InputPath for target " + t.ID + ".")
		}
	case tr != nil:
		return tr.check(t.ID)
	}
	return nil
}

func (tr *transformer) check(id string) error {
	for name, text := range tr.Paths {
		if strings.HasPrefix(name, "aws.") {
			return tocsin.Refuse("Invalid InputPathsMap key " + name + " for target " + id + ": names that start with aws. are reserved.")
		}
		if _, err := parsePath(text); err != nil {
			return tocsin.Refuse("Invalid InputPath for target " + id + ": " + name + ".")
		}
	}
	if !strings.HasPrefix(strings.TrimSpace(tr.Template), "{") {
		return nil
	}
	full := render(tr.Template, func(name string) (json.RawMessage, bool) {
		_, ours := tr.Paths[name]
		return json.RawMessage(`"x"`), ours || strings.HasPrefix(name, "aws.events.")
	})
	if !json.Valid([]byte(full)) {
		return tocsin.Refuse("Invalid InputTemplate for target " + id + " : the template is not valid JSON.")
	}
	return nil
}
