package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A suite is one entry of a protocol vector file: a small model and cases for it.
type suite struct {
	Description string
	Metadata    json.RawMessage
	Shapes      map[string]map[string]any
	Cases       []struct {
		Given map[string]json.RawMessage
	}
}

// writeVectors makes one package of toy services per protocol from the vectors in from,
// and copies the vectors beside it as test data. Suites that use what no service here
// needs are refused by the generator and left out; the test that runs the vectors lists
// them with the reason, and fails when the list is not the truth.
func writeVectors(from, to string) error {
	for protocol, dir := range map[string]string{"json": "json", "rest-json": "rest", "query": "query"} {
		pkg := dir + "test"
		all := map[string]any{"metadata": map[string]any{"apiVersion": "2014-01-01", "endpointPrefix": pkg, "protocol": protocol}}
		ops, shapes := map[string]any{}, map[string]any{}
		data := map[string][]byte{}
		for _, side := range []string{"input", "output"} {
			text, err := os.ReadFile(filepath.Join(from, side, protocol+".json"))
			if err != nil {
				return fmt.Errorf("read protocol vectors: %w", err)
			}
			data[side+".json"] = text
			var suites []suite
			if err := json.Unmarshal(text, &suites); err != nil {
				return fmt.Errorf("parse %s vectors of %s: %w", side, protocol, err)
			}
			for i, s := range suites {
				addSuite(s, side, i, protocol, ops, shapes)
			}
		}
		all["operations"], all["shapes"] = ops, shapes
		files, err := generateToy(pkg, all)
		if err != nil {
			return fmt.Errorf("generate %s: %w", pkg, err)
		}
		if err := write(filepath.Join(to, dir, pkg), files); err != nil {
			return err
		}
		if err := write(filepath.Join(to, dir, pkg, "testdata"), data); err != nil {
			return err
		}
	}
	return nil
}

// addSuite adds a suite's operations and shapes, under names of their own, if they can be
// generated.
func addSuite(s suite, side string, index int, protocol string, ops, shapes map[string]any) {
	prefix := fmt.Sprintf("%s%02d", exported(side), index)
	own := map[string]any{}
	for name, shape := range s.Shapes {
		own[prefix+name] = rename(shape, prefix)
	}
	mine := map[string]any{}
	for i, c := range s.Cases {
		op := map[string]any{"http": map[string]any{}}
		for _, key := range []string{"http", "input", "output"} {
			var value map[string]any
			if json.Unmarshal(c.Given[key], &value) == nil && value != nil {
				op[key] = rename(value, prefix)
			}
		}
		mine[fmt.Sprintf("%sCase%d", prefix, i)] = op
	}
	alone := map[string]any{"metadata": map[string]any{"protocol": protocol}, "operations": mine, "shapes": own}
	if _, err := generateToy("toy", alone); err != nil {
		return
	}
	for name, op := range mine {
		ops[name] = op
	}
	for name, shape := range own {
		shapes[name] = shape
	}
}

// rename puts prefix before every shape that is referred to.
func rename(value any, prefix string) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if name, ok := value.(string); ok && key == "shape" {
				out[key] = prefix + name
				continue
			}
			out[key] = rename(value, prefix)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rename(v[i], prefix)
		}
		return out
	}
	return value
}

func generateToy(pkg string, api map[string]any) (map[string][]byte, error) {
	text, err := json.Marshal(api)
	if err != nil {
		return nil, fmt.Errorf("encode a toy model: %w", err)
	}
	m, err := parseModel(text)
	if err != nil {
		return nil, err
	}
	title := "toy services made from AWS's " + strings.TrimSuffix(pkg, "test") + " protocol vectors"
	return generate(service{Package: pkg, Title: title, noErrors: true}, m)
}
