package source

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/pattern"
)

// A Sieve tells from bare CloudTrail records which rules their events match, so that
// only those records are wrapped that something comes of. What a rule asks of detail
// is asked of the record as it stands, and what it asks of the rest of an event, of
// what that is made of.
//
// A Board knows that of nearly every rule, but only of records that are built as
// others were; a Set only what rules ask of detail, of any record. Either gives the
// keys of rules, and [IsCall]; Settle says what they come to.
type Sieve struct {
	Set   pattern.Set[int]
	Board Board

	bySet, byBoard certainty
}

// A certainty is how much the keys mean that a Set or Board gives.
type certainty struct {
	sure   []bool // by key: the rule is matched if and only if its key is given
	always []int  // keys that may match whatever was given
}

// IsCall is the key under which a Sieve says that EventBridge would deliver the
// record at all, and as what the Sieve takes it for.
const IsCall = -1

// NewSieve gives a Sieve without rules.
func NewSieve() *Sieve {
	s := &Sieve{}
	s.Set.Add(IsCall, calls(CallTypes()))
	s.Board.Add(IsCall, calls(slices.DeleteFunc(CallTypes(), func(kind string) bool { return kind == insight })))
	return s
}

// TellHidden has Hidden be asked of the Board. It is to come before the rules.
func (s *Sieve) TellHidden() { s.Board.SetHidden(bus.ReadOnly()) }

// Hidden tells whether the event of the CloudTrail record that was matched last is one
// that rules which are merely ENABLED do not see: as [bus.Hidden], which is asked of the
// event if the Board does not know.
func (s *Sieve) Hidden(sift *Sifter, event func() []byte) bool {
	if sift.Built && sift.board == &s.Board {
		if hidden, ok := s.Board.Hidden(sift.Shape); ok {
			return hidden
		}
	}
	e := event()
	return e != nil && bus.Hidden(&tocsin.Event{DetailType: viaCloudTrail, Raw: e})
}

// calls is a pattern of records with these eventTypes that are no events themselves.
func calls(types []string) *pattern.Pattern {
	kinds, _ := json.Marshal(types) // strings
	p, err := pattern.Compile([]byte(`{"eventVersion":[{"exists":true}],"eventSource":[{"prefix":""}],"detail-type":[{"exists":false}],"eventType":`+string(kinds)+`}`), pattern.Limits{})
	if err != nil {
		panic(err) // it is always the same
	}
	return p
}

// Add adds a rule under the next key, from 0 on; nil for one that matches nothing.
func (s *Sieve) Add(p *pattern.Pattern) {
	key := len(s.bySet.sure)
	s.bySet.sure, s.byBoard.sure = append(s.bySet.sure, true), append(s.byBoard.sure, true)
	if p == nil || never([]byte(p.String())) {
		return
	}
	judged := s.Board.AddEvent(key, p)
	q, exact := lifted(p)
	if q != nil {
		s.Set.Add(key, q)
		s.bySet.sure[key] = exact
	} else {
		s.bySet.doubt(key)
	}
	switch {
	case judged:
	case q != nil:
		s.Board.addRest(key, q)
		s.byBoard.sure[key] = exact
	default:
		s.byBoard.doubt(key)
	}
}

// doubt has a rule asked of every record.
func (c *certainty) doubt(key int) {
	c.sure[key] = false
	c.always = append(c.always, key)
}

// None tells of the keys that the Board gave for a record, which is built, that no rule
// matches, and that EventBridge would deliver the record. So it is of most.
func (s *Sieve) None(built bool, keys []int) bool {
	return built && len(keys) == 1 && keys[0] == IsCall && len(s.byBoard.always) == 0
}

// Settle leaves, of the keys that were given for a record, by the Board if it is built,
// those of the rules that match its event: match is asked where they do not say it. It
// is not ok if EventBridge would not deliver the record, or that cannot be told from
// the keys; then nothing is known. Of a record that is not built they may say that it
// is a call because of one of several values, which h knows better.
func (s *Sieve) Settle(built bool, h *Head, keys []int, match func(key int) bool) (_ []int, ok bool) {
	call := slices.Index(keys, IsCall)
	if call < 0 || h.Kind != CloudTrail || !built && !h.delivered() {
		return keys, false
	}
	c := s.certainty(built)
	keys = append(slices.Delete(keys, call, call+1), c.always...)
	return slices.DeleteFunc(keys, func(k int) bool { return !c.sure[k] && !match(k) }), true
}

func (s *Sieve) certainty(built bool) *certainty {
	if built {
		return &s.byBoard
	}
	return &s.bySet
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

// lifted is a pattern of records that what matches p matches at least; nil if there is
// none. exact says that nothing else does.
func lifted(p *pattern.Pattern) (_ *pattern.Pattern, exact bool) {
	members, exact, ok := lift([]byte(p.String()), false)
	if !ok || len(members) == 0 {
		return nil, false
	}
	q, err := pattern.Compile([]byte("{"+strings.Join(members, ",")+"}"), pattern.Limits{})
	if err != nil {
		return nil, false
	}
	return q, exact
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
