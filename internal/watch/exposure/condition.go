package exposure

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
)

// The condition keys by which a statement can be bound to somebody or somewhere
// known, and how their values are judged, by their names in lower case.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
var fixedBy = map[string]func(value string) bool{
	"aws:sourceip":              narrow,
	"aws:sourcearn":             fixed,
	"aws:sourcevpc":             fixed,
	"aws:sourcevpce":            fixed,
	"aws:sourceowner":           fixed,
	"aws:sourceaccount":         fixed,
	"aws:userid":                fixedUser,
	"aws:principalorgid":        fixed,
	"aws:principalarn":          fixed,
	"aws:principalaccount":      fixed,
	"s3:dataaccesspointarn":     fixedAccessPoint,
	"s3:dataaccesspointaccount": fixed,
	"s3:x-amz-server-side-encryption-aws-kms-key-id": fixed,
}

// Operators that hold only for requests which bring the key with one of the
// values. Their negations, Null, Bool, and those of numbers and dates do not bind
// a request to anybody.
var (
	textOperators = map[string]bool{
		"stringequals": true, "stringequalsignorecase": true, "stringlike": true, "arnequals": true, "arnlike": true,
	}
	addressOperators = map[string]bool{"ipaddress": true}
)

// limits tells whether a statement's conditions bind it to fixed values: all of
// them must hold, so one that does is enough.
func limits(raw json.RawMessage) (bool, error) {
	if raw == nil {
		return false, nil
	}
	operators, err := object(raw)
	if err != nil {
		return false, err
	}
	limited := false
	for operator, raw := range operators {
		keys, err := object(raw)
		if err != nil {
			return false, err
		}
		for key, raw := range keys {
			values, err := texts(raw)
			if err != nil {
				return false, err
			}
			limited = limited || binds(operator, key, values)
		}
	}
	return limited, nil
}

// binds tells whether one condition lets through fixed values only. With
// ForAllValues or IfExists it also holds for requests that bring no such key.
func binds(operator, key string, values []string) bool {
	operator = strings.TrimPrefix(operator, "foranyvalue:")
	judge := fixedBy[key]
	if judge == nil || len(values) == 0 {
		return false
	}
	if key == "aws:sourceip" && !addressOperators[operator] || key != "aws:sourceip" && !textOperators[operator] {
		return false
	}
	for _, v := range values {
		if !judge(v) {
			return false
		}
	}
	return true
}

func fixed(value string) bool { return value != "" && !wild(value) }

// roleSessions are all sessions of one role: its id is as fixed as a name.
var roleSessions = regexp.MustCompile(`^AROA[A-Z0-9]+:\*$`)

func fixedUser(value string) bool { return fixed(value) || roleSessions.MatchString(value) }

// accountAccessPoints are access points of one fixed account; the region and the
// access point's name may be open.
var accountAccessPoints = regexp.MustCompile(`^arn:[a-z-]+:s3:[a-z0-9*?-]*:[0-9]{12}:accesspoint/[^$]*$`)

func fixedAccessPoint(value string) bool {
	return fixed(value) || accountAccessPoints.MatchString(value)
}

// The widest ranges of addresses that still count as somewhere known.
const (
	widest4 = 8
	widest6 = 32
)

// narrow tells whether an address or a range of them is small enough to be
// somewhere known.
func narrow(value string) bool {
	if a, err := netip.ParseAddr(value); err == nil {
		return a.Zone() == ""
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return false
	}
	a, bits := p.Addr(), p.Bits()
	if a.Is4In6() {
		a, bits = a.Unmap(), bits-96
	}
	if a.Is4() {
		return bits >= widest4
	}
	return bits >= widest6 && !mapped.Overlaps(p)
}

// mapped are all IPv4 addresses in the spelling of IPv6.
var mapped = netip.MustParsePrefix("::ffff:0:0/96")
