package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/internal/client"
	"github.com/tocsin-io/tocsin/internal/lint"
	"github.com/tocsin-io/tocsin/pattern"
)

// lintCmd looks for mistakes in event patterns and rules.
type lintCmd struct {
	JSON     bool     `help:"Print one JSON array." xor:"format"`
	SARIF    bool     `name:"sarif" help:"Print SARIF 2.1.0, for code scanning." xor:"format"`
	Fix      bool     `help:"Write the suggested edits into the files, and report what is left."`
	Level    string   `help:"Report what is at least so bad: note, warning, error." enum:"note,warning,error" default:"note"`
	Endpoint string   `help:"Judge the rules of this running server; calls are signed with the AWS_* variables." placeholder:"URL"`
	Files    []string `arg:"" optional:"" name:"file" help:"Files or folders of patterns and rules; - is standard input."`
}

// Help is what --help prints below the flags.
func (*lintCmd) Help() string {
	return `A FILE holds an event pattern, a rule as "aws events describe-rule" prints it
(with "Targets" beside it, or the answer of list-targets-by-rule in
NAME.targets.json), the answer of list-rules, a template of CloudFormation or
SAM, a Terraform configuration in JSON, or one pattern or rule a line. All but
the last two may be YAML. What each finding means is told in docs/lint.md.

Exit code: 0 if there is nothing to report, 1 if there is, 2 if the input
cannot be read.

Example:
  tocsin lint --level warning rules/
  aws events describe-rule --name root-login | tocsin lint -
  tocsin lint --sarif rules/ > lint.sarif`
}

// Run judges and prints.
func (c *lintCmd) Run(ctx context.Context, std streams) error {
	if c.Fix { // what is being written is written to its end
		return c.run(ctx, std)
	}
	done := make(chan error, 1)
	go func() { done <- c.run(ctx, std) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return &exitError{exitFailed, "stopped"}
	}
}

func (c *lintCmd) run(ctx context.Context, std streams) error {
	if len(c.Files) == 0 && c.Endpoint == "" {
		return &exitError{exitWrong, "nothing to judge: give files, - for standard input, or --endpoint"}
	}
	if c.Fix && (c.Endpoint != "" || slices.Contains(c.Files, "-")) {
		return &exitError{exitWrong, "--fix writes files: give files only"}
	}
	in := &lintInput{std: std, texts: map[string]string{}, marked: map[string]bool{}, found: map[string]bool{}}
	for _, name := range c.Files {
		if err := in.collect(name); err != nil {
			return err
		}
	}
	if c.Fix {
		if err := c.mend(in); err != nil {
			return err
		}
	}
	if err := in.read(); err != nil {
		return err
	}
	if c.Endpoint != "" {
		if err := in.fetch(ctx, c.Endpoint); err != nil {
			return err
		}
	}
	for _, s := range in.Skipped {
		fmt.Fprintln(std.err, "tocsin: skipped:", s)
	}
	if len(in.Rules) == 0 && c.Endpoint == "" {
		return &exitError{exitWrong, "no pattern or rule in " + strings.Join(c.Files, ", ")}
	}
	found := c.report(in)
	out := bufio.NewWriter(std.out)
	err := c.print(out, in, found)
	if err := errors.Join(err, out.Flush()); err != nil {
		return &exitError{exitFailed, fmt.Sprintf("write the findings: %v", err)}
	}
	if len(found) > 0 {
		return &exitError{code: exitNo}
	}
	return nil
}

func (c *lintCmd) print(out io.Writer, in *lintInput, found []lint.Finding) error {
	switch {
	case c.JSON:
		return printLintJSON(out, in, found)
	case c.SARIF:
		return lint.SARIF(out, version, found, in.texts)
	}
	return printLint(out, in, found)
}

// report gives the findings that are bad enough.
func (c *lintCmd) report(in *lintInput) []lint.Finding {
	least := levelOf(c.Level)
	return slices.DeleteFunc(lint.Lint(in.Rules, in.Plans), func(f lint.Finding) bool { return f.Level < least })
}

func levelOf(name string) pattern.Level {
	for _, l := range []pattern.Level{pattern.Note, pattern.Warning} {
		if l.String() == name {
			return l
		}
	}
	return pattern.Fault
}

// lintInput is what is judged.
type lintInput struct {
	lint.Input

	std    streams
	names  []string
	texts  map[string]string // without a byte order mark
	marked map[string]bool   // those that had one
	found  map[string]bool   // those that nobody named: they may be anything
}

// collect reads a file, the files of a folder, or standard input.
func (in *lintInput) collect(name string) error {
	if name == "-" {
		text, err := io.ReadAll(in.std.in)
		if err != nil {
			return &exitError{exitFailed, fmt.Sprintf("read standard input: %v", err)}
		}
		return in.keep("-", text)
	}
	info, err := os.Stat(name)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	if !info.IsDir() {
		return in.load(name)
	}
	return filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return &exitError{exitWrong, err.Error()}
		}
		if d.IsDir() && path != name && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir // .git and the like are other programs'
		}
		if d.Type().IsRegular() && slices.Contains(lintExtensions, strings.ToLower(filepath.Ext(path))) {
			in.found[path] = !slices.Contains(in.names, path)
			return in.load(path)
		}
		return nil
	})
}

// lintExtensions are of the files of a folder that are looked into.
var lintExtensions = []string{".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".template"}

func (in *lintInput) load(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	return in.keep(name, text)
}

// keep takes a file's text, or tells why it is none.
func (in *lintInput) keep(name string, text []byte) error {
	if _, twice := in.texts[name]; twice {
		return nil
	}
	text, in.marked[name] = bytes.CutPrefix(text, byteOrderMark)
	why := ""
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		why = "it is empty"
	case bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text):
		why = "it is no text in UTF-8"
	}
	if why != "" && !in.found[name] {
		return &exitError{exitWrong, fmt.Sprintf("%s: %s", name, why)}
	} else if why != "" {
		fmt.Fprintf(in.std.err, "tocsin: skipped: %s: %s\n", name, why)
		return nil
	}
	in.names = append(in.names, name)
	in.texts[name] = string(text)
	return nil
}

// read takes the texts apart; it may be asked again after they changed.
func (in *lintInput) read() error {
	in.Input = lint.Input{}
	for _, name := range in.names {
		read := in.Read
		if in.found[name] {
			read = in.Find
		}
		if err := read(name, []byte(in.texts[name])); err != nil {
			return &exitError{exitWrong, err.Error()}
		}
	}
	if err := in.Pair(); err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	return nil
}

// fetch asks a server for its rules, their targets and plans.
func (in *lintInput) fetch(ctx context.Context, endpoint string) error {
	cl, err := client.FromEnvironment(endpoint)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	rules, err := serverRules(ctx, cl)
	if err != nil {
		var answer *client.Error
		if errors.As(err, &answer) {
			return fmt.Errorf("%s: %w", endpoint, err)
		}
		return fmt.Errorf("%w; is the server running? (--endpoint)", err)
	}
	plans := map[string]bool{}
	for _, r := range rules {
		in.Rules = append(in.Rules, r)
		for _, t := range r.Targets {
			if !strings.Contains(t.ARN, ":response-plan/") || plans[t.ARN] {
				continue
			}
			plans[t.ARN] = true
			p, err := serverPlan(ctx, cl, t.ARN)
			if err != nil {
				return fmt.Errorf("%s: %w", endpoint, err)
			}
			in.Plans = append(in.Plans, p)
		}
	}
	return nil
}

func serverRules(ctx context.Context, cl *client.Client) ([]*lint.Rule, error) {
	var buses struct{ EventBuses []struct{ Name string } }
	if err := cl.JSON(ctx, "events", "AWSEvents.ListEventBuses", map[string]any{}, &buses); err != nil {
		return nil, err
	}
	var rules []*lint.Rule
	for _, bus := range buses.EventBuses {
		for token := ""; ; {
			in := map[string]any{"EventBusName": bus.Name}
			if token != "" {
				in["NextToken"] = token
			}
			var page struct {
				Rules     []struct{ Name, Arn, State, EventPattern, EventBusName string }
				NextToken string
			}
			if err := cl.JSON(ctx, "events", "AWSEvents.ListRules", in, &page); err != nil {
				return nil, err
			}
			for _, r := range page.Rules {
				targets, err := serverTargets(ctx, cl, bus.Name, r.Name)
				if err != nil {
					return nil, err
				}
				rules = append(rules, lint.Server(r.Name, r.Arn, r.EventBusName, r.State, r.EventPattern, targets))
			}
			if token = page.NextToken; token == "" {
				break
			}
		}
	}
	return rules, nil
}

func serverTargets(ctx context.Context, cl *client.Client, bus, rule string) ([]lint.Target, error) {
	var targets []lint.Target
	for token := ""; ; {
		in := map[string]any{"EventBusName": bus, "Rule": rule}
		if token != "" {
			in["NextToken"] = token
		}
		var page struct {
			Targets   []struct{ Id, Arn, RoleArn string }
			NextToken string
		}
		if err := cl.JSON(ctx, "events", "AWSEvents.ListTargetsByRule", in, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Targets {
			targets = append(targets, lint.Target{ID: t.Id, ARN: t.Arn, Role: t.RoleArn})
		}
		if token = page.NextToken; token == "" {
			return targets, nil
		}
	}
}

func serverPlan(ctx context.Context, cl *client.Client, arn string) (lint.Plan, error) {
	p := lint.Plan{ARN: arn}
	var out struct {
		IncidentTemplate struct{ DedupeString string }
		Actions          []struct {
			SsmAutomation struct {
				DynamicParameters map[string]struct{ Variable string }
			}
		}
	}
	err := cl.REST(ctx, "ssm-incidents", "GET", "/getResponsePlan?arn="+url.QueryEscape(arn), nil, &out)
	var answer *client.Error
	if errors.As(err, &answer) && answer.Status == 404 {
		p.Missing = true
		return p, nil
	}
	p.Dedupe = out.IncidentTemplate.DedupeString
	for _, a := range out.Actions {
		for _, v := range a.SsmAutomation.DynamicParameters {
			p.Involved = p.Involved || v.Variable == "INVOLVED_RESOURCES"
		}
	}
	return p, err
}
