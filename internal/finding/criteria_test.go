package finding_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/finding"
)

const one = `{"id":"f1","accountId":"111122223333","type":"Recon:EC2/Portscan","severity":5.3,"confidence":7,"updatedAt":"2026-01-02T03:04:05.678Z",
	"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1","tags":[{"key":"team","value":"red"},{"key":"env","value":"prod"}],
	"networkInterfaces":[{"ipv6Addresses":["2001:db8::1","2001:db8::2"],"securityGroups":[{"groupId":"sg-1"}]}]}},
	"service":{"detectorId":"d","archived":true,"action":{"networkConnectionAction":{"blocked":false,"remotePortDetails":{"port":22}}}}}`

func TestCriteria(t *testing.T) {
	n := func(n int64) *int64 { return &n }
	eq := func(v ...string) finding.Condition { return finding.Condition{Equals: v} }
	ne := func(v ...string) finding.Condition { return finding.Condition{NotEquals: v} }
	for _, c := range []struct {
		name  string
		field string
		finding.Condition
		want bool
	}{
		{"text", "type", eq("x", "Recon:EC2/Portscan"), true},
		{"other text", "type", eq("Recon:EC2/PortProbeUnprotectedPort"), false},
		{"not equal", "type", ne("x"), true},
		{"none may be equal", "resource.instanceDetails.tags.key", ne("env"), false},
		{"through lists", "resource.instanceDetails.tags.value", eq("prod"), true},
		{"lists of texts", "resource.instanceDetails.networkInterfaces.ipv6Addresses", eq("2001:db8::2"), true},
		{"lists in lists", "resource.instanceDetails.networkInterfaces.securityGroups.groupId", eq("sg-1"), true},
		{"what is not there", "resource.accessKeyDetails.userName", eq("eve"), false},
		{"what is not there is unequal", "resource.accessKeyDetails.userName", ne("eve"), true},
		{"what is not there has no size", "service.count", finding.Condition{GreaterOrEqual: n(0)}, false},
		{"a boolean", "service.action.networkConnectionAction.blocked", eq("false"), true},
		{"a number", "service.action.networkConnectionAction.remotePortDetails.port", eq("22"), true},
		{"archived is what people made of it", "service.archived", eq("false"), true},
		{"severity of a band", "severity", eq("4", "5", "6"), true},
		{"severity, whole", "severity", eq("5.3"), true},
		{"severity, another", "severity", eq("5.0"), false},
		{"severity of another band", "severity", eq("7", "8"), false},
		{"at least", "severity", finding.Condition{GreaterOrEqual: n(5)}, true},
		{"more than", "severity", finding.Condition{Greater: n(6)}, false},
		{"between", "severity", finding.Condition{Greater: n(4), Less: n(7)}, true},
		{"at most", "severity", finding.Condition{LessEqual: n(5)}, false},
		{"since", "updatedAt", finding.Condition{GreaterOrEqual: n(1767323045678)}, true},
		{"after", "updatedAt", finding.Condition{Greater: n(1767323045678)}, false},
		{"an instant in milliseconds", "updatedAt", eq("1767323045678"), true},
		{"an instant in another spelling", "updatedAt", eq("2026-01-02T04:04:05.678+01:00"), true},
		{"feedback is what people made of it", "service.userFeedback", eq("USEFUL"), true},
		{"an object has no value", "resource.instanceDetails", ne("x"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := finding.Compile(map[string]finding.Condition{c.field: c.Condition})
			if err != nil {
				t.Fatal(err)
			}
			f := &tocsin.Finding{ID: "f1", Detail: []byte(one), Feedback: "USEFUL"}
			if got := all.Match(f); got != c.want {
				t.Errorf("match %v, want %v", got, c.want)
			}
		})
	}
}

func TestCriteriaRefused(t *testing.T) {
	for field, c := range map[string]finding.Condition{
		"nothing":              {Equals: []string{"x"}},
		"resource":             {Equals: []string{"x"}},
		"resource.":            {Equals: []string{"x"}},
		"service.a b":          {Equals: []string{"x"}},
		"":                     {Equals: []string{"x"}},
		"severity":             {},
		strings.Repeat("x", 9): {Equals: []string{"x"}},
	} {
		if _, err := finding.Compile(map[string]finding.Condition{field: c}); tocsin.KindOf(err) != tocsin.Invalid ||
			!strings.HasPrefix(err.Error(), "The request is rejected because the parameter findingCriteria has an invalid value: ") {
			t.Errorf("%q: %v", field, err)
		}
	}
	if _, err := finding.NewOrder("nothing", true); tocsin.KindOf(err) != tocsin.Invalid {
		t.Errorf("order by nothing: %v", err)
	}
}

// Whatever people ask of whatever is kept, an answer comes, and it is the same twice.
func FuzzCriteria(f *testing.F) {
	f.Add(`{"severity":{"GreaterOrEqual":4},"type":{"Equals":["x"]}}`, one)
	f.Add(`{"updatedAt":{"Less":1,"Equals":["2026-01-02T03:04:05Z"]}}`, `{"updatedAt":5,"service":[1]}`)
	f.Add(`{"resource.a.b":{"NotEquals":[""]}}`, `{"resource":{"a":[[{"b":null}]]}}`)
	f.Fuzz(func(t *testing.T, given, detail string) {
		var all map[string]finding.Condition
		if json.Unmarshal([]byte(given), &all) != nil {
			return
		}
		c, err := finding.Compile(all)
		if err != nil {
			if tocsin.KindOf(err) != tocsin.Invalid {
				t.Errorf("refused with %v", err)
			}
			return
		}
		x := &tocsin.Finding{ID: "f", Detail: []byte(detail)}
		first := c.Match(x)
		if second := c.Match(x); first != second {
			t.Errorf("one finding, two answers: %v, then %v", first, second)
		}
		for field := range all {
			by, err := finding.NewOrder(field, true)
			if err != nil {
				t.Fatalf("findings can be told apart by %s and not sorted: %v", field, err)
			}
			k, meets := by.Key(x, c)
			if meets != first {
				t.Errorf("sorted by %s, the answer is %v, else %v", field, meets, first)
			}
			if by.Compare(k, "a", k, "a") != 0 {
				t.Errorf("a finding is not equal to itself by %s", field)
			}
		}
	})
}

// Keys of all sorts stand in one order, whatever the order they come in.
func TestCompare(t *testing.T) {
	by, err := finding.NewOrder("severity", true)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "1a", "b", "9", "10", "10.5"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return by.Compare(a, "", b, "") })
	if !slices.Equal(got, want) {
		t.Errorf("sorted as %q, want %q", got, want)
	}
}

func TestDecode(t *testing.T) {
	event := func(detail string) string { return `{"detail-type":"GuardDuty Finding","detail":` + detail + `}` }
	for name, c := range map[string]struct{ event, err string }{
		"whole":              {event(one), ""},
		"not JSON":           {`{`, "read the event"},
		"no detail":          {`{}`, "read the finding"},
		"a list":             {event(`[]`), "read the finding"},
		"no id":              {event(strings.Replace(one, `"id":"f1",`, "", 1)), "no member id"},
		"empty id":           {event(strings.Replace(one, `"f1"`, `""`, 1)), "no id"},
		"a long id":          {event(strings.Replace(one, `"f1"`, `"`+strings.Repeat("x", 301)+`"`, 1)), "no id"},
		"a newline in an id": {event(strings.Replace(one, `"f1"`, `"a\nb"`, 1)), "no id"},
		"no detector":        {event(strings.Replace(one, `"detectorId":"d",`, "", 1)), "no service.detectorId"},
		"no type":            {event(strings.Replace(one, `"Recon:EC2/Portscan"`, `""`, 1)), "no type"},
		"severity is text":   {event(strings.Replace(one, `5.3`, `"5.3"`, 1)), "severity"},
		"severity too high":  {event(strings.Replace(one, `5.3`, `11`, 1)), "severity"},
		"no instant":         {event(strings.Replace(one, `2026-01-02T03:04:05.678Z`, `soon`, 1)), "updatedAt"},
		"a far instant":      {event(strings.Replace(one, `2026-01-02T03:04:05.678Z`, `0001-01-02T03:04:05Z`, 1)), "updatedAt"},
		"spelled as the SDK": {event(strings.Replace(one, `"id"`, `"Id"`, 1)), "no member id"},
	} {
		f, err := finding.Decode([]byte(c.event))
		switch {
		case c.err == "" && (err != nil || f.ID != "f1" || f.Detector != "d" || !f.Archived || f.Updated.UnixMilli() != 1767323045678):
			t.Errorf("%s: %+v, %v", name, f, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: %v, want an error with %q", name, err, c.err)
		}
	}
}

// What is decoded can be kept and shown, and what is shown is the same finding.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"detail":` + one + `}`))
	f.Add([]byte(`{"detail":{"id":"f","type":"t","severity":1,"updatedAt":"2026-01-02T03:04:05Z","resource":{"a":[{"createdAt":"x"},{"startedAt":"2026-01-02T03:04:05Z"}]},"service":{"detectorId":"d","additionalInfo":{"value":1,"sample":true}}}}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		x, err := finding.Decode(event)
		if err != nil {
			return
		}
		if x.ID == "" || x.Detector == "" || x.Updated.IsZero() {
			t.Errorf("decoded %+v", x)
		}
		text, err := finding.Show(x)
		if err != nil {
			t.Fatalf("cannot be shown: %v", err)
		}
		var shown struct{ ID string }
		if err := json.Unmarshal(text, &shown); err != nil {
			t.Fatalf("shown as %s: %v", text, err)
		}
	})
}

func TestShow(t *testing.T) {
	f := &tocsin.Finding{ID: "f", Archived: true, Feedback: "USEFUL", Detail: []byte(`{"id":"f","createdAt":"2026-01-02T03:04:05Z","title":"a < b","severity":8,
		"resource":{"s3BucketDetails":[{"createdAt":"2026-01-02T03:04:05.5Z"},{"createdAt":1.5},{"createdAt":"last year","name":"b"}],"instanceDetails":{"launchTime":"2026-01-02T03:04:05Z"}},
		"service":{"archived":false,"userFeedback":"NOT_USEFUL","eventFirstSeen":"2026-01-02T03:04:05Z","additionalInfo":{"sample":true,"threatName":"x"}},"new":{"member":[1]}}`)}
	got, err := finding.Show(f)
	want := `{"createdAt":"2026-01-02T03:04:05Z","id":"f","new":{"member":[1]},"resource":{"instanceDetails":{"launchTime":"2026-01-02T03:04:05Z"},` +
		`"s3BucketDetails":[{"createdAt":1767323045.5},{"createdAt":1.5},{"name":"b"}]},` +
		`"service":{"additionalInfo":{"type":"default","value":"{\"sample\":true,\"threatName\":\"x\"}"},"archived":true,"eventFirstSeen":"2026-01-02T03:04:05Z","userFeedback":"USEFUL"},"severity":8,"title":"a < b"}`
	if err != nil || string(got) != want {
		t.Errorf("shown as\n%s, %v; want\n%s", got, err, want)
	}
}
