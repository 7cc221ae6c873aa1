package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

type onCallCmd struct {
	endpointFlag
	Schedule string `help:"A schedule, by alias or ARN; all schedules if left out." xor:"whose" placeholder:"SCHEDULE"`
	Person   string `help:"With --calendar: a person, by alias or ARN." xor:"whose" placeholder:"PERSON"`
	At       string `help:"When: RFC 3339, or 2006-01-02T15:04 in local time; now if left out." placeholder:"TIME"`
	Calendar bool   `help:"Print the URL of the calendar (iCalendar) of --schedule or --person; whoever has it can read the calendar."`
	Reset    bool   `help:"With --calendar: end the URLs that were given out, and print a new one."`
	JSON     bool   `help:"Print one JSON array."`
}

// Help shows an example.
func (onCallCmd) Help() string {
	return "Tells who is on call by each schedule, by which rotation or override, until when, and who next. The exit code is 1 if nobody is on call by one of them. " +
		"docs/on-call.md tells more.\n\nExample: tocsin oncall --schedule security\nExample: tocsin oncall --calendar --person alice"
}

// onCallAnswer is the server's answer.
type onCallAnswer struct {
	Time      float64
	Schedules []onCallSchedule
}

type onCallSchedule struct {
	ContactArn, ContactName string
	OnCall, Next            []duty
	NextTime                *float64
	Gaps                    []dutyGap
}

type duty struct {
	ContactArns, ContactNames             []string
	RotationArn, RotationName, TimeZoneId string
	StartTime, EndTime                    float64
	Type, RotationOverrideId              string
	OverriddenContactArns                 []string
}

type dutyGap struct{ StartTime, EndTime float64 }

// scheduleOut is a schedule as --json prints it: a contract with scripts.
type scheduleOut struct {
	Schedule string     `json:"schedule"` // its alias
	ARN      string     `json:"arn"`
	Name     string     `json:"name"`
	OnCall   []shiftOut `json:"onCall"`
	NextTime *time.Time `json:"nextTime"` // null where nobody else is within a year
	Next     []shiftOut `json:"next"`
	Gaps     []gapOut   `json:"gaps"`
}

type shiftOut struct {
	People      []string  `json:"people"` // names; none where an override says so
	ARNs        []string  `json:"arns"`
	Rotation    string    `json:"rotation"`
	RotationARN string    `json:"rotationArn"`
	Type        string    `json:"type"` // REGULAR, OVERRIDDEN
	Override    string    `json:"override"`
	Instead     []string  `json:"instead"` // ARNs
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
}

type gapOut struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

func (s *onCallSchedule) out() scheduleOut {
	o := scheduleOut{Schedule: alias(s.ContactArn), ARN: s.ContactArn, Name: s.ContactName, OnCall: shiftsOut(s.OnCall), Next: shiftsOut(s.Next), Gaps: []gapOut{}}
	if s.NextTime != nil {
		o.NextTime = new(wireTime(*s.NextTime))
	}
	for _, g := range s.Gaps {
		o.Gaps = append(o.Gaps, gapOut{wireTime(g.StartTime), wireTime(g.EndTime)})
	}
	return o
}

func shiftsOut(all []duty) []shiftOut {
	out := []shiftOut{}
	for _, d := range all {
		out = append(out, shiftOut{append([]string{}, d.ContactNames...), append([]string{}, d.ContactArns...), d.RotationName, d.RotationArn, d.Type, d.RotationOverrideId,
			append([]string{}, d.OverriddenContactArns...), wireTime(d.StartTime), wireTime(d.EndTime)})
	}
	return out
}

// wireTime reads an instant of the wire.
func wireTime(seconds float64) time.Time { return time.UnixMicro(int64(seconds * 1e6)).UTC() }

// Run asks the server who is on call.
func (c *onCallCmd) Run(ctx context.Context, std streams) error {
	if c.Calendar {
		return c.calendar(ctx, std)
	}
	if c.Person != "" || c.Reset {
		return &exitError{exitWrong, "--person and --reset go with --calendar"}
	}
	in := map[string]any{}
	if c.Schedule != "" {
		in["ContactId"] = c.Schedule
	}
	if c.At != "" {
		at, err := parseTime(c.At)
		if err != nil {
			return &exitError{exitWrong, "--at: " + err.Error()}
		}
		in["Time"] = at.Unix()
	}
	var out onCallAnswer
	if err := c.call(ctx, "ListOnCall", in, &out); err != nil {
		return err
	}
	if c.JSON {
		all := []scheduleOut{}
		for i := range out.Schedules {
			all = append(all, out.Schedules[i].out())
		}
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(all); err != nil {
			return err
		}
	} else {
		for i := range out.Schedules {
			out.Schedules[i].print(std)
		}
	}
	return out.verdict()
}

// verdict is the answer no where somebody should be on call and is not.
func (a *onCallAnswer) verdict() error {
	var none []string
	for _, s := range a.Schedules {
		if !staffed(s.OnCall) {
			none = append(none, alias(s.ContactArn))
		}
	}
	switch {
	case len(a.Schedules) == 0:
		return &exitError{exitNo, "there is no on-call schedule"}
	case len(none) > 0:
		return &exitError{exitNo, "nobody is on call by " + strings.Join(none, ", ")}
	}
	return nil
}

// staffed tells whether there is somebody in one of the shifts.
func staffed(all []duty) bool {
	for _, d := range all {
		if len(d.ContactArns) > 0 {
			return true
		}
	}
	return false
}

func (c *onCallCmd) calendar(ctx context.Context, std streams) error {
	whose := cmp.Or(c.Schedule, c.Person)
	if whose == "" || c.At != "" || c.JSON {
		return &exitError{exitWrong, "--calendar needs --schedule or --person, and takes neither --at nor --json"}
	}
	op := "GetCalendarUrl"
	if c.Reset {
		op = "ResetCalendarUrl"
	}
	var out struct{ Url string }
	if err := c.call(ctx, op, map[string]any{"ContactId": whose}, &out); err != nil {
		return err
	}
	_, err := fmt.Fprintln(std.out, out.Url)
	return err
}

func (s *onCallSchedule) print(std streams) {
	fmt.Fprintln(std.out, cmp.Or(s.ContactName, alias(s.ContactArn)))
	printDuties(std, "now ", s.OnCall)
	if s.NextTime != nil {
		fmt.Fprintf(std.out, "  from %s\n", clockTime(*s.NextTime))
		printDuties(std, "next", s.Next)
	}
	for i, g := range s.Gaps {
		if i == 3 {
			fmt.Fprintf(std.out, "  … and %d more %s within 14 days\n", len(s.Gaps)-i, plural(len(s.Gaps)-i, "gap", "gaps"))
			break
		}
		fmt.Fprintf(std.out, "  nobody from %s to %s\n", clockTime(g.StartTime), clockTime(g.EndTime))
	}
}

func printDuties(std streams, when string, all []duty) {
	if len(all) == 0 {
		fmt.Fprintf(std.out, "  %s nobody\n", when)
	}
	for _, d := range all {
		why := "rotation " + d.RotationName
		if d.RotationOverrideId != "" {
			var instead []string
			for _, arn := range d.OverriddenContactArns {
				instead = append(instead, alias(arn))
			}
			why += ", override for " + strings.Join(instead, ", ")
		}
		fmt.Fprintf(std.out, "  %s %s until %s (%s)\n", when, cmp.Or(strings.Join(d.ContactNames, ", "), "nobody"), clockTime(d.EndTime), why)
	}
}

// clockTime writes an instant of the wire in local time.
func clockTime(seconds float64) string {
	return wireTime(seconds).Local().Format("Mon 2 Jan 15:04 MST")
}
