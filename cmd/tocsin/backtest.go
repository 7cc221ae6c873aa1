package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tocsin-io/tocsin/internal/backtest"
)

// backtestCmd asks rules about the past. It needs no server but for --response-plan.
type backtestCmd struct {
	endpointFlag
	Rule         []string      `help:"File with an event pattern, or with a rule as describe-rule prints it; or a folder of such files. Repeat for several." placeholder:"FILE" xor:"what" required:"" sep:"none"`
	Compare      pair          `help:"Compare two rules: what only the old one matches, what only the new one. Exit code 1 if there is any." placeholder:"OLD NEW" xor:"what" required:""`
	As           string        `help:"Match each CloudTrail record as the event that EventBridge makes of it, or as the bare record." enum:"event,record" default:"event"`
	Since        string        `help:"Count events from this time on: 2026-11-01, or with a time 2026-11-01T06:00:00Z." placeholder:"TIME"`
	Until        string        `help:"Count events before this time." placeholder:"TIME"`
	OpenFor      time.Duration `help:"How long an incident is taken to stay open; what repeats meanwhile folds into it." default:"4h" placeholder:"DURATION"`
	Samples      int           `help:"Show the first N matches of each rule." default:"0" placeholder:"N"`
	NearMisses   bool          `help:"Count the events that miss a rule by exactly one field, by field, and show one of each."`
	JSON         bool          `name:"json" help:"Print JSON." xor:"form"`
	CSV          bool          `name:"csv" help:"Print the matches over time as CSV." xor:"form"`
	ResponsePlan string        `help:"Tell how many pages to whom this plan would make of the incidents, by asking the server." placeholder:"PLAN"`
	AckAfter     time.Duration `help:"With --response-plan: the first who is paged acknowledges so long after; nobody does if left out." default:"-1ns" placeholder:"DURATION"`
	Resume       string        `help:"Keep what is done in this file, and carry on from it." placeholder:"STATEFILE"`
	Workers      int           `help:"How many files are read at once; as many as there are processors if 0." default:"0" placeholder:"N"`
	S3Endpoint   string        `name:"s3-endpoint" help:"Where s3:// paths are, if not AWS; also AWS_ENDPOINT_URL." placeholder:"URL"`
	Quiet        bool          `help:"Show no progress."`
	Paths        []string      `arg:"" name:"path" help:"Files, folders, s3://bucket/prefix, or - for standard input."`
}

// pair is two files after one flag.
type pair struct{ Old, New string }

// Decode reads the two words after the flag.
func (p *pair) Decode(ctx *kong.DecodeContext) error {
	if err := ctx.Scan.PopValueInto("OLD", &p.Old); err != nil {
		return err
	}
	return ctx.Scan.PopValueInto("NEW", &p.New)
}

// Help is what --help prints below the flags.
func (*backtestCmd) Help() string {
	return `Reads logs of CloudTrail, EventBridge, GuardDuty and Config, plain or gzip,
recognised by what is in them, and tells for each rule what it would have matched,
when, by whom, and how many incidents that would have been.

Exit code: 0 when done, 1 if --compare finds a difference, 2 for a rule or path that
cannot be used, 3 if nothing could be read, or it was stopped: the report is then of
what was read until there. Files that cannot be read are named, and the others count.

Examples:
  tocsin backtest --rule root-login.json /var/log/cloudtrail
  tocsin backtest --rule rules/ --near-misses --samples 3 s3://trail-bucket/AWSLogs/
  tocsin backtest --compare old.json new.json --since 2026-11-01 logs/
  tocsin backtest --rule r.json --response-plan security --ack-after 10m logs/
  tocsin backtest --rule r.json --resume state.jsonl --json s3://trail-bucket/ >report.json
  zcat *.json.gz | tocsin backtest --rule bare-record.json --as record -`
}

// Run reads and reports.
func (c *backtestCmd) Run(ctx context.Context, std streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	inputs, err := backtest.Inputs(ctx, c.Paths, std.in, c.S3Endpoint)
	switch {
	case err != nil && ctx.Err() != nil:
		return &exitError{exitFailed, "stopped before anything was read"}
	case errors.Is(err, backtest.ErrNotReached):
		return &exitError{exitFailed, oneLine(err) + c.askedOf()}
	case err != nil:
		return &exitError{exitWrong, oneLine(err)}
	case len(inputs) == 0:
		return &exitError{exitFailed, "there are no files at the paths: name a folder that holds some"}
	}
	if c.ResponsePlan != "" {
		if err := c.planIsThere(ctx); err != nil {
			return err
		}
	}
	if c.Resume != "" {
		o.State = &backtest.State{Path: c.Resume, About: backtest.Question(o, c.Paths)}
		defer o.State.Close()
	}
	c.warn(std, o)
	report, err := c.ask(ctx, std, inputs, o)
	if err != nil {
		if errors.Is(err, backtest.ErrState) {
			return &exitError{exitWrong, oneLine(err)}
		}
		return err
	}
	if c.ResponsePlan != "" && !report.Partial {
		report.Assumed = c.assumed()
	}
	if err := c.print(std, report); err != nil {
		return &exitError{exitFailed, fmt.Sprintf("print the report: %v", err)}
	}
	return c.verdict(report)
}

// warn tells of rules that ask for what there cannot be, as --as has it: a likely slip,
// after which nothing would match.
func (c *backtestCmd) warn(std streams, o *backtest.Options) {
	for _, r := range o.Rules {
		if r.Pattern == nil {
			continue
		}
		for _, path := range r.Pattern.Paths() {
			top, _, nested := strings.Cut(path, ".")
			switch {
			case c.As == "event" && !slices.Contains(outermost, top):
				fmt.Fprintf(std.err, "tocsin: %s asks for %s outside of detail, which no event has; for bare records there is --as record\n", r.Name, top)
			case c.As == "record" && top == "detail" && nested:
				fmt.Fprintf(std.err, "tocsin: %s asks for %s, which no bare record has: leave detail away, or --as record\n", r.Name, path)
			default:
				continue
			}
			break
		}
	}
}

// outermost are the members of an event.
var outermost = []string{"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"}

// askedOf says which server S3 was taken to be, where that is easily another one.
func (c *backtestCmd) askedOf() string {
	url := os.Getenv("AWS_ENDPOINT_URL")
	if url == "" || c.S3Endpoint != "" || os.Getenv("AWS_ENDPOINT_URL_S3") != "" {
		return ""
	}
	return "; S3 was asked at " + url + " (AWS_ENDPOINT_URL): name S3's own endpoint by --s3-endpoint"
}

func (c *backtestCmd) verdict(r *backtest.Report) error {
	switch {
	case r.Partial:
		return &exitError{exitFailed, "stopped: the report is of what was read until then"}
	case r.Events == 0 && len(r.Skipped) > 0:
		s := r.Skipped[0]
		return &exitError{exitFailed, oneLine(fmt.Errorf("nothing could be read: %s: %s", s.Path, s.Reason))}
	case r.Compare != nil && !r.Compare.Same:
		return &exitError{code: exitNo}
	}
	return nil
}

func (c *backtestCmd) options() (*backtest.Options, error) {
	files := c.Rule
	if c.Compare.Old != "" {
		files = nil
	}
	rules, err := backtest.Rules(files)
	if err == nil && files == nil {
		rules, err = backtest.Pair(c.Compare.Old, c.Compare.New)
	}
	if err != nil {
		return nil, &exitError{exitWrong, oneLine(err)}
	}
	if c.OpenFor < time.Second {
		return nil, &exitError{exitWrong, "--open-for has to be a second or more, as 4h"}
	}
	if c.ResponsePlan == "" && c.AckAfter >= 0 {
		return nil, &exitError{exitWrong, "--ack-after is about --response-plan: name one"}
	}
	if c.Resume != "" && slices.Contains(c.Paths, "-") {
		return nil, &exitError{exitWrong, "--resume needs files that can be read again: standard input cannot, so name files"}
	}
	if c.Samples < 0 || c.Workers < 0 {
		return nil, &exitError{exitWrong, "--samples and --workers have to be 0 or more"}
	}
	o := &backtest.Options{
		Rules: rules, Compare: c.Compare.Old != "", AsRecord: c.As == "record", OpenFor: c.OpenFor,
		Samples: c.Samples, Near: c.NearMisses, Workers: c.Workers,
	}
	if c.ResponsePlan != "" {
		o.Pager = c.pager(time.Now())
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Since, err = instant("--since", c.Since); err == nil {
		o.Until, err = instant("--until", c.Until)
	}
	if err == nil && !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		err = &exitError{exitWrong, "--since has to be before --until"}
	}
	return o, err
}

// instant reads a flag's time; a day is its beginning in UTC.
func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &exitError{exitWrong, fmt.Sprintf("%s %s is no time: write 2026-11-01 or 2026-11-01T06:00:00Z", flag, text)}
}

func (c *backtestCmd) print(std streams, r *backtest.Report) error {
	switch {
	case c.JSON:
		enc := json.NewEncoder(std.out)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	case c.CSV:
		return r.WriteCSV(std.out)
	}
	p := paper{out: std.out, colour: colourful(std.out), width: columns(std.out)}
	return p.report(r)
}
