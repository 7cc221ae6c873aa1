package backtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/pattern"
)

// Rule is one that is asked about.
type Rule struct {
	Name    string
	Pattern *pattern.Pattern // nil if it has only a schedule
	State   tocsin.RuleState // empty for a pattern by itself, which sees every event
}

// ErrRule is wrapped by what is wrong with a rule's file.
var ErrRule = errors.New("rule")

// Rules reads the rules of files, and of the files *.json in folders. A file holds
// an event pattern, or a rule as EventBridge's DescribeRule prints it. A rule's
// name is that of its file without extension.
func Rules(paths []string) ([]Rule, error) {
	var rules []Rule
	from := map[string]string{}
	for _, path := range paths {
		files := []string{path}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			if files, err = ruleFiles(path); err != nil || len(files) == 0 {
				return nil, fmt.Errorf("%w %s: the folder has no files *.json", ErrRule, path)
			}
		}
		for _, file := range files {
			r, err := readRule(file)
			if err != nil {
				return nil, err
			}
			if other, ok := from[r.Name]; ok {
				return nil, fmt.Errorf("%w %s: %s has the same name; rename one, since the report is by name", ErrRule, file, other)
			}
			from[r.Name] = file
			rules = append(rules, *r)
		}
	}
	return rules, nil
}

// ruleFiles are the files *.json of a folder.
func ruleFiles(folder string) (files []string, err error) {
	all, err := os.ReadDir(folder)
	for _, f := range all {
		if !f.IsDir() && filepath.Ext(f.Name()) == ".json" {
			files = append(files, filepath.Join(folder, f.Name()))
		}
	}
	return files, err
}

func readRule(file string) (*Rule, error) {
	text, err := os.ReadFile(file)
	var at *fs.PathError
	if errors.As(err, &at) {
		return nil, fmt.Errorf("%w %s: %w", ErrRule, file, at.Err)
	} else if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrRule, file, err)
	}
	base := filepath.Base(file)
	r, err := ParseRule(strings.TrimSuffix(base, filepath.Ext(base)), text)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrRule, file, err)
	}
	return r, nil
}

// ParseRule reads one rule: an event pattern, or what DescribeRule prints.
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html
func ParseRule(name string, text []byte) (*Rule, error) {
	text = []byte(strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff")))
	r := &Rule{Name: name}
	var described struct {
		EventPattern       *string
		ScheduleExpression *string
		State              tocsin.RuleState
	}
	// A pattern has lists where a described rule has strings, so one is never
	// read as the other.
	if json.Unmarshal(text, &described) == nil && (described.EventPattern != nil || described.ScheduleExpression != nil) {
		switch r.State = described.State; r.State {
		case "":
			r.State = tocsin.RuleEnabled // what PutRule takes if nothing is said
		case tocsin.RuleEnabled, tocsin.RuleDisabled, tocsin.RuleEnabledAll:
		default:
			return nil, fmt.Errorf("unknown State %q: write ENABLED, DISABLED or %s", r.State, tocsin.RuleEnabledAll)
		}
		if described.EventPattern == nil || *described.EventPattern == "" {
			return r, nil
		}
		text = []byte(*described.EventPattern)
	}
	p, err := pattern.Compile(text, pattern.Service)
	if err != nil {
		return nil, fmt.Errorf("invalid: %s", strings.Join(strings.FieldsFunc(err.Error(), func(c rune) bool { return c == '\n' || c == '\r' }), ""))
	}
	r.Pattern = p
	return r, nil
}

// Pair reads the two rules of a comparison, which may have the same name.
func Pair(older, newer string) ([]Rule, error) {
	a, err := readRule(older)
	if err != nil {
		return nil, err
	}
	b, err := readRule(newer)
	if err != nil {
		return nil, err
	}
	if a.Name == b.Name {
		a.Name, b.Name = a.Name+" (old)", b.Name+" (new)"
	}
	return []Rule{*a, *b}, nil
}
