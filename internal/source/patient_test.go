package source

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// A reader from which nothing comes is given up; a slow one is not.
func TestPatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out := io.Pipe()
		ctx, stop := context.WithCancelCause(t.Context())
		var failed error
		p := newPatient(ctx, in, time.Minute, stop, &failed)
		go func() {
			for range 3 {
				time.Sleep(59 * time.Second)
				if _, err := out.Write([]byte("x")); err != nil {
					t.Error(err)
				}
			}
		}()
		b := make([]byte, 1)
		for range 3 {
			if n, err := p.Read(b); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			time.Sleep(time.Hour) // what is read is worked on
		}
		if _, err := p.Read(b); err == nil || !errors.Is(context.Cause(ctx), errStalled) {
			t.Error(err, context.Cause(ctx))
		}
	})
}
