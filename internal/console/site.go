package console

import (
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// dist holds the built front end in dist/site, every text file as a .br and a
// .gz copy (see web/scripts/compress.mjs). Before it is built there is just a
// .gitignore, so that the package always compiles.
//
//go:embed all:dist
var dist embed.FS

// placeholder is shown by a binary that was built without the front end.
//
//go:embed placeholder
var placeholder embed.FS

// site serves the files of the front end.
type site struct {
	files fs.FS
	known map[string]file // by URL path
}

// file is one file of the site in the encodings there are of it.
type file struct {
	kind     string            // Content-Type
	variants map[string]string // content coding ("br", "gzip" or "") to path
	tag      string            // of its content
}

// newSite reads what was embedded.
func newSite() (*site, error) {
	files, err := fs.Sub(dist, "dist/site")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	s, err := siteOf(files)
	if errors.Is(err, fs.ErrNotExist) {
		files, err = fs.Sub(placeholder, "placeholder")
		if err == nil {
			s, err = siteOf(files)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return s, nil
}

func siteOf(files fs.FS) (*site, error) {
	s := &site{files: files, known: map[string]file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return s.add(name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the site: %w", err)
	}
	index, ok := s.known["/index.html"]
	if !ok {
		return nil, fmt.Errorf("the site has no index.html: %w", fs.ErrNotExist)
	}
	s.known["/"] = index
	return s, nil
}

func (s *site) add(name string) error {
	coding, plain := "", name
	switch path.Ext(name) {
	case ".br":
		coding, plain = "br", strings.TrimSuffix(name, ".br")
	case ".gz":
		coding, plain = "gzip", strings.TrimSuffix(name, ".gz")
	}
	body, err := fs.ReadFile(s.files, name)
	if err != nil {
		return err
	}
	f, ok := s.known["/"+plain]
	if !ok {
		f = file{kind: contentType(plain), variants: map[string]string{}}
	}
	f.variants[coding] = name
	sum := sha256.Sum256(body)
	f.tag = hex.EncodeToString(sum[:12]) // of the last variant read: all are of the same content
	s.known["/"+plain] = f
	return nil
}

func contentType(name string) string {
	switch path.Ext(name) { // not left to the machine's own table
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := s.known[r.URL.Path]
	if !ok {
		http.Error(w, "There is no such page.", http.StatusNotFound)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}
	coding, name := f.choose(r.Header.Values("Accept-Encoding"))
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Add("Vary", "Accept-Encoding")
	h.Set("ETag", `"`+f.tag+"-"+coding+`"`)
	if strings.HasPrefix(r.URL.Path, "/assets/") { // their names hold a hash of their content
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, err := s.files.Open(name)
	if err != nil {
		http.Error(w, "The page cannot be read.", http.StatusInternalServerError)
		return
	}
	defer body.Close()
	if coding == "" && path.Ext(name) == ".gz" {
		unpack(w, r, body)
		return
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	http.ServeContent(w, r, "", time.Time{}, body.(io.ReadSeeker)) // embedded files can seek
}

// choose gives the best variant a client takes. One that takes none of the
// packed ones gets the gzip copy unpacked (coding "", a .gz path).
func (f file) choose(accepts []string) (coding, name string) {
	for _, coding := range []string{"br", "gzip"} {
		if name, ok := f.variants[coding]; ok && accepted(accepts, coding) {
			return coding, name
		}
	}
	if name, ok := f.variants[""]; ok {
		return "", name
	}
	return "", f.variants["gzip"]
}

func accepted(headers []string, coding string) bool {
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
			if !strings.EqualFold(strings.TrimSpace(name), coding) {
				continue
			}
			_, q, _ := strings.Cut(strings.ReplaceAll(weight, " ", ""), "q=")
			return q == "" || strings.Trim(q, "0.") != ""
		}
	}
	return false
}

func unpack(w http.ResponseWriter, r *http.Request, packed io.Reader) {
	plain, err := gzip.NewReader(packed)
	if err != nil {
		http.Error(w, "The page cannot be read.", http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodGet {
		_, _ = io.Copy(w, plain) //nolint:gosec // our own file, embedded; fails only when the client has gone
	}
}
