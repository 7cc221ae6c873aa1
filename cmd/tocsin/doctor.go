package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/server"
)

type doctorCmd struct {
	endpointFlag
	Level string `help:"Show what is at least so bad, and exit with 1 if there is any: error, warning, note." enum:"error,warning,note" default:"warning"`
	JSON  bool   `help:"Print one JSON array."`

	Backup  string `help:"Read a backup (tocsin backup) instead of asking a server." placeholder:"FILE" type:"existingfile"`
	KeyFile string `help:"With --backup: the file with the key that secrets are sealed with." placeholder:"FILE" env:"TOCSIN_KEY_FILE" type:"existingfile"`
	Account string `help:"With --backup: the account." default:"000000000000" env:"TOCSIN_ACCOUNT_ID"`
}

// Help shows an example.
func (doctorCmd) Help() string {
	return "Tells what would fail at three in the morning: plans that reach nobody, people without a channel, schedules with gaps, what names something deleted. " +
		"docs/doctor.md tells of each kind.\n\nExample: tocsin doctor --level error || echo 'mend this today'"
}

// finding is one thing that is wrong, as it is printed: a contract with scripts.
type finding struct {
	Kind     string `json:"kind"`
	Severity string `json:"severity"`
	Resource string `json:"resource"`
	Message  string `json:"message"`
	Mend     string `json:"mend"`
}

// ask gives what is wrong by a running server, or by a backup.
func (c *doctorCmd) ask(ctx context.Context) (all []finding, err error) {
	if c.Backup != "" {
		if c.KeyFile == "" {
			return nil, &exitError{exitWrong, "--backup needs --key-file: what is secret in a backup is sealed, and the key is the file key in the data folder"}
		}
		found, err := server.Examine(ctx, c.Backup, c.KeyFile, tocsin.Account(c.Account))
		for _, f := range found {
			all = append(all, finding{string(f.Kind), strings.ToLower(string(f.Severity)), string(f.Resource), f.Message, f.Mend})
		}
		return all, err
	}
	var out struct {
		Findings []struct{ Kind, Severity, ResourceArn, Message, Recommendation string }
	}
	if err := c.call(ctx, "Doctor", map[string]any{}, &out); err != nil {
		return nil, err
	}
	for _, f := range out.Findings {
		all = append(all, finding{f.Kind, strings.ToLower(f.Severity), f.ResourceArn, f.Message, f.Recommendation})
	}
	return all, nil
}

// Run tells what is wrong.
func (c *doctorCmd) Run(ctx context.Context, std streams) error {
	found, err := c.ask(ctx)
	if err != nil {
		return err
	}
	levels := []string{"error", "warning", "note"}
	shown := levels[:slices.Index(levels, c.Level)+1]
	all := []finding{}
	for _, f := range found {
		if slices.Contains(shown, f.Severity) {
			all = append(all, f)
		}
	}
	if c.JSON {
		enc := json.NewEncoder(std.out)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(all); err != nil {
			return err
		}
	} else {
		for _, f := range all {
			fmt.Fprintf(std.out, "%s: %s [%s]\n    %s\n    → %s\n", f.Severity, f.Message, f.Kind, f.Resource, f.Mend)
		}
		if len(all) == 0 {
			fmt.Fprintln(std.out, "Nothing found.")
		}
	}
	if len(all) > 0 {
		return &exitError{exitNo, ""}
	}
	return nil
}
