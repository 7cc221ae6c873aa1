package email

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// form shows what the setting looks like.
const form = "smtp[s]://user:pass@host:port?from=Tocsin%20<tocsin@example.org> and, as needed, &tls=none|starttls &ca=FILE &connections=1…16"

const (
	portSubmission  = 587 // RFC 6409
	portSubmissions = 465 // RFC 8314
	maxConnections  = 16
)

// secrecy says when a connection must be encrypted.
type secrecy int

const (
	encrypted secrecy = iota // STARTTLS, or no mail
	offered                  // STARTTLS where the server offers it; only for loopback
	plain                    // never
)

// server is what the SMTP URL says.
type server struct {
	host        string
	port        int
	implicit    bool // TLS from the first byte (smtps)
	secrecy     secrecy
	user, pass  string // empty: no AUTH
	from        mail.Address
	caFile      string
	connections int // at once, 1–16
}

func (s *server) name() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// parseURL reads an SMTP URL. Its errors hold nothing of the URL: where a
// password was not escaped, any part of the URL may be a part of the password.
func parseURL(raw string) (*server, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("it is not a URL of the form " + form + "; special characters in user and password are written %XX")
	}
	s := &server{host: u.Hostname(), connections: maxConnections}
	switch u.Scheme {
	case "smtp":
		s.port = portSubmission
	case "smtps":
		s.port, s.implicit = portSubmissions, true
	default:
		return nil, errors.New("it must begin with smtp:// or smtps://")
	}
	if u.Opaque != "" || u.Fragment != "" || u.Path != "" && u.Path != "/" {
		return nil, errors.New("after the host and port comes ?from=…; the characters / ? # @ % in user and password are written %2F %3F %23 %40 %25")
	}
	if s.host == "" {
		return nil, errors.New("the host is missing")
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("the port must be 1 to 65535")
		}
	}
	if u.User != nil {
		s.user = u.User.Username()
		s.pass, _ = u.User.Password()
		if s.user == "" || s.pass == "" || hasControl(s.user+s.pass) {
			return nil, errors.New("user and password must both be there and hold no control characters")
		}
	}
	return s, s.options(u.RawQuery)
}

// options reads what follows the question mark.
func (s *server) options(query string) error {
	q, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("what follows the question mark is not of the form from=…&tls=…")
	}
	for name, values := range q {
		switch name {
		case "from", "tls", "ca", "connections":
		default: // not named: it may be a part of the password
			return errors.New("only from, tls, ca and connections may follow the question mark")
		}
		if len(values) > 1 {
			return errors.New(name + " stands there twice")
		}
	}
	if s.from, err = parseFrom(query, q.Get("from")); err != nil {
		return err
	}
	s.caFile = q.Get("ca")
	if n := q.Get("connections"); n != "" {
		if s.connections, err = strconv.Atoi(n); err != nil || s.connections < 1 || s.connections > maxConnections {
			return fmt.Errorf("connections must be 1 to %d", maxConnections)
		}
	}
	return s.encryption(q.Get("tls"))
}

// parseFrom reads from. A plus sign means a space in a query, but people write
// ops+tocsin@example.org: where that is no address with the space, it is taken
// as it stands.
func parseFrom(query, from string) (mail.Address, error) {
	if from == "" {
		return mail.Address{}, errors.New("from is missing: the address mails come from, &from=tocsin@example.org")
	}
	a, err := parseAddress(from)
	if err != nil {
		if q, perr := url.ParseQuery(strings.ReplaceAll(query, "+", "%2B")); perr == nil {
			a, err = parseAddress(q.Get("from"))
		}
	}
	if err != nil {
		return mail.Address{}, fmt.Errorf("from: %w", err)
	}
	return a, nil
}

func (s *server) encryption(option string) error {
	switch {
	case option == "" && isLoopback(s.host):
		s.secrecy = offered
	case option == "" || option == "starttls" && !s.implicit:
		s.secrecy = encrypted
	case option == "none" && s.implicit || option == "starttls":
		return errors.New("smtps:// is TLS from the first byte; leave tls out, or use smtp://")
	case option == "none":
		s.secrecy = plain
		if s.user != "" && !isLoopback(s.host) {
			return errors.New("user and password are not sent without TLS to another machine; leave tls=none out, or use smtps://")
		}
	default:
		return errors.New("tls must be none or starttls")
	}
	return nil
}

// roots are the authorities whose certificates are believed: those of the file,
// else the system's (nil).
func (s *server) roots() (*x509.CertPool, error) {
	if s.caFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(s.caFile)
	if err != nil {
		return nil, errors.New("cannot read the file that ca names") // the path may be a part of the password
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("the file that ca names holds no PEM certificate")
	}
	return pool, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// parseAddress reads one address, with or without a display name. A domain
// outside ASCII is given in its ASCII form, so that only a local part outside
// ASCII needs SMTPUTF8. Source: RFC 5321 section 4.5.3.1 for the limits.
func parseAddress(s string) (mail.Address, error) {
	none := mail.Address{}
	if hasControl(s) || len(s) > 1000 {
		return none, errors.New("it is not an e-mail address")
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return none, errors.New("it is not an e-mail address")
	}
	at := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:at], a.Address[at+1:]
	if !isASCII(domain) {
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return none, errors.New("the domain of the e-mail address is not valid")
		}
	}
	if hasControl(a.Name+local) || len(local) > 64 || len(domain) > 255 || domain == "" {
		return none, errors.New("it is not an e-mail address")
	}
	return mail.Address{Name: oneLine(a.Name), Address: local + "@" + domain}, nil
}

// domainOf gives the domain of an address that parseAddress gave.
func domainOf(a mail.Address) string { return a.Address[strings.LastIndexByte(a.Address, '@')+1:] }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
