package oncall

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin"
)

// Event is one entry of a calendar.
type Event struct {
	UID         string // the same for the same shift, so that clients follow its changes
	Start, End  time.Time
	Changed     time.Time // when what it follows from was last changed
	Summary     string
	Description string
}

// Events lists as entries the shifts of rotations that have a part between two
// instants, in the order of time: all of them, or those of one person. Name gives
// a contact's name for people.
func Events(s Schedule, person tocsin.ARN, from, to time.Time, name func(tocsin.ARN) string) []Event {
	var out []Event
	for _, r := range s {
		for shift := range r.Shifts(from, to) {
			if person != "" && !slices.Contains(shift.Contacts, person) {
				continue
			}
			out = append(out, event(r, shift, person, name))
		}
	}
	slices.SortStableFunc(out, func(a, b Event) int { return a.Start.Compare(b.Start) })
	return out
}

func event(r *Rotation, s tocsin.Shift, person tocsin.ARN, name func(tocsin.ARN) string) Event {
	listed := func(people []tocsin.ARN) string {
		var out []string
		for _, p := range People([]Duty{{Shift: tocsin.Shift{Contacts: people}}}) {
			out = append(out, name(p))
		}
		if len(out) == 0 {
			return "Nobody"
		}
		return strings.Join(out, ", ")
	}
	e := Event{Start: s.Start, End: s.End, Changed: r.Word.Modified}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(person), string(r.Word.ARN()), s.Start.Format(time.RFC3339Nano)}, "\n")))
	e.UID = hex.EncodeToString(sum[:16]) + "@tocsin"
	e.Summary = "On call: " + r.Word.Name
	if person == "" {
		e.Summary = listed(s.Contacts) + ": " + r.Word.Name
	}
	e.Description = "On call: " + listed(s.Contacts)
	if s.Type == tocsin.Overridden {
		e.Description += "\nOverride, in the place of: " + listed(s.Instead)
		for _, o := range r.overrides {
			if o.ID == s.Override {
				e.Changed = later(e.Changed, o.Created)
			}
		}
	}
	return e
}

// Calendar writes entries as an iCalendar stream (RFC 5545) with instants in
// UTC. The same entries give the same bytes.
func Calendar(name string, events []Event) []byte {
	var b strings.Builder
	line := func(key, value string) { fold(&b, key+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Tocsin//On call//EN")
	line("CALSCALE", "GREGORIAN")
	line("METHOD", "PUBLISH")
	line("NAME", escape(name))
	line("X-WR-CALNAME", escape(name))
	line("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
	line("X-PUBLISHED-TTL", "PT1H")
	for _, e := range events {
		line("BEGIN", "VEVENT")
		line("UID", escape(e.UID))
		line("DTSTAMP", utc(e.Changed))
		line("LAST-MODIFIED", utc(e.Changed))
		line("DTSTART", utc(e.Start))
		line("DTEND", utc(e.End))
		line("SUMMARY", escape(e.Summary))
		line("DESCRIPTION", escape(e.Description))
		line("TRANSP", "TRANSPARENT") // being on call does not make one busy
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return []byte(b.String())
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escape writes a text as a value: without what could end it, or begin another
// line, and without control characters, which have no place in one.
func escape(text string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\\' || r == ';' || r == ',':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' && r != '\t' || r == 0x7f:
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fold ends a line, which may have 75 octets; the rest stands on further lines
// that begin with a space. No character is cut in two.
func fold(b *strings.Builder, line string) {
	const most = 75
	for room := most; len(line) > room; room = most - 1 {
		at := room
		for !utf8.RuneStart(line[at]) {
			at--
		}
		b.WriteString(line[:at] + "\r\n ")
		line = line[at:]
	}
	b.WriteString(line + "\r\n")
}
