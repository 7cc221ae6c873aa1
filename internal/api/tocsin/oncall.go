package tocsin

import (
	"context"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/oncall"
	"github.com/tocsin-io/tocsin/internal/store"
)

// How far ListOnCall looks for who is next, and for gaps.
const (
	nextWithin = 366 * 24 * time.Hour
	gapsWithin = 14 * 24 * time.Hour
)

// ListOnCall tells who is on call by one schedule, or by all of the account, and
// who next.
func (s *Server) ListOnCall(ctx context.Context, in *wire.ListOnCallInput) (*wire.ListOnCallOutput, error) {
	var out *wire.ListOnCallOutput
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := incident.Ready(tx); err != nil {
			return err
		}
		out = &wire.ListOnCallOutput{Time: tx.Now(), Schedules: []wire.OnCallSchedule{}}
		if in.Time != nil {
			out.Time = in.Time.UTC()
		}
		schedules, err := schedulesOf(tx, api.Text(in.ContactId))
		if err != nil {
			return err
		}
		names := names{}
		for _, c := range schedules {
			rotations, _, err := engagement.Rotations(tx, c, out.Time)
			if err != nil {
				return err
			}
			one, err := onCall(tx, c, rotations, out.Time, names)
			if err != nil {
				return err
			}
			out.Schedules = append(out.Schedules, one)
		}
		return nil
	})
	return out, err
}

// schedulesOf gives the schedule of a name, or all of the account.
func schedulesOf(tx *store.Tx, name string) (out []*tocsin.Contact, err error) {
	if name == "" {
		all, err := tx.AllContacts()
		for _, c := range all {
			if c.Type == tocsin.OnCall {
				out = append(out, c)
			}
		}
		return out, err
	}
	c, err := namedContact(tx, name)
	if err != nil {
		return nil, err
	}
	if c.Type != tocsin.OnCall {
		return nil, tocsin.Refuse("Invalid value provided - ContactId is not an on-call schedule", tocsin.Field{Name: "ContactId", Message: "must be of type ONCALL_SCHEDULE"})
	}
	return []*tocsin.Contact{c}, nil
}

func onCall(tx *store.Tx, c *tocsin.Contact, s oncall.Schedule, at time.Time, names names) (out wire.OnCallSchedule, err error) {
	out = wire.OnCallSchedule{ContactArn: string(c.ARN()), ContactName: new(displayName(c)), Gaps: []wire.OnCallGap{}}
	if out.OnCall, err = names.duties(tx, oncall.At(s, at)); err != nil {
		return out, err
	}
	if when, next, ok := oncall.Next(s, at, at.Add(nextWithin)); ok {
		out.NextTime = &when
		if out.Next, err = names.duties(tx, next); err != nil {
			return out, err
		}
	}
	for _, g := range oncall.Gaps(s, at, at.Add(gapsWithin)) {
		out.Gaps = append(out.Gaps, wire.OnCallGap{StartTime: g.Start, EndTime: g.End})
	}
	return out, nil
}

func displayName(c *tocsin.Contact) string {
	if c.DisplayName != "" {
		return c.DisplayName
	}
	return c.Alias
}

// names keeps what contacts are called.
type names map[tocsin.ARN]string

func (n names) of(tx *store.Tx, arn tocsin.ARN) (string, error) {
	if name, ok := n[arn]; ok {
		return name, nil
	}
	c, err := tx.Contact(arn)
	if err != nil {
		return "", err
	}
	n[arn] = arn.ID() // of one that is gone
	if c != nil {
		n[arn] = displayName(c)
	}
	return n[arn], nil
}

func (n names) duties(tx *store.Tx, all []oncall.Duty) ([]wire.Duty, error) {
	out := []wire.Duty{}
	for _, d := range all {
		people := oncall.People([]oncall.Duty{d})
		w := wire.Duty{ContactArns: texts(people), ContactNames: []string{}, RotationArn: string(d.Rotation.ARN()), RotationName: d.Rotation.Name, TimeZoneId: d.Rotation.Zone,
			StartTime: d.Start, EndTime: d.End, Type: string(d.Type), RotationOverrideId: api.Optional(d.Override)}
		if d.Type == tocsin.Overridden {
			w.OverriddenContactArns = texts(d.Instead)
		}
		for _, p := range people {
			name, err := n.of(tx, p)
			if err != nil {
				return nil, err
			}
			w.ContactNames = append(w.ContactNames, name)
		}
		out = append(out, w)
	}
	return out, nil
}
