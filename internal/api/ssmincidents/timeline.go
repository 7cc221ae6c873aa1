package ssmincidents

import (
	"context"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

// customerType refuses types of events that only the service writes.
func customerType(t string) error {
	if t != tocsin.EventCustom && t != tocsin.EventNote {
		return tocsin.Refuse("The eventType must be \"Custom Event\" or \"Note\".")
	}
	return nil
}

func references(in []wire.EventReference) []tocsin.Reference {
	var out []tocsin.Reference
	for _, r := range in {
		out = append(out, tocsin.Reference{Resource: api.Text(r.Resource), RelatedItem: api.Text(r.RelatedItemId)})
	}
	return out
}

func wireReferences(in []tocsin.Reference) []wire.EventReference {
	out := make([]wire.EventReference, len(in))
	for i, r := range in {
		out[i] = wire.EventReference{Resource: api.Optional(r.Resource), RelatedItemId: api.Optional(r.RelatedItem)}
	}
	return out
}

// CreateTimelineEvent adds a custom event or a note to an incident's timeline.
func (s *Server) CreateTimelineEvent(ctx context.Context, in *wire.CreateTimelineEventInput) (*wire.CreateTimelineEventOutput, error) {
	if err := customerType(in.EventType); err != nil {
		return nil, err
	}
	arn, id := tocsin.ARN(in.IncidentRecordArn), ""
	err := s.update(ctx, func(tx *store.Tx) (err error) {
		id, err = store.Once(tx, name+":CreateTimelineEvent", api.Text(in.ClientToken), in, func() (string, error) {
			if _, err := incident.Get(tx, arn); err != nil {
				return "", err
			}
			e, err := timeline.Put(tx, &tocsin.TimelineEvent{Incident: arn, Type: in.EventType, Time: in.EventTime, Data: in.EventData, References: references(in.EventReferences)})
			if err != nil {
				return "", err
			}
			return e.ID, nil
		})
		return err
	})
	return &wire.CreateTimelineEventOutput{EventId: id, IncidentRecordArn: in.IncidentRecordArn}, err
}

// event gives one event of an incident's timeline, or a NotFound error.
func event(tx *store.Tx, arn tocsin.ARN, id string) (*tocsin.TimelineEvent, error) {
	if _, err := incident.Get(tx, arn); err != nil {
		return nil, err
	}
	e, err := tx.TimelineEvent(arn, id)
	if err == nil && e == nil {
		err = tocsin.Missing(tocsin.TypeTimelineEvent, id)
	}
	return e, err
}

// GetTimelineEvent tells of an event, with its data.
func (s *Server) GetTimelineEvent(ctx context.Context, in *wire.GetTimelineEventInput) (*wire.GetTimelineEventOutput, error) {
	out := &wire.GetTimelineEventOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		e, err := event(tx, tocsin.ARN(in.IncidentRecordArn), in.EventId)
		if err != nil {
			return err
		}
		out.Event = wire.TimelineEvent{EventId: e.ID, EventType: e.Type, EventTime: e.Time, EventUpdatedTime: e.Updated, EventData: e.Data,
			EventReferences: wireReferences(e.References), IncidentRecordArn: in.IncidentRecordArn}
		return nil
	})
	return out, err
}

// ListTimelineEvents lists an incident's timeline, the newest first unless asked
// otherwise. An incident that does not exist has none.
func (s *Server) ListTimelineEvents(ctx context.Context, in *wire.ListTimelineEventsInput) (*wire.ListTimelineEventsOutput, error) {
	fits, err := timelineFilter(in.Filters)
	if err != nil {
		return nil, err
	}
	arn, ascending := tocsin.ARN(in.IncidentRecordArn), in.SortOrder != nil && *in.SortOrder == wire.SortOrderAscending
	l, err := api.NewPage(ctx, s.Pager, in.MaxResults, in.NextToken, []any{in.IncidentRecordArn, in.Filters, ascending})
	if err != nil {
		return nil, err
	}
	c, err := l.Cursor()
	if err != nil {
		return nil, err
	}
	out := &wire.ListTimelineEventsOutput{EventSummaries: []wire.EventSummary{}}
	err = s.view(ctx, func(tx *store.Tx) error {
		if _, err := incident.Get(tx, arn); tocsin.KindOf(err) == tocsin.NotFound {
			return nil
		} else if err != nil {
			return err
		}
		at := func(e *tocsin.TimelineEvent) store.Cursor { return store.Cursor{Time: e.Time, ID: e.ID} }
		rows, more, err := api.Scan(l.Limit, c, func(c store.Cursor, n int) ([]*tocsin.TimelineEvent, error) { return tx.Timeline(arn, ascending, c, n) }, at, fits)
		for _, e := range rows {
			out.EventSummaries = append(out.EventSummaries, wire.EventSummary{EventId: e.ID, EventType: e.Type, EventTime: e.Time, EventUpdatedTime: e.Updated,
				EventReferences: wireReferences(e.References), IncidentRecordArn: in.IncidentRecordArn})
		}
		if more {
			out.NextToken = l.TokenAt(at(rows[len(rows)-1]))
		}
		return err
	})
	return out, err
}

// UpdateTimelineEvent changes a custom event or a note.
func (s *Server) UpdateTimelineEvent(ctx context.Context, in *wire.UpdateTimelineEventInput) (*wire.UpdateTimelineEventOutput, error) {
	if in.EventType != nil {
		if err := customerType(*in.EventType); err != nil {
			return nil, err
		}
	}
	return &wire.UpdateTimelineEventOutput{}, s.once(ctx, "UpdateTimelineEvent", in.ClientToken, in, ready(func(tx *store.Tx) error {
		e, err := event(tx, tocsin.ARN(in.IncidentRecordArn), in.EventId)
		if err != nil {
			return err
		}
		if err := customerType(e.Type); err != nil {
			return tocsin.Refuse("Only custom events and notes can be changed.")
		}
		change(&e.Type, in.EventType)
		change(&e.Data, in.EventData)
		change(&e.Time, in.EventTime)
		if in.EventReferences != nil {
			e.References = references(in.EventReferences)
		}
		e.Updated = tx.Now()
		if err := tx.UpdateTimelineEvent(e); err != nil {
			return err
		}
		return tx.TouchIncident(e.Incident)
	}))
}

// DeleteTimelineEvent deletes a custom event or a note. A missing one is no
// error: AWS models none.
func (s *Server) DeleteTimelineEvent(ctx context.Context, in *wire.DeleteTimelineEventInput) (*wire.DeleteTimelineEventOutput, error) {
	return &wire.DeleteTimelineEventOutput{}, s.update(ctx, func(tx *store.Tx) error {
		arn := tocsin.ARN(in.IncidentRecordArn)
		e, err := event(tx, arn, in.EventId)
		if tocsin.KindOf(err) == tocsin.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if customerType(e.Type) != nil {
			return tocsin.Refuse("Only custom events and notes can be deleted.")
		}
		if _, err := tx.DeleteTimelineEvent(arn, in.EventId); err != nil {
			return err
		}
		return tx.TouchIncident(arn)
	})
}

// timelineFilter reads the filters of ListTimelineEvents: all must hold, and of
// the values of one any.
func timelineFilter(filters []wire.Filter) (func(*tocsin.TimelineEvent) bool, error) {
	var all []func(*tocsin.TimelineEvent) bool
	for _, f := range filters {
		switch f.Key {
		case "eventTime":
			fits, err := timeCondition(f.Condition)
			if err != nil {
				return nil, err
			}
			all = append(all, func(e *tocsin.TimelineEvent) bool { return fits(e.Time) })
		case "eventType", "eventReference":
			values, err := stringValues(f)
			if err != nil {
				return nil, err
			}
			if f.Key == "eventType" {
				all = append(all, func(e *tocsin.TimelineEvent) bool { return slices.Contains(values, e.Type) })
				continue
			}
			all = append(all, func(e *tocsin.TimelineEvent) bool {
				return slices.ContainsFunc(e.References, func(r tocsin.Reference) bool {
					return r.Resource != "" && slices.Contains(values, r.Resource) || r.RelatedItem != "" && slices.Contains(values, r.RelatedItem)
				})
			})
		default:
			return nil, tocsin.Refuse("The filter key " + f.Key + " is not valid: use eventReference, eventTime or eventType.")
		}
	}
	return every(all), nil
}

func every[T any](all []func(T) bool) func(T) bool {
	return func(v T) bool {
		return !slices.ContainsFunc(all, func(fits func(T) bool) bool { return !fits(v) })
	}
}
