package main

import (
	"fmt"
	"strings"
)

// writeService writes the Handler interface and the table of operations.
func (g *generator) writeService() {
	g.p("// A Handler answers the operations of %s. An error that is no exception of this package\n// goes through the function given to [Service].", g.Title)
	g.p("type Handler interface {")
	for _, o := range g.ops {
		g.p("%s(ctx context.Context, in *%s) (*%s, error)", o.Name, o.In.Name, o.Out.Name)
	}
	g.p("}\n")
	g.p("// Unimplemented answers every operation with 501 NotImplementedException. Embed it, and\n// write the methods there are.\ntype Unimplemented struct{}\n")
	g.p("var _ Handler = Unimplemented{}\n")
	for _, o := range g.ops {
		g.p("// %s is not implemented.%s", o.Name, g.comment(o))
		g.p("func (Unimplemented) %s(context.Context, *%s) (*%s, error) {\nreturn nil, aws.NotImplemented(%q)\n}\n", o.Name, o.In.Name, o.Out.Name, o.Name)
	}
	m := g.Metadata
	name := m.SigningName
	if name == "" {
		name = m.EndpointPrefix
	}
	protocol := map[string]string{"json": "JSON", "rest-json": "REST", "query": "Query"}[m.Protocol]
	g.p("// Service makes the table of operations that h answers. Faults turns an error of h that\n// is no aws.APIError into an exception of this package; whatever it returns otherwise, and\n// where it is nil, the caller gets an internal error and the log its text.")
	g.p("func Service(h Handler, faults func(error) error) *aws.Service {")
	g.p("return aws.NewService(&aws.Service{")
	g.p("Name: %q, Version: %q, Protocol: aws.%s, TargetPrefix: %q, Namespace: %q,", name, m.APIVersion, protocol, m.TargetPrefix, m.XMLNamespace)
	g.p("Faults: faults, Invalid: invalid, Internal: internal,")
	g.p("Ops: []*aws.Operation{")
	for _, o := range g.ops {
		g.writeOp(o)
	}
	for _, o := range g.others {
		g.p("aws.Unbuilt(%q, %q, %q),", o.Name, o.HTTP.Method, o.HTTP.RequestURI)
	}
	g.p("},\n})\n}\n")
}

func (g *generator) comment(o op) string {
	text := ""
	if o.Documentation != "" {
		text = "\n//\n// " + strings.ReplaceAll(o.Documentation, "\n", "\n// ")
	}
	if g.Reference != "" {
		text += "\n//\n// Reference: " + g.Reference + o.Name + ".html"
	}
	return text
}

func (g *generator) writeOp(o op) {
	code := o.HTTP.ResponseCode
	if code == 0 {
		code = 200
	}
	uri := o.HTTP.RequestURI
	if uri == "" {
		uri = "/"
	}
	method := o.HTTP.Method
	if method == "" {
		method = "POST"
	}
	flags := ""
	if o.ReadOnly || readOnly(o.Name) {
		flags += ", ReadOnly: true"
	}
	if o.Output == nil {
		flags += ", NoOutput: true"
	}
	g.p("{\nName: %q, Method: %q, URI: %q, SuccessCode: %d%s,", o.Name, method, uri, code, flags)
	if b := g.bindings(o); b != "" {
		g.p("Bindings: []aws.Binding{%s},", b)
	}
	g.p("Decode: func(d *aws.Decoder) any {\nx := new(%s)\nx.decode(d)\nreturn x\n},", o.In.Name)
	g.p("Invoke: aws.Invoke(h.%s),", o.Name)
	g.p("Encode: func(e *aws.Encoder, out any) { out.(*%s).encode(e) },\n},", o.Out.Name)
}

// bindings lists an input's members that stand outside the body. In the query protocol all
// do.
func (g *generator) bindings(o op) string {
	var b strings.Builder
	for _, m := range o.In.Members {
		loc := "InQuery"
		switch {
		case m.Location == "uri":
			loc = "InPath"
		case m.Location == "" && g.Metadata.Protocol != "query":
			continue
		}
		fmt.Fprintf(&b, "{Member: %q, Name: %q, Location: aws.%s, Kind: aws.%s},", m.wire(), m.wire(), loc, g.bindingKind(m))
	}
	return b.String()
}
