package email

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
)

// step is how far a mail got.
type step int

const (
	stepConnect step = iota // greeting, TLS, sign-in
	stepMail                // MAIL FROM
	stepRcpt                // RCPT TO
	stepData                // DATA
	stepContent             // the mail itself, not yet ended: the server must not take it
	stepEnd                 // ended: without an answer nobody knows whether it was taken
)

// failure is why a mail was not handed over. Its text is not for people: err may
// hold what the server repeats of a secret; explain gives the text.
type failure struct {
	step   step
	signIn string // the AUTH mechanism that had been begun when connecting failed
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// code is the server's answer, 0 where there was none.
func (f *failure) code() int {
	var answer *textproto.Error
	if errors.As(f.err, &answer) {
		return answer.Code
	}
	return 0
}

// stale tells of a failure on a kept connection that it may be due to the
// connection, and that nothing was handed over: 421 is "I am closing", and
// before a recipient is named every refusal is one of the connection.
func (f *failure) stale() bool {
	if code := f.code(); code != 0 {
		return code == 421 || f.step == stepMail
	}
	return f.step < stepEnd && !errors.Is(f.err, errNoUTF8)
}

// permanent tells whether a repeat would fail as well. What is the operator's
// fault may be mended: a refused sender, and the codes by which servers ask for
// a sign-in (RFC 4954 section 6).
func (f *failure) permanent() bool {
	if errors.Is(f.err, errNoUTF8) {
		return true
	}
	code := f.code()
	return f.step >= stepRcpt && code >= 500 && code < 600 && !slices.Contains([]int{530, 534, 535, 538}, code)
}

// what says what failed, in words of our own.
func (f *failure) what() string {
	code := f.code()
	var cert *tls.CertificateVerificationError
	switch {
	case f.step == stepConnect && f.signIn != "" && code >= 500:
		return "refuses the sign-in (" + f.signIn + "); check user and password in the SMTP URL"
	case f.step == stepConnect && f.signIn != "":
		return "cannot be signed in to (" + f.signIn + ")"
	case errors.As(f.err, &cert):
		return "has a certificate that is not believed (an authority of your own is named with ca=FILE in the SMTP URL)"
	case f.step == stepConnect:
		return "cannot be used"
	case code == 0 && f.step == stepEnd:
		return "went away when it had the mail, which it may have taken"
	case code == 0 && !errors.Is(f.err, errNoUTF8):
		return "went away before it had the mail"
	case code == 530:
		return "wants a sign-in; set user and password in the SMTP URL"
	case f.step == stepMail:
		return "refuses the sender; check from in the SMTP URL"
	case f.step == stepRcpt:
		return "refuses the recipient"
	}
	return "refuses the mail"
}

// explain makes the error that Send gives: without secrets, permanent or not,
// and the context's own where that has ended.
func (s *sender) explain(ctx context.Context, err error, code string) error {
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("send mail: the mail server %s was too slow: %w", s.name(), ended)
	}
	var f *failure
	if !errors.As(err, &f) {
		return errors.New("send mail: " + s.secrets.scrub(err.Error(), code))
	}
	text := fmt.Sprintf("send mail: the mail server %s %s: %s", s.name(), f.what(), s.secrets.scrub(f.Error(), code))
	if f.permanent() {
		return notify.Permanent(errors.New(text))
	}
	return errors.New(text)
}

// secrets are what no text may hold, in the forms a server may repeat it in.
type secrets []string

func secretsOf(s *server) secrets {
	if s.user == "" {
		return nil
	}
	var all secrets
	for _, text := range []string{s.user, s.pass, "\x00" + s.user + "\x00" + s.pass} {
		all = append(all, text, url.QueryEscape(text), url.PathEscape(text), base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return all
}

// scrub makes a text of the server, or of the network, fit to be shown: one
// line, not too long, no secret and no code.
func (s secrets) scrub(text, code string) string {
	words := slices.Clone(s)
	if code != "" {
		words = append(words, code)
	}
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) }) // what holds another one first
	text = oneLine(text)
	for _, word := range words {
		text = strings.ReplaceAll(text, word, "…")
	}
	return tocsin.Clip(text, 500)
}
