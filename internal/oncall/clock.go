package oncall

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Wall times are seconds since 1970 as a clock on the wall shows them, without
// regard to the zone.
const (
	minute    = 60
	day       = 24 * 60 * minute
	week      = 7 * day
	farOffset = 16 * 60 * minute // no zone is further from UTC
)

// wall gives what the clock on the wall shows at an instant.
func wall(t time.Time, zone *time.Location) int64 { return t.Unix() + offset(t.Unix(), zone) }

// offset gives how far a zone is from UTC at an instant, in seconds.
func offset(at int64, zone *time.Location) int64 {
	_, out := time.Unix(at, 0).In(zone).Zone()
	return int64(out)
}

// first gives the first instant at which the clock on the wall shows a time or
// later. Clocks are changed at most once in the 32 hours around it. (The bounds
// that package time gives would tell when, but not on the last day of a leap year.)
func first(wall int64, zone *time.Location) time.Time {
	before, last := wall-farOffset, wall+farOffset
	old, changed := offset(before, zone), offset(last, zone)
	found := wall - old
	if old != changed {
		change := before + int64(sort.Search(int(last-before), func(i int) bool { return offset(before+int64(i), zone) != old }))
		if found >= change { // the time has not come by then: later, or the clocks jump over it
			found = max(wall-changed, change)
		}
	}
	return time.Unix(found, 0).UTC()
}

// floor divides towards minus infinity.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

var zones sync.Map // of *time.Location by name; the names are those of the zone database

// Zone gives the zone of an IANA name. Refused are names of no zone, those that
// mean something else on each machine, and abbreviations such as EST, which know
// no summer time.
func Zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	top, _, _ := strings.Cut(name, "/")
	if err != nil || slices.Contains([]string{"", "Local", "localtime", "posixrules", "Factory", "posix", "right", "EST", "MST", "HST"}, top) {
		return nil, refuse("TimeZoneId", "must be the name of an IANA time zone, such as Europe/Berlin or UTC")
	}
	zones.Store(name, z)
	return z, nil
}

// handOffs numbers the hand-offs of a recurrence from the day, week or month in
// which the rotation begins, whether they are before or after it begins.
type handOffs struct {
	every  int64   // so many days, weeks or months
	length int64   // of a period in seconds; 0 for months
	origin int64   // the wall time at which the first period begins; for months their number since 1970
	slots  []int64 // seconds since the period's beginning
	months [4][]int64
}

// newHandOffs takes the recurrence and the wall time at which the rotation begins.
func newHandOffs(r *tocsin.Recurrence, begins int64) handOffs {
	today := floor(begins, day)
	h := handOffs{every: int64(r.Multiplier), length: day, origin: today * day}
	seconds := func(c tocsin.Clock) int64 { return int64(c.Minutes()) * minute }
	for _, at := range r.Daily {
		h.slots = append(h.slots, seconds(at))
	}
	for _, w := range r.Weekly {
		h.length = week
		weekday := int(today+4) % 7 // 1 January 1970 was a Thursday
		if weekday < 0 {
			weekday += 7
		}
		h.slots = append(h.slots, int64((int(w.Day)-weekday+7)%7)*day+seconds(w.At))
	}
	slices.Sort(h.slots)
	if len(r.Monthly) > 0 {
		h.length, h.origin = 0, monthOf(begins)
		for i := range h.months {
			for _, m := range r.Monthly {
				h.months[i] = append(h.months[i], int64(min(m.Day, 28+i)-1)*day+seconds(m.At))
			}
			slices.Sort(h.months[i])
		}
	}
	return h
}

// monthOf gives the number of a wall time's month since 1970.
func monthOf(wall int64) int64 {
	y, m, _ := time.Unix(wall, 0).UTC().Date()
	return int64(y-1970)*12 + int64(m-time.January)
}

// monthBegins gives the wall time at which a month begins.
func monthBegins(month int64) int64 {
	return time.Date(1970, time.January+time.Month(month), 1, 0, 0, 0, 0, time.UTC).Unix()
}

func (h *handOffs) perPeriod() int { return len(h.slots) + len(h.months[0]) }

// wall gives the wall time of the n-th hand-off.
func (h *handOffs) wall(n int) int64 {
	size := h.perPeriod()
	period, slot := int64(n/size)*h.every, n%size
	if h.length > 0 {
		return h.origin + period*h.length + h.slots[slot]
	}
	begins := monthBegins(h.origin + period)
	days := (monthBegins(h.origin+period+1) - begins) / day
	return begins + h.months[days-28][slot]
}

// about bounds the number of the first hand-off after a wall time.
func (h *handOffs) about(wall int64) (low, high int) {
	var period int64
	if h.length > 0 {
		period = floor(wall-h.origin, h.length)
	} else {
		period = monthOf(wall) - h.origin
	}
	turn := int(floor(period, h.every))
	return max(0, turn-1) * h.perPeriod(), max(1, turn+3) * h.perPeriod()
}

// coverage is when in a week somebody is on call.
type coverage struct {
	windows []window // in their order; none overlaps or touches the next
}

// window is a part of the week, in seconds since Monday 0:00.
type window struct{ from, length int64 }

// mondayZero is the Monday before 1970, as a wall time.
const mondayZero = -3 * day

// newCoverage gives nil where always somebody is on call.
func newCoverage(days map[time.Weekday][]tocsin.Coverage) *coverage {
	if len(days) == 0 {
		return nil
	}
	var all []window
	for weekday, parts := range days {
		for _, p := range parts {
			from := int64((int(weekday)+6)%7)*day + int64(p.Start.Minutes())*minute
			w := window{from, coverageLength(p)}
			all = append(all, window{w.from - week, w.length}, w, window{w.from + week, w.length})
		}
	}
	slices.SortFunc(all, func(a, b window) int { return cmp.Compare(a.from, b.from) })
	c := &coverage{}
	var joined window
	for _, w := range append(all, window{from: 3 * week}) {
		if w.from <= joined.from+joined.length && joined.length > 0 {
			joined.length = max(joined.length, w.from+w.length-joined.from)
			continue
		}
		if joined.length >= week {
			return nil
		}
		if joined.length > 0 && joined.from >= 0 && joined.from < week { // the others are those of the weeks before and after
			c.windows = append(c.windows, joined)
		}
		joined = w
	}
	return c
}

func coverageLength(p tocsin.Coverage) int64 {
	length := int64(p.End.Minutes()-p.Start.Minutes()) * minute
	if length <= 0 {
		length += day
	}
	return length
}

// occurrence gives the n-th window since the Monday before 1970, on the wall.
func (c *coverage) occurrence(n int64) (from, to int64) {
	size := int64(len(c.windows))
	w := c.windows[n-floor(n, size)*size]
	from = mondayZero + floor(n, size)*week + w.from
	return from, from + w.length
}

// touches tells whether the clocks jump over all that lies between the n-th window
// and the one before.
func (c *coverage) touches(n int64, zone *time.Location) bool {
	from, _ := c.occurrence(n)
	_, before := c.occurrence(n - 1)
	return from-before < day && !first(before, zone).Before(first(from, zone))
}

// parts lists the parts of a turn that are covered and have something in common
// with what is asked for; they are given whole, but for the turn's ends.
func (c *coverage) parts(turn, asked span, zone *time.Location) iter.Seq[span] {
	return func(yield func(span) bool) {
		in := turn.and(asked)
		switch {
		case in.empty():
			return
		case c == nil:
			yield(turn)
			return
		case len(c.windows) == 0:
			return
		}
		// A window that ended a day before by the wall is over on any night.
		since := wall(in.from, zone) - day
		n := floor(since-mondayZero, week)*int64(len(c.windows)) - int64(len(c.windows))
		n += int64(sort.Search(2*len(c.windows), func(i int) bool { _, to := c.occurrence(n + int64(i)); return to > since }))
		for c.touches(n, zone) {
			n--
		}
		var part span
		for ; ; n++ {
			from, to := c.occurrence(n)
			next := span{first(from, zone), first(to, zone)}
			if !next.from.After(part.to) { // the clocks jump over what lies between
				part.to = later(part.to, next.to)
				continue
			}
			if whole := part.and(turn); !whole.and(asked).empty() && !yield(whole) {
				return
			}
			if !next.from.Before(in.to) {
				return
			}
			part = next
		}
	}
}
