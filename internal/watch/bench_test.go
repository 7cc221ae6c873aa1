package watch

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// BenchmarkRound is a round over 10,000 resources in which nothing is new, without
// the time that reading them from outside takes.
func BenchmarkRound(b *testing.B) {
	w := newTower(b, dbtest.SQLite(b), time.Minute)
	for i := range 10000 {
		w.world.set(fmt.Sprintf("bucket-%05d", i), "COMPLIANT")
	}
	w.look() // everything is new
	for b.Loop() {
		w.look()
	}
}
