package oncall

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Schedule is an on-call schedule: its rotations, in their order. They are on
// call side by side.
type Schedule []*Rotation

// Duty is a shift of one of a schedule's rotations.
type Duty struct {
	tocsin.Shift
	Rotation *tocsin.Rotation
}

// Why says by what somebody is on call, for people: "rotation night until Tue
// 24 Nov 09:00 CET".
func (d Duty) Why() string {
	until := d.End
	if z, err := Zone(d.Rotation.Zone); err == nil {
		until = until.In(z)
	}
	text := "rotation " + d.Rotation.Name
	if d.Type == tocsin.Overridden {
		text = "override " + d.Override + " of rotation " + d.Rotation.Name + ", in the place of " + names(d.Instead) + ","
	}
	return fmt.Sprintf("%s until %s", text, until.Format("Mon 2 Jan 2006 15:04 MST"))
}

func names(arns []tocsin.ARN) string {
	out := make([]string, len(arns))
	for i, a := range arns {
		out[i] = a.ID()
	}
	return strings.Join(out, " and ")
}

// At lists the shifts of a schedule at an instant, also those that an override
// has left without people.
func At(s Schedule, at time.Time) []Duty {
	var out []Duty
	for _, r := range s {
		if shift, ok := r.At(at); ok {
			out = append(out, Duty{shift, r.Word})
		}
	}
	return out
}

// People lists who is on call by shifts, each person once.
func People(duties []Duty) []tocsin.ARN {
	var out []tocsin.ARN
	for _, d := range duties {
		for _, p := range d.Contacts {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// Next gives when other people are on call than at an instant, and by what
// shifts; false where that is not before the end.
func Next(s Schedule, at, end time.Time) (time.Time, []Duty, bool) {
	now := People(At(s, at))
	for {
		change := end
		for _, r := range s {
			for shift := range r.Shifts(at, end) {
				edge := shift.End
				if shift.Start.After(at) {
					edge = shift.Start
				}
				change = earlier(change, edge)
				break
			}
		}
		if !change.Before(end) {
			return time.Time{}, nil, false
		}
		next := At(s, change)
		if !sameSet(People(next), now) {
			return change, next, true
		}
		at = change
	}
}

func sameSet(a, b []tocsin.ARN) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(p tocsin.ARN) bool { return !slices.Contains(b, p) })
}

// Span is a time from an instant to another, the latter not included.
type Span struct{ Start, End time.Time }

// Gaps lists when, between two instants, nobody is on call.
func Gaps(s Schedule, from, to time.Time) []Span {
	return s.where(from, to, func(n int) bool { return n == 0 })
}

// Overlaps lists when, between two instants, people are on call by several rotations.
func Overlaps(s Schedule, from, to time.Time) []Span {
	return s.where(from, to, func(n int) bool { return n > 1 })
}

// where lists when the number of rotations that have somebody on call fits.
func (s Schedule) where(from, to time.Time, fits func(n int) bool) (out []Span) {
	type edge struct {
		at   time.Time
		more int
	}
	edges := []edge{{from, 0}, {to, 0}}
	for _, r := range s {
		for shift := range r.Shifts(from, to) {
			if len(shift.Contacts) > 0 {
				edges = append(edges, edge{later(shift.Start, from), 1}, edge{earlier(shift.End, to), -1})
			}
		}
	}
	slices.SortStableFunc(edges, func(a, b edge) int { return a.at.Compare(b.at) })
	n := 0
	for i, e := range edges[:len(edges)-1] {
		n += e.more
		next := edges[i+1].at
		if !fits(n) || next.Equal(e.at) {
			continue
		}
		if last := len(out) - 1; last >= 0 && out[last].End.Equal(e.at) {
			out[last].End = next
			continue
		}
		out = append(out, Span{e.at.UTC(), next.UTC()})
	}
	return out
}

// Odd lists the shifts that begin between two instants and that are longer or
// shorter than the clock on the wall says, because it is changed in them; and by
// how much.
func Odd(r *Rotation, from, to time.Time) []OddShift {
	var out []OddShift
	for s := range r.Shifts(from, to) {
		shown := wall(s.End, r.zone) - wall(s.Start, r.zone)
		if by := s.End.Sub(s.Start) - time.Duration(shown)*time.Second; by != 0 && !s.Start.Before(from) {
			out = append(out, OddShift{s, by})
		}
	}
	return out
}

// OddShift is a shift in which the clocks are changed; By is how much longer it is.
type OddShift struct {
	tocsin.Shift
	By time.Duration
}
