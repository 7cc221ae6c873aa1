package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/internal/backtest"
)

// paper is where a report for people is written.
type paper struct {
	out    io.Writer
	colour bool
	width  int
	err    error
}

// columns is how wide the terminal is, or what is no terminal is said to be.
func columns(w io.Writer) int {
	const least, usual = 40, 100
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= least {
		return n
	}
	if f, ok := w.(*os.File); ok {
		if n := widthOf(f); n > 0 {
			return max(least, n)
		}
	}
	return usual
}

func (p *paper) print(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

const (
	bold   = "1"
	dim    = "2"
	yellow = "33"
)

func (p *paper) paint(code, s string) string {
	if !p.colour {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p *paper) report(r *backtest.Report) error {
	for i := range r.Rules {
		p.rule(&r.Rules[i], r)
	}
	if c := r.Compare; c != nil {
		p.print("%s\n", p.paint(bold, "Compared"))
		if c.Same {
			p.print("  no difference: both match the same %s\n\n", count(c.Both.Matches, "event"))
		} else {
			p.print("  both match %s, only the old rule %d, only the new rule %d\n\n", count(c.Both.Matches, "event"), c.OnlyOld.Matches, c.OnlyNew.Matches)
			p.rule(&c.OnlyOld, r)
			p.rule(&c.OnlyNew, r)
		}
	}
	speed := float64(r.Bytes-r.Resumed) / max(r.Seconds, 1e-3)
	p.print("%s from %s: %s in %.1f s (%s/s)", count(r.Events, "event"), count(r.Files, "file"), size(float64(r.Bytes)), r.Seconds, size(speed))
	if r.Resumed > 0 {
		p.print(", %s of it read before", size(float64(r.Resumed)))
	}
	p.print("\n")
	for _, n := range []struct {
		n    int64
		what string
	}{
		{r.Malformed, "malformed"}, {r.TooLong, "too long"}, {r.Unknown, "of no known kind"},
	} {
		if n.n > 0 {
			p.print("%s %s\n", p.paint(yellow, count(n.n, "record")), n.what)
		}
	}
	const most = 20
	for i, s := range r.Skipped {
		if i == most {
			p.print("… and %d more; --json lists all\n", len(r.Skipped)-most)
			break
		}
		p.print("%s %s: %s", p.paint(yellow, "skipped"), visible(s.Path), visible(s.Reason))
		if s.Events > 0 {
			p.print(" (%s before that count)", count(s.Events, "event"))
		}
		p.print("\n")
	}
	if r.Assumed != "" {
		p.print("pages are of %s\n", visible(r.Assumed))
	}
	if r.Partial {
		p.print("%s\n", p.paint(yellow, "Stopped before the end: this is of what was read until then."))
	}
	return p.err
}

func (p *paper) rule(r *backtest.RuleReport, of *backtest.Report) {
	p.print("%s", p.paint(bold, visible(r.Name)))
	if r.State != "" {
		p.print("  %s", p.paint(dim, r.State))
	}
	p.print("\n  %s", count(r.Matches, "match"))
	if r.Matches > 0 {
		p.print(", %s (open for %s)", count(r.Incidents, "incident"), openFor(of.OpenFor))
	}
	if r.First != nil {
		p.print(", %s to %s", r.First.Format("2006-01-02 15:04:05"), r.Last.Format("2006-01-02 15:04:05 MST"))
	}
	p.print("\n")
	if r.Undated > 0 {
		p.print("  %d of them without a time that can be read\n", r.Undated)
	}
	switch {
	case r.Disabled():
		p.print("  the rule is DISABLED: it matches nothing\n")
	case r.ReadOnly > 0:
		p.print("  %s of read-only management calls not shown to it: its state is %s\n", count(r.ReadOnly, "further match"), r.State)
	}
	p.bars(r.Histogram)
	if r.Matches > 0 {
		p.top("by", r.Top.Principals)
		p.top("event", r.Top.Names)
		p.top("source", r.Top.Sources)
		p.top("resource", r.Top.Resources)
		p.top("account", r.Top.Accounts)
		p.top("region", r.Top.Regions)
	}
	for i, n := range r.Pages {
		label := ""
		if i == 0 {
			label = "pages"
		}
		p.print("  %-9s %7d  to %s by %s\n", label, n.Pages, visible(n.Person), visible(n.Channel))
	}
	if of.Assumed != "" && r.Incidents > 0 && len(r.Pages) == 0 {
		p.print("  %-9s %7d  %s\n", "pages", 0, p.paint(yellow, "nobody is reached"))
	}
	for i := range r.Samples {
		p.sample("  sample", &r.Samples[i], true)
	}
	if len(r.Near) > 0 {
		p.print("  near misses, by the one field that fails\n")
	}
	for _, n := range r.Near {
		p.print("    %s %s\n", p.paint(bold, strconv.FormatInt(n.Count, 10)), visible(n.Field))
		p.print("      %s\n", p.fit(visible(n.Sample.Why), 6))
		p.sample("      as", &n.Sample, false)
	}
	p.print("\n")
}

// bars draws a line for each bucket, the empty ones between too.
func (p *paper) bars(h *backtest.Histogram) {
	if len(h.Buckets) < 2 {
		return
	}
	most := int64(1)
	for _, b := range h.Buckets {
		most = max(most, b.Matches)
	}
	step := time.Duration(h.Width) * time.Second
	form := "2006-01-02 15:04"
	if step >= 24*time.Hour {
		form = time.DateOnly
	}
	const mostEmpty = 12
	room := int64(min(40, p.width-len("  2006-01-02 15:04  123456"))) // of the longest bar
	next := h.Buckets[0].Start
	for _, b := range h.Buckets {
		if empty := int64(b.Start.Sub(next) / step); empty > mostEmpty || empty < 0 { // less than 0: it is further than a Duration
			p.print("  %s\n", p.paint(dim, "⋮"))
			next = b.Start
		}
		for ; next.Before(b.Start); next = next.Add(step) {
			p.print("  %s ▏\n", p.paint(dim, next.Format(form)))
		}
		eighths := max(1, int(b.Matches*room*8/most))
		line := strings.Repeat("█", eighths/8)
		if eighths%8 > 0 {
			line += string([]rune("▏▎▍▌▋▊▉")[eighths%8-1])
		}
		p.print("  %s %s %d\n", p.paint(dim, b.Start.Format(form)), line, b.Matches)
		next = b.Start.Add(step)
	}
}

// top lists the most frequent; three of them tell enough at a glance.
func (p *paper) top(what string, all []backtest.Share) {
	const shown = 3
	for i, s := range all[:min(shown, len(all))] {
		label := ""
		if i == 0 {
			label = what
		}
		p.print("  %-9s %7d  %s\n", label, s.Count, p.fit(visible(s.Name), 21))
	}
}

// sample shows an event below where it stands, both as far to the right as what:
// whole, or as much as fits on the line.
func (p *paper) sample(what string, e *backtest.Event, whole bool) {
	indent := strings.Repeat(" ", len(what)-len(strings.TrimLeft(what, " "))+2)
	var line bytes.Buffer
	if json.Compact(&line, e.Event) != nil {
		line.Write(e.Event)
	}
	text := visible(line.String())
	if !whole {
		text = p.fit(text, len(indent))
	}
	p.print("%s %s record %d\n%s%s\n", what, visible(e.Path), e.Record, indent, p.paint(dim, text))
}

// fit cuts a line to the paper's width, less the indent.
func (p *paper) fit(s string, indent int) string {
	if utf8.RuneCountInString(s) <= p.width-indent {
		return s
	}
	return string([]rune(s)[:p.width-indent-1]) + "…"
}

// visible takes control characters out of what logs and files say: attackers
// write into them, and terminals obey.
func visible(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return '�'
		}
		return c
	}, s)
}

func count(n int64, what string) string {
	if n != 1 {
		if strings.HasSuffix(what, "h") {
			what += "e"
		}
		what += "s"
	}
	return strconv.FormatInt(n, 10) + " " + what
}

// openFor is a duration without the zeros at its end.
func openFor(d string) string {
	if strings.HasSuffix(d, "m0s") {
		d = strings.TrimSuffix(d, "0s")
	}
	if strings.HasSuffix(d, "h0m") {
		d = strings.TrimSuffix(d, "0m")
	}
	return d
}
