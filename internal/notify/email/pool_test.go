package email

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/notify/notifytest"
)

// scripted is a mail server in memory, for what a real one does not do on
// demand: falling silent without closing the connection.
type scripted struct {
	opened, mails, quits atomic.Int32
	silent               func(conn int32, command string) bool
}

func (s *scripted) connect(context.Context, string, string) (net.Conn, error) {
	client, srv := net.Pipe()
	go s.serve(s.opened.Add(1), srv)
	return client, nil
}

func (s *scripted) serve(n int32, c net.Conn) {
	defer c.Close()
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 mail.test")
	content := false
	for in := bufio.NewScanner(c); in.Scan(); {
		command, _, _ := strings.Cut(in.Text(), " ")
		switch {
		case content && in.Text() != ".":
		case content:
			content = false
			s.mails.Add(1)
			say("250 queued")
		case s.silent != nil && s.silent(n, command):
			_, _ = io.Copy(io.Discard, c)
			return
		case command == "DATA":
			content = true
			say("354 go on")
		case command == "QUIT":
			s.quits.Add(1)
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func inMemory(t *testing.T, s *scripted) *sender {
	t.Helper()
	opened, err := Channel.Open(notify.Settings{"url": "smtp://localhost?from=alerts@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	sender := opened.(*sender)
	sender.connect = s.connect
	return sender
}

// A kept connection that answers nothing any more, as when a firewall forgot it,
// costs five seconds and not the page.
func TestReplacesASilentConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &scripted{}
		s := inMemory(t, srv)
		defer s.Close()
		send(t, s, notifytest.Page("ann@example.net", "314159", "k1"))
		srv.silent = func(conn int32, _ string) bool { return conn == 1 }
		start := time.Now()
		send(t, s, notifytest.Page("ann@example.net", "314159", "k2"))
		if d := time.Since(start); d != warmTime || srv.opened.Load() != 2 || srv.mails.Load() != 2 {
			t.Errorf("took %v and %d connections for %d mails", d, srv.opened.Load(), srv.mails.Load())
		}
	})
}

// A server that is silent from the start ends Send before the job's own end.
func TestSilentServer(t *testing.T) {
	for command, limit := range map[string]time.Duration{"EHLO": dialTime, "MAIL": sendTime, "DATA": sendTime} {
		synctest.Test(t, func(t *testing.T) {
			srv := &scripted{silent: func(_ int32, c string) bool { return c == command }}
			s := inMemory(t, srv)
			defer s.Close()
			start := time.Now()
			_, err := s.Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k1"))
			if err == nil || notify.IsPermanent(err) {
				t.Errorf("silent at %s: %v", command, err)
			}
			if d := time.Since(start); d > limit {
				t.Errorf("silent at %s: took %v, want at most %v", command, d, limit)
			}
		})
	}
}

func TestLetsIdleConnectionsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &scripted{}
		s := inMemory(t, srv)
		for range 3 { // each within the other's time
			send(t, s, notifytest.Page("ann@example.net", "314159", "k"))
			time.Sleep(idleTime - time.Second)
		}
		if srv.opened.Load() != 1 || srv.quits.Load() != 0 {
			t.Errorf("%d connections, %d ended", srv.opened.Load(), srv.quits.Load())
		}
		time.Sleep(2 * time.Second)
		if srv.quits.Load() != 1 {
			t.Error("an idle connection is kept for ever")
		}
		send(t, s, notifytest.Page("ann@example.net", "314159", "k"))
		s.Close()
		if srv.opened.Load() != 2 || srv.quits.Load() != 2 {
			t.Errorf("%d connections, %d ended", srv.opened.Load(), srv.quits.Load())
		}
		send(t, s, notifytest.Page("ann@example.net", "314159", "k")) // still sent, but nothing is kept
		synctest.Wait()
		if srv.mails.Load() != 5 || srv.quits.Load() != 3 {
			t.Errorf("after Close: %d mails, %d connections ended", srv.mails.Load(), srv.quits.Load())
		}
	})
}

func TestCloseWaitsForNoSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := &scripted{silent: func(_ int32, c string) bool { return c == "QUIT" }}
		s := inMemory(t, srv)
		send(t, s, notifytest.Page("ann@example.net", "314159", "k1"))
		start := time.Now()
		s.Close()
		if d := time.Since(start); d > quitTime {
			t.Errorf("Close took %v", d)
		}
	})
}
