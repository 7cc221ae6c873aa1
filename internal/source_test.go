package internal_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A source is one Go file of the repository. Paths have slashes and are relative to the
// repository's root, whose own folder is ".".
type source struct {
	path      string
	dir       string
	text      []byte
	syntax    *ast.File
	set       *token.FileSet
	test      bool // _test.go
	generated bool // carries the "Code generated … DO NOT EDIT." line
}

// parseSource reads one file; it fails where Go's parser does.
func parseSource(name string, text []byte) (source, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("parse: %w", err)
	}
	return source{
		path: name, dir: path.Dir(name), text: text, syntax: syntax, set: set,
		test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(syntax),
	}, nil
}

// repository reads all Go files, those of nested modules too, once for all tests.
func repository(t *testing.T) []source {
	t.Helper()
	files, err := readRepository()
	if err != nil {
		t.Fatalf("read the repository's sources: %v", err)
	}
	return files
}

var readRepository = sync.OnceValues(func() ([]source, error) {
	var files []source
	err := walk(".go", func(name string, text []byte) error {
		f, err := parseSource(name, text)
		files = append(files, f)
		return err
	})
	return files, err
})

// walk reads every file with the extension ext, but what is built, fetched or test data.
func walk(ext string, visit func(name string, text []byte) error) error {
	root := os.DirFS("..")
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := name != "." && strings.HasPrefix(d.Name(), ".")
			if hidden || slices.Contains([]string{"node_modules", "testdata", "bin", "tocsin-data"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ext {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return visit(name, text)
	})
}

func (f source) imports() []string {
	var paths []string
	for _, spec := range f.syntax.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			paths = append(paths, p)
		}
	}
	return paths
}

func (f source) lines() int {
	return bytes.Count(f.text, []byte("\n"))
}

func (f source) line(pos token.Pos) int {
	return f.set.Position(pos).Line
}

// exempt reports whether a file's size and shape are its own affair.
func (f source) exempt() bool {
	return f.test || f.generated || strings.HasPrefix(f.dir+"/", "internal/tocsintest/")
}

// commands lists the folders of the programs that people run.
func commands(files []source) []string {
	var dirs []string
	for _, f := range files {
		if !f.test && f.syntax.Name.Name == "main" && strings.HasPrefix(f.path, "cmd/") {
			dirs = append(dirs, f.dir)
		}
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// fault words a broken rule so that the reader need not look anything up.
func fault(where, what, why, mend string) string {
	return fmt.Sprintf("%s: %s\n\twhy:  %s\n\tmend: %s", where, what, why, mend)
}

func report(t *testing.T, faults []string) {
	t.Helper()
	for _, f := range faults {
		t.Error(f)
	}
}
