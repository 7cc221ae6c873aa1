package doctor

import (
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/oncall"
)

// ahead is how far schedules are looked at.
const ahead = 90 * 24 * time.Hour

// Schedule is an on-call schedule with its rotations.
type Schedule struct {
	Contact   tocsin.ARN
	Rotations oncall.Schedule
	Missing   []tocsin.ARN // rotations that it names and that do not exist
}

// people lists who is on call, or has a turn to come, by the schedule.
func (s Schedule) people(from time.Time) (out []tocsin.ARN) {
	for _, r := range s.Rotations {
		out = append(out, r.Word.Contacts...)
		for shift := range r.Shifts(from, from.Add(ahead)) {
			out = append(out, shift.Contacts...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// onDuty lets plans that lead to the schedules be tried.
func (h *House) onDuty() {
	all := engagement.Schedules{}
	for _, s := range h.Schedules {
		all[s.Contact] = s.Rotations
	}
	h.Book.OnCall, h.Book.Duty = all.OnCall, all.Duty
}

// schedules finds when nobody, or too many, will be on call, and what is odd
// about rotations.
func (x *exam) schedules() {
	looked := map[tocsin.ARN]bool{}
	for _, s := range x.Schedules {
		c := x.Book.Contacts[s.Contact]
		if c == nil {
			continue
		}
		for _, r := range s.Missing {
			x.find(MissingRotation, x.grave(c), c.ARN(), "name another rotation: update-contact --plan", "%s names rotation %s, which does not exist: it is skipped", c.Alias, r.ID())
		}
		if len(s.Rotations) == 0 {
			x.find(EmptyPlan, x.grave(c), c.ARN(), "give it rotations: update-contact --plan", "schedule %s has no rotation: nobody is ever on call by it", c.Alias)
			continue
		}
		x.gaps(c, s.Rotations)
		for _, r := range s.Rotations {
			if !looked[r.Word.ARN()] {
				looked[r.Word.ARN()] = true
				x.rotation(c, r)
			}
		}
	}
}

func (x *exam) gaps(c *tocsin.Contact, s oncall.Schedule) {
	end := x.Now.Add(ahead)
	if all := oncall.Gaps(s, x.Now, end); len(all) > 0 {
		x.find(Gap, Warning, c.ARN(), "widen the coverage, add a rotation, or mend the override: tocsin oncall --schedule "+c.Alias+" shows the next gaps",
			"nobody is on call by %s %s", c.Alias, when(all, end))
	}
	if all := oncall.Overlaps(s, x.Now, end); len(all) > 0 {
		x.find(Overlap, Note, c.ARN(), "if only one should be paged, narrow the coverage of a rotation", "several rotations of %s are on call at once %s: all their people are paged", c.Alias, when(all, end))
	}
}

// when says when the first of some times is, and how many there are.
func when(all []oncall.Span, end time.Time) string {
	var sum time.Duration
	for _, s := range all {
		sum += s.End.Sub(s.Start)
	}
	text := "from " + stamp(all[0].Start) + " to " + stamp(all[0].End)
	if all[0].End.Equal(end) {
		text = "from " + stamp(all[0].Start) + " on"
	}
	if n := len(all) - 1; n > 0 {
		text += ", and " + count(n, "time") + " more until " + stamp(end) + " (" + count(int(sum.Hours()+0.5), "hour") + " in all)"
	}
	return text
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

func (x *exam) rotation(c *tocsin.Contact, r *oncall.Rotation) {
	w := r.Word
	left := 0
	for _, p := range w.Contacts {
		if x.Book.Contacts[p] != nil {
			left++
			continue
		}
		x.find(MissingContact, x.grave(c), w.ARN(), "take it out of the rotation: update-rotation --contact-ids", "rotation %s has %s, who does not exist: nobody is paged in that turn", w.Name, p.ID())
	}
	if left == 0 {
		x.find(RotationEnds, x.grave(c), w.ARN(), "give it people: update-rotation --contact-ids", "rotation %s has nobody left who exists: it pages nobody", w.Name)
	}
	if begins := w.Begins(); begins.After(x.Now) {
		x.find(RotationNotBegun, Warning, w.ARN(), "if it should page now, give it an earlier start: update-rotation --start-time", "rotation %s of %s begins at %s: until then nobody is on call by it", w.Name, c.Alias, stamp(begins))
	}
	zone, err := oncall.Zone(w.Zone)
	if err != nil {
		return
	}
	for _, o := range oncall.Odd(r, x.Now, x.Now.Add(ahead)) {
		than := "shorter"
		if o.By > 0 {
			than = "longer"
		}
		x.find(OddShift, Note, w.ARN(), "nothing, if the people concerned know", "the clocks of %s change in a shift of rotation %s, %s to %s: it is %s by %s", w.Zone, w.Name,
			o.Start.In(zone).Format("2006-01-02 15:04 MST"), o.End.In(zone).Format("2006-01-02 15:04 MST"), than, o.By.Abs())
	}
}
