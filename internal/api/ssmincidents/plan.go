package ssmincidents

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/store"
)

// CreateResponsePlan makes a response plan. What it names (contacts, topics,
// documents) need not exist yet.
func (s *Server) CreateResponsePlan(ctx context.Context, in *wire.CreateResponsePlanInput) (*wire.CreateResponsePlanOutput, error) {
	t := in.IncidentTemplate
	p := &tocsin.ResponsePlan{Name: in.Name, DisplayName: api.Text(in.DisplayName), Engagements: arns(in.Engagements),
		Template: tocsin.Template{Title: t.Title, Impact: t.Impact, Summary: api.Text(t.Summary), Dedupe: api.Text(t.DedupeString), Tags: t.IncidentTags,
			NotificationTargets: topics(t.NotificationTargets)}}
	setChat(p, in.ChatChannel)
	if err := setOpaque(p, in.Actions, in.Integrations); err != nil {
		return nil, err
	}
	var arn string
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, name+":CreateResponsePlan", api.Text(in.ClientToken), in, func() (string, error) {
			p.Account, p.Created = tx.Account(), tx.Now()
			made, err := tx.InsertResponsePlan(p)
			if err != nil {
				return "", err
			}
			if !made {
				return "", tocsin.Clash(tocsin.TypeResponsePlan, string(p.ARN()), "A response plan with this name exists already.")
			}
			return string(p.ARN()), api.PutTags(tx, p.ARN(), in.Tags)
		})
		return err
	})
	return &wire.CreateResponsePlanOutput{Arn: arn}, err
}

func arns(in []string) []tocsin.ARN {
	out := make([]tocsin.ARN, len(in))
	for i, a := range in {
		out[i] = tocsin.ARN(a)
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

func topics(in []wire.NotificationTargetItem) []string {
	var out []string
	for _, n := range in {
		out = append(out, api.Text(n.SnsTopicArn))
	}
	return out
}

func wireTopics(in []string) []wire.NotificationTargetItem {
	out := make([]wire.NotificationTargetItem, len(in))
	for i := range in {
		out[i] = wire.NotificationTargetItem{SnsTopicArn: &in[i]}
	}
	return out
}

func setChat(p *tocsin.ResponsePlan, c *wire.ChatChannel) {
	if c != nil {
		p.ChatTopics, p.ChatEmpty = c.ChatbotSns, c.Empty != nil
	}
}

func wireChat(list []string, empty bool) *wire.ChatChannel {
	switch {
	case len(list) > 0:
		return &wire.ChatChannel{ChatbotSns: list}
	case empty:
		return &wire.ChatChannel{Empty: &wire.EmptyChatChannel{}}
	}
	return nil
}

// setOpaque keeps what is not acted on yet as it came; nil is unchanged.
func setOpaque(p *tocsin.ResponsePlan, actions []wire.Action, integrations []wire.Integration) (err error) {
	if actions != nil {
		if p.Actions, err = json.Marshal(actions); err != nil {
			return fmt.Errorf("keep actions: %w", err)
		}
	}
	if integrations != nil {
		if p.Integrations, err = json.Marshal(integrations); err != nil {
			return fmt.Errorf("keep integrations: %w", err)
		}
	}
	return nil
}

// plan gives the plan an ARN names, or a NotFound error.
func plan(tx *store.Tx, arn tocsin.ARN) (*tocsin.ResponsePlan, error) {
	p, err := tx.ResponsePlan(arn.ID())
	if err != nil {
		return nil, err
	}
	if p == nil || p.ARN() != arn {
		return nil, tocsin.Missing(tocsin.TypeResponsePlan, string(arn))
	}
	return p, nil
}

// GetResponsePlan tells of a response plan. Without a replication set there is
// none: clients that have deleted the set look whether the plan went with it.
func (s *Server) GetResponsePlan(ctx context.Context, in *wire.GetResponsePlanInput) (*wire.GetResponsePlanOutput, error) {
	out := &wire.GetResponsePlanOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		p, err := plan(tx, tocsin.ARN(in.Arn))
		if err != nil {
			return err
		}
		t := p.Template
		*out = wire.GetResponsePlanOutput{Arn: string(p.ARN()), Name: p.Name, DisplayName: api.Optional(p.DisplayName), Engagements: texts(p.Engagements),
			ChatChannel: wireChat(p.ChatTopics, p.ChatEmpty),
			IncidentTemplate: wire.IncidentTemplate{Title: t.Title, Impact: t.Impact, Summary: api.Optional(t.Summary), DedupeString: api.Optional(t.Dedupe),
				IncidentTags: t.Tags, NotificationTargets: wireTopics(t.NotificationTargets)}}
		if len(p.Actions) > 0 {
			if err := json.Unmarshal(p.Actions, &out.Actions); err != nil {
				return fmt.Errorf("kept actions: %w", err)
			}
		}
		if len(p.Integrations) > 0 {
			if err := json.Unmarshal(p.Integrations, &out.Integrations); err != nil {
				return fmt.Errorf("kept integrations: %w", err)
			}
		}
		return nil
	})
	return out, err
}

// ListResponsePlans lists the response plans by name.
func (s *Server) ListResponsePlans(ctx context.Context, in *wire.ListResponsePlansInput) (*wire.ListResponsePlansOutput, error) {
	l, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, nil)
	if err != nil {
		return nil, err
	}
	out := &wire.ListResponsePlansOutput{ResponsePlanSummaries: []wire.ResponsePlanSummary{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		all, err := tx.ResponsePlans(l.After, l.Limit+1)
		for i, p := range all {
			if i == l.Limit {
				out.NextToken = l.Token(all[i-1].Name)
				break
			}
			out.ResponsePlanSummaries = append(out.ResponsePlanSummaries, wire.ResponsePlanSummary{Arn: string(p.ARN()), Name: p.Name, DisplayName: api.Optional(p.DisplayName)})
		}
		return err
	})
	return out, err
}

// UpdateResponsePlan changes a response plan: what is absent stays, what is
// empty is cleared.
func (s *Server) UpdateResponsePlan(ctx context.Context, in *wire.UpdateResponsePlanInput) (*wire.UpdateResponsePlanOutput, error) {
	return &wire.UpdateResponsePlanOutput{}, s.once(ctx, "UpdateResponsePlan", in.ClientToken, in, ready(func(tx *store.Tx) error {
		p, err := plan(tx, tocsin.ARN(in.Arn))
		if err != nil {
			return err
		}
		change(&p.DisplayName, in.DisplayName)
		change(&p.Template.Title, in.IncidentTemplateTitle)
		change(&p.Template.Impact, in.IncidentTemplateImpact)
		change(&p.Template.Summary, in.IncidentTemplateSummary)
		change(&p.Template.Dedupe, in.IncidentTemplateDedupeString)
		if in.IncidentTemplateTags != nil {
			p.Template.Tags = in.IncidentTemplateTags
		}
		if in.IncidentTemplateNotificationTargets != nil {
			p.Template.NotificationTargets = topics(in.IncidentTemplateNotificationTargets)
		}
		if in.Engagements != nil {
			p.Engagements = arns(in.Engagements)
		}
		setChat(p, in.ChatChannel)
		if err := setOpaque(p, in.Actions, in.Integrations); err != nil {
			return err
		}
		return tx.UpdateResponsePlan(p)
	}))
}

func change[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}

// DeleteResponsePlan deletes a response plan; its incidents stay. A missing one
// is no error: AWS models none.
func (s *Server) DeleteResponsePlan(ctx context.Context, in *wire.DeleteResponsePlanInput) (*wire.DeleteResponsePlanOutput, error) {
	return &wire.DeleteResponsePlanOutput{}, s.update(ctx, func(tx *store.Tx) error {
		p, err := plan(tx, tocsin.ARN(in.Arn))
		if tocsin.KindOf(err) == tocsin.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = tx.DeleteResponsePlan(p.Name)
		return err
	})
}
