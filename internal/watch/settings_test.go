package watch

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
)

// none reads nothing.
type none struct{}

func (none) List(context.Context) ([]string, error)             { return nil, nil }
func (none) Read(context.Context, string) (Subject, error)      { return nil, ErrGone }
func (none) Judge(string, map[string]string) (v tocsin.Verdict) { return v }
func openNone(Settings) (Reader, error)                         { return none{}, nil }

func TestRead(t *testing.T) {
	c := Catalogue{{Name: "s3", Open: openNone}, {Name: "iam", Open: openNone}}
	good, err := Read(map[string]any{
		"s3":  map[string]any{"endpoint": "http://127.0.0.1:7070", "region": "eu-west-1", "accessKeyId": "a", "secretAccessKey": "b", "interval": "90s"},
		"iam": nil,
	}, c, "us-east-1")
	if err != nil || len(good) != 2 {
		t.Fatalf("%v, %v", good, err)
	}
	want := []Settings{{Region: "us-east-1", Interval: time.Minute},
		{Endpoint: "http://127.0.0.1:7070", Region: "eu-west-1", AccessKeyID: "a", SecretAccessKey: "b", Interval: 90 * time.Second}}
	if diff := cmp.Diff(want, []Settings{good[0].Settings, good[1].Settings}); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []struct {
		name    string
		section map[string]any
		says    string
	}{
		{"unknown watch", map[string]any{"s4": nil}, `unknown key "s4"`},
		{"no settings", map[string]any{"s3": "yes"}, "want settings"},
		{"unknown setting", map[string]any{"s3": map[string]any{"intervall": "60s"}}, `unknown key "intervall"`},
		{"interval without a unit", map[string]any{"s3": map[string]any{"interval": 60}}, "not 60"},
		{"interval too short", map[string]any{"s3": map[string]any{"interval": "10ms"}}, "from 1s"},
		{"interval too long", map[string]any{"s3": map[string]any{"interval": "48h"}}, "from 1s"},
		{"endpoint without a scheme", map[string]any{"s3": map[string]any{"endpoint": "127.0.0.1:7070"}}, "endpoint"},
		{"endpoint with a password", map[string]any{"s3": map[string]any{"endpoint": "http://a:b@127.0.0.1"}}, "password"},
		{"half a key", map[string]any{"s3": map[string]any{"accessKeyId": "a"}}, "both"},
		{"key that is a number", map[string]any{"s3": map[string]any{"accessKeyId": 12, "secretAccessKey": "b"}}, "text"},
		{"region that is none", map[string]any{"s3": map[string]any{"region": "US East"}}, "region"},
	} {
		if _, err := Read(bad.section, c, "us-east-1"); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%s: %v; want %q", bad.name, err, bad.says)
		}
	}
}
