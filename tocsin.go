// Package tocsin holds the words of the incident responder: what an event, a
// rule, a response plan, an incident, a contact, an engagement and a page are,
// which states they have and which moves between them are legal.
//
// The flow is event → rule → incident → engagement → page → a person answers.
// Every other package imports this one; it imports the standard library only
// and does no I/O. Names are AWS's where AWS has the thing: the reference is
// the AWS Systems Manager Incident Manager API (ssm-incidents, ssm-contacts)
// and, for rules, Amazon EventBridge.
package tocsin

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

// Account is a twelve-digit AWS account id. A principal sees only its own.
type Account string

// Region is an AWS region name such as us-east-1. It is empty for the
// resources of ssm-incidents, which are replicated and belong to no region.
type Region string

// Micros is an instant as the store keeps it: microseconds since 1970 UTC.
// Zero stands for "not set".
type Micros int64

// At gives the instant of t; the zero time gives zero.
func At(t time.Time) Micros {
	if t.IsZero() {
		return 0
	}
	return Micros(t.UnixMicro())
}

// Time gives the instant in UTC; zero gives the zero time.
func (m Micros) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// NewID returns a random id in the form AWS gives incidents, timeline events,
// engagements and pages: 8-4-4-4-12 lower-case hex, without RFC 4122 version bits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return FormatID(b)
}

// FormatID writes 16 bytes in the form of NewID. It is used where the id must
// follow from a fact, so that the same fact always gives the same id.
func FormatID(b [16]byte) string {
	s := hex.EncodeToString(b[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// NewCode returns n random decimal digits, evenly spread. Codes of six digits
// prove that a page or an activation message was read by a person.
func NewCode(n int) string {
	out := make([]byte, 0, n)
	var b [16]byte
	for len(out) < n {
		rand.Read(b[:])
		for _, v := range b {
			if v < 250 && len(out) < n { // 250 is the largest multiple of ten in a byte
				out = append(out, '0'+v%10)
			}
		}
	}
	return string(out)
}

// Clip cuts s after at most n runes.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	i := 0
	for at := range s {
		if i == n {
			return s[:at]
		}
		i++
	}
	return s
}
