package finding

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// Type is a type of finding.
type Type struct {
	Name     string  `yaml:"-"`
	Severity float64 `yaml:"severity"` // by default; AWS varies it for some
	Resource string  `yaml:"resource"` // GuardDuty's type of the resource
	Action   string  `yaml:"action"`   // GuardDuty's type of the action; empty for none
	Role     string  `yaml:"role"`     // of the resource: TARGET or ACTOR
	Title    string  `yaml:"title"`
	Text     string  `yaml:"text"`
}

// Purpose is the first part of the name: what an attacker is after.
func (t *Type) Purpose() string {
	purpose, _, _ := strings.Cut(t.Name, ":")
	return purpose
}

// part is what stands between colon and slash: where it was found.
func (t *Type) part() string {
	_, rest, _ := strings.Cut(t.Name, ":")
	part, _, _ := strings.Cut(rest, "/")
	return part
}

//go:embed types.yaml
var typesFile []byte

// Types gives all types by name. An error means that the binary was built from a file
// that the tests refuse.
func Types() ([]Type, error) { return types() }

var types = sync.OnceValues(func() ([]Type, error) {
	var byName map[string]Type
	d := yaml.NewDecoder(bytes.NewReader(typesFile))
	d.KnownFields(true)
	if err := d.Decode(&byName); err != nil {
		return nil, fmt.Errorf("read the types of findings: %w", err)
	}
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("read the types of findings: there is more than one document")
	}
	all := make([]Type, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		t := byName[name]
		t.Name = name
		all = append(all, t)
	}
	return all, nil
})

// Named gives the types with these names in their order, each once; all where none is
// named. A name that is none is refused.
func Named(names []string) ([]Type, error) {
	all, err := Types()
	if err != nil || len(names) == 0 {
		return all, err
	}
	var out []Type
	for i, name := range names {
		at, ok := slices.BinarySearchFunc(all, name, func(t Type, name string) int { return strings.Compare(t.Name, name) })
		if !ok {
			return nil, refuse("findingTypes", "there is no finding type "+name)
		}
		if !slices.Contains(names[:i], name) {
			out = append(out, all[at])
		}
	}
	return out, nil
}
