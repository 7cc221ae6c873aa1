package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// EventBridge's codes for deliveries that were given up, as far as we use them.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
const (
	noResource    = "NO_RESOURCE"
	noPermissions = "NO_PERMISSIONS"
	clientError   = "SDK_CLIENT_ERROR"
	internalError = "INTERNAL_ERROR"
)

// Put matches the events and delivers what the rules want; it returns when all of
// that is committed. The answer is nil, or has an entry for each event that is nil
// when everything the event brought about is kept. Events that no rule wants touch
// no disk.
//
// All deliveries are one transaction. If that fails, each is tried again by
// itself, so that what is wrong with one keeps no other back; one that fails again
// becomes a dead letter, and its event's sender is told.
func (b *Bus) Put(ctx context.Context, who store.Who, events []tocsin.Event) []error {
	matches := b.Match(events)
	if len(matches) == 0 {
		return nil
	}
	err := b.db.Update(ctx, who, func(tx *store.Tx) error { return Deliver(tx, matches) })
	if err == nil {
		return nil
	}
	b.log.Warn("deliveries failed together, trying each by itself", "matches", len(matches), "request", who.RequestID, "error", err)
	return b.putAlone(ctx, who, events, matches)
}

// putAlone delivers each match by itself.
func (b *Bus) putAlone(ctx context.Context, who store.Who, events []tocsin.Event, matches []tocsin.Match) []error {
	failed := make(map[string]error)
	for _, m := range matches {
		for i := range m.Targets {
			if err := b.deliverAlone(ctx, who, m, m.Targets[i:i+1]); err != nil {
				failed[m.Event.ID] = err
			}
		}
	}
	if len(failed) == 0 {
		return nil
	}
	errs := make([]error, len(events))
	for i := range events {
		errs[i] = failed[events[i].ID]
	}
	return errs
}

func (b *Bus) deliverAlone(ctx context.Context, who store.Who, m tocsin.Match, target []tocsin.Target) error {
	m.Targets = target
	err := b.db.Update(ctx, who, func(tx *store.Tx) error { return Deliver(tx, []tocsin.Match{m}) })
	if err == nil {
		return nil
	}
	b.log.Error("a delivery failed", "rule", m.Rule.ARN(), "target", target[0].ARN, "event", m.Event.ID, "request", who.RequestID, "error", err)
	lost := b.db.Update(context.WithoutCancel(ctx), who, func(tx *store.Tx) error {
		return deadLetter(tx, &m, target[0].ARN, internalError, "The delivery failed inside the server; the event's sender was told so. The log says why.")
	})
	if lost != nil {
		b.log.Error("the dead letter of a delivery could not be kept", "rule", m.Rule.ARN(), "event", m.Event.ID, "error", lost)
	}
	return err
}

// Deliver hands each matched event to its rule's targets, on behalf of the rule's
// account and region. What cannot be delivered becomes a dead letter and stops no
// other delivery. An error is unforeseen, and then nothing may be committed.
func Deliver(tx *store.Tx, matches []tocsin.Match) error {
	for i := range matches {
		m := &matches[i]
		err := tx.In(m.Rule.Account, m.Rule.Region, func(tx *store.Tx) error {
			how, err := lateness(tx, m)
			if err != nil || how == lateDrop {
				return err
			}
			for j := range m.Targets {
				if err := deliver(tx, m, &m.Targets[j], how == lateOpen); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("deliver event %s by rule %s: %w", m.Event.ID, m.Rule.Name, err)
		}
	}
	return nil
}

func deliver(tx *store.Tx, m *tocsin.Match, t *tocsin.Target, quiet bool) error {
	if isWatch(t) && t.ARN.Account() == m.Rule.Account {
		return look(tx, m, t)
	}
	switch m.Rule.Name {
	case keeper:
		return job.Now(tx, Keep{Raw: m.Event.Raw})
	case recoverer:
		return incident.Recovered(tx, &m.Event)
	}
	if t.ARN.Service() != tocsin.ServiceIncidents || t.ARN.Kind() != "response-plan" {
		return deadLetter(tx, m, t.ARN, clientError, "This server delivers to response plans and its own watches only.")
	}
	if t.ARN.Account() != m.Rule.Account {
		return deadLetter(tx, m, t.ARN, noPermissions, "The response plan belongs to another account.")
	}
	_, _, err := incident.Start(tx, incident.Trigger{
		Plan: t.ARN.ID(), Source: tocsin.SourceEvents, Resource: string(m.Rule.ARN()), Event: &m.Event, Rule: &m.Rule, Raw: payload(tx.Now(), m, t),
		Quiet: quiet,
	})
	var e *tocsin.Error
	if errors.As(err, &e) && e.Kind == tocsin.NotFound && e.ResourceType == tocsin.TypeResponsePlan {
		// Start looks for the plan before it writes anything, so the rest may go on.
		return deadLetter(tx, m, t.ARN, noResource, "The response plan does not exist.")
	}
	return err
}

func deadLetter(tx *store.Tx, m *tocsin.Match, target tocsin.ARN, code, message string) error {
	return tx.AddDeadLetter(tocsin.DeadLetter{ID: tocsin.NewID(), Time: tx.Now(), Rule: m.Rule.ARN(), Target: target, Code: code, Message: message,
		EventID: m.Event.ID, EventRaw: string(m.Event.Raw)})
}
