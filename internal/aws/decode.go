package aws

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// A Decoder reads one JSON object, token by token, and checks what it reads against the
// model's limits on the way. The generated decode methods drive it. Names are case
// sensitive, unknown members are skipped, a member that is null counts as absent, of
// repeated members the last one counts.
//
// Two kinds of faults are told apart. What is not JSON, or of the wrong JSON type, ends
// the reading ([Decoder.Err], a SerializationException). What breaks a limit is collected
// ([Decoder.Faults]) and reading goes on, so that a caller learns everything at once.
//
// What it returns shares no memory with the bytes it reads.
type Decoder struct {
	data    []byte
	pos     int
	key     []byte // name of the member that Next has come to
	scratch []byte // holds key where it had escapes
	frames  []frame
	end     frame // the frame that Next closed last
	err     error

	faults []FieldError
	broken int // how many faults there were, kept or not

	body   int // where the body begins in data, after members bound to path and query
	hidden []Binding
}

type frameKind byte

const (
	structFrame frameKind = iota
	mapFrame
	listFrame
)

// A frame is an object, map or list that is being read.
type frame struct {
	kind     frameKind
	bad      *StringLimit // limit that an element or value of it broke
	badKey   *StringLimit // limit that one of its keys broke
	n        int          // members or elements seen
	start    int          // offset of the opening byte
	stop     int          // offset after the closing byte
	key, end int          // the current member's name lies here, as written
}

const (
	maxDepth  = 1000 // as deep as EventBridge takes nested JSON
	maxFaults = 20   // faults that are spelled out
)

// NewDecoder returns a decoder that reads data, which must be one JSON object.
func NewDecoder(data []byte) *Decoder {
	d := &Decoder{data: data, frames: make([]frame, 0, 8)}
	if !utf8.Valid(data) {
		d.fail("The text is not valid UTF-8.")
	}
	return d
}

// Err returns what made reading end early, or nil.
func (d *Decoder) Err() error { return d.err }

// Faults returns what broke a limit, at most 20 of them, and how many there were.
func (d *Decoder) Faults() (kept []FieldError, n int) { return d.faults, d.broken }

// Finish reports whether nothing but space follows the object.
func (d *Decoder) Finish() {
	if d.err == nil && d.peek() != 0 {
		d.fail("Text follows the end of the JSON object.")
	}
}

func (d *Decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = serializationError(format, args...)
	}
	d.pos = len(d.data)
}

// peek skips space and returns the next byte, 0 at the end.
func (d *Decoder) peek() byte {
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

// wrong ends reading at a token of the wrong type.
func (d *Decoder) wrong(want string) {
	if d.err != nil {
		return
	}
	var got string
	switch c := d.peek(); {
	case c == '{':
		got = "Start of structure or map"
	case c == '[':
		got = "Start of list"
	case c == '"':
		got = "STRING_VALUE"
	case c == 't':
		got = "TRUE_VALUE"
	case c == 'f':
		got = "FALSE_VALUE"
	case c == 'n':
		got = "NULL_VALUE"
	case c == '-' || c >= '0' && c <= '9':
		got = "NUMBER_VALUE"
	case c == 0:
		d.fail("The JSON text ends too early.")
		return
	default:
		d.fail("The text is not valid JSON at offset %d.", d.pos)
		return
	}
	if at := d.path(""); at != "" {
		d.fail("%s can not be converted to %s at '%s'.", got, want, brief(at))
		return
	}
	d.fail("%s can not be converted to %s.", got, want)
}

// Object opens a structure; loop over its members with Next and Key.
func (d *Decoder) Object() { d.open(structFrame, '{', "a structure") }

// Map opens a map; loop over its entries with Next and MapKey.
func (d *Decoder) Map() { d.open(mapFrame, '{', "a map") }

// List opens a list; loop over its elements with Next.
func (d *Decoder) List() { d.open(listFrame, '[', "a list") }

func (d *Decoder) open(kind frameKind, c byte, what string) {
	switch {
	case d.peek() != c:
		d.wrong(what)
	case len(d.frames) >= maxDepth:
		d.fail("The JSON text is nested too deeply.")
	default:
		d.frames = append(d.frames, frame{kind: kind, start: d.pos})
		d.pos++
	}
}

// Next goes to the next member or element of what was opened last, and reports false once
// it has closed that, or when reading has ended early.
func (d *Decoder) Next() bool {
	for d.err == nil {
		f := &d.frames[len(d.frames)-1]
		c := d.peek()
		if c == '}' && f.kind != listFrame || c == ']' && f.kind == listFrame {
			d.pos++
			d.close()
			return false
		}
		if f.n > 0 {
			if c != ',' {
				d.wrongSeparator(c)
				return false
			}
			d.pos++
			c = d.peek()
		}
		f.n++
		if f.kind == listFrame {
			switch c {
			case ']':
				d.wrongSeparator(c)
				return false
			case 'n':
				d.word("null")
				d.fault("", "null", "Member must not be null")
				continue
			}
			return true
		}
		if !d.member(f) {
			continue
		}
		return d.err == nil
	}
	return false
}

func (d *Decoder) wrongSeparator(c byte) {
	if c == 0 {
		d.fail("The JSON text ends too early.")
		return
	}
	d.fail("The text is not valid JSON at offset %d.", d.pos)
}

// member reads a name and its colon. It reports false after it has skipped a member that
// does not count.
func (d *Decoder) member(f *frame) bool {
	if d.peek() != '"' {
		d.wrongSeparator(d.peek())
		return false
	}
	f.key = d.pos + 1
	raw, escaped := d.rawString()
	if d.err != nil {
		return false
	}
	f.end = d.pos - 1
	if escaped {
		d.scratch = d.unescape(d.scratch[:0], raw)
		raw = d.scratch
	}
	if d.peek() != ':' {
		d.wrongSeparator(d.peek())
		return false
	}
	d.pos++
	if d.peek() == 'n' || len(d.frames) == 1 && f.key > d.body && d.isHidden(raw) {
		d.Skip()
		return false
	}
	d.key = raw
	return true
}

// isHidden tells members of the body that the model takes from the path or query only.
func (d *Decoder) isHidden(name []byte) bool {
	for i := range d.hidden {
		if d.hidden[i].Member == string(name) {
			return true
		}
	}
	return false
}

// Key returns the name of the member that Next has come to; it is valid until Next is
// called again or a value is read.
func (d *Decoder) Key() []byte { return d.key }

// close ends the innermost frame and tells what its elements broke, as AWS does, once and
// at the list or map itself.
func (d *Decoder) close() {
	f := d.frames[len(d.frames)-1]
	d.frames = d.frames[:len(d.frames)-1]
	f.stop = d.pos
	d.end = f
	if f.badKey != nil {
		d.fault("", d.lastValue(f.badKey.Sensitive), "Map keys must satisfy constraint: ["+f.badKey.text()+"]")
	}
	if f.bad != nil {
		what := "Member"
		if f.kind == mapFrame {
			what = "Map value"
		}
		d.fault("", d.lastValue(f.bad.Sensitive), what+" must satisfy constraint: ["+f.bad.text()+"]")
	}
}

// rawString reads a string and returns what stands between its quotes.
func (d *Decoder) rawString() (raw []byte, escaped bool) {
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			d.pos = i + 1
			return d.data[start:i], escaped
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			d.fail("The text is not valid JSON: a control character stands in a string at offset %d.", i)
			return nil, false
		}
	}
	d.fail("The JSON text ends too early.")
	return nil, false
}

// unescape appends the text that raw stands for.
func (d *Decoder) unescape(b, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(b, raw...)
		}
		b = append(b, raw[:i]...)
		raw = raw[i+1:] // not empty: rawString takes a backslash only with what follows it
		c := raw[0]
		raw = raw[1:]
		switch c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, rest, ok := unicodeEscape(raw)
			if !ok {
				d.fail("The text is not valid JSON: \\u is not followed by a character's number.")
				return b
			}
			b, raw = utf8.AppendRune(b, r), rest
		default:
			d.fail("The text is not valid JSON: a backslash is followed by %q.", c)
			return b
		}
	}
}

// unicodeEscape reads what follows \u, and the second half of a pair. Half a pair alone is
// no character and is refused.
func unicodeEscape(raw []byte) (r rune, rest []byte, ok bool) {
	r, ok = hex4(raw)
	if !ok {
		return 0, nil, false
	}
	raw = raw[4:]
	if !utf16.IsSurrogate(r) {
		return r, raw, true
	}
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, nil, false
	}
	low, ok := hex4(raw[2:])
	if !ok {
		return 0, nil, false
	}
	r = utf16.DecodeRune(r, low)
	return r, raw[6:], r != utf8.RuneError
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
