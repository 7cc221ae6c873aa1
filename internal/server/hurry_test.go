package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// A body that never ends is given up, and what is done with one that came may take
// longer than its coming.
func TestSlowBody(t *testing.T) {
	for _, c := range []struct {
		name, body string
		length     string
		fails      bool
	}{
		{"stalls", "half", "1000", true},
		{"comes whole", "whole", "5", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				read, worked := make(chan error, 1), make(chan error, 1)
				h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					r = hurry(w, r)
					_, err := io.ReadAll(r.Body)
					read <- err
					if err == nil {
						select {
						case <-r.Context().Done():
						case <-time.After(2 * bodyTime):
						}
					}
					worked <- r.Context().Err()
				})
				srv := &http.Server{Handler: h}
				go func() { _ = srv.Serve(&once{conn: there, done: make(chan struct{})}) }()
				go func() { _, _ = io.Copy(io.Discard, here) }()
				if _, err := io.WriteString(here, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "+c.length+"\r\n\r\n"+c.body); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				err := <-read
				if got := errors.Is(err, os.ErrDeadlineExceeded); got != c.fails || c.fails && time.Since(began) != bodyTime {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
				if err := <-worked; !c.fails && errors.Is(err, context.Canceled) {
					t.Error("the request ended while it was worked on")
				}
				here.Close()
				srv.Close()
				synctest.Wait()
			})
		})
	}
}

// once is a listener for one connection.
type once struct {
	conn net.Conn
	done chan struct{}
}

func (o *once) Accept() (net.Conn, error) {
	if c := o.conn; c != nil {
		o.conn = nil
		return c, nil
	}
	<-o.done
	return nil, net.ErrClosed
}

func (o *once) Close() error {
	close(o.done)
	return nil
}

func (o *once) Addr() net.Addr { return &net.TCPAddr{} }
