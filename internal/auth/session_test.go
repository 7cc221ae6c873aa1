package auth_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// site is a tiny console: /in signs p in, /out out, / tells who is signed in.
func site(t *testing.T, s *auth.Sessions, p **auth.Person) http.Handler {
	fail := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(_ http.ResponseWriter, r *http.Request) { fail(s.Enter(r.Context(), *p)) })
	mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { fail(s.Leave(r.Context())) })
	mux.HandleFunc("/keep", func(_ http.ResponseWriter, r *http.Request) { s.Keep(r.Context(), "x", []byte("kept")) })
	mux.HandleFunc("/take", func(w http.ResponseWriter, r *http.Request) { w.Write(s.Take(r.Context(), "x")) })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		who, err := s.Person(r.Context())
		fail(err)
		if who != nil {
			w.Write([]byte(who.Name))
		}
	})
	return s.Load(mux)
}

// browser calls a handler and keeps its cookies.
type browser struct {
	h   http.Handler
	jar *cookiejar.Jar
}

func newBrowser(h http.Handler) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{h: h, jar: jar}
}

func (b *browser) get(path string) string {
	r := httptest.NewRequest(http.MethodGet, "https://tocsin.example.org"+path, nil)
	for _, c := range b.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	b.jar.SetCookies(r.URL, w.Result().Cookies())
	return w.Body.String()
}

func unexpected(t *testing.T) func(http.ResponseWriter, *http.Request, error) {
	return func(_ http.ResponseWriter, _ *http.Request, err error) { t.Error(err) }
}

func TestSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := signIn(t, db)
		p := createPerson(t, db, "ann", auth.Admin)
		createPerson(t, db, "root", auth.Admin)
		h := site(t, auth.NewSessions(db, true, unexpected(t)), &p)
		one, two, none := newBrowser(h), newBrowser(h), newBrowser(h)
		one.get("/in")
		two.get("/in")
		if got := one.get("/") + two.get("/") + none.get("/"); got != "annann" {
			t.Fatalf("signed in: %q", got)
		}
		one.get("/keep")
		if got := one.get("/take") + one.get("/take"); got != "kept" {
			t.Errorf("kept %q, want it once", got)
		}
		two.get("/out")
		if got := two.get("/"); got != "" {
			t.Errorf("signed in as %q after signing out", got)
		}

		// A new password ends every session.
		var err error
		if p, err = s.SetPassword(t.Context(), p, "correct horse battery", here); err != nil {
			t.Fatal(err)
		}
		if got := one.get("/"); got != "" {
			t.Errorf("signed in as %q after the password was changed", got)
		}
		one.get("/in")
		update(t, db, func(tx *store.Tx) error { return auth.DeletePerson(tx, "ann") })
		if got := one.get("/"); got != "" {
			t.Errorf("signed in as %q after being removed", got)
		}
	})
}

func TestSessionEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := dbtest.SQLite(t)
		p := createPerson(t, db, "ann", auth.Admin)
		b := newBrowser(site(t, auth.NewSessions(db, false, unexpected(t)), &p))
		b.get("/in")
		time.Sleep(7 * 24 * time.Hour)
		if b.get("/") != "ann" {
			t.Error("signed out within the week on call")
		}
		time.Sleep(2 * 24 * time.Hour)
		if b.get("/") != "" {
			t.Error("still signed in after nine days")
		}
	})
}

func TestSessionCookie(t *testing.T) {
	db := dbtest.SQLite(t)
	p := createPerson(t, db, "ann", auth.Admin)
	for _, secure := range []bool{false, true} {
		w := httptest.NewRecorder()
		site(t, auth.NewSessions(db, secure, unexpected(t)), &p).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/in", nil))
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Fatalf("cookies: %v", cookies)
		}
		c := cookies[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie: %v", c)
		}
		if want := map[bool]string{false: "tocsin_session", true: "__Host-tocsin_session"}[secure]; c.Name != want {
			t.Errorf("cookie name %q, want %q", c.Name, want)
		}
	}
}
