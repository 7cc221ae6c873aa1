package pattern

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Level says how bad a finding is. Higher is worse.
type Level uint8

// The levels of findings.
const (
	Note    Level = iota + 1 // advice
	Warning                  // probably not what was meant
	Fault                    // refused, or never matches an event that a bus delivers
)

// String is "note", "warning" or "error".
func (l Level) String() string {
	switch l {
	case Note:
		return "note"
	case Warning:
		return "warning"
	}
	return "error"
}

// A Finding is something that is probably wrong in a pattern.
type Finding struct {
	ID      string // as in [LintChecks]; stable
	Level   Level
	Path    string // the field, keys joined by dots; empty for the whole pattern
	From    int    // the place in the text, in bytes, up to but without To
	To      int
	Line    int // of From, both from 1, columns in UTF-16 code units
	Column  int
	Message string
	Never   bool // the whole pattern never matches, as far as [Lint] knows the events
	Fix     *Fix // nil if there is none
}

// An Edit replaces the bytes of a text from From up to To.
type Edit struct {
	From, To int
	Text     string
}

// Effect says what a fix does to the events that a pattern matches.
type Effect uint8

// The effects of fixes.
const (
	Repairs Effect = iota // other events: those that were meant
	Widens                // the same and more
	Keeps                 // the same
)

// A Fix is an edit of the pattern that mends a finding.
type Fix struct {
	Message string
	Effect  Effect
	Edits   []Edit // by place, not overlapping
}

// Apply gives the mended pattern. src is the text that was linted.
func (f *Fix) Apply(src []byte) []byte {
	var out []byte
	at := 0
	for _, e := range f.Edits {
		out = append(out, src[at:e.From]...)
		out = append(out, e.Text...)
		at = e.To
	}
	return append(out, src[at:]...)
}

// A LintCheck is a kind of finding.
type LintCheck struct {
	ID      string
	Summary string
}

// LintChecks lists what [Lint] looks for, by id. L1 to L10 are mistakes in widely
// copied patterns for security events.
func LintChecks() []LintCheck { return slices.Clone(checks) }

var checks = []LintCheck{
	{"L1", "a list of numbers stands for a range and has holes"},
	{"L2", "the name of an AWS Config rule is empty, or its sibling for public reading is missing"},
	{"L4", "an exact name of an AWS Config rule misses the copies that conformance packs and Security Hub make"},
	{"L7", "root activity also holds what AWS services do as root"},
	{"L10", "a detail-type is almost one that AWS sends"},
	{"always-matches", "a list of alternatives holds for every value"},
	{"console-login", "console sign-ins have a detail-type of their own"},
	{"detail-type-source", "this source does not send this detail-type"},
	{"duplicate-branch", "two alternatives of $or are the same"},
	{"duplicate-key", "a key is repeated: the last one counts"},
	{"duplicate-value", "a value is repeated"},
	{"empty-string", "the field is never empty"},
	{"event-source", "source and detail.eventSource name different services"},
	{"exists-on-object", "exists looks at values, and the field holds an object"},
	{"field-case", "a field's name has the wrong case"},
	{"invalid", "EventBridge refuses the pattern"},
	{"near-limit", "the pattern is near a limit of the service"},
	{"no-resources", "events of this kind come with an empty list of resources"},
	{"not-an-operator", "the pattern language has no such operator: it is taken for a field"},
	{"operator-as-field", "a match expression outside a list is taken for a field"},
	{"or-overrides", "a field beside and inside $or: the later one replaces the other"},
	{"shadowed", "another entry of the list matches all that this one does"},
	{"source-name", "a source is almost one that AWS sends from"},
	{"star-in-text", "a star counts as a wildcard only in wildcard"},
	{"too-wide", "the pattern matches nearly everything"},
	{"unknown-field", "events of this kind have no such field"},
	{"unknown-value", "the field never has this value"},
	{"wildcard-without-star", "a wildcard without a star is an exact value"},
	{"wrong-kind", "the field holds values of another kind"},
	{"wrong-level", "the field stands elsewhere in the event"},
}

// Lint says what is wrong in one pattern: what EventBridge would refuse, what
// never or always matches, and what does not agree with the events that AWS is
// known to send. Findings come in the order of the text. lim are the limits
// that [Compile] would be given.
//
// What Lint knows of events is a catalogue in the package; where that is not
// complete for a field it says nothing.
func Lint(src []byte, lim Limits) []Finding {
	l := &linter{text: string(src), seen: map[seenKey]bool{}}
	p, err := Compile(src, lim)
	switch {
	case err != nil:
		l.refused(err)
	default:
		l.root = parseLint(l.text)
		l.limits(p)
		l.expand()
		l.keys(l.root, "")
		l.lists()
		l.schema()
		l.security()
		l.width()
	}
	l.proveFixes()
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(a.From-b.From, int(b.Level)-int(a.Level), strings.Compare(a.ID, b.ID))
	})
	return l.found
}

// linter is one run of Lint.
type linter struct {
	text  string
	root  *lintNode
	ways  []lintWay
	all   []*lintList // in the order of the text
	found []Finding
	seen  map[seenKey]bool
	dead  map[*lintList]bool // lists that no event of the addressed kinds satisfies
}

// A seenKey makes findings unique.
type seenKey struct {
	id       string
	from, to int
}

// add notes a finding about the text of n and gives it for further marks; the
// pointer is good until the next call.
func (l *linter) add(id string, level Level, path string, from, to int, message string) *Finding {
	f := Finding{ID: id, Level: level, Path: path, From: from, To: to, Message: message}
	f.Line, f.Column = position(l.text, from)
	key := seenKey{id, from, to}
	if l.seen[key] {
		return &f
	}
	l.seen[key] = true
	l.found = append(l.found, f)
	return &l.found[len(l.found)-1]
}

func (l *linter) addNode(id string, level Level, path string, n *lintNode, message string) *Finding {
	return l.add(id, level, path, n.from, n.to, message)
}

// refused reports that Compile refused the pattern, with a mend where there is
// one that makes it valid.
func (l *linter) refused(err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	at := min(max(e.Offset-1, 0), len(l.text))
	for at > 0 && at < len(l.text) && !utf8.RuneStart(l.text[at]) {
		at--
	}
	f := l.add("invalid", Fault, "", at, min(at+1, len(l.text)), e.Msg)
	if e.src != "" {
		f.Line, f.Column = e.Line, e.Column
	}
	f.Never = true
	l.strangeOperators()
	if !utf8.ValidString(l.text) || Check([]byte(l.text)) != nil {
		return
	}
	f.Fix = mend(l.text)
}

// proveFixes takes back every fix that leaves a pattern that is refused.
func (l *linter) proveFixes() {
	for i := range l.found {
		f := &l.found[i]
		if f.Fix == nil {
			continue
		}
		if _, err := Compile(f.Fix.Apply([]byte(l.text)), Limits{Combinations: Service.Combinations}); err != nil {
			f.Fix = nil
		}
	}
}

// limits warns of patterns that a slightly smaller limit would refuse.
func (l *linter) limits(p *Pattern) {
	const defaultSize = 2048 // characters, unless AWS raised the account's quota
	if n := utf8.RuneCountInString(l.text); n > defaultSize {
		l.add("near-limit", Note, "", 0, 1, itoa(n)+" characters: AWS takes 2048 unless the account's quota was raised, and never more than 4096")
	}
	if n := p.Combinations(); n > Service.Combinations/2 {
		l.add("near-limit", Note, "", 0, 1, "$or multiplies out to "+itoa(n)+" combinations; at most 1000 are taken")
	}
	if !strings.Contains(l.text, opWildcard) {
		return
	}
	if _, err := Compile([]byte(l.text), Limits{Complexity: Service.Complexity - 2}); err != nil {
		l.add("near-limit", Note, "", 0, 1, "the wildcards are almost too complex: AWS refuses more than about 10 places that one text can be at in the wildcards of a field")
	}
}
