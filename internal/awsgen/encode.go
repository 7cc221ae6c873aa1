package main

import (
	"fmt"
	"maps"
	"slices"
)

// writeEncode writes the encode methods and functions of all that answers hold.
func (g *generator) writeEncode() {
	structs := map[string]*shape{}
	for _, o := range g.ops {
		structs[o.Out.Name] = o.Out
	}
	var lists []string
	for name := range g.out {
		switch s := g.Shapes[name]; s.Type {
		case "structure":
			structs[typeName(name)] = s
		case "list", "map":
			lists = append(lists, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(structs)) {
		g.p("func (x *%s) encode(e *aws.Encoder) {\ne.Object()", name)
		g.encodeMembers(structs[name], "x", "e")
		g.p("e.EndObject()\n}\n")
	}
	for _, name := range slices.Sorted(slices.Values(lists)) {
		g.encodeContainer(name)
	}
}

// encodeMembers writes the members of a structure; what is absent is left out, but a
// required list or map that is nil is written empty.
func (g *generator) encodeMembers(s *shape, x, e string) {
	for _, m := range s.Members {
		field := x + "." + exported(m.Name)
		key := fmt.Sprintf("%s.Key(%q)", e, m.wire())
		switch {
		case g.pointer(s, m):
			value := field
			if g.Shapes[m.Shape].Type != "structure" {
				value = "*" + field
			}
			g.p("if %s != nil {\n%s\n%s\n}", field, key, g.encodeValue(m.Shape, value, e, g.timeFormat(m)))
		case !s.requires(m.Name):
			g.p("if %s != nil {\n%s\n%s\n}", field, key, g.encodeValue(m.Shape, field, e, ""))
		default:
			g.p("%s\n%s", key, g.encodeValue(m.Shape, field, e, g.timeFormat(m)))
		}
	}
}

// encodeValue is the statement that writes a value.
func (g *generator) encodeValue(name, value, e, timeFormat string) string {
	s := g.Shapes[name]
	switch s.Type {
	case "string":
		if len(s.Enum) > 0 {
			return fmt.Sprintf("%s.String(string(%s))", e, value)
		}
		return fmt.Sprintf("%s.String(%s)", e, value)
	case "integer":
		return fmt.Sprintf("%s.Int(int64(%s))", e, value)
	case "long":
		return fmt.Sprintf("%s.Int(%s)", e, value)
	case "float", "double":
		return fmt.Sprintf("%s.Float(%s)", e, value)
	case "boolean":
		return fmt.Sprintf("%s.Bool(%s)", e, value)
	case "timestamp":
		if timeFormat == "" && g.Metadata.Protocol == "query" {
			timeFormat = "iso8601"
		}
		if layout := timeLayouts[timeFormat]; layout != "" {
			return fmt.Sprintf("%s.TimeText(%s, %s)", e, value, layout)
		}
		return fmt.Sprintf("%s.Time(%s)", e, value)
	case "blob":
		return fmt.Sprintf("%s.Blob(%s)", e, value)
	case raw:
		return fmt.Sprintf("%s.Raw(string(%s))", e, value)
	case "structure":
		return fmt.Sprintf("%s.encode(%s)", value, e)
	}
	return fmt.Sprintf("encode%s(%s, %s)", typeName(name), e, value)
}

func (g *generator) encodeContainer(name string) {
	s := g.Shapes[name]
	g.p("func encode%s(e *aws.Encoder, v %s) {", typeName(name), g.goType(name))
	if s.Type == "list" {
		element := "element"
		if g.Shapes[s.Member.Shape].Type == "structure" {
			g.p("e.List()\nfor i := range v {\nv[i].encode(e)\n}\ne.EndList()\n}\n")
			return
		}
		g.p("e.List()\nfor _, element := range v {\n%s\n}\ne.EndList()\n}\n", g.encodeValue(s.Member.Shape, element, "e", ""))
		return
	}
	key := "key"
	if g.goType(s.Key.Shape) != "string" {
		key = "string(key)"
	}
	g.p("e.Object()\nfor _, key := range slices.Sorted(maps.Keys(v)) {\nvalue := v[key]\ne.Key(%s)\n%s\n}\ne.EndObject()\n}\n", key, g.encodeValue(s.Value.Shape, "value", "e", ""))
}
