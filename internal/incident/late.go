package incident

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
)

// quiet is what the dedupe keys of incidents end with that nobody was engaged for,
// so that what happens now does not fold into one and wake nobody.
const quiet = " quiet"

// lateness says, for people, how late an event came: "late: happened
// 2026-11-20T03:04Z, came 2 days after". It is empty of one that did not.
func lateness(e *tocsin.Event) string {
	if e == nil || e.Late <= 0 {
		return ""
	}
	return "late: happened " + e.Time.UTC().Format("2006-01-02T15:04Z") + ", came " + span(e.Late) + " after"
}

// span says how long something takes, roughly.
func span(d time.Duration) string {
	n, unit := int(d.Minutes()), "minute"
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d >= 48*time.Hour:
		n, unit = int(d.Hours())/24, "day"
	case d >= 2*time.Hour:
		n, unit = int(d.Hours()), "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
