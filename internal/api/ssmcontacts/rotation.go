package ssmcontacts

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/oncall"
	"github.com/tocsin-io/tocsin/internal/store"
)

// days are AWS's names of the days, by time.Weekday.
var days = []wire.DayOfWeek{wire.DayOfWeekSun, wire.DayOfWeekMon, wire.DayOfWeekTue, wire.DayOfWeekWed, wire.DayOfWeekThu, wire.DayOfWeekFri, wire.DayOfWeekSat}

func weekday(d wire.DayOfWeek) time.Weekday { return time.Weekday(slices.Index(days, d)) }

func clockOf(in wire.HandOffTime) tocsin.Clock {
	return tocsin.Clock{Hour: in.HourOfDay, Minute: in.MinuteOfHour}
}

func wireClock(c tocsin.Clock) wire.HandOffTime {
	return wire.HandOffTime{HourOfDay: c.Hour, MinuteOfHour: c.Minute}
}

func recurrenceOf(in wire.RecurrenceSettings) (tocsin.Recurrence, error) {
	out := tocsin.Recurrence{Multiplier: in.RecurrenceMultiplier, OnCalls: in.NumberOfOnCalls}
	for _, d := range in.DailySettings {
		out.Daily = append(out.Daily, clockOf(d))
	}
	for _, w := range in.WeeklySettings {
		out.Weekly = append(out.Weekly, tocsin.WeeklyHandOff{Day: weekday(w.DayOfWeek), At: clockOf(w.HandOffTime)})
	}
	for _, m := range in.MonthlySettings {
		out.Monthly = append(out.Monthly, tocsin.MonthlyHandOff{Day: m.DayOfMonth, At: clockOf(m.HandOffTime)})
	}
	for d, times := range in.ShiftCoverages {
		parts := []tocsin.Coverage{}
		for i, c := range times {
			if c.Start == nil || c.End == nil {
				at := fmt.Sprintf("Recurrence.ShiftCoverages.%s[%d]", d, i)
				return out, tocsin.Refuse("Invalid value provided - "+at+" must have Start and End", tocsin.Field{Name: at, Message: "must have Start and End"})
			}
			parts = append(parts, tocsin.Coverage{Start: clockOf(*c.Start), End: clockOf(*c.End)})
		}
		if out.Coverage == nil {
			out.Coverage = map[time.Weekday][]tocsin.Coverage{}
		}
		out.Coverage[weekday(d)] = parts
	}
	return out, nil
}

func wireRecurrence(r tocsin.Recurrence) wire.RecurrenceSettings {
	out := wire.RecurrenceSettings{RecurrenceMultiplier: r.Multiplier, NumberOfOnCalls: r.OnCalls}
	for _, d := range r.Daily {
		out.DailySettings = append(out.DailySettings, wireClock(d))
	}
	for _, w := range r.Weekly {
		out.WeeklySettings = append(out.WeeklySettings, wire.WeeklySetting{DayOfWeek: days[w.Day], HandOffTime: wireClock(w.At)})
	}
	for _, m := range r.Monthly {
		out.MonthlySettings = append(out.MonthlySettings, wire.MonthlySetting{DayOfMonth: m.Day, HandOffTime: wireClock(m.At)})
	}
	for d, parts := range r.Coverage {
		times := []wire.CoverageTime{}
		for _, p := range parts {
			times = append(times, wire.CoverageTime{Start: new(wireClock(p.Start)), End: new(wireClock(p.End))})
		}
		if out.ShiftCoverages == nil {
			out.ShiftCoverages = map[wire.DayOfWeek][]wire.CoverageTime{}
		}
		out.ShiftCoverages[days[d]] = times
	}
	return out
}

func arns(in []string) []tocsin.ARN {
	out := make([]tocsin.ARN, len(in))
	for i, s := range in {
		out[i] = tocsin.ARN(s)
	}
	return out
}

func texts(in []tocsin.ARN) []string {
	out := make([]string, len(in))
	for i, a := range in {
		out[i] = string(a)
	}
	return out
}

// CreateRotation makes a rotation. What its schedules are is said by their plans.
func (s *Server) CreateRotation(ctx context.Context, in *wire.CreateRotationInput) (*wire.CreateRotationOutput, error) {
	recurrence, err := recurrenceOf(in.Recurrence)
	if err != nil {
		return nil, err
	}
	given, err := tags(in.Tags)
	if err != nil {
		return nil, err
	}
	var arn string
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, scope(tx, "CreateRotation"), api.Text(in.IdempotencyToken), in, func() (string, error) {
			r := &tocsin.Rotation{Account: tx.Account(), Region: tx.Region(), ID: tocsin.NewID(), Name: in.Name, Contacts: arns(in.ContactIds), Start: instant(in.StartTime),
				Zone: in.TimeZoneId, Recurrence: recurrence, Created: tx.Now(), Modified: tx.Now()}
			if err := engagement.AddRotation(tx, r); err != nil {
				return "", err
			}
			return string(r.ARN()), api.PutTags(tx, r.ARN(), given)
		})
		return err
	})
	return &wire.CreateRotationOutput{RotationArn: arn}, err
}

// GetRotation tells of a rotation. StartTime is left out where none was given:
// clients compare it with what they have sent.
func (s *Server) GetRotation(ctx context.Context, in *wire.GetRotationInput) (*wire.GetRotationOutput, error) {
	out := &wire.GetRotationOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err == nil {
			*out = wire.GetRotationOutput{RotationArn: string(r.ARN()), Name: r.Name, ContactIds: texts(r.Contacts), StartTime: api.OptionalTime(r.Start),
				TimeZoneId: r.Zone, Recurrence: wireRecurrence(r.Recurrence)}
		}
		return err
	})
	return out, err
}

// UpdateRotation changes a rotation; but for Recurrence, what is absent stays.
func (s *Server) UpdateRotation(ctx context.Context, in *wire.UpdateRotationInput) (*wire.UpdateRotationOutput, error) {
	recurrence, err := recurrenceOf(in.Recurrence)
	if err != nil {
		return nil, err
	}
	return &wire.UpdateRotationOutput{}, s.update(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		r.Recurrence = recurrence
		if in.ContactIds != nil {
			r.Contacts = arns(in.ContactIds)
		}
		if in.StartTime != nil {
			r.Start = instant(in.StartTime)
		}
		if in.TimeZoneId != nil {
			r.Zone = *in.TimeZoneId
		}
		return engagement.SaveRotation(tx, r)
	})
}

// DeleteRotation deletes a rotation and takes it out of all schedules.
func (s *Server) DeleteRotation(ctx context.Context, in *wire.DeleteRotationInput) (*wire.DeleteRotationOutput, error) {
	return &wire.DeleteRotationOutput{}, s.update(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		return engagement.DeleteRotation(tx, r)
	})
}

// ListRotations lists the region's rotations by name.
func (s *Server) ListRotations(ctx context.Context, in *wire.ListRotationsInput) (*wire.ListRotationsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.RotationNamePrefix)
	if err != nil {
		return nil, err
	}
	prefix := api.Text(in.RotationNamePrefix)
	out := &wire.ListRotationsOutput{Rotations: []wire.Rotation{}}
	place := func(r *tocsin.Rotation) store.Cursor { return store.Cursor{ID: r.ID + "/" + r.Name} }
	err = s.view(ctx, func(tx *store.Tx) error {
		rows, more, err := api.Scan(p.Limit, store.Cursor{ID: p.After}, func(c store.Cursor, n int) ([]*tocsin.Rotation, error) {
			id, after, _ := strings.Cut(c.ID, "/")
			return tx.Rotations(after, id, n)
		}, place, func(r *tocsin.Rotation) bool { return strings.HasPrefix(r.Name, prefix) })
		out.Rotations = out.Rotations[:0]
		for _, r := range rows {
			out.Rotations = append(out.Rotations, wire.Rotation{RotationArn: string(r.ARN()), Name: r.Name, ContactIds: texts(r.Contacts), StartTime: api.OptionalTime(r.Start),
				TimeZoneId: &r.Zone, Recurrence: new(wireRecurrence(r.Recurrence))})
		}
		if more {
			out.NextToken = p.Token(place(rows[len(rows)-1]).ID)
		}
		return err
	})
	return out, err
}

// ListRotationShifts lists the shifts of a rotation that have a part between two
// instants, whole; from now where no StartTime is given.
func (s *Server) ListRotationShifts(ctx context.Context, in *wire.ListRotationShiftsInput) (*wire.ListRotationShiftsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, []any{in.RotationId, in.StartTime, in.EndTime})
	if err != nil {
		return nil, err
	}
	out := &wire.ListRotationShiftsOutput{}
	err = s.view(ctx, func(tx *store.Tx) error {
		word, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		overrides, err := tx.OverridesSince(word, time.Time{})
		if err != nil {
			return err
		}
		r, err := oncall.New(word, overrides...)
		if err != nil {
			return err
		}
		from := tx.Now()
		if in.StartTime != nil {
			from = instant(in.StartTime)
		}
		out.RotationShifts, out.NextToken, err = shifts(r, from, in.EndTime, p)
		return err
	})
	return out, err
}

// ListPreviewRotationShifts calculates shifts of a rotation that need not exist.
func (s *Server) ListPreviewRotationShifts(ctx context.Context, in *wire.ListPreviewRotationShiftsInput) (*wire.ListPreviewRotationShiftsOutput, error) {
	query := *in
	query.NextToken, query.MaxResults = nil, nil
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, query)
	if err != nil {
		return nil, err
	}
	overrides, err := previewOverrides(in.Overrides)
	if err != nil {
		return nil, err
	}
	word := &tocsin.Rotation{Contacts: arns(in.Members), Start: instant(in.RotationStartTime), Zone: in.TimeZoneId}
	if word.Recurrence, err = recurrenceOf(in.Recurrence); err != nil {
		return nil, err
	}
	out := &wire.ListPreviewRotationShiftsOutput{}
	err = s.view(ctx, func(tx *store.Tx) error {
		if word.Start.IsZero() {
			word.Start = instant(in.StartTime)
		}
		word.Created = tx.Now()
		r, err := oncall.New(word, overrides...)
		if err != nil {
			return err
		}
		from := word.Begins()
		if in.StartTime != nil {
			from = instant(in.StartTime)
		}
		out.RotationShifts, out.NextToken, err = shifts(r, from, in.EndTime, p)
		return err
	})
	return out, err
}

func previewOverrides(in []wire.PreviewOverride) (out []tocsin.Override, err error) {
	for i, o := range in {
		at := fmt.Sprintf("Overrides[%d]", i)
		if o.StartTime == nil || o.EndTime == nil || !o.StartTime.Before(*o.EndTime) {
			const why = "must have a StartTime and a later EndTime"
			return nil, tocsin.Refuse("Invalid value provided - "+at+" "+why, tocsin.Field{Name: at, Message: why})
		}
		out = append(out, tocsin.Override{ID: at, Contacts: arns(o.NewMembers), Start: instant(o.StartTime), End: instant(o.EndTime), Created: time.Unix(int64(i), 0)})
	}
	return out, nil
}

// shifts gives a page of the shifts that have a part between two instants. They
// follow one another, so a page goes on after the beginning of the last one.
func shifts(r *oncall.Rotation, from, to time.Time, p api.Page) ([]wire.RotationShift, *string, error) {
	if !from.Before(to) {
		const why = "must be after StartTime"
		return nil, nil, tocsin.Refuse("Invalid value provided - EndTime "+why, tocsin.Field{Name: "EndTime", Message: why})
	}
	c, err := p.Cursor()
	if err != nil {
		return nil, nil, err
	}
	if c.Time.After(from) {
		from = c.Time
	}
	out := []wire.RotationShift{}
	for shift := range r.Shifts(from, to.UTC()) {
		if !shift.Start.After(c.Time) && !c.Time.IsZero() {
			continue
		}
		if len(out) == p.Limit {
			return out, p.TokenAt(c), nil
		}
		w := wire.RotationShift{ContactIds: texts(shift.Contacts), StartTime: shift.Start, EndTime: shift.End, Type: new(wire.ShiftType(shift.Type))}
		if shift.Type == tocsin.Overridden {
			w.ShiftDetails = &wire.ShiftDetails{OverriddenContactIds: texts(shift.Instead)}
		}
		out = append(out, w)
		c = store.Cursor{Time: shift.Start}
	}
	return out, nil, nil
}
