package watch

import (
	"context"
	"errors"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// record keeps what a rule says of a resource, if that is news. A read tells first
// whether it is, so that a round in which nothing changed writes nothing.
func (w *watched) record(ctx context.Context, r *tocsin.ConfigRule, e tocsin.Evaluation) error {
	var was *tocsin.Evaluation
	err := w.DB.View(ctx, w.who(), func(tx *store.Tx) (err error) {
		was, err = tx.Evaluation(e.Rule, e.Type, e.Resource)
		return err
	})
	if err != nil || was != nil && was.Verdict == e.Verdict {
		return err
	}
	current := func(fn func(tx *store.Tx) error) error {
		return w.DB.Update(ctx, w.who(), func(tx *store.Tx) error {
			now, err := tx.ConfigRule(r.Name)
			if err != nil || now == nil || now.ID != r.ID || now.Identifier != r.Identifier {
				return err // the rule is gone, or another one
			}
			return fn(tx)
		})
	}
	err = current(func(tx *store.Tx) error { return Record(tx, w.Bus, r, e) })
	if err == nil || ctx.Err() != nil {
		return err
	}
	// What rules make of the event keeps the evaluation back: the bus gets the event
	// first, by itself, with a dead letter for whatever fails again. A crash here
	// sends it twice rather than never.
	w.Log.Warn("an evaluation could not be kept together with what its event brings about; trying each by itself", "rule", r.Name, "resource", e.Resource, "error", err)
	var change *tocsin.Event
	errProbe := errors.New("only to see")
	err = current(func(tx *store.Tx) (err error) {
		if change, err = record(tx, r, e); err == nil {
			err = errProbe // written after the event is delivered
		}
		return err
	})
	if err != nil && !errors.Is(err, errProbe) {
		return err
	}
	if change != nil {
		for _, err := range w.Bus.Put(ctx, w.who(), []tocsin.Event{*change}) {
			if err != nil {
				w.Log.Error("an event was delivered in part; the rest stands among the dead letters", "event", change.ID, "error", err)
			}
		}
	}
	return current(func(tx *store.Tx) error { _, err := record(tx, r, e); return err })
}

// begin notes when the rules' first evaluation started.
func (w *watched) begin(ctx context.Context, rules []*tocsin.ConfigRule, at time.Time) {
	var first []*tocsin.ConfigRule
	for _, r := range rules {
		if r.Status.Started.IsZero() {
			r.Status.Started = at
			first = append(first, r)
		}
	}
	if len(first) == 0 {
		return
	}
	if err := w.putStatus(ctx, first); err != nil {
		w.Log.Warn("cannot note that rules are evaluated for the first time", "watch", w.Kind.Name, "error", err)
	}
}

// end notes how a round went.
func (w *watched) end(ctx context.Context, rules []*tocsin.ConfigRule, began time.Time, failed error) error {
	for _, r := range rules {
		r.Status.Invoked = began
		r.Status.ErrorCode, r.Status.ErrorMessage = "", ""
		if failed == nil {
			r.Status.Evaluated = time.Now().UTC()
			continue
		}
		r.Status.Failed = time.Now().UTC()
		r.Status.ErrorCode, r.Status.ErrorMessage = "InternalError", failed.Error()
		var f *Failure
		if errors.As(failed, &f) {
			r.Status.ErrorCode = f.Code
		}
	}
	return w.putStatus(ctx, rules)
}

func (w *watched) putStatus(ctx context.Context, rules []*tocsin.ConfigRule) error {
	if len(rules) == 0 {
		return nil
	}
	return w.DB.Update(ctx, w.who(), func(tx *store.Tx) error {
		for _, r := range rules {
			if err := tx.PutConfigRuleStatus(r.Name, r.Status); err != nil {
				return err
			}
		}
		return nil
	})
}

// tell keeps a round's outcome for the metrics, and logs it where it is another.
func (w *watched) tell(began time.Time, resources int, err error) {
	w.mu.Lock()
	was := w.status.Err
	w.status.Err, w.status.Took = err, time.Since(began)
	if err == nil {
		w.status.Last, w.status.Resources = time.Now().UTC(), resources
	}
	w.mu.Unlock()
	switch {
	case err != nil && (was == nil || was.Error() != err.Error()):
		w.Log.Error("A WATCH CANNOT SEE: resources are not looked at; what rules said last stays", "watch", w.Kind.Name, "endpoint", w.Settings.Endpoint, "error", err)
	case err == nil && was != nil:
		w.Log.Info("a watch can see again", "watch", w.Kind.Name, "resources", resources)
	}
}

// look is the work of bus.Look: a resource that an event says was changed.
func (s *Service) look(ctx context.Context, j job.Job, l bus.Look) (job.Finish, error) {
	done := func(*store.Tx) error { return nil }
	for _, w := range s.watches {
		if w.Kind.Name != l.Watch || w.region() != l.Region || w.Account != l.Account {
			continue
		}
		if l.Resource == "" {
			w.poke(true)
			return done, nil
		}
		began := time.Now().UTC()
		rules, err := w.rules(ctx)
		if err == nil && len(rules) > 0 {
			err = w.judge(ctx, rules, l.Resource, began)
		}
		if err != nil && j.Attempt+1 < maxTries {
			return nil, err
		}
		if err != nil {
			s.Log.Warn("a resource that was changed cannot be looked at; the next round will try", "watch", l.Watch, "resource", l.Resource, "error", err)
		}
		return done, nil
	}
	s.Log.Warn("an event asks for a look by a watch that is not set up", "watch", l.Watch, "region", l.Region)
	return done, nil
}
