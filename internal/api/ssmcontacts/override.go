package ssmcontacts

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
)

// CreateRotationOverride puts other people in the place of whoever a rotation has
// on call for a time.
func (s *Server) CreateRotationOverride(ctx context.Context, in *wire.CreateRotationOverrideInput) (*wire.CreateRotationOverrideOutput, error) {
	out := &wire.CreateRotationOverrideOutput{}
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		out.RotationOverrideId, err = store.Once(tx, scope(tx, "CreateRotationOverride"), api.Text(in.IdempotencyToken), in, func() (string, error) {
			r, err := rotation(tx, in.RotationId)
			if err != nil {
				return "", err
			}
			o := &tocsin.Override{Account: tx.Account(), Region: r.Region, Rotation: r.ID, ID: tocsin.NewID(), Contacts: arns(in.NewContactIds),
				Start: in.StartTime.UTC(), End: in.EndTime.UTC(), Created: tx.Now()}
			return o.ID, engagement.AddOverride(tx, r, o)
		})
		return err
	})
	return out, err
}

// GetRotationOverride tells of an override.
func (s *Server) GetRotationOverride(ctx context.Context, in *wire.GetRotationOverrideInput) (*wire.GetRotationOverrideOutput, error) {
	out := &wire.GetRotationOverrideOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		o, err := tx.Override(r, in.RotationOverrideId)
		if err == nil && o == nil {
			err = tocsin.Missing(tocsin.TypeOverride, in.RotationOverrideId)
		}
		if err != nil {
			return err
		}
		*out = wire.GetRotationOverrideOutput{RotationOverrideId: &o.ID, RotationArn: new(string(r.ARN())), NewContactIds: texts(o.Contacts),
			StartTime: &o.Start, EndTime: &o.End, CreateTime: &o.Created}
		return nil
	})
	return out, err
}

// DeleteRotationOverride deletes an override: the rotation goes on as if it had
// not been.
func (s *Server) DeleteRotationOverride(ctx context.Context, in *wire.DeleteRotationOverrideInput) (*wire.DeleteRotationOverrideOutput, error) {
	return &wire.DeleteRotationOverrideOutput{}, s.update(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		return engagement.DeleteOverride(tx, r, in.RotationOverrideId)
	})
}

// ListRotationOverrides lists the overrides of a rotation that have a part between
// two instants, by their start.
func (s *Server) ListRotationOverrides(ctx context.Context, in *wire.ListRotationOverridesInput) (*wire.ListRotationOverridesOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, []any{in.RotationId, in.StartTime, in.EndTime})
	if err != nil {
		return nil, err
	}
	c, err := p.Cursor()
	if err != nil {
		return nil, err
	}
	if !in.StartTime.Before(in.EndTime) {
		const why = "must be after StartTime"
		return nil, tocsin.Refuse("Invalid value provided - EndTime "+why, tocsin.Field{Name: "EndTime", Message: why})
	}
	out := &wire.ListRotationOverridesOutput{}
	err = s.view(ctx, func(tx *store.Tx) error {
		r, err := rotation(tx, in.RotationId)
		if err != nil {
			return err
		}
		rows, err := tx.Overrides(r, in.StartTime, in.EndTime, c, p.Limit+1)
		out.RotationOverrides, out.NextToken = []wire.RotationOverride{}, nil
		for i, o := range rows {
			if i == p.Limit {
				out.NextToken = p.TokenAt(store.Cursor{Time: rows[i-1].Start, ID: rows[i-1].ID})
				break
			}
			out.RotationOverrides = append(out.RotationOverrides, wire.RotationOverride{RotationOverrideId: o.ID, NewContactIds: texts(o.Contacts),
				StartTime: o.Start, EndTime: o.End, CreateTime: o.Created})
		}
		return err
	})
	return out, err
}
