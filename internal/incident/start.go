package incident

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/brief"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

// Trigger is what calls for an incident: a person, or an event that a rule matched.
type Trigger struct {
	Plan     string // the response plan's name
	Title    *string
	Impact   *int
	Related  []tocsin.RelatedItem
	Source   string    // default SourceManual
	Resource string    // ARN of what caused it: the rule, the alarm
	Raw      string    // what the source said, JSON where it is
	Seen     time.Time // by the source; zero where it does not say
	Event    *tocsin.Event
	Rule     *tocsin.Rule
	Quiet    bool // nobody is engaged
}

// MaxRelatedItems is how many related items an incident may have.
const MaxRelatedItems = 100

// Start opens an incident from a response plan and starts its engagements, or
// folds the trigger into the open incident with the same dedupe key: then the
// trigger stands on that incident's timeline and nobody is paged again.
// NotFound when there is no such plan.
func Start(tx *store.Tx, t Trigger) (inc *tocsin.Incident, created bool, err error) {
	p, err := tx.ResponsePlan(t.Plan)
	if err != nil {
		return nil, false, err
	}
	if p == nil {
		return nil, false, tocsin.Missing(tocsin.TypeResponsePlan, string(tocsin.ResponsePlanARN(tx.Account(), t.Plan)))
	}
	if t.Source == "" {
		t.Source = tocsin.SourceManual
	}
	var rule tocsin.ARN
	if t.Rule != nil {
		rule = t.Rule.ARN()
	}
	id := tocsin.NewID()
	key, shown := Key(p.Template.Dedupe, rule, t.Event, id)
	if t.Event != nil && p.Template.Dedupe == "" {
		key += " plan " + p.Name // a rule may have two plans as targets: each has its own people to page
	}
	if key != "" {
		open, err := tx.OpenIncident(key)
		if err == nil && open == nil && t.Quiet {
			key += quiet
			open, err = tx.OpenIncident(key)
		}
		if err != nil {
			return nil, false, err
		}
		if open != nil {
			return open, false, fold(tx, open, t)
		}
	}
	inc = &tocsin.Incident{
		Account: tx.Account(), ID: id, Plan: p.Name, Title: title(p, t), Summary: summary(p, t), Status: tocsin.Open, Impact: p.Template.Impact,
		Dedupe: shown, Source: tocsin.IncidentSource{CreatedBy: tx.Who().Principal, InvokedBy: invoker(tx, t), Resource: t.Resource, Source: t.Source},
		ChatTopics: p.ChatTopics, ChatEmpty: p.ChatEmpty, NotificationTargets: p.Template.NotificationTargets,
		Created: tx.Now(), Modified: tx.Now(), ModifiedBy: tx.Who().Principal,
	}
	if t.Impact != nil {
		inc.Impact = *t.Impact
	}
	if err := tx.InsertIncident(inc, key); err != nil {
		return nil, false, err
	}
	return inc, true, begin(tx, inc, p, t)
}

// begin does what a new incident sets going.
func begin(tx *store.Tx, inc *tocsin.Incident, p *tocsin.ResponsePlan, t Trigger) error {
	if err := tx.PutTags(inc.ARN(), p.Template.Tags); err != nil {
		return err
	}
	if err := trigger(tx, inc, t, true); err != nil {
		return err
	}
	if err := relate(tx, inc, t, nil); err != nil {
		return err
	}
	start := timeline.Start{Title: inc.Title, TriggerARN: t.Resource}
	engaged := p.Engagements
	if t.Quiet {
		engaged = nil
	}
	for _, arn := range engaged {
		start.Engage = append(start.Engage, timeline.Contact{ARN: string(arn), Name: arn.ID()})
	}
	if _, err := timeline.Add(tx, inc.ARN(), tocsin.EventStart, start); err != nil {
		return err
	}
	texts := Texts(inc)
	if t.Event != nil {
		texts.PublicContent += ". " + brief.Headline(t.Event) + "."
	}
	for _, arn := range engaged {
		if err := engage(tx, inc, arn, texts); err != nil {
			return err
		}
	}
	return runbook(tx, inc, p)
}

func invoker(tx *store.Tx, t Trigger) string {
	if t.Event != nil {
		return "events.amazonaws.com"
	}
	return tx.Who().Principal // as samples of manual starts show
}

// title is the plan's, to which an event adds the name of its rule.
func title(p *tocsin.ResponsePlan, t Trigger) string {
	switch {
	case t.Title != nil:
		return *t.Title
	case t.Rule != nil:
		mark := ""
		if late := lateness(t.Event); late != "" {
			mark = " (" + late + ")"
		}
		return tocsin.Clip(p.Template.Title+": "+t.Rule.Name, 200-len(mark)) + mark
	}
	return p.Template.Title
}

// summary is the plan's, followed by the event's facts.
func summary(p *tocsin.ResponsePlan, t Trigger) string {
	if t.Event == nil {
		return p.Template.Summary
	}
	facts := strings.Join(brief.Facts(t.Event), "\n")
	if late := lateness(t.Event); late != "" {
		facts = late + "\n" + facts
	}
	if p.Template.Summary == "" {
		return tocsin.Clip(facts, 8000)
	}
	return tocsin.Clip(p.Template.Summary+"\n\n"+facts, 8000)
}

func trigger(tx *store.Tx, inc *tocsin.Incident, t Trigger, created bool) error {
	raw := t.Raw
	if raw == "" && t.Event != nil {
		raw = string(t.Event.Raw)
	}
	data := timeline.Trigger{CreatedIncident: created, IncidentSource: t.Source, TriggerARN: t.Resource, RawData: raw, Late: lateness(t.Event)}
	if t.Quiet && created {
		data.Late += "; nobody was engaged, as the rule says"
	}
	if !t.Seen.IsZero() {
		data.Timestamp = t.Seen.UTC().Format(time.RFC3339Nano)
	}
	_, err := timeline.Add(tx, inc.ARN(), tocsin.EventTrigger, data)
	return err
}

// fold adds a trigger to the incident that is open for it already.
func fold(tx *store.Tx, inc *tocsin.Incident, t Trigger) error {
	if err := trigger(tx, inc, t, false); err != nil {
		return err
	}
	have, err := tx.RelatedItems(inc.ID)
	if err != nil {
		return err
	}
	return relate(tx, inc, t, have)
}

// relate adds what the trigger names, up to the limit, and the resources the
// event is about, to the items that an incident has.
func relate(tx *store.Tx, inc *tocsin.Incident, t Trigger, have []tocsin.RelatedItem) error {
	items := slices.Clone(t.Related)
	if t.Event != nil {
		for _, arn := range brief.Involved(t.Event) {
			it, err := involved(arn)
			if err != nil {
				return err
			}
			items = append(items, it)
		}
	}
	for _, it := range items {
		if find(have, it) != nil || len(have) >= MaxRelatedItems {
			continue
		}
		it.GeneratedID = newItemID(it.Type)
		if err := tx.PutRelatedItem(inc.ID, it); err != nil {
			return err
		}
		have = append(have, it)
	}
	return nil
}

// involved is the related item of a resource that an event is about.
func involved(arn string) (tocsin.RelatedItem, error) {
	value, err := json.Marshal(map[string]string{"arn": arn})
	if err != nil {
		return tocsin.RelatedItem{}, fmt.Errorf("involved resource: %w", err)
	}
	return tocsin.RelatedItem{Type: "INVOLVED_RESOURCE", Value: value}, nil
}

func find(items []tocsin.RelatedItem, it tocsin.RelatedItem) *tocsin.RelatedItem {
	for i := range items {
		if items[i].Type == it.Type && string(items[i].Value) == string(it.Value) {
			return &items[i]
		}
	}
	return nil
}

func newItemID(itemType string) string {
	var b [16]byte
	rand.Read(b[:])
	return "related-item/" + itemType + "/" + strings.ToUpper(hex.EncodeToString(b[:]))
}

// engage starts one of the plan's engagements. A contact that does not exist is
// told on the timeline and never keeps the incident, or the others, from going on.
func engage(tx *store.Tx, inc *tocsin.Incident, contact tocsin.ARN, texts engagement.Subject) error {
	_, err := engagement.Start(tx, contact, texts)
	var e *tocsin.Error
	if errors.As(err, &e) && e.Kind == tocsin.NotFound {
		_, err = timeline.Add(tx, inc.ARN(), tocsin.EventSkipped,
			timeline.Page{Contact: string(contact), Reason: "the contact does not exist in this account"})
	}
	return err
}

// Texts are what the pages of an incident say. The public ones, for SMS, name no
// details: anybody who finds the phone can read them. An event adds its headline.
func Texts(inc *tocsin.Incident) engagement.Subject {
	impact := fmt.Sprintf("%d %s", inc.Impact, tocsin.ImpactName(inc.Impact))
	lines := []string{"Impact: " + impact, "Started: " + inc.Created.Format(time.RFC1123)}
	if inc.Summary != "" {
		lines = append(lines, "", inc.Summary)
	}
	lines = append(lines, "", "Incident: "+string(inc.ARN()))
	return engagement.Subject{
		Sender: "Incident Manager", Subject: tocsin.Clip("["+tocsin.ImpactName(inc.Impact)+"] "+inc.Title, 2048),
		Content:       tocsin.Clip(strings.Join(lines, "\n"), 8192),
		PublicSubject: "[" + tocsin.ImpactName(inc.Impact) + "] " + inc.Title, PublicContent: "Impact " + impact, Incident: inc.ARN(),
	}
}

// runbook says, as AWS does, that a runbook could not be started.
func runbook(tx *store.Tx, inc *tocsin.Incident, p *tocsin.ResponsePlan) error {
	if len(p.Actions) == 0 || string(p.Actions) == "[]" || string(p.Actions) == "null" {
		return nil
	}
	_, err := timeline.Add(tx, inc.ARN(), "SSM Automation Execution Start Failure for Incident",
		map[string]string{"reason": "this server does not run Automation documents yet; run the plan's document by hand"})
	return err
}
