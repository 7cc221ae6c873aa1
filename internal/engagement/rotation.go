package engagement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/oncall"
	"github.com/tocsin-io/tocsin/internal/store"
)

// AddRotation writes a new rotation. NotFound where one of its people does not
// exist, Invalid where one is no person or the rotation cannot be.
func AddRotation(tx *store.Tx, r *tocsin.Rotation) error {
	if err := checkRotation(tx, r); err != nil {
		return err
	}
	return tx.InsertRotation(r)
}

// SaveRotation writes a changed rotation, with AddRotation's errors, and has what
// is open follow it.
func SaveRotation(tx *store.Tx, r *tocsin.Rotation) error {
	if err := checkRotation(tx, r); err != nil {
		return err
	}
	r.Modified = tx.Now()
	if err := tx.UpdateRotation(r); err != nil {
		return err
	}
	return Changed(tx)
}

func checkRotation(tx *store.Tx, r *tocsin.Rotation) error {
	if err := oncall.Check(r); err != nil {
		return err
	}
	return checkPeople(tx, "ContactIds", r.Contacts)
}

func checkPeople(tx *store.Tx, field string, people []tocsin.ARN) error {
	for i, arn := range people {
		c, err := tx.Contact(arn)
		if err != nil {
			return err
		}
		if c == nil {
			return tocsin.Missing(tocsin.TypeContact, string(arn))
		}
		if c.Type != tocsin.Personal {
			return planError(fmt.Sprintf("%s[%d]", field, i), "only contacts of type PERSONAL can be on call")
		}
	}
	return nil
}

// DeleteRotation deletes a rotation and its overrides, takes it out of every
// schedule of the account, and has what is open follow.
func DeleteRotation(tx *store.Tx, r *tocsin.Rotation) error {
	all, err := tx.AllContacts()
	if err != nil {
		return err
	}
	for _, c := range all {
		if !slices.Contains(c.Plan.Rotations, r.ARN()) {
			continue
		}
		c.Plan.Rotations = slices.DeleteFunc(c.Plan.Rotations, func(a tocsin.ARN) bool { return a == r.ARN() })
		if err := tx.UpdateContact(c); err != nil {
			return err
		}
	}
	if err := tx.DeleteRotation(r); err != nil {
		return err
	}
	return Changed(tx)
}

// AddOverride writes a new override of a rotation and has what is open follow
// it. NotFound where one of its people does not exist, Invalid where one is no
// person or the times cannot be.
func AddOverride(tx *store.Tx, r *tocsin.Rotation, o *tocsin.Override) error {
	if err := oncall.CheckOverride(o, tx.Now()); err != nil {
		return err
	}
	if err := checkPeople(tx, "NewContactIds", o.Contacts); err != nil {
		return err
	}
	if err := tx.InsertOverride(r, o); err != nil {
		return err
	}
	tx.Note(fmt.Sprintf("override %s from %s to %s by %s", o.ID, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), listed(o.Contacts)))
	return Changed(tx)
}

// listed names people for the audit.
func listed(people []tocsin.ARN) string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = p.ID()
	}
	return cmp.Or(strings.Join(out, ", "), "nobody")
}

// DeleteOverride deletes an override of a rotation and has what is open follow.
// NotFound where there is none of this id.
func DeleteOverride(tx *store.Tx, r *tocsin.Rotation, id string) error {
	was, err := tx.DeleteOverride(r, id)
	if err != nil {
		return err
	}
	if !was {
		return tocsin.Missing(tocsin.TypeOverride, id)
	}
	tx.Note("override " + id)
	return Changed(tx)
}

// DeleteContact deletes a contact and its channels; plans that name it stay, and
// skip it. Conflict, with the rotations, where it takes turns in some or is to
// stand in for somebody: there would be nights on which nobody is on call.
func DeleteContact(tx *store.Tx, c *tocsin.Contact) error {
	rotations, err := tx.AllRotations()
	if err != nil {
		return err
	}
	overrides, err := tx.AllOverrides(tx.Now())
	if err != nil {
		return err
	}
	var turns, stands []string
	for _, r := range rotations {
		if slices.Contains(r.Contacts, c.ARN()) {
			turns = append(turns, string(r.ARN()))
		}
		if slices.ContainsFunc(overrides, func(o tocsin.Override) bool {
			return o.Rotation == r.ID && o.Region == r.Region && slices.Contains(o.Contacts, c.ARN())
		}) {
			stands = append(stands, string(r.ARN()))
		}
	}
	if len(turns)+len(stands) > 0 {
		err := tocsin.Clash(tocsin.TypeContact, string(c.ARN()), "The contact is on call by rotations or their overrides; take it out of them first.")
		for relation, ids := range map[string][]string{tocsin.TypeRotation: turns, tocsin.TypeOverride: stands} {
			if len(ids) > 0 {
				err.Dependents = append(err.Dependents, tocsin.Dependents{Relation: relation, IDs: ids})
			}
		}
		slices.SortFunc(err.Dependents, func(a, b tocsin.Dependents) int { return len(a.Relation) - len(b.Relation) })
		return err
	}
	return tx.DeleteContact(c)
}

// Rotations reads the rotations of a schedule, in its order, each once and with
// the overrides that had not ended at an instant; those that do not exist, or no
// longer can be, are left out and named.
func Rotations(tx *store.Tx, schedule *tocsin.Contact, since time.Time) (s oncall.Schedule, missing []tocsin.ARN, err error) {
	for i, arn := range schedule.Plan.Rotations {
		if slices.Contains(schedule.Plan.Rotations[:i], arn) {
			continue
		}
		r, err := tx.Rotation(arn)
		if err != nil {
			return nil, nil, err
		}
		if r == nil {
			missing = append(missing, arn)
			continue
		}
		overrides, err := tx.OverridesSince(r, since)
		if err != nil {
			return nil, nil, err
		}
		ready, err := oncall.New(r, overrides...)
		if err != nil { // its zone is gone from the zone database: the others must be paged all the same
			missing = append(missing, arn)
			continue
		}
		s = append(s, ready)
	}
	return s, missing, nil
}

// Schedules answers for a Book who is on call by which schedule, and why.
type Schedules map[tocsin.ARN]oncall.Schedule

// OnCall lists who is on call by a schedule at an instant.
func (s Schedules) OnCall(schedule *tocsin.Contact, at time.Time) []tocsin.ARN {
	return oncall.People(oncall.At(s[schedule.ARN()], at))
}

// Duty says by which rotations and overrides they are.
func (s Schedules) Duty(schedule *tocsin.Contact, at time.Time) (why string) {
	for _, d := range oncall.At(s[schedule.ARN()], at) {
		if why != "" {
			why += "; "
		}
		why += d.Why()
	}
	if why == "" {
		return "no rotation has a shift now"
	}
	return why
}

// during lists who is on call by a schedule in a time.
func during(s oncall.Schedule, from, to time.Time) (people []tocsin.ARN) {
	for _, r := range s {
		for shift := range r.Shifts(from, to.Add(1)) {
			for _, p := range shift.Contacts {
				if !slices.Contains(people, p) {
					people = append(people, p)
				}
			}
		}
	}
	return people
}
