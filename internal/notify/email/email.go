// Package email brings messages to people by SMTP. Its messages come from
// package notify, ready rendered; they go, as one MIME message each, to the mail
// server that the operator's SMTP URL names.
//
// Up to sixteen connections work side by side, and each is kept open for half a
// minute after its last mail, so that the next page waits for no handshake. A
// kept connection may have died meanwhile: as long as nothing was handed over on
// it, the mail is sent again at once on a new one.
package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
)

// Channel is e-mail.
var Channel = notify.Channel{
	Name:   "email",
	Type:   tocsin.Email,
	Can:    notify.Page | notify.Updates,
	Fields: fields,
	Open:   open,
}

var fields = []notify.Field{
	{Name: "url", Kind: notify.URL, Required: true, Hint: form},
}

// Limits in time.
const (
	dialTime = 15 * time.Second // to connect, agree on TLS and sign in
	sendTime = 40 * time.Second // one Send, waiting for a free connection included
	warmTime = 5 * time.Second  // a kept connection's first answer; then it counts as dead
	idleTime = 30 * time.Second // how long a connection is kept without use
	quitTime = time.Second      // to say goodbye
)

// sender hands mails to one mail server. It implements notify.Sender and io.Closer.
type sender struct {
	server
	tls     *tls.Config
	secrets secrets
	slots   chan struct{} // one per connection that may be in use
	pool    pool
	connect func(ctx context.Context, network, address string) (net.Conn, error) // tests connect in memory
}

func open(s notify.Settings) (notify.Sender, error) {
	if err := notify.CheckSettings(fields, s); err != nil {
		return nil, err
	}
	srv, err := parseURL(s["url"])
	if err != nil {
		return nil, fmt.Errorf("SMTP URL: %w", err)
	}
	roots, err := srv.roots()
	if err != nil {
		return nil, fmt.Errorf("SMTP URL: %w", err)
	}
	return &sender{
		server: *srv,
		tls: &tls.Config{ServerName: srv.host, RootCAs: roots, MinVersion: tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(srv.connections)},
		secrets: secretsOf(srv),
		slots:   make(chan struct{}, srv.connections),
		pool:    pool{keep: srv.connections},
		connect: (&net.Dialer{}).DialContext,
	}, nil
}

// Send hands one mail over. A recipient or a message that the server refuses
// for good (5xx to RCPT, DATA or the content) is Permanent; everything else may
// be mended by the operator, the server or time, a refused sign-in too.
// The receipt's ID is the Message-ID and what the server answered, which holds
// its queue's id.
func (s *sender) Send(ctx context.Context, m notify.Message) (notify.Receipt, error) {
	to, err := parseAddress(m.To)
	if err != nil {
		return notify.Receipt{}, notify.Permanent(fmt.Errorf("send mail: the channel's address: %w", err))
	}
	l, err := s.compose(m, to)
	if err != nil {
		return notify.Receipt{}, fmt.Errorf("send mail: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return notify.Receipt{}, fmt.Errorf("send mail: all %d connections to %s are busy: %w", s.connections, s.name(), ctx.Err())
	}
	reply, err := s.hand(ctx, l)
	if err != nil {
		return notify.Receipt{}, s.explain(ctx, err, m.Code)
	}
	return notify.Receipt{ID: tocsin.Clip(l.id+" "+s.secrets.scrub(reply, m.Code), 2048)}, nil
}

// hand brings l to the server, on a kept connection where there is one.
func (s *sender) hand(ctx context.Context, l *letter) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if c := s.pool.take(); c != nil {
		reply, err := s.try(ctx, c, l, warmTime)
		var f *failure
		if err == nil || !errors.As(err, &f) || !f.stale() || ctx.Err() != nil {
			return reply, err
		}
	}
	c, err := s.dial(ctx)
	if err != nil {
		return "", err
	}
	return s.try(ctx, c, l, sendTime)
}

// try makes one try on c, then keeps c or lets it go.
func (s *sender) try(ctx context.Context, c *conn, l *letter, first time.Duration) (string, error) {
	stop := context.AfterFunc(ctx, func() { c.raw.Close() })
	reply, err := c.send(l, first)
	whole := stop() // else the connection was cut
	var f *failure
	switch {
	case whole && err == nil:
		s.pool.put(c)
	case whole && errors.As(err, &f) && f.code() != 0 && f.code() != 421 && c.reset() == nil:
		s.pool.put(c)
	default:
		c.raw.Close()
	}
	return reply, err
}

// Close ends the connections that are not in use; the others end after their mail.
func (s *sender) Close() error {
	s.pool.close()
	return nil
}
