package aws_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/tocsin-io/tocsin/internal/aws"
)

// TestSignatures refuses whatever is not signed rightly, with the status and code of each
// protocol, and lets nothing of it reach a handler.
func TestSignatures(t *testing.T) {
	now := time.Now()
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	edit := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			was := r.Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(was, old, with, 1))
			if r.Header.Get("Authorization") == was {
				panic("nothing was edited")
			}
		}
	}
	const (
		missing, unknown, bad, incomplete = "MissingAuthenticationTokenException", "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException"
	)
	day := now.UTC().Format("20060102")
	for _, tt := range []struct {
		name   string
		change func(*call)
		code   string
		text   string // in the message
	}{
		{"unsigned", func(c *call) { c.service = "" }, missing, "Missing Authentication Token"},
		{"unknown key", func(c *call) { c.key = "AKIDNOBODY" }, unknown, "security token"},
		{"wrong secret", func(c *call) { c.secret = "wrong" }, bad, "does not match"},
		{"expired", func(c *call) { c.at = now.Add(-time.Hour) }, bad, "Signature expired: "},
		{"from the future", func(c *call) { c.at = now.Add(time.Hour) }, bad, "Signature not yet current: "},
		{"other service", func(c *call) { c.service = "s3" }, bad, "Credential should be scoped to correct service: '"},
		{"other day in scope", func(c *call) { c.spoil = edit("/"+day+"/", "/20200102/") }, bad, "Date in Credential scope does not match"},
		{"other terminator", func(c *call) { c.spoil = edit("aws4_request", "aws5_request") }, bad, "terminator"},
		{"other region", func(c *call) { c.spoil = edit("us-east-1", "us-east-2") }, bad, "does not match"},
		{"no region", func(c *call) { c.region = "us-east-1:x" }, bad, "valid region"},
		{"other body", func(c *call) { c.spoil = func(r *http.Request) { r.Body = http.NoBody } }, bad, "does not match"},
		{"other query", func(c *call) { c.spoil = func(r *http.Request) { r.URL.RawQuery = "a=b" } }, bad, "does not match"},
		{"other host", func(c *call) { c.spoil = func(r *http.Request) { r.Host = "other:8117" } }, bad, "does not match"},
		{"other method", func(c *call) { c.spoil = func(r *http.Request) { r.Method = http.MethodPut } }, bad, "does not match"},
		{"other date header", func(c *call) { c.spoil = set("X-Amz-Date", now.Add(time.Second).UTC().Format("20060102T150405Z")) }, bad, "does not match"},
		{"other signed header", func(c *call) { c.spoil = set("Content-Type", "text/html") }, bad, "does not match"},
		{"signed header gone", func(c *call) { c.spoil = func(r *http.Request) { r.Header.Del("Content-Type") } }, bad, "does not match"},
		{"one digit of the signature", func(c *call) { c.spoil = edit("Signature=", "Signature=0") }, bad, "does not match"},
		{"payload hash of another body", func(c *call) { c.spoil = set("X-Amz-Content-Sha256", strings.Repeat("0", 64)) }, bad, "SHA-256"},
		{"UNSIGNED-PAYLOAD", func(c *call) { c.header["X-Amz-Content-Sha256"] = "UNSIGNED-PAYLOAD" }, bad, "SHA-256"},
		{"host not signed", func(c *call) { c.spoil = edit("host;", "") }, bad, "'host' must be a signed header"},
		{"date not signed", func(c *call) { c.spoil = edit(";x-amz-date", "") }, bad, "X-Amz-Date is not signed"},
		{"no signature in it", func(c *call) { c.spoil = edit("Signature=", "Sig=") }, incomplete, "'Signature'"},
		{"no signed headers in it", func(c *call) { c.spoil = edit("SignedHeaders=", "Headers=") }, incomplete, "'SignedHeaders'"},
		{"no credential in it", func(c *call) { c.spoil = edit("Credential=", "Creds=") }, incomplete, "'Credential'"},
		{"short credential", func(c *call) { c.spoil = edit("/us-east-1", "") }, incomplete, "five parts"},
		{"signed twice", func(c *call) {
			c.spoil = func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }
		}, incomplete, "once"},
		{"other algorithm", func(c *call) { c.spoil = edit("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") }, incomplete, "AWS4-HMAC-SHA256"},
		{"basic authentication", func(c *call) { c.spoil = set("Authorization", "Basic YTpi") }, incomplete, "AWS4-HMAC-SHA256"},
		{"date in words", func(c *call) { c.spoil = set("X-Amz-Date", "today") }, incomplete, "ISO-8601"},
		{"no date", func(c *call) { c.spoil = func(r *http.Request) { r.Header.Del("X-Amz-Date") } }, incomplete, "X-Amz-Date"},
	} {
		for _, p := range []struct {
			name   string
			call   call
			status int
		}{
			{"json", target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`), 400},
			{"rest", incident("startIncident", `{"responsePlanArn":"`+plan+`"}`), 403},
		} {
			t.Run(tt.name+"/"+p.name, func(t *testing.T) {
				s := newToy(t)
				p.call.at = now // whatever the clock says when its turn comes
				tt.change(&p.call)
				if tt.name == "other method" && p.name == "rest" {
					t.Skip("another method is another route")
				}
				res := p.call.do(t, s)
				want := p.status
				if tt.code == incomplete {
					want = 400
				}
				code, message := errorOf(t, res)
				if res.StatusCode != want || code != tt.code || !strings.Contains(message, tt.text) {
					t.Errorf("answer %d %s %q, want %d %s %q", res.StatusCode, code, message, want, tt.code, tt.text)
				}
				if n := len(s.called()); n > 0 {
					t.Errorf("%d calls reached a handler", n)
				}
			})
		}
	}
}

// TestTargetMustBeSigned keeps somebody who has seen a request from making another one
// of it.
func TestTargetMustBeSigned(t *testing.T) {
	c := call{service: "events", body: `{"Name":"x"}`}
	c.spoil = func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSEvents.EnableRule") }
	if code, message := errorOf(t, c.do(t, newToy(t))); code != "InvalidSignatureException" || !strings.Contains(message, "not signed") {
		t.Errorf("an unsigned target gives %s %s", code, message)
	}
}

func TestQueryErrorNames(t *testing.T) {
	base := call{service: "sts", body: "Action=GetCallerIdentity&Version=2011-06-15", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
	for _, tt := range []struct {
		name, code string
		status     int
		change     func(*call)
	}{
		{"unsigned", "MissingAuthenticationToken", 403, func(c *call) { c.service = "" }},
		{"unknown key", "InvalidClientTokenId", 403, func(c *call) { c.key = "AKIDNOBODY" }},
		{"wrong secret", "SignatureDoesNotMatch", 403, func(c *call) { c.secret = "wrong" }},
		{"unknown action", "InvalidAction", 400, func(c *call) { c.body = "Action=Nothing" }},
		{"no action", "MissingAction", 400, func(c *call) { c.body = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := base
			tt.change(&c)
			res := c.do(t, newToy(t))
			if body := res.Body; res.StatusCode != tt.status || !strings.Contains(body, "<Code>"+tt.code+"</Code>") || res.Header.Get("Content-Type") != "text/xml" {
				t.Errorf("answer %d %s", res.StatusCode, body)
			}
		})
	}
}

// TestSkew finds the edges of the five minutes.
func TestSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newToy(t)
		for _, tt := range []struct {
			off time.Duration
			ok  bool
		}{
			{-5*time.Minute - time.Second, false}, {-5 * time.Minute, true}, {0, true}, {5 * time.Minute, true}, {5*time.Minute + time.Second, false},
		} {
			c := target("events", "AWSEvents", "EnableRule", `{"Name":"x"}`)
			c.at = time.Now().Add(tt.off)
			if res := c.do(t, s); (res.StatusCode == http.StatusOK) != tt.ok {
				t.Errorf("signed %v from now: %d", tt.off, res.StatusCode)
			}
		}
	})
}

// TestOtherSigners takes what clients other than AWS's SDK for Go sign. The signature is
// made by hand here, after AWS's description, so that the signer does not only agree with
// itself.
func TestOtherSigners(t *testing.T) {
	const body = `{"Name":"x"}`
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	for _, tt := range []struct {
		name   string
		header map[string]string // beside what every request has
		signed string
		region string
	}{
		{name: "least", signed: "host;x-amz-date;x-amz-target", region: "us-east-1"},
		{name: "session token", header: map[string]string{"X-Amz-Security-Token": "FwoGZXIvYXdzE"}, signed: "host;x-amz-date;x-amz-security-token;x-amz-target", region: "us-east-1"},
		{name: "session token not signed", header: map[string]string{"X-Amz-Security-Token": "FwoGZXIvYXdzE"}, signed: "host;x-amz-date;x-amz-target", region: "us-east-1"},
		{name: "payload hash", header: map[string]string{"X-Amz-Content-Sha256": hash}, signed: "host;x-amz-content-sha256;x-amz-date;x-amz-target", region: "us-east-1"},
		{name: "user agent and length", header: map[string]string{"User-Agent": "aws4"}, signed: "content-length;content-type;host;user-agent;x-amz-date;x-amz-target", region: "us-east-1"},
		{name: "far region", signed: "host;x-amz-date;x-amz-target", region: "antarctica-south-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newToy(t)
			c := target("events", "AWSEvents", "EnableRule", body)
			c.service = ""
			r := c.request(t)
			date := time.Now().UTC().Format("20060102T150405Z")
			r.Header.Set("X-Amz-Date", date)
			for name, value := range tt.header {
				r.Header.Set(name, value)
			}
			canonical := "POST\n/\n\n"
			for name := range strings.SplitSeq(tt.signed, ";") {
				value := r.Header.Get(name)
				switch name {
				case "host":
					value = r.Host
				case "content-length":
					value = strconv.Itoa(len(body))
				}
				canonical += name + ":" + value + "\n"
			}
			canonical += "\n" + tt.signed + "\n" + hash
			scope := date[:8] + "/" + tt.region + "/events/aws4_request"
			digest := sha256.Sum256([]byte(canonical))
			key := []byte("AWS4" + secret)
			for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hex.EncodeToString(digest[:])) {
				mac := hmac.New(sha256.New, key)
				mac.Write([]byte(part))
				key = mac.Sum(nil)
			}
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keyID+"/"+scope+",SignedHeaders="+tt.signed+",Signature="+hex.EncodeToString(key))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != 200 {
				t.Fatalf("answer %d %s", w.Code, w.Body)
			}
			if got := s.called()[0].Region; got != tt.region {
				t.Errorf("region %q, want %q", got, tt.region)
			}
		})
	}
}

func presigned(t *testing.T, at time.Time, expires string) *http.Request {
	t.Helper()
	q := url.Values{"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}}
	if expires != "" {
		q.Set("X-Amz-Expires", expires)
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8117/?"+q.Encode(), nil)
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	uri, _, err := v4.NewSigner().PresignHTTP(context.Background(), sdk.Credentials{AccessKeyID: keyID, SecretAccessKey: secret}, r, empty, "sts", "us-east-1", at)
	if err != nil {
		t.Fatal(err)
	}
	return httptest.NewRequest(http.MethodGet, uri, nil)
}

func TestPresigned(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name    string
		at      time.Time
		expires string
		spoil   func(url.Values)
		status  int
	}{
		{"fresh", now, "60", nil, 200},
		{"no expiry", now, "", nil, 200},
		{"old but not expired", now.Add(-time.Hour), "7200", nil, 200},
		{"expired", now.Add(-2 * time.Hour), "3600", nil, 403},
		{"old without expiry", now.Add(-time.Hour), "", nil, 403},
		{"from the future", now.Add(time.Hour), "7200", nil, 403},
		{"longer than signed", now.Add(-2 * time.Hour), "3600", func(q url.Values) { q.Set("X-Amz-Expires", "36000") }, 403},
		{"two expiries", now, "3600", func(q url.Values) { q.Add("X-Amz-Expires", "36000") }, 400},
		{"eight days", now, "691200", nil, 400},
		{"expiry in words", now, "soon", nil, 400},
		{"other action", now, "60", func(q url.Values) { q.Set("Action", "AssumeRole") }, 403},
		{"other signature", now, "60", func(q url.Values) { q.Set("X-Amz-Signature", "0") }, 403},
		{"no signature", now, "60", func(q url.Values) { q.Del("X-Amz-Signature") }, 400},
		{"two dates", now, "60", func(q url.Values) { q.Add("X-Amz-Date", q.Get("X-Amz-Date")) }, 400},
		{"added parameter", now, "60", func(q url.Values) { q.Set("more", "1") }, 403},
		{"other algorithm", now, "60", func(q url.Values) { q.Set("X-Amz-Algorithm", "none") }, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := presigned(t, tt.at, tt.expires)
			if tt.spoil != nil {
				q := r.URL.Query()
				tt.spoil(q)
				r.URL.RawQuery = q.Encode()
			}
			w := httptest.NewRecorder()
			if !aws.IsCall(r) {
				t.Error("not recognised as a call")
			}
			newToy(t).ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("answer %d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}

// TestServes finds REST operations although nothing but their path tells them.
func TestServes(t *testing.T) {
	s := newToy(t)
	for _, tt := range []struct {
		method, path string
		want         bool
	}{
		{"POST", "/startIncident", true},
		{"GET", "/startIncident", false},
		{"GET", "/tags/arn%3Ax%2Fy", true},
		{"GET", "/detector", true},
		{"GET", "/", false},
		{"GET", "/incidents/arn:x", false},
	} {
		if got := s.Serves(httptest.NewRequest(tt.method, tt.path, nil)); got != tt.want {
			t.Errorf("%s %s: %v", tt.method, tt.path, got)
		}
	}
	res := call{path: "/startIncident", body: "{}"}.do(t, s)
	if code, _ := errorOf(t, res); res.StatusCode != http.StatusForbidden || code != "MissingAuthenticationTokenException" {
		t.Errorf("unsigned: %d %s", res.StatusCode, code)
	}
}

// TestMalformedQuery refuses what net/url would silently leave out of the signed text.
func TestMalformedQuery(t *testing.T) {
	c := incident("listResponsePlans", "{}")
	c.spoil = func(r *http.Request) { r.URL.RawQuery = "a;b=c" }
	if res := c.do(t, newToy(t)); res.StatusCode != http.StatusBadRequest {
		t.Errorf("answer %d", res.StatusCode)
	}
}

func TestIsCall(t *testing.T) {
	for _, tt := range []struct {
		name, method, path, body string
		header                   map[string]string
		want                     bool
	}{
		{name: "console page", method: "GET", path: "/", want: false},
		{name: "console file", method: "GET", path: "/assets/index.js?v=1", want: false},
		{name: "console call", method: "POST", path: "/console/api", body: `{"Action":"x"}`, header: map[string]string{"Content-Type": "application/json"}, want: false},
		{name: "metrics with a bearer", method: "GET", path: "/metrics", header: map[string]string{"Authorization": "Bearer x"}, want: false},
		{name: "form elsewhere", method: "POST", path: "/sign-in", body: "Action=x", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, want: false},
		{name: "other form", method: "POST", path: "/", body: "a=b&Reaction=x", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, want: false},
		{name: "signed for a service we have not", method: "GET", path: "/bucket", header: map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request"}, want: true},
		{name: "target", method: "POST", path: "/", header: map[string]string{"X-Amz-Target": "AWSEvents.PutEvents"}, want: true},
		{name: "content type", method: "POST", path: "/", header: map[string]string{"Content-Type": "application/x-amz-json-1.1"}, want: true},
		{name: "SDK unsigned", method: "POST", path: "/listResponsePlans", header: map[string]string{"Amz-Sdk-Invocation-Id": "x"}, want: true},
		{name: "action in query", method: "GET", path: "/?Version=1&Action=GetCallerIdentity", want: true},
		{name: "action in form", method: "POST", path: "/", body: "Version=1&Action=GetCallerIdentity", header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, want: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, tt.path, strings.NewReader(tt.body))
			for name, value := range tt.header {
				r.Header.Set(name, value)
			}
			if got := aws.IsCall(r); got != tt.want {
				t.Errorf("IsCall = %v, want %v", got, tt.want)
			}
			if got := readAll(t, r.Body); got != tt.body {
				t.Errorf("the body afterwards is %q, want %q", got, tt.body)
			}
		})
	}
}
