package tocsin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	own "github.com/tocsin-io/tocsin/internal/api/tocsin"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// duty adds to staff a schedule of a rotation between them, from nine to nine, and
// one that has no rotation.
func duty(s *service) *tocsin.Rotation {
	staff(s)
	r := &tocsin.Rotation{Account: dbtest.Account, Region: dbtest.Region, ID: "r1", Name: "days", Zone: "UTC", Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
		Contacts:   []tocsin.ARN{tocsin.ContactARN(dbtest.Region, dbtest.Account, "ann"), tocsin.ContactARN(dbtest.Region, dbtest.Account, "bob")},
		Recurrence: tocsin.Recurrence{Daily: []tocsin.Clock{{Hour: 9}}, Multiplier: 1, OnCalls: 1}}
	s.update(func(tx *store.Tx) error {
		if err := engagement.AddRotation(tx, r); err != nil {
			return err
		}
		for alias, rotations := range map[string][]tocsin.ARN{"night": {r.ARN()}, "empty": nil} {
			c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: alias, Type: tocsin.OnCall, Plan: tocsin.Plan{Rotations: rotations}, Created: tx.Now()}
			if _, err := tx.InsertContact(c); err != nil {
				return err
			}
		}
		return nil
	})
	return r
}

func TestListOnCall(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		if _, err := s.call("ListOnCall", `{}`); err == nil {
			t.Error("answered without a replication set")
		}
		r := duty(s)
		noon := r.Start.AddDate(0, 0, 1).Add(3 * time.Hour) // bob's day
		s.update(func(tx *store.Tx) error {
			// Written as it stands: it is more than six months away from no matter which now.
			return tx.InsertOverride(r, &tocsin.Override{ID: "o1", Contacts: r.Contacts[:1], Start: noon, End: noon.Add(time.Hour), Created: tx.Now()})
		})
		short := func(out map[string]any) (lines []string) {
			clock := func(v any) string {
				if v == nil {
					return "never"
				}
				return time.Unix(int64(v.(float64)), 0).UTC().Format("02T15")
			}
			shifts := func(v any) (text string) {
				list, _ := v.([]any)
				for _, x := range list {
					d := x.(map[string]any)
					text += " " + strings.TrimSpace(fmt.Sprintln(d["ContactNames"], d["RotationName"], d["Type"], d["RotationOverrideId"], clock(d["StartTime"]), clock(d["EndTime"])))
				}
				return text
			}
			for _, x := range out["Schedules"].([]any) {
				c := x.(map[string]any)
				lines = append(lines, fmt.Sprint(c["ContactName"], ":", shifts(c["OnCall"]), "; ", clock(c["NextTime"]), shifts(c["Next"]), "; ", len(c["Gaps"].([]any))))
			}
			return lines
		}
		for _, c := range []struct {
			in   string
			want []string
		}{
			{fmt.Sprintf(`{"Time":%d}`, noon.Unix()), []string{"empty:; never; 1", "night: [ANN] days OVERRIDDEN o1 24T12 24T13; 24T13 [BOB] days REGULAR <nil> 24T13 25T09; 0"}},
			{fmt.Sprintf(`{"Time":%d,"ContactId":"night"}`, noon.Add(-time.Hour).Unix()), []string{"night: [BOB] days REGULAR <nil> 24T09 24T12; 24T12 [ANN] days OVERRIDDEN o1 24T12 24T13; 0"}},
			{fmt.Sprintf(`{"Time":%d,"ContactId":"night"}`, r.Start.Add(-time.Hour).Unix()), []string{"night:; 23T09 [ANN] days REGULAR <nil> 23T09 24T09; 1"}},
		} {
			if diff := cmp.Diff(c.want, short(s.must("ListOnCall", c.in))); diff != "" {
				t.Errorf("%s: %s", c.in, diff)
			}
		}
		for in, code := range map[string]string{`{"ContactId":"ann"}`: "ValidationException", `{"ContactId":"eve"}`: "ResourceNotFoundException"} {
			_, err := s.call("ListOnCall", in)
			var api aws.APIError
			if !errors.As(err, &api) || api.Code() != code {
				t.Errorf("%s: %v", in, err)
			}
		}
		if got := s.must("Simulate", fmt.Sprintf(`{"ContactId":"night","Time":%d}`, noon.Unix()))["Lines"].([]any)[0].(map[string]any); got["Kind"] != "ON_CALL" || !strings.HasPrefix(got["Reason"].(string), "override o1 of rotation days, in the place of bob") {
			t.Errorf("simulate says %v", got)
		}
	})
}

func TestCalendar(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		duty(s)
		mux := http.NewServeMux()
		mux.HandleFunc(own.CalendarPath, (&own.Server{DB: s.db}).ServeCalendar)
		get := func(url, method string, header ...string) (*httptest.ResponseRecorder, string) {
			t.Helper()
			req := httptest.NewRequestWithContext(context.Background(), method, strings.TrimPrefix(url, "https://tocsin.example.org"), nil)
			if len(header) > 0 {
				req.Header.Set("If-None-Match", header[0])
			}
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, req)
			return w, w.Body.String()
		}
		url := func(op, contact string) string {
			t.Helper()
			return s.must(op, fmt.Sprintf(`{"ContactId":%q}`, contact))["Url"].(string)
		}
		night, ann := url("GetCalendarUrl", "night"), url("GetCalendarUrl", "ann")
		if !strings.HasPrefix(night, "https://tocsin.example.org/calendar/111122223333/us-east-1/night/") || night != url("GetCalendarUrl", "night") {
			t.Errorf("URL %s", night)
		}
		res, body := get(night, "GET")
		if res.Code != http.StatusOK || res.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || res.Header().Get("Cache-Control") != "private, max-age=300" ||
			!strings.Contains(body, "NAME:On call: night\r\n") || !strings.Contains(body, "SUMMARY:ANN: days\r\n") || !strings.Contains(body, "SUMMARY:BOB: days\r\n") {
			t.Errorf("%v %s", res, body)
		}
		if res, body := get(night, "GET", res.Header().Get("ETag")); res.Code != http.StatusNotModified || body != "" {
			t.Errorf("asked again: %v %s", res, body)
		}
		if res, body := get(night, "HEAD"); res.Code != http.StatusOK || body != "" {
			t.Errorf("HEAD: %v %s", res, body)
		}
		if _, body := get(ann, "GET"); strings.Contains(body, "BOB") || !strings.Contains(body, "SUMMARY:On call: days\r\n") {
			t.Errorf("ann's: %s", body)
		}
		// What is not exactly that URL leads to nothing.
		file, other := night[strings.LastIndexByte(night, '/')+1:], "x"
		if file[0] == 'x' {
			other = "y"
		}
		for _, bad := range []string{strings.Replace(ann, "/ann/", "/bob/", 1), strings.Replace(night, "111122223333", "444455556666", 1), strings.Replace(night, "us-east-1", "eu-west-1", 1),
			strings.Replace(night, "/night/", "/empty/", 1), strings.Replace(night, file, other+file[1:], 1), strings.TrimSuffix(night, ".ics"), strings.Replace(night, "/night/", "/eve/", 1)} {
			if res, body := get(bad, "GET"); res.Code != http.StatusNotFound || strings.Contains(body, "VCALENDAR") {
				t.Errorf("%s answers %v", bad, res)
			}
		}
		if res, _ := get(night, "POST"); res.Code != http.StatusMethodNotAllowed || res.Header().Get("Allow") == "" {
			t.Errorf("POST: %v", res)
		}
		again := url("ResetCalendarUrl", "night")
		if res, _ := get(night, "GET"); res.Code != http.StatusNotFound {
			t.Errorf("the old URL answers %v", res)
		}
		if res, _ := get(again, "GET"); res.Code != http.StatusOK || again != url("GetCalendarUrl", "night") {
			t.Errorf("the new URL answers %v", res)
		}
		if res, _ := get(ann, "GET"); res.Code != http.StatusOK {
			t.Errorf("another's URL answers %v", res)
		}
		for _, in := range []string{`{"ContactId":"team"}`, `{"ContactId":"eve"}`} {
			for _, op := range []string{"GetCalendarUrl", "ResetCalendarUrl"} {
				if out, err := s.call(op, in); err == nil {
					t.Errorf("%s %s: %v", op, in, out)
				}
			}
		}
		// Somebody else who gets the same alias has another calendar.
		s.update(func(tx *store.Tx) error {
			c, err := tx.Contact(tocsin.ContactARN(dbtest.Region, dbtest.Account, "night"))
			if err != nil {
				return err
			}
			if err := tx.DeleteContact(c); err != nil {
				return err
			}
			c.Created = tx.Now().Add(time.Microsecond)
			_, err = tx.InsertContact(c)
			return err
		})
		if res, _ := get(again, "GET"); res.Code != http.StatusNotFound {
			t.Errorf("the URL of a contact that is gone answers %v", res)
		}
	})
}
