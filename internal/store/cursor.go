package store

import (
	"math"
	"time"

	"github.com/tocsin-io/tocsin"
)

// Cursor is a place in a list ordered by time and id. The zero Cursor is the
// list's beginning.
type Cursor struct {
	Time time.Time
	ID   string
}

// before gives the bounds for a list that runs from the newest to the oldest.
func (c Cursor) before() (int64, string) {
	if c.Time.IsZero() && c.ID == "" {
		return math.MaxInt64, ""
	}
	return micros(c.Time), c.ID
}

// after gives the bounds for a list that runs from the oldest to the newest.
func (c Cursor) after() (int64, string) {
	if c.Time.IsZero() && c.ID == "" {
		return math.MinInt64, ""
	}
	return micros(c.Time), c.ID
}

func micros(t time.Time) int64 { return int64(tocsin.At(t)) }
