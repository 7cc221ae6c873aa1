package iam

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
)

func opened(t *testing.T, endpoint string) watch.Reader {
	t.Helper()
	r, err := Kind.Open(watch.Settings{Endpoint: endpoint, Region: "eu-west-1", AccessKeyID: outside.Key, SecretAccessKey: outside.Secret})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMoto reads a real answer: moto's root user has neither MFA nor keys.
func TestMoto(t *testing.T) {
	r := opened(t, outside.Moto(t))
	s, err := r.Read(t.Context(), "123456789012")
	if err != nil {
		t.Fatal(err)
	}
	if v := s.Judge(mfa, nil); v.Compliance != tocsin.NonCompliant {
		t.Errorf("MFA: %v", v)
	}
	if v := s.Judge(keys, nil); v.Compliance != tocsin.Compliant {
		t.Errorf("keys: %v", v)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		body      string
		status    int
		mfa, keys tocsin.Compliance
		code      string // of the error
	}{
		{body: `<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap><entry><key>AccountMFAEnabled</key><value>1</value></entry>` +
			`<entry><key>AccountAccessKeysPresent</key><value>1</value></entry></SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`,
			status: 200, mfa: tocsin.Compliant, keys: tocsin.NonCompliant},
		{body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`, status: 403, code: "AccessDenied"},
		{body: `<GetAccountSummaryResponse/>`, status: 200, code: "Unreadable"},
		{body: `{}`, status: 200, code: "Unreadable"},
		{body: ``, status: 500, code: "500 Internal Server Error"},
		{body: `{"__type":"a#Throttling","message":"slow"}`, status: 400, code: "Throttling"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}))
		s, err := opened(t, server.URL).Read(t.Context(), "1")
		server.Close()
		var f *watch.Failure
		if errors.As(err, &f) != (c.code != "") || f != nil && f.Code != c.code {
			t.Errorf("%s: %v; want %q", c.body, err, c.code)
		}
		if err == nil && (s.Judge(mfa, nil).Compliance != c.mfa || s.Judge(keys, nil).Compliance != c.keys) {
			t.Errorf("%s: %v, %v", c.body, s.Judge(mfa, nil), s.Judge(keys, nil))
		}
	}
	var f *watch.Failure
	if _, err := opened(t, "http://127.0.0.1:1").Read(t.Context(), "1"); !errors.As(err, &f) || f.Code != "Unreachable" {
		t.Errorf("nobody there: %v", err)
	}
}
