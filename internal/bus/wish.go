package bus

import (
	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/pattern"
)

// Wish is what one rule asks of events.
type Wish struct {
	Pattern *pattern.Pattern
	All     bool // read-only management events too: those that are [Hidden] from other rules
}

// Wishes gives what the rules of a bus ask, of an account in a region, and the
// [Bus.Changes] that this is as of. A source that reads much can leave out early
// what nobody wants: it asks again when there were changes.
func (b *Bus) Wishes(account tocsin.Account, region tocsin.Region, bus string) (all []Wish, asOf int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := (*b.lines.Load())[place{account, region, bus}]; l != nil {
		for _, r := range l.routes {
			all = append(all, Wish{Pattern: r.pattern, All: r.rule.State == tocsin.RuleEnabledAll})
		}
	}
	return all, b.changes.Load()
}

// Changes counts how often rules were changed.
func (b *Bus) Changes() int64 { return b.changes.Load() }
