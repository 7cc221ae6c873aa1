package pattern_test

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// A maker turns a stream of choices into patterns and events that are valid and
// often meet: few names, few values, all operators.
type maker struct {
	choices []byte
	more    *rand.Rand // when the choices are used up
	keys    []string   // the vocabulary of this round
	texts   []string
}

func newMaker(choices []byte) *maker {
	var seed [32]byte
	copy(seed[:], choices)
	m := &maker{choices: choices, more: rand.New(rand.NewChaCha8(seed))}
	for range 3 {
		m.keys = append(m.keys, m.anyKey())
		m.texts = append(m.texts, m.anyText())
	}
	return m
}

// key and text mostly stay with the round's vocabulary, so that patterns meet
// events.
func (m *maker) key() string {
	if m.n(12) == 0 {
		return m.anyKey()
	}
	return pick(m, m.keys...)
}

func (m *maker) text() string {
	if m.n(6) == 0 {
		return m.anyText()
	}
	return pick(m, m.texts...)
}

func (m *maker) n(n int) int {
	if len(m.choices) > 0 {
		c := int(m.choices[0])
		m.choices = m.choices[1:]
		return c % n
	}
	return m.more.IntN(n)
}

func pick[T any](m *maker, xs ...T) T { return xs[m.n(len(xs))] }

func (m *maker) anyKey() string {
	return pick(m, "a", "a", "b", "b", "c", "d", "a.b", "b.c", "é", "", "a.", "\U0001F600", "\uE000", "longer-key", `q"uote`)
}

func (m *maker) anyText() string {
	return pick(m, "", "a", "b", "ab", "aB", "AB", "abc", "b*", `a\b`, "ß", "Σς", "K", "10.0.0.1", "10.0.0.255",
		"::1", "0:0:0:0:0:0:0:1", "2001:DB8::1", "2001:db8::1", "::ffff:a00:1", "010.0.0.1", "true", "1", "\U0001F600x", "x\nab", "aaab", "abab", "İi", "ab\u2028")
}

func (m *maker) number() string {
	return pick(m, "0", "-0", "1", "1.0", "10e-1", "2", "1.5", "-1", "-1.50", "300", "3.0e2", "3E+2", "1e309", "9007199254740993",
		"9007199254740992", "0.1", "0.10000000000000000555", "1e-7", "123456789012345678", "5e-324", "1e22", "1e23", "100000000000000000000000")
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// escape writes a string with more escapes than it needs.
func (m *maker) escape(s string) string {
	if m.n(4) > 0 {
		return quote(s)
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < 0x10000 && m.n(2) == 0 {
			b.WriteString(`\u` + strconv.FormatInt(int64(0x10000+r), 16)[1:])
		} else {
			q := quote(string(r))
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String() + `"`
}

func (m *maker) event(depth int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range m.n(5) {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(pick(m, "", " ", "\n\t") + m.escape(m.key()) + pick(m, ":", " : ") + m.value(depth))
	}
	return b.String() + "}"
}

func (m *maker) value(depth int) string {
	switch k := m.n(12); {
	case k < 4:
		return m.escape(m.text())
	case k < 6:
		return m.number()
	case k == 6:
		return pick(m, "true", "false", "null")
	case depth == 0:
		return pick(m, "[]", "{}", `"a"`, "1")
	case k < 9:
		return m.event(depth - 1)
	}
	var b strings.Builder
	b.WriteString("[")
	for i := range m.n(4) {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(m.value(depth - 1))
	}
	return b.String() + "]"
}

func (m *maker) pattern(depth int, insideOr bool) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range 1 + m.n(3) {
		if i > 0 {
			b.WriteString(",")
		}
		switch k := m.n(10); {
		case k == 0 && depth > 0:
			b.WriteString(`"$or":[` + m.pattern(depth-1, true) + "," + m.pattern(depth-1, true))
			if m.n(3) == 0 {
				b.WriteString("," + m.pattern(depth-1, true))
			}
			b.WriteString("]")
		case k < 4 && depth > 0:
			b.WriteString(m.escape(m.key()) + ":" + m.pattern(depth-1, insideOr))
		default:
			b.WriteString(m.escape(m.key()) + ":" + m.list())
		}
	}
	return b.String() + "}"
}

func (m *maker) list() string {
	var b strings.Builder
	b.WriteString("[")
	for i := range 1 + m.n(3)*m.n(2) {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(m.matcher())
	}
	return b.String() + "]"
}

func (m *maker) wildcard() string {
	return pick(m, "*", "a*", "*b", "a*b", "*a*", "*a*b*", `\**`, `*\\*`, "ab", "*ab*ab", "")
}

func (m *maker) comparable() string {
	return pick(m, "0", "-0", "1", "1.0", "2", "1.5", "-1", "300", "3.0e2", "0.1", "1e22")
}

func (m *maker) matcher() string {
	nonempty := func() string {
		return pick(m, "a", "b", "ab", "B", "1", "ß", `\`)
	}
	texts := func(one func() string) string {
		if m.n(2) == 0 {
			return quote(one())
		}
		s := "[" + quote(one())
		for range m.n(3) {
			s += "," + quote(one())
		}
		return s + "]"
	}
	switch m.n(20) {
	case 0, 1, 2, 3:
		return m.escape(m.text())
	case 4, 5:
		return m.number()
	case 6:
		return pick(m, "true", "false", "null")
	case 7:
		return `{"exists":` + pick(m, "true", "false", "false") + `}`
	case 8:
		op := pick(m, "prefix", "suffix")
		if m.n(2) == 0 {
			return `{"` + op + `":` + m.escape(m.text()) + `}`
		}
		return `{"` + op + `":{"equals-ignore-case":` + m.escape(m.text()) + `}}`
	case 9:
		return `{"equals-ignore-case":` + m.escape(m.text()) + `}`
	case 10, 11:
		return `{"wildcard":` + quote(m.wildcard()) + `}`
	case 12:
		return `{"numeric":["` + pick(m, "=", "<", "<=", ">", ">=") + `",` + m.comparable() + `]}`
	case 13:
		return `{"numeric":["` + pick(m, ">", ">=") + `",` + pick(m, "-5", "0", "1", "1.0") + `,"` + pick(m, "<", "<=") + `",` + pick(m, "1.5", "2", "300") + `]}`
	case 14:
		return `{"cidr":"` + pick(m, "10.0.0.0/24", "10.0.0.7/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "::1/127") + `"}`
	case 15:
		return `{"exactly":` + m.escape(m.text()) + `}`
	case 16:
		return `{"anything-but":` + texts(m.text) + `}`
	case 17:
		if m.n(2) == 0 {
			return `{"anything-but":` + m.comparable() + `}`
		}
		return `{"anything-but":[` + m.comparable() + `,` + m.comparable() + `]}`
	case 18:
		return `{"anything-but":{"` + pick(m, "prefix", "suffix", "equals-ignore-case") + `":` + texts(nonempty) + `}}`
	}
	return `{"anything-but":{"wildcard":` + texts(m.wildcard) + `}}`
}

// agree puts patterns and events through the package, alone and as a Set, and
// compares with the reference.
func agree(t *testing.T, m *maker) {
	t.Helper()
	var set pattern.Set[int]
	var sources []string
	var compiled []*pattern.Pattern
	for i := range 1 + m.n(8) {
		src := m.pattern(2, false)
		p, err := pattern.Compile([]byte(src), pattern.Limits{})
		if err != nil {
			t.Fatalf("%s\n%v", src, err)
		}
		sources, compiled = append(sources, src), append(compiled, p)
		set.Add(i, p)
	}
	gone := map[int]bool{}
	if m.n(3) == 0 {
		i := m.n(len(sources))
		gone[i] = true
		set.Remove(i)
	}
	for range 6 {
		event := m.event(3)
		if err := pattern.Check([]byte(event)); err != nil {
			t.Fatalf("%s\n%v", event, err)
		}
		found := map[int]int{}
		for _, i := range set.Match([]byte(event), nil) {
			found[i]++
		}
		for i, src := range sources {
			want := refMatch(src, event)
			if got := compiled[i].Match([]byte(event)); got != want {
				t.Errorf("pattern %s\nevent %s\ngot %v, want %v", src, event, got, want)
			}
			if x := compiled[i].Explain([]byte(event)); x.Matched != want || !want && x.String() == "" {
				t.Errorf("pattern %s\nevent %s\nexplained as %v", src, event, x)
			}
			if got, err := compiled[i].CheckMatch([]byte(event)); got != want || err != nil {
				t.Errorf("pattern %s\nevent %s\nCheckMatch says %v, %v, want %v", src, event, got, err, want)
			}
			n := 0
			if want && !gone[i] {
				n = 1
			}
			if found[i] != n {
				t.Errorf("pattern %s (of %q)\nevent %s\nfound %d times in a Set, want %d", src, sources, event, found[i], n)
			}
		}
	}
}

func TestAgreesWithReference(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 500
	}
	for i := range rounds {
		var seed [8]byte
		binary.LittleEndian.PutUint64(seed[:], uint64(i))
		agree(t, newMaker(seed[:]))
		if t.Failed() {
			t.Fatalf("in round %d", i)
		}
	}
}

func FuzzAgreesWithReference(f *testing.F) {
	for i := range 50 {
		b := make([]byte, 60)
		for j := range b {
			b[j] = byte(i*j*7 + i + j)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, choices []byte) { agree(t, newMaker(choices)) })
}
