package server

import (
	"slices"
	"testing"

	"github.com/tocsin-io/tocsin/pattern"
)

// Every kind that is built in describes itself whole, and no two clash.
func TestWatches(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range watches {
		if seen[k.Name] || k.Name == "" || k.Type == "" || k.Open == nil || len(k.Checks) == 0 {
			t.Errorf("the watch %q is not whole, or stands twice", k.Name)
		}
		seen[k.Name] = true
		if _, err := pattern.Compile([]byte(k.Trigger), pattern.Service); err != nil {
			t.Errorf("the watch %s never looks at once: %v", k.Name, err)
		}
	}
	all := watches.Identifiers()
	if len(slices.Compact(all)) != len(watches.Identifiers()) {
		t.Errorf("a rule stands twice: %v", watches.Identifiers())
	}
	if _, _, ok := watches.Find("S3_BUCKET_PUBLIC_READ_PROHIBITED"); !ok {
		t.Error("the rule of the scenario is not there")
	}
}
