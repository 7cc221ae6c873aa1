package bus

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// Arrival is an event that a source brings, which may bring it again.
type Arrival struct {
	Event tocsin.Event
	// Known is what the event is known by wherever it comes from: the id of a
	// CloudTrail record, or else the event's own. Empty is never dropped.
	Known string
	// Await, if set, is for a source that brings again what should have come by
	// others: they have until Due, else the event is overdue ([store.Tx.Overdue]).
	Await *Await
}

// Await says until when an event should have come by another source.
type Await struct {
	Source string // that brought it meanwhile
	Due    time.Time
	Only   bool // the event is not delivered
}

// Outcome is what became of arrivals.
type Outcome struct {
	Matched int // events that rules wanted, now for the first time
	Repeats int // events that rules wanted and that had been delivered before
	Late    int // of those Matched, that came late
	// Errs is nil, or has an entry for each arrival that is nil when everything
	// the event brought about is kept.
	Errs []error
}

// check refuses an event that cannot be matched or kept: Invalid.
func check(event []byte) error {
	if err := pattern.Check(event); err != nil {
		return tocsin.Refuse(err.Error())
	}
	if HoldsNUL(event) {
		return tocsin.Refuse("The event holds the character U+0000, which cannot be kept.")
	}
	return nil
}

// A call is an arrival that rules want.
type call struct {
	*Arrival
	at      int // its place among the arrivals
	matches []tocsin.Match
	fresh   bool
}

// PutNew is [Bus.Put] for sources: of an event that the account has had from a
// source before, nothing is delivered. An event that is Invalid is refused and
// keeps no other back.
func (b *Bus) PutNew(ctx context.Context, who store.Who, arrivals []Arrival) Outcome {
	var out Outcome
	var calls []call
	for i := range arrivals {
		a := &arrivals[i]
		if err := check(a.Event.Raw); err != nil {
			out.fail(i, len(arrivals), err)
			continue
		}
		if matches := b.Match([]tocsin.Event{a.Event}); len(matches) > 0 {
			calls = append(calls, call{Arrival: a, at: i, matches: matches})
		}
	}
	if len(calls) == 0 {
		return out
	}
	err := b.db.Update(ctx, who, func(tx *store.Tx) error {
		var all []tocsin.Match
		for i := range calls {
			c := &calls[i]
			deliver, err := c.see(tx)
			if err != nil {
				return err
			}
			if deliver {
				all = append(all, c.matches...)
			}
		}
		return Deliver(tx, all)
	})
	if err != nil {
		b.log.Warn("deliveries failed together, trying each by itself", "events", len(calls), "operation", who.Operation, "error", err)
		for i := range calls {
			if err := b.putNewAlone(ctx, who, &calls[i]); err != nil {
				out.fail(calls[i].at, len(arrivals), err)
			}
		}
	}
	for _, c := range calls {
		switch {
		case c.Await != nil && c.Await.Only:
		case !c.fresh:
			out.Repeats++
		case c.Event.Late > 0:
			out.Late++
			fallthrough
		default:
			out.Matched++
		}
	}
	return out
}

// see remembers the event, and says whether it is to be delivered.
func (c *call) see(tx *store.Tx) (deliver bool, err error) {
	c.fresh = true
	switch {
	case c.Known == "":
		return true, nil
	case c.Await != nil && c.Await.Only:
		c.fresh = false
		if saw, err := tx.Saw(c.Known); saw || err != nil {
			return false, err
		}
		return false, c.await(tx)
	}
	if c.fresh, err = tx.See(c.Known); err != nil {
		return false, err
	}
	switch {
	case c.Await == nil && !c.fresh:
		_, err = tx.Meet(c.Known)
	case c.Await != nil && c.fresh:
		err = c.await(tx)
	}
	return c.fresh, err
}

func (c *call) await(tx *store.Tx) error {
	return tx.Await(store.Unmet{ID: c.Known, Source: c.Await.Source, Due: c.Await.Due, Event: string(c.Event.Raw)})
}

func (o *Outcome) fail(i, n int, err error) {
	if o.Errs == nil {
		o.Errs = make([]error, n)
	}
	o.Errs[i] = err
}

// putNewAlone delivers match by match and target by target. What cannot be
// delivered becomes a dead letter; an event of which not even that can be kept is
// told, and does not count as delivered.
func (b *Bus) putNewAlone(ctx context.Context, who store.Who, c *call) error {
	c.fresh = false
	saw := false
	if c.Known != "" {
		err := b.db.View(ctx, who, func(tx *store.Tx) (err error) {
			saw, err = tx.Saw(c.Known)
			return err
		})
		if err != nil {
			return err
		}
	}
	delivered := false
	if !saw && (c.Await == nil || !c.Await.Only) {
		var err error
		if delivered, err = b.deliverEach(ctx, who, c.matches, c.Known); err != nil || c.Known == "" {
			c.fresh = delivered
			return err
		}
	}
	// Last, so that a crash before leaves the rest to the next time.
	err := b.db.Update(ctx, who, func(tx *store.Tx) error {
		_, err := c.see(tx)
		return err
	})
	c.fresh = delivered
	return err
}

// deliverEach delivers one event to each target by itself, unless it was before.
func (b *Bus) deliverEach(ctx context.Context, who store.Who, of []tocsin.Match, id string) (done bool, failed error) {
	for _, m := range of {
		for i := range m.Targets {
			one := m
			one.Targets = m.Targets[i : i+1]
			target := string(one.Targets[0].ARN)
			fresh := true
			each := func(then func(tx *store.Tx) error) error {
				return b.db.Update(ctx, who, func(tx *store.Tx) (err error) {
					if id != "" {
						fresh, err = tx.See(id + " " + string(m.Rule.ARN()) + " " + target)
					}
					if err != nil || !fresh {
						return err
					}
					return then(tx)
				})
			}
			err := each(func(tx *store.Tx) error { return Deliver(tx, []tocsin.Match{one}) })
			if err != nil {
				b.log.Error("a delivery failed", "rule", m.Rule.ARN(), "target", target, "event", m.Event.ID, "operation", who.Operation, "error", err)
				err = each(func(tx *store.Tx) error {
					return deadLetter(tx, &one, one.Targets[0].ARN, internalError, "The delivery failed inside the server. The log says why.")
				})
			}
			if err != nil {
				failed = errors.Join(failed, err)
			} else if fresh {
				done = true
			}
		}
	}
	return done, failed
}

// HoldsNUL tells whether a checked JSON text has the character U+0000, which can
// stand in it only escaped. PostgreSQL's text cannot hold it.
func HoldsNUL(s []byte) bool {
	for {
		i := bytes.Index(s, []byte(`\u0000`))
		if i < 0 {
			return false
		}
		slashes := 1
		for i-slashes >= 0 && s[i-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 1 {
			return true
		}
		s = s[i+len(`\u0000`):]
	}
}
