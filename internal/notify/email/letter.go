package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/notify"
)

// A line may have 998 characters (RFC 5322 section 2.1.1), and a value without
// spaces cannot be folded.
const (
	maxSubject = 255 // in characters; the mail's text holds the title in full
	maxValue   = 900 // longer than any ARN; what is longer is left out, for a part would mislead
)

// letter is a mail ready to be handed over, the same for every try.
type letter struct {
	id       string // the Message-ID, without angle brackets
	from, to string // of the envelope, with angle brackets
	utf8     bool   // an address needs SMTPUTF8 (RFC 6531)
	content  []byte
}

// compose makes the MIME message.
func (s *sender) compose(m notify.Message, to mail.Address) (*letter, error) {
	from := s.from
	bare := mail.Address{Address: to.Address}
	l := &letter{id: messageID("m", m.Key, from), from: (&mail.Address{Address: from.Address}).String(), to: bare.String(),
		utf8: !isASCII(from.Address + to.Address)}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&from)
	msg.ToMailAddress(&bare)
	msg.Subject(tocsin.Clip(oneLine(m.Subject), maxSubject))
	msg.SetMessageIDWithValue(l.id)
	date := m.Time
	if date.IsZero() {
		date = time.Now()
	}
	msg.SetDateWithValue(date)
	setHeaders(msg, m, from)
	msg.SetBodyString(gomail.TypeTextPlain, strings.ToValidUTF8(m.Text, "\uFFFD"))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, strings.ToValidUTF8(m.HTML, "\uFFFD"))
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("compose: %w", err)
	}
	l.content = b.Bytes()
	return l, nil
}

// setHeaders sets what threads the mails of an incident, tells programs what a
// mail is about, and keeps holiday replies away.
func setHeaders(msg *gomail.Msg, m notify.Message, from mail.Address) {
	if m.Thread != "" { // all name the same mail, which need not exist (RFC 5322 section 3.6.4)
		root := "<" + messageID("t", m.Thread, from) + ">"
		msg.SetGenHeader(gomail.HeaderInReplyTo, root)
		msg.SetGenHeader(gomail.HeaderReferences, root)
	}
	for name, value := range map[gomail.Header]string{
		"X-Tocsin-Kind": string(m.Kind), "X-Tocsin-Code": m.Code, "X-Tocsin-Page": string(m.Page), "X-Tocsin-Incident": string(m.Incident),
	} {
		if value = oneLine(value); value != "" && len(value) < maxValue {
			msg.SetGenHeader(name, value)
		}
	}
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "OOF, AutoReply")
	if m.Kind == tocsin.KindPage {
		msg.SetImportance(gomail.ImportanceHigh)
	}
}

// messageID derives an id from a fact, so that the same fact gives the same id.
// sort keeps ids of messages and of threads apart.
func messageID(sort, fact string, from mail.Address) string {
	sum := sha256.Sum256([]byte(sort + "\n" + fact))
	return "tocsin." + sort + "." + hex.EncodeToString(sum[:16]) + "@" + domainOf(from)
}

// oneLine makes a header's value of any text: one line, no control characters,
// single spaces.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
