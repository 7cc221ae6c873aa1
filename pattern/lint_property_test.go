package pattern

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// lintMaker makes patterns as people get them wrong, and events as the catalogue
// says that AWS sends them.
type lintMaker struct{ *rand.Rand }

func (m lintMaker) of(all []string) string { return all[m.IntN(len(all))] }

func (m lintMaker) kind() *eventKind {
	return catalogue().kinds[m.IntN(len(catalogue().kinds))]
}

// slip spells a text as it is, or nearly.
func (m lintMaker) slip(s string) string {
	if m.IntN(5) != 0 || s == "" {
		return s
	}
	i := m.IntN(len(s))
	switch m.IntN(5) {
	case 0:
		return strings.ToLower(s)
	case 1:
		return strings.ToUpper(s)
	case 2:
		return s[:i] + s[i+1:]
	case 3:
		return s + "*"
	}
	return strings.ReplaceAll(s, "-", " ")
}

// entry is an entry of a list about a value, or about a few of all kinds.
func (m lintMaker) entry(value string) string {
	q := quoteJSON(m.slip(value))
	half := quoteJSON(m.slip(value[:len(value)/2]))
	number := m.of([]string{"0", "1", "4.5", "7", "7.5", "8", "8.0", "9", "-3"})
	switch m.IntN(16) {
	case 0:
		return number
	case 1:
		return m.of([]string{"true", "false", "null", `""`, `"1"`, `"true"`})
	case 2:
		return `{"exists":` + m.of([]string{"true", "false"}) + `}`
	case 3:
		return `{"prefix":` + half + `}`
	case 4:
		return `{"suffix":` + quoteJSON(value[len(value)/2:]) + `}`
	case 5:
		return `{"wildcard":` + quoteJSON(m.of([]string{"*", value, "*" + value, value[:len(value)/2] + "*"})) + `}`
	case 6:
		return `{"numeric":["` + m.of([]string{">", ">=", "<", "<=", "="}) + `",` + number + `]}`
	case 7:
		return `{"anything-but":[` + q + `,` + half + `]}`
	case 8:
		return `{"anything-but":` + m.of([]string{q, number, `{"prefix":` + half + `}`}) + `}`
	case 9:
		return `{"equals-ignore-case":` + q + `}`
	case 10:
		return `{"exactly":` + q + `}`
	case 11:
		return m.of([]string{`"10.0.0.1"`, `{"cidr":"10.0.0.0/8"}`, `{"cidr":"10.1.0.0/16"}`, `"::1"`, `{"cidr":"::/0"}`})
	}
	return q
}

func (m lintMaker) list(value string) string {
	var entries []string
	for range 1 + m.IntN(4)*m.IntN(2) {
		entries = append(entries, m.entry(value))
	}
	return "[" + strings.Join(entries, ",") + "]"
}

// value is something that a field may hold, as text.
func (m lintMaker) value(f *fieldKind) string {
	if f != nil && len(f.values) > 0 {
		return m.of(f.values)
	}
	return m.of([]string{"images/a.png", "s3-bucket-public-read-prohibited", "s3-bucket-public-write-prohibited", "ConsoleLogin", "i-1", "s3.amazonaws.com", "iam.amazonaws.com", "10.1.2.3", "x"})
}

// pattern is a pattern about a kind of events, with lists for some of its fields.
func (m lintMaker) pattern(k *eventKind) string {
	source := k.source
	if source == anyService {
		source = m.of([]string{"aws.s3", "aws.iam", "aws.ec2"})
	}
	var top []string
	if m.IntN(5) != 0 {
		top = append(top, `"source":`+m.few(source))
	}
	if m.IntN(5) != 0 {
		top = append(top, `"detail-type":`+m.few(k.detailType))
	}
	if m.IntN(6) == 0 {
		top = append(top, `"`+m.of([]string{"resources", "region", "account", "severity", "Source"})+`":`+m.list("us-east-1"))
	}
	paths := []string{"detail.zz"}
	for path := range k.fields {
		if path != "detail" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	var fields []string
	for range 1 + m.IntN(3) {
		path := m.of(paths)
		steps := strings.Split(path, ".")[1:]
		if m.IntN(12) == 0 {
			steps = steps[len(steps)-1:]
		}
		text := m.list(m.value(k.fields[path]))
		for i := len(steps) - 1; i >= 0; i-- {
			text = `{"` + m.slip(steps[i]) + `":` + text + `}`
		}
		fields = append(fields, text[1:len(text)-1])
	}
	if len(fields) > 1 && m.IntN(4) == 0 {
		fields = []string{`"$or":[{` + strings.Join(fields, "},{") + `}]`}
	}
	top = append(top, `"detail":{`+strings.Join(fields, ",")+`}`)
	m.Shuffle(len(top), func(i, j int) { top[i], top[j] = top[j], top[i] })
	return "{" + strings.Join(top, ",") + "}"
}

// few is a list that mostly is the one exact value.
func (m lintMaker) few(value string) string {
	if m.IntN(4) == 0 {
		return m.list(value)
	}
	return "[" + quoteJSON(m.slip(value)) + "]"
}

// wanted gathers, by path, JSON values that lists of the pattern are about.
func wanted(l *linter) map[string][]string {
	values := map[string][]string{}
	for _, list := range l.all {
		add := func(json ...string) { values[list.path] = append(values[list.path], json...) }
		var gather func(n *lintNode)
		gather = func(n *lintNode) {
			switch n.kind {
			case tString:
				add(quoteJSON(n.text), quoteJSON(strings.ToLower(n.text)), quoteJSON(n.text+"z"), quoteJSON("z"+n.text), quoteJSON(strings.ReplaceAll(n.text, "*", "q")))
				if _, err := Compile([]byte(`{"v":[`+n.text+`]}`), Limits{}); err == nil && !strings.Contains(n.text, "{") {
					add(n.text)
				}
			case tNumber:
				v, _ := numberOf(n.text)
				add(n.text, formatNumber(v-0.25), formatNumber(v+0.25))
			case tArray:
				for _, item := range n.items {
					gather(item)
				}
			case tObject:
				for _, mm := range n.members {
					gather(mm.value)
				}
			default:
				add(l.text[n.from:n.to])
			}
		}
		gather(list.node)
		add(`"10.1.2.3"`, `"10.9.9.9"`, `"::1"`, `""`, "null", "true", "false", "7.7", `["a","z"]`, `[]`)
	}
	return values
}

// tree is an object of an event under construction; its leaves are JSON.
type tree map[string]any

func (t tree) set(path, json string) {
	steps := strings.Split(path, ".")
	for _, s := range steps[:len(steps)-1] {
		below, ok := t[s].(tree)
		if !ok {
			below = tree{}
			t[s] = below
		}
		t = below
	}
	if _, object := t[steps[len(steps)-1]].(tree); !object {
		t[steps[len(steps)-1]] = json
	}
}

func (t tree) String() string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(t)) {
		parts = append(parts, quoteJSON(k)+":"+fmt.Sprint(t[k]))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// anyEvent holds values that the pattern asks for or nearly, AWS's or not.
func (m lintMaker) anyEvent(values map[string][]string) string {
	t := tree{}
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if m.IntN(6) != 0 {
			t.set(path, m.of(values[path]))
		}
	}
	return t.String()
}

// kindEvent is one as the catalogue says that events of the kind are.
func (m lintMaker) kindEvent(k *eventKind, values map[string][]string) string {
	t := tree{}
	source := k.source
	if source == anyService {
		source = m.of(catalogue().sources)
		for _, v := range values["source"] {
			if m.IntN(2) == 0 && catalogue().isSource[strings.Trim(v, `"`)] {
				source = strings.Trim(v, `"`)
			}
		}
	}
	t.set("source", quoteJSON(source))
	t.set("detail-type", quoteJSON(k.detailType))
	t.set("region", quoteJSON(m.of(catalogue().regions)))
	t.set("account", `"111122223333"`)
	t.set("resources", "[]")
	if r := values["resources"]; len(r) > 0 && !k.noResources && r[0] != `""` && r[0][0] == '"' {
		t.set("resources", "["+r[0]+"]")
	}
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if !strings.HasPrefix(path, "detail.") || m.IntN(8) == 0 {
			continue
		}
		f, known := k.field(path)
		wish := m.of(values[path])
		switch {
		case known == isAbsent:
		case known == mayExist || f.kind == holdsAny:
			t.set(path, wish)
		case f.kind == holdsObject:
			t.set(path+".zz", wish)
		case f.complete:
			t.set(path, quoteJSON(m.of(f.values)))
		case f.kind == holdsBool:
			t.set(path, m.of([]string{"true", "false"}))
		case f.kind == holdsText && wish[0] == '"' && (wish != `""` || f.empty), f.kind == holdsNumber && f.has(wish):
			t.set(path, wish)
		}
	}
	if service, ok := strings.CutPrefix(source, "aws."); ok && k.source == anyService {
		t.set("detail.eventSource", quoteJSON(service+".amazonaws.com"))
		if k.detailType == "AWS API Call via CloudTrail" && fmt.Sprint(t["detail"].(tree)["eventName"]) == `"ConsoleLogin"` {
			t.set("detail.eventName", `"RunInstances"`)
		}
	}
	return t.String()
}

// has says whether JSON is a number that the field may be.
func (f *fieldKind) has(json string) bool {
	n, ok := numberOf(json)
	return ok && strings.IndexByte("-0123456789", json[0]) >= 0 && (f.most <= f.least || n >= f.least && n <= f.most)
}

// lintSamples are patterns to hold properties against: those of the tables, and
// many that are made.
func lintSamples(t *testing.T, r *rand.Rand) []string {
	t.Helper()
	var all []string
	for _, file := range []string{"testdata/lint_findings.txt", "testdata/lint_good.txt"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if line[0] == '{' {
				all = append(all, strings.TrimSpace(line))
			}
		}
	}
	made := 3000
	if testing.Short() {
		made = 1000
	}
	m := lintMaker{r}
	for range made {
		all = append(all, m.pattern(m.kind()))
	}
	return all
}

// readForTest is the linter of a pattern after its lists were gathered.
func readForTest(src string) *linter {
	l := &linter{text: src, seen: map[seenKey]bool{}, root: parseLint(src)}
	l.expand()
	return l
}

// A pattern that Lint says never matches matches no event of any kind that the
// catalogue has.
func TestLintNever(t *testing.T) {
	m := lintMaker{rand.New(rand.NewPCG(1, 2))}
	never, matched := 0, 0
	for _, src := range lintSamples(t, m.Rand) {
		p, err := Compile([]byte(src), Service)
		if err != nil {
			continue
		}
		found := Lint([]byte(src), Service)
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Never })
		values := wanted(readForTest(src))
		if i >= 0 {
			never++
		}
		kinds := []*eventKind{m.kind(), m.kind(), m.kind()}
		for _, k := range catalogue().kinds {
			if strings.Contains(src, k.detailType) {
				kinds = append(kinds, k)
			}
		}
		for _, k := range kinds {
			for range 8 {
				event := m.kindEvent(k, values)
				if !p.Match([]byte(event)) {
					continue
				}
				matched++
				if i >= 0 {
					t.Fatalf("%s\nis said never to match (%s: %s), but does:\n%s", src, found[i].ID, found[i].Message, event)
				}
			}
		}
	}
	if never < 100 || matched == 0 {
		t.Errorf("only %d patterns that never match, %d events that matched others", never, matched)
	}
}

// Fixes leave a valid pattern without the finding; those that keep what is
// matched do, and those that widen lose nothing.
func TestLintFixes(t *testing.T) {
	m := lintMaker{rand.New(rand.NewPCG(3, 4))}
	ids := map[string]int{}
	for _, src := range lintSamples(t, m.Rand) {
		found := Lint([]byte(src), Service)
		for _, f := range found {
			if f.Fix == nil || f.ID != "duplicate-key" && count(found, Finding{ID: "duplicate-key", Path: f.Path}) > 0 {
				continue // to rename one of two lists lets the other count
			}
			ids[f.ID]++
			mended := f.Fix.Apply([]byte(src))
			q, err := Compile(mended, Limits{Combinations: Service.Combinations})
			if err != nil {
				t.Fatalf("%s: the fix of %s gives %s: %v", src, f.ID, mended, err)
			}
			if before, after := count(found, f), count(Lint(mended, Service), f); after >= before {
				t.Errorf("%s: %s is there again after its fix:\n%s", src, f.ID, mended)
			}
			if f.Fix.Effect != Repairs {
				m.compare(t, f, src, string(mended), q)
			}
		}
	}
	if len(ids) < 15 {
		t.Errorf("fixes of few findings only: %v", ids)
	}
}

// count is how many findings are like one; a value that is repeated may be
// shadowed besides, and is reported once.
func count(found []Finding, like Finding) (n int) {
	same := func(id string) string { return strings.Replace(id, "duplicate-value", "shadowed", 1) }
	for _, f := range found {
		if same(f.ID) == same(like.ID) && f.Path == like.Path {
			n++
		}
	}
	return n
}

func (m lintMaker) compare(t *testing.T, f Finding, src, mended string, q *Pattern) {
	t.Helper()
	p, err := Compile([]byte(src), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	values := wanted(readForTest(src))
	for range 60 {
		event := m.anyEvent(values)
		was, is := p.Match([]byte(event)), q.Match([]byte(event))
		if was && !is || !was && is && f.Fix.Effect == Keeps {
			t.Fatalf("%s\n%s (%s): matched %v, mended %v\n%s\n%s", src, f.ID, f.Fix.Message, was, is, mended, event)
		}
	}
}
