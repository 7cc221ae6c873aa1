package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// limit is the expression for the limit of a member, or of a list's elements where m is
// nil.
func (g *generator) limit(s *shape, m *member) string {
	if m == nil {
		return g.limitOf(s.Member.Shape, "")
	}
	return g.limitOf(m.Shape, s.Name+"."+m.Name)
}

// limitOf is the expression for a shape's limit: a variable, or nil where there is none.
// The member is looked up among the lenient ones as well.
func (g *generator) limitOf(name, member string) string {
	s := *g.Shapes[name]
	variable := "limit" + exported(name)
	if change, ok := g.Lenient[name]; ok {
		if change.AnyLength {
			s.Min = nil
		}
		if change.Max != "" {
			s.Max = new(json.Number(change.Max))
		}
	}
	if change, ok := g.Lenient[member]; ok && change.AnyLength && member != "" {
		s.Min = nil
		variable = "limit" + exported(strings.ReplaceAll(member, ".", ""))
	}
	text := g.limitText(&s)
	if text == "" {
		return "nil"
	}
	g.limits[variable] = text
	return "&" + variable
}

// limitText is a limit's value, or "" for one that limits nothing.
func (g *generator) limitText(s *shape) string {
	var fields []string
	add := func(format string, args ...any) { fields = append(fields, fmt.Sprintf(format, args...)) }
	kind := "aws.SizeLimit"
	switch s.Type {
	case "string":
		kind = "aws.StringLimit"
		g.stringLimit(s, add)
	case "integer", "long", "float", "double":
		kind = "aws.NumberLimit"
		for _, bound := range []struct {
			name string
			n    *json.Number
		}{{"Min", s.Min}, {"Max", s.Max}} {
			if bound.n != nil {
				add("%s: new(float64(%s))", bound.name, bound.n)
			}
		}
	case "list", "map", "blob":
		lengths(s, add)
		if len(fields) > 0 && (s.Sensitive || s.Member != nil && g.Shapes[s.Member.Shape].Sensitive) {
			add("Sensitive: true")
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return kind + "{" + strings.Join(fields, ", ") + "}"
}

func lengths(s *shape, add func(string, ...any)) {
	if s.Min != nil && s.Min.String() != "0" {
		add("Min: %s", s.Min)
	}
	if s.Max != nil {
		add("Max: %s", s.Max)
	}
}

func (g *generator) stringLimit(s *shape, add func(string, ...any)) {
	limited := false
	note := func(format string, args ...any) { limited = true; add(format, args...) }
	lengths(s, note)
	// A pattern that allows everything is not worth its time.
	if s.Pattern != "" && s.Pattern != `^[.\s\S]*$` {
		p, ok := patterns[s.Pattern]
		if !ok {
			p.Match = s.Pattern
		}
		note("Text: %s, Pattern: aws.Pattern(%s)", quote(s.Pattern), quote(p.Match))
		if p.Refuse != "" {
			note("Refuse: aws.Pattern(%s)", quote(p.Refuse))
		}
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, strconv.Quote(v))
		}
		note("Enum: []string{%s}", strings.Join(values, ", "))
	}
	if limited && s.Sensitive {
		add("Sensitive: true")
	}
}

func quote(s string) string {
	if strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}

func (g *generator) writeLimits() {
	if len(g.limits) == 0 {
		return
	}
	g.p("// What the model demands, by shape.\nvar (")
	for _, name := range slices.Sorted(maps.Keys(g.limits)) {
		g.p("%s = %s", name, g.limits[name])
	}
	g.p(")")
}
