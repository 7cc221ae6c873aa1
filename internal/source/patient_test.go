package source

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// A reader from which nothing comes, or next to nothing, is given up; a slow one is
// not, and neither is one whose text takes long to be worked on.
func TestPatient(t *testing.T) {
	for _, c := range []struct {
		name  string
		every time.Duration
		size  int
		reads int // that succeed
		work  time.Duration
	}{
		{"slow", 59 * time.Second, slowest, 10, 0},
		{"worked on", time.Second, 10, 10, time.Hour},
		{"drop by drop", 20 * time.Second, 10, 2, 0},
		{"nothing", time.Hour, 10, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, out := io.Pipe()
				ctx, stop := context.WithCancelCause(t.Context())
				var failed error
				p := newPatient(ctx, in, time.Minute, stop, &failed)
				ended := make(chan bool)
				go func() {
					defer close(ended)
					defer out.Close()
					for range 10 {
						time.Sleep(c.every)
						if _, err := out.Write(make([]byte, c.size)); err != nil {
							return
						}
					}
				}()
				b := make([]byte, 2*slowest)
				for range c.reads {
					if n, err := p.Read(b); n != c.size || err != nil {
						t.Fatal(n, err)
					}
					time.Sleep(c.work)
				}
				_, err := p.Read(b)
				if cause := context.Cause(ctx); c.reads < 10 && (err == nil || !errors.Is(cause, errStalled)) || c.reads == 10 && (!errors.Is(err, io.EOF) || cause != nil) {
					t.Error(err, cause)
				}
				in.Close()
				stop(nil)
				<-ended
			})
		})
	}
}
