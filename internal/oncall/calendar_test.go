package oncall

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

const wanted = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Tocsin//On call//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Security\, nights
X-WR-CALNAME:Security\, nights
REFRESH-INTERVAL;VALUE=DURATION:PT1H
X-PUBLISHED-TTL:PT1H
BEGIN:VEVENT
UID:UID1@tocsin
DTSTAMP:20260101T000000Z
LAST-MODIFIED:20260101T000000Z
DTSTART:20261025T003000Z
DTEND:20261025T120000Z
SUMMARY:Ms. b\; head of it: night
DESCRIPTION:On call: Ms. b\; head of it
TRANSP:TRANSPARENT
END:VEVENT
BEGIN:VEVENT
UID:UID2@tocsin
DTSTAMP:20261024T000000Z
LAST-MODIFIED:20261024T000000Z
DTSTART:20261025T120000Z
DTEND:20261026T013000Z
SUMMARY:Nobody: night
DESCRIPTION:On call: Nobody\nOverride\, in the place of: Ms. b\; head of it
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
`

func TestCalendar(t *testing.T) {
	w, o := words(t, "a,b zone=Europe/Berlin start=2026-10-24T00:30Z daily=02:30 override=-@2026-10-25T12:00Z/2026-10-26T12:00Z")
	w.Name, w.Modified = "night", instant(t, "2026-01-01T00:00Z")
	o[0].Created = instant(t, "2026-10-24T00:00Z")
	name := func(c tocsin.ARN) string { return "Ms. " + string(c) + "; head of it" }
	draw := func() (string, []Event) {
		r, err := New(w, o...)
		if err != nil {
			t.Fatal(err)
		}
		events := Events(Schedule{r}, "", instant(t, "2026-10-25T01:00Z"), instant(t, "2026-10-26T01:00Z"), name)
		text := string(Calendar("Security, nights", events))
		for i, uid := range []string{"UID1", "UID2"} {
			text = strings.Replace(text, strings.TrimSuffix(events[i].UID, "@tocsin"), uid, 1)
		}
		return text, events
	}
	text, events := draw()
	if diff := cmp.Diff(strings.ReplaceAll(wanted, "\n", "\r\n"), text); diff != "" {
		t.Error(diff)
	}
	// Another person in the shift does not make another entry of it.
	w.Contacts = members("x,y")
	_, other := draw()
	if events[0].UID != other[0].UID || events[0].UID == events[1].UID || events[0].Summary == other[0].Summary {
		t.Errorf("%v, then %v", events, other)
	}
}

func TestEventsOfPerson(t *testing.T) {
	s := Schedule{rotation(t, "a,b start=2026-11-23T00:00Z daily=00:00"), rotation(t, "b,c start=2026-11-23T00:00Z daily=12:00 override=a@2026-11-23T06:00Z/2026-11-23T09:00Z")}
	var got []string
	for _, e := range Events(s, "a", instant(t, "2026-11-23T00:00Z"), instant(t, "2026-11-25T00:00Z"), func(c tocsin.ARN) string { return string(c) }) {
		got = append(got, e.Start.Format("02 15:04")+" "+e.Summary+" "+strings.ReplaceAll(e.Description, "\n", " "))
	}
	want := []string{"23 00:00 On call: r On call: a", "23 06:00 On call: r On call: a Override, in the place of: b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzCalendar: whatever a text holds, it stays one value of one line, and a
// reader gets it back.
func FuzzCalendar(f *testing.F) {
	for _, text := range []string{"night", "a\r\nEND:VEVENT\r\nX", `\n;,\`, strings.Repeat("é", 60), "\x00\x7f\t", strings.Repeat("x", 64) + "\u2028€", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // refused at the door
		}
		out := string(Calendar("n", []Event{{UID: "u", Start: time.Unix(0, 0), End: time.Unix(1, 0), Summary: text, Description: "d"}}))
		if !utf8.ValidString(out) {
			t.Fatalf("%q", out)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n\x00\x7f") {
				t.Errorf("line %q", line)
			}
		}
		lines := strings.Split(strings.ReplaceAll(out, "\r\n ", ""), "\r\n")
		if n := strings.Count(out, "\r\nEND:"); n != 2 || len(lines) != 21 {
			t.Errorf("%d ends, %d lines in %q", n, len(lines), out)
		}
		var got string
		for _, line := range lines {
			if value, ok := strings.CutPrefix(line, "SUMMARY:"); ok {
				got = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(value)
			}
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
				return ' '
			}
			return r
		}, strings.ReplaceAll(text, "\r\n", "\n"))
		if got != want {
			t.Errorf("a reader gets %q of %q, want %q", got, text, want)
		}
	})
}
