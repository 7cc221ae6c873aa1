package finding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// envelope is the event that GuardDuty sends for a finding. Members stand in the order
// of AWS's.
// Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// event is a finding on its way to the rules.
func event(tx *store.Tx, detail json.RawMessage) (tocsin.Event, error) {
	e := tocsin.Event{ID: tocsin.NewID(), Source: "aws.guardduty", DetailType: "GuardDuty Finding", Account: tx.Account(), Region: tx.Region(),
		Time: tx.Now().Truncate(time.Second), Bus: tocsin.DefaultBus}
	raw, err := plain(envelope{Version: "0", ID: e.ID, DetailType: e.DetailType, Source: e.Source, Account: string(e.Account), Time: e.Time.Format(time.RFC3339),
		Region: string(e.Region), Resources: []string{}, Detail: detail})
	if err != nil {
		return e, fmt.Errorf("write event: %w", err)
	}
	e.Raw = raw
	return e, nil
}

// publish hands findings to the rules that want them, in this transaction.
func publish(tx *store.Tx, b *bus.Bus, details []json.RawMessage) error {
	events := make([]tocsin.Event, 0, len(details))
	for _, d := range details {
		e, err := event(tx, d)
		if err != nil {
			return err
		}
		events = append(events, e)
	}
	return bus.Deliver(tx, b.MatchRules(events))
}

// plain writes JSON as AWS does: with <, > and & as they are.
func plain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// instant writes an instant as findings carry it.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
