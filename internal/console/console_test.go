package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/console"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// echo is a service of two operations: Get says who called with what, Put
// needs an admin and fails with the service's own exception.
func echo() *aws.Service {
	decode := func(d *aws.Decoder) any {
		var text string
		d.Object()
		for d.Next() {
			if string(d.Key()) == "Text" {
				text = d.String(&aws.StringLimit{})
			} else {
				d.Skip()
			}
		}
		return &text
	}
	encode := func(e *aws.Encoder, out any) {
		e.Object()
		e.Key("Said")
		e.String(out.(string))
		e.EndObject()
	}
	get := func(ctx context.Context, in any) (any, error) {
		c := aws.FromContext(ctx)
		who := c.Principal.(*auth.Principal)
		return strings.Join([]string{who.Name, string(who.Account), string(who.Kind), c.Region, *in.(*string)}, " "), nil
	}
	put := func(context.Context, any) (any, error) {
		return nil, aws.Errorf("ConflictException", http.StatusConflict, "It is there already.")
	}
	return aws.NewService(&aws.Service{Name: "events", Protocol: aws.JSON, TargetPrefix: "Echo",
		Internal: func(m string) error { return aws.Errorf("InternalException", 500, "%s", m) },
		Invalid:  func(m string, _ []aws.FieldError) error { return aws.Errorf("ValidationException", 400, "%s", m) },
		Faults: func(err error) error {
			if tocsin.KindOf(err) == tocsin.Denied {
				return aws.Errorf("AccessDeniedException", http.StatusForbidden, "%s", err.Error())
			}
			return nil
		},
		Ops: []*aws.Operation{
			{Name: "GetEcho", Method: "POST", URI: "/", SuccessCode: 200, Decode: decode, Invoke: get, Encode: encode},
			{Name: "PutEcho", Method: "POST", URI: "/", SuccessCode: 200, Decode: decode, Invoke: put, Encode: encode},
		}})
}

// house is a console on a real store behind a real HTTP server.
type house struct {
	*testing.T
	db      *store.DB
	console *console.Console
	server  *httptest.Server
}

func open(t *testing.T) *house {
	t.Helper()
	db := dbtest.SQLite(t)
	service := echo()
	aws.NewHandler(aws.Options{Services: []*aws.Service{service}, Around: func(ctx context.Context, c *aws.Call, next func(context.Context) (any, error)) (any, error) {
		if err := c.Principal.(*auth.Principal).Check(c.Service.Name, c.Op.Name); err != nil {
			return nil, err
		}
		return next(ctx)
	}})
	h := &house{T: t, db: db}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.console.ServeHTTP(w, r) }))
	t.Cleanup(h.server.Close)
	var err error
	h.console, err = console.New(console.Options{DB: db, Services: []*aws.Service{service}, URL: h.server.URL, Version: "v1", Region: "eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.console.Close) // before the server's, which waits for live views
	return h
}

func (h *house) update(fn func(tx *store.Tx) error) {
	h.Helper()
	if err := h.db.Update(h.Context(), dbtest.Who, fn); err != nil {
		h.Fatal(err)
	}
}

// link makes a person, if need be, and a sign-in link for them.
func (h *house) link(name string, rights ...auth.Right) (token string) {
	h.Helper()
	h.update(func(tx *store.Tx) error {
		if _, err := auth.CreatePerson(tx, name, rights); err != nil && tocsin.KindOf(err) != tocsin.Conflict {
			return err
		}
		l, err := auth.NewLink(tx, name)
		token = l.Token
		return err
	})
	return token
}

// browser is a client with cookies.
type browser struct {
	*house
	client *http.Client
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	return &browser{house: h, client: &http.Client{Jar: jar}}
}

func (b *browser) do(r *http.Request) (status int, header http.Header, out map[string]any) {
	b.Helper()
	res, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(body, &out); err != nil && strings.HasPrefix(r.URL.Path, "/api/") {
		b.Fatalf("%s: not JSON: %q", r.URL.Path, body)
	}
	return res.StatusCode, res.Header, out
}

func (b *browser) request(method, path, body string) *http.Request {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if method == "POST" {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

func (b *browser) post(path, body string) (int, map[string]any) {
	b.Helper()
	status, _, out := b.do(b.request("POST", path, body))
	return status, out
}

func (b *browser) get(path string) (int, map[string]any) {
	b.Helper()
	status, _, out := b.do(b.request("GET", path, ""))
	return status, out
}

func (b *browser) signIn(name string, rights ...auth.Right) {
	b.Helper()
	if status, out := b.post("/api/session/link", `{"token":"`+b.link(name, rights...)+`"}`); status != 200 || out["signedIn"] != true {
		b.Fatalf("sign in: %d %v", status, out)
	}
}

func want(t *testing.T, what string, status int, out map[string]any, wantStatus int, wantType string) {
	t.Helper()
	if status != wantStatus || out["__type"] != wantType || out["message"] == "" {
		t.Errorf("%s: %d %v, want %d %s", what, status, out, wantStatus, wantType)
	}
}

func TestSignIn(t *testing.T) {
	h := open(t)
	b := h.browser()
	if status, out := b.get("/api/session"); status != 200 || out["signedIn"] != false || out["account"] != nil || out["version"] != nil {
		t.Errorf("a stranger: %d %v", status, out)
	}
	token := h.link("ann", auth.Responder)
	status, out := b.post("/api/session/link", `{"token":"`+token+`"}`)
	person, _ := out["person"].(map[string]any)
	if status != 200 || person["name"] != "ann" || out["needsCredential"] != true || out["region"] != "eu-central-1" ||
		out["account"] != string(dbtest.Account) || out["version"] != "v1" || out["mail"] != "outbox" {
		t.Errorf("by link: %d %v", status, out)
	}
	status, out = h.browser().post("/api/session/link", `{"token":"`+token+`"}`)
	want(t, "the same link again", status, out, 401, "AccessDeniedException")

	status, out = b.post("/api/session/set-password", `{"password":"short"}`)
	want(t, "a short password", status, out, 400, "ValidationException")
	if status, out = b.post("/api/session/set-password", `{"password":"correct horse battery"}`); status != 200 || out["needsCredential"] != nil {
		t.Errorf("set password: %d %v", status, out)
	}
	if _, out := b.get("/api/session"); out["signedIn"] != true {
		t.Error("signed out by one's own new password")
	}
	if status, out := b.post("/api/session/sign-out", `{}`); status != 200 {
		t.Errorf("sign out: %d %v", status, out)
	}
	if _, out := b.get("/api/session"); out["signedIn"] != false {
		t.Error("still signed in")
	}
	status, out = b.post("/api/session/password", `{"name":"ann","password":"wrong wrong wrong"}`)
	want(t, "wrong password", status, out, 401, "AccessDeniedException")
	if status, out = b.post("/api/session/password", `{"name":"ann","password":"correct horse battery"}`); status != 200 || out["signedIn"] != true {
		t.Errorf("by password: %d %v", status, out)
	}
}

func TestGuessingIsAnswered429(t *testing.T) {
	b := open(t).browser()
	for i := range 40 {
		status, header, out := b.do(b.request("POST", "/api/session/link", `{"token":"guess"}`))
		if status == http.StatusTooManyRequests {
			if header.Get("Retry-After") == "" || out["__type"] != "ThrottlingException" {
				t.Errorf("without Retry-After: %v %v", header, out)
			}
			return
		}
		want(t, "a guess", status, out, 401, "AccessDeniedException")
		if i == 39 {
			t.Error("40 guesses were let through")
		}
	}
}

func TestOperations(t *testing.T) {
	h := open(t)
	b := h.browser()
	status, out := b.post("/api/op/events/GetEcho", `{}`)
	want(t, "a stranger", status, out, 401, "NotSignedInException")
	b.signIn("ann", auth.Read)
	if status, out := b.post("/api/op/events/GetEcho", `{"Text":"hello"}`); status != 200 || out["Said"] != "ann 111122223333 person eu-central-1 hello" {
		t.Errorf("GetEcho: %d %v", status, out)
	}
	status, out = b.post("/api/op/events/PutEcho", `{}`)
	want(t, "without the right", status, out, 403, "AccessDeniedException")
	status, out = b.post("/api/op/events/NoSuch", `{}`)
	if status != 400 || out["__type"] != "UnknownOperationException" {
		t.Errorf("an unknown operation: %d %v", status, out)
	}
	status, out = b.post("/api/op/nothing/GetEcho", `{}`)
	want(t, "an unknown service", status, out, 404, "UnknownOperationException")
	status, out = b.post("/api/op/events/GetEcho", `{"Text":`)
	want(t, "half a body", status, out, 400, "SerializationException")
	status, out = b.post("/api/op/events/GetEcho", `{"Text":"`+strings.Repeat("x", 1<<21)+`"}`)
	want(t, "too much", status, out, 413, "RequestEntityTooLarge")

	admin := h.browser()
	admin.signIn("root", auth.Admin)
	status, out = admin.post("/api/op/events/PutEcho", `{}`)
	want(t, "the service's own exception", status, out, 409, "ConflictException")
}

func TestOtherSitesMayAskNothing(t *testing.T) {
	b := open(t).browser()
	b.signIn("ann", auth.Admin)
	for name, change := range map[string]func(r *http.Request){
		"by fetch metadata": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":     func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"by origin": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example.com")
		},
	} {
		r := b.request("POST", "/api/op/events/GetEcho", `{}`)
		change(r)
		status, _, out := b.do(r)
		want(t, name, status, out, 403, "AccessDeniedException")
	}
	r := b.request("POST", "/api/op/events/GetEcho", `{}`)
	r.Header.Set("Content-Type", "text/plain") // what a form of another site could send
	status, _, out := b.do(r)
	want(t, "a form", status, out, 415, "SerializationException")
}

func TestLive(t *testing.T) {
	h := open(t)
	status, out := h.browser().get("/api/live")
	want(t, "a stranger", status, out, 401, "NotSignedInException")

	b := h.browser()
	b.signIn("ann", auth.Read)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	res, err := b.client.Do(b.request("GET", "/api/live", "").WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}
	lines := bufio.NewScanner(res.Body)
	next := func(prefix string) string {
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return text
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return ""
	}
	next(": here")
	h.update(func(tx *store.Tx) error { tx.Touch("incident", "engagement"); return nil })
	if kind, data := next("event: "), next("data: "); kind != "change" || data != `{"topics":["engagement","incident"]}` {
		t.Errorf("event %q, data %q", kind, data)
	}
	h.update(func(tx *store.Tx) error { tx.Touch("rule"); return nil })
	if data := next("data: "); data != `{"topics":["rule"]}` {
		t.Errorf("data %q", data)
	}
	h.console.Close()
	if lines.Scan(); lines.Scan() && lines.Text() != "" {
		t.Errorf("more came after Close: %q", lines.Text())
	}
}

func TestHeaders(t *testing.T) {
	b := open(t).browser()
	for _, path := range []string{"/", "/api/session", "/nowhere", "/api/nowhere"} {
		_, header, _ := b.do(b.request("GET", path, ""))
		policy := header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, value := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"} {
			if got := header.Get(name); got != value {
				t.Errorf("%s: %s = %q, want %q", path, name, got, value)
			}
		}
		if got := header.Get("Cache-Control"); strings.HasPrefix(path, "/api/") && got != "no-store" {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
	}
}

func TestBadURL(t *testing.T) {
	for _, bad := range []string{"", "localhost:8117", "ftp://example.org", "https://"} {
		if _, err := console.New(console.Options{DB: dbtest.SQLite(t), URL: bad}); err == nil {
			t.Errorf("New took the URL %q", bad)
		}
	}
}

func TestPasskeysAtAnAddress(t *testing.T) {
	b := open(t).browser() // a test server's URL has an address
	b.signIn("ann", auth.Read)
	if _, out := b.get("/api/session"); out["passkeys"] != false {
		t.Errorf("session: %v", out)
	}
	for _, path := range []string{"register/begin", "register/finish", "sign-in/begin", "sign-in/finish"} {
		status, out := b.post("/api/passkey/"+path, `{}`)
		want(t, path, status, out, 400, "ValidationException")
	}
}

func TestPasskeyCeremonies(t *testing.T) {
	db := dbtest.SQLite(t)
	h := &house{T: t, db: db}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.console.ServeHTTP(w, r) }))
	t.Cleanup(h.server.Close)
	h.server.URL = strings.Replace(h.server.URL, "127.0.0.1", "localhost", 1)
	var err error
	if h.console, err = console.New(console.Options{DB: db, URL: h.server.URL}); err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	status, out := b.post("/api/passkey/register/begin", `{}`)
	want(t, "register a stranger", status, out, 401, "NotSignedInException")
	b.signIn("ann", auth.Read)
	if _, out := b.get("/api/session"); out["passkeys"] != true {
		t.Errorf("session: %v", out)
	}
	for _, what := range []string{"register", "sign-in"} {
		status, out := b.post("/api/passkey/"+what+"/finish", `{}`)
		want(t, what+" without a beginning", status, out, 401, "AccessDeniedException")
		status, out = b.post("/api/passkey/"+what+"/begin", `{}`)
		options, _ := out["publicKey"].(map[string]any)
		if challenge, _ := options["challenge"].(string); status != 200 || len(challenge) < 20 {
			t.Errorf("begin %s: %d %v", what, status, out)
		}
		status, out = b.post("/api/passkey/"+what+"/finish", `{}`)
		want(t, what+" with nonsense", status, out, 401, "AccessDeniedException")
	}
}
