package internal_test

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	maxArchitectureLines = 120
	maxDecisionLines     = 30
	minStops             = 8 // of one event's way through the system, in ARCHITECTURE.md
)

// papers are the documents without which the program is not finished.
var papers = []string{
	"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "NOTICE", "docs/coverage.md",
}

// TestPapers asks for the documents as soon as there is a program, so that none can be
// forgotten and a tree that is only being laid out is not red.
func TestPapers(t *testing.T) {
	if len(commands(repository(t))) == 0 {
		return
	}
	for _, name := range papers {
		if !exists(name) {
			t.Error(fault(name, "is missing", "a program that nobody can learn about is not finished", "write it"))
		}
	}
}

func TestLinks(t *testing.T) {
	pages := map[string]string{}
	if err := walk(".md", func(name string, text []byte) error {
		pages[name] = string(text)
		return nil
	}); err != nil {
		t.Fatalf("read the documents: %v", err)
	}
	report(t, linkFaults(pages, exists))
}

var (
	fence    = regexp.MustCompile("(?ms)^[ \t]*(```|~~~).*?^[ \t]*(```|~~~)[ \t]*$")
	codeSpan = regexp.MustCompile("`[^`\n]*`")
	links    = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?m:^\[[^\]]+\]:\s*(\S+))|\b(?:src|href|srcset)="([^"]+)"`)
	heading  = regexp.MustCompile(`(?m)^#{1,6}[ \t]+(.+?)[ \t#]*$`)
	idMark   = regexp.MustCompile(`\b(?:id|name)="([^"]+)"`)
	elsewhr  = regexp.MustCompile(`^([a-z][a-z0-9+.-]*:|//)`)
)

// linkFaults checks every link that stays in the repository: the file is there, and so is
// the heading.
func linkFaults(pages map[string]string, exists func(string) bool) []string {
	const why = "a reader who follows a dead link stops believing the rest"
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		for _, m := range links.FindAllStringSubmatch(prose(pages[name]), -1) {
			target := m[1] + m[2] + m[3]
			if elsewhr.MatchString(target) {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			if strings.HasPrefix(file, "/") {
				faults = append(faults, fault(name, "link "+target+" begins with a slash", why, "write it relative to the document"))
				continue
			}
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			page, isPage := pages[to]
			switch {
			case !isPage && !exists(to):
				faults = append(faults, fault(name, "link "+target+" leads nowhere: there is no "+to, why, "mend or remove the link"))
			case isPage && anchor != "" && !slices.Contains(anchors(page), anchor):
				faults = append(faults, fault(name, "link "+target+" leads to no heading of "+to, why, "its headings are: "+strings.Join(anchors(page), " ")))
			}
		}
	}
	return faults
}

// prose is a document without its code, where brackets mean other things.
func prose(text string) string {
	return codeSpan.ReplaceAllString(fence.ReplaceAllString(text, ""), "x")
}

// anchors gives the fragments that GitHub makes of a document's headings.
func anchors(text string) []string {
	var list []string
	seen := map[string]int{}
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || r > 127 && r != '—' && r != '–' && r != '…' && r != '→' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z':
				return r
			}
			return -1
		}, strings.ToLower(m[1]))
		if n := seen[slug]; n > 0 {
			list = append(list, fmt.Sprintf("%s-%d", slug, n))
		} else {
			list = append(list, slug)
		}
		seen[slug]++
	}
	for _, m := range idMark.FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestArchitecture(t *testing.T) {
	if !exists("ARCHITECTURE.md") {
		return // TestPapers asks for it
	}
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatalf("read ARCHITECTURE.md: %v", err)
	}
	report(t, architectureFaults(string(text), repository(t)))
}

// architectureFaults checks ARCHITECTURE.md: its length, that it names every package, and
// that every file and function it names exists. A file is a path from the root that ends
// in .go, in backticks; its function follows in the same backticks after a colon, or in
// the next ones on the line.
func architectureFaults(text string, files []source) []string {
	const name = "ARCHITECTURE.md"
	var faults []string
	if n := strings.Count(text, "\n"); n > maxArchitectureLines {
		faults = append(faults, fault(name, fmt.Sprintf("%d lines; at most %d", n, maxArchitectureLines),
			"it is read in two minutes or not at all", "move what is not the whole picture to the package comments"))
	}
	stops := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		for _, ref := range references(line) {
			where := fmt.Sprintf("%s:%d", name, i+1)
			at := slices.IndexFunc(files, func(f source) bool { return f.path == ref.file })
			switch {
			case at < 0:
				faults = append(faults, fault(where, "there is no "+ref.file, "the document must say what is", "name the file that holds it now"))
			case ref.function != "" && !files[at].declares(ref.function):
				faults = append(faults, fault(where, ref.file+" has no "+ref.function, "the document must say what is", "name the function that does it now"))
			case ref.function != "":
				stops[ref.file+" "+ref.function] = true
			}
		}
	}
	if len(stops) < minStops {
		faults = append(faults, fault(name, fmt.Sprintf("names %d functions; one event's way has %d stops", len(stops), minStops),
			"a newcomer learns the system by following one event", "give each stop its file and function"))
	}
	for _, dir := range topPackages(files) {
		if !strings.Contains(text, dir) {
			faults = append(faults, fault(name, "does not name package "+dir, "the picture must be whole", "add it to the package table"))
		}
	}
	return faults
}

// A reference is a file, and maybe a function in it, that a document names.
type reference struct{ file, function string }

var (
	fileSpan = regexp.MustCompile(`^([\w./-]+\.go)(?::\s*(\S.*))?$`)
	funcSpan = regexp.MustCompile(`^(\(\*?\w+\)\.|\w+\.)?\w+(\(.*\))?$`)
)

func references(line string) []reference {
	var refs []reference
	var open *reference // names a file whose function may follow
	for _, span := range codeSpan.FindAllString(line, -1) {
		span = strings.Trim(span, "`")
		if m := fileSpan.FindStringSubmatch(span); m != nil {
			refs = append(refs, reference{m[1], m[2]})
			open = &refs[len(refs)-1]
			continue
		}
		if open != nil && open.function == "" && funcSpan.MatchString(span) {
			open.function = span
		}
		open = nil
	}
	return refs
}

// declares reports whether the file declares a function, method or type by the name that
// a document gives it: Start, incident.Start, Tx.Start, (*Tx).Start, Start(tx).
func (f source) declares(name string) bool {
	name = strings.NewReplacer("(*", "", ").", ".").Replace(name)
	name, _, _ = strings.Cut(name, "(")
	name = strings.TrimPrefix(name, f.syntax.Name.Name+".")
	return slices.Contains(f.declared(), name)
}

func (f source) declared() []string {
	var names []string
	for _, d := range f.syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names = append(names, receiver(d)+d.Name.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if t, ok := spec.(*ast.TypeSpec); ok {
					names = append(names, t.Name.Name)
				}
			}
		}
	}
	return names
}

// receiver gives "Tx." for a method of Tx or *Tx, else nothing.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	expr := d.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name + "."
		default:
			return ""
		}
	}
}

// topPackages lists what the package table must name: pattern, internal/store, cmd/tocsin.
func topPackages(files []source) []string {
	var dirs []string
	for _, f := range files {
		parts := strings.Split(f.dir, "/")
		if f.test || f.dir == "." || f.dir == "internal" {
			continue
		}
		dirs = append(dirs, strings.Join(parts[:min(len(parts), 2)], "/"))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

var decisionName = regexp.MustCompile(`^\d{4}-[a-z0-9-]+\.md$`)

func TestDecisions(t *testing.T) {
	entries, err := os.ReadDir("../docs/decisions")
	if err != nil {
		t.Fatalf("read the decisions: %v", err)
	}
	const why = "a decision that is long to read is decided again"
	for i, e := range entries {
		name := "docs/decisions/" + e.Name()
		if !decisionName.MatchString(e.Name()) || !strings.HasPrefix(e.Name(), fmt.Sprintf("%04d-", i+1)) {
			t.Error(fault(name, fmt.Sprintf("is not called %04d-some-words.md", i+1), "decisions are numbered without a gap", "rename it"))
			continue
		}
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		if n := strings.Count(string(text), "\n"); n > maxDecisionLines {
			t.Error(fault(name, fmt.Sprintf("%d lines; at most %d", n, maxDecisionLines), why, "keep the choice, the reason and what was refused"))
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat("../" + name)
	return err == nil
}
