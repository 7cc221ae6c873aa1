package incident

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Settle is the job that brings a replication set from CREATING, UPDATING or
// DELETING to where that leads.
type Settle struct {
	Set    string
	Serial string
}

// Kind names the job.
func (Settle) Kind() string { return "incident.settle" }

// Queue is that of engagement steps, whose work is a transaction too.
func (Settle) Queue() job.Queue { return job.Engage }

// Register has r's workers settle replication sets.
func Register(r *job.Runner) { job.In(r, settle) }

const (
	settleAfter = 300 * time.Millisecond // long enough for a client to see that statuses move
	maxRegions  = 3
)

// Ready refuses work in an account that has no replication set.
func Ready(tx *store.Tx) error {
	s, err := tx.ReplicationSet()
	if err != nil {
		return err
	}
	if s == nil || s.Status == tocsin.SetDeleting {
		return tocsin.Refuse("Invalid value provided - Account not found for the request")
	}
	return nil
}

// CreateSet makes the account's replication set. Conflict when it has one.
func CreateSet(tx *store.Tx, regions []tocsin.ReplicationRegion) (*tocsin.ReplicationSet, error) {
	was, err := tx.ReplicationSet()
	if err != nil {
		return nil, err
	}
	if was != nil {
		return nil, tocsin.Clash(tocsin.TypeReplicationSet, string(was.ARN()), "The account has a replication set already.")
	}
	for _, r := range regions {
		if err := checkRegion(r.Region); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(regions, func(r tocsin.ReplicationRegion) bool { return r.Region == tx.Region() }) {
		return nil, tocsin.Refuse(fmt.Sprintf("The Region of the request, %s, must be one of the replication set's Regions.", tx.Region()))
	}
	s := &tocsin.ReplicationSet{Account: tx.Account(), ID: tocsin.NewID(), Status: tocsin.SetCreating, CreatedBy: tx.Who().Principal, Created: tx.Now()}
	for _, r := range regions {
		r.Status, r.Updated = tocsin.SetCreating, tx.Now()
		s.Regions = append(s.Regions, r)
	}
	slices.SortFunc(s.Regions, func(a, b tocsin.ReplicationRegion) int { // the calling Region first, as its home
		return rank(a, tx) - rank(b, tx)
	})
	return s, write(tx, s)
}

// regionName is the form of AWS's region names. Whether there is such a region
// is not asked: lists of them grow old.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+){1,2}-[0-9]{1,2}$`)

func checkRegion(r tocsin.Region) error {
	if !regionName.MatchString(string(r)) {
		return tocsin.Refuse(fmt.Sprintf("%q is not the name of a Region.", tocsin.Clip(string(r), 40)))
	}
	return nil
}

func rank(r tocsin.ReplicationRegion, tx *store.Tx) int {
	if r.Region == tx.Region() {
		return 0
	}
	return 1
}

// write saves a set that is on its way, and the job that brings it there.
func write(tx *store.Tx, s *tocsin.ReplicationSet) error {
	s.ModifiedBy, s.Modified = tx.Who().Principal, tx.Now()
	if err := tx.PutReplicationSet(s); err != nil {
		return err
	}
	return job.At(tx, tx.Now().Add(settleAfter), Settle{Set: s.ID, Serial: tocsin.NewID()})
}

// Set gives the set an ARN names, or a NotFound error.
func Set(tx *store.Tx, arn tocsin.ARN) (*tocsin.ReplicationSet, error) {
	s, err := tx.ReplicationSet()
	if err != nil {
		return nil, err
	}
	if s == nil || s.ARN() != arn {
		return nil, tocsin.Missing(tocsin.TypeReplicationSet, string(arn))
	}
	return s, nil
}

// active gives a set that may be changed: one that is not on its way already.
func active(tx *store.Tx, arn tocsin.ARN) (*tocsin.ReplicationSet, error) {
	s, err := Set(tx, arn)
	if err != nil {
		return nil, err
	}
	if s.Status != tocsin.SetActive {
		return nil, tocsin.Clash(tocsin.TypeReplicationSet, string(arn), "The replication set is "+string(s.Status)+"; try again when it is ACTIVE.")
	}
	return s, nil
}

// AddRegion adds a region to the set.
func AddRegion(tx *store.Tx, arn tocsin.ARN, region tocsin.Region, kmsKey string) error {
	s, err := active(tx, arn)
	if err != nil {
		return err
	}
	if err := checkRegion(region); err != nil {
		return err
	}
	if slices.ContainsFunc(s.Regions, func(r tocsin.ReplicationRegion) bool { return r.Region == region }) {
		return tocsin.Clash(tocsin.TypeReplicationSet, string(arn), "The replication set has the Region "+string(region)+" already.")
	}
	if len(s.Regions) >= maxRegions {
		return tocsin.Refuse(fmt.Sprintf("A replication set can have at most %d Regions.", maxRegions))
	}
	s.Status = tocsin.SetUpdating
	s.Regions = append(s.Regions, tocsin.ReplicationRegion{Region: region, KMSKey: kmsKey, Status: tocsin.SetCreating, Updated: tx.Now()})
	return write(tx, s)
}

// RemoveRegion takes a region out of the set. The last one goes only with the set.
func RemoveRegion(tx *store.Tx, arn tocsin.ARN, region tocsin.Region) error {
	s, err := active(tx, arn)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(s.Regions, func(r tocsin.ReplicationRegion) bool { return r.Region == region })
	switch {
	case i < 0:
		return tocsin.Refuse("The replication set does not have the Region " + string(region) + ".")
	case len(s.Regions) == 1:
		return tocsin.Refuse("The last Region cannot be removed: delete the replication set instead.")
	case region == tx.Region():
		return tocsin.Refuse("The Region of the request cannot be removed from the replication set: call another Region.")
	}
	s.Status = tocsin.SetUpdating
	s.Regions[i].Status, s.Regions[i].Updated = tocsin.SetDeleting, tx.Now()
	return write(tx, s)
}

// Protect sets whether the set is protected from deletion.
func Protect(tx *store.Tx, arn tocsin.ARN, protected bool) error {
	s, err := Set(tx, arn)
	if err != nil {
		return err
	}
	s.Protected, s.ModifiedBy, s.Modified = protected, tx.Who().Principal, tx.Now()
	return tx.PutReplicationSet(s)
}

// DeleteSet deletes the set and with it all of the account's contacts, plans
// and incidents, as AWS does. Deleting one that is being deleted changes nothing.
func DeleteSet(tx *store.Tx, arn tocsin.ARN) error {
	s, err := Set(tx, arn)
	if err != nil {
		return err
	}
	switch {
	case s.Status == tocsin.SetDeleting:
		return nil
	case s.Status != tocsin.SetActive: // Invalid, as AWS's model has no conflict here
		return tocsin.Refuse("The replication set is " + string(s.Status) + "; try again when it is ACTIVE.")
	case s.Protected:
		return tocsin.Refuse("The replication set is protected from deletion: turn the protection off first.")
	}
	s.Status = tocsin.SetDeleting
	for i := range s.Regions {
		s.Regions[i].Status = tocsin.SetDeleting
	}
	return write(tx, s)
}

// settle takes a set one step further; a job of a set that is gone does nothing.
func settle(tx *store.Tx, j Settle) error {
	s, err := tx.ReplicationSet()
	if err != nil || s == nil || s.ID != j.Set {
		return err
	}
	if s.Status == tocsin.SetDeleting {
		return tx.DeleteEverything(s)
	}
	s.Status = tocsin.SetActive
	s.Regions = slices.DeleteFunc(s.Regions, func(r tocsin.ReplicationRegion) bool { return r.Status == tocsin.SetDeleting })
	for i := range s.Regions {
		if s.Regions[i].Status != tocsin.SetActive {
			s.Regions[i].Status, s.Regions[i].Updated = tocsin.SetActive, tx.Now()
		}
	}
	return tx.PutReplicationSet(s)
}
