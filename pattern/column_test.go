package pattern_test

import (
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// A Column says of every value what its fields say one by one.
func TestColumn(t *testing.T) {
	var fields []pattern.Field
	for _, list := range []string{
		`[{"cidr":"10.0.0.0/8"}]`, `[{"cidr":"2001:db8:3::/48"}]`, `[{"cidr":"10.1.0.0/16"},{"cidr":"192.0.2.0/24"}]`, `["10.1.2.3"]`,
		`[{"cidr":"10.0.0.0/8"},"x"]`, `[{"anything-but":["10.1.2.3","x"]}]`, `[{"exists":true}]`, `[{"numeric":[">",3]}]`, `[null,true,"a\"b"]`,
		`[{"cidr":"0.0.0.0/0"}]`, `[{"cidr":"203.0.113.9/31"}]`, `[{"prefix":"10."}]`, `[{"wildcard":"*.1*"}]`,
	} {
		fields = append(fields, mustCompile(t, `{"ip":`+list+`}`).Fields()[0][0])
	}
	c := pattern.NewColumn(fields)
	held := 0
	for _, value := range []string{
		"10.1.2.3", "10.200.0.1", "192.0.2.77", "203.0.113.9", "2001:db8:3::1", "2001:DB8:3:0:0:0:0:1", "::ffff:10.1.2.3", "2001:db8:4::1", "x", "", "a\\\"b",
		"1\\u0030.1.2.3", "10.1.2", "10.1.2.3.4", "10.01.2.3", "ec2.amazonaws.com", "3", "4", "4e0", "null", "true",
	} {
		for _, isString := range []bool{true, false} {
			got := c.Value([]byte(value), isString)
			for i, f := range fields {
				want := f.Value([]byte(value), isString)
				if want {
					held++
				}
				if got>>i&1 == 1 != want {
					t.Errorf("%s of %q (a string: %v): %v, the field says %v", f.List(), value, isString, !want, want)
				}
			}
		}
	}
	if held < 20 {
		t.Errorf("only %d hold: the test proves little", held)
	}
	address := []byte("203.0.113.9")
	if n := testing.AllocsPerRun(100, func() { c.Value(address, true) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
