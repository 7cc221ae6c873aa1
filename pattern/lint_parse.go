package pattern

import (
	"math"
	"strconv"
	"strings"
)

// lintNode is a value of a pattern with its place. The text is known to be valid.
type lintNode struct {
	kind     token // tObject, tArray, tString, tNumber, tTrue, tFalse or tNull
	from, to int
	text     string // of a string unescaped, else as written
	members  []lintMember
	items    []*lintNode
}

// lintMember is a key of an object with its value. from and to are those of the
// key with its quotes.
type lintMember struct {
	name     string
	from, to int
	value    *lintNode
}

// parseLint reads JSON that Check or Compile took.
func parseLint(src string) *lintNode {
	r := &lintReader{src: src}
	return r.value()
}

type lintReader struct {
	src string
	pos int
}

func (r *lintReader) space() byte {
	for strings.IndexByte(" \t\r\n", r.src[r.pos]) >= 0 {
		r.pos++
	}
	return r.src[r.pos]
}

func (r *lintReader) value() *lintNode {
	c := r.space()
	n := &lintNode{from: r.pos}
	switch c {
	case '{':
		n.kind = tObject
		r.pos++
		for r.space() != '}' {
			if r.src[r.pos] == ',' {
				r.pos++
				continue
			}
			m := lintMember{from: r.pos}
			m.name = r.string()
			m.to = r.pos
			r.space()
			r.pos++ // the colon
			m.value = r.value()
			n.members = append(n.members, m)
		}
		r.pos++
	case '[':
		n.kind = tArray
		r.pos++
		for r.space() != ']' {
			if r.src[r.pos] == ',' {
				r.pos++
				continue
			}
			n.items = append(n.items, r.value())
		}
		r.pos++
	case '"':
		n.kind, n.text = tString, r.string()
	case 't', 'n':
		n.kind = tTrue
		if c == 'n' {
			n.kind = tNull
		}
		r.pos += 4
	case 'f':
		n.kind = tFalse
		r.pos += 5
	default:
		n.kind = tNumber
		r.pos, _ = scanNumber(r.src, r.pos)
	}
	n.to = r.pos
	if n.kind >= tNumber {
		n.text = r.src[n.from:n.to]
	}
	return n
}

func (r *lintReader) string() string {
	r.space()
	start := r.pos + 1
	end, _ := scanString(r.src, start)
	r.pos = end + 1
	if text := r.src[start:end]; strings.IndexByte(text, '\\') < 0 {
		return text
	}
	return string(appendUnescaped(nil, r.src[start:end]))
}

// get is the value of the last member of that name, or nil.
func (n *lintNode) get(name string) *lintNode {
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].name == name {
			return n.members[i].value
		}
	}
	return nil
}

// lintList is a field's list.
type lintList struct {
	path    string
	keys    []lintMember // from the outermost, $or left out
	node    *lintNode
	entries []lintEntry
	inOr    bool
	owner   *lintNode // the object that has it
}

// lintEntry is one alternative of a list. Operators have a name and an operand.
type lintEntry struct {
	node    *lintNode
	op      string // "" for a literal
	arg     *lintNode
	pattern *Pattern // made when it is first asked
}

func newEntry(n *lintNode) lintEntry {
	if n.kind == tObject && len(n.members) == 1 {
		return lintEntry{node: n, op: n.members[0].name, arg: n.members[0].value}
	}
	return lintEntry{node: n}
}

// takes says whether the entry holds for a value, given as JSON and, if it is
// a string, as text.
func (e *lintEntry) takes(src, json string) bool {
	if e.pattern == nil {
		e.pattern, _ = Compile([]byte(`{"v":[`+src[e.node.from:e.node.to]+`]}`), Limits{})
	}
	return e.pattern != nil && e.pattern.Match([]byte(`{"v":`+json+`}`))
}

// takesText is takes for a string.
func (e *lintEntry) takesText(src, text string) bool {
	switch {
	case e.op == "" && e.node.kind == tString:
		return e.node.text == text
	case e.op == "":
		return false
	case e.op == opExists:
		return e.arg.kind == tTrue
	case e.op == opPrefix && e.arg.kind == tString:
		return strings.HasPrefix(text, e.arg.text)
	case e.op == opSuffix && e.arg.kind == tString:
		return strings.HasSuffix(text, e.arg.text)
	}
	return e.takes(src, quoteJSON(text))
}

// takesText says whether some entry of the list holds for a string.
func (l *lintList) takesText(src, text string) bool {
	for i := range l.entries {
		if l.entries[i].takesText(src, text) {
			return true
		}
	}
	return false
}

// takesAbsent says whether the list holds where the field is missing.
func (l *lintList) takesAbsent() bool {
	for i := range l.entries {
		if e := &l.entries[i]; e.op == opExists && e.arg.kind == tFalse {
			return true
		}
	}
	return false
}

// quoteJSON writes a JSON string.
func quoteJSON(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			b.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func itoa(n int) string { return strconv.Itoa(n) }

// maxNumber bounds the numbers that ranges are over.
const maxNumber = math.MaxFloat64

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
