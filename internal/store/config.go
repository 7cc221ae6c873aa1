package store

import (
	"fmt"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// TopicConfig is what the live view calls the rules of AWS Config and what they say.
const TopicConfig = "config"

func configRule(r sqldb.ConfigRule) (*tocsin.ConfigRule, error) {
	out := &tocsin.ConfigRule{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), Name: r.Name, ID: r.ID, Identifier: r.Identifier,
		Resource: r.Resource, Rest: []byte(r.Rest), Created: tocsin.Micros(r.Created).Time(), Asked: tocsin.Micros(r.Asked).Time(),
		Status: tocsin.RuleStatus{Started: tocsin.Micros(r.Started).Time(), Invoked: tocsin.Micros(r.Invoked).Time(), Evaluated: tocsin.Micros(r.Evaluated).Time(),
			Failed: tocsin.Micros(r.Failed).Time(), ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorText}}
	if err := decode(r.Types, &out.Types); err != nil {
		return nil, err
	}
	return out, decode(r.Parameters, &out.Parameters)
}

// ConfigRule gives a rule of AWS Config of the transaction's region, or nil.
func (tx *Tx) ConfigRule(name string) (*tocsin.ConfigRule, error) {
	r, err := tx.q.GetConfigRule(tx.ctx, sqldb.GetConfigRuleParams{Account: tx.acct(), Region: tx.region(), Name: name})
	return oneConfigRule(r, err)
}

// ConfigRuleByID gives a rule by its id, or nil.
func (tx *Tx) ConfigRuleByID(id string) (*tocsin.ConfigRule, error) {
	r, err := tx.q.GetConfigRuleByID(tx.ctx, sqldb.GetConfigRuleByIDParams{Account: tx.acct(), Region: tx.region(), ID: id})
	return oneConfigRule(r, err)
}

func oneConfigRule(r sqldb.ConfigRule, err error) (*tocsin.ConfigRule, error) {
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read config rule: %w", err)
	}
	return configRule(r)
}

// PutConfigRule writes a rule, new or changed; a change leaves its id, date and status.
func (tx *Tx) PutConfigRule(r *tocsin.ConfigRule) error {
	tx.Changed(TopicConfig, r.ARN())
	return wrap("write config rule", tx.q.PutConfigRule(tx.ctx, sqldb.PutConfigRuleParams{Account: tx.acct(), Region: tx.region(), Name: r.Name, ID: r.ID,
		Identifier: r.Identifier, Types: encode(r.Types), Resource: r.Resource, Parameters: encode(r.Parameters), Rest: string(r.Rest),
		Created: micros(r.Created), Asked: micros(r.Asked)}))
}

// AskConfigRule notes that an evaluation of the rule is asked for now.
func (tx *Tx) AskConfigRule(r *tocsin.ConfigRule) error {
	tx.Changed(TopicConfig, r.ARN())
	return wrap("ask for an evaluation", tx.q.AskConfigRule(tx.ctx, sqldb.AskConfigRuleParams{Asked: micros(tx.now), Account: tx.acct(), Region: tx.region(), Name: r.Name}))
}

// PutConfigRuleStatus writes how evaluating a rule went.
func (tx *Tx) PutConfigRuleStatus(name string, s tocsin.RuleStatus) error {
	tx.Touch(TopicConfig)
	return wrap("write status of config rule", tx.q.PutConfigRuleStatus(tx.ctx, sqldb.PutConfigRuleStatusParams{Started: micros(s.Started), Invoked: micros(s.Invoked),
		Evaluated: micros(s.Evaluated), Failed: micros(s.Failed), ErrorCode: s.ErrorCode, ErrorText: tocsin.Clip(s.ErrorMessage, 1000),
		Account: tx.acct(), Region: tx.region(), Name: name}))
}

// DeleteConfigRule removes a rule with its tags and what it said.
func (tx *Tx) DeleteConfigRule(r *tocsin.ConfigRule) error {
	tx.Changed(TopicConfig, r.ARN())
	err := tx.q.DeleteConfigRule(tx.ctx, sqldb.DeleteConfigRuleParams{Account: tx.acct(), Region: tx.region(), Name: r.Name})
	if err != nil {
		return fmt.Errorf("delete config rule: %w", err)
	}
	err = tx.q.DeleteRuleEvaluations(tx.ctx, sqldb.DeleteRuleEvaluationsParams{Account: tx.acct(), Region: tx.region(), Rule: r.Name})
	if err != nil {
		return fmt.Errorf("delete evaluations: %w", err)
	}
	return tx.DeleteTags(r.ARN())
}

// ConfigRules lists at most limit rules by name, after the given one.
func (tx *Tx) ConfigRules(after string, limit int) ([]*tocsin.ConfigRule, error) {
	rows, err := tx.q.ListConfigRules(tx.ctx, sqldb.ListConfigRulesParams{Account: tx.acct(), Region: tx.region(), Name: after, Limit: int32(limit)})
	return each("list config rules", rows, err, configRule)
}

// AllConfigRules lists the account's rules of all regions.
func (tx *Tx) AllConfigRules() ([]*tocsin.ConfigRule, error) {
	rows, err := tx.q.ListAllConfigRules(tx.ctx, tx.acct())
	return each("list config rules", rows, err, configRule)
}

// CountConfigRules counts the rules of the region.
func (tx *Tx) CountConfigRules() (int, error) {
	n, err := tx.q.CountConfigRules(tx.ctx, sqldb.CountConfigRulesParams{Account: tx.acct(), Region: tx.region()})
	return int(n), wrap("count config rules", err)
}

func evaluation(r sqldb.ConfigEvaluation) (tocsin.Evaluation, error) {
	return tocsin.Evaluation{Rule: r.Rule, Type: r.Type, Resource: r.Resource,
		Verdict:  tocsin.Verdict{Compliance: tocsin.Compliance(r.Compliance), Annotation: r.Annotation},
		Ordering: tocsin.Micros(r.Ordering).Time(), Invoked: tocsin.Micros(r.Invoked).Time(), Recorded: tocsin.Micros(r.Recorded).Time()}, nil
}

// Evaluation gives what a rule said last of a resource, or nil.
func (tx *Tx) Evaluation(rule, kind, resource string) (*tocsin.Evaluation, error) {
	r, err := tx.q.GetEvaluation(tx.ctx, sqldb.GetEvaluationParams{Account: tx.acct(), Region: tx.region(), Rule: rule, Type: kind, Resource: resource})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read evaluation: %w", err)
	}
	e, err := evaluation(r)
	return &e, err
}

// PutEvaluation writes what a rule says of a resource, in the place of what it said.
func (tx *Tx) PutEvaluation(e tocsin.Evaluation) error {
	tx.Touch(TopicConfig)
	return wrap("write evaluation", tx.q.PutEvaluation(tx.ctx, sqldb.PutEvaluationParams{Account: tx.acct(), Region: tx.region(), Rule: e.Rule, Type: e.Type,
		Resource: e.Resource, Compliance: string(e.Compliance), Annotation: e.Annotation, Ordering: micros(e.Ordering), Invoked: micros(e.Invoked),
		Recorded: micros(e.Recorded)}))
}

// DeleteEvaluation removes what a rule said of a resource.
func (tx *Tx) DeleteEvaluation(e tocsin.Evaluation) error {
	tx.Touch(TopicConfig)
	return wrap("delete evaluation", tx.q.DeleteEvaluation(tx.ctx, sqldb.DeleteEvaluationParams{Account: tx.acct(), Region: tx.region(), Rule: e.Rule,
		Type: e.Type, Resource: e.Resource}))
}

// RuleEvaluations lists at most limit evaluations of a rule by type and resource,
// after the given ones.
func (tx *Tx) RuleEvaluations(rule, kind, after string, limit int) ([]tocsin.Evaluation, error) {
	rows, err := tx.q.ListRuleEvaluations(tx.ctx, sqldb.ListRuleEvaluationsParams{Account: tx.acct(), Region: tx.region(), Rule: rule, Type: kind, Resource: after, Max: int32(limit)})
	return each("list evaluations", rows, err, evaluation)
}

// ResourceEvaluations lists at most limit evaluations of a resource by rule, after
// the given one.
func (tx *Tx) ResourceEvaluations(kind, resource, after string, limit int) ([]tocsin.Evaluation, error) {
	rows, err := tx.q.ListResourceEvaluations(tx.ctx, sqldb.ListResourceEvaluationsParams{Account: tx.acct(), Region: tx.region(), Type: kind, Resource: resource,
		Rule: after, Limit: int32(limit)})
	return each("list evaluations", rows, err, evaluation)
}

// Evaluations lists at most limit evaluations of all rules by type, resource and
// rule, of the resources after the given one.
func (tx *Tx) Evaluations(kind, after string, limit int) ([]tocsin.Evaluation, error) {
	rows, err := tx.q.ListEvaluations(tx.ctx, sqldb.ListEvaluationsParams{Account: tx.acct(), Region: tx.region(), Type: kind, Resource: after, Max: int32(limit)})
	return each("list evaluations", rows, err, evaluation)
}

// CountCompliance counts what a rule says.
func (tx *Tx) CountCompliance(rule string) (map[tocsin.Compliance]int, error) {
	rows, err := tx.q.CountCompliance(tx.ctx, sqldb.CountComplianceParams{Account: tx.acct(), Region: tx.region(), Rule: rule})
	out := map[tocsin.Compliance]int{}
	for _, r := range rows {
		out[tocsin.Compliance(r.Compliance)] = int(r.N)
	}
	return out, wrap("count evaluations", err)
}

// Recorder is a configuration recorder: it can be made, started and stopped as at
// AWS, and that is all it does.
type Recorder struct {
	Name             string
	Body             string // as the API gave it
	Started, Stopped time.Time
	Changed          time.Time
}

// Recording tells whether the recorder was started last, not stopped.
func (r *Recorder) Recording() bool { return r.Started.After(r.Stopped) }

// Recorder gives the configuration recorder of the region, or nil.
func (tx *Tx) Recorder() (*Recorder, error) {
	r, err := tx.q.GetRecorder(tx.ctx, sqldb.GetRecorderParams{Account: tx.acct(), Region: tx.region()})
	if none(err) {
		return nil, nil
	}
	return &Recorder{Name: r.Name, Body: r.Body, Started: tocsin.Micros(r.Started).Time(), Stopped: tocsin.Micros(r.Stopped).Time(),
		Changed: tocsin.Micros(r.Changed).Time()}, wrap("read recorder", err)
}

// PutRecorder writes the configuration recorder of the region.
func (tx *Tx) PutRecorder(r *Recorder) error {
	tx.Changed(TopicConfig, tocsin.ARN("configuration-recorder/"+r.Name))
	return wrap("write recorder", tx.q.PutRecorder(tx.ctx, sqldb.PutRecorderParams{Account: tx.acct(), Region: tx.region(), Name: r.Name, Body: r.Body,
		Started: micros(r.Started), Stopped: micros(r.Stopped), Changed: micros(r.Changed)}))
}

// DeleteRecorder removes the configuration recorder of the region.
func (tx *Tx) DeleteRecorder(name string) error {
	tx.Changed(TopicConfig, tocsin.ARN("configuration-recorder/"+name))
	return wrap("delete recorder", tx.q.DeleteRecorder(tx.ctx, sqldb.DeleteRecorderParams{Account: tx.acct(), Region: tx.region()}))
}

// DeliveryChannel gives the name and body of the region's delivery channel; empty
// when there is none.
func (tx *Tx) DeliveryChannel() (name, body string, err error) {
	r, err := tx.q.GetDeliveryChannel(tx.ctx, sqldb.GetDeliveryChannelParams{Account: tx.acct(), Region: tx.region()})
	if none(err) {
		return "", "", nil
	}
	return r.Name, r.Body, wrap("read delivery channel", err)
}

// PutDeliveryChannel writes the delivery channel of the region.
func (tx *Tx) PutDeliveryChannel(name, body string) error {
	tx.Changed(TopicConfig, tocsin.ARN("delivery-channel/"+name))
	return wrap("write delivery channel", tx.q.PutDeliveryChannel(tx.ctx, sqldb.PutDeliveryChannelParams{Account: tx.acct(), Region: tx.region(), Name: name, Body: body}))
}

// DeleteDeliveryChannel removes the delivery channel of the region.
func (tx *Tx) DeleteDeliveryChannel(name string) error {
	tx.Changed(TopicConfig, tocsin.ARN("delivery-channel/"+name))
	return wrap("delete delivery channel", tx.q.DeleteDeliveryChannel(tx.ctx, sqldb.DeleteDeliveryChannelParams{Account: tx.acct(), Region: tx.region()}))
}
