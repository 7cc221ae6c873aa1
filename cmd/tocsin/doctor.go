package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

type doctorCmd struct {
	endpointFlag
	Level string `help:"Show what is at least so bad, and exit with 1 if there is any: error, warning, note." enum:"error,warning,note" default:"warning"`
	JSON  bool   `help:"Print one JSON array."`
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

// Run asks the server what is wrong.
func (c *doctorCmd) Run(ctx context.Context, std streams) error {
	var out struct {
		Findings []struct{ Kind, Severity, ResourceArn, Message, Recommendation string }
	}
	if err := c.call(ctx, "Doctor", map[string]any{}, &out); err != nil {
		return err
	}
	levels := []string{"error", "warning", "note"}
	shown := levels[:slices.Index(levels, c.Level)+1]
	all := []finding{}
	for _, f := range out.Findings {
		if s := strings.ToLower(f.Severity); slices.Contains(shown, s) {
			all = append(all, finding{f.Kind, s, f.ResourceArn, f.Message, f.Recommendation})
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
