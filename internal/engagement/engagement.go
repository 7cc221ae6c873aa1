// Package engagement decides who is woken, when, on which channel, and when it
// stops. Incidents (and StartEngagement) start engagements here; Next, a pure
// function, tells each step; the driver in this package carries it out inside a
// transaction: it writes pages, their delivery jobs for package notify, the
// timeline, and the job that looks again when the next stage is due.
//
// It also holds the rules of contacts, their plans and the activation of their
// channels.
package engagement

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

// Wake is the job of looking at an engagement again.
type Wake struct{ Engagement tocsin.ARN }

// Kind names the job.
func (Wake) Kind() string { return "engagement.wake" }

// Queue is that of engagement steps.
func (Wake) Queue() job.Queue { return job.Engage }

// Key keeps one wake per engagement.
func (w Wake) Key() string { return string(w.Engagement) }

// Register has r's workers carry out engagements.
func Register(r *job.Runner) {
	job.In(r, func(tx *store.Tx, w Wake) error {
		e, err := tx.Engagement(w.Engagement)
		if err != nil || e == nil {
			return err
		}
		return advance(tx, e)
	})
	job.In(r, failed)
	job.In(r, replan)
}

// Subject is what an engagement says. Secure texts go to VOICE and EMAIL,
// public ones to SMS.
type Subject struct {
	Sender        string
	Subject       string
	Content       string
	PublicSubject string
	PublicContent string
	Incident      tocsin.ARN // empty without one
}

// Start engages a contact of the transaction's account, in its own region.
// NotFound when there is no such contact.
func Start(tx *store.Tx, contact tocsin.ARN, s Subject) (*tocsin.Engagement, error) {
	c, err := tx.Contact(contact)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, tocsin.Missing(tocsin.TypeContact, string(contact))
	}
	e := &store.EngagementRow{Engagement: &tocsin.Engagement{
		Account: tx.Account(), Region: c.Region, ID: tocsin.NewID(), Contact: c.ARN(), Sender: s.Sender, Subject: s.Subject, Content: s.Content,
		PublicSubject: s.PublicSubject, PublicContent: s.PublicContent, Incident: s.Incident, Started: tx.Now()}}
	log := State{Contact: c.ARN(), Started: tx.Now()}
	if err := follow(tx, e, &log); err != nil {
		return nil, err
	}
	e.State = encode(log)
	return e.Engagement, tx.InsertEngagement(e)
}

// Stop ends an engagement: nobody is paged by it any more. Stopping a stopped
// one changes nothing. Other engagements of the incident for which its pages
// stood page those people themselves.
func Stop(tx *store.Tx, arn tocsin.ARN, reason string) error {
	e, err := tx.Engagement(arn)
	if err != nil {
		return err
	}
	if e == nil {
		return tocsin.Missing(tocsin.TypeEngagement, string(arn))
	}
	if err := stop(tx, e, reason); err != nil {
		return err
	}
	return eachSharing(tx, e, func(o *store.EngagementRow, s *State, _ []tocsin.ARN) error { return proceed(tx, o, s) })
}

// StopFor ends every engagement of an incident.
func StopFor(tx *store.Tx, incident tocsin.ARN, reason string) error {
	all, err := tx.EngagementsOf(incident)
	if err != nil {
		return err
	}
	for _, e := range all {
		if err := stop(tx, e, reason); err != nil {
			return err
		}
	}
	return nil
}

func stop(tx *store.Tx, e *store.EngagementRow, reason string) error {
	if !e.Stopped.IsZero() {
		return nil
	}
	e.Stopped, e.StopReason = tx.Now(), reason
	tx.Changed("engagement", e.ARN())
	if err := tx.UpdateEngagement(e); err != nil {
		return err
	}
	return job.Cancel(tx, Wake{e.ARN()})
}

// advance carries out the next step of an engagement.
func advance(tx *store.Tx, e *store.EngagementRow) error {
	s, err := decode(e)
	if err != nil {
		return err
	}
	return proceed(tx, e, s)
}

func proceed(tx *store.Tx, e *store.EngagementRow, s *State) error {
	if err := follow(tx, e, s); err != nil {
		return err
	}
	e.State = encode(*s)
	return tx.UpdateEngagement(e)
}

// follow carries out the step that Next tells, adds its facts to s and has the
// engagement looked at again when Next says so.
func follow(tx *store.Tx, e *store.EngagementRow, s *State) error {
	s.Stopped = !e.Stopped.IsZero()
	book, err := bookFor(tx, *s)
	if err != nil {
		return err
	}
	if s.Others, err = others(tx, e); err != nil {
		return err
	}
	step := Next(book, *s, tx.Now())
	rank, err := urgency(tx, e)
	if err != nil {
		return err
	}
	ended := false
	for _, a := range step.Actions {
		s.Record(a, tx.Now())
		ended = ended || a.End != nil
		switch {
		case a.Page != nil && a.Page.Shared != "":
			err = skipped(tx, e, &SkipAction{Contact: a.Page.Contact, Stage: -1, Target: a.Page.Channel,
				Reason: "the page of " + string(a.Page.Shared) + " stands for this one"})
		case a.Page != nil:
			err = page(tx, e, book, a.Page, pageRank(rank, s, tx.Now()))
		case a.Skip != nil:
			err = skipped(tx, e, a.Skip)
		case a.Again != nil:
			err = again(tx, e, a.Again)
		}
		if err != nil {
			return err
		}
	}
	if ended {
		if err := takeBack(tx, e, s); err != nil {
			return err
		}
	}
	if step.Wake.IsZero() {
		return job.Cancel(tx, Wake{e.ARN()})
	}
	return job.AtRank(tx, step.Wake, rank, Wake{e.ARN()})
}

// page writes a page, its delivery and the timeline's word of it.
func page(tx *store.Tx, e *store.EngagementRow, book Book, a *PageAction, rank job.Rank) error {
	late := tx.Now().Sub(a.Due)
	if late < lateFrom {
		late = 0
	}
	p := &store.PageRow{
		Page: &tocsin.Page{Account: tx.Account(), Region: a.Contact.Region(), ID: tocsin.NewID(), Engagement: e.ARN(), Contact: a.Contact,
			Channel: a.Channel, Type: book.Channels[a.Channel].Type, Sender: e.Sender, Incident: e.Incident, Created: tx.Now(), Path: a.Path, Late: late},
		Code: tocsin.NewCode(6), Retry: a.Retry,
	}
	if err := tx.InsertPage(p); err != nil {
		return err
	}
	if err := job.AtRank(tx, tx.Now(), rank, notify.Deliver{Page: p.ARN()}); err != nil {
		return err
	}
	if e.Incident == "" {
		return nil
	}
	data := timeline.Page{Contact: string(a.Contact), Engagement: string(e.ARN()), Page: string(p.ARN()), Channel: string(p.Type)}
	if late > 0 {
		data.LateBy = late.Round(time.Second).String()
	}
	_, err := timeline.Add(tx, e.Incident, tocsin.EventPage, data)
	return err
}

// lateFrom is from when on a page says that it is late.
const lateFrom = time.Minute

func skipped(tx *store.Tx, e *store.EngagementRow, a *SkipAction) error {
	if e.Incident == "" {
		return nil
	}
	reason := a.Reason
	if a.Target != "" {
		reason = string(a.Target) + ": " + reason
	}
	data := timeline.Page{Contact: string(a.Contact), Engagement: string(e.ARN()), Reason: reason}
	if a.Stage >= 0 {
		data.Stage = &a.Stage
	}
	_, err := timeline.Add(tx, e.Incident, tocsin.EventSkipped, data)
	return err
}

// again tells the timeline that a plan's option has come into force.
func again(tx *store.Tx, e *store.EngagementRow, a *Again) error {
	if e.Incident == "" {
		return nil
	}
	data := timeline.Page{Contact: string(a.Run.Contact), Engagement: string(e.ARN())}
	data.Reason = a.text()
	_, err := timeline.Add(tx, e.Incident, tocsin.EventAgain, data)
	return err
}

// takeBack ends the pages that have not gone out, or are being tried again, and
// that an acknowledgement has made pointless.
func takeBack(tx *store.Tx, e *store.EngagementRow, s *State) error {
	pages, err := tx.PagesOfEngagement(e.ARN(), store.Cursor{}, maxPages)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if !p.Sent.IsZero() || !p.Read.IsZero() {
			continue
		}
		why := s.pointless(p.Page)
		if why == "" {
			continue
		}
		facts, err := tx.Receipts(p.Page)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(facts, func(r tocsin.Receipt) bool { return r.Type == tocsin.ReceiptStop }) {
			continue
		}
		if err := receipt(tx, p, tocsin.ReceiptStop, why); err != nil {
			return err
		}
	}
	return nil
}

// maxPages is how many pages of one engagement are looked at.
const maxPages = 10_000

// failed tells the timeline of a page that could not be delivered.
func failed(tx *store.Tx, f notify.Failed) error {
	p, err := tx.Page(f.Page)
	if err != nil || p == nil || p.Incident == "" {
		return err
	}
	inc, err := tx.Incident(p.Incident.Last())
	if err != nil || inc == nil {
		return err
	}
	_, err = timeline.Add(tx, p.Incident, tocsin.EventFailed,
		timeline.Page{Contact: string(p.Contact), Engagement: string(p.Engagement), Page: string(p.ARN()), Channel: string(p.Type), Reason: f.Reason})
	return err
}

// bookFor reads everybody the engagement can reach by the plans as they are now,
// and those it has reached by plans as they were.
func bookFor(tx *store.Tx, s State) (Book, error) {
	todo := []tocsin.ARN{s.Contact}
	for _, f := range s.Stages {
		todo = append(todo, f.OnCall...)
	}
	for _, f := range s.Again {
		if f.Whom != "" {
			todo = append(todo, f.Whom)
		}
	}
	return BookOf(tx, s.Started, tx.Now(), todo...)
}

// BookOf reads everybody that contacts can reach by the plans as they are now, if
// they are followed between two instants.
func BookOf(tx *store.Tx, from, to time.Time, todo ...tocsin.ARN) (Book, error) {
	schedules := Schedules{}
	b := Book{Contacts: map[tocsin.ARN]*tocsin.Contact{}, Channels: map[tocsin.ARN]*tocsin.Channel{}, OnCall: schedules.OnCall, Duty: schedules.Duty}
	for len(todo) > 0 {
		arn := todo[0]
		todo = todo[1:]
		if _, seen := b.Contacts[arn]; seen {
			continue
		}
		c, err := tx.Contact(arn)
		if err != nil {
			return b, err
		}
		if c == nil {
			continue
		}
		b.Contacts[arn] = c
		if c.Type == tocsin.OnCall {
			if schedules[arn], _, err = Rotations(tx, c, from); err != nil {
				return b, err
			}
			todo = append(todo, during(schedules[arn], from, to)...)
		}
		if f := c.Plan.Options.Fallback; f != "" {
			todo = append(todo, f)
		}
		for _, st := range c.Plan.Stages {
			for _, t := range st.Targets {
				if t.Contact != "" {
					todo = append(todo, t.Contact)
					continue
				}
				ch, err := tx.Channel(t.Channel)
				if err != nil {
					return b, err
				}
				if ch != nil {
					b.Channels[t.Channel] = ch.Channel
				}
			}
		}
	}
	return b, nil
}

func encode(s State) string {
	b, err := json.Marshal(s)
	if err != nil { // a struct of strings and times
		panic(err)
	}
	return string(b)
}
