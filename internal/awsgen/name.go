package main

import (
	"strings"
	"unicode"
)

// exported makes a Go name of a model's name.
func exported(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// typeName makes a Go type's name of a shape's name.
func typeName(shape string) string {
	name := exported(shape)
	switch name {
	case "Handler", "Service", "Unimplemented": // what every package has
		return name + "Shape"
	}
	return name
}

// camel makes a Go name of an enum's value: its words, each with a capital.
func camel(value string) string {
	var b strings.Builder
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		if strings.ToUpper(w) == w {
			w = strings.ToLower(w)
		}
		b.WriteString(exported(w))
	}
	return b.String()
}

// constants names an enum's values; two that would share a name, or have none, are told
// apart by their position.
func constants(typeName string, values []string) []string {
	names := make([]string, len(values))
	taken := map[string]bool{}
	for i, v := range values {
		name := typeName + camel(v)
		if name == typeName || taken[name] {
			name += "Value" + strings.Repeat("I", i+1)
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

// readOnly tells by its name that an operation changes nothing.
func readOnly(op string) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "BatchGet", "TestEventPattern"} {
		if strings.HasPrefix(op, prefix) {
			return true
		}
	}
	return false
}
