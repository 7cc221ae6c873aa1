package incident

import (
	"strings"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
)

// However long the names are, a title says how late its event came.
func TestLateTitle(t *testing.T) {
	at := time.Date(2026, 11, 20, 3, 4, 5, 0, time.UTC)
	for late, want := range map[time.Duration]string{
		time.Second: "came less than a minute after", time.Minute: "came 1 minute after", 119 * time.Minute: "came 119 minutes after",
		2 * time.Hour: "came 2 hours after", 47 * time.Hour: "came 47 hours after", 48 * time.Hour: "came 2 days after", 400 * 24 * time.Hour: "came 400 days after",
	} {
		p := &tocsin.ResponsePlan{Template: tocsin.Template{Title: strings.Repeat("é", 300)}}
		got := title(p, Trigger{Event: &tocsin.Event{Time: at, Late: late}, Rule: &tocsin.Rule{Name: "r"}})
		if end := " (late: happened 2026-11-20T03:04Z, " + want + ")"; !strings.HasSuffix(got, end) || len([]rune(got)) > 200 {
			t.Errorf("%d characters: %s", len([]rune(got)), got)
		}
	}
	if got := title(&tocsin.ResponsePlan{Template: tocsin.Template{Title: "T"}}, Trigger{Event: &tocsin.Event{Time: at}, Rule: &tocsin.Rule{Name: "r"}}); got != "T: r" {
		t.Error(got)
	}
}
