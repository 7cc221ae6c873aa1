package finding

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Condition is what a criterion demands of one field; all that is set must hold.
type Condition struct {
	Equals, NotEquals                        []string
	Greater, GreaterOrEqual, Less, LessEqual *int64
}

// Criteria tell findings apart by their fields, as ListFindings does. They are pure.
type Criteria struct{ all []criterion }

type criterion struct {
	field string
	path  []string
	Condition
}

const maxCriteria = 50 // fields

// fieldForm is how GuardDuty names a field: by the JSON path of a finding.
var fieldForm = regexp.MustCompile(`^(accountId|arn|associatedAttackSequenceArn|confidence|createdAt|description|id|partition|region|schemaVersion|severity|title|type|updatedAt` +
	`|(resource|service)(\.[A-Za-z][A-Za-z0-9]*){1,12})$`)

// instants are fields that are compared as milliseconds since 1970.
var instants = []string{"createdAt", "updatedAt", "service.eventFirstSeen", "service.eventLastSeen"}

// Compile checks criteria by field. What cannot be is refused.
func Compile(given map[string]Condition) (*Criteria, error) {
	const parameter = "findingCriteria"
	c := &Criteria{}
	if len(given) > maxCriteria {
		return nil, refuse(parameter, fmt.Sprintf("it has more than %d fields", maxCriteria))
	}
	for _, field := range slices.Sorted(maps.Keys(given)) {
		cond := given[field]
		switch {
		case !fieldForm.MatchString(field):
			return nil, refuse(parameter, fmt.Sprintf("findings have no field %s", tocsin.Clip(field, 100)))
		case len(cond.Equals) == 0 && len(cond.NotEquals) == 0 && cond.Greater == nil && cond.GreaterOrEqual == nil && cond.Less == nil && cond.LessEqual == nil:
			return nil, refuse(parameter, field+" has no condition; there are equals, notEquals, greaterThan, greaterThanOrEqual, lessThan and lessThanOrEqual")
		}
		c.all = append(c.all, criterion{field, strings.Split(field, "."), cond})
	}
	return c, nil
}

// Match tells whether a finding meets all criteria.
func (c *Criteria) Match(f *tocsin.Finding) bool {
	if len(c.all) == 0 {
		return true
	}
	root, err := tree(f)
	return err == nil && c.match(root)
}

func (c *Criteria) match(root map[string]any) bool {
	return !slices.ContainsFunc(c.all, func(one criterion) bool { return !one.holds(values(root, one.path, nil)) })
}

// tree is a finding as it is shown: with what people made of it.
func tree(f *tocsin.Finding) (map[string]any, error) {
	var root map[string]any
	d := json.NewDecoder(bytes.NewReader(f.Detail))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("read the finding %s: %w", f.ID, err)
	}
	service, _ := root["service"].(map[string]any)
	if service == nil {
		service = map[string]any{}
	}
	service["archived"] = f.Archived
	delete(service, "userFeedback")
	if f.Feedback != "" {
		service["userFeedback"] = f.Feedback
	}
	if root != nil {
		root["service"] = service
	}
	return root, nil
}

// values are those at a path, through lists on the way.
func values(v any, path []string, out []string) []string {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out = values(e, path, out)
		}
		return out
	case map[string]any:
		if len(path) > 0 {
			return values(v[path[0]], path[1:], out)
		}
		return out
	}
	if len(path) > 0 {
		return out
	}
	switch v := v.(type) {
	case string:
		return append(out, v)
	case json.Number:
		return append(out, v.String())
	case bool:
		return append(out, strconv.FormatBool(v))
	}
	return out
}

// holds tells whether the values of the field are as demanded: one of them has to be
// equal, or within the bounds, and none may be what it must not equal.
func (c *criterion) holds(values []string) bool {
	same := func(list []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return slices.ContainsFunc(list, func(w string) bool { return c.same(v, w) }) })
	}
	switch {
	case len(c.Equals) > 0 && !same(c.Equals), same(c.NotEquals):
		return false
	case c.Greater == nil && c.GreaterOrEqual == nil && c.Less == nil && c.LessEqual == nil:
		return true
	}
	return slices.ContainsFunc(values, c.within)
}

// same compares what a finding says with what is looked for. A severity is equal to the
// whole number before its decimals too: the documents give bands as "4", "5", "6".
func (c *criterion) same(value, want string) bool {
	if value == want {
		return true
	}
	if slices.Contains(instants, c.field) {
		v, ok := c.number(value)
		w, ok2 := c.number(want)
		return ok && ok2 && v == w
	}
	v, err := strconv.ParseFloat(value, 64)
	w, err2 := strconv.ParseFloat(want, 64)
	if err != nil || err2 != nil {
		return false
	}
	return v == w || c.field == "severity" && w == float64(int64(w)) && !strings.Contains(want, ".") && v >= w && v < w+1
}

func (c *criterion) within(value string) bool {
	n, ok := c.number(value)
	if !ok {
		return false
	}
	return (c.Greater == nil || n > float64(*c.Greater)) && (c.GreaterOrEqual == nil || n >= float64(*c.GreaterOrEqual)) &&
		(c.Less == nil || n < float64(*c.Less)) && (c.LessEqual == nil || n <= float64(*c.LessEqual))
}

// number reads a number, or an instant of the fields that hold one.
func (c *criterion) number(value string) (float64, bool) {
	if slices.Contains(instants, c.field) {
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return float64(t.UnixMilli()), true
		}
	}
	n, err := strconv.ParseFloat(value, 64)
	return n, err == nil
}

// Order sorts findings by a field.
type Order struct {
	path []string
	asc  bool
}

// NewOrder reads by what findings are to be sorted; empty is the instant of the last
// update, the newest first.
func NewOrder(field string, asc bool) (Order, error) {
	if field == "" {
		field = "updatedAt"
	}
	if !fieldForm.MatchString(field) {
		return Order{}, refuse("sortCriteria", fmt.Sprintf("findings have no field %s", tocsin.Clip(field, 100)))
	}
	return Order{strings.Split(field, "."), asc}, nil
}

// Newest tells whether the order is the one in which the store gives findings.
func (o Order) Newest() bool { return !o.asc && len(o.path) == 1 && o.path[0] == "updatedAt" }

// Key is what of a finding the order goes by, empty where it has no such field, and
// whether the finding meets the criteria.
func (o Order) Key(f *tocsin.Finding, c *Criteria) (key string, meets bool) {
	root, err := tree(f)
	if err != nil {
		return "", len(c.all) == 0
	}
	if all := values(root, o.path, nil); len(all) > 0 {
		key = all[0]
	}
	return key, c.match(root)
}

// Compare orders two findings by their keys: text, then numbers by their value, and ids
// among equals.
func (o Order) Compare(key, id, otherKey, otherID string) int {
	var n int
	x, err := strconv.ParseFloat(key, 64)
	y, err2 := strconv.ParseFloat(otherKey, 64)
	switch {
	case err == nil && err2 == nil:
		n = cmp.Compare(x, y)
	case err == nil:
		n = 1
	case err2 == nil:
		n = -1
	default:
		n = strings.Compare(key, otherKey)
	}
	if n == 0 {
		n = strings.Compare(id, otherID)
	}
	if o.asc {
		return n
	}
	return -n
}
