package watch

import (
	"fmt"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func TestZZ(t *testing.T) {
	w := newTower(t, dbtest.SQLite(t), time.Minute)
	for i := range 10000 {
		w.world.set(fmt.Sprintf("bucket-%05d", i), "COMPLIANT")
	}
	at := time.Now()
	w.look()
	t.Log("first", time.Since(at))
	at = time.Now()
	w.look()
	t.Log("again", time.Since(at))
}
