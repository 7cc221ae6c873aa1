package store

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// InsertTimelineEvent writes a new event on an incident's timeline.
func (tx *Tx) InsertTimelineEvent(e *tocsin.TimelineEvent) error {
	tx.Touch("timeline", "incident")
	return wrap("write timeline event", tx.q.InsertTimelineEvent(tx.ctx, sqldb.InsertTimelineEventParams{
		Account: tx.acct(), Incident: e.Incident.Last(), ID: e.ID, Type: e.Type, Time: micros(e.Time), Updated: micros(e.Updated),
		Data: e.Data, Refs: encode(e.References)}))
}

// UpdateTimelineEvent writes an event that exists.
func (tx *Tx) UpdateTimelineEvent(e *tocsin.TimelineEvent) error {
	tx.Touch("timeline")
	_, err := tx.q.UpdateTimelineEvent(tx.ctx, sqldb.UpdateTimelineEventParams{
		Type: e.Type, Time: micros(e.Time), Updated: micros(e.Updated), Data: e.Data, Refs: encode(e.References),
		Account: tx.acct(), Incident: e.Incident.Last(), ID: e.ID})
	return wrap("write timeline event", err)
}

// TimelineEvent gives one event of an incident's timeline, or nil.
func (tx *Tx) TimelineEvent(incident tocsin.ARN, id string) (*tocsin.TimelineEvent, error) {
	r, err := tx.q.GetTimelineEvent(tx.ctx, sqldb.GetTimelineEventParams{Account: tx.acct(), Incident: incident.Last(), ID: id})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read timeline event: %w", err)
	}
	return timelineEvent(incident)(r)
}

func timelineEvent(incident tocsin.ARN) func(sqldb.TimelineEvent) (*tocsin.TimelineEvent, error) {
	return func(r sqldb.TimelineEvent) (*tocsin.TimelineEvent, error) {
		e := &tocsin.TimelineEvent{ID: r.ID, Incident: incident, Type: r.Type, Time: tocsin.Micros(r.Time).Time(),
			Updated: tocsin.Micros(r.Updated).Time(), Data: r.Data}
		return e, decode(r.Refs, &e.References)
	}
}

// DeleteTimelineEvent removes an event; false says that there was none.
func (tx *Tx) DeleteTimelineEvent(incident tocsin.ARN, id string) (bool, error) {
	tx.Touch("timeline")
	n, err := tx.q.DeleteTimelineEvent(tx.ctx, sqldb.DeleteTimelineEventParams{Account: tx.acct(), Incident: incident.Last(), ID: id})
	return n > 0, wrap("delete timeline event", err)
}

// Timeline lists at most limit events of an incident after the cursor, by event
// time, the newest first unless ascending.
func (tx *Tx) Timeline(incident tocsin.ARN, ascending bool, c Cursor, limit int) ([]*tocsin.TimelineEvent, error) {
	if ascending {
		after, id := c.after()
		rows, err := tx.q.ListTimelineAscending(tx.ctx, sqldb.ListTimelineAscendingParams{
			Account: tx.acct(), Incident: incident.Last(), After: after, AfterID: id, Max: int32(limit)})
		return each("list timeline", rows, err, timelineEvent(incident))
	}
	before, id := c.before()
	rows, err := tx.q.ListTimelineDescending(tx.ctx, sqldb.ListTimelineDescendingParams{
		Account: tx.acct(), Incident: incident.Last(), After: before, AfterID: id, Max: int32(limit)})
	return each("list timeline", rows, err, timelineEvent(incident))
}

// TouchIncident writes that an incident was changed now by the transaction's
// principal; once is enough for a transaction.
func (tx *Tx) TouchIncident(incident tocsin.ARN) error {
	if tx.touched[incident] {
		return nil
	}
	tx.markTouched(incident)
	tx.Changed("incident", incident)
	return wrap("touch incident", tx.q.TouchIncident(tx.ctx, sqldb.TouchIncidentParams{Modified: micros(tx.now), ModifiedBy: tx.who.Principal,
		Account: tx.acct(), ID: incident.Last()}))
}

func (tx *Tx) markTouched(incident tocsin.ARN) {
	if tx.touched == nil {
		tx.touched = map[tocsin.ARN]bool{}
	}
	tx.touched[incident] = true
}
