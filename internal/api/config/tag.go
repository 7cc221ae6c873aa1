package config

import (
	"context"
	"maps"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/config"
	"github.com/tocsin-io/tocsin/internal/store"
)

// tagMap reads tags; a key that stands twice is refused.
func tagMap(in []wire.Tag) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for _, t := range in {
		if t.Key == nil {
			return nil, tocsin.Refuse("A tag must have a Key.")
		}
		if _, twice := out[*t.Key]; twice {
			return nil, tocsin.Refuse("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		out[*t.Key] = api.Text(t.Value)
	}
	return out, nil
}

// tagged answers ResourceNotFoundException unless arn names a rule of the caller's.
func tagged(tx *store.Tx, arn tocsin.ARN) error {
	r, err := tx.ConfigRuleByID(arn.ID())
	if err == nil && (r == nil || r.ARN() != arn) {
		err = &wire.ResourceNotFoundException{Message: "ResourceArn '" + string(arn) + "' does not exist."}
	}
	return err
}

// TagResource adds tags to a rule, or changes them.
func (s *Server) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	arn := tocsin.ARN(in.ResourceArn)
	return &wire.TagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := tagged(tx, arn); err != nil {
			return err
		}
		return api.PutTags(tx, arn, tags)
	})
}

// UntagResource removes tags; missing ones are no error.
func (s *Server) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	arn := tocsin.ARN(in.ResourceArn)
	return &wire.UntagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := tagged(tx, arn); err != nil {
			return err
		}
		for _, key := range in.TagKeys {
			if err := tx.DeleteTag(arn, key); err != nil {
				return err
			}
		}
		return nil
	})
}

// ListTagsForResource lists a rule's tags by key.
func (s *Server) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.Limit, in.NextToken, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &wire.ListTagsForResourceOutput{}
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		arn := tocsin.ARN(in.ResourceArn)
		if err := tagged(tx, arn); err != nil {
			return err
		}
		tags, err := tx.Tags(arn)
		out.Tags, out.NextToken = []wire.Tag{}, nil
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			if key <= p.After {
				continue
			}
			if n := len(out.Tags); n == p.Limit {
				out.NextToken = p.Token(*out.Tags[n-1].Key)
				break
			}
			out.Tags = append(out.Tags, wire.Tag{Key: &key, Value: new(tags[key])})
		}
		return err
	})
	return out, err
}
