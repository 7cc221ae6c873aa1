package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tocsin-io/tocsin/internal/backtest"
	"github.com/tocsin-io/tocsin/pattern"
)

// matchCmd asks whether events match an event pattern. It needs no server.
type matchCmd struct {
	Pattern string   `help:"File with the event pattern, or with a rule as describe-rule prints it." placeholder:"FILE" xor:"what" required:""`
	JSONL   string   `name:"jsonl" help:"Answer lines of {\"id\",\"pattern\",\"event\"}, pattern and event being strings of JSON; - is standard input." placeholder:"FILE" xor:"what" required:""`
	Explain bool     `help:"Say why an event does not match."`
	Files   []string `arg:"" optional:"" name:"file" help:"Files of events, one a line; standard input without any."`
}

// Help is what --help prints below the flags.
func (*matchCmd) Help() string {
	return `Takes --pattern or --jsonl. Prints "match" or "no match" for each event. Exit code:
0 if all match, 1 if one does not, 2 if the pattern or an event is not valid; with
--jsonl, 0 whatever the answers are.

Example:
  tocsin match --pattern root-login.json --explain events.jsonl
  echo '{"id":"1","pattern":"{\"a\":[1]}","event":"{\"a\":1}"}' | tocsin match --jsonl -`
}

// Run answers on standard output.
func (c *matchCmd) Run() error {
	out := bufio.NewWriter(os.Stdout)
	err := c.answer(os.Stdin, out)
	return errors.Join(err, out.Flush())
}

func (c *matchCmd) answer(in io.Reader, out io.Writer) error {
	if c.JSONL != "" {
		return withInput(c.JSONL, in, func(r io.Reader) error { return answerLines(r, out) })
	}
	text, err := os.ReadFile(c.Pattern)
	if err != nil {
		return &exitError{exitWrong, fmt.Sprintf("read the pattern: %v", err)}
	}
	rule, err := backtest.ParseRule(c.Pattern, text)
	switch {
	case err != nil:
		return &exitError{exitWrong, oneLine(err)}
	case rule.Pattern == nil:
		return &exitError{exitWrong, c.Pattern + " is a rule with a schedule: it has no event pattern"}
	}
	m := &matching{pattern: rule.Pattern, explain: c.Explain, out: out}
	files := c.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		m.name, m.line = name, 0
		if name == "-" {
			m.name = "standard input"
		}
		if err := withInput(name, in, m.read); err != nil {
			return err
		}
	}
	switch {
	case m.invalid > 0:
		return &exitError{exitWrong, fmt.Sprintf("%d of %d events are not valid JSON objects, the first in %s, line %d: mend or leave them out",
			m.invalid, m.events, m.firstName, m.firstLine)}
	case m.missed > 0:
		return &exitError{code: exitNo}
	}
	return nil
}

// withInput reads a file, or standard input if name is "-".
func withInput(name string, in io.Reader, read func(io.Reader) error) error {
	if name == "-" {
		return read(in)
	}
	f, err := os.Open(name)
	if err != nil {
		return &exitError{exitWrong, err.Error()}
	}
	defer f.Close()
	return read(f)
}

// matching asks one pattern about events and counts the answers.
type matching struct {
	pattern                 *pattern.Pattern
	explain                 bool
	out                     io.Writer
	events, missed, invalid int

	name      string // of the file that is read
	line      int    // of it
	firstName string // where the first that is invalid stands
	firstLine int
}

// byteOrderMark may stand before a text that Windows wrote.
var byteOrderMark = []byte("\ufeff")

// read takes events one a line, or a single one over several lines.
func (m *matching) read(r io.Reader) error {
	lines := bufio.NewReaderSize(r, 1<<16)
	for first := true; ; first = false {
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return &exitError{exitFailed, fmt.Sprintf("read events: %v", err)}
		}
		if first {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if first && pattern.Check(line) != nil {
			rest, err := io.ReadAll(lines)
			if err != nil {
				return &exitError{exitFailed, fmt.Sprintf("read events: %v", err)}
			}
			whole := append(line, rest...)
			if pattern.Check(whole) == nil {
				return m.event(whole)
			}
			for line := range bytes.Lines(whole) {
				if err := m.event(line); err != nil {
					return err
				}
			}
			return nil
		}
		if e := m.event(line); e != nil {
			return e
		}
		if err == io.EOF {
			return nil
		}
	}
}

// event answers for one event; an empty line is none.
func (m *matching) event(event []byte) error {
	m.line++
	event = bytes.TrimSpace(event)
	if len(event) == 0 {
		return nil
	}
	m.events++
	answer := "match"
	matched, err := m.pattern.CheckMatch(event)
	if err != nil {
		if m.invalid == 0 {
			m.firstName, m.firstLine = m.name, m.line
		}
		m.invalid++
		answer = "invalid: " + oneLine(err)
	} else if !matched {
		m.missed++
		answer = "no match"
		if m.explain {
			answer += ": " + m.pattern.Explain(event).String()
		}
	}
	if _, err := fmt.Fprintln(m.out, answer); err != nil {
		return &exitError{exitFailed, fmt.Sprintf("write the answer: %v", err)}
	}
	return nil
}

// oneLine is an error's text without line breaks.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "")
}

// A matchCase is a line of --jsonl, and matchAnswer the line it is answered by.
type matchCase struct {
	ID      json.RawMessage `json:"id"`
	Pattern *string         `json:"pattern"`
	Event   *string         `json:"event"`
}

type matchAnswer struct {
	ID     json.RawMessage `json:"id"`
	Result string          `json:"result"`
	Reason string          `json:"reason"`
}

// answerLines answers each line in order. The service's limits on size and
// complexity are not applied, so that the language alone can be compared.
func answerLines(r io.Reader, out io.Writer) error {
	lines := bufio.NewReaderSize(r, 1<<16)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return &exitError{exitFailed, fmt.Sprintf("read cases: %v", err)}
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if err := enc.Encode(answerCase(line)); err != nil {
				return &exitError{exitFailed, fmt.Sprintf("write the answer: %v", err)}
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

func answerCase(line []byte) matchAnswer {
	var c matchCase
	err := json.Unmarshal(line, &c)
	var kind *json.UnmarshalTypeError
	if typed := errors.As(err, &kind) && kind.Field != ""; err != nil && !typed {
		return matchAnswer{ID: c.ID, Result: "invalid", Reason: "line is not an object with id, pattern and event"}
	}
	a := matchAnswer{ID: c.ID, Result: "invalid"}
	if err != nil || c.Pattern == nil || c.Event == nil {
		a.Reason = "pattern and event have to be strings of JSON"
		return a
	}
	p, err := pattern.Compile([]byte(*c.Pattern), pattern.Limits{Combinations: pattern.Service.Combinations})
	if err == nil {
		err = pattern.Check([]byte(*c.Event))
	}
	switch {
	case err != nil:
		a.Reason = oneLine(err)
	case p.Match([]byte(*c.Event)):
		a.Result = "match"
	default:
		a.Result, a.Reason = "nomatch", p.Explain([]byte(*c.Event)).String()
	}
	return a
}
