package store

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

func rule(r sqldb.Rule) (*tocsin.Rule, error) {
	return &tocsin.Rule{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), Bus: r.Bus, Name: r.Name, Pattern: r.Pattern,
		Schedule: r.Schedule, State: tocsin.RuleState(r.State), Description: r.Description, RoleARN: r.RoleArn,
		CreatedBy: tocsin.Account(r.CreatedBy), Created: tocsin.Micros(r.Created).Time()}, nil
}

func target(r sqldb.Target) (tocsin.Target, error) {
	return tocsin.Target{ID: r.ID, ARN: tocsin.ARN(r.Arn), RoleARN: r.RoleArn, Input: r.Input, Path: r.Path, Rest: []byte(r.Body)}, nil
}

// Rule gives a rule of the transaction's region, or nil.
func (tx *Tx) Rule(bus, name string) (*tocsin.Rule, error) {
	r, err := tx.q.GetRule(tx.ctx, sqldb.GetRuleParams{Account: tx.acct(), Region: tx.region(), Bus: bus, Name: name})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read rule: %w", err)
	}
	return rule(r)
}

// PutRule writes a rule, new or changed.
func (tx *Tx) PutRule(r *tocsin.Rule) error {
	tx.Changed("rule", r.ARN())
	return wrap("write rule", tx.q.PutRule(tx.ctx, sqldb.PutRuleParams{Account: tx.acct(), Region: string(r.Region), Bus: r.Bus, Name: r.Name,
		Pattern: r.Pattern, Schedule: r.Schedule, State: string(r.State), Description: r.Description, RoleArn: r.RoleARN,
		CreatedBy: string(r.CreatedBy), Created: micros(r.Created)}))
}

// DeleteRule removes a rule and its tags. It must have no targets.
func (tx *Tx) DeleteRule(r *tocsin.Rule) error {
	tx.Changed("rule", r.ARN())
	_, err := tx.q.DeleteRule(tx.ctx, sqldb.DeleteRuleParams{Account: tx.acct(), Region: string(r.Region), Bus: r.Bus, Name: r.Name})
	if err != nil {
		return fmt.Errorf("delete rule: %w", err)
	}
	return tx.DeleteTags(r.ARN())
}

// Rules lists at most limit rules of a bus by name, after the given one.
func (tx *Tx) Rules(bus, after string, limit int) ([]*tocsin.Rule, error) {
	rows, err := tx.q.ListRules(tx.ctx, sqldb.ListRulesParams{Account: tx.acct(), Region: tx.region(), Bus: bus, Name: after, Limit: int32(limit)})
	return each("list rules", rows, err, rule)
}

// PutTarget writes a target of a rule, new or changed.
func (tx *Tx) PutTarget(r *tocsin.Rule, t tocsin.Target) error {
	tx.Changed("rule", r.ARN())
	return wrap("write target", tx.q.PutTarget(tx.ctx, sqldb.PutTargetParams{Account: tx.acct(), Region: string(r.Region), Bus: r.Bus, Rule: r.Name,
		ID: t.ID, Arn: string(t.ARN), RoleArn: t.RoleARN, Input: t.Input, Path: t.Path, Body: string(t.Rest)}))
}

// DeleteTarget removes a target; false says that there was none.
func (tx *Tx) DeleteTarget(r *tocsin.Rule, id string) (bool, error) {
	tx.Changed("rule", r.ARN())
	n, err := tx.q.DeleteTarget(tx.ctx, sqldb.DeleteTargetParams{Account: tx.acct(), Region: string(r.Region), Bus: r.Bus, Rule: r.Name, ID: id})
	return n > 0, wrap("delete target", err)
}

// Targets lists at most limit targets of a rule by id, after the given one.
func (tx *Tx) Targets(r *tocsin.Rule, after string, limit int) ([]tocsin.Target, error) {
	rows, err := tx.q.ListTargets(tx.ctx, sqldb.ListTargetsParams{Account: tx.acct(), Region: string(r.Region), Bus: r.Bus, Rule: r.Name,
		ID: after, Limit: int32(limit)})
	return each("list targets", rows, err, target)
}

// RuleNamesByTarget lists the names of a bus's rules that have a target.
func (tx *Tx) RuleNamesByTarget(bus string, arn tocsin.ARN) ([]string, error) {
	names, err := tx.q.ListRuleNamesByTarget(tx.ctx, sqldb.ListRuleNamesByTargetParams{Account: tx.acct(), Region: tx.region(), Bus: bus, Arn: string(arn)})
	return names, wrap("list rules by target", err)
}

// AllRules reads the rules of every account with their targets, for the matcher
// at the server's start. Match.Event is empty.
func (tx *Tx) AllRules() ([]tocsin.Match, error) {
	rules, err := tx.q.ListAllRules(tx.ctx)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	targets, err := tx.q.ListAllTargets(tx.ctx)
	if err != nil {
		return nil, fmt.Errorf("read targets: %w", err)
	}
	type key struct{ account, region, bus, rule string }
	of := map[key][]tocsin.Target{}
	for _, t := range targets {
		w, _ := target(t)
		k := key{t.Account, t.Region, t.Bus, t.Rule}
		of[k] = append(of[k], w)
	}
	out := make([]tocsin.Match, len(rules))
	for i, r := range rules {
		w, _ := rule(r)
		out[i] = tocsin.Match{Rule: *w, Targets: of[key{r.Account, r.Region, r.Bus, r.Name}]}
	}
	return out, nil
}

// AddDeadLetter keeps a delivery that was given up.
func (tx *Tx) AddDeadLetter(d tocsin.DeadLetter) error {
	tx.Touch("dead-letter")
	return wrap("write dead letter", tx.q.InsertDeadLetter(tx.ctx, sqldb.InsertDeadLetterParams{Account: tx.acct(), Region: tx.region(), ID: d.ID,
		Time: micros(d.Time), Rule: string(d.Rule), Target: string(d.Target), Code: d.Code, Message: d.Message, EventID: d.EventID, Event: d.EventRaw}))
}

// DeadLettersAt counts the account's dead letters by their target, among the newest
// most of them.
func (tx *Tx) DeadLettersAt(most int) (map[tocsin.ARN]int, error) {
	rows, err := tx.q.CountDeadLetters(tx.ctx, sqldb.CountDeadLettersParams{Account: tx.acct(), Limit: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("count dead letters: %w", err)
	}
	out := map[tocsin.ARN]int{}
	for _, r := range rows {
		out[tocsin.ARN(r.Target)] = int(r.Letters)
	}
	return out, nil
}

// DeadLetters lists at most limit dead letters, the newest first, after the cursor.
func (tx *Tx) DeadLetters(c Cursor, limit int) ([]tocsin.DeadLetter, error) {
	before, id := c.before()
	rows, err := tx.q.ListDeadLetters(tx.ctx, sqldb.ListDeadLettersParams{Account: tx.acct(), Before: before, BeforeID: id, Max: int32(limit)})
	return each("list dead letters", rows, err, func(r sqldb.DeadLetter) (tocsin.DeadLetter, error) {
		return tocsin.DeadLetter{ID: r.ID, Time: tocsin.Micros(r.Time).Time(), Rule: tocsin.ARN(r.Rule), Target: tocsin.ARN(r.Target), Code: r.Code,
			Message: r.Message, EventID: r.EventID, EventRaw: r.Event}, nil
	})
}
