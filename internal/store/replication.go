package store

import (
	"encoding/json"
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// ReplicationSet gives the account's replication set, or nil when it has none.
func (tx *Tx) ReplicationSet() (*tocsin.ReplicationSet, error) {
	r, err := tx.q.GetReplicationSet(tx.ctx, tx.acct())
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read replication set: %w", err)
	}
	s := &tocsin.ReplicationSet{
		Account: tocsin.Account(r.Account), ID: r.ID, Status: tocsin.SetStatus(r.Status), Protected: r.Protected,
		CreatedBy: r.CreatedBy, Created: tocsin.Micros(r.Created).Time(),
		ModifiedBy: r.ModifiedBy, Modified: tocsin.Micros(r.Modified).Time(),
	}
	return s, decode(r.Regions, &s.Regions)
}

// PutReplicationSet writes the account's replication set.
func (tx *Tx) PutReplicationSet(s *tocsin.ReplicationSet) error {
	tx.Changed("replication", s.ARN())
	err := tx.q.PutReplicationSet(tx.ctx, sqldb.PutReplicationSetParams{
		Account: tx.acct(), ID: s.ID, Status: string(s.Status), Protected: s.Protected, Regions: encode(s.Regions),
		CreatedBy: s.CreatedBy, Created: micros(s.Created), ModifiedBy: s.ModifiedBy, Modified: micros(s.Modified),
	})
	return wrap("write replication set", err)
}

// DeleteEverything removes the account's replication set and, as AWS does with
// it, all of the account's data in ssm-incidents and ssm-contacts.
func (tx *Tx) DeleteEverything(s *tocsin.ReplicationSet) error {
	tx.Changed("replication", s.ARN())
	tx.Touch("plan", "contact", "rotation", "incident", "engagement")
	for _, del := range []func(string) error{
		func(a string) error { return tx.q.DeleteReplicationSet(tx.ctx, a) },
		func(a string) error { return tx.q.DeletePlansOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteContactsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteContactPoliciesOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteChannelsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteRotationsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteRotationOverridesOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteIncidentsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteTimelinesOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteRelatedOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteEngagementsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeletePagesOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteReceiptsOfAccount(tx.ctx, a) },
		func(a string) error { return tx.q.DeleteIncidentTagsOfAccount(tx.ctx, a) },
	} {
		if err := del(tx.acct()); err != nil {
			return fmt.Errorf("delete the account's data: %w", err)
		}
	}
	return nil
}

func decode(text string, into any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("decode stored JSON: %w", err)
	}
	return nil
}

// encode writes values of our own types, which cannot fail to be JSON.
func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return string(b)
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// AllAccounts lists the accounts that have a replication set.
func (tx *Tx) AllAccounts() ([]tocsin.Account, error) {
	rows, err := tx.q.ListAccounts(tx.ctx)
	return each("list accounts", rows, err, func(a string) (tocsin.Account, error) { return tocsin.Account(a), nil })
}
