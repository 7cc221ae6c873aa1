// Package internal_test holds the rules of this repository that the compiler does not
// know: who may import whom (this file), how big and how named things may be
// (style_test.go), and that the documents say what is true (docs_test.go). Its data are
// the sources themselves, read from the folder above.
//
// Every check is a function from files to faults, so that rules_test.go can show on
// made-up files that each one bites.
package internal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tocsin-io/tocsin"

// A rule says what one package, or each package that a pattern names, may import of
// ours. Paths are relative to the module; "." is its root; "*" stands for one folder.
type rule struct {
	pkg  string
	may  []string
	pure bool // standard library only, and nothing of it that reaches outside the process
	why  string
}

// wire is the AWS protocol: its runtime and the generated services.
var wire = []string{"internal/aws", "internal/aws/*"}

// domain is where decisions are made; api and console act through it.
var domain = []string{
	"pattern", "internal/job", "internal/timeline", "internal/oncall", "internal/notify", "internal/engagement",
	"internal/runbook", "internal/incident", "internal/bus", "internal/watch", "internal/finding", "internal/source",
	"internal/lint", "internal/doctor",
}

// rules is the import table. Facts flow down (source, bus, incident, engagement,
// notify) and travel back up only as rows. A package may import what is downstream of
// it, never upstream; one that matches no rule is a fault.
var rules = []rule{
	{pkg: ".", pure: true, why: "the words of the domain: everybody imports them, so they import nobody"},
	{pkg: "pattern", pure: true, why: "promised to outsiders: it must be usable without the rest"},

	{pkg: "internal/fault", why: "it marks places in others and knows none of them"},
	{pkg: "internal/store", may: []string{".", "internal/fault", "internal/store/*"}, why: "it stores; the rules are functions over its transactions"},
	{pkg: "internal/store/*", why: "generated queries and migrations know nothing of us"},
	{pkg: "internal/job", may: []string{".", "internal/fault", "internal/store"}, why: "the only place where \"later\" exists lies under everything that waits"},
	{pkg: "internal/timeline", may: []string{".", "internal/store", "internal/job", "internal/notify"}, why: "it writes what happened and queues what is told onward"},
	{pkg: "internal/oncall", may: []string{"."}, why: "who is on call is a pure function of a rotation and an instant"},
	{pkg: "internal/notify", may: []string{".", "internal/fault", "internal/store", "internal/job"}, why: "the last stop before people: nothing is downstream of it"},
	{pkg: "internal/notify/*", may: []string{".", "internal/notify"}, why: "a channel is a plug-in: it sees the words and its interface"},
	{pkg: "internal/engagement", may: []string{".", "internal/store", "internal/job", "internal/timeline", "internal/oncall", "internal/notify"}, why: "it pages; it does not know what an incident's start needs"},
	{pkg: "internal/runbook", may: []string{".", "internal/store", "internal/job", "internal/timeline", "internal/notify"}, why: "a runbook runs for an incident, but does not start one"},
	{pkg: "internal/runbook/*", may: []string{".", "internal/runbook"}, why: "an action is a plug-in: it sees the words and its interface"},
	{pkg: "internal/brief", may: []string{"."}, pure: true, why: "what an event says is a function of the event, for the live server and for backtests"},
	{pkg: "internal/incident", may: []string{".", "internal/brief", "internal/store", "internal/job", "internal/timeline", "internal/engagement", "internal/runbook"}, why: "it engages people and runbooks; events are upstream of it"},
	{pkg: "internal/bus", may: []string{".", "internal/store", "internal/job", "pattern", "internal/incident", "internal/runbook"}, why: "it matches events and hands them down; it does not know where they come from"},
	{pkg: "internal/watch", may: []string{".", "internal/store", "internal/job", "internal/bus"}, why: "findings enter as events"},
	{pkg: "internal/finding", may: []string{".", "internal/store", "internal/job", "internal/bus"}, why: "findings enter as events, and samples leave as such"},
	{pkg: "internal/watch/*", may: []string{".", "internal/watch"}, why: "a check is a plug-in: it sees the words and its interface"},
	{pkg: "internal/watch/exposure", may: []string{"."}, pure: true, why: "whether a bucket is public is a function of its settings: anybody can try it out"},
	{pkg: "internal/watch/s3", may: []string{".", "internal/watch", "internal/watch/exposure"}, why: "a check is a plug-in: it reads, and lets exposure decide"},
	{pkg: "internal/source", may: []string{".", "internal/store", "internal/job", "internal/bus", "pattern"}, why: "what outside systems send enters as events"},
	{pkg: "internal/source/*", may: []string{".", "internal/source"}, why: "a source is a plug-in: it sees the words and its interface"},
	{pkg: "internal/source/sqs", may: []string{".", "internal/source", "internal/source/s3"}, why: "a queue's notices name logs in buckets"},
	{pkg: "internal/source/trail", may: []string{".", "internal/source", "internal/source/s3"}, why: "a source is a plug-in: where log files are, folders and buckets, is listed by the packages that backtests list them with"},

	{pkg: "internal/backtest", may: []string{".", "internal/brief", "pattern", "internal/source", "internal/source/s3", "internal/bus", "internal/incident", "internal/engagement", "internal/oncall"}, why: "it asks the pure functions that the live server asks, over files"},
	{pkg: "internal/lint", may: []string{".", "internal/store", "pattern", "internal/oncall", "internal/engagement"}, why: "it reads settings and judges them; it changes nothing"},
	{pkg: "internal/doctor", may: []string{".", "internal/store", "pattern", "internal/oncall", "internal/engagement"}, why: "it reads settings and judges them; it changes nothing"},
	{pkg: "internal/catalogue", may: []string{"pattern"}, why: "reviewed rules are data: they know the language they are written in, and whom to send them to is told by the caller"},
	{pkg: "internal/client", may: []string{"."}, why: "it speaks to a running server as any AWS client does"},

	{pkg: "internal/aws", why: "the protocol runtime knows nothing of us and could serve any API"},
	{pkg: "internal/aws/*", may: []string{"internal/aws"}, why: "generated shapes: what they need is the runtime"},
	{pkg: "internal/auth", may: []string{".", "internal/store"}, why: "who somebody is must not depend on what they ask for"},
	{pkg: "internal/api", may: slices.Concat([]string{".", "internal/auth", "internal/store"}, wire, domain), why: "it turns wire shapes into words and back, and acts through the domain"},
	{pkg: "internal/api/*", may: slices.Concat([]string{".", "internal/api", "internal/auth", "internal/store"}, wire, domain), why: "it turns wire shapes into words and back, and acts through the domain"},
	{pkg: "internal/console", may: slices.Concat([]string{".", "internal/api", "internal/api/*", "internal/auth", "internal/store"}, wire, domain), why: "it reads the store and writes through the operations that any client uses"},

	{pkg: "internal/server", may: []string{"."}, why: "the wiring: it alone may know everybody"},
	{pkg: "cmd/tocsin", may: []string{".", "internal/server", "internal/client", "internal/catalogue", "internal/backtest", "internal/lint", "internal/doctor", "pattern"}, why: "flags and printing; what a command does lives in the package it calls"},

	{pkg: "internal/awsgen", may: []string{"internal/awsgen/*"}, why: "the generator is a module of its own: its models must never reach the binary"},
	{pkg: "internal/awsgen/*", may: []string{"internal/awsgen", "internal/awsgen/*"}, why: "the generator is a module of its own: its models must never reach the binary"},
	{pkg: "internal/cloudtrailgen", why: "made-up data for benchmarks: it needs no product"},
	{pkg: "internal/cloudtrailgen/*", may: []string{"internal/cloudtrailgen"}, why: "made-up data for benchmarks: it needs no product"},
}

// everything is what the wiring may import: all of ours but programs, generators' insides
// and test packages.
var everything = slices.Concat([]string{
	".", "internal/store", "internal/backtest", "internal/client", "internal/catalogue", "internal/auth", "internal/api", "internal/api/*",
	"internal/console", "internal/notify/*", "internal/runbook/*", "internal/watch/*", "internal/source/*", "internal/cloudtrailgen",
}, wire, domain)

// A keep says that a package from outside is used only in a few of ours.
type keep struct {
	imports []string // exact, or with "/..." also what is below
	in      []string // of ours; none means nowhere but in tests
	why     string
}

var keeps = []keep{
	{
		imports: []string{"database/sql/...", "modernc.org/sqlite/...", "github.com/jackc/pgx/v5/...", "github.com/pressly/goose/v3/..."},
		in:      []string{"internal/store", "internal/store/*"},
		why:     "all SQL is in store, so that one package answers for both databases",
	},
	{
		imports: []string{"net/http"},
		in: []string{
			"internal/aws", "internal/aws/*", "internal/api", "internal/api/*", "internal/auth", "internal/client", "internal/console",
			"internal/source", "internal/source/*", "internal/watch", "internal/watch/*", "internal/notify", "internal/notify/*",
			"internal/runbook/*", "internal/server",
		},
		why: "decisions must not depend on how they were asked for, nor reach the network",
	},
	{imports: []string{"net/http/pprof", "expvar"}, in: []string{"internal/server"}, why: "they register handlers behind everybody's back"},
	{imports: []string{"os/exec"}, in: []string{"internal/runbook/*", "internal/notify/*"}, why: "only an action or a channel starts a program, in its sandbox"},
	{imports: []string{"github.com/aws/aws-sdk-go/..."}, in: []string{"internal/awsgen", "internal/awsgen/*"}, why: "330 MB of API models: for the generator, never for the binary"},
	{imports: []string{"unsafe"}, in: []string{"pattern"}, why: "only the matcher's inner loop has been measured to need it"},
	{imports: []string{"C"}, why: "the binary is static and builds without a C compiler"},
	{imports: testOnly, why: "test code must not reach the binary that people run"},
}

// testOnly lists packages that belong to tests; our own are told by their name.
var testOnly = []string{
	"testing/...", "net/http/httptest", "github.com/google/go-cmp/...", "pgregory.net/rapid/...", "go.uber.org/goleak/...",
	"github.com/rogpeppe/go-internal/...", "github.com/emersion/go-smtp/...", "github.com/versity/versitygw/...", "github.com/Shopify/toxiproxy/v2/...",
	"github.com/tidwall/gjson/...",
}

// impure lists what the standard library has to reach outside the process.
var impure = []string{"os/...", "io/ioutil", "net", "net/http/...", "net/smtp", "net/rpc/...", "log/...", "syscall/...", "database/sql/...", "plugin", "os/exec"}

func TestImports(t *testing.T) {
	report(t, importFaults(repository(t)))
}

// importFaults holds every import of every file but tests against the tables above.
func importFaults(files []source) []string {
	var faults []string
	for _, f := range files {
		if f.test || isTestPackage(f.dir) {
			continue
		}
		r, ok := ruleOf(f.dir)
		if !ok {
			faults = append(faults, fault(f.path, "package "+f.dir+" is not in the import table",
				"a package without a place in the picture has no side that is up or down",
				"put it where it belongs in the table of internal/arch_test.go and of ARCHITECTURE.md, with the reason"))
			continue
		}
		for _, imp := range f.imports() {
			if ours, is := within(imp); is {
				faults = append(faults, ourFaults(f, r, ours)...)
				continue
			}
			faults = append(faults, foreignFaults(f, r, imp)...)
		}
	}
	return faults
}

func ourFaults(f source, r rule, ours string) []string {
	switch {
	case isTestPackage(ours):
		return []string{fault(f.path, "imports the test package "+ours, "test code must not reach the binary that people run",
			"move what is needed out of the test package, or this file into a _test.go")}
	case ours == f.dir || matchAny(r.may, ours) || f.dir == "internal/server" && matchAny(everything, ours):
		return nil
	}
	return []string{fault(f.path, fmt.Sprintf("%s must not import %s; it may import: %s", f.dir, ours, strings.Join(r.may, " ")), r.why,
		"call it from a package upstream of both, or hand the fact over as a row (a job); the table is in internal/arch_test.go")}
}

func foreignFaults(f source, r rule, imp string) []string {
	var faults []string
	first, _, _ := strings.Cut(imp, "/")
	if r.pure && (strings.Contains(first, ".") || covers(impure, imp)) {
		faults = append(faults, fault(f.path, f.dir+" must not import "+imp+": standard library only, no input or output", r.why,
			"take the value as an argument, or do this in the package that calls"))
	}
	for _, k := range keeps {
		if covers(k.imports, imp) && !matchAny(k.in, f.dir) {
			faults = append(faults, fault(f.path, fmt.Sprintf("%s is used only in: %s", imp, orNone(k.in)), k.why,
				"ask one of those packages to do it; the list is keeps in internal/arch_test.go"))
		}
	}
	return faults
}

// TestNoTestCodeShips follows the imports of each command through other people's modules
// too, as the linker does.
func TestNoTestCodeShips(t *testing.T) {
	for _, dir := range commands(repository(t)) {
		out, err := goList(t, "-deps", "-json=ImportPath,Imports", "./"+dir)
		if err != nil {
			t.Errorf("cannot follow the imports of %s: %v", dir, err)
			continue
		}
		report(t, shippedFaults(out))
	}
}

// A dependency is one package of go list's answer.
type dependency struct {
	ImportPath string
	Imports    []string
}

func shippedFaults(deps []dependency) []string {
	var faults []string
	for _, d := range deps {
		ours, is := within(d.ImportPath)
		if !covers(testOnly, d.ImportPath) && (!is || !isTestPackage(ours)) {
			continue
		}
		var by []string
		for _, other := range deps {
			if slices.Contains(other.Imports, d.ImportPath) {
				by = append(by, other.ImportPath)
			}
		}
		faults = append(faults, fault(d.ImportPath, "test code is linked into the binary, imported by "+strings.Join(by, ", "),
			"it makes the binary bigger and opens it where only tests should reach", "cut the import that leads there"))
	}
	return faults
}

func goList(t *testing.T, args ...string) ([]dependency, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var deps []dependency
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var d dependency
		if err := dec.Decode(&d); err != nil {
			return nil, fmt.Errorf("read go list's answer: %w", err)
		}
		deps = append(deps, d)
	}
	return deps, nil
}

// ruleOf finds the rule for a package: the one that names it, else the one whose pattern
// does.
func ruleOf(dir string) (rule, bool) {
	for _, r := range rules {
		if r.pkg == dir {
			return r, true
		}
	}
	for _, r := range rules {
		if matchAny([]string{r.pkg}, dir) {
			return r, true
		}
	}
	return rule{}, false
}

// isTestPackage tells the packages that exist for tests: tocsintest with what is below
// it, and each conformance suite beside its interface (notify/notifytest …).
func isTestPackage(dir string) bool {
	return strings.HasPrefix(dir+"/", "internal/tocsintest/") || path.Base(dir) == path.Base(path.Dir(dir))+"test"
}

// within gives an import path relative to this module.
func within(imp string) (string, bool) {
	if imp == module {
		return ".", true
	}
	return strings.CutPrefix(imp, module+"/")
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return err == nil && ok
	})
}

// covers reports whether a list like testOnly names an import path.
func covers(list []string, imp string) bool {
	return slices.ContainsFunc(list, func(p string) bool {
		tree, isTree := strings.CutSuffix(p, "/...")
		return p == imp || isTree && (tree == imp || strings.HasPrefix(imp, tree+"/"))
	})
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "tests"
	}
	return strings.Join(list, " ")
}
