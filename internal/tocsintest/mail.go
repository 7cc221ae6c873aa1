package tocsintest

import (
	"errors"
	"io"
	"log"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is a mail that the SMTP server took.
type Mail struct {
	Time   time.Time
	To     []string
	Header mail.Header
	Body   string
}

// Kind, Code, Page and Incident are what the mail says of itself.
func (m Mail) Kind() string { return m.Header.Get("X-Tocsin-Kind") }

// Code is the activation or accept code.
func (m Mail) Code() string { return m.Header.Get("X-Tocsin-Code") }

// Page is the page's ARN.
func (m Mail) Page() string { return m.Header.Get("X-Tocsin-Page") }

// Incident is the incident's ARN.
func (m Mail) Incident() string { return m.Header.Get("X-Tocsin-Incident") }

// Postbox is a real SMTP server on loopback that keeps every mail.
type Postbox struct {
	Addr  string
	Delay time.Duration // how long it takes over each mail

	mu     sync.Mutex
	refuse map[string]bool // to whom the next mail is not taken
	mails  []Mail
	more   chan struct{} // closed and replaced at each mail
}

// NewPostbox starts an SMTP server, ended with the test.
func NewPostbox(t testing.TB) *Postbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Postbox{Addr: l.Addr().String(), refuse: map[string]bool{}, more: make(chan struct{})}
	s := smtp.NewServer(p)
	s.Domain, s.AllowInsecureAuth = "localhost", true
	s.ErrorLog = log.New(io.Discard, "", 0) // killed servers cut their connections
	go func() {
		if err := s.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("SMTP server: %v", err)
		}
	}()
	t.Cleanup(func() { s.Close() })
	return p
}

// URL is the value of TOCSIN_SMTP_URL that leads here.
func (p *Postbox) URL() string { return "smtp://" + p.Addr + "?from=tocsin@example.org" }

// RefuseOnce has the next mail to an address refused for now, as servers do that
// greylist.
func (p *Postbox) RefuseOnce(to string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse[to] = true
}

// NewSession is called by the SMTP server.
func (p *Postbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{box: p}, nil }

type session struct {
	box *Postbox
	to  []string
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.refuse[to] {
		delete(s.box.refuse, to)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, try again later"}
	}
	s.to = append(s.to, to)
	return nil
}
func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	time.Sleep(s.box.Delay)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, Mail{Time: time.Now(), To: s.to, Header: m.Header, Body: string(body)})
	close(s.box.more)
	s.box.more = make(chan struct{})
	return nil
}

// Mails gives the mails taken so far, the oldest first.
func (p *Postbox) Mails() []Mail {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Mail(nil), p.mails...)
}

// Wait waits for the first mail that fits, up to the time given.
func (p *Postbox) Wait(t testing.TB, what string, within time.Duration, fits func(Mail) bool) Mail {
	t.Helper()
	deadline := time.After(within)
	for {
		p.mu.Lock()
		all, more := p.mails, p.more
		p.mu.Unlock()
		for _, m := range all {
			if fits(m) {
				return m
			}
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no mail came: %s (%d others did)", what, len(all))
		}
	}
}

// WaitKind waits for a mail of a kind to an address.
func (p *Postbox) WaitKind(t testing.TB, kind, to string) Mail {
	t.Helper()
	return p.Wait(t, kind+" to "+to, time.Minute, func(m Mail) bool {
		return m.Kind() == kind && strings.Contains(strings.Join(m.To, " "), to)
	})
}
