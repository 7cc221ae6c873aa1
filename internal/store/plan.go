package store

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// ResponsePlan gives the plan of this name without its tags, or nil.
func (tx *Tx) ResponsePlan(name string) (*tocsin.ResponsePlan, error) {
	r, err := tx.q.GetResponsePlan(tx.ctx, sqldb.GetResponsePlanParams{Account: tx.acct(), Name: name})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read response plan: %w", err)
	}
	return plan(r)
}

func plan(r sqldb.ResponsePlan) (*tocsin.ResponsePlan, error) {
	p := &tocsin.ResponsePlan{Account: tocsin.Account(r.Account), Name: r.Name, Created: tocsin.Micros(r.Created).Time()}
	return p, decode(r.Body, p)
}

// InsertResponsePlan writes a new plan; false says that the name is taken.
func (tx *Tx) InsertResponsePlan(p *tocsin.ResponsePlan) (bool, error) {
	tx.Changed("plan", p.ARN())
	n, err := tx.q.InsertResponsePlan(tx.ctx, sqldb.InsertResponsePlanParams{
		Account: tx.acct(), Name: p.Name, Body: encode(p), Created: micros(p.Created)})
	return n == 1, wrap("write response plan", err)
}

// UpdateResponsePlan writes a plan that exists.
func (tx *Tx) UpdateResponsePlan(p *tocsin.ResponsePlan) error {
	tx.Changed("plan", p.ARN())
	_, err := tx.q.UpdateResponsePlan(tx.ctx, sqldb.UpdateResponsePlanParams{Body: encode(p), Account: tx.acct(), Name: p.Name})
	return wrap("write response plan", err)
}

// DeleteResponsePlan removes a plan and its tags; its incidents stay.
func (tx *Tx) DeleteResponsePlan(name string) (bool, error) {
	arn := tocsin.ResponsePlanARN(tx.Account(), name)
	n, err := tx.q.DeleteResponsePlan(tx.ctx, sqldb.DeleteResponsePlanParams{Account: tx.acct(), Name: name})
	if err != nil || n == 0 {
		return false, wrap("delete response plan", err)
	}
	tx.Changed("plan", arn)
	return true, tx.DeleteTags(arn)
}

// ResponsePlans lists at most limit plans by name, after the given one.
func (tx *Tx) ResponsePlans(after string, limit int) ([]*tocsin.ResponsePlan, error) {
	rows, err := tx.q.ListResponsePlans(tx.ctx, sqldb.ListResponsePlansParams{Account: tx.acct(), Name: after, Limit: int32(limit)})
	return each("list response plans", rows, err, plan)
}

// each turns rows into words.
func each[R, W any](what string, rows []R, err error, word func(R) (W, error)) ([]W, error) {
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	out := make([]W, len(rows))
	for i, r := range rows {
		if out[i], err = word(r); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	return out, nil
}
