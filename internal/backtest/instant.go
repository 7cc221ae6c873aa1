package backtest

import (
	"math"
	"time"
)

// noDate is the second of what has no readable time.
const noDate = math.MinInt64

// seconds reads a time as JSON spells it, in seconds of Unix time, or noDate.
// Logs name the same second many times in a row.
func (a *about) seconds(text []byte) int64 {
	if len(text) > 0 && string(text) == string(a.lastText) {
		return a.lastSecond
	}
	a.lastText = append(a.lastText[:0], text...)
	a.lastSecond = noDate
	if t, err := time.Parse(time.RFC3339Nano, string(text)); err == nil {
		a.lastSecond = t.Unix()
	}
	return a.lastSecond
}

// widths are those of a histogram's buckets: what people count time in.
var widths = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 28 * 24 * time.Hour, 91 * 24 * time.Hour, 364 * 24 * time.Hour,
}

// mostBuckets is how many a histogram has at most.
const mostBuckets = 48

// widthFor gives the width of buckets for a span between two seconds.
func widthFor(first, last int64) time.Duration {
	for _, w := range widths {
		if floor(last, w)-floor(first, w) < mostBuckets*int64(w/time.Second) {
			return w
		}
	}
	return widths[len(widths)-1]
}

// floor is the start of the bucket a second is in. Weeks begin on Monday.
func floor(second int64, width time.Duration) int64 {
	w := int64(width / time.Second)
	const monday = 4 * 24 * 3600 // 1970-01-05
	off := int64(0)
	if width >= 7*24*time.Hour {
		off = monday
	}
	d := (second - off) % w
	if d < 0 {
		d += w
	}
	return second - d
}
