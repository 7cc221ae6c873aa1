package email

import (
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin/internal/notify"
)

func TestParseURL(t *testing.T) {
	alerts := mail.Address{Address: "alerts@example.org"}
	for _, tt := range []struct {
		url  string
		want server
	}{
		{"smtp://mail.example.org?from=alerts@example.org", server{host: "mail.example.org", port: 587, from: alerts, connections: 16}},
		{"smtps://mail.example.org/?from=alerts@example.org", server{host: "mail.example.org", port: 465, implicit: true, from: alerts, connections: 16}},
		{"smtp://u:p@localhost:25?from=alerts@example.org", server{host: "localhost", port: 25, user: "u", pass: "p", secrecy: offered, from: alerts, connections: 16}},
		{"smtp://[::1]:25?from=alerts@example.org&tls=starttls", server{host: "::1", port: 25, secrecy: encrypted, from: alerts, connections: 16}},
		{"smtp://mail.example.org:25?from=alerts@example.org&tls=none&connections=3", server{host: "mail.example.org", port: 25, secrecy: plain, from: alerts, connections: 3}},
		{"smtp://a@b.example:p%2Fs%3F%40%23%25@mail.example.org?from=alerts@example.org&ca=/etc/ca.pem",
			server{host: "mail.example.org", port: 587, user: "a@b.example", pass: "p/s?@#%", from: alerts, caFile: "/etc/ca.pem", connections: 16}},
		{"smtp://127.9.9.9?from=Tocsin%20%C3%9Cnit%20<alerts@example.org>",
			server{host: "127.9.9.9", port: 587, secrecy: offered, from: mail.Address{Name: "Tocsin Ünit", Address: "alerts@example.org"}, connections: 16}},
		{"smtp://h?from=On+call+<alerts@example.org>", server{host: "h", port: 587, from: mail.Address{Name: "On call", Address: "alerts@example.org"}, connections: 16}},
		{"smtp://h?from=alerts+night@example.org", server{host: "h", port: 587, from: mail.Address{Address: "alerts+night@example.org"}, connections: 16}},
		{"smtp://h?from=a@Müller.example", server{host: "h", port: 587, from: mail.Address{Address: "a@xn--mller-kva.example"}, connections: 16}},
	} {
		got, err := parseURL(tt.url)
		if err != nil {
			t.Errorf("%s: %v", tt.url, err)
			continue
		}
		if d := cmp.Diff(tt.want, *got, cmp.AllowUnexported(server{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.url, d)
		}
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, tt := range []struct{ url, says string }{
		{"", "begin with smtp://"},
		{"http://h?from=a@b", "begin with smtp://"},
		{"smtp:h?from=a@b", "after the host"},
		{"smtp://?from=a@b", "host is missing"},
		{"smtp://h", "from is missing"},
		{"smtp://h?from=nobody", "not an e-mail address"},
		{"smtp://h?from=a@b%0d%0aBcc:%20c@d", "not an e-mail address"},
		{"smtp://h?from=a@b&from=c@d", "from stands there twice"},
		{"smtp://h:0?from=a@b", "port"},
		{"smtp://h:99999?from=a@b", "port"},
		{"smtp://h:x?from=a@b", "form"},
		{"smtp://u@h?from=a@b", "user and password"},
		{"smtp://:p@h?from=a@b", "user and password"},
		{"smtp://u:p%00q@h?from=a@b", "user and password"},
		{"smtp://u:hunter2/x@h?from=a@b", "%XX"},
		{"smtp://u:2/x@h?from=a@b", "%2F"},
		{"smtp://u:2#x@h?from=a@b", "%23"},
		{"smtp://u:2?hunter2@h?from=a@b", "only from"},
		{"smtp://u:hun%ter2@h?from=a@b", "%XX"},
		{"smtp://h?from=a@b&tsl=none", "only from"},
		{"smtp://h?from=a@b&tls=maybe", "tls must be"},
		{"smtps://h?from=a@b&tls=none", "leave tls out"},
		{"smtps://h?from=a@b&tls=starttls", "leave tls out"},
		{"smtp://u:hunter2@h?from=a@b&tls=none", "without TLS"},
		{"smtp://h?from=a@b&connections=17", "1 to 16"},
		{"smtp://h?from=a@b&ca=/does/not/exist", "cannot read"},
	} {
		_, err := Channel.Open(notify.Settings{"url": tt.url})
		if tt.url == "" {
			_, err = parseURL("")
		}
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want an error with %q", tt.url, err, tt.says)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "hun%ter2") {
			t.Errorf("%s: the password is in the error: %v", tt.url, err)
		}
	}
}

func TestCAFile(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Channel.Open(notify.Settings{"url": "smtp://h?from=a@b&ca=" + empty}); err == nil || !strings.Contains(err.Error(), "no PEM") {
		t.Errorf("error %v", err)
	}
}

// Whatever is given, an error repeats none of it, and what is accepted keeps
// the rules of sending.
func FuzzParseURL(f *testing.F) {
	const secret = "xyzzy"
	for _, u := range []string{"smtp://u:xyzzy@h:25?from=a@b.example", "smtps://u:xyzzy/@h?from=a@b&ca=x&connections=3", "smtp://127.0.0.1?from=a+b@c&tls=none",
		"smtp://u:x?xyzzy@h?from=a@b", "smtp://u:x#xyzzy", "smtp://h?from=%C3%BC+<a@xn--a>", "smtp://h?xyzzy=1", "smtp://[::1%25lo]:1?from=a@[1.2.3.4]"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := parseURL(raw)
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error holds a part of the URL: %v", err)
			}
			return
		}
		if s.host == "" || s.port < 1 || s.port > 65535 || s.connections < 1 || s.connections > maxConnections {
			t.Errorf("accepted %+v", s)
		}
		if s.user != "" && s.secrecy == plain && !isLoopback(s.host) {
			t.Error("would send the password unencrypted")
		}
		if s.secrecy != encrypted && !isLoopback(s.host) && !strings.Contains(raw, "tls=") && !strings.Contains(raw, "tl") && !strings.Contains(raw, "%") {
			t.Error("would send mail unencrypted without being told to")
		}
		if _, err := mail.ParseAddress(s.from.String()); err != nil || hasControl(s.from.Name+s.from.Address) {
			t.Errorf("from %q: %v", s.from, err)
		}
	})
}

// Whatever stands in a message, the mail has the headers it should have and no
// others, one recipient, and lines that SMTP takes.
func FuzzHeaders(f *testing.F) {
	f.Add("Root sign-in", "ann@example.net", "314159", "arn:aws:ssm-contacts:us-east-1:111122223333:page/ann/p1", "thread", "text\r\n.\r\n", "<p>")
	f.Add("a\r\nBcc: c@d", `"a b"@[1.2.3.4]`, "1\n2", "\x00", "=?utf-8?q?a=0D=0ABcc:?=", "\xff", "")
	f.Add(strings.Repeat("x ", 400)+strings.Repeat("  y", 300), "ü@ü.example", strings.Repeat("7", 2000), strings.Repeat(" a", 1000), "", strings.Repeat("z", 5000), "\r")
	f.Add("\u2028\u0085 \u00a0a", "a@b", "\ufffd", "\u00a0", "\n", "", "")
	s := &sender{server: server{host: "h", from: mail.Address{Name: "Tocsin  \"Ünit\" ", Address: "alerts@example.org"}, connections: 1}}
	known := map[string]bool{}
	for _, name := range []string{"Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "Date", "From", "Importance", "In-Reply-To", "Message-Id", "Mime-Version", "Priority",
		"References", "Subject", "To", "X-Auto-Response-Suppress", "X-Msmail-Priority", "X-Priority", "X-Tocsin-Code", "X-Tocsin-Incident", "X-Tocsin-Kind", "X-Tocsin-Page"} {
		known[name] = true
	}
	f.Fuzz(func(t *testing.T, subject, to, code, page, thread, text, html string) {
		addr, err := parseAddress(to)
		if err != nil {
			return
		}
		m := pageOf(to, code, page, thread)
		m.Subject, m.Text, m.HTML = subject, text, html
		l, err := s.compose(m, addr)
		if err != nil {
			t.Fatalf("compose: %v", err)
		}
		wire := wireOf(l.content)
		checkWire(t, wire, l.utf8)
		p := parse(t, wire)
		for name, values := range p.header {
			if !known[name] || len(values) != 1 {
				t.Errorf("header %s: %q", name, values)
			}
		}
		if list, err := p.header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != addr.Address {
			t.Errorf("to %q: %v, %v", p.header["To"], list, err)
		}
		if strings.ContainsAny(l.from+l.to, "\r\n\x00") {
			t.Errorf("envelope %q %q", l.from, l.to)
		}
		if (html != "") != (p.media == "multipart/alternative") {
			t.Errorf("media %s with HTML %q", p.media, html)
		}
	})
}
