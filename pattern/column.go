package pattern

import (
	"bytes"
	"net/netip"
)

// A Column is fields of the same path that are put to a value together: what
// several need to know of it is found out once.
type Column struct {
	fields []Field // in the order that Value's bits have
	nets   []columnNet
	others []int // of fields
}

// columnNet is a network that satisfies a field.
type columnNet struct {
	netip.Prefix
	bit uint64
}

// NewColumn makes a Column of at most 64 fields, which have to be of one path.
func NewColumn(fields []Field) *Column {
	c := &Column{fields: fields}
	for i, f := range fields {
		nets, ok := f.f.networks()
		if !ok {
			c.others = append(c.others, i)
			continue
		}
		for _, n := range nets {
			c.nets = append(c.nets, columnNet{n, 1 << i})
		}
	}
	return c
}

// networks gives the networks that a field asks for, if it asks for nothing else.
func (f *field) networks() (nets []netip.Prefix, ok bool) {
	if f.many != nil {
		return nil, false
	}
	for i := range f.any {
		m := &f.any[i]
		if m.kind != network {
			return nil, false
		}
		nets = append(nets, m.more.net)
	}
	return nets, true
}

// Value is [Field.Value] for each field: a bit each, the lowest for the first.
func (c *Column) Value(text []byte, isString bool) (held uint64) {
	if len(c.nets) > 0 && isString {
		addr, ok := parseAddress(text)
		switch {
		case ok:
			for i := range c.nets {
				if n := &c.nets[i]; n.Contains(addr) {
					held |= n.bit
				}
			}
		case bytes.IndexByte(text, '\\') >= 0:
			for i := range c.fields { // it may be an address when it is unescaped
				if c.fields[i].Value(text, true) {
					held |= 1 << i
				}
			}
			return held
		}
	}
	for _, i := range c.others {
		if c.fields[i].Value(text, isString) {
			held |= 1 << i
		}
	}
	return held
}
