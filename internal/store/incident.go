package store

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// incidentDetail are the parts of an incident nothing is selected by.
type incidentDetail struct {
	ChatTopics          []string `json:"chatTopics,omitempty"`
	ChatEmpty           bool     `json:"chatEmpty,omitempty"`
	NotificationTargets []string `json:"notificationTargets,omitempty"`
	Automations         []string `json:"automations,omitempty"`
}

func detailOf(i *tocsin.Incident) string {
	return encode(incidentDetail{i.ChatTopics, i.ChatEmpty, i.NotificationTargets, i.Automations})
}

func incident(r sqldb.Incident) (*tocsin.Incident, error) {
	i := &tocsin.Incident{
		Account: tocsin.Account(r.Account), ID: r.ID, Plan: r.Plan, Title: r.Title, Summary: r.Summary,
		Status: tocsin.IncidentStatus(r.Status), Impact: int(r.Impact), Dedupe: r.Dedupe,
		Created: tocsin.Micros(r.Created).Time(), Resolved: tocsin.Micros(r.Resolved).Time(),
		Modified: tocsin.Micros(r.Modified).Time(), ModifiedBy: r.ModifiedBy,
	}
	if err := decode(r.Source, &i.Source); err != nil {
		return nil, err
	}
	var d incidentDetail
	if err := decode(r.Detail, &d); err != nil {
		return nil, err
	}
	i.ChatTopics, i.ChatEmpty, i.NotificationTargets, i.Automations = d.ChatTopics, d.ChatEmpty, d.NotificationTargets, d.Automations
	return i, nil
}

// Incident gives an incident by the last part of its ARN, or nil.
func (tx *Tx) Incident(id string) (*tocsin.Incident, error) {
	r, err := tx.q.GetIncident(tx.ctx, sqldb.GetIncidentParams{Account: tx.acct(), ID: id})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read incident: %w", err)
	}
	return incident(r)
}

// OpenIncident gives the open incident that answers to a dedupe key, or nil.
func (tx *Tx) OpenIncident(key string) (*tocsin.Incident, error) {
	r, err := tx.q.GetOpenIncident(tx.ctx, sqldb.GetOpenIncidentParams{Account: tx.acct(), DedupeKey: key})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read open incident: %w", err)
	}
	return incident(r)
}

// InsertIncident writes a new incident. key is what later triggers fold into
// it by while it is open; the database refuses a second open one.
func (tx *Tx) InsertIncident(i *tocsin.Incident, key string) error {
	tx.Changed("incident", i.ARN())
	tx.markTouched(i.ARN())
	return wrap("write incident", tx.q.InsertIncident(tx.ctx, sqldb.InsertIncidentParams{
		Account: tx.acct(), ID: i.ID, Plan: i.Plan, Title: i.Title, Summary: i.Summary, Status: string(i.Status), Impact: int32(i.Impact),
		Dedupe: i.Dedupe, DedupeKey: key, Source: encode(i.Source), Detail: detailOf(i),
		Created: micros(i.Created), Resolved: micros(i.Resolved), Modified: micros(i.Modified), ModifiedBy: i.ModifiedBy,
	}))
}

// UpdateIncident writes what may change of an incident. An empty key keeps
// the incident from absorbing later triggers.
func (tx *Tx) UpdateIncident(i *tocsin.Incident, key string) error {
	tx.Changed("incident", i.ARN())
	_, err := tx.q.UpdateIncident(tx.ctx, sqldb.UpdateIncidentParams{
		Title: i.Title, Summary: i.Summary, Status: string(i.Status), Impact: int32(i.Impact), DedupeKey: key, Detail: detailOf(i),
		Resolved: micros(i.Resolved), Modified: micros(i.Modified), ModifiedBy: i.ModifiedBy, Account: tx.acct(), ID: i.ID,
	})
	return wrap("write incident", err)
}

// OpenIncidentsAbout lists the incidents that events opened, that are open and that
// have the related item, whatever its title and id, the oldest first.
func (tx *Tx) OpenIncidentsAbout(it tocsin.RelatedItem) ([]*tocsin.Incident, error) {
	rows, err := tx.q.ListOpenIncidentsAbout(tx.ctx, sqldb.ListOpenIncidentsAboutParams{Account: tx.acct(), Type: it.Type, Value: string(it.Value)})
	return each("list open incidents", rows, err, incident)
}

// IncidentKey gives the dedupe key an incident was written with.
func (tx *Tx) IncidentKey(id string) (string, error) {
	r, err := tx.q.GetIncident(tx.ctx, sqldb.GetIncidentParams{Account: tx.acct(), ID: id})
	return r.DedupeKey, wrap("read incident", err)
}

// DeleteIncident removes an incident with its timeline, related items and tags.
func (tx *Tx) DeleteIncident(i *tocsin.Incident) error {
	tx.Changed("incident", i.ARN())
	if _, err := tx.q.DeleteIncident(tx.ctx, sqldb.DeleteIncidentParams{Account: tx.acct(), ID: i.ID}); err != nil {
		return fmt.Errorf("delete incident: %w", err)
	}
	if err := tx.q.DeleteTimeline(tx.ctx, sqldb.DeleteTimelineParams{Account: tx.acct(), Incident: i.ID}); err != nil {
		return fmt.Errorf("delete timeline: %w", err)
	}
	if err := tx.q.DeleteRelatedItems(tx.ctx, sqldb.DeleteRelatedItemsParams{Account: tx.acct(), Incident: i.ID}); err != nil {
		return fmt.Errorf("delete related items: %w", err)
	}
	return tx.DeleteTags(i.ARN())
}

// Incidents lists at most limit incidents, the newest first, after the cursor;
// status may be empty for all.
func (tx *Tx) Incidents(status tocsin.IncidentStatus, after Cursor, limit int) ([]*tocsin.Incident, error) {
	before, id := after.before()
	rows, err := tx.q.ListIncidents(tx.ctx, sqldb.ListIncidentsParams{
		Account: tx.acct(), Status: string(status), Before: before, BeforeID: id, Max: int32(limit)})
	return each("list incidents", rows, err, incident)
}

// OpenIncidents counts the open incidents of all accounts, for the metrics.
func (tx *Tx) OpenIncidents() (int, error) {
	n, err := tx.q.CountOpenIncidents(tx.ctx)
	return int(n), wrap("count incidents", err)
}

// RelatedItems lists an incident's related items, the oldest first; at most 100 exist.
func (tx *Tx) RelatedItems(incident string) ([]tocsin.RelatedItem, error) {
	rows, err := tx.q.ListRelatedItems(tx.ctx, sqldb.ListRelatedItemsParams{Account: tx.acct(), Incident: incident})
	return each("list related items", rows, err, func(r sqldb.RelatedItem) (tocsin.RelatedItem, error) {
		return tocsin.RelatedItem{Type: r.Type, Value: []byte(r.Value), Title: r.Title, GeneratedID: r.GeneratedID}, nil
	})
}

// PutRelatedItem adds an item to an incident, or changes its title.
func (tx *Tx) PutRelatedItem(incident string, it tocsin.RelatedItem) error {
	return wrap("write related item", tx.q.InsertRelatedItem(tx.ctx, sqldb.InsertRelatedItemParams{
		Account: tx.acct(), Incident: incident, GeneratedID: it.GeneratedID, Type: it.Type, Value: string(it.Value), Title: it.Title,
		Created: micros(tx.now)}))
}

// DeleteRelatedItem removes an item; false says that there was none.
func (tx *Tx) DeleteRelatedItem(incident, generatedID string) (bool, error) {
	n, err := tx.q.DeleteRelatedItem(tx.ctx, sqldb.DeleteRelatedItemParams{Account: tx.acct(), Incident: incident, GeneratedID: generatedID})
	return n > 0, wrap("delete related item", err)
}
