package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v4"
)

// yamlConfig reads tocsin.yaml: its keys are the flags of serve without their
// dashes. A flag wins over the environment, which wins over the file. A key that
// no flag has is refused, because a misspelled setting of a pager must not be
// found out at night.
func yamlConfig(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	dec := yaml.NewDecoder(r)
	if err := dec.Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("config file: %w", err)
	}
	return fileConfig(values), nil
}

type fileConfig map[string]any

// Validate refuses keys that are not flags of serve.
func (c fileConfig) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, node := range app.Children {
		for _, f := range node.Flags {
			known[f.Name] = f.Name != "config" && f.Name != "help"
		}
	}
	for key := range c {
		if !known[key] {
			return fmt.Errorf("config file: unknown key %q", key)
		}
	}
	return nil
}

// Resolve gives the file's value of a flag that neither the command line nor
// the environment sets.
func (c fileConfig) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	if slices.ContainsFunc(f.Envs, func(name string) bool { _, set := os.LookupEnv(name); return set }) {
		return nil, nil
	}
	v, ok := c[f.Name]
	if !ok {
		return nil, nil
	}
	switch v := v.(type) {
	case []any:
		if f.Target.Type() == reflect.TypeFor[entries]() {
			return v, nil
		}
	case map[string]any:
		if f.Target.Type() == reflect.TypeFor[section]() {
			return v, nil
		}
	case string:
		return v, nil
	case bool, int, float64:
		return strings.TrimSpace(fmt.Sprint(v)), nil
	}
	return nil, fmt.Errorf("config file: %s: want a single value", f.Name)
}

// entries is a list of settings in tocsin.yaml, or the same list as YAML text.
type entries []map[string]any

// Decode reads the list for kong.
func (e *entries) Decode(ctx *kong.DecodeContext) error {
	t, err := ctx.Scan.PopValue("list")
	if err != nil {
		return err
	}
	var list []any
	switch v := t.Value.(type) {
	case string:
		if err := yaml.Unmarshal([]byte(v), &list); err != nil {
			return fmt.Errorf("want a list of settings: %w", err)
		}
	case []any:
		list = v
	}
	for i, x := range list {
		m, ok := x.(map[string]any)
		if !ok {
			return fmt.Errorf("entry %d is not a set of keys and values", i+1)
		}
		*e = append(*e, m)
	}
	return nil
}

// section is a set of keys with settings each in tocsin.yaml, or the same as YAML text.
type section map[string]any

// Decode reads the section for kong.
func (s *section) Decode(ctx *kong.DecodeContext) error {
	t, err := ctx.Scan.PopValue("section")
	if err != nil {
		return err
	}
	switch v := t.Value.(type) {
	case string:
		var m map[string]any
		if err := yaml.Unmarshal([]byte(v), &m); err != nil {
			return fmt.Errorf("want keys and settings: %w", err)
		}
		*s = m
	case map[string]any:
		*s = v
	}
	return nil
}
