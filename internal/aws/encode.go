package aws

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// RawJSON is one JSON value that answers carry as it stands.
type RawJSON string

// An Encoder appends JSON to a buffer. The generated encode methods drive it; it puts the
// commas itself and never fails. Text that is not valid UTF-8 is mended with U+FFFD.
type Encoder struct {
	buf []byte
}

// NewEncoder returns an encoder that appends to buf.
func NewEncoder(buf []byte) *Encoder { return &Encoder{buf: buf} }

// Bytes returns what has been written.
func (e *Encoder) Bytes() []byte { return e.buf }

// sep writes the comma that a value or key needs before it. JSON's own last byte says
// whether one is due: no text ends in these three, since text ends in a quote.
func (e *Encoder) sep() {
	if n := len(e.buf); n > 0 {
		if c := e.buf[n-1]; c != '{' && c != '[' && c != ':' {
			e.buf = append(e.buf, ',')
		}
	}
}

// Object opens an object; [Encoder.EndObject] closes it.
func (e *Encoder) Object() { e.sep(); e.buf = append(e.buf, '{') }

// EndObject closes an object.
func (e *Encoder) EndObject() { e.buf = append(e.buf, '}') }

// List opens a list; [Encoder.EndList] closes it.
func (e *Encoder) List() { e.sep(); e.buf = append(e.buf, '[') }

// EndList closes a list.
func (e *Encoder) EndList() { e.buf = append(e.buf, ']') }

// Key writes a member's name; one value must follow.
func (e *Encoder) Key(name string) {
	e.sep()
	e.buf = append(appendString(e.buf, name), ':')
}

// String writes text.
func (e *Encoder) String(s string) { e.sep(); e.buf = appendString(e.buf, s) }

// Int writes a whole number.
func (e *Encoder) Int(n int64) { e.sep(); e.buf = strconv.AppendInt(e.buf, n, 10) }

// Float writes a number. JSON has no word for NaN and the infinities; AWS sends them as
// text, and so do we.
func (e *Encoder) Float(f float64) {
	e.sep()
	switch {
	case math.IsNaN(f):
		e.buf = append(e.buf, `"NaN"`...)
	case math.IsInf(f, 1):
		e.buf = append(e.buf, `"Infinity"`...)
	case math.IsInf(f, -1):
		e.buf = append(e.buf, `"-Infinity"`...)
	default:
		e.buf = strconv.AppendFloat(e.buf, f, 'g', -1, 64)
	}
}

// Bool writes true or false.
func (e *Encoder) Bool(b bool) { e.sep(); e.buf = strconv.AppendBool(e.buf, b) }

// Blob writes bytes as base64 text.
func (e *Encoder) Blob(b []byte) {
	e.sep()
	e.buf = append(e.buf, '"')
	e.buf = base64.StdEncoding.AppendEncode(e.buf, b)
	e.buf = append(e.buf, '"')
}

// Time writes an instant as seconds since 1970 with at most six decimals.
func (e *Encoder) Time(t time.Time) {
	e.sep()
	micros := t.UnixMicro()
	if micros < 0 {
		e.buf = append(e.buf, '-')
		micros = -micros
	}
	e.buf = strconv.AppendInt(e.buf, micros/1e6, 10)
	frac := micros % 1e6
	if frac == 0 {
		return
	}
	e.buf = append(e.buf, '.')
	for place := int64(1e5); frac > 0; place /= 10 {
		e.buf = append(e.buf, byte('0'+frac/place))
		frac %= place
	}
}

// Layouts of instants that are text.
const (
	ISO8601 = time.RFC3339Nano
	RFC822  = "Mon, 02 Jan 2006 15:04:05 GMT"
)

// TimeText writes an instant as text in UTC, for members whose model says so.
func (e *Encoder) TimeText(t time.Time, layout string) {
	e.String(t.UTC().Format(layout))
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), "\uFFFD"...)
				start = i + size
			}
			i += size
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
