// Package incident holds the rules of incidents: from which plan and trigger one
// starts, when a trigger folds into one that is open, what an update and a
// resolution bring about, its related items, and the replication set without
// which nothing works. Triggers come from the bus and the API; engagements,
// pages and the timeline follow from here.
package incident

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

// Changes are what an update may change; nil is unchanged.
type Changes struct {
	Title               *string
	Summary             *string
	Impact              *int
	Status              *tocsin.IncidentStatus
	ChatTopics          *[]string // an empty list removes the channel
	NotificationTargets *[]string
}

// Get gives the incident an ARN names, or a NotFound error.
func Get(tx *store.Tx, arn tocsin.ARN) (*tocsin.Incident, error) {
	var inc *tocsin.Incident
	var err error
	if arn.Account() == tx.Account() && arn.Kind() == "incident-record" {
		inc, err = tx.Incident(arn.Last())
	}
	if err != nil {
		return nil, err
	}
	if inc == nil || inc.ARN() != arn {
		return nil, tocsin.Missing(tocsin.TypeIncident, string(arn))
	}
	return inc, nil
}

// Update changes an incident and writes what changed on its timeline; where
// nothing differs, nothing is written.
// Resolving stops its engagements; opening it again clears the time of its
// resolution and pages nobody.
func Update(tx *store.Tx, arn tocsin.ARN, c Changes) error {
	inc, err := Get(tx, arn)
	if err != nil {
		return err
	}
	key, err := tx.IncidentKey(inc.ID)
	if err != nil {
		return err
	}
	var changed []timeline.Attribute
	set := func(name, value string) { changed = append(changed, timeline.Attribute{Name: name, NewValue: value}) }
	if c.Title != nil && *c.Title != inc.Title {
		inc.Title = *c.Title
		set("title", inc.Title)
	}
	if c.Summary != nil && *c.Summary != inc.Summary {
		inc.Summary = *c.Summary
		set("summary", inc.Summary)
	}
	if c.Impact != nil && *c.Impact != inc.Impact {
		inc.Impact = *c.Impact
		set("impact", strconv.Itoa(inc.Impact))
	}
	if c.ChatTopics != nil && (!slices.Equal(*c.ChatTopics, inc.ChatTopics) || inc.ChatEmpty != (len(*c.ChatTopics) == 0)) {
		inc.ChatTopics, inc.ChatEmpty = *c.ChatTopics, len(*c.ChatTopics) == 0
		set("chatChannel", jsonText(inc.ChatTopics))
	}
	if c.NotificationTargets != nil && !slices.Equal(*c.NotificationTargets, inc.NotificationTargets) {
		inc.NotificationTargets = *c.NotificationTargets
		set("notificationTargets", jsonText(inc.NotificationTargets))
	}
	if c.Status != nil && *c.Status != inc.Status {
		set("status", string(*c.Status))
		if err := move(tx, inc, key, *c.Status); err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	inc.Modified, inc.ModifiedBy = tx.Now(), tx.Who().Principal
	if err := tx.UpdateIncident(inc, key); err != nil {
		return err
	}
	if c.Impact != nil {
		if err := engagement.Rerank(tx, inc.ARN()); err != nil {
			return err
		}
	}
	return recordChange(tx, inc, changed)
}

func recordChange(tx *store.Tx, inc *tocsin.Incident, changed []timeline.Attribute) error {
	_, err := timeline.Add(tx, inc.ARN(), tocsin.EventUpdate,
		timeline.Change{Title: inc.Title, ModifiedBy: tx.Who().Principal, Attributes: changed},
		tocsin.Reference{Resource: string(inc.ARN())})
	return err
}

// move changes an incident's status: see tocsin.IncidentStatus for the legal moves.
func move(tx *store.Tx, inc *tocsin.Incident, key string, to tocsin.IncidentStatus) error {
	inc.Status = to
	if to == tocsin.Resolved {
		inc.Resolved = tx.Now()
		return engagement.StopFor(tx, inc.ARN(), "incident resolved")
	}
	inc.Resolved = time.Time{}
	if key == "" {
		return nil
	}
	other, err := tx.OpenIncident(key)
	if err != nil {
		return err
	}
	if other != nil && other.ID != inc.ID {
		return tocsin.Clash(tocsin.TypeIncident, string(other.ARN()),
			"The incident cannot be opened again: another one with the same dedupe string is open.")
	}
	return nil
}

// Delete removes an incident with all that belongs to it, and stops its
// engagements. A missing one is no error: AWS models none.
func Delete(tx *store.Tx, arn tocsin.ARN) error {
	inc, err := Get(tx, arn)
	if tocsin.KindOf(err) == tocsin.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if err := engagement.StopFor(tx, arn, "incident deleted"); err != nil {
		return err
	}
	return tx.DeleteIncident(inc)
}

// AddRelated adds an item to an incident; the same type and value again only
// changes its title.
func AddRelated(tx *store.Tx, arn tocsin.ARN, it tocsin.RelatedItem) error {
	inc, err := Get(tx, arn)
	if err != nil {
		return err
	}
	have, err := tx.RelatedItems(inc.ID)
	if err != nil {
		return err
	}
	if was := find(have, it); was != nil {
		it.GeneratedID = was.GeneratedID
	} else if len(have) >= MaxRelatedItems {
		return tocsin.Refuse(fmt.Sprintf("An incident can have at most %d related items.", MaxRelatedItems))
	} else {
		it.GeneratedID = newItemID(it.Type)
	}
	if err := tx.PutRelatedItem(inc.ID, it); err != nil {
		return err
	}
	return recordChange(tx, inc, []timeline.Attribute{{Name: "relatedItems", NewValue: jsonText(map[string]any{
		"identifier": map[string]any{"type": it.Type, "value": it.Value}, "title": it.Title, "generatedId": it.GeneratedID})}})
}

// RemoveRelated removes the item with this type and value. A missing one is
// no error.
func RemoveRelated(tx *store.Tx, arn tocsin.ARN, it tocsin.RelatedItem) error {
	inc, err := Get(tx, arn)
	if err != nil {
		return err
	}
	have, err := tx.RelatedItems(inc.ID)
	if err != nil {
		return err
	}
	was := find(have, it)
	if was == nil {
		return nil
	}
	if _, err := tx.DeleteRelatedItem(inc.ID, was.GeneratedID); err != nil {
		return err
	}
	return recordChange(tx, inc, []timeline.Attribute{{Name: "relatedItems", NewValue: jsonText(map[string]any{"removed": was.GeneratedID})}})
}

func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // values made of strings
		panic(err)
	}
	return string(b)
}
