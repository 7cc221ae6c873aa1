package main

import (
	"slices"
	"strings"
)

// writeErrors writes the exceptions, and the two functions that make the runtime's own
// errors the service's.
func (g *generator) writeErrors() {
	for _, s := range g.errs {
		g.writeError(s)
	}
	g.writeInvalid()
	g.writeInternal()
}

// message is the wire name of an exception's message.
func message(s *shape) string {
	for _, m := range s.Members {
		if strings.EqualFold(m.Name, "message") {
			return m.wire()
		}
	}
	return "message"
}

// status is the HTTP status of an exception. REST models say it; the others have 400 for
// the caller's faults and 500 for ours.
func status(s *shape) int {
	switch {
	case s.Error != nil && s.Error.HTTPStatusCode != 0:
		return s.Error.HTTPStatusCode
	case s.Fault || strings.HasPrefix(s.Name, "Internal"):
		return 500
	}
	return 400
}

func (g *generator) writeError(s *shape) {
	name := typeName(s.Name)
	g.p("// %s is an exception of the service, sent with status %d.\ntype %s struct {\nMessage string", name, status(s), name)
	rest := *s
	rest.Members = slices.DeleteFunc(slices.Clone(s.Members), func(m member) bool { return strings.EqualFold(m.Name, "message") })
	for _, m := range rest.Members {
		star, note := "", ""
		if g.pointer(s, m) {
			star = "*"
		}
		if s.requires(m.Name) {
			note = " // required"
		}
		g.p("%s %s%s%s", exported(m.Name), star, g.goType(m.Shape), note)
	}
	g.p("}\n")
	g.p("func (e *%s) Error() string { return %q + e.Message }\n", name, s.Name+": ")
	g.p("// Code returns the exception's name.\nfunc (*%s) Code() string { return %q }\n", name, s.Name)
	g.p("// HTTPStatus returns the status it is sent with.\nfunc (*%s) HTTPStatus() int { return %d }\n", name, status(s))
	g.p("// ErrorMessage returns what the caller is told.\nfunc (e *%s) ErrorMessage() string { return e.Message }\n", name)
	g.p("// EncodeMembers writes the exception's members.\nfunc (e *%s) EncodeMembers(enc *aws.Encoder) {\nenc.Key(%q)\nenc.String(e.Message)", name, message(s))
	g.encodeMembers(&rest, "e", "enc")
	g.p("}\n")
}

func (g *generator) find(names ...string) *shape {
	for _, name := range names {
		for _, s := range g.errs {
			if s.Name == name {
				return s
			}
		}
	}
	return nil
}

// writeInvalid writes the error for inputs that break limits. Where the service's own
// exception has places for the fields, they are filled.
func (g *generator) writeInvalid() {
	s := g.find("ValidationException", "BadRequestException")
	if g.Metadata.Protocol == "rest-json" && g.find("BadRequestException") != nil {
		s = g.find("BadRequestException")
	}
	if s == nil {
		g.p("func invalid(message string, _ []aws.FieldError) error {\nreturn aws.Errorf(\"ValidationError\", 400, \"%%s\", message)\n}\n")
		return
	}
	i := slices.IndexFunc(s.Members, func(m member) bool { return m.Name == "Fields" })
	if i < 0 {
		g.p("func invalid(message string, _ []aws.FieldError) error {\nreturn &%s{Message: message}\n}\n", s.Name)
		return
	}
	field := g.Shapes[g.Shapes[s.Members[i].Shape].Member.Shape].Name
	g.p("func invalid(message string, faults []aws.FieldError) error {\nfields := make([]%s, len(faults))", field)
	g.p("for i, f := range faults {\nfields[i] = %s{Name: f.Path, Message: f.Message}\n}", field)
	g.p("return &%s{Message: message, Reason: new(ValidationExceptionReasonFieldValidationFailed), Fields: fields}\n}\n", s.Name)
}

func (g *generator) writeInternal() {
	s := g.find("InternalServerException", "InternalServerErrorException", "InternalException", "InternalServerError")
	if s == nil {
		g.p("func internal(message string) error {\nreturn aws.Errorf(\"InternalFailure\", 500, \"%%s\", message)\n}\n")
		return
	}
	g.p("func internal(message string) error { return &%s{Message: message} }\n", s.Name)
}
