package ssmcontacts

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// oneTarget is the answer to a target that is not one thing.
func oneTarget(stage, target int) error {
	return tocsin.Refuse("Invalid value provided - a target must be exactly one of ChannelTargetInfo and ContactTargetInfo",
		tocsin.Field{Name: fmt.Sprintf("Plan.Stages[%d].Targets[%d]", stage, target), Message: "must have exactly one member"})
}

func planOf(in wire.Plan) (p tocsin.Plan, err error) {
	for i, st := range in.Stages {
		stage := tocsin.Stage{Minutes: st.DurationInMinutes, Targets: []tocsin.StageTarget{}}
		for j, t := range st.Targets {
			switch {
			case (t.ChannelTargetInfo == nil) == (t.ContactTargetInfo == nil):
				return p, oneTarget(i, j)
			case t.ChannelTargetInfo != nil:
				target := tocsin.StageTarget{Channel: tocsin.ARN(t.ChannelTargetInfo.ContactChannelId)}
				if r := t.ChannelTargetInfo.RetryIntervalInMinutes; r != nil {
					target.RetryMinutes = *r
				}
				stage.Targets = append(stage.Targets, target)
			default:
				stage.Targets = append(stage.Targets, tocsin.StageTarget{Contact: tocsin.ARN(api.Text(t.ContactTargetInfo.ContactId)), Essential: t.ContactTargetInfo.IsEssential})
			}
		}
		p.Stages = append(p.Stages, stage)
	}
	for _, r := range in.RotationIds {
		p.Rotations = append(p.Rotations, tocsin.ARN(r))
	}
	return p, nil
}

func wirePlan(c *tocsin.Contact) wire.Plan {
	var out wire.Plan
	if c.Type != tocsin.OnCall {
		out.Stages = []wire.Stage{}
	}
	for _, st := range c.Plan.Stages {
		stage := wire.Stage{DurationInMinutes: st.Minutes, Targets: []wire.Target{}}
		for _, t := range st.Targets {
			if t.Channel != "" {
				stage.Targets = append(stage.Targets, wire.Target{ChannelTargetInfo: &wire.ChannelTargetInfo{ContactChannelId: string(t.Channel), RetryIntervalInMinutes: &t.RetryMinutes}})
				continue
			}
			stage.Targets = append(stage.Targets, wire.Target{ContactTargetInfo: &wire.ContactTargetInfo{ContactId: api.Optional(string(t.Contact)), IsEssential: t.Essential}})
		}
		out.Stages = append(out.Stages, stage)
	}
	for _, r := range c.Plan.Rotations {
		out.RotationIds = append(out.RotationIds, string(r))
	}
	return out
}

// CreateContact makes a person, an escalation plan or an on-call schedule. What
// its plan names need not exist yet.
func (s *Server) CreateContact(ctx context.Context, in *wire.CreateContactInput) (*wire.CreateContactOutput, error) {
	p, err := planOf(in.Plan)
	if err == nil {
		err = engagement.CheckPlan(tocsin.ContactType(in.Type), p)
	}
	if err != nil {
		return nil, err
	}
	given, err := tags(in.Tags)
	if err != nil {
		return nil, err
	}
	if p.Options, err = tocsin.ParseOptions(tocsin.ContactType(in.Type), given); err != nil {
		return nil, err
	}
	var arn string
	err = s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, scope(tx, "CreateContact"), api.Text(in.IdempotencyToken), in, func() (string, error) {
			c := &tocsin.Contact{Account: tx.Account(), Region: tx.Region(), Alias: in.Alias, Type: tocsin.ContactType(in.Type), DisplayName: api.Text(in.DisplayName),
				Plan: p, Created: tx.Now()}
			made, err := tx.InsertContact(c)
			if err != nil {
				return "", err
			}
			if !made {
				return "", tocsin.Clash(tocsin.TypeContact, string(c.ARN()), "A contact with this alias exists already.")
			}
			return string(c.ARN()), api.PutTags(tx, c.ARN(), given)
		})
		return err
	})
	return &wire.CreateContactOutput{ContactArn: arn}, err
}

// GetContact tells of a contact and its plan.
func (s *Server) GetContact(ctx context.Context, in *wire.GetContactInput) (*wire.GetContactOutput, error) {
	out := &wire.GetContactOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactId)
		if err == nil {
			*out = wire.GetContactOutput{ContactArn: string(c.ARN()), Alias: c.Alias, DisplayName: &c.DisplayName, Type: wire.ContactType(c.Type), Plan: wirePlan(c)}
		}
		return err
	})
	return out, err
}

// UpdateContact changes a contact's display name and plan; what is absent stays.
func (s *Server) UpdateContact(ctx context.Context, in *wire.UpdateContactInput) (*wire.UpdateContactOutput, error) {
	return &wire.UpdateContactOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactId)
		if err != nil {
			return err
		}
		if in.DisplayName != nil {
			c.DisplayName = *in.DisplayName
		}
		if in.Plan != nil {
			p, err := planOf(*in.Plan)
			if err != nil {
				return err
			}
			p.Options = c.Plan.Options // those are tags
			if err := engagement.CheckPlan(c.Type, p); err != nil {
				return err
			}
			c.Plan = p
		}
		return engagement.SavePlan(tx, c)
	})
}

// DeleteContact deletes a contact and its channels; plans that name it stay, and
// who takes turns in a rotation cannot be deleted.
func (s *Server) DeleteContact(ctx context.Context, in *wire.DeleteContactInput) (*wire.DeleteContactOutput, error) {
	return &wire.DeleteContactOutput{}, s.update(ctx, func(tx *store.Tx) error {
		c, err := contact(tx, in.ContactId)
		if err != nil {
			return err
		}
		return engagement.DeleteContact(tx, c)
	})
}

// ListContacts lists the region's contacts by alias. An account without a
// replication set has none: clients ask so before they make one.
func (s *Server) ListContacts(ctx context.Context, in *wire.ListContactsInput) (*wire.ListContactsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, []any{in.AliasPrefix, in.Type})
	if err != nil {
		return nil, err
	}
	prefix := api.Text(in.AliasPrefix)
	fits := func(c *tocsin.Contact) bool {
		return strings.HasPrefix(c.Alias, prefix) && (in.Type == nil || string(*in.Type) == string(c.Type))
	}
	out := &wire.ListContactsOutput{Contacts: []wire.Contact{}}
	err = s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if err := incident.Ready(tx); tocsin.KindOf(err) == tocsin.Invalid {
			return nil
		} else if err != nil {
			return err
		}
		rows, more, err := api.Scan(p.Limit, store.Cursor{ID: p.After}, func(c store.Cursor, n int) ([]*tocsin.Contact, error) { return tx.Contacts(c.ID, n) },
			func(c *tocsin.Contact) store.Cursor { return store.Cursor{ID: c.Alias} }, fits)
		for _, c := range rows {
			out.Contacts = append(out.Contacts, wire.Contact{ContactArn: string(c.ARN()), Alias: c.Alias, DisplayName: &c.DisplayName, Type: wire.ContactType(c.Type)})
		}
		if more {
			out.NextToken = p.Token(rows[len(rows)-1].Alias)
		}
		return err
	})
	return out, err
}

// tags reads tags. The model leaves a tag's key and value optional; one without
// them is refused here, as is a key that stands twice.
func tags(in []wire.Tag) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for i, t := range in {
		at := fmt.Sprintf("Tags[%d]", i)
		_, twice := out[api.Text(t.Key)]
		switch {
		case t.Key == nil:
			return nil, badTag(at+".Key", "is missing")
		case t.Value == nil:
			return nil, badTag(at+".Value", "is missing")
		case strings.HasPrefix(*t.Key, "aws:"):
			return nil, badTag(at+".Key", "must not start with aws:")
		case twice:
			return nil, badTag(at+".Key", "stands twice")
		}
		out[*t.Key] = *t.Value
	}
	return out, nil
}

func badTag(at, why string) error {
	return tocsin.Refuse("Invalid value provided - "+at+" "+why, tocsin.Field{Name: at, Message: why})
}

// taggable refuses ARNs that name neither a contact nor a rotation.
func taggable(tx *store.Tx, arn string) error {
	var err error
	if tocsin.ARN(arn).Kind() == "rotation" {
		_, err = rotation(tx, arn)
	} else {
		_, err = contact(tx, arn)
	}
	return err
}

// retagged has a contact's plan follow the options that its tags set.
func retagged(tx *store.Tx, arn string) error {
	if tocsin.ARN(arn).Kind() != "contact" {
		return nil
	}
	c, err := contact(tx, arn)
	if err != nil {
		return err
	}
	all, err := tx.Tags(c.ARN())
	if err != nil {
		return err
	}
	o, err := tocsin.ParseOptions(c.Type, all)
	if err != nil || reflect.DeepEqual(o, c.Plan.Options) {
		return err
	}
	c.Plan.Options = o
	return engagement.SavePlan(tx, c)
}

// TagResource adds tags to a contact or a rotation.
func (s *Server) TagResource(ctx context.Context, in *wire.TagResourceInput) (*wire.TagResourceOutput, error) {
	given, err := tags(in.Tags)
	if err != nil {
		return nil, err
	}
	return &wire.TagResourceOutput{}, s.update(ctx, func(tx *store.Tx) error {
		if err := taggable(tx, in.ResourceARN); err != nil {
			return err
		}
		if err := api.PutTags(tx, tocsin.ARN(in.ResourceARN), given); err != nil {
			return err
		}
		return retagged(tx, in.ResourceARN)
	})
}

// UntagResource removes tags; missing ones are no error.
func (s *Server) UntagResource(ctx context.Context, in *wire.UntagResourceInput) (*wire.UntagResourceOutput, error) {
	return &wire.UntagResourceOutput{}, s.update(ctx, func(tx *store.Tx) error {
		err := taggable(tx, in.ResourceARN)
		for _, k := range in.TagKeys {
			if err == nil {
				err = tx.DeleteTag(tocsin.ARN(in.ResourceARN), k)
			}
		}
		if err != nil {
			return err
		}
		return retagged(tx, in.ResourceARN)
	})
}

// ListTagsForResource lists the tags of a contact or a rotation.
func (s *Server) ListTagsForResource(ctx context.Context, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	out := &wire.ListTagsForResourceOutput{Tags: []wire.Tag{}}
	err := s.view(ctx, func(tx *store.Tx) error {
		if err := taggable(tx, in.ResourceARN); err != nil {
			return err
		}
		have, err := tx.Tags(tocsin.ARN(in.ResourceARN))
		if err != nil {
			return err
		}
		for _, k := range sorted(have) {
			out.Tags = append(out.Tags, wire.Tag{Key: new(k), Value: new(have[k])})
		}
		return nil
	})
	return out, err
}
