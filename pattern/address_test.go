package pattern

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

func TestDottedQuadIsParseAddr(t *testing.T) {
	for _, s := range []string{"1.2.3.4", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3.256", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "01.2.3.4", "1.2.3.04", "00.0.0.0",
		"1.2.3.4.5", "1.2.3.4 ", "a.b.c.d", "1.2.3.-4", "1234.1.1.1", "", "::1", "1.2.3.4:80", "10.0.0.1", "4294967297.0.0.1", "1.2.3.4.", "99.100.250.249"} {
		want, err := netip.ParseAddr(s)
		isQuad := err == nil && want.Is4()
		quad, ok := dottedQuad(s)
		if got, _ := parseAddress(s); ok != isQuad || ok && (got != want || want.As4() != [4]byte(binary.BigEndian.AppendUint32(nil, quad))) {
			t.Errorf("%q is %x, %v %v, want %v %v", s, quad, got, ok, want, isQuad)
		}
	}
}
