package source

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

func TestState(t *testing.T) {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		s    Status
		want State
	}{
		{"nothing came yet", Status{}, Quiet},
		{"something came", Status{Last: now.Add(-time.Hour)}, Well},
		{"a day ago", Status{Last: now.Add(-QuietAfter)}, Well},
		{"more than a day ago", Status{Last: now.Add(-QuietAfter - time.Second)}, Quiet},
		{"trouble", Status{Last: now, Error: "refused"}, Trouble},
		{"trouble from the beginning", Status{Error: "refused"}, Trouble},
	} {
		if got := c.s.State(now); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Trouble began with its first error, whatever errors follow, and is over at once.
func TestTroubleSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &Intake{Name: "logs", Log: slog.New(slog.DiscardHandler)}
		began := time.Now()
		in.Fail(errors.New("refused"))
		time.Sleep(time.Minute)
		in.Fail(errors.New("no such queue"))
		if s := in.Status(); !s.Since.Equal(began) || !s.ErrorTime.Equal(began.Add(time.Minute)) || s.Error != "no such queue" {
			t.Errorf("in trouble: %+v", s)
		}
		in.Well()
		if s := in.Status(); !s.Since.IsZero() || !s.ErrorTime.IsZero() || s.State(time.Now()) != Quiet {
			t.Errorf("after it: %+v", s)
		}
		time.Sleep(time.Minute)
		in.Fail(errors.New("refused"))
		if s := in.Status(); !s.Since.Equal(time.Now()) {
			t.Errorf("trouble anew: %+v", s)
		}
	})
}
