package aws_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/aws/events"
	"github.com/tocsin-io/tocsin/internal/aws/ssmincidents"
)

// noFault fails on an answer that blames us for what a caller sent.
func noFault(t *testing.T, s *toy, w *httptest.ResponseRecorder) {
	t.Helper()
	if w.Code >= 500 && w.Code != 501 || s.log.Len() > 0 && strings.Contains(s.log.String(), "panic") {
		t.Fatalf("answer %d %s\nlog: %s", w.Code, w.Body, &s.log)
	}
}

// FuzzJSON sends any body to a JSON service, rightly signed.
func FuzzJSON(f *testing.F) {
	for _, body := range []string{
		`{"Entries":[{"Source":"a","DetailType":"b","Detail":"{\"a\":[1,2]}","Time":1.5e9,"Resources":["x"]}]}`,
		`{"Entries":[{"Source":"\ud83d\ude00\u0000"}],"x":{"y":[null,true,-1.5e-3]}}`, `[]`, `{`, ``, `{"Entries":[null]}`, "{\"\xff\":1}",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newToy(t)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, target("events", "AWSEvents", "PutEvents", body).request(t))
		noFault(t, s, w)
		if w.Code != 200 {
			return
		}
		// What was taken is JSON to everybody else, too, and what came of it is clean.
		if body != "" && !json.Valid([]byte(body)) {
			t.Fatalf("taken, but not JSON: %q", body)
		}
		for _, e := range last[events.PutEventsInput](t, s).Entries {
			for _, v := range []*string{e.Source, e.DetailType, e.Detail} {
				if v != nil && (!utf8.ValidString(*v) || strings.ContainsRune(*v, 0)) {
					t.Fatalf("dirty text: %q", *v)
				}
			}
		}
	})
}

// FuzzREST sends any query and body to a REST service, rightly signed.
func FuzzREST(f *testing.F) {
	f.Add("tags/arn%3Aaws%2Fx", "tagKeys=a&tagKeys=b%20c", "", "DELETE")
	f.Add("startIncident", "", `{"responsePlanArn":"`+plan+`","impact":3,"triggerDetails":{"source":"x","timestamp":1}}`, "POST")
	f.Add("getIncidentRecord", "arn="+plan, "", "GET")
	f.Add("createResponsePlan", "%zz", `{"name":"n","chatChannel":{"empty":{}},"incidentTemplate":{"title":"t","impact":5}}`, "POST")
	f.Fuzz(func(t *testing.T, path, query, body, method string) {
		if strings.ContainsAny(path+query, " \n\r\t#") || strings.Contains(path, "?") || (method != "POST" && method != "GET" && method != "DELETE") {
			return // no request line has these
		}
		defer func() {
			if v := recover(); v != nil && !strings.Contains(fmt.Sprint(v), "NewRequest") {
				panic(v)
			}
		}()
		s := newToy(t)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, call{method: method, path: "/" + path + "?" + query, service: "ssm-incidents", body: body}.request(t))
		noFault(t, s, w)
	})
}

// FuzzQuery sends any form to a Query service, rightly signed.
func FuzzQuery(f *testing.F) {
	f.Add("Action=GetCallerIdentity&Version=2011-06-15")
	f.Add("Action=&Action=%00")
	f.Fuzz(func(t *testing.T, body string) {
		s := newToy(t)
		w := httptest.NewRecorder()
		c := call{service: "sts", body: body, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
		s.ServeHTTP(w, c.request(t))
		noFault(t, s, w)
	})
}

// FuzzAuthorization sends any Authorization header and date. None of it is signed with the
// secret, so none may be let in.
func FuzzAuthorization(f *testing.F) {
	c := target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`)
	c.secret = "wrong"
	r := c.request(f)
	f.Add(r.Header.Get("Authorization"), r.Header.Get("X-Amz-Date"), "")
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;;,Signature=", "20260101T000000Z", "")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260101/r/sts/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Expires=9")
	f.Fuzz(func(t *testing.T, header, date, query string) {
		s := newToy(t)
		c := target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`)
		c.service = ""
		r := c.request(t)
		r.URL.RawQuery = query
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		r.Header.Set("X-Amz-Date", date)
		aws.IsCall(r)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		noFault(t, s, w)
		if w.Code == 200 || len(s.called()) > 0 {
			t.Fatalf("let in with %q %q %q", header, date, query)
		}
	})
}

// FuzzEncoder writes any text as JSON that says the same.
func FuzzEncoder(f *testing.F) {
	f.Add("a\"\\\x00\n\u2028😀\xff")
	f.Fuzz(func(t *testing.T, s string) {
		e := aws.NewEncoder(nil)
		e.String(s)
		var got string
		if err := json.Unmarshal(e.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", e.Bytes(), err)
		}
		if want := strings.Join(strings.Split(string([]rune(s)), ""), ""); got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func putEventsBody(entries, detail int) string {
	inner, _ := json.Marshal(map[string]string{"eventName": "ConsoleLogin", "pad": strings.Repeat("x", detail)})
	type entry struct{ Source, DetailType, Detail, EventBusName string }
	list := make([]entry, entries)
	for i := range list {
		list[i] = entry{"my.app", "AWS API Call via CloudTrail", string(inner), "default"}
	}
	body, _ := json.Marshal(map[string]any{"Entries": list})
	return string(body)
}

// BenchmarkPutEvents measures a request of ten entries: all of it, and its parts.
func BenchmarkPutEvents(b *testing.B) {
	body := putEventsBody(10, 500)
	b.Run("request", func(b *testing.B) {
		s := newToy(b)
		h := aws.NewHandler(aws.Options{Services: []*aws.Service{events.Service(eventsHandler{}, nil)}, Keys: s.keys})
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		requests := target("events", "AWSEvents", "PutEvents", body)
		header := requests.request(b).Header
		requests.service = ""
		for b.Loop() {
			r := requests.request(b)
			r.Header = header
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 {
				b.Fatal(w.Body)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		op := events.Service(eventsHandler{}, nil).Op("PutEvents")
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		data := []byte(body)
		for b.Loop() {
			d := aws.NewDecoder(data)
			op.Decode(d)
			if d.Err() != nil {
				b.Fatal(d.Err())
			}
		}
	})
}

// BenchmarkVerify measures a small request, which is mostly its signature.
func BenchmarkVerify(b *testing.B) {
	s := newToy(b)
	service := ssmincidents.Service(incidentsHandler{}, nil)
	h := aws.NewHandler(aws.Options{Services: []*aws.Service{service}, Keys: s.keys})
	c := incident("listResponsePlans", "{}")
	header := c.request(b).Header
	c.service = ""
	b.ReportAllocs()
	for b.Loop() {
		r := c.request(b)
		r.Header = header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
