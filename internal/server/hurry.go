package server

import (
	"io"
	"net/http"
	"time"
)

// bodyTime is how long the body of a request may take to come. Bodies are read before
// anybody is known by them, so whoever could stall would hold memory for ever.
const bodyTime = 30 * time.Second

// hurry lets reading the body fail after bodyTime. What is answered may take longer:
// the time holds only until the body has come.
func hurry(w http.ResponseWriter, r *http.Request) *http.Request {
	if r.Body == nil || r.Body == http.NoBody {
		return r
	}
	c := http.NewResponseController(w)
	if c.SetReadDeadline(time.Now().Add(bodyTime)) != nil {
		return r // a connection without deadlines, as in tests
	}
	r.Body = &hurried{ReadCloser: r.Body, c: c}
	return r
}

type hurried struct {
	io.ReadCloser
	c *http.ResponseController
}

// Read takes the deadline away when all has come: else it would end the request's
// context while it is worked on.
func (h *hurried) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	if err == io.EOF {
		_ = h.c.SetReadDeadline(time.Time{}) // it could be set, so it can be unset
	}
	return n, err
}
