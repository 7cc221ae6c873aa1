package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// writeDecode writes the decode methods and functions of all that requests hold.
func (g *generator) writeDecode() {
	structs := map[string]*shape{}
	for _, o := range g.ops {
		structs[o.In.Name] = o.In
	}
	var lists []string
	for name := range g.in {
		switch s := g.Shapes[name]; s.Type {
		case "structure":
			structs[typeName(name)] = s
		case "list", "map":
			lists = append(lists, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(structs)) {
		g.decodeStruct(name, structs[name])
	}
	for _, name := range slices.Sorted(slices.Values(lists)) {
		if g.Shapes[name].Type == "list" {
			g.decodeList(name)
		} else {
			g.decodeMap(name)
		}
	}
}

func (g *generator) decodeStruct(name string, s *shape) {
	g.p("func (x *%s) decode(d *aws.Decoder) {", name)
	if len(s.Required) > 0 {
		g.p("var seen uint64")
	}
	g.p("for d.Object(); d.Next(); {")
	if len(s.Members) == 0 {
		g.p("d.Skip()\n}\n}\n")
		return
	}
	g.p("switch string(d.Key()) {")
	for _, m := range s.Members {
		g.p("case %q:", m.wire())
		if bit := slices.Index(s.Required, m.Name); bit >= 0 {
			g.p("seen |= 1 << %d", bit)
		}
		g.decodeMember(s, m)
	}
	g.p("default:\nd.Skip()\n}\n}")
	for bit, required := range s.Required {
		i := slices.IndexFunc(s.Members, func(m member) bool { return m.Name == required })
		g.p("if seen&(1<<%d) == 0 {\nd.Missing(%q)\n}", bit, s.Members[i].wire())
	}
	if s.Union {
		var set, names []string
		for _, m := range s.Members {
			set = append(set, "x."+exported(m.Name)+" != nil")
			names = append(names, m.wire())
		}
		g.p("d.Union(aws.Count(%s), %q)", strings.Join(set, ", "), strings.Join(names, ", "))
	}
	g.p("}\n")
}

func (g *generator) decodeMember(s *shape, m member) {
	field := "x." + exported(m.Name)
	target := g.Shapes[m.Shape]
	if target.Type == "structure" {
		if g.pointer(s, m) {
			g.p("%s = new(%s)", field, typeName(m.Shape))
		} else {
			g.p("%s = %s{}", field, typeName(m.Shape))
		}
		g.p("%s.decode(d)", field)
		return
	}
	value := g.decodeValue(m.Shape, g.limit(s, &m), g.timeFormat(m))
	if g.pointer(s, m) {
		value = "new(" + value + ")"
	}
	g.p("%s = %s", field, value)
}

// decodeValue is the expression that reads a value that is no structure.
func (g *generator) decodeValue(name, limit, timeFormat string) string {
	s := g.Shapes[name]
	switch s.Type {
	case "string":
		if len(s.Enum) > 0 {
			return fmt.Sprintf("%s(d.String(%s))", typeName(name), limit)
		}
		return "d.String(" + limit + ")"
	case "integer":
		return "d.Int(" + limit + ")"
	case "long":
		return "d.Int64(" + limit + ")"
	case "float", "double":
		return "d.Float(" + limit + ")"
	case "boolean":
		return "d.Bool()"
	case "timestamp":
		if layout := timeLayouts[timeFormat]; layout != "" {
			return "d.TimeText(" + layout + ")"
		}
		return "d.Time()"
	case "blob":
		return "d.Blob(" + limit + ")"
	}
	return "decode" + typeName(name) + "(d)"
}

func (g *generator) decodeList(name string) {
	s := g.Shapes[name]
	g.p("func decode%s(d *aws.Decoder) %s {\nlist := %s{}\nfor d.List(); d.Next(); {", typeName(name), g.goType(name), g.goType(name))
	if e := g.Shapes[s.Member.Shape]; e.Type == "structure" {
		g.p("list = append(list, %s{})\nlist[len(list)-1].decode(d)", typeName(e.Name))
	} else {
		g.p("list = append(list, %s)", g.decodeValue(s.Member.Shape, g.limit(s, nil), ""))
	}
	g.p("}")
	g.size(s, "list")
	g.p("return list\n}\n")
}

func (g *generator) decodeMap(name string) {
	s := g.Shapes[name]
	key := "d.MapKey(" + g.limitOf(s.Key.Shape, "") + ")"
	if k := g.goType(s.Key.Shape); k != "string" {
		key = k + "(" + key + ")"
	}
	g.p("func decode%s(d *aws.Decoder) %s {\nm := %s{}\nfor d.Map(); d.Next(); {\nkey := %s", typeName(name), g.goType(name), g.goType(name), key)
	if v := g.Shapes[s.Value.Shape]; v.Type == "structure" {
		g.p("var value %s\nvalue.decode(d)\nm[key] = value", typeName(v.Name))
	} else {
		g.p("m[key] = %s", g.decodeValue(s.Value.Shape, g.limitOf(s.Value.Shape, ""), ""))
	}
	g.p("}")
	g.size(s, "m")
	g.p("return m\n}\n")
}

// size writes the check of a list's or map's length.
func (g *generator) size(s *shape, variable string) {
	if l := g.limitOf(s.Name, ""); l != "nil" {
		g.p("d.Size(len(%s), %s)", variable, l)
	}
}
