package internal_test

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines = 500
	maxFuncLines = 60
)

// banned are package names that say nothing. Whatever would go into such a package has a
// better home beside the noun it serves.
var banned = []string{"util", "utils", "common", "helper", "helpers", "manager", "managers", "base", "types", "models", "misc", "shared"}

// sleepers are the test files that may wait on the wall clock because what they wait for
// is another process; each with its reason. Everything else runs in a synctest bubble.
var sleepers = map[string]string{}

func TestSizes(t *testing.T) {
	report(t, sizeFaults(repository(t)))
}

func sizeFaults(files []source) []string {
	const why = "what does not fit on a screen is not read before it is changed"
	var faults []string
	for _, f := range files {
		if f.exempt() {
			continue
		}
		if n := f.lines(); n > maxFileLines {
			faults = append(faults, fault(f.path, fmt.Sprintf("%d lines; at most %d", n, maxFileLines), why, "split it by noun, one file each"))
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if n := f.line(fn.End()) - f.line(fn.Pos()) + 1; n > maxFuncLines {
				faults = append(faults, fault(fmt.Sprintf("%s:%d", f.path, f.line(fn.Pos())),
					fmt.Sprintf("%s has %d lines; at most %d", fn.Name.Name, n, maxFuncLines), why, "name its parts and call them"))
			}
		}
	}
	return faults
}

func TestPackageComments(t *testing.T) {
	report(t, commentFaults(repository(t)))
}

func commentFaults(files []source) []string {
	type state struct {
		name      string
		said      bool
		generated bool
	}
	packages := map[string]*state{}
	for _, f := range files {
		if f.test {
			continue
		}
		s := packages[f.dir]
		if s == nil {
			s = &state{name: f.syntax.Name.Name, generated: true}
			packages[f.dir] = s
		}
		s.generated = s.generated && f.generated
		want := "Package " + s.name + " "
		if s.name == "main" {
			want = "" // a program's comment begins as it likes: Command tocsin …
		}
		s.said = s.said || f.syntax.Doc != nil && strings.HasPrefix(f.syntax.Doc.Text(), want)
	}
	var faults []string
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		if s := packages[dir]; !s.said && !s.generated {
			faults = append(faults, fault(dir, "package "+s.name+" has no package comment",
				"it is where a newcomer learns what the package is, where its data comes from and where it goes",
				"begin one of its files with: // "+opening(s.name, dir)+" …"))
		}
	}
	return faults
}

// opening is how a package's comment begins by custom.
func opening(name, dir string) string {
	if name == "main" {
		return "Command " + path.Base(dir)
	}
	return "Package " + name
}

func TestPackageNames(t *testing.T) {
	report(t, nameFaults(repository(t)))
}

func nameFaults(files []source) []string {
	var faults []string
	seen := map[string]bool{}
	for _, f := range files {
		for _, name := range []string{f.syntax.Name.Name, path.Base(f.dir)} {
			name = strings.TrimSuffix(name, "_test")
			vague := slices.Contains(banned, name) || strings.HasSuffix(name, "util") || strings.HasSuffix(name, "utils") || strings.HasSuffix(name, "manager")
			if !vague || seen[f.dir] {
				continue
			}
			seen[f.dir] = true
			faults = append(faults, fault(f.dir, "a package must not be called "+name, "the name says nothing, so everything ends up in it",
				"name it after the noun it serves, or move its parts to the packages that use them"))
		}
	}
	return faults
}

func TestNoSleepInTests(t *testing.T) {
	report(t, sleepFaults(repository(t)))
}

// sleepFaults finds time.Sleep in test code outside a synctest bubble. Whether a call is
// in a bubble is judged by the file's imports: a file that imports testing/synctest keeps
// its tests there.
func sleepFaults(files []source) []string {
	var faults []string
	for _, f := range files {
		inBubble := slices.Contains(f.imports(), "testing/synctest") || strings.HasPrefix(f.dir+"/", "internal/tocsintest/")
		if !f.test && !isTestPackage(f.dir) || inBubble || sleepers[f.path] != "" {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isCall(call, "time", "Sleep") {
				faults = append(faults, fault(fmt.Sprintf("%s:%d", f.path, f.line(call.Pos())), "time.Sleep in a test",
					"a test that waits on the wall clock is slow on a fast machine and fails on a slow one",
					"run it in testing/synctest, or wait for the event itself; where it must wait for another process, add the file to sleepers in internal/style_test.go with the reason"))
			}
			return true
		})
	}
	return faults
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}
