package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api/config"
	"github.com/tocsin-io/tocsin/internal/api/events"
	"github.com/tocsin-io/tocsin/internal/api/guardduty"
	"github.com/tocsin-io/tocsin/internal/api/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/api/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/api/sts"
	own "github.com/tocsin-io/tocsin/internal/api/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/console"
	"github.com/tocsin-io/tocsin/internal/store"
)

// waiting is what the port answers until the server is active: the process
// lives, but is not ready.
func waiting() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	})
	return mux
}

func healthy(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// doors puts the AWS protocols, the console, the probes and what sources answer on
// one handler.
func (s *Server) doors(db *store.DB, keys *auth.Keys, b *bus.Bus, m *metrics, posted http.Handler) (http.Handler, *console.Console, error) {
	pager, err := aws.NewPager(db.DeriveKey("paging tokens"))
	if err != nil {
		return nil, nil, fmt.Errorf("paging tokens: %w", err)
	}
	ours := &own.Server{DB: db, Keys: keys, Pager: pager, URL: s.o.URL, Sources: m.sources.all, Live: s.live(m.sources.all)}
	services := []*aws.Service{
		ssmincidents.New(db, pager),
		ssmcontacts.New(db, pager),
		events.New(db, b, pager),
		sts.New(),
		(&config.Server{DB: db, Bus: b, Pager: pager, Known: watches, Wake: s.watch.Wake, Covers: s.watch.Covers}).Service(),
		guardduty.New(db, b, pager),
		ours.Service(),
	}
	api := aws.NewHandler(aws.Options{Services: services, Keys: lookup(keys), Around: around(m), Log: s.o.Log})
	web, err := console.New(console.Options{DB: db, Services: services, Log: s.o.Log, URL: s.o.URL, Version: s.o.Version, Region: s.o.Region, Mail: mail(s.o)})
	if err != nil {
		return nil, nil, fmt.Errorf("console: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", healthy)
	mux.HandleFunc("GET /readyz", ready(db))
	mux.Handle("GET /metrics", m.handler())
	mux.HandleFunc(own.CalendarPath, ours.ServeCalendar)
	mux.Handle(ingest, posted)
	mux.Handle("/", web)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, ingest) && api.Serves(r) {
			api.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}), web, nil
}

// mail tells the console whether mail leaves this server.
func mail(o Options) string {
	if o.SMTPURL != "" {
		return "smtp"
	}
	return "outbox"
}

// ready answers whether this is the active server and its store answers.
func ready(db *store.DB) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := db.View(r.Context(), store.Who{}, func(tx *store.Tx) error { _, err := tx.OpenIncidents(); return err }); err != nil {
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// lookup finds the key of a signed request and who it belongs to.
func lookup(keys *auth.Keys) func(context.Context, string) (aws.Key, error) {
	return func(ctx context.Context, id string) (aws.Key, error) {
		secret, who, err := keys.Lookup(ctx, id)
		if err == nil && who == nil {
			err = aws.ErrUnknownKey
		}
		return aws.Key{Secret: secret, Principal: who}, err
	}
}

// around wraps every operation, signed or from the console: may the principal do
// it, and how did it end.
func around(m *metrics) aws.Around {
	return func(ctx context.Context, c *aws.Call, next func(context.Context) (any, error)) (any, error) {
		who, _ := c.Principal.(*auth.Principal)
		out, err := any(nil), who.Check(c.Service.Name, c.Op.Name)
		if err == nil {
			out, err = next(ctx)
		}
		m.operations.WithLabelValues(c.Service.Name, c.Op.Name, outcome(err)).Inc()
		return out, err
	}
}

func outcome(err error) string {
	var api aws.APIError
	var ours *tocsin.Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &api):
		return api.Code()
	case errors.As(err, &ours):
		return string(ours.Kind)
	}
	return string(tocsin.Internal)
}
