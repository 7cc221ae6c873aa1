package bus

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

const sample = `{"version":"0","id":"e1","detail-type":"Order & Co","source":"my.app","account":"111122223333","time":"2026-11-22T03:04:05Z","region":"us-east-1",` +
	`"resources":["arn:x","arn:y"],"detail":{"z":1.50,"a":12345678901234567890,"name":"say \"hi\" <b>","list":[{"n":1},{"n":2}],"none":null,"x-y":{"k k":true}}}`

func sampleMatch() *tocsin.Match {
	return &tocsin.Match{Rule: tocsin.Rule{Account: "111122223333", Region: "us-east-1", Bus: "default", Name: "r"}, Event: tocsin.Event{ID: "e1", Raw: json.RawMessage(sample)}}
}

func transform(t *testing.T, template string, paths map[string]string) tocsin.Target {
	t.Helper()
	rest, err := json.Marshal(map[string]any{"InputTransformer": transformer{Paths: paths, Template: template}})
	if err != nil {
		t.Fatal(err)
	}
	return tocsin.Target{ID: "t", Rest: rest}
}

func TestPayload(t *testing.T) {
	paths := map[string]string{"name": "$.detail.name", "z": "$.detail.z", "list": "$.detail.list", "none": "$.detail.nope", "null": "$.detail.none", "type": "$.detail-type"}
	ns := func(template string) tocsin.Target { return transform(t, template, paths) }
	now := time.Date(2026, 11, 22, 3, 4, 6, 789, time.UTC)
	tests := []struct {
		name   string
		target tocsin.Target
		want   string
	}{
		{"nothing set", tocsin.Target{Rest: json.RawMessage(`{"Id":"t","InputTransformer":null}`)}, sample},
		{"constant", tocsin.Target{Input: `{"k":1}`}, `{"k":1}`},
		{"path keeps digits and order", tocsin.Target{Path: "$.detail"}, sample[strings.Index(sample, `{"z"`) : len(sample)-1]},
		{"path to the whole", tocsin.Target{Path: "$"}, sample},
		{"path that names nothing", tocsin.Target{Path: "$.nope"}, ""},
		{"json values", ns(`{"n":<name>,"z":<z>,"l":<list>,"none":<none>,"null":<null>,"t":<type>}`),
			`{"n":"say \"hi\" <b>","z":1.50,"l":[{"n":1},{"n":2}],"none":"","null":null,"t":"Order & Co"}`},
		{"json strings", ns(`{"n":"I <name>!","z":"<z>","l":"<list>","none":"<none>","t":"<type>"}`),
			`{"n":"I say \"hi\" <b>!","z":"1.50","l":"[{\"n\":1},{\"n\":2}]","none":"","t":"Order & Co"}`},
		{"one quoted line", ns(`"<name> is <z>"`), `"say \"hi\" <b> is 1.50"`},
		{"plain text", ns(`<name> is <z>, <none>, <list>`), `say "hi" <b> is 1.50, , [{"n":1},{"n":2}]`},
		{"unknown names stay", ns(`a < b and <i>c</i> <`), `a < b and <i>c</i> <`},
		{"escaped", ns(`{"n":"\<name\>","q":"\"<z>\""}`), `{"n":"<name>","q":"\"1.50\""}`},
		{"reserved", ns(`{"arn":<aws.events.rule-arn>,"name":"<aws.events.rule-name>","at":<aws.events.event.ingestion-time>}`),
			`{"arn":"arn:aws:events:us-east-1:111122223333:rule/r","name":"r","at":"2026-11-22T03:04:06Z"}`},
		{"whole event", ns(`{"e":<aws.events.event.json>}`), `{"e":` + sample + `}`},
		{"event without detail", ns(`<aws.events.event>`),
			`{"account":"111122223333","detail-type":"Order & Co","id":"e1","region":"us-east-1","resources":["arn:x","arn:y"],"source":"my.app","time":"2026-11-22T03:04:05Z","version":"0"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := payload(now, sampleMatch(), &tt.target)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("payload (-want +got):\n%s", d)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	tests := []struct{ path, want string }{ // "" is nothing, "!" refused
		{"$.source", `"my.app"`},
		{"$.detail-type", `"Order & Co"`},
		{"$['detail-type']", `"Order & Co"`},
		{"$.detail.x-y['k k']", "true"},
		{"$.detail.list[1].n", "2"},
		{"$.detail.list[-1].n", "2"},
		{"$.detail.list[2]", ""},
		{"$.detail.list[*].n", "[1,2]"},
		{"$.detail.list[?(@.n > 1)]", `[{"n":2}]`},
		{"$..n", "[1,2]"},
		{"$.resources", `["arn:x","arn:y"]`},
		{"$.detail.none", "null"},
		{"$.source.x", ""},
		{"$.source[0]", ""},
		{"source", "!"}, {"$.", "!"}, {"$.a b", "!"}, {"$[", "!"}, {"$.detail[?(@.n", "!"}, {"", "!"},
	}
	for _, tt := range tests {
		p, err := parsePath(tt.path)
		if err != nil {
			if tt.want != "!" {
				t.Errorf("%s: %v", tt.path, err)
			}
			continue
		}
		if got := p.pick(json.RawMessage(sample)); string(got) != tt.want {
			t.Errorf("%s = %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestCheckInput(t *testing.T) {
	ok := ""
	tests := []struct {
		name   string
		target tocsin.Target
		want   string
	}{
		{"nothing", tocsin.Target{ID: "t"}, ok},
		{"constant", tocsin.Target{ID: "t", Input: `"x"`}, ok},
		{"not JSON", tocsin.Target{ID: "t", Input: `{`}, "JSON syntax error in input for target t"},
		{"path", tocsin.Target{ID: "t", Path: "$.detail-type"}, ok},
		{"bad path", tocsin.Target{ID: "t", Path: "detail"}, "Invalid InputPath for target t."},
		{"two ways", tocsin.Target{ID: "t", Input: `1`, Path: "$"}, "Only one of Input, InputPath, or InputTransformer must be provided for target t."},
		{"template", transform(t, `{"a":<a>,"b":"<aws.events.rule-arn>"}`, map[string]string{"a": "$.id"}), ok},
		{"text", transform(t, `hello <a>`, map[string]string{"a": "$.id"}), ok},
		{"quoted lines", transform(t, "\"one <a>\"\n\"two\"", map[string]string{"a": "$.id"}), ok},
		{"undefined variable", transform(t, `{"a":<b>}`, nil), "Invalid InputTemplate for target t : the template is not valid JSON."},
		{"bad path of a variable", transform(t, `<a>`, map[string]string{"a": "id"}), "Invalid InputPath for target t: a."},
		{"reserved name", transform(t, `<a>`, map[string]string{"aws.x": "$"}), "Invalid InputPathsMap key aws.x for target t: names that start with aws. are reserved."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ok
			if err := checkInput(&tt.target); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("error = %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzInput looks for paths and templates that end in a panic, or in a JSON
// template that was taken but gives no JSON.
func FuzzInput(f *testing.F) {
	for _, s := range []string{"$.detail", "$.detail-type", "$..n", "$.detail.list[?(@.n > 1)]", "$['a", "$[-1]", "$[1:2:0]", "$.x-y.z"} {
		f.Add(s, `{"a":<v>,"b":"<v>"}`)
	}
	f.Add("$.detail.name", `{"a":"\\<v>\\"<v>\""}`)
	f.Add("$", `<v>`)
	f.Fuzz(func(t *testing.T, path, template string) {
		payload(time.Time{}, sampleMatch(), &tocsin.Target{Path: path})
		tr := transform(t, template, map[string]string{"v": path})
		if checkInput(&tr) != nil || !strings.HasPrefix(template, "{") {
			return
		}
		if got := payload(time.Time{}, sampleMatch(), &tr); !json.Valid([]byte(got)) {
			t.Errorf("template %q, path %q gives %q, which is not JSON", template, path, got)
		}
	})
}
