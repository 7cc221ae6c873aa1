package oncall

import (
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Limits of rotations and overrides, as AWS has them.
const (
	maxContacts   = 30
	maxMultiplier = 100
	shortest      = 30 * time.Minute // shift, coverage, override
	monthsAhead   = 6                // until when an override may last
)

// Check is Invalid, naming the member of the request, where a rotation cannot be:
// its zone is unknown, it has no hand-offs or those of several kinds, two of them
// are less than 30 minutes apart, or it is covered for less than 30 minutes at a time.
func Check(r *tocsin.Rotation) error {
	if _, err := Zone(r.Zone); err != nil {
		return err
	}
	if n := len(r.Contacts); n < 1 || n > maxContacts {
		return refuse("ContactIds", fmt.Sprintf("must name from 1 to %d contacts", maxContacts))
	}
	c := &r.Recurrence
	switch {
	case c.Multiplier < 1 || c.Multiplier > maxMultiplier:
		return refuse("Recurrence.RecurrenceMultiplier", fmt.Sprintf("must be from 1 to %d", maxMultiplier))
	case c.OnCalls < 1:
		return refuse("Recurrence.NumberOfOnCalls", "must be at least 1")
	}
	if err := checkHandOffs(c); err != nil {
		return err
	}
	for _, weekday := range []time.Weekday{1, 2, 3, 4, 5, 6, 0} {
		for i, p := range c.Coverage[weekday] {
			at := fmt.Sprintf("Recurrence.ShiftCoverages.%s[%d]", dayName(weekday), i)
			if !isClock(p.Start) || !isClock(p.End) {
				return refuse(at, "must have hours from 0 to 23 and minutes from 0 to 59")
			}
			if coverageLength(p) < int64(shortest/time.Second) {
				return refuse(at, "must be at least 30 minutes long")
			}
		}
	}
	return nil
}

func isClock(c tocsin.Clock) bool {
	return c.Hour >= 0 && c.Hour <= 23 && c.Minute >= 0 && c.Minute <= 59
}

// dayName is AWS's name of a day.
func dayName(d time.Weekday) string {
	return []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}[d]
}

func checkHandOffs(c *tocsin.Recurrence) error {
	var member string
	var minutes []int // of all hand-offs, since the period's beginning
	cycle, kinds := 24*60, 0
	add := func(name string, day int, at tocsin.Clock) bool {
		member, minutes = name, append(minutes, 24*60*day+at.Minutes())
		return isClock(at)
	}
	fine := true
	for _, at := range c.Daily {
		fine = add("DailySettings", 0, at) && fine
	}
	for _, w := range c.Weekly {
		cycle = 7 * 24 * 60
		fine = add("WeeklySettings", int(w.Day), w.At) && fine && w.Day >= 0 && w.Day <= 6
	}
	for _, m := range c.Monthly {
		cycle = 31 * 24 * 60
		fine = add("MonthlySettings", m.Day-1, m.At) && fine && m.Day >= 1 && m.Day <= 31
	}
	for _, n := range []int{len(c.Daily), len(c.Weekly), len(c.Monthly)} {
		kinds += min(n, 1)
	}
	switch {
	case kinds != 1:
		return refuse("Recurrence", "must have exactly one of DailySettings, WeeklySettings and MonthlySettings")
	case !fine:
		return refuse("Recurrence."+member, "has a day or a time that does not exist")
	}
	slices.Sort(minutes)
	if c.Multiplier == 1 {
		minutes = append(minutes, minutes[0]+cycle)
	}
	for i := range minutes[1:] {
		if minutes[i+1]-minutes[i] < int(shortest/time.Minute) {
			return refuse("Recurrence."+member, "must be at least 30 minutes apart")
		}
	}
	return nil
}

// CheckOverride is Invalid, naming the member of the request, where an override
// cannot be made at an instant.
func CheckOverride(o *tocsin.Override, now time.Time) error {
	switch {
	case len(o.Contacts) > maxContacts:
		return refuse("NewContactIds", fmt.Sprintf("must name at most %d contacts", maxContacts))
	case o.End.Sub(o.Start) < shortest:
		return refuse("EndTime", "must be at least 30 minutes after StartTime")
	case o.End.After(now.AddDate(0, monthsAhead, 0)):
		return refuse("EndTime", fmt.Sprintf("must be at most %d months ahead", monthsAhead))
	}
	return nil
}

func refuse(field, why string) error {
	return tocsin.Refuse("Invalid value provided - "+field+" "+why, tocsin.Field{Name: field, Message: why})
}
