package main

import (
	"maps"
	"slices"
	"strings"
)

// goType is the Go type of a shape.
func (g *generator) goType(name string) string {
	s := g.Shapes[name]
	switch s.Type {
	case "string":
		if len(s.Enum) > 0 {
			return typeName(name)
		}
		return "string"
	case "integer":
		return "int"
	case "long":
		return "int64"
	case "float", "double":
		return "float64"
	case "boolean":
		return "bool"
	case "timestamp":
		return "time.Time"
	case "blob":
		return "[]byte"
	case raw:
		return "aws.RawJSON"
	case "list":
		return "[]" + g.goType(s.Member.Shape)
	case "map":
		return "map[" + g.goType(s.Key.Shape) + "]" + g.goType(s.Value.Shape)
	}
	return typeName(name)
}

// pointer reports whether a member is held by a pointer: optional scalars and structures,
// whose absence their values cannot say.
func (g *generator) pointer(s *shape, m member) bool {
	switch g.Shapes[m.Shape].Type {
	case "list", "map", "blob":
		return false
	}
	return !s.requires(m.Name)
}

// writeShapes writes enums and structures.
func (g *generator) writeShapes() {
	enums := map[string]bool{}
	for _, side := range []map[string]bool{g.in, g.out} {
		for name := range side {
			if len(g.Shapes[name].Enum) > 0 {
				enums[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(enums)) {
		g.writeEnum(name)
	}
	for _, name := range slices.Sorted(maps.Keys(g.structs)) {
		g.writeStruct(name, g.structs[name])
	}
}

func (g *generator) writeEnum(name string) {
	values := g.Shapes[name].Enum
	goName := typeName(name)
	g.p("// %s is one of the constants below.\ntype %s string\n\n// The values of %s.\nconst (", goName, goName, goName)
	for i, c := range constants(goName, values) {
		g.p("%s %s = %q", c, goName, values[i])
	}
	g.p(")\n")
}

func (g *generator) writeStruct(name string, s *shape) {
	switch {
	case s.Documentation != "":
		g.p("// %s %s", name, s.Documentation)
	case s.Union:
		g.p("// %s is a union: exactly one member is set.", name)
	default:
		g.p("// %s is a structure of the model.", name)
	}
	g.p("type %s struct {", name)
	for _, m := range s.Members {
		star, note := "", ""
		if g.pointer(s, m) {
			star = "*"
		}
		if s.requires(m.Name) {
			note = " // required"
		}
		if m.Documentation != "" {
			g.p("// %s", strings.ReplaceAll(m.Documentation, "\n", "\n// "))
		}
		g.p("%s %s%s%s", exported(m.Name), star, g.goType(m.Shape), note)
	}
	g.p("}\n")
}
