package email

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/notify/notifytest"
)

const (
	user = "tocsin@mail.example.org"
	pass = "hunter2 p%s/s?"
)

// authority makes certificates for 127.0.0.1 and localhost, and a file for ca=.
type authority struct {
	cert tls.Certificate
	file string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file: file}
}

// fake is a mail server: emersion/go-smtp, with moods.
type fake struct {
	setup
	t    testing.TB
	ca   *authority
	addr string
	end  chan struct{} // closed with the test: lets go what hangs

	mu       sync.Mutex
	mood     notifytest.Mood
	refuse   map[string]*smtp.SMTPError // by command; overrides the mood
	took     []taken
	mend     bool // the refusals end with the next connection
	conns    map[*smtp.Conn]bool
	opened   int // connections that said EHLO
	mechs    []string
	inFlight int
	most     int // mails handed over at the same time
}

// setup is what a test wants of its server.
type setup struct {
	starttls, implicit bool
	open               bool // no sign-in wanted
	mechanisms         []string
	utf8               bool
	delay              time.Duration // to take a mail
	query              string
}

type taken struct {
	from    string
	to      []string
	utf8    bool
	tls     bool
	raw     []byte
	arrived time.Time
}

func newFake(t testing.TB, s setup) *fake {
	t.Helper()
	if s.mechanisms == nil {
		s.mechanisms = []string{"LOGIN", "PLAIN"}
	}
	f := &fake{setup: s, t: t, ca: newAuthority(t), end: make(chan struct{}), conns: map[*smtp.Conn]bool{}}
	srv := smtp.NewServer(smtp.BackendFunc(f.session))
	srv.Domain, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "mail.test", true, s.utf8
	srv.ErrorLog = log.New(io.Discard, "", 0)
	config := &tls.Config{Certificates: []tls.Certificate{f.ca.cert}}
	if s.starttls {
		srv.TLSConfig = config
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	if s.implicit {
		l = tls.NewListener(l, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() {
		close(f.end)
		srv.Close()
		l.Close() // which the server may not have known yet
		<-done
	})
	return f
}

func (f *fake) url() string {
	scheme := "smtp"
	if f.implicit {
		scheme = "smtps"
	}
	u := url.URL{Scheme: scheme, Host: f.addr, User: url.UserPassword(user, pass)}
	if f.open {
		u.User = nil
	}
	q := "from=" + url.QueryEscape("Tocsin Ünit <alerts@example.org>")
	if f.starttls || f.implicit {
		q += "&ca=" + url.QueryEscape(f.ca.file)
	}
	u.RawQuery = q + f.query
	return u.String()
}

func (f *fake) Settings() notify.Settings { return notify.Settings{"url": f.url()} }
func (f *fake) Address() string           { return "ann@example.net" }
func (f *fake) Secrets() []string {
	return []string{user, pass, url.QueryEscape(pass), url.PathEscape(pass), url.UserPassword(user, pass).String()}
}

func (f *fake) Be(m notifytest.Mood) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mood, f.refuse = m, nil
}

// answer has the server answer a command ("MAIL", "RCPT", "DATA", "CONN") so.
func (f *fake) answer(command string, code int, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = map[string]*smtp.SMTPError{command: {Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}}
}

func (f *fake) Took() []notifytest.Took {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []notifytest.Took
	for _, m := range f.took {
		p := parse(f.t, m.raw)
		to := slices.Clone(m.to)
		for _, name := range []string{"To", "Cc", "Bcc"} {
			list, err := p.header.AddressList(name)
			if err != nil && !errors.Is(err, mail.ErrHeaderNotPresent) {
				f.t.Errorf("header %s: %v", name, err)
			}
			for _, a := range list {
				to = append(to, a.Address)
			}
		}
		slices.Sort(to)
		all = append(all, notifytest.Took{Key: p.header.Get("Message-Id"), To: slices.Compact(to), Text: p.subject + "\n" + p.text + "\n" + p.html})
	}
	return all
}

// mails gives what was taken, as it came.
func (f *fake) mails() []taken {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.took)
}

// dropAll cuts every connection, as a server does that is restarted.
func (f *fake) dropAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		c.Conn().Close()
	}
}

func (f *fake) session(c *smtp.Conn) (smtp.Session, error) {
	f.mu.Lock()
	f.conns[c] = true
	f.opened++
	if f.mend {
		f.refuse, f.mend = nil, false
	}
	f.mu.Unlock()
	if err := f.obey("CONN", ""); err != nil {
		return nil, err
	}
	return &session{fake: f, conn: c, in: f.open}, nil
}

// obey does what the mood, or a set answer, wants at a command.
func (f *fake) obey(command, said string) error {
	f.mu.Lock()
	mood, refuse := f.mood, f.refuse[command]
	f.mu.Unlock()
	words := "you said " + user + " " + pass + " and " + strings.Join(strings.Fields(said), " ")
	switch {
	case refuse != nil:
		return refuse
	case mood == notifytest.Hang:
		<-f.end
		return errors.New("end of the test")
	case mood == notifytest.UnknownSecrets && command == "AUTH":
		return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: words}
	case mood == notifytest.RefuseForGood && command == "DATA":
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: words}
	case mood == notifytest.RefuseForNow && command == "DATA":
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: words}
	}
	return nil
}

type session struct {
	*fake
	conn *smtp.Conn
	in   bool
	mail taken
}

func (s *session) AuthMechanisms() []string {
	if s.open {
		return nil
	}
	return s.mechanisms
}

func (s *session) Auth(mech string) (sasl.Server, error) {
	s.mu.Lock()
	s.mechs = append(s.mechs, mech)
	s.mu.Unlock()
	check := func(u, p string) error {
		if err := s.obey("AUTH", ""); err != nil {
			return err
		}
		if s.in = u == user && p == pass; !s.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	switch mech {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, u, p string) error { return check(u, p) }), nil
	case "LOGIN":
		return &loginServer{check: check}, nil
	case "CRAM-MD5":
		return &cramServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) Mail(from string, o *smtp.MailOptions) error {
	if !s.in {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	_, encrypted := s.conn.TLSConnectionState()
	s.mail = taken{from: from, utf8: o.UTF8, tls: encrypted}
	return s.obey("MAIL", "")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, to)
	return s.obey("RCPT", to)
}

func (s *session) Data(r io.Reader) error {
	s.mu.Lock()
	s.inFlight++
	s.most = max(s.most, s.inFlight)
	hangUp := s.mood == notifytest.HangUp
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.inFlight--; s.mu.Unlock() }()
	if hangUp {
		_, _ = io.Copy(io.Discard, r) // all of it: before, the sender would know that it was not taken
		s.conn.Conn().Close()
		return errors.New("hung up")
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.obey("DATA", string(raw)); err != nil {
		return err
	}
	if s.delay > 0 {
		select {
		case <-time.After(s.delay):
		case <-s.end:
		}
	}
	s.mail.raw, s.mail.arrived = raw, time.Now()
	s.mu.Lock()
	s.took = append(s.took, s.mail)
	s.mu.Unlock()
	return nil
}

func (s *session) Reset() {}

func (s *session) Logout() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, s.conn)
	return nil
}

// loginServer speaks AUTH LOGIN as servers do: it asks twice.
type loginServer struct {
	check func(u, p string) error
	asked int
	user  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// cramServer speaks CRAM-MD5. Source: RFC 2195.
type cramServer struct {
	check func(u, p string) error
	asked bool
}

func (c *cramServer) Next(response []byte) ([]byte, bool, error) {
	const challenge = "<1.2@mail.test>"
	if !c.asked {
		c.asked = true
		return []byte(challenge), false, nil
	}
	mac := hmac.New(md5.New, []byte(pass))
	mac.Write([]byte(challenge))
	if string(response) != user+" "+hex.EncodeToString(mac.Sum(nil)) {
		return nil, true, smtp.ErrAuthFailed
	}
	return nil, true, c.check(user, pass)
}

// parsed is a mail as a mail program reads it.
type parsed struct {
	header     mail.Header
	subject    string
	text, html string
	media      string
}

func parse(t testing.TB, raw []byte) parsed {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("not a mail: %v\n%s", err, raw)
	}
	p := parsed{header: m.Header}
	if p.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Errorf("subject: %v", err)
	}
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("content type: %v", err)
	}
	p.media = media
	if media != "multipart/alternative" {
		p.text = body(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)
		return p
	}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatalf("part: %v\n%s", err, raw)
		}
		content := body(t, part.Header.Get("Content-Transfer-Encoding"), part)
		switch kind := part.Header.Get("Content-Type"); {
		case strings.EqualFold(kind, "text/plain; charset=utf-8"):
			p.text = content
		case strings.EqualFold(kind, "text/html; charset=utf-8"):
			p.html = content
		default:
			t.Errorf("part of type %q", kind)
		}
	}
}

func body(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	if encoding != "quoted-printable" {
		t.Errorf("encoding %q", encoding)
	}
	b, err := io.ReadAll(quotedprintable.NewReader(r))
	if err != nil {
		t.Errorf("body: %v", err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// checkWire fails on what RFC 5322 does not allow: long lines, bare line ends,
// bytes outside ASCII in the headers.
func checkWire(t testing.TB, raw []byte, utf8 bool) {
	t.Helper()
	for i, line := range strings.SplitAfter(string(raw), "\r\n") {
		if len(line) > 1000 {
			t.Errorf("line %d has %d characters", i+1, len(line))
		}
		if strings.ContainsAny(strings.TrimSuffix(line, "\r\n"), "\r\n\x00") {
			t.Errorf("line %d holds a bare line end: %q", i+1, line)
		}
	}
	if !utf8 && !isASCII(string(raw)) {
		t.Error("bytes outside ASCII")
	}
}

// mendOnNextSession has the server behave again from the next connection on.
func (f *fake) mendOnNextSession() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mend = true
}

func (f *fake) sessions() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened
}

func serverInfo(encrypted bool, ways ...string) *gosmtp.ServerInfo {
	return &gosmtp.ServerInfo{Name: "mail.example.org", TLS: encrypted, Auth: ways}
}

func pageOf(to, code, page, thread string) notify.Message {
	m := notifytest.Page(to, code, "k")
	m.Page, m.Incident, m.Thread = tocsin.ARN(page), tocsin.ARN(page), thread
	return m
}

// wireOf gives content as the DATA command sends it: lines end in CRLF.
func wireOf(content []byte) []byte {
	var b bytes.Buffer
	w := textproto.NewWriter(bufio.NewWriter(&b))
	d := w.DotWriter()
	_, _ = d.Write(content)
	_ = d.Close()
	out, _ := textproto.NewReader(bufio.NewReader(&b)).ReadDotBytes()
	return bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
}
