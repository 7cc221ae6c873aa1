// Package webhook takes events that are posted to the server: by an EventBridge
// API destination, Alertmanager, Grafana, a SIEM, a script. Who posts proves
// itself by a token, a header of its own, name and password, or OAuth client
// credentials; the events go to package source, which recognises them or, where
// a mapping is set, reads them by it.
package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tocsin-io/tocsin/internal/source"
)

// maxBody is how long a request may be, in bytes: an entry of PutEvents is 1 MiB.
const maxBody = 2 << 20

// Connector describes the source.
var Connector = source.Connector{
	Name:  "webhook",
	About: "Takes what is posted to /ingest/<name>: an EventBridge API destination, Alertmanager, Grafana, anything that sends JSON.",
	Fields: append([]source.Field{
		{Name: "token", About: "what stands in Authorization: Bearer, or in the header", Secret: true},
		{Name: "header", About: "the header that carries the token, as an API destination's API key does; default Authorization"},
		{Name: "user", About: "for HTTP basic authentication"},
		{Name: "password", About: "for HTTP basic authentication", Secret: true},
		{Name: "clientId", About: "for OAuth client credentials: the token's address is /ingest/<name>/token"},
		{Name: "clientSecret", About: "for OAuth client credentials", Secret: true},
	}, mappingFields...),
	Open: open,
}

func open(s source.Settings) (source.Live, error) {
	d := &door{settings: s}
	ways := 0
	for _, way := range []string{"token", "password", "clientSecret"} {
		if s[way] != "" {
			ways++
		}
	}
	switch {
	case ways != 1:
		return source.Live{}, errors.New("set one of token, user with password, and clientId with clientSecret: nobody may post without proof")
	case s["password"] != "" && s["user"] == "", s["clientSecret"] != "" && s["clientId"] == "":
		return source.Live{}, errors.New("user belongs to password, and clientId to clientSecret")
	case len(s["token"]+s["password"]+s["clientSecret"]) < minSecret:
		return source.Live{}, fmt.Errorf("the secret is shorter than %d characters: whoever guesses it can raise alarms", minSecret)
	}
	var err error
	if d.mapping, err = newMapping(s); err != nil {
		return source.Live{}, err
	}
	return source.Live{Door: func(in *source.Intake) http.Handler {
		d.in = in
		d.grants = newGrants()
		return d
	}}, nil
}

// minSecret is how short a secret may be, in characters.
const minSecret = 16

type door struct {
	settings source.Settings
	mapping  *mapping
	in       *source.Intake
	grants   *grants
}

// ServeHTTP answers 200 when everything that the events brought about is
// committed, 400 if something is no event, of which the rest was taken, and 503 when it is to be sent again.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/token") && d.settings["clientSecret"] != "" {
		d.token(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "post events here", http.StatusMethodNotAllowed)
		return
	}
	if !d.proven(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="tocsin", Basic realm="tocsin"`)
		http.Error(w, "the proof is missing or wrong", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		http.Error(w, fmt.Sprintf("longer than %d bytes", maxBody), http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	arrivals, bad := d.mapping.decode(body, d.in.Origin())
	err = d.in.Take(r.Context(), arrivals)
	if err == nil && bad != nil {
		// The sender is told and may mend it; it is kept as well, since senders seldom tell.
		err = d.in.Refuse(r.Context(), body, bad)
	}
	switch {
	case err != nil:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "not kept, send it again", http.StatusServiceUnavailable)
		return
	case bad != nil && len(arrivals) > 0:
		http.Error(w, fmt.Sprintf("%v; events that were taken: %d", bad, len(arrivals)), http.StatusBadRequest)
		return
	case bad != nil:
		http.Error(w, bad.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "{\"events\":%d}\n", len(arrivals))
}

// proven tells whether the request carries the secret. Digests are compared, so
// that the time says nothing of the secret, nor of its length.
func (d *door) proven(r *http.Request) bool {
	s := d.settings
	switch {
	case s["password"] != "":
		user, password, _ := r.BasicAuth()
		return same(user+"\x00"+password, s["user"]+"\x00"+s["password"])
	case s["clientSecret"] != "":
		return d.grants.valid(bearer(r))
	case s["header"] != "" && !strings.EqualFold(s["header"], "Authorization"):
		return same(r.Header.Get(s["header"]), s["token"])
	}
	return same(bearer(r), s["token"])
}

// bearer gives the token of a request; API destinations may send it bare.
func bearer(r *http.Request) string {
	given := r.Header.Get("Authorization")
	if scheme, token, ok := strings.Cut(given, " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return given
}

func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
