package pattern

import (
	"strconv"
	"unsafe"
)

// tens are the powers of ten that a float64 holds exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is a number's text taken apart: its significant digits, without zeros
// at either end, and the power of ten of the last one.
type decimal struct {
	digits   [17]byte
	n        int // how many digits; more than 17 are not kept
	exponent int
	negative bool
}

// parseDecimal takes a JSON number apart. Exponents beyond ±1,000,000 are all
// the same to us.
func parseDecimal[T chars](s T) (d decimal) {
	i := 0
	if i < len(s) && s[i] == '-' {
		d.negative = true
		i++
	}
	point, zeros := false, 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' {
			point = true
			continue
		}
		if c-'0' > 9 {
			break
		}
		if point {
			d.exponent--
		}
		if c == '0' {
			zeros++
			continue
		}
		if d.n > 0 {
			for ; zeros > 0; zeros-- {
				d.add('0')
			}
		}
		zeros = 0
		d.add(c)
	}
	if d.n == 0 {
		d.exponent = 0
		return d
	}
	d.exponent += zeros + exponentOf(s, i)
	return d
}

func (d *decimal) add(c byte) {
	if d.n < len(d.digits) {
		d.digits[d.n] = c
	}
	d.n++
}

func exponentOf[T chars](s T, i int) int {
	if i >= len(s) || s[i]|0x20 != 'e' {
		return 0
	}
	i++
	sign, e := 1, 0
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		if s[i] == '-' {
			sign = -1
		}
		i++
	}
	for ; i < len(s) && s[i]-'0' <= 9; i++ {
		e = min(e*10+int(s[i]-'0'), 1_000_000)
	}
	return sign * e
}

// numberOf gives the value of a number's text. It is not ok if the text does
// not survive a float64, that is, if it is not the shortest decimal of any; such
// a number is compared by its spelling only.
func numberOf[T chars](s T) (value float64, ok bool) {
	d := parseDecimal(s)
	if d.n == 0 {
		return 0, true
	}
	if d.n > len(d.digits) {
		return 0, false
	}
	if d.n <= 15 {
		var m uint64
		for _, c := range d.digits[:d.n] {
			m = m*10 + uint64(c-'0')
		}
		value = float64(m)
		switch {
		case d.exponent >= 0 && d.exponent < len(tens):
			value *= tens[d.exponent]
		case d.exponent < 0 && -d.exponent < len(tens):
			value /= tens[-d.exponent]
		default:
			return d.slow(s)
		}
		if d.negative {
			value = -value
		}
		return value, true
	}
	return d.slow(s)
}

// slow is numberOf for what float64 arithmetic does not get right at once.
func (d *decimal) slow(s any) (float64, bool) {
	var text string
	switch s := s.(type) {
	case string:
		text = s
	case []byte:
		text = unsafeString(s)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value == 0 {
		return 0, false
	}
	var buf [32]byte
	e := parseDecimal(strconv.AppendFloat(buf[:0], value, 'e', -1, 64))
	if e.n != d.n || e.exponent != d.exponent || e.digits != d.digits {
		return 0, false
	}
	return value, true
}

// unsafeString is b as a string without a copy, for calls that do not keep it.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// unsafeBytes is s as bytes without a copy, for calls that do not change them.
func unsafeBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
