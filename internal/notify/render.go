package notify

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// view is what the texts are made from.
type view struct {
	Title   string
	Body    string
	Code    string
	Link    string
	Late    string
	HowTo   string
	Footer  string
	Lines   []string
	HasCode bool
}

// pageMessage renders a page. E-mail and voice get the engagement's content,
// SMS its public content, which must tell nothing to who finds the phone.
func (s *Service) pageMessage(tx *store.Tx, p *store.PageRow) (Message, unwanted, error) {
	eng, err := tx.Engagement(p.Engagement)
	if err != nil {
		return Message{}, "", err
	}
	ch, err := tx.Channel(p.Channel)
	if err != nil {
		return Message{}, "", err
	}
	switch {
	case eng == nil:
		return Message{}, "the engagement is gone", nil
	case ch == nil:
		return Message{}, "the contact channel was deleted", nil
	case !ch.Activated:
		return Message{}, "the contact channel is not activated", nil
	}
	thread := string(p.Incident)
	if thread == "" {
		thread = string(p.Engagement)
	}
	m := Message{
		Message: tocsin.Message{ID: p.ID, Kind: tocsin.KindPage, Type: p.Type, To: ch.Address, Channel: p.Channel, Page: p.ARN(),
			Incident: p.Incident, Code: p.Code, Time: tx.Now(), Attempt: p.Attempts, PageStart: eng.Started},
		Key: p.ID + "-" + strconv.Itoa(p.Attempts), Thread: thread,
	}
	if p.Type == tocsin.SMS {
		m.Subject = eng.PublicSubject
		m.Text = smsText(eng.Engagement, p, tx.Now())
		return m, "", nil
	}
	m.Subject = oneLine(eng.Subject)
	v := view{Title: eng.Subject, Body: eng.Content, Code: p.Code, HasCode: true, Link: s.link(p), Late: lateText(p, tx.Now())}
	v.HowTo = "Acknowledge with this code in the console, or with aws ssm-contacts accept-page."
	m.Text, m.HTML, err = renderMail(v, "Page "+string(p.ARN()))
	return m, "", err
}

// link is where the person can acknowledge. It carries no code and changes
// nothing: mail scanners open links.
func (s *Service) link(p *store.PageRow) string {
	if s.URL == "" {
		return ""
	}
	if p.Incident != "" {
		return s.URL + "/#/incidents/" + p.Incident.ID() // plan/id, as the console names its pages
	}
	return s.URL + "/#/contacts/" + p.Contact.ID()
}

// lateBy is how long after its time a page goes out: what it was written late, and
// what it has waited since, for a server that was down or a provider that failed.
func lateBy(p *store.PageRow, now time.Time) time.Duration { return p.Late + now.Sub(p.Created) }

func lateText(p *store.PageRow, now time.Time) string {
	d := lateBy(p, now)
	if d < time.Minute {
		return ""
	}
	why := "it could not be sent earlier."
	switch {
	case p.Late >= time.Minute:
		why = "the server was not running when it was due."
	case p.Attempts > 0:
		why = "earlier tries to send it failed."
	}
	return "This page is late by " + span(d) + ": " + why
}

// span words a duration to the minute: "2 h 5 min".
func span(d time.Duration) string {
	m := int(d.Round(time.Minute) / time.Minute)
	switch h := m / 60; {
	case h == 0:
		return strconv.Itoa(m) + " min"
	case m%60 == 0:
		return strconv.Itoa(h) + " h"
	default:
		return strconv.Itoa(h) + " h " + strconv.Itoa(m%60) + " min"
	}
}

func (s *Service) activationMessage(ch *store.ChannelRow, a Activate) Message {
	m := Message{
		Message: tocsin.Message{ID: ch.ID, Kind: tocsin.KindActivation, Type: ch.Type, To: ch.Address, Channel: ch.ARN(), Code: ch.Code,
			Subject: "Activate your contact channel " + oneLine(ch.Name), Attempt: a.Try},
		Key: ch.ID + "-" + a.Serial + "-" + strconv.Itoa(a.Try), Thread: string(ch.ARN()),
	}
	if ch.Type == tocsin.SMS {
		m.Text = "Tocsin: your activation code is " + ch.Code + "."
		return m
	}
	v := view{Title: "Activate your contact channel", Code: ch.Code, HasCode: true, Link: s.URL,
		Body:  fmt.Sprintf("This address is being set up as the channel %q of the contact %q. Pages reach it once it is activated.", ch.Name, ch.Contact),
		HowTo: "Enter this code on the contact's page in the console, or with aws ssm-contacts activate-contact-channel."}
	text, html, err := renderMail(v, "Contact channel "+string(ch.ARN()))
	if err != nil { // the template takes any text
		text = m.Subject + "\n\nCode: " + ch.Code + "\n"
	}
	m.Text, m.HTML = text, html
	return m
}

// oneLine keeps header lines and SMS on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func renderMail(v view, footer string) (text, html string, err error) {
	v.Footer = footer
	v.Lines = strings.Split(strings.TrimSpace(v.Body), "\n")
	var b strings.Builder
	b.WriteString(v.Title + "\n\n")
	if v.Late != "" {
		b.WriteString(v.Late + "\n\n")
	}
	if v.HasCode {
		b.WriteString("Code: " + v.Code + "\n" + v.HowTo + "\n\n")
	}
	if v.Link != "" {
		b.WriteString("Console: " + v.Link + "\n\n")
	}
	if body := strings.TrimSpace(v.Body); body != "" {
		b.WriteString(body + "\n\n")
	}
	b.WriteString("-- \n" + footer + "\n")
	var h strings.Builder
	if err := mailHTML.Execute(&h, v); err != nil {
		return "", "", fmt.Errorf("render mail: %w", err)
	}
	return b.String(), h.String(), nil
}

// mailHTML has its styles in place: mail programs drop style sheets.
var mailHTML = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title></head>
<body style="margin:0;padding:16px;background:#f4f4f4;color:#16191f;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.45">
<div style="max-width:600px;margin:0 auto;background:#ffffff;border:1px solid #d5dbdb;border-radius:8px;padding:20px">
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.25;overflow-wrap:anywhere">{{.Title}}</h1>
{{if .Late}}<p style="margin:0 0 12px;color:#8d6605"><strong>{{.Late}}</strong></p>{{end}}
{{if .HasCode}}<p style="margin:0 0 4px;color:#545b64">{{.HowTo}}</p>
<p style="margin:0 0 16px;font-size:32px;letter-spacing:6px;font-weight:700;font-family:ui-monospace,Menlo,Consolas,monospace">{{.Code}}</p>{{end}}
{{if .Link}}<p style="margin:0 0 16px"><a href="{{.Link}}" style="display:inline-block;padding:12px 20px;background:#0972d3;color:#ffffff;border-radius:20px;text-decoration:none;font-weight:700">Open in the console</a></p>{{end}}
<div style="margin:0 0 16px">{{range .Lines}}<div style="min-height:1em;overflow-wrap:anywhere">{{.}}</div>{{end}}</div>
<p style="margin:0;color:#545b64;font-size:12px;overflow-wrap:anywhere">{{.Footer}}</p>
</div></body></html>
`))
