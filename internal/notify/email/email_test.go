package email

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/notify/notifytest"
)

func TestConformance(t *testing.T) {
	for name, s := range map[string]setup{
		"starttls": {starttls: true, query: "&tls=starttls"},
		"smtps":    {implicit: true},
		"plain":    {mechanisms: []string{"LOGIN"}},
	} {
		t.Run(name, func(t *testing.T) {
			notifytest.Run(t, Channel, func(t *testing.T) notifytest.Fake { return newFake(t, s) })
		})
	}
}

func dial(t testing.TB, f *fake) notify.Sender {
	t.Helper()
	s, err := Channel.Open(f.Settings())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { s.(io.Closer).Close() })
	return s
}

func send(t testing.TB, s notify.Sender, m notify.Message) notify.Receipt {
	t.Helper()
	r, err := s.Send(t.Context(), m)
	if err != nil {
		t.Fatalf("Send: %v", err)
	}
	return r
}

func TestMailAsRead(t *testing.T) {
	f := newFake(t, setup{starttls: true})
	s := dial(t, f)
	m := notifytest.Page("ann@example.net", "314159", "p1-0")
	m.Subject = "Größere Störung 🔥 " + strings.Repeat("lang ", 30)
	m.Text = "Zeile\n.\nnoch eine\n"
	r := send(t, s, m)
	got := f.mails()[0]
	checkWire(t, got.raw, false)
	if !got.tls {
		t.Error("sent without TLS though the server offers it")
	}
	if got.from != "alerts@example.org" || !slices.Equal(got.to, []string{"ann@example.net"}) {
		t.Errorf("envelope from %q to %q", got.from, got.to)
	}
	p := parse(t, got.raw)
	if want := strings.TrimSpace(m.Subject); p.subject != want {
		t.Errorf("subject %q, want %q", p.subject, want)
	}
	if p.text != m.Text || p.html != m.HTML {
		t.Errorf("parts: %q and %q", p.text, p.html)
	}
	if date, err := p.header.Date(); err != nil || !date.Equal(m.Time) {
		t.Errorf("date %v, %v", date, err)
	}
	if from, err := p.header.AddressList("From"); err != nil || *from[0] != (mail.Address{Name: "Tocsin Ünit", Address: "alerts@example.org"}) {
		t.Errorf("from %v, %v", from, err)
	}
	id := p.header.Get("Message-Id")
	if !strings.HasPrefix(r.ID, strings.Trim(id, "<>")+" ") || !strings.HasSuffix(id, "@example.org>") || !strings.Contains(r.ID, "queued") {
		t.Errorf("receipt %q, Message-ID %q", r.ID, id)
	}
	want := map[string]string{
		"To": "<ann@example.net>", "Mime-Version": "1.0", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply",
		"X-Priority": "1", "Importance": "high", "X-Tocsin-Kind": "page", "X-Tocsin-Code": "314159",
		"X-Tocsin-Page": string(m.Page), "X-Tocsin-Incident": string(m.Incident),
	}
	have := map[string]string{}
	for name := range want {
		have[name] = p.header.Get(name)
	}
	if d := cmp.Diff(want, have); d != "" {
		t.Errorf("headers (-want +got):\n%s", d)
	}
}

// Mails of an incident name one thread, other mails another, and what a mail
// does not have is not in its headers.
func TestThreads(t *testing.T) {
	f := newFake(t, setup{open: true})
	s := dial(t, f)
	first, second := notifytest.Page("ann@example.net", "111111", "p1-0"), notifytest.Page("bob@example.net", "222222", "p2-0")
	activation := notify.Message{Message: tocsin.Message{Kind: tocsin.KindActivation, To: "ann@example.net", Code: "333333", Subject: "Activate", Text: "333333"},
		Key: "c1-0", Thread: "arn:channel"}
	for _, m := range []notify.Message{first, second, activation} {
		send(t, s, m)
	}
	var h []mail.Header
	for _, m := range f.mails() {
		h = append(h, parse(t, m.raw).header)
	}
	if a, b := h[0].Get("References"), h[1].Get("References"); a == "" || a != b || h[0].Get("In-Reply-To") != a {
		t.Errorf("two pages of an incident reference %q and %q", a, b)
	}
	if h[0].Get("References") == h[2].Get("References") {
		t.Error("the activation is in the incident's thread")
	}
	if h[0].Get("Message-Id") == h[1].Get("Message-Id") {
		t.Error("two pages have one Message-ID")
	}
	for _, name := range []string{"X-Tocsin-Page", "X-Tocsin-Incident", "X-Priority", "Importance"} {
		if v, ok := h[2][name]; ok {
			t.Errorf("the activation has %s: %q", name, v)
		}
	}
	if d := h[2].Get("Date"); d == "" {
		t.Error("no date")
	}
	if p := parse(t, f.mails()[2].raw); p.media != "text/plain" || strings.TrimSpace(p.text) != "333333" {
		t.Errorf("a mail without HTML is %s with %q", p.media, p.text)
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		command   string
		code      int
		permanent bool
		says      string
	}{
		{"RCPT", 550, true, "refuses the recipient"},
		{"RCPT", 553, true, "refuses the recipient"},
		{"RCPT", 450, false, "refuses the recipient"},
		{"RCPT", 530, false, "wants a sign-in"},
		{"DATA", 552, true, "refuses the mail"},
		{"DATA", 452, false, "refuses the mail"},
		{"DATA", 421, false, "refuses the mail"},
		{"MAIL", 550, false, "refuses the sender"},
		{"MAIL", 451, false, "refuses the sender"},
		{"CONN", 554, false, "cannot be used"},
		{"CONN", 421, false, "cannot be used"},
	} {
		t.Run(fmt.Sprint(tt.command, tt.code), func(t *testing.T) {
			f := newFake(t, setup{})
			f.answer(tt.command, tt.code, "the reason given")
			_, err := dial(t, f).Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k"))
			if err == nil {
				t.Fatal("Send succeeds")
			}
			if notify.IsPermanent(err) != tt.permanent {
				t.Errorf("IsPermanent is %t: %v", !tt.permanent, err)
			}
			for _, part := range []string{tt.says, "the reason given", fmt.Sprint(tt.code), f.addr} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in the error: %v", part, err)
				}
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		to, envelope string
		server       setup
		utf8         bool
	}{
		{to: "ann@example.net", envelope: "ann@example.net", server: setup{open: true, utf8: true}},
		{to: "info@Müller.example", envelope: "info@xn--mller-kva.example", server: setup{open: true}},
		{to: `"odd name"@example.net`, envelope: "odd name@example.net", server: setup{open: true}},
		{to: `"a\"b>c"@example.net`, envelope: `a"b>c@example.net`, server: setup{open: true}},
		{to: "jörg@example.net", envelope: "jörg@example.net", server: setup{open: true, utf8: true}, utf8: true},
		{to: "jörg@example.net", server: setup{open: true}},
		{to: "nobody", server: setup{open: true}},
		{to: "", server: setup{open: true}},
		{to: "a@b, c@d", server: setup{open: true}},
		{to: "a@example.net>\r\nRCPT TO:<c@d", server: setup{open: true}},
		{to: strings.Repeat("a", 65) + "@example.net", server: setup{open: true}},
	} {
		f := newFake(t, tt.server)
		_, err := dial(t, f).Send(t.Context(), notifytest.Page(tt.to, "314159", "k"))
		if tt.envelope == "" {
			if !notify.IsPermanent(err) || len(f.mails()) != 0 {
				t.Errorf("%q: %v, want a permanent error; %d sent", tt.to, err, len(f.mails()))
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.to, err)
			continue
		}
		got := f.mails()[0]
		if !slices.Equal(got.to, []string{tt.envelope}) || got.utf8 != tt.utf8 {
			t.Errorf("%q: reached %q, SMTPUTF8 %t", tt.to, got.to, got.utf8)
		}
		checkWire(t, got.raw, tt.utf8)
	}
}

func TestSignIn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server setup
		want   string
	}{
		{"PLAIN over TLS", setup{starttls: true, mechanisms: []string{"CRAM-MD5", "LOGIN", "PLAIN"}}, "PLAIN"},
		{"CRAM-MD5 without TLS", setup{mechanisms: []string{"LOGIN", "PLAIN", "CRAM-MD5"}}, "CRAM-MD5"},
		{"LOGIN alone", setup{implicit: true, mechanisms: []string{"LOGIN"}}, "LOGIN"},
		{"unknown ones passed over", setup{starttls: true, mechanisms: []string{"GSSAPI", "NTLM", "PLAIN"}}, "PLAIN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, tt.server)
			send(t, dial(t, f), notifytest.Page("ann@example.net", "314159", "k"))
			if !slices.Equal(f.mechs, []string{tt.want}) {
				t.Errorf("signed in by %q, want %s", f.mechs, tt.want)
			}
		})
	}
	t.Run("none known", func(t *testing.T) {
		f := newFake(t, setup{starttls: true, mechanisms: []string{"GSSAPI"}})
		_, err := dial(t, f).Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k"))
		if err == nil || notify.IsPermanent(err) || !strings.Contains(err.Error(), errNoAuth.Error()) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		f := newFake(t, setup{starttls: true})
		f.Be(notifytest.UnknownSecrets)
		_, err := dial(t, f).Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k"))
		if err == nil || notify.IsPermanent(err) || !strings.Contains(err.Error(), "check user and password") || !strings.Contains(err.Error(), "535") {
			t.Errorf("error %v", err)
		}
	})
}

func TestEncryption(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server setup
		url    func(string) string
		says   string
	}{
		{"a certificate nobody vouches for", setup{starttls: true}, func(u string) string { return before(u, "&ca=") }, "ca=FILE"},
		{"the same with TLS at once", setup{implicit: true}, func(u string) string { return before(u, "&ca=") }, "ca=FILE"},
		{"STARTTLS demanded, not offered", setup{query: "&tls=starttls"}, nil, errNoTLS.Error()},
		{"the same without a sign-in", setup{open: true, query: "&tls=starttls"}, nil, errNoTLS.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, tt.server)
			u := f.url()
			if tt.url != nil {
				u = tt.url(u)
			}
			s, err := Channel.Open(notify.Settings{"url": u})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k"))
			if err == nil || notify.IsPermanent(err) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want a passing one with %q", err, tt.says)
			}
			if len(f.mechs) != 0 || len(f.mails()) != 0 {
				t.Errorf("signed in by %q, sent %d mails", f.mechs, len(f.mails()))
			}
		})
	}
	t.Run("tls=none", func(t *testing.T) {
		f := newFake(t, setup{starttls: true, open: true, query: "&tls=none"})
		send(t, dial(t, f), notifytest.Page("ann@example.net", "314159", "k"))
		if f.mails()[0].tls {
			t.Error("TLS though it was declined")
		}
	})
}

func before(s, cut string) string { b, _, _ := strings.Cut(s, cut); return b }

// The password goes over an unencrypted connection to no other machine,
// whatever the server offers.
func TestLoginNeedsTLS(t *testing.T) {
	lg := &login{user: user, pass: pass, host: "mail.example.org"}
	if _, _, err := lg.Start(serverInfo(false, "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256")); !errors.Is(err, errNoTLS) {
		t.Errorf("without TLS: %v", err)
	}
	if way, _, err := lg.Start(serverInfo(true, "PLAIN", "SCRAM-SHA-256")); err != nil || way != "SCRAM-SHA-256" {
		t.Errorf("with TLS: %s, %v", way, err)
	}
}

func TestKeepsItsConnection(t *testing.T) {
	f := newFake(t, setup{starttls: true})
	s := dial(t, f)
	for i := range 5 {
		send(t, s, notifytest.Page("ann@example.net", "314159", fmt.Sprint("k", i)))
	}
	if f.opened != 2 { // EHLO before and after STARTTLS
		t.Errorf("%d sessions for five mails, want one connection", f.opened)
	}
}

// A kept connection that died is replaced at once: Send does not fail.
func TestReplacesADeadConnection(t *testing.T) {
	for name, die := range map[string]func(*fake){
		"cut":        (*fake).dropAll,
		"told to go": func(f *fake) { f.answer("MAIL", 421, "idle for too long") },
		"used up":    func(f *fake) { f.answer("MAIL", 451, "too many mails on this connection") },
		"late":       func(f *fake) { f.answer("RCPT", 421, "shutting down") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, setup{})
			s := dial(t, f)
			send(t, s, notifytest.Page("ann@example.net", "314159", "k1"))
			die(f)
			f.mu.Lock()
			refuse := f.refuse
			f.mu.Unlock()
			if refuse != nil { // the new connection is well
				f.mendOnNextSession()
			}
			send(t, s, notifytest.Page("ann@example.net", "314159", "k2"))
			if n := len(f.mails()); n != 2 || f.opened != 2 {
				t.Errorf("%d mails on %d connections, want 2 on 2", n, f.opened)
			}
		})
	}
}

// After the mail was ended, no answer may mean that it was taken: it is not
// sent again behind the caller's back.
func TestDoesNotRepeatInDoubt(t *testing.T) {
	f := newFake(t, setup{})
	s := dial(t, f)
	send(t, s, notifytest.Page("ann@example.net", "314159", "k1"))
	f.Be(notifytest.HangUp)
	_, err := s.Send(t.Context(), notifytest.Page("ann@example.net", "314159", "k2"))
	if err == nil || notify.IsPermanent(err) || !strings.Contains(err.Error(), "may have taken") {
		t.Errorf("error %v", err)
	}
	if f.opened != 1 {
		t.Errorf("tried on %d connections, want 1", f.opened)
	}
}

func TestConnectionsAtOnce(t *testing.T) {
	for _, limit := range []int{1, 3, 16} {
		f := newFake(t, setup{open: true, delay: 5 * time.Millisecond, query: fmt.Sprint("&connections=", limit)})
		s := dial(t, f)
		var all sync.WaitGroup
		for i := range 4 * limit {
			all.Go(func() {
				if _, err := s.Send(t.Context(), notifytest.Page("ann@example.net", "314159", fmt.Sprint("k", i))); err != nil {
					t.Errorf("Send: %v", err)
				}
			})
		}
		all.Wait()
		if f.most > limit || f.opened > limit {
			t.Errorf("%d mails at once on %d connections, want at most %d", f.most, f.opened, limit)
		}
	}
}

// A Send that waits for a free connection ends with its context.
func TestBusy(t *testing.T) {
	f := newFake(t, setup{open: true, query: "&connections=1"})
	f.Be(notifytest.Hang)
	s := dial(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := s.Send(ctx, notifytest.Page("ann@example.net", "314159", "k1"))
		first <- err
	}()
	for f.sessions() == 0 { // until the first is in the fake's hands
		select {
		case err := <-first:
			t.Fatalf("Send ended: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	short, end := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer end()
	if _, err := s.Send(short, notifytest.Page("ann@example.net", "314159", "k2")); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "busy") {
		t.Errorf("error %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first gives %v", err)
	}
}

// BenchmarkBurst is 200 people paged at once through a provider that takes
// 200 ms a mail: last-s is when the last one has its mail.
func BenchmarkBurst(b *testing.B) {
	f := newFake(b, setup{starttls: true, delay: 200 * time.Millisecond})
	for b.Loop() {
		s := dial(b, f)
		start := time.Now()
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() { send(b, s, notifytest.Page("ann@example.net", "314159", fmt.Sprint("k", i))) })
		}
		all.Wait()
		b.ReportMetric(time.Since(start).Seconds(), "last-s")
	}
}

// BenchmarkWarm is one mail on a kept connection.
func BenchmarkWarm(b *testing.B) {
	f := newFake(b, setup{starttls: true})
	s := dial(b, f)
	m := notifytest.Page("ann@example.net", "314159", "k")
	send(b, s, m)
	for b.Loop() {
		send(b, s, m)
	}
}

// BenchmarkCold is one mail with connecting, STARTTLS and sign-in.
func BenchmarkCold(b *testing.B) {
	f := newFake(b, setup{starttls: true})
	m := notifytest.Page("ann@example.net", "314159", "k")
	for b.Loop() {
		s := dial(b, f)
		send(b, s, m)
		s.(io.Closer).Close()
	}
}
