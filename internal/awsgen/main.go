// Command awsgen writes the wire shapes of the services that Tocsin speaks: types, decode
// and encode methods, checks against the models' limits, errors, and the Handler interface
// of each service, as packages below internal/aws.
//
//	go run -C internal/awsgen .
//
// It takes no arguments and gives the same output every time; the output is committed, and
// a check regenerates and compares. What it reads:
//
//   - AWS's API models, models/apis/*/api-2.json inside the Go module
//     github.com/aws/aws-sdk-go at the version that this folder's own go.mod pins. The
//     module never reaches the binary, nor an ordinary build.
//   - models/tocsin/api-2.json here: our own service, in the same format. To add an
//     operation, add it there (with "documentation" and, where its name does not say so,
//     "readonly": true), run the command, and write the method.
//   - The hand-written lists in services.go: which services and operations, where AWS
//     itself is more lenient than its models, and patterns that RE2 refuses.
//   - The names of the calls of many more services, for Lint: calls.go.
//   - The protocol vectors of the same module (models/protocol_tests), which become toy
//     services and test data in internal/aws/vectors.
//
// It refuses a model that uses anything it does not know rather than to skip it. AWS's
// prose is not copied; comments link to the reference.
package main

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// sdk is the module that holds AWS's models.
const sdk = "github.com/aws/aws-sdk-go"

func main() {
	if err := errors.Join(run("../aws"), runCalls("../../pattern")); err != nil {
		fmt.Fprintln(os.Stderr, "awsgen:", err)
		os.Exit(3)
	}
}

// run writes all packages below the folder out.
func run(out string) error {
	dir, err := moduleDir()
	if err != nil {
		return err
	}
	for _, s := range services {
		text, err := os.ReadFile(s.modelPath(dir))
		if err != nil {
			return fmt.Errorf("read the model of %s: %w", s.Package, err)
		}
		m, err := parseModel(text)
		if err != nil {
			return fmt.Errorf("read the model of %s: %w", s.Package, err)
		}
		files, err := generate(s, m)
		if err != nil {
			return fmt.Errorf("generate %s: %w", s.Package, err)
		}
		if err := write(filepath.Join(out, s.Package), files); err != nil {
			return err
		}
	}
	return writeVectors(filepath.Join(dir, "models", "protocol_tests"), filepath.Join(out, "vectors"))
}

// runCalls writes what the package pattern, in the folder out, knows of calls.
func runCalls(out string) error {
	dir, err := moduleDir()
	if err != nil {
		return err
	}
	text, err := calls(filepath.Join(dir, "models", "apis"))
	if err != nil {
		return err
	}
	return write(out, map[string][]byte{callsFile: []byte(text)})
}

// moduleDir finds the models' module; the go command, which Import asks, fetches it if
// need be.
func moduleDir() (string, error) {
	p, err := build.Import(sdk, ".", build.FindOnly)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", sdk, err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "models", "apis")); err != nil {
		return "", fmt.Errorf("find %s: %w; try: go mod download -C internal/awsgen", sdk, err)
	}
	return p.Dir, nil
}

// write puts files into a folder and removes generated ones that are no longer made.
func write(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the package's folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "zz_*.go"))
	if err != nil {
		return fmt.Errorf("list generated files: %w", err)
	}
	for _, name := range old {
		if files[filepath.Base(name)] == nil {
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove a file no longer generated: %w", err)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil {
			return fmt.Errorf("write generated code: %w", err)
		}
	}
	return nil
}
