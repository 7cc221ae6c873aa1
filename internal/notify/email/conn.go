package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// conn is a connection on which mails can be handed over, one after the other.
type conn struct {
	client *smtp.Client
	raw    net.Conn    // below TLS; closing it ends whatever waits on the connection
	idle   *time.Timer // lets it go when it has been kept for too long
}

var (
	errNoTLS  = errors.New("the server offers no STARTTLS, and without it nothing is sent to another machine (smtps:// where it speaks TLS at once, tls=none to do without)")
	errNoAuth = errors.New("the server offers no way to sign in that is known here")
	errNoUTF8 = errors.New("the server takes no addresses outside ASCII (SMTPUTF8)")
)

// dial connects, agrees on TLS and signs in, or closes what it has opened.
func (s *sender) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	var raw net.Conn
	stop := func() bool { return true }
	lg := &login{user: s.user, pass: s.pass, host: s.host, plain: isLoopback(s.host) && s.secrecy != encrypted}
	client, err := s.converse(ctx, lg, func() (net.Conn, error) {
		c, err := s.connect(ctx, "tcp", s.name())
		if err != nil {
			return nil, err
		}
		raw = c
		stop = context.AfterFunc(ctx, func() { c.Close() })
		if !s.implicit {
			return c, nil
		}
		t := tls.Client(c, s.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		return t, nil
	})
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if raw != nil {
			raw.Close()
		}
		return nil, &failure{step: stepConnect, signIn: lg.mechanism, err: err}
	}
	return &conn{client: client, raw: raw}, nil
}

// converse greets the server on the connection that open gives.
func (s *sender) converse(ctx context.Context, lg *login, open func() (net.Conn, error)) (*smtp.Client, error) {
	policy := gomail.TLSOpportunistic // what is not offered is found out below, in our own words
	if s.secrecy == plain || s.implicit {
		policy = gomail.NoTLS
	}
	opts := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTimeout(dialTime), gomail.WithHELO(hostname()), gomail.WithTLSConfig(s.tls), gomail.WithTLSPolicy(policy),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return open() }),
	}
	if s.user != "" {
		opts = append(opts, gomail.WithSMTPAuthCustom(lg))
	}
	dialer, err := gomail.NewClient(s.host, opts...)
	if err != nil {
		return nil, err
	}
	client, err := dialer.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := client.TLSConnectionState(); !ok && s.secrecy == encrypted {
		return nil, errNoTLS
	}
	return client, nil
}

// login signs in by the best way the server offers, and by none that would send
// the password in clear to another machine. It implements smtp.Auth.
type login struct {
	user, pass, host string
	plain            bool   // may go unencrypted: the server is on this machine
	mechanism        string // the chosen one, once begun
	smtp.Auth
}

// Start chooses the way. Over TLS, PLAIN comes before CRAM-MD5, which many a
// server offers but cannot do with the passwords it has.
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS && !l.plain {
		return "", nil, errNoTLS
	}
	ways := []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5"}
	if !server.TLS {
		ways = []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN"}
	}
	for _, way := range ways {
		if slices.ContainsFunc(server.Auth, func(a string) bool { return strings.EqualFold(a, way) }) {
			l.mechanism = way
			break
		}
	}
	switch l.mechanism {
	case "SCRAM-SHA-256":
		l.Auth = smtp.ScramSHA256Auth(l.user, l.pass)
	case "SCRAM-SHA-1":
		l.Auth = smtp.ScramSHA1Auth(l.user, l.pass)
	case "PLAIN":
		l.Auth = smtp.PlainAuth("", l.user, l.pass, l.host, l.plain)
	case "LOGIN":
		l.Auth = smtp.LoginAuth(l.user, l.pass, l.host, l.plain)
	case "CRAM-MD5":
		l.Auth = smtp.CRAMMD5Auth(l.user, l.pass)
	default:
		return "", nil, errNoAuth
	}
	return l.Auth.Start(server)
}

// send hands l over and gives the server's answer. The connection must answer
// the first command within the time named first.
func (c *conn) send(l *letter, first time.Duration) (string, error) {
	if l.utf8 {
		if ok, _ := c.client.Extension("SMTPUTF8"); !ok {
			return "", &failure{step: stepRcpt, err: errNoUTF8}
		}
	}
	c.client.SkipSMTPUTF8(!l.utf8)
	if err := c.raw.SetDeadline(time.Now().Add(first)); err != nil {
		return "", &failure{step: stepMail, err: err}
	}
	if err := c.client.Mail(l.from); err != nil {
		return "", &failure{step: stepMail, err: err}
	}
	if err := c.raw.SetDeadline(time.Now().Add(sendTime)); err != nil {
		return "", &failure{step: stepRcpt, err: err}
	}
	if err := c.client.Rcpt(l.to); err != nil {
		return "", &failure{step: stepRcpt, err: err}
	}
	w, err := c.client.Data()
	if err != nil {
		return "", &failure{step: stepData, err: err}
	}
	if _, err := w.Write(l.content); err != nil {
		return "", &failure{step: stepContent, err: err}
	}
	if err := w.Close(); err != nil {
		return "", &failure{step: stepEnd, err: err}
	}
	if d, ok := w.(*smtp.DataCloser); ok {
		return d.ServerResponse(), nil
	}
	return "", nil
}

// reset makes c ready for the next mail after a refusal.
func (c *conn) reset() error {
	if err := c.raw.SetDeadline(time.Now().Add(warmTime)); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return c.client.Reset()
}

// quit says goodbye and closes.
func (c *conn) quit() {
	if c.raw.SetDeadline(time.Now().Add(quitTime)) == nil {
		_ = c.client.Quit() // the server may be gone; that is as good
	}
	c.raw.Close()
}

// hostname is how this machine calls itself in EHLO.
func hostname() string {
	name, err := os.Hostname()
	odd := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.')
	}
	if err != nil || name == "" || strings.ContainsFunc(name, odd) {
		return "localhost"
	}
	return name
}
