package source

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// LateAfter is how old a CloudTrail record is when it comes that is marked late,
// unless a source says otherwise: CloudTrail itself needs some minutes, and sends
// again for a day what it could not deliver.
const LateAfter = 24 * time.Hour

// mark marks the events that tell of something long past: CloudTrail records that
// are old, and those that add to an older one (addendum).
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (in *Intake) mark(arrivals []bus.Arrival) {
	after := in.Late
	if after == 0 {
		after = LateAfter
	}
	now := time.Now()
	for i := range arrivals {
		e := &arrivals[i].Event
		if !strings.HasSuffix(e.DetailType, viaCloudTrail) || e.Time.IsZero() || e.Late > 0 {
			continue
		}
		if age := now.Sub(e.Time); age >= after || addendum(e.Raw) {
			e.Late = max(age, time.Second)
		}
	}
}

// addendum tells whether the record in an event adds to one that was delivered before.
func addendum(event []byte) (adds bool) {
	members(event, func(key, value []byte) {
		if string(key) == "detail" && object(value) != nil {
			members(value, func(key, value []byte) {
				adds = adds || string(key) == "addendum" && object(value) != nil
			})
		}
	})
	return adds
}

// expect says of an event from a file, where files are to be reconciled, until when
// it should have come live. One that comes after that is late.
func (in *Intake) expect(a *bus.Arrival) {
	if !in.Files.Reconcile || a.Known == "" {
		return
	}
	now := time.Now()
	at := a.Event.Time
	if at.IsZero() || at.After(now) {
		at = now
	}
	due := at.Add(in.Files.Grace)
	a.Await = &bus.Await{Source: in.Name, Due: due, Only: in.Files.OnlyReport}
	if due.Before(in.Files.NotBefore) {
		a.Await.Due = in.Files.NotBefore
	}
	if !due.After(now) {
		a.Event.Late = max(now.Sub(at), time.Second)
	}
}

// mostMissed is how many missed events are reported in one transaction.
const mostMissed = 50

// noticeSource is the source of events by which sources tell of themselves.
const noticeSource = "tocsin.source"

// ReportMissed reports the events that came by a file and were not brought by
// another source until they were due: each by an event "Missed Event", which has the
// original in its detail.
func (in *Intake) ReportMissed(ctx context.Context) error {
	for {
		var due []store.Unmet
		missed := int64(0)
		err := in.DB.Update(ctx, in.Who, func(tx *store.Tx) (err error) {
			missed = 0
			if due, err = tx.Overdue(in.Name, mostMissed); err != nil {
				return err
			}
			for _, u := range due {
				told, err := in.missed(tx, u)
				if err != nil {
					return err
				}
				if told {
					missed++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		in.mu.Lock()
		in.status.Missed += missed
		in.mu.Unlock()
		if len(due) < mostMissed {
			return nil
		}
	}
}

// missed reports one event, unless it was brought after all.
func (in *Intake) missed(tx *store.Tx, u store.Unmet) (bool, error) {
	if _, err := tx.Meet(u.ID); err != nil {
		return false, err
	}
	if in.Files.OnlyReport {
		if saw, err := tx.Saw(u.ID); saw || err != nil {
			return false, err
		}
	}
	if fresh, err := tx.See("missed " + u.ID); !fresh || err != nil {
		return false, err
	}
	notice, err := in.notice("Missed Event", ID("missed", in.Name, u.ID), nil, map[string]any{
		"source": in.Name, "eventID": u.ID, "delivered": !in.Files.OnlyReport, "event": json.RawMessage(u.Event),
	})
	if err != nil {
		return false, err
	}
	return true, bus.Deliver(tx, in.Bus.Match([]tocsin.Event{*notice}))
}

// Tell puts an event on the bus by which the source tells of itself, once.
func (in *Intake) Tell(ctx context.Context, detailType, id string, resources []string, detail any) error {
	notice, err := in.notice(detailType, id, resources, detail)
	if err != nil {
		return err
	}
	_, err = in.put(ctx, []bus.Arrival{{Event: *notice, Known: id}})
	return err
}

// notice makes an event by which the source tells of itself.
func (in *Intake) notice(detailType, id string, resources []string, detail any) (*tocsin.Event, error) {
	text, err := json.Marshal(detail)
	if err != nil {
		return nil, err
	}
	o := in.Origin()
	all, err := Envelope{ID: id, Source: noticeSource, DetailType: detailType, Time: o.Now, Resources: resources, Detail: text}.Arrivals(o)
	if err != nil {
		return nil, err
	}
	return &all[0].Event, nil
}
