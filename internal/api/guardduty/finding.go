package guardduty

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	"github.com/tocsin-io/tocsin/internal/aws"
	wire "github.com/tocsin-io/tocsin/internal/aws/guardduty"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/store"
)

// CreateSampleFindings makes findings of the types that are named, or one of each, and
// sends them to the rules.
func (s *Server) CreateSampleFindings(ctx context.Context, in *wire.CreateSampleFindingsInput) (*wire.CreateSampleFindingsOutput, error) {
	kinds, err := finding.Named(in.FindingTypes)
	if err != nil {
		return nil, err
	}
	return &wire.CreateSampleFindingsOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return finding.Sample(tx, s.Bus, in.DetectorId, kinds) })
}

// criteria reads what findings must meet.
func criteria(given *wire.FindingCriteria) (*finding.Criteria, error) {
	if given == nil {
		return finding.Compile(nil)
	}
	all := make(map[string]finding.Condition, len(given.Criterion))
	for field, c := range given.Criterion {
		all[field] = finding.Condition{Equals: append(slices.Clone(c.Equals), c.Eq...), NotEquals: append(slices.Clone(c.NotEquals), c.Neq...),
			Greater: first(c.GreaterThan, c.Gt), GreaterOrEqual: first(c.GreaterThanOrEqual, c.Gte), Less: first(c.LessThan, c.Lt), LessEqual: first(c.LessThanOrEqual, c.Lte)}
	}
	return finding.Compile(all)
}

// first is a bound, in the word of today or in the old one.
func first(bound *int64, old *int) *int64 {
	if bound == nil && old != nil {
		return new(int64(*old))
	}
	return bound
}

func order(given *wire.SortCriteria) (finding.Order, error) {
	if given == nil {
		return finding.NewOrder("", false)
	}
	return finding.NewOrder(api.Text(given.AttributeName), given.OrderBy != nil && *given.OrderBy == wire.OrderByAsc)
}

// ListFindings lists the ids of findings that meet the criteria, the ones first that
// were updated last where no order is given.
func (s *Server) ListFindings(ctx context.Context, in *wire.ListFindingsInput) (*wire.ListFindingsOutput, error) {
	meets, err := criteria(in.FindingCriteria)
	if err != nil {
		return nil, err
	}
	by, err := order(in.SortCriteria)
	if err != nil {
		return nil, err
	}
	p, err := api.NewPage(ctx, s.Pager, limit(in.MaxResults), token(in.NextToken), []any{in.DetectorId, in.FindingCriteria, in.SortCriteria})
	if err != nil {
		return nil, err
	}
	out := &wire.ListFindingsOutput{FindingIds: []string{}}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) (err error) {
		if _, err := finding.Detector(tx, in.DetectorId); err != nil {
			return err
		}
		l := list{tx: tx, detector: in.DetectorId, meets: meets, by: by, page: p}
		if by.Newest() {
			out.FindingIds, out.NextToken, err = l.newest()
		} else {
			out.FindingIds, out.NextToken, err = l.sorted()
		}
		return err
	})
}

// list is one page of findings in the making.
type list struct {
	tx       *store.Tx
	detector string
	meets    *finding.Criteria
	by       finding.Order
	page     api.Page
}

func (l *list) read(c store.Cursor, n int) ([]*tocsin.Finding, error) {
	return l.tx.Findings(l.detector, c, n)
}

func place(f *tocsin.Finding) store.Cursor { return store.Cursor{Time: f.Updated, ID: f.ID} }

// newest reads no more than the page.
func (l *list) newest() (ids []string, token *string, err error) {
	c, err := l.page.Cursor()
	if err != nil {
		return nil, nil, err
	}
	rows, more, err := api.Scan(l.page.Limit, c, l.read, place, l.meets.Match)
	ids = []string{}
	for _, f := range rows {
		ids = append(ids, f.ID)
	}
	if more {
		token = l.page.TokenAt(place(rows[len(rows)-1]))
	}
	return ids, token, err
}

// ranked is a finding's place in an order that the store does not know.
type ranked struct{ Key, ID string }

// sorted reads all that meets the criteria, and keeps of each what the order goes by.
func (l *list) sorted() (ids []string, token *string, err error) {
	var after *ranked
	if l.page.After != "" {
		if err := json.Unmarshal([]byte(l.page.After), &after); err != nil || after == nil {
			return nil, nil, aws.ErrBadToken
		}
	}
	var all []ranked
	err = each(l.read, func(f *tocsin.Finding) error {
		key, meets := l.by.Key(f, l.meets)
		r := ranked{key, f.ID}
		if meets && (after == nil || l.by.Compare(r.Key, r.ID, after.Key, after.ID) > 0) {
			all = append(all, r)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b ranked) int { return l.by.Compare(a.Key, a.ID, b.Key, b.ID) })
	ids = []string{}
	for _, r := range all[:min(len(all), l.page.Limit)] {
		ids = append(ids, r.ID)
	}
	if len(all) > l.page.Limit {
		last, err := json.Marshal(all[l.page.Limit-1])
		if err != nil {
			return nil, nil, err
		}
		token = l.page.Token(string(last))
	}
	return ids, token, err
}

// each reads all findings, the newest first.
func each(read func(store.Cursor, int) ([]*tocsin.Finding, error), fn func(*tocsin.Finding) error) error {
	const batch = 500
	for c := (store.Cursor{}); ; {
		rows, err := read(c, batch)
		if err != nil {
			return err
		}
		for _, f := range rows {
			if err := fn(f); err != nil {
				return err
			}
		}
		if len(rows) < batch {
			return nil
		}
		c = place(rows[len(rows)-1])
	}
}

// GetFindings shows findings, in the order of their ids in the request or in the one
// that is given. Ids that the detector has not are left out.
func (s *Server) GetFindings(ctx context.Context, in *wire.GetFindingsInput) (*wire.GetFindingsOutput, error) {
	by, err := order(in.SortCriteria)
	if err != nil {
		return nil, err
	}
	out := &wire.GetFindingsOutput{}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		out.Findings = []aws.RawJSON{}
		if _, err := finding.Detector(tx, in.DetectorId); err != nil {
			return err
		}
		var all []*tocsin.Finding
		for i, id := range in.FindingIds {
			f, err := tx.Finding(in.DetectorId, id)
			if err != nil {
				return err
			}
			if f != nil && !slices.Contains(in.FindingIds[:i], id) {
				all = append(all, f)
			}
		}
		if in.SortCriteria != nil {
			slices.SortFunc(all, func(a, b *tocsin.Finding) int {
				x, _ := by.Key(a, &finding.Criteria{})
				y, _ := by.Key(b, &finding.Criteria{})
				return by.Compare(x, a.ID, y, b.ID)
			})
		}
		for _, f := range all {
			text, err := finding.Show(f)
			if err != nil {
				return err
			}
			out.Findings = append(out.Findings, aws.RawJSON(text))
		}
		return nil
	})
}

// GetFindingsStatistics counts findings that meet the criteria by severity.
func (s *Server) GetFindingsStatistics(ctx context.Context, in *wire.GetFindingsStatisticsInput) (*wire.GetFindingsStatisticsOutput, error) {
	meets, err := criteria(in.FindingCriteria)
	if err != nil {
		return nil, err
	}
	out := &wire.GetFindingsStatisticsOutput{}
	return out, s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if _, err := finding.Detector(tx, in.DetectorId); err != nil {
			return err
		}
		counts := map[string]int{}
		l := list{tx: tx, detector: in.DetectorId}
		err := each(l.read, func(f *tocsin.Finding) error {
			if !meets.Match(f) {
				return nil
			}
			h, err := finding.Read(f.Detail)
			if err != nil {
				return err
			}
			counts[strconv.FormatFloat(h.Severity, 'f', 1, 64)]++
			return nil
		})
		if slices.Contains(in.FindingStatisticTypes, wire.FindingStatisticTypeCountBySeverity) {
			out.FindingStatistics.CountBySeverity = counts
		}
		return err
	})
}

// ArchiveFindings puts findings aside.
func (s *Server) ArchiveFindings(ctx context.Context, in *wire.ArchiveFindingsInput) (*wire.ArchiveFindingsOutput, error) {
	return &wire.ArchiveFindingsOutput{}, s.mark(ctx, in.DetectorId, in.FindingIds, func(f *tocsin.Finding) { f.Archived = true })
}

// UnarchiveFindings takes findings back.
func (s *Server) UnarchiveFindings(ctx context.Context, in *wire.UnarchiveFindingsInput) (*wire.UnarchiveFindingsOutput, error) {
	return &wire.UnarchiveFindingsOutput{}, s.mark(ctx, in.DetectorId, in.FindingIds, func(f *tocsin.Finding) { f.Archived = false })
}

// UpdateFindingsFeedback says of findings whether they were useful. Comments stand in
// the audit: no operation of GuardDuty's gives them back.
func (s *Server) UpdateFindingsFeedback(ctx context.Context, in *wire.UpdateFindingsFeedbackInput) (*wire.UpdateFindingsFeedbackOutput, error) {
	return &wire.UpdateFindingsFeedbackOutput{}, s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		if in.Comments != nil && *in.Comments != "" {
			tx.Note(tocsin.Clip(*in.Comments, 1000))
		}
		return finding.Mark(tx, in.DetectorId, in.FindingIds, func(f *tocsin.Finding) { f.Feedback = string(in.Feedback) })
	})
}

func (s *Server) mark(ctx context.Context, detector string, ids []string, change func(*tocsin.Finding)) error {
	return s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error { return finding.Mark(tx, detector, ids, change) })
}
