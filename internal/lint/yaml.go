package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// isYAML says whether a file is to be read as YAML: by its name, or since its text
// begins as no JSON does.
func isYAML(file, text string) (byName, byText bool) {
	switch strings.ToLower(path.Ext(file)) {
	case ".yaml", ".yml":
		byName = true
	}
	text = strings.TrimLeft(text, " \t\r\n")
	return byName, text != "" && strings.IndexByte(`{["`, text[0]) < 0
}

// parseYAML reads the documents of a file. What tags stand for is not known here: they
// become objects as CloudFormation writes its functions in JSON. Aliases are what they
// name; a file that has some is frozen, since an edit would change other places as well.
func parseYAML(text string) ([]*node, error) {
	var all []*yaml.Node
	for d := yaml.NewDecoder(strings.NewReader(text)); ; {
		var doc yaml.Node
		err := d.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, doc.Content...)
	}
	r := newYAMLReader(text)
	for _, y := range all {
		r.frozen = r.frozen || hasAlias(y)
	}
	var docs []*node
	for _, y := range all {
		n, err := r.node(y, 0)
		if err != nil {
			return nil, err
		}
		docs = append(docs, n)
	}
	return docs, nil
}

func isFrozen(n *node) bool { return n.frozen }

func hasAlias(y *yaml.Node) bool {
	return y.Kind == yaml.AliasNode || slices.ContainsFunc(y.Content, hasAlias)
}

type yamlReader struct {
	text   string
	lines  []int // where each begins
	ascii  []bool
	frozen bool
	nodes  int
}

// maxNodes bounds what aliases of aliases come to.
const maxNodes = 1_000_000

// newYAMLReader finds the lines of a text. YAML ends them in more ways than most do.
func newYAMLReader(text string) *yamlReader {
	r := &yamlReader{text: text}
	from, ascii := 0, true
	for i, c := range text {
		ascii = ascii && c < utf8.RuneSelf
		if c == '\n' || c == '\r' && !strings.HasPrefix(text[i+1:], "\n") || c == 0x85 || c == 0x2028 || c == 0x2029 {
			r.lines, r.ascii = append(r.lines, from), append(r.ascii, ascii)
			from, ascii = i+utf8.RuneLen(c), true
		}
	}
	r.lines, r.ascii = append(r.lines, from), append(r.ascii, ascii)
	return r
}

// at is where a node begins, behind its tag and anchor. Columns count characters.
func (r *yamlReader) at(y *yaml.Node) int {
	if y.Line < 1 || y.Line > len(r.lines) {
		return len(r.text)
	}
	i := r.lines[y.Line-1]
	if r.ascii[y.Line-1] {
		i += y.Column - 1
	} else {
		for range y.Column - 1 {
			_, n := utf8.DecodeRuneInString(r.text[min(i, len(r.text)):])
			i += n
		}
	}
	i = min(i, len(r.text))
	for i < len(r.text) && (r.text[i] == '!' || r.text[i] == '&') {
		for i < len(r.text) && strings.IndexByte(" \t\r\n", r.text[i]) < 0 {
			i++
		}
		for i < len(r.text) && strings.IndexByte(" \t\r\n", r.text[i]) >= 0 {
			i++
		}
	}
	return i
}

func (r *yamlReader) node(y *yaml.Node, depth int) (*node, error) {
	if r.nodes++; depth > maxDepth || r.nodes > maxNodes {
		return nil, errors.New("nested too deep")
	}
	if y.Kind == yaml.AliasNode && y.Alias != nil {
		return r.node(y.Alias, depth+1)
	}
	from := r.at(y)
	n := &node{at: span{from, from}, kind: 'v', yaml: true, frozen: r.frozen}
	switch y.Kind {
	case yaml.ScalarNode:
		r.scalar(n, y)
	case yaml.SequenceNode, yaml.MappingNode:
		if err := r.collection(n, y, depth); err != nil {
			return nil, err
		}
	default:
		n.raw = "null"
	}
	if tag, own := strings.CutPrefix(y.Tag, "!"); own && !strings.HasPrefix(tag, "!") && tag != "" {
		return called(tag, n), nil
	}
	return n, nil
}

// called is what a function of CloudFormation gives, as JSON has it.
func called(function string, of *node) *node {
	name := "Fn::" + function
	if function == "Ref" {
		name = function
	}
	return &node{at: of.at, kind: '{', yaml: true, members: []member{{name: name, at: span{of.at.from, of.at.from}, value: of}}}
}

func (r *yamlReader) collection(n *node, y *yaml.Node, depth int) error {
	var merged []*node
	n.kind = '{'
	if y.Kind == yaml.SequenceNode {
		n.kind = '['
	}
	for i := 0; i < len(y.Content); i++ {
		v, err := r.node(y.Content[i], depth+1)
		if err != nil {
			return err
		}
		n.at.to = max(n.at.to, v.at.to)
		if n.kind == '[' {
			n.items = append(n.items, v)
			continue
		}
		if i++; i == len(y.Content) {
			break
		}
		m := member{name: y.Content[i-1].Value, at: v.at, chars: v.chars}
		if m.value, err = r.node(y.Content[i], depth+1); err != nil {
			return err
		}
		if y.Content[i-1].Tag == "!!merge" {
			merged = append(merged, each(m.value)...)
			continue
		}
		n.at.to = max(n.at.to, m.value.at.to)
		n.members = append(n.members, m)
	}
	for _, from := range merged {
		for _, m := range from.members {
			if n.get(m.name) == nil {
				n.members = append(n.members, m)
			}
		}
	}
	if y.Style&yaml.FlowStyle != 0 {
		n.at.to = r.closed(n.at.from, n.at.to)
	}
	return nil
}

// closed is where the collection in brackets that begins at from ends; its last
// part ends at to.
func (r *yamlReader) closed(from, to int) int {
	for i := max(to, from+1); i < len(r.text); i++ {
		switch r.text[i] {
		case ']', '}':
			return i + 1
		case '#':
			for i+1 < len(r.text) && r.text[i+1] != '\n' {
				i++
			}
		}
	}
	return to
}

// scalar reads a text or a literal.
func (r *yamlReader) scalar(n *node, y *yaml.Node) {
	n.text, n.style = y.Value, '?'
	i := n.at.from
	switch {
	case y.Style&yaml.DoubleQuotedStyle != 0:
		n.style = '"'
		i++
	case y.Style&yaml.SingleQuotedStyle != 0:
		n.style = '\''
		i++
	case y.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		n.style = '|'
		if end := strings.IndexByte(r.text[min(i, len(r.text)):], '\n'); end >= 0 {
			i += end + 1
		}
	}
	if n.style == '?' && slices.Contains([]string{"yes", "no", "on", "off"}, strings.ToLower(y.Value)) {
		n.frozen = true // older YAML, and CloudFormation's, takes it for true or false
	}
	n.chars = r.align(y.Value, min(i, len(r.text)), n.style)
	n.at.to = n.chars[len(n.chars)-1]
	if (n.style == '"' || n.style == '\'') && n.at.to < len(r.text) {
		n.at.to++ // the quote
	}
	if n.raw = literal(y); n.raw == "" {
		n.kind = '"'
		return
	}
	n.text = ""
}

// literal is what of a scalar is no text, as JSON.
func literal(y *yaml.Node) string {
	switch y.Tag {
	case "!!null":
		return "null"
	case "!!bool":
		return strings.ToLower(y.Value)
	case "!!int", "!!float":
		if len(y.Value) > 1 && y.Value[0] == '0' && strings.Trim(y.Value, "0123456789") == "" {
			return "" // an account: older YAML takes it for a text, or an octal number that nobody meant
		}
		if json.Valid([]byte(y.Value)) {
			return y.Value
		}
		var i int64
		if y.Tag == "!!int" && y.Decode(&i) == nil {
			return strconv.FormatInt(i, 10)
		}
		var f float64
		if y.Decode(&f) == nil {
			if text, err := json.Marshal(f); err == nil { // infinity is a text
				return string(text)
			}
		}
	}
	return ""
}

// align says for each byte of a scalar's text, and for its end, where in the file it
// comes from. The text from i on is the scalar's, folded and escaped as its style has
// it; what cannot be followed is taken for the place where that was seen.
func (r *yamlReader) align(value string, i int, style byte) []int {
	at := make([]int, 0, len(value)+1)
	for _, c := range value {
		from, next := r.character(c, i, style)
		for range utf8.RuneLen(c) {
			at = append(at, from)
		}
		i = next
	}
	return append(at, i)
}

const yamlSpace = " \t\r\n"

// character finds the next character of a scalar, from i on.
func (r *yamlReader) character(c rune, i int, style byte) (from, next int) {
	for j := i; j < len(r.text); {
		if style == '"' && r.text[j] == '\\' && j+1 < len(r.text) {
			switch e := r.text[j+1]; e {
			case 'x':
				return j, min(j+4, len(r.text))
			case 'u':
				return j, min(j+6, len(r.text))
			case 'U':
				return j, min(j+10, len(r.text))
			case '\n', '\r': // the line goes on
				for j += 2; j < len(r.text) && strings.IndexByte(yamlSpace, r.text[j]) >= 0; {
					j++
				}
				continue
			}
			return j, j + 2
		}
		got, n := utf8.DecodeRuneInString(r.text[j:])
		switch {
		case got == c && style == '\'' && c == '\'':
			return j, min(j+2, len(r.text))
		case got == c:
			return j, j + n
		case (c == ' ' || c == '\n') && strings.IndexByte(yamlSpace, r.text[j]) >= 0:
			return j, j + n
		case strings.IndexByte(yamlSpace, r.text[j]) < 0:
			return i, i
		}
		j += n
	}
	return i, i
}

// json writes a value of YAML as JSON, and says for each byte of it, and for its end,
// where it comes from.
func (n *node) json() (string, []int) {
	w := &jsonWriter{}
	w.value(n)
	return w.out.String(), append(w.at, n.at.to)
}

type jsonWriter struct {
	out bytes.Buffer
	at  []int
}

func (w *jsonWriter) put(s string, at int) {
	w.out.WriteString(s)
	for range len(s) {
		w.at = append(w.at, at)
	}
}

func (w *jsonWriter) value(n *node) {
	switch n.kind {
	case '"':
		w.quoted(n.text, n.chars, n.at)
	case '[', '{':
		w.put(string(n.kind), n.at.from)
		end := n.at.from
		for i, item := range n.items {
			if i > 0 {
				w.put(",", end)
			}
			w.value(item)
			end = item.at.to
		}
		for i, m := range n.members {
			if i > 0 {
				w.put(",", end)
			}
			w.quoted(m.name, m.chars, m.at)
			w.put(":", m.at.to)
			w.value(m.value)
			end = m.value.at.to
		}
		w.put(string(n.kind+2), end) // ] and } stand two behind [ and {
	default:
		w.put(n.raw, n.at.from)
	}
}

func (w *jsonWriter) quoted(s string, chars []int, at span) {
	w.put(`"`, at.from)
	for i, c := range s {
		from := at.from
		if i < len(chars) {
			from = chars[i]
		}
		w.put(escape(string(c)), from)
	}
	w.put(`"`, at.to)
}

// styled writes text as it stands in a scalar of a style.
func styled(text string, style byte) string {
	switch style {
	case '"':
		return escape(text)
	case '\'':
		return strings.ReplaceAll(text, "'", "''")
	}
	return text
}

// yamlFile takes the documents of a file of YAML. ok is false if it is none.
func (in *Input) yamlFile(file, text string) (ok bool, err error) {
	byName, byText := isYAML(file, text)
	if !byName && !byText {
		return false, nil
	}
	docs, err := parseYAML(text)
	if err != nil && in.skip(file, "it is no YAML: "+err.Error()) {
		return true, nil
	}
	if err != nil && byName {
		return true, fmt.Errorf("%s: it is no YAML: %w", file, err)
	}
	if err != nil {
		return false, nil
	}
	if len(docs) == 0 && byName && !in.picky {
		return true, fmt.Errorf("%s: it holds nothing", file)
	}
	for _, n := range docs {
		if n.kind != '{' && !byName && !in.picky {
			return false, nil // some text, which was meant to be a pattern
		}
		if err := in.take(file, text, n); err != nil {
			return true, err
		}
	}
	return len(docs) > 0 || byName, nil
}
