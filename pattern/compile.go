package pattern

import (
	"fmt"
	"sort"
	"unicode/utf8"
)

// Limits are what a pattern may at most be. Zero means no limit.
type Limits struct {
	// Size is the length of the text in characters.
	Size int
	// Complexity bounds wildcards: the number of places in all the wildcards of
	// one field that some text can be at, at once.
	Complexity int
	// Combinations is how many disjuncts $or may multiply out to. Beyond 10,000
	// a pattern is refused whatever the limit.
	Combinations int
}

// Service are EventBridge's limits. The limit on complexity is not published;
// 10 agrees with all patterns known to have been taken or refused.
var Service = Limits{Size: 4096, Complexity: 10, Combinations: 1000}

const (
	hardCombinations = 10_000
	maxFields        = 256 // of one disjunct, as in event-ruler
)

// Compile reads a pattern. If it is not valid or beyond lim, the error is an
// [*Error].
func Compile(src []byte, lim Limits) (*Pattern, error) {
	text := string(src)
	if !utf8.ValidString(text) {
		return nil, errorAt(introPattern, "", 0, false, "Invalid UTF-8")
	}
	if n := utf8.RuneCountInString(text); lim.Size > 0 && n > lim.Size {
		return nil, errorAt(introPattern, text, len(text), false,
			fmt.Sprintf("Event pattern is too long: %d characters, at most %d are allowed", n, lim.Size))
	}
	ways, err := read(text, lim)
	if err != nil {
		return nil, err
	}
	p := &Pattern{src: text, disjuncts: make([]disjunct, len(ways))}
	for i, w := range ways {
		p.disjuncts[i] = w.disjunct()
	}
	if lim.Complexity > 0 && complexity(p.disjuncts, lim.Complexity) > lim.Complexity {
		return nil, errorAt(introPattern, text, len(text), false,
			"Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character")
	}
	return p, nil
}

// read parses the text into the ways to match it. Parsing gives up by panicking
// with a fault, which does not leave this function.
func read(text string, lim Limits) (ways []way, err error) {
	c := &compiler{lexer: lexer{src: text}, most: hardCombinations}
	if lim.Combinations > 0 {
		c.most = min(c.most, lim.Combinations)
	}
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(fault)
			if !ok {
				panic(r)
			}
			ways, err = nil, f.err
		}
	}()
	if c.next() != tObject {
		c.fail("Filter is not an object")
	}
	c.object(false)
	if c.peek() != 0 || c.pos < len(text) {
		c.unexpected(c.pos, "expected the end of the pattern")
	}
	return c.ways, nil
}

// A way is a disjunct in the making: the list last written for each path.
type way map[string]*field

func (w way) disjunct() disjunct {
	d := make(disjunct, 0, len(w))
	for _, f := range w {
		d = append(d, *f)
	}
	sort.Slice(d, func(i, j int) bool { return lessUTF16(d[i].path, d[j].path) })
	return d
}

// compiler follows event-ruler's compiler: $or forks the ways read so far, and a
// field is written into all ways there are, over what was there for its path.
type compiler struct {
	lexer
	ways []way
	most int
	path []byte // of the object being read, each key with a dot after it
}

// reserved are names that may not be field names inside $or, so that a mistaken
// operator is not taken for a field.
var reserved = map[string]bool{
	"exactly": true, "equals-ignore-case": true, "prefix": true, "suffix": true,
	"anything-but": true, "exists": true, "wildcard": true, "numeric": true, "cidr": true,
	"=": true, "<": true, "<=": true, ">": true, ">=": true,
	"regex": true, "not-wildcard": true, "not-equals-ignore-case": true,
	"date-after": true, "date-on-or-after": true, "date-before": true, "date-on-or-before": true,
	"in-date-range": true, "ip-address-in-range": true, "ip-address-not-in-range": true,
}

// object reads the members of an object.
func (c *compiler) object(insideOr bool) {
	empty, outer := true, len(c.path)
	for c.next() != tObjectEnd {
		empty = false
		name := c.name
		if name == "$or" {
			c.or()
			continue
		}
		if insideOr && reserved[name] {
			c.fail(name + " is Ruler reserved fieldName which cannot be used inside $or.")
		}
		switch c.next() {
		case tObject:
			c.path = append(append(c.path, name...), '.')
			c.object(insideOr)
			c.path = c.path[:outer]
		case tArray:
			if outer == 0 {
				c.list(name)
			} else {
				c.list(string(append(c.path, name...)))
			}
		default:
			c.failf(`"%s" must be an object or an array`, name)
		}
	}
	if empty {
		c.fail("Empty objects are not allowed")
	}
}

// or reads the alternatives of a $or.
func (c *compiler) or() {
	before := c.ways
	var after []way
	if c.next() != tArray {
		c.fail("It must be an Array followed with $or.")
	}
	n := 0
	for c.next() != tArrayEnd {
		n++
		if c.cur != tObject {
			c.fail("Only JSON object is allowed in array of $or relationship.")
		}
		c.ways = fork(before)
		c.object(true)
		after = append(after, c.ways...)
		if len(after) > c.most {
			c.failf("Too many $or combinations, at most %d are allowed", c.most)
		}
	}
	if n < 2 {
		c.fail("There must have at least 2 Objects in $or relationship.")
	}
	c.ways = after
}

func fork(ways []way) []way {
	if len(ways) == 0 {
		return []way{{}}
	}
	forked := make([]way, len(ways))
	for i, w := range ways {
		forked[i] = make(way, len(w)+1)
		for path, f := range w {
			forked[i][path] = f
		}
	}
	return forked
}

// list reads a field's list of values and match expressions.
func (c *compiler) list(path string) {
	f := &field{path: path}
	f.src.from = int32(c.pos - 1)
	for c.next() != tArrayEnd {
		switch c.cur {
		case tObject:
			f.any = append(f.any, c.expression())
		case tString:
			text := c.text()
			if addr, ok := parseAddress(text); ok {
				f.any = append(f.any, matcher{kind: address, text: text, more: &operand{addr: addr}})
			} else {
				f.any = append(f.any, matcher{kind: exact, text: text})
			}
		case tNumber:
			if n, ok := numberOf(c.raw()); ok {
				f.any = append(f.any, matcher{kind: equals, more: &operand{lo: n}})
			} else {
				f.any = append(f.any, matcher{kind: spelled, text: c.raw()})
			}
		case tTrue, tFalse, tNull:
			f.any = append(f.any, matcher{kind: spelled, text: c.raw()})
		default:
			c.fail("Match value must be String, number, true, false, or null")
		}
	}
	if len(f.any) == 0 {
		c.fail("Empty arrays are not allowed")
	}
	f.src.to = int32(c.pos)
	if len(f.any) >= many {
		f.many = newList(f.any)
	}
	if len(c.ways) == 0 {
		c.ways = []way{{}}
	}
	for _, w := range c.ways {
		w[path] = f
		if len(w) > maxFields {
			c.failBare(fmt.Sprintf("Size of rule exceeds max value of %d", maxFields))
		}
	}
}
