package source

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Connector is a way by which events come in by themselves, as it describes itself:
// one folder each. Form, checks and documentation follow from it.
type Connector struct {
	Name   string // as in tocsin.yaml
	About  string // one sentence
	Fields []Field
	// Open checks the settings, which have no other names than those of Fields,
	// and reaches nothing yet.
	Open func(s Settings) (Live, error)
}

// Field is one setting.
type Field struct {
	Name     string
	About    string
	Required bool
	Secret   bool
}

// Settings are what tocsin.yaml says of a source, by the names of fields.
type Settings map[string]string

// Live is a source that was opened. One of the two is set.
type Live struct {
	// Run fetches until ctx ends. It gives an error only if it cannot go on: then
	// it is run again after a while.
	Run func(ctx context.Context, in *Intake) error
	// Door answers what is posted to /ingest/<name>.
	Door func(in *Intake) http.Handler
}

// Config is one source of tocsin.yaml, opened.
type Config struct {
	Kind     string
	Name     string // default the kind's
	Settings Settings
	Live     Live
}

// Read checks what tocsin.yaml says of its sources against the kinds there are,
// and opens them, by which nothing is reached yet. Each may have a name of its
// own, which its address and its numbers have.
func Read(entries []map[string]any, kinds []Connector) ([]Config, error) {
	var all []Config
	names := map[string]bool{}
	for i, entry := range entries {
		c := Config{Settings: Settings{}}
		for key, value := range entry {
			text, err := single(value)
			if err != nil {
				return nil, fmt.Errorf("sources: entry %d: %s: %w", i+1, key, err)
			}
			switch key {
			case "kind":
				c.Kind = text
			case "name":
				c.Name = text
			default:
				c.Settings[key] = text
			}
		}
		k := slices.IndexFunc(kinds, func(k Connector) bool { return k.Name == c.Kind })
		if k < 0 {
			return nil, fmt.Errorf("sources: entry %d: unknown kind %q; there are: %s", i+1, c.Kind, strings.Join(namesOf(kinds), ", "))
		}
		if c.Name == "" {
			c.Name = c.Kind
		}
		if err := c.check(&kinds[k]); err != nil {
			return nil, fmt.Errorf("sources: %s: %w", c.Name, err)
		}
		if names[c.Name] {
			return nil, fmt.Errorf("sources: two are called %q: give each a name", c.Name)
		}
		names[c.Name] = true
		var err error
		if c.Live, err = kinds[k].Open(c.Settings); err != nil {
			return nil, fmt.Errorf("sources: %s: %w", c.Name, err)
		}
		all = append(all, c)
	}
	return all, nil
}

func namesOf(kinds []Connector) (names []string) {
	for _, k := range kinds {
		names = append(names, k.Name)
	}
	return names
}

// single gives a value of the file as text.
func single(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v), nil
	case bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("want a single value")
}

func (c *Config) check(k *Connector) error {
	if len(c.Name) > 64 || strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return fmt.Errorf("a name has at most 64 of a-z, 0-9 and -")
	}
	for name := range c.Settings {
		if !slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Name == name }) {
			return fmt.Errorf("unknown key %q", name)
		}
	}
	for _, f := range k.Fields {
		if f.Required && c.Settings[f.Name] == "" {
			return fmt.Errorf("%s is missing: %s", f.Name, f.About)
		}
	}
	return nil
}
