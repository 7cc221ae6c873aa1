package ssmcontacts

import (
	"context"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
)

// StartEngagement engages a contact, with or without an incident.
func (s *Server) StartEngagement(ctx context.Context, in *wire.StartEngagementInput) (*wire.StartEngagementOutput, error) {
	subject := engagement.Subject{Sender: in.Sender, Subject: in.Subject, Content: in.Content, PublicSubject: api.Text(in.PublicSubject),
		PublicContent: api.Text(in.PublicContent), Incident: tocsin.ARN(api.Text(in.IncidentId))}
	if subject.PublicSubject == "" {
		subject.PublicSubject = "You are being engaged"
	}
	var arn string
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		arn, err = store.Once(tx, scope(tx, "StartEngagement"), api.Text(in.IdempotencyToken), in, func() (string, error) {
			if subject.Incident != "" { // its timeline is written to
				if _, err := incident.Get(tx, subject.Incident); err != nil {
					return "", err
				}
			}
			e, err := engagement.Start(tx, tocsin.ARN(in.ContactId), subject)
			if err != nil {
				return "", err
			}
			return string(e.ARN()), nil
		})
		return err
	})
	return &wire.StartEngagementOutput{EngagementArn: arn}, err
}

// StopEngagement ends an engagement: it pages nobody any more.
func (s *Server) StopEngagement(ctx context.Context, in *wire.StopEngagementInput) (*wire.StopEngagementOutput, error) {
	reason := api.Text(in.Reason)
	if reason == "" {
		reason = "stopped by StopEngagement"
	}
	return &wire.StopEngagementOutput{}, s.update(ctx, func(tx *store.Tx) error { return engagement.Stop(tx, tocsin.ARN(in.EngagementId), reason) })
}

// DescribeEngagement tells of an engagement.
func (s *Server) DescribeEngagement(ctx context.Context, in *wire.DescribeEngagementInput) (*wire.DescribeEngagementOutput, error) {
	out := &wire.DescribeEngagementOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		e, err := engagementOf(tx, in.EngagementId)
		if err == nil {
			*out = wire.DescribeEngagementOutput{ContactArn: string(e.Contact), EngagementArn: string(e.ARN()), Sender: e.Sender, Subject: e.Subject, Content: e.Content,
				PublicSubject: api.Optional(e.PublicSubject), PublicContent: api.Optional(e.PublicContent), IncidentId: api.Optional(string(e.Incident)),
				StartTime: &e.Started, StopTime: api.OptionalTime(e.Stopped)}
		}
		return err
	})
	return out, err
}

// ListEngagements lists engagements, the newest first: those of an incident, or
// of the region in a span of time.
func (s *Server) ListEngagements(ctx context.Context, in *wire.ListEngagementsInput) (*wire.ListEngagementsOutput, error) {
	p, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, []any{in.IncidentId, in.TimeRangeValue})
	if err != nil {
		return nil, err
	}
	after, err := p.Cursor()
	if err != nil {
		return nil, err
	}
	var since, until time.Time
	if r := in.TimeRangeValue; r != nil {
		since, until = instant(r.StartTime), instant(r.EndTime)
		if !until.IsZero() && until.Before(since) {
			const why = "must not end before it starts"
			return nil, tocsin.Refuse("Invalid value provided - TimeRangeValue "+why, tocsin.Field{Name: "TimeRangeValue", Message: why})
		}
	}
	out := &wire.ListEngagementsOutput{Engagements: []wire.Engagement{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		rows, more, err := engagements(tx, tocsin.ARN(api.Text(in.IncidentId)), since, until, after, p.Limit)
		for _, e := range rows {
			out.Engagements = append(out.Engagements, wire.Engagement{EngagementArn: string(e.ARN()), ContactArn: string(e.Contact), Sender: e.Sender,
				IncidentId: api.Optional(string(e.Incident)), StartTime: &e.Started, StopTime: api.OptionalTime(e.Stopped)})
		}
		if more {
			out.NextToken = p.TokenAt(place(rows[len(rows)-1]))
		}
		return err
	})
	return out, err
}

// instant reads an optional instant; zero where it is absent.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func place(e *store.EngagementRow) store.Cursor { return store.Cursor{Time: e.Started, ID: e.ID} }

// engagements reads a page of engagements. An incident has few, so they are read
// at once and cut here.
func engagements(tx *store.Tx, of tocsin.ARN, since, until time.Time, after store.Cursor, limit int) ([]*store.EngagementRow, bool, error) {
	if of == "" {
		rows, err := tx.Engagements(since, until, after, limit+1)
		if len(rows) > limit {
			return rows[:limit], true, err
		}
		return rows, false, err
	}
	all, err := tx.EngagementsOf(of)
	if err != nil {
		return nil, false, err
	}
	var out []*store.EngagementRow
	passed := after == store.Cursor{}
	for _, e := range all {
		in := !e.Started.Before(since) && (until.IsZero() || !e.Started.After(until))
		switch {
		case passed && in && len(out) == limit:
			return out, true, nil
		case passed && in:
			out = append(out, e)
		}
		passed = passed || e.ID == after.ID
	}
	return out, false, nil
}

// AcceptPage records a person's answer to a page; READ is the acknowledgement.
func (s *Server) AcceptPage(ctx context.Context, in *wire.AcceptPageInput) (*wire.AcceptPageOutput, error) {
	a := engagement.Answer{Type: tocsin.ReceiptType(in.AcceptType), Code: in.AcceptCode, Note: api.Text(in.Note),
		Ignore: in.AcceptCodeValidation != nil && *in.AcceptCodeValidation == wire.AcceptCodeValidationIgnore}
	return &wire.AcceptPageOutput{}, s.counted(ctx, func(tx *store.Tx) (*tocsin.Error, error) {
		if in.ContactChannelId != nil {
			p, err := page(tx, in.PageId)
			if err != nil {
				return nil, err
			}
			if string(p.Channel) != *in.ContactChannelId {
				return nil, tocsin.Refuse("Invalid value provided - the page was not sent to this contact channel",
					tocsin.Field{Name: "ContactChannelId", Message: "is not the page's channel"})
			}
		}
		return engagement.Accept(tx, tocsin.ARN(in.PageId), a)
	})
}

// DescribePage tells of a page and what it said.
func (s *Server) DescribePage(ctx context.Context, in *wire.DescribePageInput) (*wire.DescribePageOutput, error) {
	out := &wire.DescribePageOutput{}
	err := s.view(ctx, func(tx *store.Tx) error {
		p, err := page(tx, in.PageId)
		if err != nil {
			return err
		}
		e, err := engagementOf(tx, string(p.Engagement))
		if err != nil {
			return err
		}
		*out = wire.DescribePageOutput{PageArn: string(p.ARN()), EngagementArn: string(p.Engagement), ContactArn: string(p.Contact), Sender: p.Sender,
			Subject: e.Subject, Content: e.Content, PublicSubject: api.Optional(e.PublicSubject), PublicContent: api.Optional(e.PublicContent),
			IncidentId: api.Optional(string(p.Incident)), SentTime: api.OptionalTime(p.Sent), DeliveryTime: api.OptionalTime(p.Delivered), ReadTime: api.OptionalTime(p.Read)}
		return nil
	})
	return out, err
}

func wirePages(rows []*store.PageRow, p api.Page) ([]wire.Page, *string) {
	out := []wire.Page{}
	for i, r := range rows {
		if i == p.Limit {
			return out, p.TokenAt(store.Cursor{Time: rows[i-1].Created, ID: rows[i-1].ID})
		}
		out = append(out, wire.Page{PageArn: string(r.ARN()), EngagementArn: string(r.Engagement), ContactArn: string(r.Contact), Sender: r.Sender,
			IncidentId: api.Optional(string(r.Incident)), SentTime: api.OptionalTime(r.Sent), DeliveryTime: api.OptionalTime(r.Delivered), ReadTime: api.OptionalTime(r.Read)})
	}
	return out, nil
}

// ListPagesByContact lists the pages to a person, the newest first.
func (s *Server) ListPagesByContact(ctx context.Context, in *wire.ListPagesByContactInput) (*wire.ListPagesByContactOutput, error) {
	out := &wire.ListPagesByContactOutput{}
	return out, s.pages(ctx, in.MaxResults, in.NextToken, in.ContactId, func(tx *store.Tx, after store.Cursor, p api.Page) error {
		c, err := contact(tx, in.ContactId)
		if err != nil {
			return err
		}
		rows, err := tx.PagesOfContact(c.ARN(), after, p.Limit+1)
		out.Pages, out.NextToken = wirePages(rows, p)
		return err
	})
}

// ListPagesByEngagement lists the pages of an engagement, the oldest first.
func (s *Server) ListPagesByEngagement(ctx context.Context, in *wire.ListPagesByEngagementInput) (*wire.ListPagesByEngagementOutput, error) {
	out := &wire.ListPagesByEngagementOutput{}
	return out, s.pages(ctx, in.MaxResults, in.NextToken, in.EngagementId, func(tx *store.Tx, after store.Cursor, p api.Page) error {
		e, err := engagementOf(tx, in.EngagementId)
		if err != nil {
			return err
		}
		rows, err := tx.PagesOfEngagement(e.ARN(), after, p.Limit+1)
		out.Pages, out.NextToken = wirePages(rows, p)
		return err
	})
}

func (s *Server) pages(ctx context.Context, limit *int, token *string, query any, fn func(*store.Tx, store.Cursor, api.Page) error) error {
	p, err := api.NewPage(ctx, s.Pager, limit, token, query)
	if err != nil {
		return err
	}
	after, err := p.Cursor()
	if err != nil {
		return err
	}
	return s.view(ctx, func(tx *store.Tx) error { return fn(tx, after, p) })
}

// ListPageReceipts lists what happened to a page, the newest first.
func (s *Server) ListPageReceipts(ctx context.Context, in *wire.ListPageReceiptsInput) (*wire.ListPageReceiptsOutput, error) {
	list, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, in.PageId)
	if err != nil {
		return nil, err
	}
	out := &wire.ListPageReceiptsOutput{Receipts: []wire.Receipt{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		p, err := page(tx, in.PageId)
		if err != nil {
			return err
		}
		all, err := tx.Receipts(p.Page)
		if err != nil {
			return err
		}
		rows, next, err := api.Rest(list, all)
		for _, r := range rows {
			out.Receipts = append(out.Receipts, wire.Receipt{ContactChannelArn: api.Optional(string(r.Channel)), ReceiptType: wire.ReceiptType(r.Type),
				ReceiptInfo: api.Optional(r.Info), ReceiptTime: r.Time})
		}
		out.NextToken = next
		return err
	})
	return out, err
}

// ListPageResolutions tells how a person was reached, from what was engaged on.
func (s *Server) ListPageResolutions(ctx context.Context, in *wire.ListPageResolutionsInput) (*wire.ListPageResolutionsOutput, error) {
	if _, err := api.NewPage(ctx, s.Pager, nil, in.NextToken, in.PageId); err != nil {
		return nil, err
	}
	out := &wire.ListPageResolutionsOutput{PageResolutions: []wire.ResolutionContact{}}
	err := s.view(ctx, func(tx *store.Tx) error {
		p, err := page(tx, in.PageId)
		if err != nil {
			return err
		}
		for _, r := range p.Path {
			w := wire.ResolutionContact{ContactArn: string(r.Contact), Type: wire.ContactType(r.Type)}
			if r.Stage >= 0 {
				w.StageIndex = &r.Stage
			}
			out.PageResolutions = append(out.PageResolutions, w)
		}
		return nil
	})
	return out, err
}
