// Package oncall tells who is on call when. It is pure: rotations and overrides
// come in as words, from the store or from a request, and shifts, people, gaps
// and calendars go out; there is no clock and no database here.
//
// A rotation's hand-offs and coverage are told on the wall clock of its zone. One
// rule turns them into instants, on nights when the clocks change too: a wall time
// is the first instant at which the clock shows it or later. So a time that is
// skipped is the first valid instant after it, and one that comes twice is the
// earlier of the two; hand-offs never change their order, and a turn that is
// skipped whole is over at once.
package oncall

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Rotation is a rotation with its overrides, ready to be asked. It does not
// change and is safe for use by several goroutines.
type Rotation struct {
	Word      *tocsin.Rotation
	zone      *time.Location
	begins    time.Time
	handOffs  handOffs
	passed    int // hand-offs that were before the first shift
	coverage  *coverage
	overrides []tocsin.Override // the one made last first
}

// New makes a rotation ready. Invalid where its zone or recurrence cannot be,
// see Check.
func New(r *tocsin.Rotation, overrides ...tocsin.Override) (*Rotation, error) {
	if err := Check(r); err != nil {
		return nil, err
	}
	zone, err := Zone(r.Zone)
	if err != nil {
		return nil, err
	}
	return prepare(r, zone, overrides), nil
}

func prepare(r *tocsin.Rotation, zone *time.Location, overrides []tocsin.Override) *Rotation {
	out := &Rotation{Word: r, zone: zone, begins: r.Begins().UTC(), coverage: newCoverage(r.Recurrence.Coverage)}
	out.handOffs = newHandOffs(&r.Recurrence, wall(out.begins, zone))
	out.passed = out.after(out.begins)
	out.overrides = slices.SortedStableFunc(slices.Values(overrides), func(a, b tocsin.Override) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// span is the time from an instant to another, which does not belong to it.
type span struct{ from, to time.Time }

func (s span) empty() bool { return !s.from.Before(s.to) }

// and gives what two spans have in common.
func (s span) and(o span) span { return span{later(s.from, o.from), earlier(s.to, o.to)} }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// instant gives when the n-th hand-off is.
func (r *Rotation) instant(n int) time.Time { return first(r.handOffs.wall(n), r.zone) }

// after gives the number of the first hand-off after an instant.
func (r *Rotation) after(at time.Time) int {
	low, high := r.handOffs.about(wall(at, r.zone))
	return low + sort.Search(high-low, func(i int) bool { return r.instant(low + i).After(at) })
}

// turn gives the n-th turn, where the 0th begins with the rotation: empty where
// the clocks skip it.
func (r *Rotation) turn(n int) span {
	out := span{r.begins, r.instant(r.passed + n)}
	if n > 0 {
		out.from = r.instant(r.passed + n - 1)
	}
	return out
}

// team gives who has the n-th turn. Teams follow one another without overlap, in
// the rotation's order, and begin anew at its end.
func (r *Rotation) team(n int) []tocsin.ARN {
	people, size := r.Word.Contacts, r.Word.Recurrence.OnCalls
	if len(people) == 0 {
		return []tocsin.ARN{}
	}
	size = min(size, len(people))
	out := make([]tocsin.ARN, 0, size)
	for i := range size {
		if p := people[(n*size+i)%len(people)]; !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// Shifts lists, in their order, the shifts that have a part between two
// instants, the latter not included; they are given whole. It may be stopped at
// any shift, and what it has not come to costs nothing.
func (r *Rotation) Shifts(from, to time.Time) iter.Seq[tocsin.Shift] {
	return func(yield func(tocsin.Shift) bool) {
		from = later(from, r.begins)
		if !from.Before(to) {
			return
		}
		asked := span{from, to}
		for n := r.after(from) - r.passed; ; n++ {
			turn := r.turn(n)
			if !turn.from.Before(to) {
				return
			}
			team := r.team(n)
			for part := range r.coverage.parts(turn, asked, r.zone) {
				for s := range r.override(part, team) {
					if s.End.After(from) && s.Start.Before(to) && !yield(s) {
						return
					}
				}
			}
		}
	}
}

// override cuts a part of a turn where overrides begin and end.
func (r *Rotation) override(part span, team []tocsin.ARN) iter.Seq[tocsin.Shift] {
	return func(yield func(tocsin.Shift) bool) {
		cuts := []time.Time{part.from, part.to}
		for _, o := range r.overrides {
			in := part.and(span{o.Start, o.End})
			if !in.empty() {
				cuts = append(cuts, in.from.UTC(), in.to.UTC())
			}
		}
		slices.SortFunc(cuts, time.Time.Compare)
		s := tocsin.Shift{Start: part.from}
		for i, cut := range cuts[:len(cuts)-1] {
			next := cuts[i+1]
			if next.Equal(cut) {
				continue
			}
			o := r.overrideAt(cut)
			if i+2 < len(cuts) && r.overrideAt(next) == o && next.Before(part.to) {
				continue // another override, which does not count, begins or ends
			}
			s.End, s.Type, s.Contacts, s.Instead, s.Override = next, tocsin.Regular, team, nil, ""
			if o != nil {
				s.Type, s.Contacts, s.Instead, s.Override = tocsin.Overridden, o.Contacts, team, o.ID
			}
			if !yield(s) {
				return
			}
			s.Start = next
		}
	}
}

// overrideAt gives the override that counts at an instant, or nil.
func (r *Rotation) overrideAt(at time.Time) *tocsin.Override {
	for i := range r.overrides {
		if o := &r.overrides[i]; !at.Before(o.Start) && at.Before(o.End) {
			return o
		}
	}
	return nil
}

// At gives the shift of an instant; false where nobody has one.
func (r *Rotation) At(at time.Time) (tocsin.Shift, bool) {
	for s := range r.Shifts(at, at.Add(1)) {
		return s, true
	}
	return tocsin.Shift{}, false
}
