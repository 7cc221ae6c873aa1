package guardduty

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/guardduty"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/store"
)

// tagged gives the ARN of what has tags: a detector of the caller's account and Region.
func tagged(tx *store.Tx, given string) (tocsin.ARN, error) {
	arn := tocsin.ARN(given)
	d, err := finding.Detector(tx, arn.ID())
	if err != nil {
		return arn, err
	}
	if d.ARN() != arn {
		return arn, tocsin.Refuse("The request is rejected because the parameter resourceArn has an invalid value: it names no detector of this account and Region.")
	}
	return arn, nil
}

// TagResource adds tags to a detector.
func (s *Server) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	return &wire.TagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		arn, err := tagged(tx, in.ResourceArn)
		if err != nil {
			return err
		}
		return api.PutTags(tx, arn, in.Tags)
	})
}

// UntagResource removes tags from a detector; missing ones are no error.
func (s *Server) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	return &wire.UntagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		arn, err := tagged(tx, in.ResourceArn)
		if err != nil {
			return err
		}
		for _, k := range in.TagKeys {
			if err := tx.DeleteTag(arn, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// ListTagsForResource lists a detector's tags.
func (s *Server) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	out := &wire.ListTagsForResourceOutput{}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		arn, err := tagged(tx, in.ResourceArn)
		if err != nil {
			return err
		}
		out.Tags, err = tx.Tags(arn)
		return err
	})
}
