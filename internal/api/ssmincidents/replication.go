package ssmincidents

import (
	"context"
	"maps"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// defaultKey is how a region without a customer's key is told.
const defaultKey = "DefaultKey"

// CreateReplicationSet makes the account's replication set.
func (s *Server) CreateReplicationSet(ctx context.Context, in *wire.CreateReplicationSetInput) (*wire.CreateReplicationSetOutput, error) {
	var regions []tocsin.ReplicationRegion
	for _, r := range slices.Sorted(maps.Keys(in.Regions)) {
		regions = append(regions, tocsin.ReplicationRegion{Region: tocsin.Region(r), KMSKey: kmsKey(in.Regions[r].SseKmsKeyId)})
	}
	var arn string
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, name+":CreateReplicationSet", api.Text(in.ClientToken), in, func() (string, error) {
			set, err := incident.CreateSet(tx, regions)
			if err != nil {
				return "", err
			}
			return string(set.ARN()), api.PutTags(tx, set.ARN(), in.Tags)
		})
		return err
	})
	return &wire.CreateReplicationSetOutput{Arn: arn}, err
}

func kmsKey(given *string) string {
	if k := api.Text(given); k != defaultKey {
		return k
	}
	return ""
}

// GetReplicationSet tells of the account's replication set.
func (s *Server) GetReplicationSet(ctx context.Context, in *wire.GetReplicationSetInput) (*wire.GetReplicationSetOutput, error) {
	out := &wire.GetReplicationSetOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		set, err := incident.Set(tx, tocsin.ARN(in.Arn))
		if err != nil {
			return err
		}
		out.ReplicationSet = wire.ReplicationSet{Arn: new(string(set.ARN())), CreatedBy: set.CreatedBy, CreatedTime: set.Created,
			DeletionProtected: set.Protected, LastModifiedBy: set.ModifiedBy, LastModifiedTime: set.Modified,
			Status: wire.ReplicationSetStatus(set.Status), RegionMap: map[string]wire.RegionInfo{}}
		for _, r := range set.Regions {
			key := r.KMSKey
			if key == "" {
				key = defaultKey
			}
			out.ReplicationSet.RegionMap[string(r.Region)] = wire.RegionInfo{SseKmsKeyId: &key, Status: wire.RegionStatus(r.Status),
				StatusMessage: api.Optional(r.Message), StatusUpdateDateTime: r.Updated}
		}
		return nil
	})
	return out, err
}

// ListReplicationSets lists the account's replication set, if it has one.
func (s *Server) ListReplicationSets(ctx context.Context, in *wire.ListReplicationSetsInput) (*wire.ListReplicationSetsOutput, error) {
	if _, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, nil); err != nil {
		return nil, err
	}
	out := &wire.ListReplicationSetsOutput{ReplicationSetArns: []string{}}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		set, err := tx.ReplicationSet()
		if set != nil {
			out.ReplicationSetArns = append(out.ReplicationSetArns, string(set.ARN()))
		}
		return err
	})
	return out, err
}

// UpdateReplicationSet adds or removes one region.
func (s *Server) UpdateReplicationSet(ctx context.Context, in *wire.UpdateReplicationSetInput) (*wire.UpdateReplicationSetOutput, error) {
	if len(in.Actions) != 1 {
		return nil, tocsin.Refuse("Exactly one action is needed.")
	}
	a := in.Actions[0]
	return &wire.UpdateReplicationSetOutput{}, s.once(ctx, "UpdateReplicationSet", in.ClientToken, in, func(tx *store.Tx) error {
		if add := a.AddRegionAction; add != nil {
			return incident.AddRegion(tx, tocsin.ARN(in.Arn), tocsin.Region(add.RegionName), kmsKey(add.SseKmsKeyId))
		}
		return incident.RemoveRegion(tx, tocsin.ARN(in.Arn), tocsin.Region(a.DeleteRegionAction.RegionName))
	})
}

// DeleteReplicationSet deletes the set and all of the account's data with it.
func (s *Server) DeleteReplicationSet(ctx context.Context, in *wire.DeleteReplicationSetInput) (*wire.DeleteReplicationSetOutput, error) {
	return &wire.DeleteReplicationSetOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		return incident.DeleteSet(tx, tocsin.ARN(in.Arn))
	})
}

// UpdateDeletionProtection turns the protection from deletion on or off.
func (s *Server) UpdateDeletionProtection(ctx context.Context, in *wire.UpdateDeletionProtectionInput) (*wire.UpdateDeletionProtectionOutput, error) {
	return &wire.UpdateDeletionProtectionOutput{}, s.once(ctx, "UpdateDeletionProtection", in.ClientToken, in, func(tx *store.Tx) error {
		return incident.Protect(tx, tocsin.ARN(in.Arn), in.DeletionProtected)
	})
}

// once runs a change that has no answer, at most once per token.
func (s *Server) once(ctx context.Context, op string, token *string, in any, fn func(*store.Tx) error) error {
	return s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		_, err := store.Once(tx, name+":"+op, api.Text(token), in, func() (struct{}, error) { return struct{}{}, fn(tx) })
		return err
	})
}
