package tocsin

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api"
	wire "github.com/tocsin-io/tocsin/internal/aws/tocsin"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/oncall"
	"github.com/tocsin-io/tocsin/internal/store"
)

// CalendarPath is the pattern of the calendars' URLs.
const CalendarPath = "/calendar/{account}/{region}/{alias}/{file}"

// What a calendar shows: from so long ago to so far ahead, by whole days, and at
// most so many shifts.
const (
	calendarPast   = 14 * 24 * time.Hour
	calendarFuture = 90 * 24 * time.Hour
	calendarEvents = 10_000
)

// GetCalendarUrl gives the URL of the calendar of a schedule or a person.
func (s *Server) GetCalendarUrl(ctx context.Context, in *wire.GetCalendarUrlInput) (*wire.GetCalendarUrlOutput, error) {
	out := &wire.GetCalendarUrlOutput{}
	err := s.DB.View(ctx, api.Who(ctx), func(tx *store.Tx) error {
		c, err := calendarOf(tx, in.ContactId)
		if err != nil {
			return err
		}
		n, err := tx.CalendarNumber(c)
		out.Url = s.calendarURL(c, n)
		return err
	})
	return out, err
}

// ResetCalendarUrl ends the URLs that were given out for a calendar.
func (s *Server) ResetCalendarUrl(ctx context.Context, in *wire.ResetCalendarUrlInput) (*wire.ResetCalendarUrlOutput, error) {
	out := &wire.ResetCalendarUrlOutput{}
	err := s.DB.Update(ctx, api.Who(ctx), func(tx *store.Tx) error {
		c, err := calendarOf(tx, in.ContactId)
		if err != nil {
			return err
		}
		n, err := tx.CalendarNumber(c)
		if err != nil {
			return err
		}
		out.Url = s.calendarURL(c, n+1)
		return tx.PutCalendarNumber(c, n+1)
	})
	return out, err
}

func calendarOf(tx *store.Tx, name string) (*tocsin.Contact, error) {
	if err := incident.Ready(tx); err != nil {
		return nil, err
	}
	c, err := namedContact(tx, name)
	if err == nil && c.Type == tocsin.Escalation {
		err = tocsin.Refuse("Invalid value provided - ContactId is an escalation plan; schedules and people have calendars", tocsin.Field{Name: "ContactId", Message: "must be a schedule or a person"})
	}
	return c, err
}

func (s *Server) calendarURL(c *tocsin.Contact, number int64) string {
	path := []string{"calendar", string(c.Account), string(c.Region), c.Alias, s.calendarFile(c, number)}
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	return s.URL + "/" + strings.Join(path, "/")
}

// calendarFile is the name of a calendar, which only who has been given it can
// know. It ends with the number, and with the contact: one that is made anew with
// the same alias has another.
func (s *Server) calendarFile(c *tocsin.Contact, number int64) string {
	mac := hmac.New(sha256.New, s.DB.DeriveKey("calendar URLs"))
	mac.Write([]byte(strings.Join([]string{string(c.ARN()), strconv.FormatInt(int64(tocsin.At(c.Created)), 10), strconv.FormatInt(number, 10)}, "\n")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) + ".ics"
}

// ServeCalendar answers a calendar's URL, at CalendarPath: to whoever has it,
// without signing in. Whatever is wrong with a URL, it leads to nothing.
func (s *Server) ServeCalendar(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a calendar can only be read", http.StatusMethodNotAllowed)
		return
	}
	who := store.Who{Account: tocsin.Account(r.PathValue("account")), Region: tocsin.Region(r.PathValue("region"))}
	var body []byte
	err := s.DB.View(r.Context(), who, func(tx *store.Tx) error {
		if err := incident.Ready(tx); tocsin.KindOf(err) == tocsin.Invalid {
			return nil
		}
		c, err := tx.Contact(tocsin.ContactARN(who.Region, who.Account, r.PathValue("alias")))
		if err != nil || c == nil || c.Type == tocsin.Escalation {
			return err
		}
		n, err := tx.CalendarNumber(c)
		if err != nil || !hmac.Equal([]byte(s.calendarFile(c, n)), []byte(r.PathValue("file"))) {
			return err
		}
		body, err = calendar(tx, c)
		return err
	})
	switch {
	case err != nil:
		slog.ErrorContext(r.Context(), "cannot write a calendar", "error", err)
		http.Error(w, "the calendar cannot be read now", http.StatusServiceUnavailable)
		return
	case body == nil:
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Cache-Control", "private, max-age=300")
	h.Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// calendar writes the calendar of a schedule or a person.
func calendar(tx *store.Tx, c *tocsin.Contact) ([]byte, error) {
	today := tx.Now().Truncate(24 * time.Hour)
	from, to := today.Add(-calendarPast), today.Add(calendarFuture)
	var s oncall.Schedule
	var err error
	person := tocsin.ARN("")
	if c.Type == tocsin.OnCall {
		s, _, err = engagement.Rotations(tx, c, from)
	} else {
		person = c.ARN()
		s, err = rotationsOf(tx, person, from)
	}
	if err != nil {
		return nil, err
	}
	known := names{}
	name := func(arn tocsin.ARN) string {
		text, problem := known.of(tx, arn)
		if problem != nil {
			err = problem
		}
		return text
	}
	events := oncall.Events(s, person, from, to, name)
	if err != nil {
		return nil, err
	}
	return oncall.Calendar("On call: "+displayName(c), events[:min(len(events), calendarEvents)]), nil
}

// rotationsOf gives the rotations of the account in which a person has turns, or
// stands in for somebody.
func rotationsOf(tx *store.Tx, person tocsin.ARN, since time.Time) (out oncall.Schedule, err error) {
	rotations, err := tx.AllRotations()
	if err != nil {
		return nil, err
	}
	all, err := tx.AllOverrides(since)
	if err != nil {
		return nil, err
	}
	of := map[tocsin.ARN][]tocsin.Override{}
	in := map[tocsin.ARN]bool{}
	for _, o := range all {
		arn := tocsin.RotationARN(o.Region, o.Account, o.Rotation)
		of[arn] = append(of[arn], o)
		in[arn] = in[arn] || slices.Contains(o.Contacts, person)
	}
	for _, r := range rotations {
		if !in[r.ARN()] && !slices.Contains(r.Contacts, person) {
			continue
		}
		ready, err := oncall.New(r, of[r.ARN()]...)
		if err != nil { // its zone is gone from the zone database
			continue
		}
		out = append(out, ready)
	}
	return out, nil
}
