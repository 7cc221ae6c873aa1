package bus

import (
	"fmt"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// PutRule makes a rule or puts it in the place of the one with its name, which
// keeps its targets, tags and date. Tags are written for a new rule only, as
// EventBridge does. A *pattern.Error says that the pattern is not valid.
func (b *Bus) PutRule(tx *store.Tx, r *tocsin.Rule, tags map[string]string) error {
	if err := KnownBus(r.Bus); err != nil {
		return err
	}
	if r.Pattern != "" {
		if _, err := pattern.Compile([]byte(r.Pattern), pattern.Service); err != nil {
			return err
		}
	}
	was, err := tx.Rule(r.Bus, r.Name)
	if err != nil {
		return err
	}
	r.Account, r.Region = tx.Account(), tx.Region()
	r.Created, r.CreatedBy = tx.Now(), tx.Account()
	if was != nil {
		r.Created, r.CreatedBy = was.Created, was.CreatedBy
	}
	if err := tx.PutRule(r); err != nil {
		return err
	}
	b.follow(tx, r.Bus, r.Name)
	if was != nil {
		return nil
	}
	return tx.PutTags(r.ARN(), tags)
}

// SetState has a rule offered events as state says. NotFound if there is no such rule.
func (b *Bus) SetState(tx *store.Tx, bus, name string, state tocsin.RuleState) error {
	r, err := Rule(tx, bus, name)
	if err != nil {
		return err
	}
	r.State = state
	if err := tx.PutRule(r); err != nil {
		return err
	}
	b.follow(tx, bus, name)
	return nil
}

// DeleteRule removes a rule. A missing one is no error; one with targets is refused.
func (b *Bus) DeleteRule(tx *store.Tx, bus, name string) error {
	if err := KnownBus(bus); err != nil {
		return err
	}
	r, err := tx.Rule(bus, name)
	if err != nil || r == nil {
		return err
	}
	left, err := tx.Targets(r, "", 1)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return tocsin.Refuse("Rule can't be deleted since it has targets.")
	}
	if err := tx.DeleteRule(r); err != nil {
		return err
	}
	b.follow(tx, bus, name)
	return nil
}

// PutTargets adds targets to a rule, or changes those with the same ids. Inputs
// that cannot be shaped are refused.
func (b *Bus) PutTargets(tx *store.Tx, bus, name string, targets []tocsin.Target) error {
	r, err := Rule(tx, bus, name)
	if err != nil {
		return err
	}
	for i := range targets {
		if err := checkInput(&targets[i]); err != nil {
			return err
		}
		if err := tx.PutTarget(r, targets[i]); err != nil {
			return err
		}
	}
	b.follow(tx, bus, name)
	return nil
}

// RemoveTargets takes targets from a rule; missing are the ids it had not.
func (b *Bus) RemoveTargets(tx *store.Tx, bus, name string, ids []string) (missing []string, err error) {
	r, err := Rule(tx, bus, name)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		there, err := tx.DeleteTarget(r, id)
		if err != nil {
			return nil, err
		}
		if !there {
			missing = append(missing, id)
		}
	}
	b.follow(tx, bus, name)
	return missing, nil
}

// Rule gives a rule of the transaction's region, or a NotFound error in
// EventBridge's words.
func Rule(tx *store.Tx, bus, name string) (*tocsin.Rule, error) {
	if err := KnownBus(bus); err != nil {
		return nil, err
	}
	r, err := tx.Rule(bus, name)
	if err == nil && r == nil {
		return nil, &tocsin.Error{Kind: tocsin.NotFound, Message: fmt.Sprintf("Rule %s does not exist on EventBus %s.", name, bus),
			Resource: name, ResourceType: tocsin.TypeRule}
	}
	return r, err
}

// KnownBus is a NotFound error for a bus that does not exist: each account has
// the default bus in every region, and no other.
func KnownBus(name string) error {
	if name == tocsin.DefaultBus {
		return nil
	}
	return &tocsin.Error{Kind: tocsin.NotFound, Message: fmt.Sprintf("Event bus %s does not exist.", name), Resource: name}
}

// allTargets reads a rule's targets, however many there are.
func allTargets(tx *store.Tx, r *tocsin.Rule) ([]tocsin.Target, error) {
	const page = 100
	var all []tocsin.Target
	after := ""
	for {
		some, err := tx.Targets(r, after, page)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < page {
			return all, nil
		}
		after = some[len(some)-1].ID
	}
}
