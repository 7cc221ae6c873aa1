package pattern

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// A Column is fields of the same path that are put to a value together: what
// several need to know of it is found out once.
type Column struct {
	fields []Field // in the order that Value's bits have
	nets   []columnNet
	quads  []columnQuad // those of nets that are of IPv4
	others []int        // of fields
}

// columnNet is a network that satisfies a field.
type columnNet struct {
	netip.Prefix
	bit uint64
}

// columnQuad is a columnNet of IPv4: the bits of mask are those of net.
type columnQuad struct {
	net, mask uint32
	bit       uint64
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
			if a := n.Masked().Addr(); a.Is4() {
				quad := a.As4()
				c.quads = append(c.quads, columnQuad{binary.BigEndian.Uint32(quad[:]), ^uint32(0) << (32 - n.Bits()), 1 << i})
			}
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
		quad, ok := dottedQuad(text)
		switch {
		case ok:
			for i := range c.quads {
				if q := &c.quads[i]; quad&q.mask == q.net {
					held |= q.bit
				}
			}
		case bytes.IndexByte(text, '\\') >= 0:
			for i := range c.fields { // it may be an address when it is unescaped
				if c.fields[i].Value(text, true) {
					held |= 1 << i
				}
			}
			return held
		default:
			held = c.among(text)
		}
	}
	for _, i := range c.others {
		if c.fields[i].Value(text, isString) {
			held |= 1 << i
		}
	}
	return held
}

// among tells which networks the address is in, if it is one.
func (c *Column) among(text []byte) (held uint64) {
	addr, ok := parseAddress(text)
	if !ok {
		return 0
	}
	for i := range c.nets {
		if n := &c.nets[i]; n.Contains(addr) {
			held |= n.bit
		}
	}
	return held
}
