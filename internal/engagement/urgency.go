package engagement

import (
	"slices"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// urgency ranks the steps of an engagement: by its incident. One without counts as
// critical: somebody is wanted, and nobody has said that it may wait.
func urgency(tx *store.Tx, e *store.EngagementRow) (job.Rank, error) {
	if e.Incident == "" {
		return job.Urgency(1, e.Started), nil
	}
	inc, err := tx.Incident(e.Incident.Last())
	if err != nil {
		return 0, err
	}
	if inc == nil { // deleted, or of somebody else's making
		return job.Urgency(1, e.Started), nil
	}
	return job.Urgency(inc.Impact, inc.Created), nil
}

// pageRank ranks a page: where somebody of the incident has been paged before, it
// lets first pages of the same impact pass.
func pageRank(rank job.Rank, s *State, now time.Time) job.Rank {
	before := func(p Paged) bool { return p.Written.Before(now) }
	if slices.ContainsFunc(s.Paged, before) || slices.ContainsFunc(s.Others, func(o Other) bool { return slices.ContainsFunc(o.Paged, before) }) {
		return rank.Again()
	}
	return rank
}

// Rerank has the steps that wait for an incident follow its changed impact.
func Rerank(tx *store.Tx, incident tocsin.ARN) error {
	all, err := tx.EngagementsOf(incident)
	if err != nil {
		return err
	}
	for _, e := range all {
		rank, err := urgency(tx, e)
		if err != nil {
			return err
		}
		if err := job.Rerank(tx, rank, Wake{e.ARN()}); err != nil {
			return err
		}
	}
	return nil
}
