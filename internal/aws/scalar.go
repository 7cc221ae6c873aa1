package aws

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"
	"time"
)

// String reads text and checks it against l, which may be nil.
func (d *Decoder) String(l *StringLimit) string {
	s := d.text()
	if l != nil && d.err == nil {
		l.check(d, s)
	}
	return s
}

// MapKey returns the name of the entry that Next has come to, checked against l.
func (d *Decoder) MapKey(l *StringLimit) string {
	s := string(d.key)
	if bytes.IndexByte(d.key, 0) >= 0 {
		d.fault("", "", "Map keys must not contain the character U+0000")
	}
	if l != nil && l.broken(s) != "" {
		d.frames[len(d.frames)-1].badKey = l
	}
	return s
}

// Int reads a whole number of 32 bits.
func (d *Decoder) Int(l *NumberLimit) int { return int(d.integer(l, 32, "Integer")) }

// Int64 reads a whole number of 64 bits.
func (d *Decoder) Int64(l *NumberLimit) int64 { return d.integer(l, 64, "Long") }

func (d *Decoder) integer(l *NumberLimit, bits int, want string) int64 {
	text, whole := d.number(want)
	if d.err != nil {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, bits)
	if !whole || err != nil {
		d.fail("NUMBER_VALUE can not be converted to %s.", want)
		return 0
	}
	l.check(d, float64(n), text)
	return n
}

// text reads a string without checking it.
func (d *Decoder) text() string {
	if d.peek() != '"' {
		d.wrong("String")
		return ""
	}
	raw, escaped := d.rawString()
	if !escaped {
		return string(raw)
	}
	d.scratch = d.unescape(d.scratch[:0], raw)
	if bytes.IndexByte(d.scratch, 0) >= 0 {
		d.fault("", "", "Member must not contain the character U+0000")
	}
	return string(d.scratch)
}

// Blob reads base64 text.
func (d *Decoder) Blob(l *SizeLimit) []byte {
	if d.peek() != '"' {
		d.wrong("a blob")
		return nil
	}
	raw, escaped := d.rawString()
	if escaped {
		d.scratch = d.unescape(d.scratch[:0], raw)
		raw = d.scratch
	}
	b, err := base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(raw))), raw)
	if err != nil {
		d.fail("A blob is not valid base64.")
		return nil
	}
	l.check(d, len(b), "")
	return b
}

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	switch {
	case d.peek() == 't' && d.word("true"):
		return true
	case d.peek() == 'f' && d.word("false"):
		return false
	}
	d.wrong("Boolean")
	return false
}

func (d *Decoder) word(w string) bool {
	if !bytes.HasPrefix(d.data[d.pos:], []byte(w)) {
		d.fail("The text is not valid JSON at offset %d.", d.pos)
		return false
	}
	d.pos += len(w)
	return true
}

// number returns the text of a JSON number.
func (d *Decoder) number(want string) (text []byte, whole bool) {
	c := d.peek()
	if c != '-' && (c < '0' || c > '9') {
		d.wrong(want)
		return nil, false
	}
	n, whole := numberLen(d.data[d.pos:])
	if n == 0 {
		d.fail("The text is not valid JSON at offset %d.", d.pos)
		return nil, false
	}
	text = d.data[d.pos : d.pos+n]
	d.pos += n
	return text, whole
}

// numberLen returns the length of the JSON number that b begins with, 0 if it is none, and
// whether it has neither fraction nor exponent.
func numberLen(b []byte) (n int, whole bool) {
	digits := func() bool {
		from := n
		for n < len(b) && b[n] >= '0' && b[n] <= '9' {
			n++
		}
		return n > from
	}
	if n < len(b) && b[n] == '-' {
		n++
	}
	first := n
	if !digits() || b[first] == '0' && n > first+1 {
		return 0, false
	}
	whole = true
	if n < len(b) && b[n] == '.' {
		n, whole = n+1, false
		if !digits() {
			return 0, false
		}
	}
	if n < len(b) && b[n]|0x20 == 'e' {
		n, whole = n+1, false
		if n < len(b) && (b[n] == '+' || b[n] == '-') {
			n++
		}
		if !digits() {
			return 0, false
		}
	}
	return n, whole
}

// Float reads a number.
func (d *Decoder) Float(l *NumberLimit) float64 {
	text, _ := d.number("Double")
	if d.err != nil {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		d.fail("A number is too large.")
		return 0
	}
	l.check(d, f, text)
	return f
}

// Time reads an instant: seconds since 1970, fractions and exponent allowed, kept to the
// microsecond, of the years 0001 to 9999.
func (d *Decoder) Time() time.Time {
	text, whole := d.number("Timestamp")
	if d.err != nil {
		return time.Time{}
	}
	const first, last = -62135596800, 253402300799
	if n, err := strconv.ParseInt(string(text), 10, 64); whole && err == nil && n >= first && n <= last {
		return time.Unix(n, 0).UTC()
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f < first || f > last {
		d.fail("A timestamp lies outside of the years 1 to 9999.")
		return time.Time{}
	}
	seconds := math.Floor(f)
	return time.Unix(int64(seconds), int64(math.Round((f-seconds)*1e6))*1000).UTC()
}

// TimeText reads an instant given as text, for members whose model says so.
func (d *Decoder) TimeText(layout string) time.Time {
	s := d.text()
	if d.err != nil {
		return time.Time{}
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		d.fail("STRING_VALUE can not be converted to Timestamp.")
	}
	return t.UTC()
}

// Skip reads over one value of any type.
func (d *Decoder) Skip() { d.skip(len(d.frames)) }

func (d *Decoder) skip(depth int) {
	if depth > maxDepth {
		d.fail("The JSON text is nested too deeply.")
		return
	}
	switch d.peek() {
	case '{':
		d.skipAll('}', depth)
	case '[':
		d.skipAll(']', depth)
	case '"':
		d.skipString()
	case 't':
		d.word("true")
	case 'f':
		d.word("false")
	case 'n':
		d.word("null")
	default:
		d.number("a value")
	}
}

func (d *Decoder) skipString() {
	if d.peek() != '"' {
		d.wrongSeparator(d.peek())
		return
	}
	if raw, escaped := d.rawString(); escaped {
		d.scratch = d.unescape(d.scratch[:0], raw) // for its checks
	}
}

func (d *Decoder) skipAll(end byte, depth int) {
	d.pos++
	if d.peek() == end {
		d.pos++
		return
	}
	for d.err == nil {
		if end == '}' {
			d.skipString()
			if d.peek() != ':' {
				d.wrongSeparator(d.peek())
				return
			}
			d.pos++
		}
		d.skip(depth + 1)
		switch c := d.peek(); c {
		case ',':
			d.pos++
		case end:
			d.pos++
			return
		default:
			d.wrongSeparator(c)
		}
	}
}
