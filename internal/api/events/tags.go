package events

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// tagMap reads tags; a key that stands twice is refused, and so is one that
// looks like ours and is not.
func tagMap(in []wire.Tag) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for _, t := range in {
		out[t.Key] = t.Value
	}
	if len(out) < len(in) {
		return nil, tocsin.Refuse("Invalid parameter: Duplicated keys are not allowed.")
	}
	return out, bus.CheckTags(out)
}

// tagged answers NotFound unless arn names a rule or bus of the caller that exists.
func tagged(tx *store.Tx, arn tocsin.ARN) error {
	if arn == busARN(tx.Who(), tocsin.DefaultBus) {
		return nil
	}
	name, ours := strings.CutPrefix(string(arn), string(tocsin.MakeARN(tocsin.ServiceEvents, tx.Region(), tx.Account(), "rule/")))
	if !ours {
		return &tocsin.Error{Kind: tocsin.NotFound, Message: "The resource " + string(arn) + " does not exist."}
	}
	on := tocsin.DefaultBus
	if before, after, split := strings.Cut(name, "/"); split {
		on, name = before, after
	}
	_, err := bus.Rule(tx, on, name)
	return err
}

// TagResource adds tags to a rule or bus, or changes them.
func (s *Server) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	tags, err := tagMap(in.Tags)
	if err != nil {
		return nil, err
	}
	arn := tocsin.ARN(in.ResourceARN)
	err = s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := tagged(tx, arn); err != nil {
			return err
		}
		return tx.PutTags(arn, tags)
	})
	return &wire.TagResourceOutput{}, err
}

// UntagResource removes tags from a rule or bus; those it has not are no error.
func (s *Server) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	arn := tocsin.ARN(in.ResourceARN)
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
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
	return &wire.UntagResourceOutput{}, err
}

// ListTagsForResource lists the tags of a rule or bus by key.
func (s *Server) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	out := &wire.ListTagsForResourceOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		arn := tocsin.ARN(in.ResourceARN)
		if err := tagged(tx, arn); err != nil {
			return err
		}
		tags, err := tx.Tags(arn)
		out.Tags = []wire.Tag{}
		for _, k := range slices.Sorted(maps.Keys(tags)) {
			out.Tags = append(out.Tags, wire.Tag{Key: k, Value: tags[k]})
		}
		return err
	})
	return out, err
}
