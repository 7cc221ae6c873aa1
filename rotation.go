package tocsin

import "time"

// Rotation has people take turns to be on call, from one hand-off to the next.
// Who is on call when follows from it by package oncall.
// Source: https://docs.aws.amazon.com/incident-manager/latest/APIReference/API_SSMContacts_Rotation.html
type Rotation struct {
	Account    Account
	Region     Region
	ID         string
	Name       string     // 1–255 of letters, digits, space and _ . -; cannot change
	Contacts   []ARN      // 1–30 people in the order of their turns; in previews, whatever names members
	Start      time.Time  // when the first shift begins; zero where none was given
	Zone       string     // IANA name of the zone in which hand-offs and coverage are told
	Recurrence Recurrence // when turns end
	Created    time.Time
	Modified   time.Time
}

// ARN is the rotation's name in the world.
func (r *Rotation) ARN() ARN { return RotationARN(r.Region, r.Account, r.ID) }

// Begins is the instant from which turns are counted: the start, or else the creation.
func (r *Rotation) Begins() time.Time {
	if r.Start.IsZero() {
		return r.Created
	}
	return r.Start
}

// Recurrence says when a rotation's hand-offs are and at what times of the week
// somebody is on call. Exactly one of Daily, Weekly and Monthly has entries.
type Recurrence struct {
	Daily      []Clock                     `json:"daily,omitempty"`
	Weekly     []WeeklyHandOff             `json:"weekly,omitempty"`
	Monthly    []MonthlyHandOff            `json:"monthly,omitempty"`
	Multiplier int                         `json:"multiplier"`         // 1–100: only the hand-offs of each N-th day, week or month count
	OnCalls    int                         `json:"onCalls"`            // ≥ 1: how many people are on call at once
	Coverage   map[time.Weekday][]Coverage `json:"coverage,omitempty"` // nil: always; else days that are missing are not covered
}

// Clock is a time of day, to the minute.
type Clock struct {
	Hour   int `json:"hour"`   // 0–23
	Minute int `json:"minute"` // 0–59
}

// Minutes since midnight.
func (c Clock) Minutes() int { return 60*c.Hour + c.Minute }

// WeeklyHandOff is a hand-off on a day of the week.
type WeeklyHandOff struct {
	Day time.Weekday `json:"day"`
	At  Clock        `json:"at"`
}

// MonthlyHandOff is a hand-off on a day of the month; in months that are too
// short, on their last day.
type MonthlyHandOff struct {
	Day int   `json:"day"` // 1–31
	At  Clock `json:"at"`
}

// Coverage is a part of a day in which somebody is on call. An end that is not
// after the start is on the next day; where both are equal it is 24 hours.
type Coverage struct {
	Start Clock `json:"start"`
	End   Clock `json:"end"`
}

// Override puts other people in the place of whoever a rotation has on call
// between two instants. Where several overlap, the one made last counts.
type Override struct {
	Account  Account
	Region   Region
	Rotation string // its ID
	ID       string
	Contacts []ARN     // 0–30; none means that nobody is on call
	Start    time.Time // inclusive
	End      time.Time // exclusive
	Created  time.Time
}

// ShiftType says whether a shift goes as its rotation has it.
type ShiftType string

// The types of shift.
const (
	Regular    ShiftType = "REGULAR"
	Overridden ShiftType = "OVERRIDDEN"
)

// Shift is a time in which the same people are on call by a rotation: one turn,
// or the part of it that coverage and overrides leave.
type Shift struct {
	Contacts []ARN
	Start    time.Time // inclusive, UTC
	End      time.Time // exclusive, UTC
	Type     ShiftType
	Instead  []ARN  // of OVERRIDDEN: who would have been on call
	Override string // of OVERRIDDEN: the override's ID
}

// RotationARN names a rotation.
func RotationARN(r Region, acct Account, id string) ARN {
	return MakeARN(ServiceContacts, r, acct, "rotation/"+id)
}
