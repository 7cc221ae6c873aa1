package ssmincidents

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// StartIncident starts an incident by hand; a trigger that folds into an open
// one answers with that one's ARN.
func (s *Server) StartIncident(ctx context.Context, in *wire.StartIncidentInput) (*wire.StartIncidentOutput, error) {
	t := incident.Trigger{Plan: tocsin.ARN(in.ResponsePlanArn).ID(), Title: in.Title, Impact: in.Impact}
	if api.Text(in.Title) == "" { // clients send "" for what is not set
		t.Title = nil
	}
	if d := in.TriggerDetails; d != nil {
		if strings.HasPrefix(d.Source, "aws.") {
			return nil, tocsin.Refuse("The source of trigger details must not start with \"aws.\".")
		}
		t.Source, t.Resource, t.Raw, t.Seen = d.Source, api.Text(d.TriggerArn), api.Text(d.RawData), d.Timestamp
	}
	for _, r := range in.RelatedItems {
		it, err := relatedItem(r.Identifier, r.Title)
		if err != nil {
			return nil, err
		}
		t.Related = append(t.Related, it)
	}
	var arn string
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, name+":StartIncident", api.Text(in.ClientToken), in, func() (string, error) {
			if _, err := plan(tx, tocsin.ARN(in.ResponsePlanArn)); err != nil {
				return "", err
			}
			inc, _, err := incident.Start(tx, t)
			if err != nil {
				return "", err
			}
			return string(inc.ARN()), nil
		})
		return err
	})
	return &wire.StartIncidentOutput{IncidentRecordArn: arn}, err
}

func source(i *tocsin.Incident) wire.IncidentRecordSource {
	return wire.IncidentRecordSource{CreatedBy: i.Source.CreatedBy, InvokedBy: api.Optional(i.Source.InvokedBy), ResourceArn: api.Optional(i.Source.Resource), Source: i.Source.Source}
}

// GetIncidentRecord tells of an incident. Without a replication set there is none.
func (s *Server) GetIncidentRecord(ctx context.Context, in *wire.GetIncidentRecordInput) (*wire.GetIncidentRecordOutput, error) {
	out := &wire.GetIncidentRecordOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		i, err := incident.Get(tx, tocsin.ARN(in.Arn))
		if err != nil {
			return err
		}
		out.IncidentRecord = wire.IncidentRecord{Arn: string(i.ARN()), Title: i.Title, Summary: api.Optional(i.Summary), Status: wire.IncidentRecordStatus(i.Status),
			Impact: i.Impact, DedupeString: i.Dedupe, CreationTime: i.Created, ResolvedTime: api.OptionalTime(i.Resolved), LastModifiedTime: i.Modified,
			LastModifiedBy: i.ModifiedBy, IncidentRecordSource: source(i), ChatChannel: wireChat(i.ChatTopics, i.ChatEmpty), NotificationTargets: wireTopics(i.NotificationTargets)}
		for k := range i.Automations {
			out.IncidentRecord.AutomationExecutions = append(out.IncidentRecord.AutomationExecutions, wire.AutomationExecution{SsmExecutionArn: &i.Automations[k]})
		}
		return nil
	})
	return out, err
}

// ListIncidentRecords lists incidents, the newest first.
func (s *Server) ListIncidentRecords(ctx context.Context, in *wire.ListIncidentRecordsInput) (*wire.ListIncidentRecordsOutput, error) {
	status, fits, err := incidentFilter(in.Filters)
	if err != nil {
		return nil, err
	}
	l, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.Filters)
	if err != nil {
		return nil, err
	}
	c, err := l.Cursor()
	if err != nil {
		return nil, err
	}
	out := &wire.ListIncidentRecordsOutput{IncidentRecordSummaries: []wire.IncidentRecordSummary{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		rows, more, err := api.Scan(l.Limit, c, func(c store.Cursor, n int) ([]*tocsin.Incident, error) { return tx.Incidents(status, c, n) },
			func(i *tocsin.Incident) store.Cursor { return store.Cursor{Time: i.Created, ID: i.ID} }, fits)
		for _, i := range rows {
			out.IncidentRecordSummaries = append(out.IncidentRecordSummaries, wire.IncidentRecordSummary{Arn: string(i.ARN()), Title: i.Title,
				Status: wire.IncidentRecordStatus(i.Status), Impact: i.Impact, CreationTime: i.Created, ResolvedTime: api.OptionalTime(i.Resolved), IncidentRecordSource: source(i)})
		}
		if more {
			last := rows[len(rows)-1]
			out.NextToken = l.TokenAt(store.Cursor{Time: last.Created, ID: last.ID})
		}
		return err
	})
	return out, err
}

// UpdateIncidentRecord changes an incident; see incident.Update.
func (s *Server) UpdateIncidentRecord(ctx context.Context, in *wire.UpdateIncidentRecordInput) (*wire.UpdateIncidentRecordOutput, error) {
	c := incident.Changes{Title: in.Title, Summary: in.Summary, Impact: in.Impact}
	if in.Status != nil {
		c.Status = new(tocsin.IncidentStatus(*in.Status))
	}
	if in.ChatChannel != nil {
		c.ChatTopics = &in.ChatChannel.ChatbotSns
	}
	if in.NotificationTargets != nil {
		c.NotificationTargets = new(topics(in.NotificationTargets))
	}
	return &wire.UpdateIncidentRecordOutput{}, s.once(ctx, "UpdateIncidentRecord", in.ClientToken, in, ready(func(tx *store.Tx) error {
		return incident.Update(tx, tocsin.ARN(in.Arn), c)
	}))
}

// DeleteIncidentRecord deletes an incident with all that belongs to it.
func (s *Server) DeleteIncidentRecord(ctx context.Context, in *wire.DeleteIncidentRecordInput) (*wire.DeleteIncidentRecordOutput, error) {
	return &wire.DeleteIncidentRecordOutput{}, s.update(ctx, func(tx *store.Tx) error { return incident.Delete(tx, tocsin.ARN(in.Arn)) })
}

// relatedItem reads an item as clients give it; its value is kept in AWS's shape.
func relatedItem(id wire.ItemIdentifier, title *string) (tocsin.RelatedItem, error) {
	value := map[string]any{}
	switch v := id.Value; {
	case v.Arn != nil:
		value["arn"] = *v.Arn
	case v.Url != nil:
		value["url"] = *v.Url
	case v.MetricDefinition != nil:
		value["metricDefinition"] = *v.MetricDefinition
	case v.PagerDutyIncidentDetail != nil:
		value["pagerDutyIncidentDetail"] = pagerDuty(*v.PagerDutyIncidentDetail)
	}
	b, err := json.Marshal(value)
	if err != nil {
		return tocsin.RelatedItem{}, fmt.Errorf("related item: %w", err)
	}
	return tocsin.RelatedItem{Type: string(id.Type), Value: b, Title: api.Text(title)}, nil
}

func wireItem(it tocsin.RelatedItem) (wire.RelatedItem, error) {
	var value struct {
		Arn, Url, MetricDefinition *string
		PagerDutyIncidentDetail    *pagerDuty
	}
	if err := json.Unmarshal(it.Value, &value); err != nil {
		return wire.RelatedItem{}, fmt.Errorf("kept related item: %w", err)
	}
	return wire.RelatedItem{GeneratedId: api.Optional(it.GeneratedID), Title: api.Optional(it.Title), Identifier: wire.ItemIdentifier{Type: wire.ItemType(it.Type),
		Value: wire.ItemValue{Arn: value.Arn, Url: value.Url, MetricDefinition: value.MetricDefinition, PagerDutyIncidentDetail: (*wire.PagerDutyIncidentDetail)(value.PagerDutyIncidentDetail)}}}, nil
}

// pagerDuty is a PagerDuty incident in AWS's shape.
type pagerDuty struct {
	AutoResolve *bool   `json:"autoResolve,omitempty"`
	Id          string  `json:"id"`
	SecretId    *string `json:"secretId,omitempty"`
}

// ListRelatedItems lists an incident's related items, the oldest first. An
// incident that does not exist has none: AWS models no error for it.
func (s *Server) ListRelatedItems(ctx context.Context, in *wire.ListRelatedItemsInput) (*wire.ListRelatedItemsOutput, error) {
	l, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.IncidentRecordArn)
	if err != nil {
		return nil, err
	}
	out := &wire.ListRelatedItemsOutput{RelatedItems: []wire.RelatedItem{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		i, err := incident.Get(tx, tocsin.ARN(in.IncidentRecordArn))
		if tocsin.KindOf(err) == tocsin.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		all, err := tx.RelatedItems(i.ID)
		if err != nil {
			return err
		}
		from := slices.IndexFunc(all, func(it tocsin.RelatedItem) bool { return it.GeneratedID == l.After }) + 1
		for n, it := range all[from:] {
			if n == l.Limit {
				out.NextToken = l.Token(all[from+n-1].GeneratedID)
				break
			}
			w, err := wireItem(it)
			if err != nil {
				return err
			}
			out.RelatedItems = append(out.RelatedItems, w)
		}
		return nil
	})
	return out, err
}

// UpdateRelatedItems adds or removes one related item.
func (s *Server) UpdateRelatedItems(ctx context.Context, in *wire.UpdateRelatedItemsInput) (*wire.UpdateRelatedItemsOutput, error) {
	arn, u := tocsin.ARN(in.IncidentRecordArn), in.RelatedItemsUpdate
	act, id, title := incident.RemoveRelated, u.ItemToRemove, (*string)(nil)
	if u.ItemToAdd != nil {
		act, id, title = incident.AddRelated, &u.ItemToAdd.Identifier, u.ItemToAdd.Title
	}
	it, err := relatedItem(*id, title)
	if err != nil {
		return nil, err
	}
	return &wire.UpdateRelatedItemsOutput{}, s.once(ctx, "UpdateRelatedItems", in.ClientToken, in, ready(func(tx *store.Tx) error { return act(tx, arn, it) }))
}

// ListIncidentFindings lists no findings: deployments are not correlated here.
func (s *Server) ListIncidentFindings(ctx context.Context, in *wire.ListIncidentFindingsInput) (*wire.ListIncidentFindingsOutput, error) {
	if _, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.IncidentRecordArn); err != nil {
		return nil, err
	}
	return &wire.ListIncidentFindingsOutput{Findings: []wire.FindingSummary{}}, s.exists(ctx, in.IncidentRecordArn)
}

// BatchGetIncidentFindings gives no findings, as ListIncidentFindings lists none.
func (s *Server) BatchGetIncidentFindings(ctx context.Context, in *wire.BatchGetIncidentFindingsInput) (*wire.BatchGetIncidentFindingsOutput, error) {
	return &wire.BatchGetIncidentFindingsOutput{Findings: []wire.Finding{}, Errors: []wire.BatchGetIncidentFindingsError{}}, s.exists(ctx, in.IncidentRecordArn)
}

func (s *Server) exists(ctx context.Context, arn string) error {
	return s.view(ctx, func(tx *store.Tx) error { _, err := incident.Get(tx, tocsin.ARN(arn)); return err })
}
