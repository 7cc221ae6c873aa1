package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func testSite(t *testing.T) *site {
	t.Helper()
	s, err := siteOf(fstest.MapFS{
		"index.html.gz":     {Data: packed(t, "<html>")},
		"index.html.br":     {Data: []byte("brotli of html")},
		"assets/a-1.js.gz":  {Data: packed(t, "code")},
		"assets/a-1.js.br":  {Data: []byte("brotli of code")},
		"assets/p-2.png":    {Data: []byte("picture")},
		"assets/only.js.gz": {Data: packed(t, "only gzip")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSiteEncodings(t *testing.T) {
	s := testSite(t)
	for _, c := range []struct{ path, accept, coding, kind, body string }{
		{"/", "gzip, deflate, br", "br", "text/html; charset=utf-8", "brotli of html"},
		{"/index.html", "br", "br", "text/html; charset=utf-8", "brotli of html"},
		{"/", "gzip", "gzip", "text/html; charset=utf-8", string(packed(t, "<html>"))},
		{"/", "br;q=0, gzip;q=0.5", "gzip", "text/html; charset=utf-8", string(packed(t, "<html>"))},
		{"/", "", "", "text/html; charset=utf-8", "<html>"},
		{"/", "identity", "", "text/html; charset=utf-8", "<html>"},
		{"/assets/a-1.js", "BR", "br", "text/javascript; charset=utf-8", "brotli of code"},
		{"/assets/only.js", "br", "", "text/javascript; charset=utf-8", "only gzip"},
		{"/assets/p-2.png", "br, gzip", "", "image/png", "picture"},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Encoding") != c.coding || h.Get("Content-Type") != c.kind || w.Body.String() != c.body || h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s for %q: %d %v %q", c.path, c.accept, w.Code, h, w.Body)
		}
	}
}

func TestSiteCaching(t *testing.T) {
	s := testSite(t)
	get := func(path, accept, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if got := get("/assets/a-1.js", "br", "").Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("asset: %q", got)
	}
	if got := get("/", "br", "").Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("index: %q", got)
	}
	tag := get("/", "br", "").Header().Get("ETag")
	if w := get("/", "br", tag); w.Code != http.StatusNotModified {
		t.Errorf("with its own tag: %d", w.Code)
	}
	if w := get("/", "gzip", tag); w.Code != 200 {
		t.Errorf("with another variant's tag: %d", w.Code)
	}
}

func TestSiteRefuses(t *testing.T) {
	s := testSite(t)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/nowhere", 404}, {"GET", "/index.html.br", 404}, {"GET", "/../index.html", 404}, {"GET", "/assets/", 404}, {"POST", "/", 405},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.URL.Path = c.path
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.status)
		}
	}
}

// What is embedded must serve its first page, built or not.
func TestEmbeddedSite(t *testing.T) {
	s, err := newSite()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 200 || !bytes.Contains(w.Body.Bytes(), []byte("<title>Tocsin</title>")) {
		t.Errorf("first page: %d %q", w.Code, w.Body)
	}
}
