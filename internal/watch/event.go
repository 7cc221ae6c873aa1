package watch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
)

// The event that AWS Config sends when what a rule says of a resource changes, and
// when it says something for the first time. Members stand in the order of AWS's.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
type envelope struct {
	Version    string   `json:"version"`
	ID         string   `json:"id"`
	DetailType string   `json:"detail-type"`
	Source     string   `json:"source"`
	Account    string   `json:"account"`
	Time       string   `json:"time"`
	Region     string   `json:"region"`
	Resources  []string `json:"resources"`
	Detail     detail   `json:"detail"`
}

type detail struct {
	ResourceID   string  `json:"resourceId"`
	Region       string  `json:"awsRegion"`
	Account      string  `json:"awsAccountId"`
	Rule         string  `json:"configRuleName"`
	Version      string  `json:"recordVersion"`
	RuleARN      string  `json:"configRuleARN"`
	MessageType  string  `json:"messageType"`
	New          result  `json:"newEvaluationResult"`
	Old          *result `json:"oldEvaluationResult,omitempty"`
	Created      string  `json:"notificationCreationTime"`
	ResourceType string  `json:"resourceType"`
}

type result struct {
	Identifier identifier `json:"evaluationResultIdentifier"`
	Compliance string     `json:"complianceType"`
	Recorded   string     `json:"resultRecordedTime"`
	Invoked    string     `json:"configRuleInvokedTime"`
	Annotation string     `json:"annotation,omitempty"`
}

type identifier struct {
	Qualifier qualifier `json:"evaluationResultQualifier"`
	Ordering  string    `json:"orderingTimestamp"`
}

type qualifier struct {
	Rule         string `json:"configRuleName"`
	ResourceType string `json:"resourceType"`
	ResourceID   string `json:"resourceId"`
	Mode         string `json:"evaluationMode"`
}

const detailType = "Config Rules Compliance Change"

func millis(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func resultOf(e *tocsin.Evaluation) result {
	return result{
		Identifier: identifier{qualifier{e.Rule, e.Type, e.Resource, "DETECTIVE"}, millis(e.Ordering)},
		Compliance: string(e.Compliance), Recorded: millis(e.Recorded), Invoked: millis(e.Invoked), Annotation: e.Annotation,
	}
}

// event tells of a change from what a rule said, if it did, to what it says now.
func event(r *tocsin.ConfigRule, was, is *tocsin.Evaluation, now time.Time) (tocsin.Event, error) {
	e := tocsin.Event{ID: tocsin.NewID(), Source: "aws.config", DetailType: detailType, Account: r.Account, Region: r.Region,
		Time: now.UTC().Truncate(time.Second), Bus: tocsin.DefaultBus}
	w := envelope{Version: "0", ID: e.ID, DetailType: e.DetailType, Source: e.Source, Account: string(r.Account), Time: e.Time.Format(time.RFC3339),
		Region: string(r.Region), Resources: []string{}, Detail: detail{ResourceID: is.Resource, Region: string(r.Region), Account: string(r.Account),
			Rule: r.Name, Version: "1.0", RuleARN: string(r.ARN()), MessageType: "ComplianceChangeNotification", New: resultOf(is), Created: millis(now),
			ResourceType: is.Type}}
	if was != nil {
		old := resultOf(was)
		w.Detail.Old = &old
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(w); err != nil {
		return e, fmt.Errorf("write event: %w", err)
	}
	e.Raw = bytes.TrimSpace(b.Bytes())
	return e, nil
}

// Record keeps what a rule says of a resource. If that is something else than before,
// or the first thing it says, an event goes to the bus, and what rules make of it is
// kept in the same transaction. NOT_APPLICABLE tells nobody where nothing was said.
// What was known of the resource later than this is not overwritten.
func Record(tx *store.Tx, b *bus.Bus, r *tocsin.ConfigRule, e tocsin.Evaluation) error {
	change, err := record(tx, r, e)
	if err != nil || change == nil {
		return err
	}
	return bus.Deliver(tx, b.Match([]tocsin.Event{*change}))
}

// record is Record without the event, which it gives; nil where there is none to send.
func record(tx *store.Tx, r *tocsin.ConfigRule, e tocsin.Evaluation) (*tocsin.Event, error) {
	e.Rule, e.Recorded = r.Name, tx.Now()
	was, err := tx.Evaluation(e.Rule, e.Type, e.Resource)
	switch {
	case err != nil:
		return nil, err
	case was != nil && (was.Ordering.After(e.Ordering) || was.Verdict == e.Verdict):
		return nil, nil
	case was == nil && e.Compliance == tocsin.NotApplicable && e.Annotation == gone:
		return nil, nil
	}
	if e.Compliance == tocsin.NotApplicable && e.Annotation == gone {
		err = tx.DeleteEvaluation(e)
	} else {
		err = tx.PutEvaluation(e)
	}
	if err != nil || said(was) == e.Compliance {
		return nil, err
	}
	change, err := event(r, was, &e, tx.Now())
	return &change, err
}

// gone is what is said of a resource that exists no more.
const gone = "The resource was deleted."

// said is what was said before; nothing is as good as NOT_APPLICABLE.
func said(was *tocsin.Evaluation) tocsin.Compliance {
	if was == nil {
		return tocsin.NotApplicable
	}
	return was.Compliance
}
