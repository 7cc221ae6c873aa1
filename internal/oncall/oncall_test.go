package oncall

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

// rotation reads a rotation as a test writes it:
//
//	ann,bob zone=Europe/Berlin start=2026-03-28T00:00Z daily=09:00 x=2 on=1 cover=MON-09:00-17:00,TUE-22:00-06:00
//	override=cat@2026-03-29T00:00Z/2026-03-29T12:00Z   the later ones were made later; "-" is nobody
func rotation(t testing.TB, text string) *Rotation {
	t.Helper()
	w, o := words(t, text)
	r, err := New(w, o...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func words(t testing.TB, text string) (*tocsin.Rotation, []tocsin.Override) {
	t.Helper()
	people, rest, _ := strings.Cut(text, " ")
	r := &tocsin.Rotation{ID: "r", Name: "r", Zone: "UTC", Recurrence: tocsin.Recurrence{Multiplier: 1, OnCalls: 1}}
	r.Contacts = members(people)
	var overrides []tocsin.Override
	for word := range strings.FieldsSeq(rest) {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "zone":
			r.Zone = value
		case "start":
			r.Start = instant(t, value)
		case "x":
			r.Recurrence.Multiplier = number(t, value)
		case "on":
			r.Recurrence.OnCalls = number(t, value)
		case "override":
			who, when, _ := strings.Cut(value, "@")
			start, end, _ := strings.Cut(when, "/")
			n := len(overrides) + 1
			overrides = append(overrides, tocsin.Override{ID: fmt.Sprint("o", n), Contacts: members(who), Start: instant(t, start), End: instant(t, end), Created: time.Unix(int64(n), 0)})
		case "daily", "weekly", "monthly", "cover":
			for part := range strings.SplitSeq(value, ",") {
				r.Recurrence = add(t, r.Recurrence, key, strings.Split(part, "-"))
			}
		default:
			t.Fatalf("word %q", word)
		}
	}
	return r, overrides
}

func add(t testing.TB, r tocsin.Recurrence, key string, w []string) tocsin.Recurrence {
	weekday := func(name string) time.Weekday {
		return time.Weekday(slices.Index([]string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, name))
	}
	switch key {
	case "daily":
		r.Daily = append(r.Daily, clock(t, w[0]))
	case "weekly":
		r.Weekly = append(r.Weekly, tocsin.WeeklyHandOff{Day: weekday(w[0]), At: clock(t, w[1])})
	case "monthly":
		r.Monthly = append(r.Monthly, tocsin.MonthlyHandOff{Day: number(t, w[0]), At: clock(t, w[1])})
	case "cover":
		if r.Coverage == nil {
			r.Coverage = map[time.Weekday][]tocsin.Coverage{}
		}
		d := weekday(w[0])
		r.Coverage[d] = append(r.Coverage[d], tocsin.Coverage{Start: clock(t, w[1]), End: clock(t, w[2])})
	}
	return r
}

func members(text string) []tocsin.ARN {
	out := []tocsin.ARN{}
	for name := range strings.SplitSeq(text, ",") {
		if name != "-" {
			out = append(out, tocsin.ARN(name))
		}
	}
	return out
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse("2006-01-02T15:04Z07:00", text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func clock(t testing.TB, text string) tocsin.Clock {
	t.Helper()
	hour, minute, _ := strings.Cut(text, ":")
	return tocsin.Clock{Hour: number(t, hour), Minute: number(t, minute)}
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lines writes shifts as tests compare them, in the zone.
func lines(r *Rotation, from, to time.Time) (out []string) {
	for s := range r.Shifts(from, to) {
		line := fmt.Sprintf("%s %s – %s", join(s.Contacts), s.Start.In(r.zone).Format("Mon 02 15:04 -0700"), s.End.In(r.zone).Format("Mon 02 15:04 -0700"))
		if s.Type == tocsin.Overridden {
			line += " " + s.Override + " for " + join(s.Instead)
		}
		out = append(out, line)
	}
	return out
}

func join(people []tocsin.ARN) string {
	if len(people) == 0 {
		return "-"
	}
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = string(p)
	}
	return strings.Join(out, "+")
}

func TestShifts(t *testing.T) {
	for _, tt := range []struct{ name, rotation, from, to, want string }{
		{"daily", "a,b,c start=2026-11-23T09:00Z daily=09:00", "2026-11-23T00:00Z", "2026-11-26T00:00Z",
			"a Mon 23 09:00 +0000 – Tue 24 09:00 +0000; b Tue 24 09:00 +0000 – Wed 25 09:00 +0000; c Wed 25 09:00 +0000 – Thu 26 09:00 +0000"},
		{"the first one is short", "a,b start=2026-11-23T12:00Z daily=09:00", "2026-11-23T00:00Z", "2026-11-24T10:00Z",
			"a Mon 23 12:00 +0000 – Tue 24 09:00 +0000; b Tue 24 09:00 +0000 – Wed 25 09:00 +0000"},
		{"shifts are given whole", "a,b start=2026-11-20T09:00Z daily=09:00", "2026-11-23T10:00Z", "2026-11-23T11:00Z", "b Mon 23 09:00 +0000 – Tue 24 09:00 +0000"},
		{"what only touches is not asked for", "a,b start=2026-11-20T09:00Z daily=09:00", "2026-11-23T09:00Z", "2026-11-24T09:00Z", "b Mon 23 09:00 +0000 – Tue 24 09:00 +0000"},
		{"before it begins", "a start=2026-11-23T09:00Z daily=09:00", "2026-11-20T00:00Z", "2026-11-23T09:00Z", ""},
		{"twice a day", "a,b,c start=2026-11-23T08:00Z daily=20:00,08:00", "2026-11-23T08:00Z", "2026-11-24T09:00Z",
			"a Mon 23 08:00 +0000 – Mon 23 20:00 +0000; b Mon 23 20:00 +0000 – Tue 24 08:00 +0000; c Tue 24 08:00 +0000 – Tue 24 20:00 +0000"},
		{"every third day", "a,b start=2026-11-23T10:00Z daily=09:00 x=3", "2026-11-23T10:00Z", "2026-11-27T00:00Z",
			"a Mon 23 10:00 +0000 – Thu 26 09:00 +0000; b Thu 26 09:00 +0000 – Sun 29 09:00 +0000"},
		{"twice on every second day", "a,b start=2026-11-23T00:00Z daily=08:00,20:00 x=2", "2026-11-23T00:00Z", "2026-11-26T00:00Z",
			"a Mon 23 00:00 +0000 – Mon 23 08:00 +0000; b Mon 23 08:00 +0000 – Mon 23 20:00 +0000; a Mon 23 20:00 +0000 – Wed 25 08:00 +0000; b Wed 25 08:00 +0000 – Wed 25 20:00 +0000; a Wed 25 20:00 +0000 – Fri 27 08:00 +0000"},
		{"weekly", "a,b start=2026-11-18T00:00Z weekly=MON-09:00,FRI-17:00", "2026-11-18T00:00Z", "2026-11-28T00:00Z",
			"a Wed 18 00:00 +0000 – Fri 20 17:00 +0000; b Fri 20 17:00 +0000 – Mon 23 09:00 +0000; a Mon 23 09:00 +0000 – Fri 27 17:00 +0000; b Fri 27 17:00 +0000 – Mon 30 09:00 +0000"},
		{"every second week from a Wednesday", "a,b start=2026-11-18T00:00Z weekly=MON-09:00 x=2", "2026-11-18T00:00Z", "2026-12-08T00:00Z",
			"a Wed 18 00:00 +0000 – Mon 23 09:00 +0000; b Mon 23 09:00 +0000 – Mon 07 09:00 +0000; a Mon 07 09:00 +0000 – Mon 21 09:00 +0000"},
		{"monthly, in short months on the last day", "a,b start=2026-01-31T00:00Z monthly=31-12:00", "2026-01-31T12:00Z", "2026-05-01T00:00Z",
			"b Sat 31 12:00 +0000 – Sat 28 12:00 +0000; a Sat 28 12:00 +0000 – Tue 31 12:00 +0000; b Tue 31 12:00 +0000 – Thu 30 12:00 +0000; a Thu 30 12:00 +0000 – Sun 31 12:00 +0000"},
		{"every second month", "a,b start=2026-01-15T00:00Z monthly=1-00:00 x=2", "2026-01-15T00:00Z", "2026-04-01T00:00Z",
			"a Thu 15 00:00 +0000 – Sun 01 00:00 +0000; b Sun 01 00:00 +0000 – Fri 01 00:00 +0000"},
		{"two at once", "a,b,c start=2026-11-23T00:00Z daily=00:00 on=2", "2026-11-23T00:00Z", "2026-11-26T00:00Z",
			"a+b Mon 23 00:00 +0000 – Tue 24 00:00 +0000; c+a Tue 24 00:00 +0000 – Wed 25 00:00 +0000; b+c Wed 25 00:00 +0000 – Thu 26 00:00 +0000"},
		{"more at once than there are", "a,b start=2026-11-23T00:00Z daily=00:00 on=5", "2026-11-23T00:00Z", "2026-11-24T00:00Z", "a+b Mon 23 00:00 +0000 – Tue 24 00:00 +0000"},
		{"coverage", "a,b start=2026-11-23T00:00Z weekly=TUE-12:00 cover=MON-09:00-17:00,TUE-09:00-17:00", "2026-11-23T00:00Z", "2026-12-01T00:00Z",
			"a Mon 23 09:00 +0000 – Mon 23 17:00 +0000; a Tue 24 09:00 +0000 – Tue 24 12:00 +0000; b Tue 24 12:00 +0000 – Tue 24 17:00 +0000; b Mon 30 09:00 +0000 – Mon 30 17:00 +0000"},
		{"coverage over midnight, and over the week's end", "a start=2026-11-01T00:00Z daily=12:00 cover=SUN-22:00-06:00,MON-05:00-07:00", "2026-11-22T00:00Z", "2026-11-24T00:00Z",
			"a Sun 22 22:00 +0000 – Mon 23 07:00 +0000"},
		{"coverage of 24 hours", "a start=2026-11-01T00:00Z weekly=WED-12:00 cover=MON-09:00-09:00,TUE-09:00-09:00", "2026-11-23T00:00Z", "2026-11-26T00:00Z",
			"a Mon 23 09:00 +0000 – Wed 25 09:00 +0000"},
		{"coverage of the whole week", "a start=2026-11-18T12:00Z weekly=WED-12:00 cover=MON-09:00-09:00,TUE-09:00-09:00,WED-09:00-09:00,THU-09:00-09:00,FRI-09:00-09:00,SAT-09:00-09:00,SUN-09:00-09:00",
			"2026-11-23T00:00Z", "2026-11-24T00:00Z", "a Wed 18 12:00 +0000 – Wed 25 12:00 +0000"},
		{"an override", "a,b start=2026-11-23T00:00Z daily=00:00 override=x@2026-11-23T12:00Z/2026-11-24T06:00Z", "2026-11-23T00:00Z", "2026-11-25T00:00Z",
			"a Mon 23 00:00 +0000 – Mon 23 12:00 +0000; x Mon 23 12:00 +0000 – Tue 24 00:00 +0000 o1 for a; x Tue 24 00:00 +0000 – Tue 24 06:00 +0000 o1 for b; b Tue 24 06:00 +0000 – Wed 25 00:00 +0000"},
		{"an override by nobody", "a start=2026-11-23T00:00Z daily=00:00 override=-@2026-11-23T00:00Z/2026-11-24T00:00Z", "2026-11-23T00:00Z", "2026-11-24T00:00Z",
			"- Mon 23 00:00 +0000 – Tue 24 00:00 +0000 o1 for a"},
		{"of two overrides the one made last", "a start=2026-11-23T00:00Z daily=00:00 override=x@2026-11-23T06:00Z/2026-11-23T18:00Z override=y,z@2026-11-23T12:00Z/2026-11-23T13:00Z", "2026-11-23T00:00Z", "2026-11-24T00:00Z",
			"a Mon 23 00:00 +0000 – Mon 23 06:00 +0000; x Mon 23 06:00 +0000 – Mon 23 12:00 +0000 o1 for a; y+z Mon 23 12:00 +0000 – Mon 23 13:00 +0000 o2 for a; x Mon 23 13:00 +0000 – Mon 23 18:00 +0000 o1 for a; a Mon 23 18:00 +0000 – Tue 24 00:00 +0000"},
		{"an override that another hides", "a start=2026-11-23T00:00Z daily=00:00 override=x@2026-11-23T12:00Z/2026-11-23T13:00Z override=y@2026-11-23T06:00Z/2026-11-23T18:00Z", "2026-11-23T00:00Z", "2026-11-24T00:00Z",
			"a Mon 23 00:00 +0000 – Mon 23 06:00 +0000; y Mon 23 06:00 +0000 – Mon 23 18:00 +0000 o2 for a; a Mon 23 18:00 +0000 – Tue 24 00:00 +0000"},
		{"an override where nobody would be on call", "a start=2026-11-23T00:00Z daily=00:00 cover=MON-09:00-17:00 override=x@2026-11-23T16:00Z/2026-11-24T16:00Z", "2026-11-23T00:00Z", "2026-11-25T00:00Z",
			"a Mon 23 09:00 +0000 – Mon 23 16:00 +0000; x Mon 23 16:00 +0000 – Mon 23 17:00 +0000 o1 for a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := lines(rotation(t, tt.rotation), instant(t, tt.from), instant(t, tt.to))
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Nights on which the clocks change, and days that do not exist.
func TestClockChanges(t *testing.T) {
	for _, tt := range []struct{ name, rotation, from, to, want string }{
		{"a hand-off that is skipped", "a,b zone=Europe/Berlin start=2026-03-28T01:30Z daily=02:30", "2026-03-28T02:00Z", "2026-03-30T01:00Z",
			"a Sat 28 02:30 +0100 – Sun 29 03:00 +0200; b Sun 29 03:00 +0200 – Mon 30 02:30 +0200; a Mon 30 02:30 +0200 – Tue 31 02:30 +0200"},
		{"a hand-off that comes twice", "a,b zone=Europe/Berlin start=2026-10-24T00:30Z daily=02:30", "2026-10-24T12:00Z", "2026-10-26T12:00Z",
			"a Sat 24 02:30 +0200 – Sun 25 02:30 +0200; b Sun 25 02:30 +0200 – Mon 26 02:30 +0100; a Mon 26 02:30 +0100 – Tue 27 02:30 +0100"},
		{"a turn that is skipped whole", "a,b,c zone=Europe/Berlin start=2026-03-29T00:00Z daily=02:00,02:45,12:00", "2026-03-29T00:00Z", "2026-03-29T20:00Z",
			"a Sun 29 01:00 +0100 – Sun 29 03:00 +0200; c Sun 29 03:00 +0200 – Sun 29 12:00 +0200; a Sun 29 12:00 +0200 – Mon 30 02:00 +0200"},
		{"coverage that is skipped", "a zone=Europe/Berlin start=2026-03-01T00:00Z daily=12:00 cover=SUN-02:00-03:00,SUN-05:00-06:00", "2026-03-29T00:00Z", "2026-03-30T00:00Z",
			"a Sun 29 05:00 +0200 – Sun 29 06:00 +0200"},
		{"coverage that becomes one", "a zone=Europe/Berlin start=2026-03-01T00:00Z daily=12:00 cover=SUN-01:00-02:15,SUN-02:50-06:00", "2026-03-29T00:00Z", "2026-03-30T00:00Z",
			"a Sun 29 01:00 +0100 – Sun 29 06:00 +0200"},
		{"coverage on a long night", "a zone=Europe/Berlin start=2026-10-01T00:00Z daily=12:00 cover=SUN-02:00-03:00", "2026-10-25T00:00Z", "2026-10-26T00:00Z",
			"a Sun 25 02:00 +0200 – Sun 25 03:00 +0100"},
		{"half an hour", "a,b zone=Australia/Lord_Howe start=2026-10-02T15:00Z daily=02:15", "2026-10-03T00:00Z", "2026-10-04T12:00Z",
			"b Sat 03 02:15 +1030 – Sun 04 02:30 +1100; a Sun 04 02:30 +1100 – Mon 05 02:15 +1100"},
		{"a day that was left out", "a,b,c zone=Pacific/Apia start=2011-12-28T19:00Z daily=09:00", "2011-12-28T19:00Z", "2011-12-31T19:00Z",
			"a Wed 28 09:00 -1000 – Thu 29 09:00 -1000; b Thu 29 09:00 -1000 – Sat 31 00:00 +1400; c Sat 31 00:00 +1400 – Sat 31 09:00 +1400; a Sat 31 09:00 +1400 – Sun 01 09:00 +1400"},
		{"a minute after midnight, back to the day before", "a,b zone=America/St_Johns start=2009-10-31T02:30Z daily=00:00", "2009-10-31T12:00Z", "2009-11-02T12:00Z",
			"a Sat 31 00:00 -0230 – Sun 01 00:00 -0230; b Sun 01 00:00 -0230 – Mon 02 00:00 -0330; a Mon 02 00:00 -0330 – Tue 03 00:00 -0330"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := lines(rotation(t, tt.rotation), instant(t, tt.from), instant(t, tt.to))
			if diff := cmp.Diff(tt.want, strings.Join(got, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct{ rotation, field string }{
		{"a daily=09:00", ""},
		{"a daily=09:00,09:30 zone=America/Argentina/Buenos_Aires", ""},
		{"a weekly=SUN-23:45,MON-00:15 cover=MON-00:00-00:30", ""},
		{"a daily=23:45,00:10 x=2", ""},
		{"a", "Recurrence"},
		{"a daily=09:00 weekly=MON-09:00", "Recurrence"},
		{"a daily=09:00,09:29", "Recurrence.DailySettings"},
		{"a daily=23:45,00:10", "Recurrence.DailySettings"},
		{"a weekly=SUN-23:45,MON-00:10", "Recurrence.WeeklySettings"},
		{"a monthly=3-09:00,3-09:00", "Recurrence.MonthlySettings"},
		{"a monthly=32-09:00", "Recurrence.MonthlySettings"},
		{"a monthly=0-09:00", "Recurrence.MonthlySettings"},
		{"a daily=24:00", "Recurrence.DailySettings"},
		{"a weekly=MON-09:60", "Recurrence.WeeklySettings"},
		{"a daily=09:00 x=0", "Recurrence.RecurrenceMultiplier"},
		{"a daily=09:00 x=101", "Recurrence.RecurrenceMultiplier"},
		{"a daily=09:00 on=0", "Recurrence.NumberOfOnCalls"},
		{"a daily=09:00 cover=TUE-09:00-09:29", "Recurrence.ShiftCoverages.TUE[0]"},
		{"a daily=09:00 cover=TUE-09:00-10:00,TUE-24:00-10:00", "Recurrence.ShiftCoverages.TUE[1]"},
		{"- daily=09:00", "ContactIds"},
		{"a daily=09:00 zone=Mars/Olympus", "TimeZoneId"},
		{"a daily=09:00 zone=PST", "TimeZoneId"},
		{"a daily=09:00 zone=EST", "TimeZoneId"},
		{"a daily=09:00 zone=Local", "TimeZoneId"},
		{"a daily=09:00 zone=", "TimeZoneId"},
		{"a daily=09:00 zone=right/Europe/Berlin", "TimeZoneId"},
		{"a daily=09:00 zone=../Europe/Berlin", "TimeZoneId"},
	} {
		w, _ := words(t, tt.rotation)
		_, err := New(w)
		if field := fieldOf(err); field != tt.field || tocsin.KindOf(err) != tocsin.Invalid && err != nil {
			t.Errorf("%s: %v, want %q", tt.rotation, err, tt.field)
		}
	}
}

// fieldOf is the member that an error names; empty for no error.
func fieldOf(err error) string {
	var e *tocsin.Error
	if errors.As(err, &e) && len(e.Fields) == 1 {
		return e.Fields[0].Name
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestCheckOverride(t *testing.T) {
	now := instant(t, "2026-11-23T00:00Z")
	for _, tt := range []struct {
		start, end time.Duration
		people     int
		field      string
	}{
		{0, 30 * time.Minute, 0, ""},
		{-48 * time.Hour, -24 * time.Hour, 30, ""},
		{0, 30*time.Minute - time.Second, 1, "EndTime"},
		{time.Hour, 0, 1, "EndTime"},
		{0, 181 * 24 * time.Hour, 1, ""},
		{0, 181*24*time.Hour + time.Second, 1, "EndTime"},
		{0, time.Hour, 31, "NewContactIds"},
	} {
		err := CheckOverride(&tocsin.Override{Contacts: make([]tocsin.ARN, tt.people), Start: now.Add(tt.start), End: now.Add(tt.end)}, now)
		if fieldOf(err) != tt.field {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
