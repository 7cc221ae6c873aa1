// Package console serves the web console: the built front end (web/, embedded
// from dist/site) and the /api it talks to. Requests come from browsers with a
// session; reads and writes alike go through the operations that any AWS client
// uses ([aws.Service.Call]) with the signed-in person as principal, and what
// changed is told from the store's commits (/api/live).
//
//	POST /api/op/{service}/{operation}   flat JSON in and out; errors {"__type", "message", …}
//	GET  /api/live                       server-sent events: event "change", {"topics": […]}
//	GET  /api/session                    who is signed in, and what this server is
//	POST /api/session/{link,password,set-password,sign-out}
//	POST /api/passkey/{register,sign-in}/{begin,finish}
package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Options are what the console needs.
type Options struct {
	DB       *store.DB
	Services []*aws.Service // bound to a handler already, which gave them the check of rights
	Log      *slog.Logger   // default slog.Default
	URL      string         // where people reach the console; decides cookies and passkeys
	Version  string
	Region   tocsin.Region // of the operations people call; default us-east-1
	Mail     string        // how mail leaves: "smtp" or, by default, "outbox"
}

// Console is the console's HTTP handler. It is safe for concurrent use.
type Console struct {
	o        Options
	services map[string]*aws.Service
	signIn   *auth.SignIn
	passkeys *auth.Passkeys // nil where there can be none
	origin   *url.URL
	sessions *auth.Sessions
	handler  http.Handler

	stop sync.Once
	done chan struct{} // closed when live views must end
}

// New makes the console.
func New(o Options) (*Console, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.Mail == "" {
		o.Mail = "outbox"
	}
	origin, err := url.Parse(o.URL)
	if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
		return nil, fmt.Errorf("console: %q is no http or https URL", o.URL)
	}
	c := &Console{o: o, origin: origin, services: map[string]*aws.Service{}, done: make(chan struct{})}
	for _, s := range o.Services {
		c.services[s.Name] = s
	}
	if c.signIn, err = auth.NewSignIn(o.DB); err != nil {
		return nil, err
	}
	if c.passkeys, err = c.signIn.NewPasskeys(o.URL); err != nil {
		return nil, err
	}
	c.sessions = auth.NewSessions(o.DB, origin.Scheme == "https", c.sessionFault)
	pages, err := newSite()
	if err != nil {
		return nil, err
	}
	if c.handler, err = c.routes(pages); err != nil {
		return nil, err
	}
	return c, nil
}

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Close ends the live views, which would otherwise hold a server's shutdown up.
func (c *Console) Close() { c.stop.Do(func() { close(c.done) }) }

func (c *Console) routes(pages http.Handler) (http.Handler, error) {
	api := http.NewServeMux()
	api.HandleFunc("POST /api/op/{service}/{operation}", c.operate)
	api.HandleFunc("GET /api/live", c.live)
	api.HandleFunc("GET /api/session", c.session)
	api.HandleFunc("POST /api/session/link", c.byLink)
	api.HandleFunc("POST /api/session/password", c.byPassword)
	api.HandleFunc("POST /api/session/set-password", c.setPassword)
	api.HandleFunc("POST /api/session/sign-out", c.signOut)
	api.HandleFunc("POST /api/passkey/register/begin", c.registerBegin)
	api.HandleFunc("POST /api/passkey/register/finish", c.registerFinish)
	api.HandleFunc("POST /api/passkey/sign-in/begin", c.passkeyBegin)
	api.HandleFunc("POST /api/passkey/sign-in/finish", c.passkeyFinish)
	api.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotFound, "UnknownOperationException", "There is no such thing here.")
	})

	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, "AccessDeniedException", "The request came from another site.")
	}))
	// Behind a proxy that changes the Host header, this is what browsers call us.
	if err := guard.AddTrustedOrigin(c.origin.Scheme + "://" + c.origin.Host); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/api/", uncached(guard.Handler(c.sessions.Load(api))))
	mux.Handle("/", pages)
	return c.secured(mux), nil
}

// policy lets the page load what this server sends and nothing else. Cloudscape
// brings its font and some images as data: URLs; styles set by script go
// through the CSSOM, which style-src does not bind, so that neither scripts nor
// styles need unsafe-inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (c *Console) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if c.origin.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (c *Console) sessionFault(w http.ResponseWriter, _ *http.Request, err error) {
	c.fault(w, fmt.Errorf("session: %w", err))
}

// fault answers an error of the domain; what is not one is a fault of ours,
// told to the log only.
func (c *Console) fault(w http.ResponseWriter, err error) {
	status, name := http.StatusInternalServerError, "InternalServerException"
	message := "The server could not do that. Its log says why."
	var e *tocsin.Error
	if errors.As(err, &e) && e.Kind != tocsin.Internal {
		status, name = faultOf(e.Kind)
		message = e.Message
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(max(1, int(e.RetryAfter.Seconds()))))
		}
	} else {
		c.o.Log.Error("answer the console", "error", err)
	}
	writeError(w, status, name, message)
}

func faultOf(kind tocsin.Kind) (status int, name string) {
	switch kind {
	case tocsin.Invalid:
		return http.StatusBadRequest, "ValidationException"
	case tocsin.NotFound:
		return http.StatusNotFound, "ResourceNotFoundException"
	case tocsin.Conflict:
		return http.StatusConflict, "ConflictException"
	case tocsin.Denied:
		return http.StatusForbidden, "AccessDeniedException"
	case tocsin.Quota:
		return http.StatusPaymentRequired, "ServiceQuotaExceededException"
	case tocsin.Throttled:
		return http.StatusTooManyRequests, "ThrottlingException"
	case tocsin.Unavailable:
		return http.StatusServiceUnavailable, "ServiceUnavailableException"
	}
	return http.StatusInternalServerError, "InternalServerException"
}
