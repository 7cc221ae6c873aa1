// Package brief tells in a few lines what an event says: who did what, to which
// resource, from where, with MFA or not. It is pure, and takes its facts from the
// event alone; they go to an incident's summary, its pages and its related items.
// Of an event of a kind it does not know, or that is not as it should be, it tells
// what the envelope says.
package brief

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tocsin-io/tocsin"
)

const (
	maxValue    = 400 // characters of one fact
	maxResource = 10  // resources that the facts name; the others are counted
	maxARN      = 1000
)

// Facts are lines "name: value", each of at most about 420 characters and with no
// control character: enough for a page to be acted on.
func Facts(e *tocsin.Event) []string {
	b := read(e)
	for i, r := range b.named {
		if i == maxResource {
			b.add("Involved", "and "+strconv.Itoa(len(b.named)-i)+" more")
			break
		}
		b.add("Involved", r)
	}
	b.add("Account", spaced(string(b.e.Account), parens(string(b.e.Region))))
	b.add("Time", e.Time.UTC().Format("2006-01-02 15:04:05 UTC"))
	return b.lines
}

// Headline says in at most 140 characters what kind of thing happened, in which
// account and Region. It names no person, address or resource, since it also goes
// where anybody who finds the phone can read it.
func Headline(e *tocsin.Event) string {
	b := read(e)
	place := ""
	for _, s := range []string{string(b.e.Account), string(b.e.Region)} {
		if s = plain(s, 20); s != "" {
			place += ", " + s
		}
	}
	return plain(b.head, 140-len(place)) + place
}

// Involved gives the ARNs of the resources an event is about: its resources
// list, and what the known security events name only in their detail, since
// most of them carry an empty list. Each stands once.
func Involved(e *tocsin.Event) []string {
	return slices.DeleteFunc(read(e).named, func(r string) bool { return !tocsin.ARN(r).Valid() || len(r) > maxARN })
}

// A brief is what was read of one event.
type brief struct {
	e     *tocsin.Event
	d     node // the detail
	lines []string
	head  string
	named []string // resources, mostly by ARN
}

func read(e *tocsin.Event) *brief {
	var envelope struct {
		Account tocsin.Account
		Region  tocsin.Region
		Detail  any
	}
	_ = json.Unmarshal(e.Raw, &envelope) // what is no JSON has no detail
	// Where it happened, which is not where its rules are: a source may bring events of many accounts.
	there := *e
	there.Account, there.Region = tocsin.Account(or(string(envelope.Account), string(e.Account))), tocsin.Region(or(string(envelope.Region), string(e.Region)))
	e = &there
	b := &brief{e: e, d: node{envelope.Detail}, head: e.DetailType}
	for _, r := range e.Resources {
		b.resource(r)
	}
	b.add("Event", spaced(e.DetailType, parens(e.Source)))
	if strings.HasSuffix(e.DetailType, " via CloudTrail") {
		b.trail()
	} else if tell := kinds[e.Source]; tell != nil {
		tell(b)
	}
	return b
}

// kinds tell of events that are no CloudTrail records, by their source.
var kinds = map[string]func(*brief){
	"aws.guardduty":       (*brief).guardDuty,
	"aws.config":          (*brief).config,
	"aws.securityhub":     (*brief).securityHub,
	"aws.cloudwatch":      (*brief).alarm,
	"aws.health":          (*brief).health,
	"aws.macie":           (*brief).macie,
	"aws.access-analyzer": (*brief).accessAnalyzer,
	"aws.inspector2":      (*brief).inspector,
	"aws.s3":              (*brief).s3,
}

// add writes a line, unless there is nothing to say.
func (b *brief) add(name, value string) {
	if value = plain(value, maxValue); value != "" {
		b.lines = append(b.lines, name+": "+value)
	}
}

// resource notes a resource as the event names it, once.
func (b *brief) resource(name string) {
	name = strings.ToValidUTF8(name, "")
	if strings.IndexFunc(name, hidden) >= 0 {
		name = plain(name, len(name))
	}
	if name != "" && !slices.Contains(b.named, name) {
		b.named = append(b.named, name)
	}
}

// arn notes a resource if it is named by an ARN.
func (b *brief) arn(name string) {
	if tocsin.ARN(name).Valid() {
		b.resource(name)
	}
}

// node is a part of an event's detail. What is not there, or of another kind than
// asked for, is empty.
type node struct{ v any }

func (n node) at(path ...string) node {
	for _, key := range path {
		m, _ := n.v.(map[string]any)
		n = node{m[key]}
	}
	return n
}

func (n node) text(path ...string) string {
	s, _ := n.at(path...).v.(string)
	return s
}

// number gives a number as JSON would print it.
func (n node) number(path ...string) (float64, bool) {
	f, ok := n.at(path...).v.(float64)
	return f, ok
}

func (n node) list(path ...string) []node {
	all, _ := n.at(path...).v.([]any)
	out := make([]node, len(all))
	for i, v := range all {
		out[i] = node{v}
	}
	return out
}

// plain makes one line of text of what an event says: no control characters, no
// marks that turn the reading direction or hide, at most limit characters.
func plain(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == 0 || unicode.Is(unicode.Cf, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return tocsin.Clip(strings.Join(strings.Fields(s), " "), limit)
}

func hidden(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

func or(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// spaced joins what is not empty by blanks.
func spaced(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

func parens(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}
