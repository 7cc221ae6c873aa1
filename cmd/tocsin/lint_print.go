package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/internal/lint"
	"github.com/tocsin-io/tocsin/pattern"
)

// lintFinding is a finding as it is printed: a contract with scripts.
type lintFinding struct {
	ID        string     `json:"id"`
	File      string     `json:"file"`
	Line      int        `json:"line"`
	Col       int        `json:"col"`
	Message   string     `json:"message"`
	Fix       string     `json:"fix"` // the better pattern, or the better setting; "" if none is known
	Level     string     `json:"level"`
	EndLine   int        `json:"endLine"`
	EndCol    int        `json:"endCol"`
	Rule      string     `json:"rule"`
	Path      string     `json:"path"`
	Never     bool       `json:"neverMatches"`
	FixAction string     `json:"fixAction"` // what the fix does, in words
	Edits     []lintEdit `json:"edits"`     // of the file
}

// lintEdit replaces bytes of a file.
type lintEdit struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Text string `json:"text"`
}

func printLintJSON(out io.Writer, in *lintInput, found []lint.Finding) error {
	all := []lintFinding{}
	for _, f := range found {
		p := lintFinding{ID: f.ID, File: f.File, Line: f.Line, Col: f.Column, Message: f.Message, Level: f.Level.String(),
			EndLine: f.EndLine, EndCol: f.EndCol, Rule: f.Rule, Path: f.Path, Never: f.Never, Edits: []lintEdit{}}
		if f.Fix != nil {
			p.Fix, p.FixAction = f.Fix.Better, f.Fix.Message
			for _, e := range f.Fix.Edits {
				if in.marked[f.File] { // edits are of the file, which begins with the mark
					e.From, e.To = e.From+len(byteOrderMark), e.To+len(byteOrderMark)
				}
				p.Edits = append(p.Edits, lintEdit(e))
			}
		}
		all = append(all, p)
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(all)
}

// printLint prints for people: place, level and message, the line with what is
// meant underlined, and the better text.
func printLint(out io.Writer, in *lintInput, found []lint.Finding) error {
	texts := map[string]string{}
	for name, text := range in.texts {
		texts[name] = text
	}
	for _, r := range in.Rules {
		texts[r.File] = r.Text
	}
	counts := map[pattern.Level]int{}
	for _, f := range found {
		counts[f.Level]++
		if _, err := fmt.Fprintf(out, "%s:%d:%d: %s: %s [%s]\n", f.File, f.Line, f.Column, f.Level, f.Message, f.ID); err != nil {
			return err
		}
		line, mark := excerpt(texts[f.File], f)
		if line != "" {
			fmt.Fprintf(out, "    %s\n    %s\n", line, mark)
		}
		if f.Fix != nil {
			fmt.Fprintf(out, "  %s: %s\n", f.Fix.Message, oneSpace(f.Fix.Better))
		}
	}
	if len(found) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(out, "%s, %s, %s\n", many(counts[pattern.Fault], "error"), many(counts[pattern.Warning], "warning"), many(counts[pattern.Note], "note"))
	return err
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// excerptWidth is how much of a long line is shown.
const excerptWidth = 100

// excerpt gives the line of a finding, cut around it, and carets below.
func excerpt(text string, f lint.Finding) (line, mark string) {
	from := min(f.From, len(text))
	start := strings.LastIndexByte(text[:from], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[from:], '\n'); i >= 0 {
		end = from + i
	}
	to := min(max(f.To, from+1), end)
	left, right := start, end
	if to-from > excerptWidth {
		to = from + excerptWidth
	}
	if end-start > excerptWidth {
		left = max(start, from-(excerptWidth-min(to-from, excerptWidth))/2)
		right = min(end, left+excerptWidth)
		for left > start && !utf8.RuneStart(text[left]) {
			left--
		}
		for right < end && !utf8.RuneStart(text[right]) {
			right++
		}
	}
	shown := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r < ' ' || r == utf8.RuneError {
				return ' '
			}
			return r
		}, s)
	}
	before := ""
	if left > start {
		before = "…"
	}
	pad := utf8.RuneCountInString(before + shown(text[left:min(from, right)]))
	inside := text[min(from, right):min(max(to, from), right)]
	line = before + shown(text[left:right])
	if right < end {
		line += "…"
	}
	return strings.TrimRight(line, " "), strings.Repeat(" ", pad) + strings.Repeat("^", max(1, utf8.RuneCountInString(inside)))
}

// maxRounds bounds the rounds of --fix: each mends one finding of each rule and looks
// again, since a fix may make another one needless.
const maxRounds = 1000

// mend writes fixes into the files.
func (c *lintCmd) mend(in *lintInput) error {
	changed := map[string]int{}
	tried := map[triedFix]bool{}
	for range maxRounds {
		if err := in.read(); err != nil {
			return err
		}
		fixes := nextFixes(c.report(in), tried)
		if len(fixes) == 0 {
			break
		}
		edits := map[string][]pattern.Edit{}
		for _, f := range fixes {
			edits[f.File] = append(edits[f.File], f.Fix.Edits...)
			changed[f.File]++
		}
		for name, of := range edits {
			slices.SortStableFunc(of, func(a, b pattern.Edit) int { return cmp.Compare(a.From, b.From) })
			in.texts[name] = lint.Apply(in.texts[name], &lint.Fix{Edits: of})
		}
	}
	for _, name := range in.names {
		if changed[name] == 0 {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return &exitError{exitFailed, err.Error()}
		}
		text := []byte(in.texts[name])
		if in.marked[name] {
			text = slices.Concat(byteOrderMark, text)
		}
		if err := os.WriteFile(name, text, info.Mode().Perm()); err != nil {
			return &exitError{exitFailed, fmt.Sprintf("write the fixes: %v", err)}
		}
		fmt.Fprintf(in.std.err, "%s: %s\n", name, many(changed[name], "edit"))
	}
	return nil
}

// triedFix is what a fix makes of a rule.
type triedFix struct {
	rule   int
	better string
}

// nextFixes gives, for each rule, the first fix that makes of it what was not seen yet, so
// that two fixes cannot take turns for ever.
func nextFixes(found []lint.Finding, seen map[triedFix]bool) []lint.Finding {
	var fixes []lint.Finding
	busy := map[int]bool{}
	for _, f := range found {
		if f.Fix == nil || len(f.Fix.Edits) == 0 || busy[f.Nth] {
			continue
		}
		if t := (triedFix{f.Nth, f.Fix.Better}); !seen[t] {
			seen[t], busy[f.Nth] = true, true
			fixes = append(fixes, f)
		}
	}
	return fixes
}
