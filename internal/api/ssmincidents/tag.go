package ssmincidents

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// taggable refuses ARNs that name nothing of this service in the account.
func taggable(tx *store.Tx, arn tocsin.ARN) error {
	var err error
	switch arn.Kind() {
	case "response-plan":
		_, err = plan(tx, arn)
	case "incident-record":
		_, err = incident.Get(tx, arn)
	case "replication-set":
		_, err = incident.Set(tx, arn)
	default:
		err = tocsin.Refuse("The resourceArn names nothing that has tags.")
	}
	return err
}

// TagResource adds tags to a response plan, an incident or the replication set.
func (s *Server) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	arn := tocsin.ARN(in.ResourceArn)
	return &wire.TagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := taggable(tx, arn); err != nil {
			return err
		}
		return api.PutTags(tx, arn, in.Tags)
	})
}

// UntagResource removes tags; missing ones are no error.
func (s *Server) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	arn := tocsin.ARN(in.ResourceArn)
	return &wire.UntagResourceOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := taggable(tx, arn); err != nil {
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

// ListTagsForResource lists a resource's tags.
func (s *Server) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	out := &wire.ListTagsForResourceOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		if err := taggable(tx, tocsin.ARN(in.ResourceArn)); err != nil {
			return err
		}
		out.Tags, err = tx.Tags(tocsin.ARN(in.ResourceArn))
		return err
	})
	return out, err
}
