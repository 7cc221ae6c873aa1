package source

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin/pattern"
)

// A Sieve tells from bare CloudTrail records which rules their events may match,
// so that only those records are wrapped that something comes of. What a rule
// asks of detail is asked of the record as it stands.
type Sieve struct {
	Set    pattern.Set[int] // of what rules ask of detail, by the rules' keys
	Always []int            // keys that Set cannot tell anything of
	Exact  []bool           // by key: Set decides, because the rule asks of nothing but detail
	Board  Board            // the same as Set
}

// IsCall is the key under which a Sieve says that EventBridge would deliver the
// record at all.
const IsCall = -1

// NewSieve gives a Sieve without rules.
func NewSieve() *Sieve {
	kinds, _ := json.Marshal(CallTypes()) // strings
	calls, err := pattern.Compile([]byte(`{"eventVersion":[{"exists":true}],"eventSource":[{"prefix":""}],"eventType":`+string(kinds)+`}`), pattern.Limits{})
	if err != nil {
		panic(err) // it is always the same
	}
	s := &Sieve{}
	s.Set.Add(IsCall, calls)
	s.Board.Add(IsCall, calls)
	return s
}

// Add adds a rule under the next key, from 0 on; nil for one that matches nothing.
func (s *Sieve) Add(p *pattern.Pattern) {
	if p == nil {
		s.Exact = append(s.Exact, false)
		return
	}
	if never([]byte(p.String())) {
		s.Exact = append(s.Exact, true)
		return
	}
	key := len(s.Exact)
	members, exact, ok := lift([]byte(p.String()), false)
	if ok && len(members) > 0 {
		if q, err := pattern.Compile([]byte("{"+strings.Join(members, ",")+"}"), pattern.Limits{}); err == nil {
			s.Set.Add(key, q)
			s.Board.Add(key, q)
			s.Exact = append(s.Exact, exact)
			return
		}
	}
	s.Always = append(s.Always, key)
	s.Exact = append(s.Exact, false)
}

// never tells that a pattern matches no CloudTrail record, as it asks for other
// sources or detail-types.
func never(text []byte) bool {
	var top map[string]json.RawMessage // of lists for the same field it has the last one, which counts
	if json.Unmarshal(text, &top) != nil || top["$or"] != nil {
		return false
	}
	none := func(key string, fits func(name string) bool) bool {
		var names []string
		return json.Unmarshal(top[key], &names) == nil && !slices.ContainsFunc(names, fits)
	}
	return none("source", func(name string) bool { return strings.HasPrefix(name, "aws.") }) ||
		none("detail-type", func(name string) bool { return strings.HasSuffix(name, viaCloudTrail) })
}

// lift gives what an event has to have in detail to match a pattern, as members of
// a pattern of detail by itself. exact says that the pattern asks of nothing else.
// The order stays, since of lists for the same field the last one counts. It is
// not ok if an alternative asks of nothing in detail. The text may be that of an
// alternative itself.
func lift(text []byte, alternative bool) (members []string, exact, ok bool) {
	exact = true
	var service string
	or := false // then other lists for source may count
	dec := json.NewDecoder(bytes.NewReader(text))
	_, err := dec.Token()
	for err == nil && dec.More() {
		var key json.Token
		var value json.RawMessage
		if key, err = dec.Token(); err == nil {
			err = dec.Decode(&value)
		}
		if err != nil {
			break
		}
		name, _ := key.(string)
		rest, dotted := strings.CutPrefix(name, "detail.")
		switch {
		case name == "detail" && value[0] == '{':
			members = append(members, string(value[1:len(value)-1]))
		case dotted:
			quoted, _ := json.Marshal(rest) // a string
			members = append(members, string(quoted)+":"+string(value))
		case name == "$or":
			or = true
			all, sharp := liftEach(value)
			if all == "" {
				return nil, false, false
			}
			members, exact = append(members, `"$or":[`+all+`]`), exact && sharp
		case name == "source":
			service, exact = eventSource(value), false
		default:
			exact = false
		}
	}
	if service != "" && !or && !alternative {
		members = slices.Insert(members, 0, service)
	}
	return members, exact, err == nil
}

// liftEach lifts the alternatives of $or; none if one of them asks of nothing.
func liftEach(list []byte) (all string, exact bool) {
	var branches []json.RawMessage
	if json.Unmarshal(list, &branches) != nil {
		return "", false
	}
	exact = true
	var out []string
	for _, b := range branches {
		members, sharp, ok := lift(b, true)
		if !ok || len(members) == 0 {
			return "", false
		}
		exact = exact && sharp
		out = append(out, "{"+strings.Join(members, ",")+"}")
	}
	return strings.Join(out, ","), exact
}

// eventSource is what a record's eventSource has to be for an event's source to be
// one of a list, as a member of a pattern; empty if that cannot be said.
func eventSource(list []byte) string {
	var names []string
	if json.Unmarshal(list, &names) != nil {
		return ""
	}
	var want []map[string]string
	for _, name := range names {
		service, ok := strings.CutPrefix(name, "aws.")
		if !ok || service == "" || service == "cloudtrail" { // Insights come as aws.cloudtrail whatever they are about
			return ""
		}
		want = append(want, map[string]string{"prefix": service})
	}
	text, err := json.Marshal(want)
	if err != nil || len(want) == 0 {
		return ""
	}
	return `"eventSource":` + string(text)
}
