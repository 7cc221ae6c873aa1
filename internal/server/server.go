// Package server puts the product together: it opens the store, waits to be the
// one active server, starts the workers, and serves the AWS protocols, the
// console and the probes on one port. Everything long-lived is a Run(ctx);
// what is started in order is stopped in reverse.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/finding"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/watch"
)

// self is the principal of the service's own work, as AWS names a service.
const self = "ssm-incidents.amazonaws.com"

const (
	drainFor   = 20 * time.Second // for requests that are being answered when the server stops
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
)

// Server is one process: a port, and behind it whatever it has come to be.
type Server struct {
	o     Options
	now   atomic.Pointer[http.Handler] // serves the port: first the waiting room, then all
	stops []func()                     // run in reverse

	providers []tocsin.ChannelType // the types of channel that a provider serves
	watch     *watch.Service
}

// Run serves until ctx ends. It fails with ErrUse when the options cannot be,
// and with the store's errors when the data cannot be opened.
func Run(ctx context.Context, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	s := &Server{o: o}
	defer func() {
		for i := len(s.stops) - 1; i >= 0; i-- {
			s.stops[i]()
		}
	}()
	return s.run(ctx)
}

func (s *Server) onStop(fn func()) { s.stops = append(s.stops, fn) }

func (s *Server) run(ctx context.Context) error {
	o := s.o
	s.serve(waiting())
	failed, drain, err := s.listen(ctx)
	if err != nil {
		return err
	}
	s.onStop(drain) // again, where the server ends before it was ready
	db, err := store.Open(ctx, store.Options{Dir: o.Data.Dir, URL: o.Data.URL, KeyFile: o.Data.KeyFile, Log: o.Log})
	if err != nil {
		return err
	}
	s.onStop(func() {
		if err := db.Close(); err != nil {
			o.Log.Error("cannot close the store", "error", err)
		}
	})
	release, err := db.Lock(ctx, func() { o.Log.Warn("another server is active on this database: waiting as standby") })
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to stop while waiting
		}
		return err
	}
	s.onStop(release)

	keys := auth.NewKeys(db)
	if err := s.welcome(ctx, db, keys); err != nil {
		return err
	}
	b := bus.New(db, o.Log)
	b.KeepFindings()
	s.prepareWatch(db, b)
	if err := b.Load(ctx); err != nil {
		return err
	}
	m := newMetrics(db, o.Version)
	if err := s.work(ctx, db, m); err != nil {
		return err
	}
	s.keepWatch(ctx, m)
	all, web, err := s.doors(db, keys, b, m, s.intakes(ctx, db, b, m))
	if err != nil {
		return err
	}
	s.rounds(ctx, db, m)
	s.serve(all)
	o.Log.Info("ready", "listen", o.Listen, "url", o.URL, "version", o.Version)
	select {
	case <-ctx.Done():
		s.serve(waiting())
		web.Close()
		drain() // what is being answered still needs all that stops after this
		return nil
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	}
}

func (s *Server) serve(h http.Handler) { s.now.Store(&h) }

// ServeHTTP hands a request to whatever serves the port now.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*s.now.Load()).ServeHTTP(w, hurry(w, r))
}

// listen opens the port before anything else is ready, so that probes get an
// answer while the server waits for its turn.
func (s *Server) listen(ctx context.Context) (failed <-chan error, drain func(), err error) {
	config, err := tlsConfig(ctx, s.o)
	if err != nil {
		return nil, nil, err
	}
	l := s.o.Listener
	if l == nil {
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.o.Listen); err != nil {
			return nil, nil, fmt.Errorf("listen: %w", err)
		}
	}
	srv := &http.Server{Handler: s, TLSConfig: config, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	fail := make(chan error, 1)
	go func() {
		var err error
		if config != nil {
			err = srv.ServeTLS(l, "", "")
		} else {
			err = srv.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			fail <- err
		}
	}()
	return fail, func() {
		end, cancel := context.WithTimeout(context.Background(), drainFor)
		defer cancel()
		if srv.Shutdown(end) != nil {
			srv.Close()
		}
	}, nil
}

// welcome sees to it that somebody can come in: a first key, and a link for the
// first person.
func (s *Server) welcome(ctx context.Context, db *store.DB, keys *auth.Keys) error {
	o := s.o
	made, err := keys.First(ctx, o.Account, o.AccessKeyID, o.SecretAccessKey)
	if err != nil {
		return err
	}
	if made != nil {
		fmt.Fprintf(o.Out, "First access key, shown only now:\nexport AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", made.ID, made.Secret)
	}
	var link auth.Link
	who := store.Who{Account: o.Account, Region: o.Region, Principal: self, Operation: "tocsin:FirstSignInLink"}
	err = db.Update(ctx, who, func(tx *store.Tx) (err error) {
		link, err = auth.FirstLink(tx, firstPerson)
		return err
	})
	if err != nil {
		return fmt.Errorf("first sign-in link: %w", err)
	}
	if link.Token != "" {
		fmt.Fprintf(o.Out, "Nobody can sign in to the console yet. This link works once, for 15 minutes:\n%s\n", link.URL(o.URL))
	}
	return nil
}

// firstPerson is who the first sign-in link makes.
const firstPerson = "admin"

// work starts the providers and the workers of all queues.
func (s *Server) work(ctx context.Context, db *store.DB, m *metrics) error {
	senders, err := s.senders()
	if err != nil {
		return err
	}
	n := &notify.Service{DB: db, Log: s.o.Log, URL: s.o.URL, Senders: senders, Delivered: m.delivered}
	s.onStop(n.Close)
	r := job.NewRunner(db, s.o.Log, self)
	r.Workers(job.Page, pageWorkers)
	r.Workers(job.Engage, engageWorkers)
	n.Register(r)
	engagement.Register(r)
	incident.Register(r)
	registerHouse(r)
	s.watch.Register(r)
	finding.Register(r, s.o.Log)
	if err := db.Update(ctx, store.Who{Principal: self}, firstTidy); err != nil {
		return fmt.Errorf("plan the tidying: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.Run(run); err != nil {
			s.o.Log.Error("cannot run jobs", "error", err)
		}
	}()
	s.onStop(func() { cancel(); <-done })
	return nil
}

// How much runs at once. Pages wait for providers, steps of engagements for
// commits, which are grouped.
const (
	pageWorkers   = 64
	engageWorkers = 128
)
