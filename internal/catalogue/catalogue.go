// Package catalogue holds reviewed event rules for security events, ready to be
// installed. They are data: one YAML file a rule in rules/, embedded, each with the
// events that it must and must not match, which the tests send through the pattern
// engine. They go to a running server, or to EventBridge, by the events API.
package catalogue

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/tocsin-io/tocsin/pattern"
)

// Rule is one reviewed rule.
type Rule struct {
	Name       string   `yaml:"-" json:"name"` // the file's, and the rule's on the bus
	Title      string   `yaml:"title" json:"title"`
	Group      string   `yaml:"group" json:"group"`
	Impact     int      `yaml:"impact" json:"impact"`                       // suggested for the response plan: 1 critical to 5 none
	CIS        string   `yaml:"cis,omitempty" json:"cis,omitempty"`         // recommendation of the CIS AWS Foundations Benchmark 3.0
	Attack     []string `yaml:"attack" json:"attack"`                       // techniques of MITRE ATT&CK
	Dedupe     string   `yaml:"dedupe" json:"dedupe"`                       // what events have in common that fold into one incident, one of [Dedupes]
	State      string   `yaml:"state,omitempty" json:"state"`               // ENABLED unless the file says otherwise
	Instead    string   `yaml:"instead,omitempty" json:"instead,omitempty"` // the rule in whose place this one is chosen; the two together tell everything twice
	Region     string   `yaml:"region,omitempty" json:"region,omitempty"`   // where alone the events arise; empty for every Region
	Why        string   `yaml:"why" json:"why"`
	Misses     string   `yaml:"misses" json:"misses"`
	References []string `yaml:"references" json:"references"` // names of pages of AWS's documentation
	Pattern    string   `yaml:"pattern" json:"pattern"`       // JSON
	Match      []Sample `yaml:"match" json:"match"`
	Miss       []Sample `yaml:"miss" json:"miss"`
}

// Sample is an event that a rule must match, or must not.
type Sample struct {
	Name  string `yaml:"name" json:"name"`
	Event string `yaml:"event" json:"event"` // JSON, as the bus delivers it
}

// The states that a rule may ask for.
const (
	Enabled    = "ENABLED"
	EnabledAll = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
)

// Groups are what rules watch, in the order of the documents.
func Groups() []string {
	return []string{"identity", "detection", "data", "network", "organization", "finding"}
}

// Dedupes says for each kind of dedupe key what it is. An event's kind decides
// which one a server uses; the tests hold every rule to that.
func Dedupes() map[string]string {
	return map[string]string{
		"principal":  "the rule and the principal: all that one user or role session does is one incident",
		"finding":    "the rule and the finding's id: a finding that is sent again folds into its incident",
		"compliance": "the rule, the Config rule and the resource",
		"resources":  "the rule and the resources the event names",
		"health":     "the rule and the Health event: its updates fold into one incident",
	}
}

//go:embed rules/*.yaml
var files embed.FS

// Rules gives the catalogue by name. An error means that the binary was built from
// files that the tests refuse.
func Rules() ([]Rule, error) { return rules() }

var rules = sync.OnceValues(func() ([]Rule, error) {
	entries, err := files.ReadDir("rules")
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	var all []Rule
	for _, e := range entries {
		text, err := files.ReadFile("rules/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the catalogue: %w", err)
		}
		r, err := Decode(strings.TrimSuffix(e.Name(), ".yaml"), text)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", e.Name(), err)
		}
		all = append(all, r)
	}
	return all, nil
})

// Decode reads one rule's file and checks that it is whole. Unknown keys are refused.
func Decode(name string, text []byte) (Rule, error) {
	r := Rule{Name: name, State: Enabled}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return Rule{}, fmt.Errorf("read: %w", err)
	}
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return Rule{}, errors.New("there is more than one document")
	}
	r.Pattern = strings.TrimSpace(r.Pattern)
	return r, r.check()
}

var (
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	attackForm = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
)

// minSamples is how many events at least a rule must name each way.
const minSamples = 2

func (r *Rule) check() error {
	_, dedupe := Dedupes()[r.Dedupe]
	group := false
	for _, g := range Groups() {
		group = group || g == r.Group
	}
	switch {
	case !nameForm.MatchString(r.Name) || len(r.Name) > 64:
		return fmt.Errorf("the name %q is not lower case words joined by hyphens, of at most 64 characters", r.Name)
	case r.Title == "" || r.Why == "" || r.Misses == "":
		return errors.New("title, why and misses must be told")
	case len(r.Title) > 200:
		return errors.New("the title is longer than 200 bytes")
	case !group:
		return fmt.Errorf("unknown group %q", r.Group)
	case r.Impact < 1 || r.Impact > 5:
		return fmt.Errorf("impact %d is not 1 to 5", r.Impact)
	case !dedupe:
		return fmt.Errorf("unknown dedupe key %q", r.Dedupe)
	case r.State != Enabled && r.State != EnabledAll:
		return fmt.Errorf("unknown state %q", r.State)
	case len(r.Attack) == 0 || len(r.References) == 0:
		return errors.New("a technique and a reference must be named")
	case len(r.Match) < minSamples || len(r.Miss) < minSamples:
		return fmt.Errorf("at least %d events must be given each way", minSamples)
	}
	for _, t := range r.Attack {
		if !attackForm.MatchString(t) {
			return fmt.Errorf("%q is no technique id", t)
		}
	}
	if _, err := pattern.Compile([]byte(r.Pattern), pattern.Service); err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	return nil
}
