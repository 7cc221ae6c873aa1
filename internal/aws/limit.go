package aws

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A StringLimit is what the model demands of a string.
type StringLimit struct {
	Min, Max  int            // length in characters; a Max of 0 means any
	Pattern   *regexp.Regexp // the whole text must match, see [Pattern]
	Refuse    *regexp.Regexp // and must not match this: the part of a pattern that RE2 cannot say
	Text      string         // the pattern as the model writes it
	Enum      []string       // the values there are
	Sensitive bool           // the value must not be repeated in an error
}

// Pattern compiles expr so that it matches only the whole of a text, as AWS reads its
// patterns. Call it with constants only: it panics on an expression that RE2 refuses.
func Pattern(expr string) *regexp.Regexp { return regexp.MustCompile(`\A(?:` + expr + `)\z`) }

func (l *StringLimit) pattern() string {
	return "Member must satisfy regular expression pattern: " + l.Text
}
func (l *StringLimit) enum() string {
	return "Member must satisfy enum value set: [" + strings.Join(l.Enum, ", ") + "]"
}

// text lists everything the limit demands, as AWS does for members of lists and maps.
func (l *StringLimit) text() string {
	var all []string
	if l.Max > 0 {
		all = append(all, "Member must have length less than or equal to "+strconv.Itoa(l.Max))
	}
	if l.Min > 0 {
		all = append(all, "Member must have length greater than or equal to "+strconv.Itoa(l.Min))
	}
	if l.Text != "" {
		all = append(all, l.pattern())
	}
	if l.Enum != nil {
		all = append(all, l.enum())
	}
	return strings.Join(all, ", ")
}

func (l *StringLimit) shortOrLong(s string) string {
	if len(s) >= l.Min*utf8.UTFMax && (l.Max == 0 || len(s) <= l.Max) {
		return "" // right even before the characters are counted
	}
	n := utf8.RuneCountInString(s)
	if l.Max > 0 && n > l.Max {
		return "Member must have length less than or equal to " + strconv.Itoa(l.Max)
	}
	if n < l.Min {
		return "Member must have length greater than or equal to " + strconv.Itoa(l.Min)
	}
	return ""
}

func (l *StringLimit) matches(s string) bool {
	return (l.Pattern == nil || l.Pattern.MatchString(s)) && (l.Refuse == nil || !l.Refuse.MatchString(s))
}

// broken returns the first thing that s breaks, or "".
func (l *StringLimit) broken(s string) string {
	switch bad := l.shortOrLong(s); {
	case bad != "":
		return bad
	case !l.matches(s):
		return l.pattern()
	case l.Enum != nil && !slices.Contains(l.Enum, s):
		return l.enum()
	}
	return ""
}

// check records everything that s breaks. In a list or map only the fact is noted: it is
// told once, of the whole, when that closes.
func (l *StringLimit) check(d *Decoder, s string) {
	if f := &d.frames[len(d.frames)-1]; f.kind != structFrame {
		if f.bad == nil && l.broken(s) != "" {
			f.bad = l
		}
		return
	}
	if bad := l.shortOrLong(s); bad != "" {
		d.fault("", l.show(s), bad)
	}
	if !l.matches(s) {
		d.fault("", l.show(s), l.pattern())
	}
	if l.Enum != nil && !slices.Contains(l.Enum, s) {
		d.fault("", l.show(s), l.enum())
	}
}

func (l *StringLimit) show(s string) string {
	if l.Sensitive {
		return ""
	}
	return "'" + brief(s) + "'"
}

// A NumberLimit is the range that the model allows; nil bounds are open.
type NumberLimit struct {
	Min, Max *float64
}

func (l *NumberLimit) check(d *Decoder, f float64, text []byte) {
	switch {
	case l == nil:
	case l.Max != nil && f > *l.Max:
		d.fault("", "'"+brief(string(text))+"'", "Member must have value less than or equal to "+number(*l.Max))
	case l.Min != nil && f < *l.Min:
		d.fault("", "'"+brief(string(text))+"'", "Member must have value greater than or equal to "+number(*l.Min))
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// A SizeLimit is how many elements, entries or bytes the model allows; a Max of 0 means
// any number.
type SizeLimit struct {
	Min, Max  int
	Sensitive bool // of the elements: they must not be repeated in an error
}

func (l *SizeLimit) check(d *Decoder, n int, value string) {
	switch {
	case l == nil:
	case l.Max > 0 && n > l.Max:
		d.fault("", value, "Member must have length less than or equal to "+strconv.Itoa(l.Max))
	case n < l.Min:
		d.fault("", value, "Member must have length greater than or equal to "+strconv.Itoa(l.Min))
	}
}

// Size checks how many elements the list or map had that was read last.
func (d *Decoder) Size(n int, l *SizeLimit) {
	if d.err == nil && (l.Max > 0 && n > l.Max || n < l.Min) {
		l.check(d, n, d.lastValue(l.Sensitive))
	}
}

// Missing records that the structure that was read last lacks a required member.
func (d *Decoder) Missing(member string) {
	if d.err == nil {
		d.fault(member, "null", "Member must not be null")
	}
}

// Union checks that the union that was read last had exactly one member set.
func (d *Decoder) Union(set int, members string) {
	if d.err == nil && set != 1 {
		d.fault("", "", "Member must have exactly one of these set: ["+members+"]")
	}
}

// Count returns how many of its arguments are true.
func Count(set ...bool) int {
	n := 0
	for _, is := range set {
		if is {
			n++
		}
	}
	return n
}

// fault records what is wrong with the value that is being read or was read last, or with
// a member of it that is not there.
func (d *Decoder) fault(member, value, message string) {
	d.broken++
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, FieldError{Path: d.path(member), Message: message, value: value})
	}
}

// path writes where the decoder stands, the way AWS does: names begin with a small letter,
// positions in lists count from 1.
func (d *Decoder) path(member string) string {
	var b []byte
	add := func(parts ...string) {
		for _, p := range parts {
			if len(b) > 0 {
				b = append(b, '.')
			}
			b = append(b, p...)
		}
	}
	for _, f := range d.frames {
		if f.n == 0 {
			break
		}
		name := string(d.data[min(f.key, len(d.data)):min(f.end, len(d.data))])
		switch f.kind {
		case structFrame:
			add(lowerFirst(name))
		case mapFrame:
			add(brief(name), "member")
		case listFrame:
			add(strconv.Itoa(f.n), "member")
		}
	}
	if member != "" {
		add(lowerFirst(member))
	}
	return string(b)
}

func lowerFirst(s string) string {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return s
	}
	return string(s[0]|0x20) + s[1:]
}

// lastValue shows the list or map that was read last: plain values are listed, anything
// deeper is not spelled out.
func (d *Decoder) lastValue(sensitive bool) string {
	if sensitive {
		return ""
	}
	var list []json.RawMessage
	var object map[string]json.RawMessage
	raw := d.data[d.end.start:d.end.stop]
	if json.Unmarshal(raw, &list) != nil {
		_ = json.Unmarshal(raw, &object) // what is neither shows as empty
		return "'{" + brief(strings.Join(keys(object), ", ")) + "}'"
	}
	var b strings.Builder
	for i, element := range list {
		var s string
		switch {
		case json.Unmarshal(element, &s) == nil:
		case element[0] == '{' || element[0] == '[':
			return "'[…]'"
		default:
			s = string(element)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s)
		if b.Len() > 1000 {
			break // brief cuts the rest
		}
	}
	return "'[" + brief(b.String()) + "]'"
}

func keys(m map[string]json.RawMessage) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
