package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
)

// maxBody is more than any operation takes: 1 MiB of event, and its envelope.
const maxBody = 1<<20 + 64<<10

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // our own shapes always encode
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalServerException"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only when the client has gone
}

func writeError(w http.ResponseWriter, status int, name, message string) {
	writeJSON(w, status, map[string]string{"__type": name, "message": message})
}

// readBody reads a JSON body, or answers the request itself and gives false.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "SerializationException", "The body must be application/json.")
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		writeError(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request is too large.")
	case err != nil:
		writeError(w, http.StatusBadRequest, "SerializationException", "The request could not be read.")
	}
	return body, err == nil
}

// readInto reads a JSON body into v, or answers the request itself and gives false.
func readInto(w http.ResponseWriter, r *http.Request, v any) bool {
	body, ok := readBody(w, r)
	if !ok {
		return false
	}
	if err := json.Unmarshal(body, v); err != nil {
		writeError(w, http.StatusBadRequest, "SerializationException", "The body is not the JSON that is wanted here.")
		return false
	}
	return true
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// state is what the front end must know before it shows anything.
type state struct {
	SignedIn        bool   `json:"signedIn"`
	Person          *who   `json:"person,omitempty"`
	Account         string `json:"account,omitempty"`
	Region          string `json:"region,omitempty"`
	Version         string `json:"version,omitempty"`
	Mail            string `json:"mail,omitempty"`
	NeedsCredential bool   `json:"needsCredential,omitempty"`
	Passkeys        bool   `json:"passkeys"` // whether they work at the address the browser used
}

type who struct {
	Name   string       `json:"name"`
	Rights []auth.Right `json:"rights"`
}

func (c *Console) stateOf(r *http.Request, p *auth.Person) state {
	s := state{Passkeys: c.passkeys != nil && strings.EqualFold(r.Host, c.origin.Host)}
	if p == nil {
		return s // a stranger learns nothing of the server
	}
	s.SignedIn, s.Person = true, &who{Name: p.Name, Rights: p.Rights}
	s.Account, s.Region = string(p.Account), string(c.o.Region)
	s.Version, s.Mail, s.NeedsCredential = c.o.Version, c.o.Mail, p.NeedsCredential()
	return s
}

func (c *Console) session(w http.ResponseWriter, r *http.Request) {
	p, err := c.sessions.Person(r.Context())
	if err != nil {
		c.fault(w, err)
		return
	}
	writeJSON(w, http.StatusOK, c.stateOf(r, p))
}

// person is who is signed in; when nobody is, the request has been answered.
func (c *Console) person(w http.ResponseWriter, r *http.Request) *auth.Person {
	p, err := c.sessions.Person(r.Context())
	switch {
	case err != nil:
		c.fault(w, err)
	case p == nil:
		writeError(w, http.StatusUnauthorized, "NotSignedInException", "You are not signed in.")
	}
	return p
}

// enter begins the session of somebody whose proof was good, or tells why it
// was not.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, p *auth.Person, err error) {
	if err == nil {
		err = c.sessions.Enter(r.Context(), p)
	}
	var e *tocsin.Error
	if errors.As(err, &e) && e.Kind == tocsin.Denied {
		// Not the name: people type passwords there by mistake.
		c.o.Log.Warn("sign-in refused", "path", r.URL.Path, "address", address(r), "error", err)
		writeError(w, http.StatusUnauthorized, "AccessDeniedException", e.Message)
		return
	}
	if err != nil {
		c.fault(w, err)
		return
	}
	writeJSON(w, http.StatusOK, c.stateOf(r, p))
}

func (c *Console) byLink(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Token string `json:"token"`
	}
	if readInto(w, r, &in) {
		p, err := c.signIn.ByLink(r.Context(), in.Token, address(r))
		c.enter(w, r, p, err)
	}
}

func (c *Console) byPassword(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if readInto(w, r, &in) {
		p, err := c.signIn.ByPassword(r.Context(), in.Name, in.Password, address(r))
		c.enter(w, r, p, err)
	}
}

func (c *Console) setPassword(w http.ResponseWriter, r *http.Request) {
	p := c.person(w, r)
	if p == nil {
		return
	}
	var in struct {
		Password string `json:"password"`
	}
	if readInto(w, r, &in) {
		p, err := c.signIn.SetPassword(r.Context(), p, in.Password, address(r))
		c.enter(w, r, p, err)
	}
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	if err := c.sessions.Leave(r.Context()); err != nil {
		c.fault(w, err)
		return
	}
	writeJSON(w, http.StatusOK, struct{}{})
}

// Under these the two halves of a passkey's ceremony meet.
const (
	registering = "passkey-register"
	signingIn   = "passkey-sign-in"
)

// usable tells whether there can be passkeys here, or answers the request.
func (c *Console) usable(w http.ResponseWriter) bool {
	if c.passkeys == nil {
		c.fault(w, tocsin.Refuse(fmt.Sprintf("Passkeys need a host name in the server's URL; %s has an address.", c.o.URL)))
	}
	return c.passkeys != nil
}

func (c *Console) registerBegin(w http.ResponseWriter, r *http.Request) {
	p := c.person(w, r)
	if p == nil || !c.usable(w) {
		return
	}
	options, state, err := c.passkeys.BeginRegistration(r.Context(), p)
	if err != nil {
		c.fault(w, err)
		return
	}
	c.sessions.Keep(r.Context(), registering, state)
	writeJSON(w, http.StatusOK, options)
}

func (c *Console) registerFinish(w http.ResponseWriter, r *http.Request) {
	p := c.person(w, r)
	if p == nil || !c.usable(w) {
		return
	}
	if body, ok := readBody(w, r); ok {
		p, err := c.passkeys.FinishRegistration(r.Context(), p, c.sessions.Take(r.Context(), registering), body, address(r))
		c.enter(w, r, p, err)
	}
}

func (c *Console) passkeyBegin(w http.ResponseWriter, r *http.Request) {
	if !c.usable(w) {
		return
	}
	options, state, err := c.passkeys.BeginSignIn(address(r))
	if err != nil {
		c.fault(w, err)
		return
	}
	c.sessions.Keep(r.Context(), signingIn, state)
	writeJSON(w, http.StatusOK, options)
}

func (c *Console) passkeyFinish(w http.ResponseWriter, r *http.Request) {
	if !c.usable(w) {
		return
	}
	if body, ok := readBody(w, r); ok {
		p, err := c.passkeys.FinishSignIn(r.Context(), c.sessions.Take(r.Context(), signingIn), body, address(r))
		c.enter(w, r, p, err)
	}
}
