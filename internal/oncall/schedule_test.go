package oncall

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What follows is asked of three rotations: office hours and, from the second
// day, the whole night; c is never there, for an override takes them out.
func house(t testing.TB) Schedule {
	return Schedule{
		rotation(t, "a,b start=2026-11-23T00:00Z daily=12:00 cover=MON-08:00-18:00,TUE-08:00-18:00,WED-08:00-18:00"),
		rotation(t, "n start=2026-11-24T00:00Z daily=12:00 cover=MON-17:00-08:00,TUE-17:00-08:00"),
		rotation(t, "c start=2026-11-23T00:00Z daily=12:00 override=-@2026-11-23T00:00Z/2026-12-23T00:00Z"),
	}
}

func spans(all []Span) string {
	var out []string
	for _, s := range all {
		out = append(out, s.Start.Format("02 15:04")+" – "+s.End.Format("02 15:04"))
	}
	return strings.Join(out, "; ")
}

func TestGapsAndOverlaps(t *testing.T) {
	s, from, to := house(t), instant(t, "2026-11-23T00:00Z"), instant(t, "2026-11-25T12:00Z")
	if diff := cmp.Diff("23 00:00 – 23 08:00; 23 18:00 – 24 00:00", spans(Gaps(s, from, to))); diff != "" {
		t.Error("gaps", diff)
	}
	if diff := cmp.Diff("24 17:00 – 24 18:00", spans(Overlaps(s, from, to))); diff != "" {
		t.Error("overlaps", diff)
	}
	if diff := cmp.Diff("23 00:00 – 25 12:00", spans(Gaps(nil, from, to))); diff != "" {
		t.Error("a schedule without rotations", diff)
	}
	if got := Gaps(rotations(t, "a start=2026-11-20T00:00Z daily=12:00"), from, to); got != nil {
		t.Error("shifts that follow one another", got)
	}
}

func rotations(t testing.TB, all ...string) (s Schedule) {
	for _, text := range all {
		s = append(s, rotation(t, text))
	}
	return s
}

func TestAtAndNext(t *testing.T) {
	for _, tt := range []struct{ schedule, at, now, next string }{
		{"a,b start=2026-11-23T00:00Z daily=12:00", "2026-11-23T06:00Z", "a", "23 12:00 b"},
		{"a,b start=2026-11-23T00:00Z daily=12:00", "2026-11-23T12:00Z", "b", "24 12:00 a"},
		{"a start=2026-11-23T00:00Z daily=12:00", "2026-11-23T12:00Z", "a", ""},
		{"a start=2026-11-23T12:00Z daily=12:00", "2026-11-23T00:00Z", "-", "23 12:00 a"},
		{"a start=2026-11-23T00:00Z daily=12:00 cover=MON-09:00-17:00", "2026-11-23T10:00Z", "a", "23 17:00 -"},
		{"a start=2026-11-23T00:00Z daily=12:00 cover=MON-09:00-17:00", "2026-11-23T17:00Z", "-", "30 09:00 a"},
		{"a,b start=2026-11-23T00:00Z daily=12:00 override=a@2026-11-23T12:00Z/2026-11-25T06:00Z", "2026-11-23T06:00Z", "a", "25 12:00 b"},
		{"a,b start=2026-11-23T00:00Z daily=12:00|c start=2026-11-24T00:00Z daily=11:00", "2026-11-23T13:00Z", "b", "24 00:00 b+c"},
		{"a,b start=2026-11-23T00:00Z daily=12:00|a start=2026-11-23T00:00Z daily=11:00", "2026-11-23T01:00Z", "a", "23 12:00 b+a"},
		{"", "2026-11-23T06:00Z", "-", ""},
	} {
		s := rotations(t, strings.FieldsFunc(tt.schedule, func(r rune) bool { return r == '|' })...)
		at := instant(t, tt.at)
		if got := join(People(At(s, at))); got != tt.now {
			t.Errorf("%s: at %s %s, want %s", tt.schedule, tt.at, got, tt.now)
		}
		next := ""
		if when, duties, ok := Next(s, at, at.AddDate(0, 0, 30)); ok {
			next = when.Format("02 15:04 ") + join(People(duties))
		}
		if next != tt.next {
			t.Errorf("%s: after %s %s, want %s", tt.schedule, tt.at, next, tt.next)
		}
	}
}

func TestWhy(t *testing.T) {
	s := rotations(t, "a zone=Europe/Berlin start=2026-11-23T00:00Z daily=09:00 override=b@2026-11-23T12:00Z/2026-11-23T18:00Z")
	for _, tt := range []struct{ at, want string }{
		{"2026-11-24T00:00Z", "rotation r until Tue 24 Nov 2026 09:00 CET"},
		{"2026-11-23T12:00Z", "override o1 of rotation r, in the place of a, until Mon 23 Nov 2026 19:00 CET"},
	} {
		s[0].Word.Contacts[0] = "arn:aws:ssm-contacts:us-east-1:111122223333:contact/a"
		if got := At(s, instant(t, tt.at))[0].Why(); got != tt.want {
			t.Errorf("%s: %s", tt.at, got)
		}
	}
}

func TestOdd(t *testing.T) {
	var got []string
	for _, o := range Odd(rotation(t, "a zone=Europe/Berlin start=2026-01-01T00:00Z daily=09:00,21:00"), instant(t, "2026-01-01T00:00Z"), instant(t, "2027-01-01T00:00Z")) {
		got = append(got, o.Start.Format("02 Jan 15:04")+fmt.Sprint(" ", o.By))
	}
	if diff := cmp.Diff([]string{"28 Mar 20:00 -1h0m0s", "24 Oct 19:00 1h0m0s"}, got); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkYear lists a year of shifts of 30 people.
func BenchmarkYear(b *testing.B) {
	people := make([]string, 30)
	for i := range people {
		people[i] = fmt.Sprint("p", i)
	}
	for _, tt := range []struct{ name, rest string }{
		{"daily", "daily=09:00"},
		{"two-at-once-twice-a-day", "daily=09:00,21:00 on=2"},
		{"hourly-covered", "daily=00:00,01:00,02:00,03:00,04:00,05:00,06:00,07:00,08:00,09:00,10:00,11:00,12:00,13:00,14:00,15:00,16:00,17:00,18:00,19:00,20:00,21:00,22:00,23:00 " +
			"cover=MON-08:15-12:00,MON-13:00-17:45,TUE-08:15-12:00,TUE-13:00-17:45,WED-08:15-12:00,THU-08:15-12:00,FRI-08:15-12:00,SUN-22:00-06:00"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			w, o := words(b, strings.Join(people, ",")+" zone=Europe/Berlin start=2026-01-01T00:00Z "+tt.rest)
			from := instant(b, "2026-03-01T00:00Z")
			for b.Loop() {
				r, err := New(w, o...)
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for range r.Shifts(from, from.AddDate(1, 0, 0)) {
					n++
				}
				if n < 365 {
					b.Fatal(n)
				}
			}
		})
	}
}

// BenchmarkAt asks who is on call, ten years after the rotation began.
func BenchmarkAt(b *testing.B) {
	r := rotation(b, "a,b,c zone=America/New_York start=2016-01-01T00:00Z weekly=MON-09:00,FRI-17:00 cover=MON-09:00-17:00,TUE-09:00-17:00,WED-09:00-17:00")
	at := instant(b, "2026-11-23T16:00Z")
	for b.Loop() {
		if _, ok := r.At(at); !ok {
			b.Fatal("nobody")
		}
		at = at.Add(time.Second)
		if at.Hour() > 20 {
			at = instant(b, "2026-11-23T16:00Z")
		}
	}
}
