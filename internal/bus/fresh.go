package bus

import (
	"bytes"
	"context"
	"errors"

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
}

// Outcome is what became of arrivals.
type Outcome struct {
	Matched int // events that rules wanted, now for the first time
	Repeats int // events that rules wanted and that had been delivered before
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

// PutNew is [Bus.Put] for sources: of an event that the account has had from a
// source before, nothing is delivered. An event that is Invalid is refused and
// keeps no other back.
func (b *Bus) PutNew(ctx context.Context, who store.Who, arrivals []Arrival) Outcome {
	events := make([]tocsin.Event, 0, len(arrivals))
	known := make(map[string]string, len(arrivals))
	var out Outcome
	for i := range arrivals {
		e := &arrivals[i].Event
		if err := check(e.Raw); err != nil {
			out.fail(i, len(arrivals), err)
			continue
		}
		if arrivals[i].Known != "" {
			known[e.ID] = arrivals[i].Known
		}
		events = append(events, *e)
	}
	matches := b.Match(events)
	if len(matches) == 0 {
		return out
	}
	var fresh []tocsin.Match
	err := b.db.Update(ctx, who, func(tx *store.Tx) (err error) {
		if fresh, err = unseen(tx, matches, known); err != nil {
			return err
		}
		return Deliver(tx, fresh)
	})
	if err != nil {
		b.log.Warn("deliveries failed together, trying each by itself", "matches", len(matches), "operation", who.Operation, "error", err)
		failed := b.putNewAlone(ctx, who, matches, known, &fresh)
		for i := range arrivals {
			if err := failed[arrivals[i].Event.ID]; err != nil {
				out.fail(i, len(arrivals), err)
			}
		}
	}
	out.Matched = eventsIn(fresh)
	out.Repeats = eventsIn(matches) - out.Matched
	return out
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
func (b *Bus) putNewAlone(ctx context.Context, who store.Who, matches []tocsin.Match, known map[string]string, done *[]tocsin.Match) map[string]error {
	failed := map[string]error{}
	*done = nil
	for len(matches) > 0 {
		n := 1
		for n < len(matches) && matches[n].Event.ID == matches[0].Event.ID {
			n++
		}
		of := matches[:n]
		matches = matches[n:]
		id := known[of[0].Event.ID]
		fresh, err := b.deliverEach(ctx, who, of, id)
		if err == nil && id != "" { // last, so that a crash before leaves the rest to the next time
			err = b.db.Update(ctx, who, func(tx *store.Tx) error { _, err := tx.See(id); return err })
		}
		if err != nil {
			failed[of[0].Event.ID] = err
		}
		*done = append(*done, fresh...)
	}
	return failed
}

// deliverEach delivers one event to each target by itself, unless it was before.
func (b *Bus) deliverEach(ctx context.Context, who store.Who, of []tocsin.Match, id string) (done []tocsin.Match, failed error) {
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
				done = append(done, one)
			}
		}
	}
	return done, failed
}

// unseen leaves out the matches of events that were delivered before, and
// remembers the others. Matches of one event stand together.
func unseen(tx *store.Tx, matches []tocsin.Match, known map[string]string) ([]tocsin.Match, error) {
	out := make([]tocsin.Match, 0, len(matches))
	last, fresh := "", false
	for _, m := range matches {
		id := known[m.Event.ID]
		if m.Event.ID != last || last == "" {
			last, fresh = m.Event.ID, true
			if id != "" {
				var err error
				if fresh, err = tx.See(id); err != nil {
					return nil, err
				}
			}
		}
		if fresh {
			out = append(out, m)
		}
	}
	return out, nil
}

func eventsIn(matches []tocsin.Match) (n int) {
	for i := range matches {
		if i == 0 || matches[i].Event.ID != matches[i-1].Event.ID {
			n++
		}
	}
	return n
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
