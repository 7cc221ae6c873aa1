package backtest

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"
)

// WriteCSV writes a row for each rule and bucket of time that has matches.
func (r *Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"rule", "start", "end", "matches"}}
	all := r.Rules
	if c := r.Compare; c != nil {
		all = append(all[:len(all):len(all)], c.Both, c.OnlyOld, c.OnlyNew)
	}
	for _, rule := range all {
		for _, b := range rule.Histogram.Buckets {
			end := b.Start.Add(time.Duration(rule.Histogram.Width) * time.Second)
			rows = append(rows, []string{rule.Name, b.Start.Format(time.RFC3339), end.Format(time.RFC3339), strconv.FormatInt(b.Matches, 10)})
		}
	}
	return out.WriteAll(rows)
}
