package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/catalogue"
	"github.com/tocsin-io/tocsin/internal/client"
)

type rulesCmd struct {
	List    rulesListCmd    `cmd:"" help:"List the reviewed rules for security events."`
	Show    rulesShowCmd    `cmd:"" help:"Show one rule: what it tells, what it misses, its pattern."`
	Install rulesInstallCmd `cmd:"" help:"Put rules on a server's bus, with a response plan as their target."`
}

type rulesListCmd struct {
	Group string `help:"Only this group: identity, detection, data, network, organization, finding." enum:",identity,detection,data,network,organization,finding" default:""`
	JSON  bool   `help:"Print one JSON array."`
}

// Help shows an example.
func (rulesListCmd) Help() string {
	return "Asks no server. docs/rules.md has the same list.\n\nExample: tocsin rules list --group identity"
}

// Run lists the catalogue.
func (c *rulesListCmd) Run(std streams) error {
	all, err := catalogue.Rules()
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(r catalogue.Rule) bool { return c.Group != "" && r.Group != c.Group })
	if c.JSON {
		return printJSON(std.out, all)
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tGROUP\tIMPACT\tATT&CK\tTELLS")
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", r.Name, r.Group, r.Impact, strings.Join(r.Attack, ","), r.Title)
	}
	return w.Flush()
}

type rulesShowCmd struct {
	Name    string `arg:"" help:"The rule's name."`
	Pattern bool   `help:"Print the event pattern alone." xor:"form"`
	JSON    bool   `help:"Print everything as JSON." xor:"form"`
}

// Help shows an example.
func (rulesShowCmd) Help() string {
	return "Asks no server.\n\nExample: aws events put-rule --name root-activity --event-pattern \"$(tocsin rules show root-activity --pattern)\""
}

// Run shows a rule.
func (c *rulesShowCmd) Run(std streams) error {
	chosen, err := choose([]string{c.Name}, false)
	if err != nil {
		return err
	}
	r := chosen[0]
	switch {
	case c.Pattern:
		_, err = fmt.Fprintln(std.out, r.Pattern)
		return err
	case c.JSON:
		return printJSON(std.out, r)
	}
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(std.out, "%-9s %s\n", name, value)
		}
	}
	line("Rule", r.Name)
	line("Tells", r.Title)
	line("Group", r.Group)
	line("Impact", fmt.Sprintf("%d (%s)", r.Impact, tocsin.ImpactName(r.Impact)))
	line("CIS", r.CIS)
	line("ATT&CK", strings.Join(r.Attack, ", "))
	line("Folds by", catalogue.Dedupes()[r.Dedupe])
	line("State", r.State)
	line("Region", r.Region)
	line("Instead", r.Instead)
	line("Matches", names(r.Match))
	line("Not", names(r.Miss))
	fmt.Fprintf(std.out, "\nWhy:    %s\n\nMisses: %s\n\nSee:    %s\n\n%s\n", r.Why, r.Misses, strings.Join(r.References, "\n        "), r.Pattern)
	return nil
}

func names(samples []catalogue.Sample) string {
	var out []string
	for _, s := range samples {
		out = append(out, s.Name)
	}
	return strings.Join(out, "; ")
}

type rulesInstallCmd struct {
	endpointFlag
	Names        []string `arg:"" optional:"" name:"rule" help:"The rules' names."`
	All          bool     `help:"Install every rule that does not stand in the place of another."`
	Group        []string `help:"Install the rules of these groups, as --all does." placeholder:"GROUP"`
	ResponsePlan string   `help:"ARN of the response plan that the rules start." required:"" placeholder:"ARN"`
	Role         string   `help:"ARN of the role that EventBridge starts the plan with; this server needs none." placeholder:"ARN"`
	Bus          string   `help:"Event bus." default:"default"`
	Prefix       string   `help:"Put before each rule's name." default:""`
	Overwrite    bool     `help:"Replace rules of the same name that were changed, or that start another plan."`
	DryRun       bool     `help:"Tell what would be done, and do nothing."`
	JSON         bool     `help:"Print one JSON array."`
}

// Help shows an example.
func (rulesInstallCmd) Help() string {
	return `Doing it again changes nothing. A rule of the same name that somebody changed, or
that starts another response plan, is kept, and told, unless --overwrite: then it
is replaced, and starts this plan alone. Other targets of it stay. Rules are installed in the Region of
AWS_REGION, and see events of that Region alone.

Exit code: 0 if all stand as asked, 1 if changed rules were kept, 2 wrong use,
3 if the server could not be asked.

Example:
  tocsin rules install root-activity guardduty-finding-high \
      --response-plan arn:aws:ssm-incidents::111122223333:response-plan/security
  tocsin rules install --all --prefix cis- --dry-run --response-plan ARN`
}

// Run installs.
func (c *rulesInstallCmd) Run(ctx context.Context, std streams) error {
	chosen, err := c.chosen()
	if err != nil {
		return err
	}
	cl, err := client.FromEnvironment(c.Endpoint)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	if err := c.planIsThere(ctx, cl); err != nil {
		return err
	}
	call := func(ctx context.Context, op string, in, out any) error {
		return cl.JSON(ctx, "events", "AWSEvents."+op, in, out)
	}
	want := catalogue.Want{Bus: c.Bus, Prefix: c.Prefix, Plan: c.ResponsePlan, Role: c.Role, Overwrite: c.Overwrite, DryRun: c.DryRun, NotFound: func(err error) bool {
		var answer *client.Error
		return errors.As(err, &answer) && strings.Contains(answer.Code, "ResourceNotFound") && strings.HasPrefix(answer.Message, "Rule ") // not: the bus
	}}
	done := []catalogue.Done{}
	for i := range chosen {
		d, err := catalogue.Install(ctx, call, &chosen[i], want)
		if err != nil {
			return errors.Join(c.print(std, done), c.asked(err)) // what was done is told
		}
		done = append(done, d)
		if r := chosen[i].Region; r != "" && r != cl.Region {
			fmt.Fprintf(std.err, "tocsin: %s: its events arise in %s only, and this is %s: forward them, or install it there (AWS_REGION)\n", d.Name, r, cl.Region)
		}
	}
	if err := c.print(std, done); err != nil {
		return err
	}
	if slices.ContainsFunc(done, func(d catalogue.Done) bool { return d.Action == catalogue.Different }) {
		return &exitError{exitNo, "rules that were changed are kept as they are; --overwrite replaces them"}
	}
	return nil
}

func (c *rulesInstallCmd) print(std streams, done []catalogue.Done) error {
	if c.JSON {
		return printJSON(std.out, done)
	}
	for _, d := range done {
		action := d.Action
		if c.DryRun && action != catalogue.Unchanged && action != catalogue.Different {
			action = "would be " + action
		}
		line := action + "  " + d.Name
		if d.Detail != "" {
			line += ": " + d.Detail
		}
		if _, err := fmt.Fprintln(std.out, line); err != nil {
			return err
		}
	}
	return nil
}

// chosen gives the rules that are asked for, before anything is written.
func (c *rulesInstallCmd) chosen() ([]catalogue.Rule, error) {
	if arn := tocsin.ARN(c.ResponsePlan); !arn.Valid() || arn.Service() != tocsin.ServiceIncidents || arn.Kind() != "response-plan" {
		return nil, &exitError{exitWrong, fmt.Sprintf("--response-plan: %q is not the ARN of a response plan; aws ssm-incidents list-response-plans lists them", c.ResponsePlan)}
	}
	all, err := catalogue.Rules()
	if err != nil {
		return nil, err
	}
	for _, g := range c.Group {
		if !slices.Contains(catalogue.Groups(), g) {
			return nil, &exitError{exitWrong, fmt.Sprintf("--group: there is no group %q; there are %s", g, strings.Join(catalogue.Groups(), ", "))}
		}
	}
	chosen, err := choose(c.Names, c.All)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		named := func(o catalogue.Rule) bool { return o.Name == r.Name }
		if slices.Contains(c.Group, r.Group) && !choice(r) && !slices.ContainsFunc(chosen, named) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		return nil, &exitError{exitWrong, "no rule is named: give names, --group, or --all; tocsin rules list shows them"}
	}
	for i := range chosen {
		if !chosen[i].Fits(c.Prefix) {
			return nil, &exitError{exitWrong, fmt.Sprintf("--prefix: %s%s is longer than 64 characters", c.Prefix, chosen[i].Name)}
		}
	}
	return chosen, nil
}

// choice tells a rule that somebody has to choose by name, in the place of another one.
func choice(r catalogue.Rule) bool { return r.Instead != "" }

// choose gives rules by name, each once.
func choose(names []string, every bool) ([]catalogue.Rule, error) {
	all, err := catalogue.Rules()
	if err != nil || every {
		return slices.DeleteFunc(slices.Clone(all), choice), err
	}
	var chosen []catalogue.Rule
	for i, name := range names {
		at := slices.IndexFunc(all, func(r catalogue.Rule) bool { return r.Name == name })
		if at < 0 {
			return nil, &exitError{exitWrong, fmt.Sprintf("there is no rule %q; tocsin rules list shows them", name)}
		}
		if !slices.Contains(names[:i], name) {
			chosen = append(chosen, all[at])
		}
	}
	return chosen, nil
}

// planIsThere keeps rules from being installed that would start nothing.
func (c *rulesInstallCmd) planIsThere(ctx context.Context, cl *client.Client) error {
	err := cl.REST(ctx, "ssm-incidents", "GET", "/getResponsePlan?arn="+url.QueryEscape(c.ResponsePlan), nil, nil)
	var answer *client.Error
	switch {
	case errors.As(err, &answer) && answer.Status == 404:
		return &exitError{exitWrong, "--response-plan: the server has no " + c.ResponsePlan}
	case err != nil:
		return c.asked(err)
	}
	return nil
}

// asked words a failed call.
func (c *rulesInstallCmd) asked(err error) error {
	var answer *client.Error
	if errors.As(err, &answer) {
		return fmt.Errorf("%s: %w", c.Endpoint, err)
	}
	return fmt.Errorf("%w; is the server running? (--endpoint)", err)
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
