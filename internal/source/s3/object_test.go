package s3

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// What a server says of an object is the object's fault, or passes.
func TestObject(t *testing.T) {
	environment(t)
	for _, c := range []struct {
		status      int
		code, says  string
		isItsOwn    bool
		nobodyThere bool
	}{
		{status: 404, code: "NoSuchKey", says: "it is not there", isItsOwn: true},
		{status: 404, code: "NoSuchBucket", says: "there is no such bucket", isItsOwn: true},
		{status: 403, code: "AccessDenied", says: "allow s3:GetObject on it", isItsOwn: true},
		{status: 403, code: "InvalidObjectState", says: "it is archived", isItsOwn: true},
		{status: 403, code: "ExpiredToken", says: "ExpiredToken"},
		{status: 403, code: "RequestTimeTooSkewed", says: "RequestTimeTooSkewed"},
		{status: 503, code: "SlowDown", says: "SlowDown"},
		{status: 500, code: "InternalError", says: "InternalError"},
		{nobodyThere: true, says: "connection refused"},
	} {
		t.Run(c.code, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				fmt.Fprintf(w, `<Error><Code>%s</Code><Message>m</Message></Error>`, c.code)
			}))
			defer server.Close()
			if c.nobodyThere {
				server.Close()
			}
			s := &Store{Place: Place{Endpoint: server.URL}}
			_, err := s.Object("b", "k.json", "").Open(t.Context())
			if err == nil || errors.Is(err, ErrObject) != c.isItsOwn || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// A bucket in another Region than thought is found, and asked for there from then on.
func TestObjectElsewhere(t *testing.T) {
	environment(t)
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := strings.Split(r.Header.Get("Authorization"), "/")[2]
		asked = append(asked, region)
		if region != "eu-west-3" {
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-3")
			w.WriteHeader(http.StatusMovedPermanently)
			fmt.Fprint(w, `<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>`)
			return
		}
		fmt.Fprint(w, "text")
	}))
	defer server.Close()
	s := &Store{Place: Place{Endpoint: server.URL, Region: "us-west-2"}}
	for range 2 {
		body, err := s.Object("b", "k.json", "").Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(body); string(text) != "text" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		body.Close()
	}
	if want := []string{"us-west-2", "eu-west-3", "eu-west-3"}; !slices.Equal(asked, want) {
		t.Errorf("asked in %v, want %v", asked, want)
	}
}
