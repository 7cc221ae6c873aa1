package pattern

import (
	"net/netip"
	"strconv"
	"strings"
)

// looksLikeAddress is event-ruler's test before it tries to read an address: four
// runs of digits between dots, or hexadecimal digits and at least one colon.
func looksLikeAddress[T chars](s T) bool {
	dots, colons, run := 0, 0, 0
	letters := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			run++
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			letters = true
		case c == ':':
			colons++
		case c == '.':
			if run == 0 {
				return false
			}
			dots++
			run = 0
		default:
			return false
		}
	}
	if dots > 0 {
		return dots == 3 && run > 0 && colons == 0 && !letters
	}
	return colons > 0
}

// parseAddress reads the text of an IPv4 or IPv6 address. An IPv4 address
// written as IPv6 (::ffff:a00:1) is the IPv4 address, as Java has it.
func parseAddress[T chars](s T) (addr netip.Addr, ok bool) {
	if len(s) < 2 || len(s) > 45 {
		return addr, false
	}
	if quad, ok := dottedQuad(s); ok {
		return netip.AddrFrom4([4]byte{byte(quad >> 24), byte(quad >> 16), byte(quad >> 8), byte(quad)}), true
	}
	if !looksLikeAddress(s) {
		return addr, false
	}
	var text string
	switch s := any(s).(type) {
	case string:
		text = s
	case []byte:
		text = unsafeString(s)
	}
	addr, err := netip.ParseAddr(text)
	return addr.Unmap(), err == nil
}

// dottedQuad reads an IPv4 address as most are written.
func dottedQuad[T chars](s T) (quad uint32, ok bool) {
	i := 0
	for part := 0; ; part++ {
		n := uint32(0)
		from := i
		for ; i < len(s) && s[i]-'0' <= 9; i++ {
			n = 10*n + uint32(s[i]-'0')
		}
		switch digits := i - from; {
		case digits == 0 || digits > 3 || n > 255 || digits > 1 && s[from] == '0': // no zero before other digits
			return 0, false
		case part == 3:
			return quad<<8 | n, i == len(s)
		case i == len(s) || s[i] != '.':
			return 0, false
		}
		quad = quad<<8 | n
		i++
	}
}

// parseCIDR reads an address and mask bits. why is event-ruler's text if it is
// refused.
func parseCIDR(s string) (prefix netip.Prefix, why string) {
	parts := strings.Split(strings.TrimRight(s, "/"), "/")
	if len(parts) != 2 {
		return prefix, "Malformed CIDR, one '/' required"
	}
	bits, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return prefix, "Malformed CIDR, mask bits must be an integer"
	}
	if bits < 0 {
		return prefix, "Malformed CIDR, mask bits must not be negative"
	}
	addr, ok := parseAddress(parts[0])
	switch {
	case !ok && looksLikeAddress(parts[0]):
		return prefix, "Invalid IP address: " + parts[0]
	case !ok:
		return prefix, "Nonstandard IP address: " + parts[0]
	case addr.Is4() && bits > 31:
		return prefix, "IPv4 mask bits must be < 32"
	case bits > 127:
		return prefix, "IPv6 mask bits must be < 128"
	}
	prefix, _ = addr.Prefix(int(bits))
	return prefix, ""
}
