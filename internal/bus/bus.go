// Package bus takes events to where the rules send them: it matches, shapes what
// a target gets, starts incidents, and keeps a dead letter of what it cannot
// deliver. Events come from the API's PutEvents and from sources; incidents go to
// package incident, dead letters to the store.
//
// A Bus holds the rules of all accounts ready for matching. It is loaded from the
// store once and follows every change made through its own methods (PutRule,
// PutTargets …): when the transaction of such a change is answered, events are
// matched by it. Matching reads no disk and waits for nobody.
package bus

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/pattern"
)

// Bus is the live matcher of all event buses. It is safe for use by several
// goroutines.
type Bus struct {
	db  *store.DB
	log *slog.Logger

	lines atomic.Pointer[map[place]*line] // copied to be changed

	mu     sync.Mutex          // whoever changes the matcher takes turns
	behind map[ruleID]struct{} // rules whose last change could not be read yet

	changes atomic.Int64 // of the matcher, counted when it has them

	managed []tocsin.Match // rules of the server's own
	keeps   bool           // whether findings are kept; see KeepFindings
}

// A place is one event bus. Rules see only the events of their own.
type place struct {
	account tocsin.Account
	region  tocsin.Region
	bus     string
}

type ruleID struct {
	place
	name string
}

// A line is the rules of one bus that events are offered to.
type line struct {
	set    pattern.Set[*route]
	routes map[string]*route // by name; guarded by Bus.mu
}

// A route is a rule with its targets at one moment. It does not change.
type route struct {
	rule    tocsin.Rule
	targets []tocsin.Target
	pattern *pattern.Pattern
}

// New gives a Bus that matches nothing until it is loaded.
func New(db *store.DB, log *slog.Logger) *Bus {
	b := &Bus{db: db, log: log, behind: map[ruleID]struct{}{}}
	b.lines.Store(&map[place]*line{})
	return b
}

// Load reads the rules of every account from the store, in the place of what the
// Bus had.
func (b *Bus) Load(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []tocsin.Match
	err := b.db.View(ctx, store.Who{}, func(tx *store.Tx) (err error) {
		all, err = tx.AllRules()
		return err
	})
	if err != nil {
		return fmt.Errorf("load rules: %w", err)
	}
	of := map[place][]tocsin.Match{}
	for _, m := range append(all, b.managed...) {
		at := placeOf(&m.Rule)
		of[at] = append(of[at], m)
	}
	lines := make(map[place]*line, len(of))
	for at, rules := range of {
		lines[at] = b.newLine(rules)
	}
	clear(b.behind)
	b.lines.Store(&lines)
	b.changes.Add(1)
	return nil
}

func (b *Bus) newLine(rules []tocsin.Match) *line {
	l := &line{routes: map[string]*route{}}
	l.set.Update(func(batch *pattern.Batch[*route]) {
		for i := range rules {
			if r := b.compile(&rules[i].Rule, rules[i].Targets); r != nil {
				l.routes[r.rule.Name] = r
				batch.Add(r, r.pattern)
			}
		}
	})
	return l
}

// compile makes a rule ready for matching; nil for one that no event is offered
// to: it is disabled, has only a schedule, or no targets.
func (b *Bus) compile(r *tocsin.Rule, targets []tocsin.Target) *route {
	if r.State == tocsin.RuleDisabled || r.Pattern == "" || len(targets) == 0 {
		return nil
	}
	// Without limits: a pattern that was taken once stays, whatever the limits are now.
	p, err := pattern.Compile([]byte(r.Pattern), pattern.Limits{})
	if err != nil { // PutRule lets no such pattern through
		b.log.Error("a stored rule has a pattern that cannot be read; it matches nothing", "rule", r.ARN(), "error", err)
		return nil
	}
	return &route{rule: *r, targets: targets, pattern: p}
}

func placeOf(r *tocsin.Rule) place { return place{r.Account, r.Region, r.Bus} }

// Match gives what the rules want of the events, in the order of the events and
// then of the rules' names. Each event is offered to the rules of its own account,
// region and bus; its Raw must have passed [pattern.Check]. A finding of GuardDuty is
// wanted by the server itself too, if it keeps them, and so is the end of an alarm.
func (b *Bus) Match(events []tocsin.Event) []tocsin.Match { return b.match(events, b.keeps) }

// MatchRules is Match for the server's own findings, which are kept already.
func (b *Bus) MatchRules(events []tocsin.Event) []tocsin.Match { return b.match(events, false) }

func (b *Bus) match(events []tocsin.Event, keep bool) []tocsin.Match {
	lines := *b.lines.Load()
	var out []tocsin.Match
	var found []*route
	for i := range events {
		e := &events[i]
		if keep && isFinding(e) {
			out = append(out, keeping(e))
		}
		if keep && e.Bus == tocsin.DefaultBus && incident.MayBeRecovery(e) {
			out = append(out, recovering(e))
		}
		l := lines[place{e.Account, e.Region, e.Bus}]
		if l == nil {
			continue
		}
		found = l.set.Match(e.Raw, found[:0])
		if len(found) == 0 {
			continue
		}
		slices.SortFunc(found, func(x, y *route) int { return strings.Compare(x.rule.Name, y.rule.Name) })
		only := Hidden(e)
		for _, r := range found {
			if only && r.rule.State != tocsin.RuleEnabledAll {
				continue
			}
			out = append(out, tocsin.Match{Rule: r.rule, Targets: r.targets, Event: *e})
		}
	}
	return out
}

// Read-only management events as CloudTrail records them are for rules in the
// state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS only. What counts as one is
// told by the action's name; two of STS's are let through all the same.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
var (
	readOnly = mustCompile(`{"source": [{"prefix": "aws."}], "detail-type": [{"suffix": " via CloudTrail"}],
		"detail": {"eventName": [{"prefix": "Get"}, {"prefix": "List"}, {"prefix": "Describe"}]}}`)
	notReadOnly = mustCompile(`{"detail": {"$or": [
		{"readOnly": [false]},
		{"managementEvent": [false]},
		{"eventCategory": [{"anything-but": "Management"}]},
		{"eventSource": ["sts.amazonaws.com"], "eventName": ["GetFederationToken", "GetSessionToken"]}]}}`)
)

func mustCompile(text string) *pattern.Pattern {
	p, err := pattern.Compile([]byte(text), pattern.Service)
	if err != nil {
		panic(err) // of constants, at the start of any test
	}
	return p
}

// ReadOnly are the patterns that Hidden goes by: of what matches the first and not the
// second.
func ReadOnly() (match, but *pattern.Pattern) { return readOnly, notReadOnly }

// Hidden tells the events that a rule which is merely ENABLED does not see.
func Hidden(e *tocsin.Event) bool {
	return strings.HasSuffix(e.DetailType, " via CloudTrail") && readOnly.Match(e.Raw) && !notReadOnly.Match(e.Raw)
}

// follow has the matcher take over a rule once its transaction is committed.
func (b *Bus) follow(tx *store.Tx, bus, name string) {
	id := ruleID{place{tx.Account(), tx.Region(), bus}, name}
	tx.OnCommit(func() { b.refresh(id) })
}

// refreshFor bounds reading a changed rule; the change waits for it.
const refreshFor = 5 * time.Second

// refresh reads a rule as it is now and matches by that. It reads again, rather
// than being told, because two changes may be committed in one order and come
// here in the other. What cannot be read is tried again with the next change.
func (b *Bus) refresh(id ruleID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.behind[id] = struct{}{}
	ctx, cancel := context.WithTimeout(context.Background(), refreshFor)
	defer cancel()
	for id := range b.behind {
		r, targets, err := b.read(ctx, id)
		if err != nil {
			b.log.Error("a changed rule could not be read; events are matched by what it was before", "rule", id.name, "bus", id.bus, "error", err)
			continue
		}
		b.replace(id, r, targets)
		delete(b.behind, id)
	}
}

func (b *Bus) read(ctx context.Context, id ruleID) (r *tocsin.Rule, targets []tocsin.Target, err error) {
	err = b.db.View(ctx, store.Who{Account: id.account, Region: id.region}, func(tx *store.Tx) (err error) {
		if r, err = tx.Rule(id.bus, id.name); err != nil || r == nil {
			return err
		}
		targets, err = allTargets(tx, r)
		return err
	})
	return r, targets, err
}

// replace has a rule matched as given; nil for one that is gone.
func (b *Bus) replace(id ruleID, r *tocsin.Rule, targets []tocsin.Target) {
	var now *route
	if r != nil {
		now = b.compile(r, targets)
	}
	defer b.changes.Add(1)
	l := (*b.lines.Load())[id.place]
	if l == nil {
		if now == nil {
			return
		}
		l = &line{routes: map[string]*route{}}
		lines := maps.Clone(*b.lines.Load())
		lines[id.place] = l
		defer b.lines.Store(&lines)
	}
	was := l.routes[id.name]
	l.set.Update(func(batch *pattern.Batch[*route]) {
		if was != nil {
			batch.Remove(was)
		}
		if now != nil {
			batch.Add(now, now.pattern)
		}
	})
	if delete(l.routes, id.name); now != nil {
		l.routes[id.name] = now
	}
}
