package pattern_test

// A slow matcher, written apart from the package from the definition of the
// language: decode everything to values, multiply out, try all combinations.

import (
	"encoding/json"
	"math/big"
	"net/netip"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// pair is a member of an object, in the order of the text; objects keep
// repeated names.
type pair struct {
	name  string
	value any
}

type object []pair

// decode turns JSON into object, []any, string, json.Number, bool and nil.
func decode(src string) any {
	d := json.NewDecoder(strings.NewReader(src))
	d.UseNumber()
	return decodeNext(d)
}

func decodeNext(d *json.Decoder) any {
	t, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch t {
	case json.Delim('{'):
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				panic(err)
			}
			o = append(o, pair{name.(string), decodeNext(d)})
		}
		d.Token()
		return o
	case json.Delim('['):
		a := []any{}
		for d.More() {
			a = append(a, decodeNext(d))
		}
		d.Token()
		return a
	}
	return t
}

// refLeaf is a value of an event with the array elements it is in.
type refLeaf struct {
	value any
	in    map[int]int
}

func refFlatten(v any) map[string][]refLeaf {
	out := map[string][]refLeaf{}
	arrays := 0
	var walk func(path []string, v any, in map[int]int)
	walk = func(path []string, v any, in map[int]int) {
		switch v := v.(type) {
		case object:
			for _, m := range v {
				walk(append(path[:len(path):len(path)], m.name), m.value, in)
			}
		case []any:
			id := arrays
			arrays++
			for i, e := range v {
				inner := in
				switch e.(type) {
				case object, []any:
					inner = map[int]int{id: i}
					for k, x := range in {
						inner[k] = x
					}
				}
				walk(path, e, inner)
			}
		default:
			name := strings.Join(path, ".")
			out[name] = append(out[name], refLeaf{v, in})
		}
	}
	walk(nil, v, map[int]int{})
	return out
}

// refWays multiplies out a pattern.
func refWays(ways []map[string][]any, path []string, o object) []map[string][]any {
	for _, m := range o {
		switch v := m.value.(type) {
		case []any:
			if m.name == "$or" {
				before := ways
				ways = nil
				for _, branch := range v {
					var forked []map[string][]any
					for _, w := range before {
						c := map[string][]any{}
						for k, x := range w {
							c[k] = x
						}
						forked = append(forked, c)
					}
					ways = append(ways, refWays(forked, path, branch.(object))...)
				}
				continue
			}
			for _, w := range ways {
				w[strings.Join(append(path[:len(path):len(path)], m.name), ".")] = v
			}
		case object:
			ways = refWays(ways, append(path[:len(path):len(path)], m.name), v)
		}
	}
	return ways
}

// refMatch is the answer for a valid pattern and a valid event.
func refMatch(pattern, event string) bool {
	leaves := refFlatten(decode(event))
	for _, w := range refWays([]map[string][]any{{}}, nil, decode(pattern).(object)) {
		var paths []string
		for p := range w {
			paths = append(paths, p)
		}
		sort.Slice(paths, func(i, j int) bool {
			a, b := utf16.Encode([]rune(paths[i])), utf16.Encode([]rune(paths[j]))
			for k := 0; k < len(a) && k < len(b); k++ {
				if a[k] != b[k] {
					return a[k] < b[k]
				}
			}
			return len(a) < len(b)
		})
		if refSolve(w, paths, leaves, map[int]int{}) {
			return true
		}
	}
	return false
}

func refSolve(w map[string][]any, paths []string, leaves map[string][]refLeaf, chosen map[int]int) bool {
	if len(paths) == 0 {
		return true
	}
	var agreeing []refLeaf
	for _, l := range leaves[paths[0]] {
		ok := true
		for array, i := range l.in {
			if c, set := chosen[array]; set && c != i {
				ok = false
			}
		}
		if ok {
			agreeing = append(agreeing, l)
		}
	}
	for _, want := range w[paths[0]] {
		if o, ok := want.(object); ok && o[0].name == "exists" && o[0].value == false {
			if len(agreeing) == 0 && refSolve(w, paths[1:], leaves, chosen) {
				return true
			}
			continue
		}
		for _, l := range agreeing {
			if !refHolds(want, l.value) {
				continue
			}
			next := map[int]int{}
			for k, x := range chosen {
				next[k] = x
			}
			for k, x := range l.in {
				next[k] = x
			}
			if refSolve(w, paths[1:], leaves, next) {
				return true
			}
		}
	}
	return false
}

func refNumber(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return 0, false
	}
	if f == 0 {
		mantissa, _, _ := strings.Cut(strings.ToLower(string(n)), "e")
		return 0, strings.Trim(mantissa, "-.0") == ""
	}
	a, _ := new(big.Rat).SetString(string(n))
	b, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	return f, a.Cmp(b) == 0
}

var (
	refV4 = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$`)
	refV6 = regexp.MustCompile(`^[0-9a-fA-F:]*:[0-9a-fA-F:]*$`)
)

func refAddr(v any) (netip.Addr, bool) {
	s, ok := v.(string)
	if !ok || !refV4.MatchString(s) && !refV6.MatchString(s) {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

func refFold(event, pattern string, atStart, atEnd bool) bool {
	e, p := []rune(event), []rune(pattern)
	if len(e) < len(p) || atStart && atEnd && len(e) != len(p) {
		return false
	}
	if !atStart {
		e = e[len(e)-len(p):]
	}
	for i, r := range p {
		if e[i] != r && e[i] != unicode.ToLower(r) && e[i] != unicode.ToUpper(r) {
			return false
		}
	}
	return true
}

func refWild(event, pattern string) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*':
			re.WriteString(`.*`)
		case '\\':
			i++
			re.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			re.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
	}
	return regexp.MustCompile(re.String() + `\z`).MatchString(event)
}

// refHolds says whether a value satisfies one entry of a list; exists:false is
// dealt with before.
func refHolds(want, v any) bool {
	text, isText := v.(string)
	switch want := want.(type) {
	case string:
		if a, ok := refAddr(want); ok {
			b, ok := refAddr(v)
			return ok && a == b
		}
		return isText && text == want
	case json.Number:
		if a, ok := refNumber(want); ok {
			b, ok := refNumber(v)
			return ok && a == b
		}
		n, ok := v.(json.Number)
		return ok && n == want
	case bool, nil:
		return v == want
	case object:
		return refOperator(want[0].name, want[0].value, v)
	}
	panic("not a pattern")
}

func refOperator(op string, arg, v any) bool {
	text, isText := v.(string)
	nested, isNested := arg.(object)
	switch op {
	case "exists":
		return arg == true
	case "exactly":
		return isText && text == arg
	case "prefix", "suffix":
		if isNested {
			return isText && refFold(text, nested[0].value.(string), op == "prefix", op == "suffix")
		}
		if op == "prefix" {
			return isText && strings.HasPrefix(text, arg.(string))
		}
		return isText && strings.HasSuffix(text, arg.(string))
	case "equals-ignore-case":
		return isText && refFold(text, arg.(string), true, true)
	case "wildcard":
		return isText && refWild(text, arg.(string))
	case "cidr":
		a, ok := refAddr(v)
		return ok && netip.MustParsePrefix(arg.(string)).Contains(a)
	case "numeric":
		n, ok := refNumber(v)
		if !ok {
			return false
		}
		list := arg.([]any)
		for i := 0; i < len(list); i += 2 {
			m, _ := refNumber(list[i+1])
			if !map[string]bool{"=": n == m, "<": n < m, "<=": n <= m, ">": n > m, ">=": n >= m}[list[i].(string)] {
				return false
			}
		}
		return true
	case "anything-but":
		list, ok := arg.([]any)
		sub := ""
		if isNested {
			sub = nested[0].name
			arg = nested[0].value
			list, ok = arg.([]any)
		}
		if !ok {
			list = []any{arg}
		}
		for _, x := range list {
			switch {
			case sub != "":
				if refOperator(sub, x, v) {
					return false
				}
			case isText:
				if text == x {
					return false
				}
			default:
				if a, ok := refNumber(x); ok {
					if b, ok := refNumber(v); ok && a == b {
						return false
					}
				}
			}
		}
		return true
	}
	panic("unknown operator " + op)
}
