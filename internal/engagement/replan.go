package engagement

import (
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Replan is the job of looking again at the open engagements of an account after
// a plan was changed: a stage may have come nearer, somebody may have been added
// to one that has begun. It goes on after the engagement that is named.
type Replan struct {
	After time.Time
	ID    string
	Owner tocsin.Account
}

// Kind names the job.
func (Replan) Kind() string { return "engagement.replan" }

// Queue is that of engagement steps.
func (Replan) Queue() job.Queue { return job.Engage }

// Key keeps one per account: a change while one is waiting has it begin anew.
func (r Replan) Key() string { return string(r.Owner) }

// replanned is how many engagements are looked at in one transaction.
const replanned = 50

// SavePlan writes a contact whose plan may have changed and has what is open
// follow it.
func SavePlan(tx *store.Tx, c *tocsin.Contact) error {
	if err := tx.UpdateContact(c); err != nil {
		return err
	}
	return Changed(tx)
}

// Changed has the account's open engagements follow what has changed in plans,
// rotations or overrides.
func Changed(tx *store.Tx) error {
	open, err := tx.OpenEngagements(time.Time{}, "", 1)
	if err != nil || len(open) == 0 {
		return err
	}
	return job.Now(tx, Replan{Owner: tx.Account()})
}

func replan(tx *store.Tx, r Replan) error {
	open, err := tx.OpenEngagements(r.After, r.ID, replanned)
	if err != nil {
		return err
	}
	for _, e := range open {
		if err := tx.In(e.Account, e.Region, func(tx *store.Tx) error { return advance(tx, e) }); err != nil {
			return err
		}
	}
	if len(open) < replanned {
		return nil
	}
	last := open[len(open)-1]
	return job.Now(tx, Replan{After: last.Started, ID: last.ID, Owner: r.Owner})
}
