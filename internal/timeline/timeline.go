// Package timeline writes what happened to an incident, in AWS's shapes. The
// incident and engagement packages call it inside their transactions; clients,
// the console and runbooks read the rows.
//
// Event types and payloads: what clients of Incident Manager parse, as far as
// it is known; see docs/semantics.md.
package timeline

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Trigger is the data of "SSM Incident Trigger": what called for the incident.
// RawData holds the alarm's or event's JSON as a string.
type Trigger struct {
	CreatedIncident bool   `json:"createdIncident"`
	IncidentSource  string `json:"incidentSource"`
	TriggerARN      string `json:"triggerArn,omitempty"`
	RawData         string `json:"rawData,omitempty"`
	Late            string `json:"late,omitempty"`      // how late the event came, for people
	Timestamp       string `json:"timestamp,omitempty"` // when the source saw it, RFC 3339; the event's own time is when it came in
}

// Start is the data of "SSM Incident Start".
type Start struct {
	Title           string    `json:"incidentTitle"`
	Engage          []Contact `json:"contactsEngage,omitempty"`
	DocumentName    string    `json:"ssmDocumentName,omitempty"`
	DocumentVersion string    `json:"ssmDocumentVersion,omitempty"`
	TriggerARN      string    `json:"triggerArn,omitempty"`
}

// Contact names somebody who is engaged.
type Contact struct {
	ARN  string `json:"contactArn"`
	Name string `json:"contactName,omitempty"`
}

// Change is the data of "SSM Incident Record Update".
type Change struct {
	Title      string      `json:"incidentTitle"`
	ModifiedBy string      `json:"modifiedBy"`
	Attributes []Attribute `json:"modifiedAttributes"`
}

// Attribute is one changed member; NewValue may be JSON in a string.
type Attribute struct {
	Name     string `json:"attributeName"`
	NewValue string `json:"newValue"`
}

// Page is the data of the page and acknowledgement events. What stands below
// the first two is ours; clients skip what they do not know.
type Page struct {
	Contact    string `json:"contactArn"`
	Engagement string `json:"engagementArn"`
	Page       string `json:"pageArn,omitempty"`
	Channel    string `json:"channelType,omitempty"`
	Stage      *int   `json:"stage,omitempty"`
	Note       string `json:"note,omitempty"`
	Reason     string `json:"reason,omitempty"`
	LateBy     string `json:"lateBy,omitempty"`
}

// Add writes an event of the service on the incident's timeline, now, and says
// that the incident was changed.
func Add(tx *store.Tx, incident tocsin.ARN, eventType string, data any, refs ...tocsin.Reference) (*tocsin.TimelineEvent, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("timeline event %q: %w", eventType, err)
	}
	return Put(tx, &tocsin.TimelineEvent{Incident: incident, Type: eventType, Time: tx.Tick(), Data: string(text), References: refs})
}

// Put writes an event whose time and data the caller chose.
func Put(tx *store.Tx, e *tocsin.TimelineEvent) (*tocsin.TimelineEvent, error) {
	e.ID, e.Updated = tocsin.NewID(), tx.Now()
	e.Time = e.Time.UTC().Truncate(time.Microsecond)
	if err := tx.InsertTimelineEvent(e); err != nil {
		return nil, err
	}
	return e, tx.TouchIncident(e.Incident)
}
