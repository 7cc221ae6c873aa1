package pattern

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// catalogueText describes the events of AWS; its head says how, and from where.
//
//go:embed lint_catalogue.txt
var catalogueText string

// catalogue is read when it is first asked for: programs that only match do not
// pay for it.
var catalogue = sync.OnceValue(func() *eventCatalogue { return readCatalogue(catalogueText) })

// eventCatalogue is what is known of the events that AWS sends.
type eventCatalogue struct {
	kinds       []*eventKind
	bySource    map[string][]*eventKind // "aws.*" for those of any service
	byType      map[string][]*eventKind
	types       []string // all detail-types
	sources     []string // all that are known, with aws.
	isSource    map[string]bool
	regions     []string
	configRules map[string]bool
	plain       map[string]string // of sources and types, since these are compared often
}

// plainName is plainName, kept for the names that are known.
func (c *eventCatalogue) plainName(s string) string {
	if plain, ok := c.plain[s]; ok {
		return plain
	}
	return plainName(s)
}

// eventKind is one source and detail-type. Paths begin with "detail.".
type eventKind struct {
	source, detailType string
	fields             map[string]*fieldKind
	closed             map[string]bool
	noResources        bool
}

// valueKind is what a field holds.
type valueKind byte

const (
	holdsText   valueKind = 's'
	holdsNumber valueKind = 'n'
	holdsBool   valueKind = 'b'
	holdsObject valueKind = 'o'
	holdsAny    valueKind = 'x'
)

func (k valueKind) String() string {
	return map[valueKind]string{holdsText: "a text", holdsNumber: "a number", holdsBool: "true or false", holdsObject: "an object", holdsAny: "anything"}[k]
}

type fieldKind struct {
	kind     valueKind
	empty    bool     // the text may be empty
	values   []string // texts that it holds, none if they are not known
	complete bool     // and no others
	least    float64  // of numbers
	most     float64  // not known if it is not more than least
}

// readCatalogue reads the catalogue's text, which a test checks.
func readCatalogue(text string) *eventCatalogue {
	c := &eventCatalogue{bySource: map[string][]*eventKind{}, byType: map[string][]*eventKind{}, isSource: map[string]bool{}, configRules: map[string]bool{}, plain: map[string]string{}}
	shapes := map[string][]string{}
	var blocks [][]string
	shape := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		head, rest, _ := strings.Cut(line, " ")
		switch head {
		case "", "#":
		case "sources:":
			for _, s := range strings.Fields(rest) {
				c.sources = append(c.sources, "aws."+s)
			}
		case "regions:":
			c.regions = strings.Fields(rest)
		case "rules:":
			for _, s := range strings.Fields(rest) {
				c.configRules[s] = true
			}
		case "shape":
			shape = rest
		case "event":
			shape = ""
			blocks = append(blocks, []string{rest})
		default:
			if shape != "" {
				shapes[shape] = append(shapes[shape], line)
			} else {
				blocks[len(blocks)-1] = append(blocks[len(blocks)-1], line)
			}
		}
	}
	for _, b := range blocks {
		c.add(b, shapes)
	}
	slices.Sort(c.types)
	c.types = slices.Compact(c.types)
	slices.Sort(c.sources)
	c.sources = slices.Compact(c.sources)
	for _, s := range c.types {
		c.plain[s] = plainName(s)
	}
	for _, s := range c.sources {
		c.plain[s] = plainName(s)
		c.isSource[s] = true
	}
	return c
}

func (c *eventCatalogue) add(block []string, shapes map[string][]string) {
	source, detailType, _ := strings.Cut(block[0], ": ")
	k := &eventKind{source: source, detailType: detailType, fields: map[string]*fieldKind{}, closed: map[string]bool{}}
	for _, line := range block[1:] {
		if name, ok := strings.CutPrefix(line, "use "); ok {
			for _, line := range shapes[name] {
				k.line(line)
			}
			continue
		}
		k.line(line)
	}
	c.kinds = append(c.kinds, k)
	c.bySource[source] = append(c.bySource[source], k)
	c.byType[detailType] = append(c.byType[detailType], k)
	c.types = append(c.types, detailType)
	if source != anyService {
		c.sources = append(c.sources, source)
	}
}

const anyService = "aws.*"

// line reads one line of an event's description.
func (k *eventKind) line(line string) {
	head, rest, _ := strings.Cut(line, " ")
	switch head {
	case "noresources":
		k.noResources = true
	case "closed:":
		for _, p := range strings.Fields(rest) {
			if p == "." {
				k.closed["detail"] = true
			} else {
				k.closed["detail."+p] = true
			}
		}
	case "=", "~":
		path, values, _ := strings.Cut(rest, " ")
		k.set(path, &fieldKind{kind: holdsText, values: strings.Split(values, "|"), complete: head == "="})
	case "within":
		bounds, rest, _ := strings.Cut(rest, ": ")
		from, to, _ := strings.Cut(bounds, "..")
		least, _ := numberOf(from)
		most, _ := numberOf(to)
		for _, path := range strings.Fields(rest) {
			k.set(path, &fieldKind{kind: holdsNumber, least: least, most: most})
		}
	default:
		for _, path := range strings.Fields(rest) {
			k.set(path, &fieldKind{kind: valueKind(head[0]), empty: head == "s?:"})
		}
	}
}

// set describes a field, and the objects around it as such.
func (k *eventKind) set(path string, f *fieldKind) {
	path = "detail." + path
	k.fields[path] = f
	for i := strings.LastIndexByte(path, '.'); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		if k.fields[path[:i]] == nil {
			k.fields[path[:i]] = &fieldKind{kind: holdsObject}
		}
	}
}

// knowledge is what the catalogue says of a path of a kind of event.
type knowledge uint8

const (
	mayExist knowledge = iota
	isKnown
	isAbsent
)

func (k *eventKind) field(path string) (*fieldKind, knowledge) {
	if f := k.fields[path]; f != nil {
		return f, isKnown
	}
	for i := strings.LastIndexByte(path, '.'); i > 0; i = strings.LastIndexByte(path[:i], '.') {
		above := path[:i]
		f := k.fields[above]
		if k.closed[above] || f != nil && (f.kind == holdsText || f.kind == holdsNumber || f.kind == holdsBool) {
			return nil, isAbsent
		}
		if f != nil {
			break
		}
	}
	return nil, mayExist
}

// envelope holds the fields that every event has beside detail.
var envelope = map[string]*fieldKind{
	"version": {kind: holdsText}, "id": {kind: holdsText}, "detail-type": {kind: holdsText}, "source": {kind: holdsText},
	"account": {kind: holdsText}, "time": {kind: holdsText}, "region": {kind: holdsText}, "resources": {kind: holdsText},
	"replay-name": {kind: holdsText}, "detail": {kind: holdsObject},
}
