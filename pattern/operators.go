package pattern

import (
	"math"
	"slices"
)

// Names of the operators.
const (
	opExactly  = "exactly"
	opPrefix   = "prefix"
	opSuffix   = "suffix"
	opFold     = "equals-ignore-case"
	opWildcard = "wildcard"
	opNumeric  = "numeric"
	opExists   = "exists"
	opCIDR     = "cidr"
	opAnything = "anything-but"
)

const (
	oneKey  = "Only one key allowed in match expression"
	tooMany = "Too many elements in numeric expression" // EventBridge says so of anything-but too
)

// expression reads a match expression, its opening brace already read.
func (c *compiler) expression() matcher {
	if c.next() != tName {
		c.fail("Match expression name not found")
	}
	switch op := c.name; op {
	case opExactly:
		return c.textual(exact, "exact match pattern must be a string")
	case opPrefix:
		return c.edge(prefix, foldStart, "Prefix", opPrefix)
	case opSuffix:
		return c.edge(suffix, foldEnd, "Suffix", opSuffix)
	case opFold:
		return c.textual(foldExact, "equals-ignore-case match pattern must be a string")
	case opWildcard:
		c.want(tString, "wildcard match pattern must be a string")
		m := matcher{kind: wild, text: c.text()}
		m.more = &operand{parts: c.wildcard(m.text)}
		c.closing(oneKey)
		return m
	case opCIDR:
		c.want(tString, "prefix match pattern must be a string")
		m := matcher{kind: network, text: c.text()}
		net, why := parseCIDR(m.text)
		if why != "" {
			c.failBare(why)
		}
		m.more = &operand{net: net}
		c.closing(oneKey)
		return m
	case opExists:
		m := matcher{kind: exists}
		switch c.next() {
		case tTrue:
		case tFalse:
			m.kind = absent
		default:
			c.fail("exists match pattern must be either true or false.")
		}
		c.closing(oneKey)
		return m
	case opNumeric:
		c.want(tArray, "Value of numeric must be an array.")
		m := c.numeric()
		c.closing(tooMany)
		return m
	case opAnything:
		return c.anythingBut()
	default:
		c.fail("Unrecognized match type " + op)
		return matcher{}
	}
}

// want reads the next token, which has to be t.
func (c *compiler) want(t token, otherwise string) {
	if c.next() != t {
		c.fail(otherwise)
	}
}

// closing reads the end of an expression.
func (c *compiler) closing(otherwise string) { c.want(tObjectEnd, otherwise) }

func (c *compiler) textual(k kind, otherwise string) matcher {
	c.want(tString, otherwise)
	m := matcher{kind: k, text: c.text()}
	c.closing(oneKey)
	return m
}

// edge reads the operand of prefix and suffix.
func (c *compiler) edge(plain, fold kind, title, op string) matcher {
	if c.next() != tObject {
		if c.cur != tString {
			c.fail(op + " match pattern must be a string")
		}
		m := matcher{kind: plain, text: c.text()}
		c.closing(oneKey)
		return m
	}
	if c.next() != tName {
		c.fail(title + " expression name not found")
	}
	if c.name != opFold {
		c.fail("Unsupported " + op + " pattern: " + c.name)
	}
	m := c.textual(fold, "equals-ignore-case match pattern must be a string")
	c.closing(oneKey)
	return m
}

func (c *compiler) wildcard(text string) wildcard {
	w, why := parseWildcard(text)
	if why != "" {
		c.fail(why)
	}
	return w
}

// numeric reads a numeric expression after its opening bracket.
func (c *compiler) numeric() matcher {
	if c.next() != tString {
		c.fail("Invalid member in numeric match: " + c.raw())
	}
	op := c.text()
	m := matcher{kind: between, more: &operand{lo: math.Inf(-1), hi: math.Inf(1)}}
	c.next()
	switch op {
	case "=":
		literal := c.operand("equals")
		c.wantEnd(tooMany)
		m.more.lo = c.number(literal)
		m.kind = equals
	case "<", "<=":
		literal := c.operand(op)
		c.wantEnd(tooMany)
		m.more.hi, m.more.openHi = c.number(literal), op == "<"
	case ">", ">=":
		literal := c.operand(op)
		m.more.openLo = op == ">"
		if c.next() != tArrayEnd {
			return c.upper(m, literal)
		}
		m.more.lo = c.number(literal)
	default:
		c.fail("Unrecognized numeric range operator: " + op)
	}
	return m
}

// upper reads the second half of a range whose lower bound is the literal low.
func (c *compiler) upper(m matcher, low string) matcher {
	if c.cur != tString {
		c.fail("Bad value in numeric range: " + c.raw())
	}
	op := c.text()
	if op != "<" && op != "<=" {
		c.fail("Bad numeric range operator: " + op)
	}
	c.next()
	high := c.operand(op)
	c.wantEnd("Too many terms in numeric range expression")
	m.more.openHi = op == "<"
	m.more.lo, m.more.hi = c.number(low), c.number(high)
	if m.more.lo >= m.more.hi {
		c.fail("Bottom must be less than top")
	}
	return m
}

func (c *compiler) wantEnd(otherwise string) { c.want(tArrayEnd, otherwise) }

// operand gives the text of the current token, which has to be a number.
func (c *compiler) operand(op string) string {
	if c.cur != tNumber {
		c.fail("Value of " + op + " must be numeric")
	}
	return c.raw()
}

func (c *compiler) number(literal string) float64 {
	n, ok := numberOf(literal)
	if !ok {
		c.fail(incomparable + literal)
	}
	return n
}

const incomparable = "Cannot compare number : "

// anythingBut reads the operand of anything-but.
func (c *compiler) anythingBut() matcher {
	m := matcher{kind: notTexts, more: &operand{}}
	if c.next() == tObject {
		if c.next() != tName {
			c.fail("Anything-But expression name not found")
		}
		switch c.name {
		case opFold:
			m.kind = notFold
		case opPrefix:
			m.kind = notPrefix
		case opSuffix:
			m.kind = notSuffix
		case opWildcard:
			m.kind = notWild
		default:
			c.fail("Unsupported anything-but pattern: " + c.name)
		}
		c.next()
	}
	nested := m.kind != notTexts
	switch c.cur {
	case tArray:
		if nested {
			c.bannedSet(&m)
		} else {
			c.bannedList(&m)
		}
	case tString, tNumber:
		if nested {
			c.bannedText(&m, false)
			c.bannedWilds(&m)
		} else if c.cur == tString {
			m.more.texts = []string{c.text()}
		} else {
			m.kind = notNumbers
			n, ok := numberOf(c.raw())
			if !ok {
				c.failBare(incomparable + c.raw())
			}
			m.more.numbers = []float64{n}
		}
	default:
		c.fail("Value of anything-but must be an array or single string/number value.")
	}
	c.closing(tooMany)
	if nested {
		c.closing(tooMany)
	}
	return m
}

// failTwice gives up as event-ruler does inside the lists of anything-but, where
// it catches its own error and prints the place once more.
func (c *compiler) failTwice(msg string) {
	e := errorAt(introPattern, c.src, c.pos, true, msg)
	e.at = 2
	panic(fault{e})
}

// bannedList reads the strings or numbers of a plain anything-but.
func (c *compiler) bannedList(m *matcher) {
	for c.next() != tArrayEnd {
		switch c.cur {
		case tString:
			m.more.texts = append(m.more.texts, c.text())
		case tNumber:
			n, ok := numberOf(c.raw())
			if !ok {
				c.fail(incomparable + c.raw())
			}
			m.more.numbers = append(m.more.numbers, n)
		default:
			c.failTwice("Inside anything but list, start|null|boolean is not supported.")
		}
	}
	if (len(m.more.texts) == 0) == (len(m.more.numbers) == 0) {
		c.fail("Inside anything but list, either all values are number or string, mixed type is not supported")
	}
	if len(m.more.numbers) > 0 {
		m.kind = notNumbers
	}
	slices.Sort(m.more.texts)
	slices.Sort(m.more.numbers)
}

// bannedSet reads the list of a nested anything-but.
func (c *compiler) bannedSet(m *matcher) {
	for c.next() != tArrayEnd {
		c.bannedText(m, true)
	}
	if len(m.more.texts) == 0 {
		c.fail("Empty arrays are not allowed")
	}
	c.bannedWilds(m)
}

func (c *compiler) bannedText(m *matcher, inList bool) {
	fail := c.fail
	if inList {
		fail = c.failTwice
	}
	if c.cur != tString {
		switch m.kind {
		case notFold:
			fail("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
		case notWild:
			fail("wildcard match pattern must be a string")
		default:
			fail("prefix/suffix match pattern must be a string")
		}
	}
	text := c.text()
	if text == "" && (m.kind == notPrefix || m.kind == notSuffix) {
		fail("Null prefix/suffix not allowed")
	}
	m.more.texts = append(m.more.texts, text)
}

// bannedWilds turns the texts of a banned wildcard into wildcards.
func (c *compiler) bannedWilds(m *matcher) {
	if m.kind != notWild {
		return
	}
	for _, text := range m.more.texts {
		m.more.wilds = append(m.more.wilds, c.wildcard(text))
	}
	m.more.texts = nil
}
