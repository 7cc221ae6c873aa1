package store

import (
	"fmt"
	"math"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

func rotation(r sqldb.Rotation) (*tocsin.Rotation, error) {
	out := &tocsin.Rotation{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), ID: r.ID, Name: r.Name, Start: tocsin.Micros(r.Start).Time(),
		Zone: r.Zone, Created: tocsin.Micros(r.Created).Time(), Modified: tocsin.Micros(r.Modified).Time()}
	if err := decode(r.Contacts, &out.Contacts); err != nil {
		return nil, err
	}
	return out, decode(r.Recurrence, &out.Recurrence)
}

// Rotation gives the rotation an ARN names, of the transaction's account in the
// ARN's region, or nil.
func (tx *Tx) Rotation(arn tocsin.ARN) (*tocsin.Rotation, error) {
	if arn.Account() != tx.Account() || arn.Kind() != "rotation" {
		return nil, nil
	}
	r, err := tx.q.GetRotation(tx.ctx, sqldb.GetRotationParams{Account: tx.acct(), Region: string(arn.Region()), ID: arn.ID()})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read rotation: %w", err)
	}
	out, err := rotation(r)
	if err == nil && out.ARN() != arn {
		return nil, nil
	}
	return out, err
}

// InsertRotation writes a new rotation.
func (tx *Tx) InsertRotation(r *tocsin.Rotation) error {
	tx.Changed("rotation", r.ARN())
	return wrap("write rotation", tx.q.InsertRotation(tx.ctx, sqldb.InsertRotationParams{Account: tx.acct(), Region: string(r.Region), ID: r.ID, Name: r.Name,
		Contacts: encode(r.Contacts), Start: micros(r.Start), Zone: r.Zone, Recurrence: encode(r.Recurrence), Created: micros(r.Created), Modified: micros(r.Modified)}))
}

// UpdateRotation writes what may change of a rotation.
func (tx *Tx) UpdateRotation(r *tocsin.Rotation) error {
	tx.Changed("rotation", r.ARN())
	_, err := tx.q.UpdateRotation(tx.ctx, sqldb.UpdateRotationParams{Contacts: encode(r.Contacts), Start: micros(r.Start), Zone: r.Zone,
		Recurrence: encode(r.Recurrence), Modified: micros(r.Modified), Account: tx.acct(), Region: string(r.Region), ID: r.ID})
	return wrap("write rotation", err)
}

// DeleteRotation removes a rotation, its overrides and its tags; schedules that
// name it stay as they are.
func (tx *Tx) DeleteRotation(r *tocsin.Rotation) error {
	tx.Changed("rotation", r.ARN())
	if _, err := tx.q.DeleteRotation(tx.ctx, sqldb.DeleteRotationParams{Account: tx.acct(), Region: string(r.Region), ID: r.ID}); err != nil {
		return fmt.Errorf("delete rotation: %w", err)
	}
	err := tx.q.DeleteRotationOverridesOf(tx.ctx, sqldb.DeleteRotationOverridesOfParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID})
	if err != nil {
		return fmt.Errorf("delete overrides: %w", err)
	}
	return tx.DeleteTags(r.ARN())
}

// Rotations lists at most limit rotations of the region by name and id, after the
// given ones.
func (tx *Tx) Rotations(after, id string, limit int) ([]*tocsin.Rotation, error) {
	rows, err := tx.q.ListRotations(tx.ctx, sqldb.ListRotationsParams{Account: tx.acct(), Region: tx.region(), After: after, AfterID: id, Max: int32(limit)})
	return each("list rotations", rows, err, rotation)
}

// AllRotations lists the rotations of the account in all regions.
func (tx *Tx) AllRotations() ([]*tocsin.Rotation, error) {
	rows, err := tx.q.ListRotationsOfAccount(tx.ctx, tx.acct())
	return each("list rotations", rows, err, rotation)
}

func override(r sqldb.RotationOverride) (tocsin.Override, error) {
	o := tocsin.Override{Account: tocsin.Account(r.Account), Region: tocsin.Region(r.Region), Rotation: r.Rotation, ID: r.ID,
		Start: tocsin.Micros(r.Start).Time(), End: tocsin.Micros(r.Ends).Time(), Created: tocsin.Micros(r.Created).Time()}
	return o, decode(r.Contacts, &o.Contacts)
}

// Override gives a rotation's override of this id, or nil.
func (tx *Tx) Override(r *tocsin.Rotation, id string) (*tocsin.Override, error) {
	row, err := tx.q.GetRotationOverride(tx.ctx, sqldb.GetRotationOverrideParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID, ID: id})
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read override: %w", err)
	}
	o, err := override(row)
	return &o, err
}

// InsertOverride writes a new override of a rotation.
func (tx *Tx) InsertOverride(r *tocsin.Rotation, o *tocsin.Override) error {
	tx.Changed("rotation", r.ARN())
	return wrap("write override", tx.q.InsertRotationOverride(tx.ctx, sqldb.InsertRotationOverrideParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID,
		ID: o.ID, Contacts: encode(o.Contacts), Start: micros(o.Start), Ends: micros(o.End), Created: micros(o.Created)}))
}

// DeleteOverride removes an override; false says that there is none of this id.
func (tx *Tx) DeleteOverride(r *tocsin.Rotation, id string) (bool, error) {
	tx.Changed("rotation", r.ARN())
	n, err := tx.q.DeleteRotationOverride(tx.ctx, sqldb.DeleteRotationOverrideParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID, ID: id})
	return n == 1, wrap("delete override", err)
}

// Overrides lists at most limit overrides of a rotation that have a part between
// two instants, by their start, after the cursor.
func (tx *Tx) Overrides(r *tocsin.Rotation, from, to time.Time, c Cursor, limit int) ([]tocsin.Override, error) {
	after, id := c.after()
	rows, err := tx.q.ListRotationOverrides(tx.ctx, sqldb.ListRotationOverridesParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID,
		Since: micros(from), Until: micros(to), After: after, AfterID: id, Max: int32(limit)})
	return each("list overrides", rows, err, override)
}

// OverridesSince lists the overrides of a rotation that have not ended at an instant.
func (tx *Tx) OverridesSince(r *tocsin.Rotation, since time.Time) ([]tocsin.Override, error) {
	rows, err := tx.q.ListRotationOverrides(tx.ctx, sqldb.ListRotationOverridesParams{Account: tx.acct(), Region: string(r.Region), Rotation: r.ID,
		Since: micros(since), Until: math.MaxInt64, After: math.MinInt64, Max: maxRows})
	return each("list overrides", rows, err, override)
}

// AllOverrides lists the overrides of the account, in all regions, that have not
// ended at an instant.
func (tx *Tx) AllOverrides(since time.Time) ([]tocsin.Override, error) {
	rows, err := tx.q.ListRotationOverridesOfAccount(tx.ctx, sqldb.ListRotationOverridesOfAccountParams{Account: tx.acct(), Since: micros(since)})
	return each("list overrides", rows, err, override)
}

// CalendarNumber gives the number that the URLs of a contact's calendar carry.
func (tx *Tx) CalendarNumber(c *tocsin.Contact) (int64, error) {
	n, err := tx.q.GetCalendarNumber(tx.ctx, sqldb.GetCalendarNumberParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias})
	if none(err) {
		return 0, nil
	}
	return n, wrap("read calendar number", err)
}

// PutCalendarNumber writes the number: URLs with another one end.
func (tx *Tx) PutCalendarNumber(c *tocsin.Contact, n int64) error {
	tx.Changed("contact", c.ARN())
	return wrap("write calendar number", tx.q.PutCalendarNumber(tx.ctx, sqldb.PutCalendarNumberParams{Account: tx.acct(), Region: string(c.Region), Alias: c.Alias, Number: n}))
}
