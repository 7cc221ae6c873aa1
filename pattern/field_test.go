package pattern_test

import (
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
)

// Of events without arrays whose paths have one value each, the fields tell the
// same as Match.
func TestFieldsAreMatch(t *testing.T) {
	matched, asked := 0, 0
	for i := range 4000 {
		var seed [8]byte
		binary.LittleEndian.PutUint64(seed[:], uint64(i))
		m := newMaker(seed[:])
		p := mustCompile(t, m.pattern(1, false))
		event := m.event(2)
		columns := map[string]string{}
		if !flatten(json.RawMessage(event), "", columns) {
			continue
		}
		asked++
		got := false
		for _, way := range p.Fields() {
			all := true
			for _, f := range way {
				v, ok := columns[f.Path()]
				switch {
				case !ok:
					all = all && f.Absence()
				case v[0] == '"':
					all = all && f.Value([]byte(v[1:len(v)-1]), true)
				default:
					all = all && f.Value([]byte(v), false)
				}
			}
			got = got || all
		}
		want := p.Match([]byte(event))
		if got != want {
			t.Fatalf("pattern %s\nevent %s\nits fields say %v, Match %v", p, event, got, want)
		}
		if want {
			matched++
		}
	}
	if asked < 500 || matched < 50 {
		t.Errorf("%d events, %d of them matched", asked, matched)
	}
}

// flatten gives an event's values by path; not ok if a path has several or there
// is an array.
func flatten(text json.RawMessage, path string, to map[string]string) bool {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := dec.Token(); err != nil {
		return false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return false
		}
		at := path + key.(string)
		switch value[0] {
		case '[':
			return false
		case '{':
			if !flatten(value, at+".", to) {
				return false
			}
		default:
			if _, twice := to[at]; twice {
				return false
			}
			to[at] = string(value)
		}
	}
	return true
}

func BenchmarkFieldValue(b *testing.B) {
	f := mustCompile(b, `{"sourceIPAddress":[{"cidr":"10.0.0.0/8"}]}`).Fields()[0][0]
	v := []byte("203.0.113.77")
	b.ReportAllocs()
	for b.Loop() {
		if f.Value(v, true) {
			b.Fatal("matched")
		}
	}
}
