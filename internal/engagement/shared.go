package engagement

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// One incident may reach a person by several engagements: its plan names both
// the person and an escalation plan that begins with them. What they get is one
// page per channel and instant. It belongs to the engagement that wrote it; in
// the others stands the fact that it stands for theirs. So
//
//   - acknowledging in the engagement that pages acknowledges in those, too:
//     the person had no page of theirs to answer;
//   - stopping the engagement that pages has the others page that person anew,
//     since the codes of a stopped engagement are no longer taken;
//   - pages that a person gets by the engagements at different instants stay
//     pages of their own, each to be answered, as AWS has it.

// decode reads an engagement's log.
func decode(e *store.EngagementRow) (*State, error) {
	var s State
	if err := json.Unmarshal([]byte(e.State), &s); err != nil {
		return nil, fmt.Errorf("state of engagement %s: %w", e.ID, err)
	}
	return &s, nil
}

// others reads the other open engagements of e's incident.
func others(tx *store.Tx, e *store.EngagementRow) ([]Other, error) {
	var out []Other
	err := eachOther(tx, e, func(o *store.EngagementRow, s *State) error {
		out = append(out, Other{Engagement: o.ARN(), Paged: s.Paged, Acks: s.Acks})
		return nil
	})
	return out, err
}

// eachSharing calls fn for the open engagements for which pages of e stand, with
// their log and the people so paged.
func eachSharing(tx *store.Tx, e *store.EngagementRow, fn func(o *store.EngagementRow, s *State, people []tocsin.ARN) error) error {
	return eachOther(tx, e, func(o *store.EngagementRow, s *State) error {
		var people []tocsin.ARN
		for _, p := range s.Paged {
			if p.By == e.ARN() && !slices.Contains(people, p.Contact) {
				people = append(people, p.Contact)
			}
		}
		if len(people) == 0 {
			return nil
		}
		return fn(o, s, people)
	})
}

func eachOther(tx *store.Tx, e *store.EngagementRow, fn func(o *store.EngagementRow, s *State) error) error {
	if e.Incident == "" {
		return nil
	}
	all, err := tx.EngagementsOf(e.Incident)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ARN() == e.ARN() || !o.Stopped.IsZero() {
			continue
		}
		s, err := decode(o)
		if err != nil {
			return err
		}
		if err := fn(o, s); err != nil {
			return err
		}
	}
	return nil
}
