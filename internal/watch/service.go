package watch

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Service looks and judges. What it watches belongs to one account, and each watch
// to one region: the rules of that account and region are those it goes by.
type Service struct {
	DB        *store.DB
	Bus       *bus.Bus
	Log       *slog.Logger
	Account   tocsin.Account
	Principal string // of the service's own work
	Configs   []Config

	watches []*watched
}

// watched is one watch at work.
type watched struct {
	*Service
	Config
	wake chan bool // true: look at all; false: only for rules that were asked for
	seed maphash.Seed
	busy [64]sync.Mutex // by resource: two looks at one must not overtake each other

	mu     sync.Mutex
	status Status
}

// Status is how a watch does.
type Status struct {
	Name      string
	Region    tocsin.Region
	Last      time.Time // the last round in which all could be read; zero for never
	Took      time.Duration
	Resources int
	Err       error // of the last round
}

const (
	readers   = 16 // resources read at once
	rulesPage = 100
	maxRules  = 1000 // of an account and region, as at AWS
	maxTries  = 5    // of a look that was asked for by an event; the next round looks anyway
	pageSize  = 1000
	maxID     = 768
)

// Register registers the worker of looks that events ask for. Call it before the
// runner runs.
func (s *Service) Register(r *job.Runner) { job.Do(r, s.look) }

// Prepare has the bus match the events after which a resource is looked at. Call it
// before the bus is loaded.
func (s *Service) Prepare() {
	for _, c := range s.Configs {
		w := &watched{Service: s, Config: c, wake: make(chan bool, 1), seed: maphash.MakeSeed(), status: Status{Name: c.Kind.Name, Region: tocsin.Region(c.Settings.Region)}}
		s.watches = append(s.watches, w)
		if c.Kind.Trigger == "" {
			continue
		}
		s.Bus.Manage(tocsin.Rule{Account: s.Account, Region: w.region(), Bus: tocsin.DefaultBus, Name: "watch/" + c.Kind.Name, Pattern: c.Kind.Trigger,
			State: tocsin.RuleEnabled}, tocsin.Target{ID: "watch", ARN: tocsin.WatchARN(w.region(), s.Account, c.Kind.Name), Path: c.Kind.Resource})
	}
}

func (w *watched) region() tocsin.Region { return tocsin.Region(w.Settings.Region) }

func (w *watched) who() store.Who {
	return store.Who{Account: w.Account, Region: w.region(), Principal: w.Principal}
}

// Run looks at the intervals that are set until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, w := range s.watches {
		all.Go(func() { w.run(ctx) })
	}
	all.Wait()
	return nil
}

// Wake has the rules evaluated soon for which that was asked since.
func (s *Service) Wake() {
	for _, w := range s.watches {
		w.poke(false)
	}
}

func (w *watched) poke(all bool) {
	select {
	case w.wake <- all:
	case was := <-w.wake: // one that waits is enough, if it is wide enough
		select {
		case w.wake <- all || was:
		default:
		}
	}
}

// Covers tells whether some watch evaluates a managed rule.
func (s *Service) Covers(r *tocsin.ConfigRule) bool {
	return slices.ContainsFunc(s.watches, func(w *watched) bool {
		return w.Account == r.Account && w.region() == r.Region &&
			slices.ContainsFunc(w.Kind.Checks, func(c Check) bool { return c.Identifier == r.Identifier })
	})
}

// Status tells how the watches do.
func (s *Service) Status() []Status {
	var all []Status
	for _, w := range s.watches {
		w.mu.Lock()
		all = append(all, w.status)
		w.mu.Unlock()
	}
	return all
}

func (w *watched) run(ctx context.Context) {
	timer := time.NewTimer(0) // whatever happened while the server was away
	defer timer.Stop()
	for {
		whole := true
		select {
		case <-ctx.Done():
			return
		case whole = <-w.wake:
		case <-timer.C:
		}
		w.round(ctx, whole)
		if whole {
			timer.Reset(w.Settings.Interval)
		}
	}
}

// round evaluates the rules once; unless it is whole, only those for which that was
// asked since they were evaluated last.
func (w *watched) round(ctx context.Context, whole bool) {
	began := time.Now().UTC()
	rules, err := w.rules(ctx)
	if !whole {
		rules = slices.DeleteFunc(rules, func(r *tocsin.ConfigRule) bool { return r.Asked.Before(r.Status.Invoked) })
	}
	if err == nil && len(rules) == 0 {
		if whole {
			w.tell(began, 0, nil)
		}
		return
	}
	seen := 0
	if err == nil {
		w.begin(ctx, rules, began)
		seen, err = w.evaluate(ctx, rules, began)
	}
	if ctx.Err() != nil {
		return
	}
	if end := w.end(ctx, rules, began, err); end != nil {
		err = errors.Join(err, end)
	}
	w.tell(began, seen, err)
}

// rules are those of this watch's kind.
func (w *watched) rules(ctx context.Context) ([]*tocsin.ConfigRule, error) {
	var all []*tocsin.ConfigRule
	err := w.DB.View(ctx, w.who(), func(tx *store.Tx) error {
		all = nil
		for after := ""; len(all) < maxRules; {
			some, err := tx.ConfigRules(after, rulesPage)
			if err != nil {
				return err
			}
			for _, r := range some {
				after = r.Name
				if slices.ContainsFunc(w.Kind.Checks, func(c Check) bool { return c.Identifier == r.Identifier }) {
					all = append(all, r)
				}
			}
			if len(some) < rulesPage {
				return nil
			}
		}
		return nil
	})
	return all, err
}

// evaluate looks at every resource there is or was; it gives how many there are. An
// error is of the list or of the first resource that could not be read: the others
// have been judged all the same.
func (w *watched) evaluate(ctx context.Context, rules []*tocsin.ConfigRule, began time.Time) (int, error) {
	names, err := w.Reader.List(ctx)
	if err != nil {
		return 0, err
	}
	there := len(names)
	known, err := w.known(ctx, rules)
	if err != nil {
		return there, err
	}
	names = append(names, known...)
	slices.Sort(names)
	names = slices.Compact(names)
	var (
		next   = make(chan string)
		all    sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for range min(readers, len(names)) {
		all.Go(func() {
			for name := range next {
				if err := w.judge(ctx, rules, name, began); err != nil {
					mu.Lock()
					failed = append(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, name := range names {
		select {
		case next <- name:
		case <-ctx.Done():
		}
	}
	close(next)
	all.Wait()
	if len(failed) > 1 {
		return there, fmt.Errorf("%w (and %d more resources)", failed[0], len(failed)-1)
	}
	return there, errors.Join(failed...)
}

// known are the resources of which the rules have said something.
func (w *watched) known(ctx context.Context, rules []*tocsin.ConfigRule) ([]string, error) {
	var names []string
	err := w.DB.View(ctx, w.who(), func(tx *store.Tx) error {
		names = nil
		for _, r := range rules {
			for after := ""; ; {
				some, err := tx.RuleEvaluations(r.Name, w.Kind.Type, after, pageSize)
				if err != nil {
					return err
				}
				for _, e := range some {
					if e.Type == w.Kind.Type {
						names = append(names, e.Resource)
					}
					after = e.Resource
				}
				if len(some) < pageSize || some[len(some)-1].Type != w.Kind.Type {
					break
				}
			}
		}
		return nil
	})
	return names, err
}

// judge reads one resource and records what the rules say of it.
func (w *watched) judge(ctx context.Context, rules []*tocsin.ConfigRule, name string, began time.Time) error {
	if !valid(name) {
		return &Failure{Code: "InvalidName", Message: fmt.Sprintf("A resource has a name that cannot be kept: %.100q", name)}
	}
	lock := &w.busy[maphash.String(w.seed, name)%uint64(len(w.busy))]
	lock.Lock()
	defer lock.Unlock()
	asOf := time.Now().UTC()
	subject, err := w.Reader.Read(ctx, name)
	if err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	for _, r := range rules {
		if !applies(r, w.Kind.Type, name) {
			continue
		}
		v := tocsin.Verdict{Compliance: tocsin.NotApplicable, Annotation: gone}
		if err == nil {
			v = subject.Judge(r.Identifier, r.Parameters)
			v.Annotation = tocsin.Clip(v.Annotation, 256)
		}
		e := tocsin.Evaluation{Rule: r.Name, Type: w.Kind.Type, Resource: name, Verdict: v, Ordering: asOf, Invoked: began}
		if err := w.record(ctx, r, e); err != nil {
			return fmt.Errorf("record what %s says of %s: %w", r.Name, name, err)
		}
	}
	return nil
}

// valid tells whether a name can be an id in AWS Config and in the store.
func valid(name string) bool {
	return name != "" && len(name) <= maxID && utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

func applies(r *tocsin.ConfigRule, kind, resource string) bool {
	return (len(r.Types) == 0 || slices.Contains(r.Types, kind)) && (r.Resource == "" || r.Resource == resource)
}
