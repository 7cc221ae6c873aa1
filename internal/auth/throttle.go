package auth

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tocsin-io/tocsin"
)

// How fast somebody may guess: a handful at once, then one now and then. The
// limits are per person and per address; what is forgotten with the process is
// no more than a handful.
const (
	personBurst  = 10
	personEvery  = 20 * time.Second
	addressBurst = 20
	addressEvery = 5 * time.Second
	maxTracked   = 10_000 // people and addresses that are remembered
)

// throttle slows guessing down.
type throttle struct {
	mu     sync.Mutex
	people map[string]*rate.Limiter
	places map[string]*rate.Limiter
}

func newThrottle() *throttle {
	return &throttle{people: map[string]*rate.Limiter{}, places: map[string]*rate.Limiter{}}
}

// try takes one try of a person (empty where it is not known who) from an
// address, or answers a Throttled error that says how long to wait.
func (t *throttle) try(person, address string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	place := limiter(t.places, address, addressEvery, addressBurst, now)
	wait := pause(place, now)
	if person != "" {
		who := limiter(t.people, person, personEvery, personBurst, now)
		wait = max(wait, pause(who, now))
		if wait == 0 {
			who.AllowN(now, 1)
		}
	}
	if wait > 0 {
		return &tocsin.Error{Kind: tocsin.Throttled, Message: "Too many tries. Wait a little, then try again.", RetryAfter: wait}
	}
	place.AllowN(now, 1)
	return nil
}

// forget gives a person back their tries once they have signed in.
func (t *throttle) forget(person string) {
	t.mu.Lock()
	delete(t.people, person)
	t.mu.Unlock()
}

func pause(l *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - l.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return max(time.Second, time.Duration(missing/float64(l.Limit())*float64(time.Second)).Round(time.Second))
}

func limiter(all map[string]*rate.Limiter, key string, every time.Duration, burst int, now time.Time) *rate.Limiter {
	if l, ok := all[key]; ok {
		return l
	}
	if len(all) >= maxTracked {
		for k, l := range all {
			if l.TokensAt(now) >= float64(burst) { // as good as new
				delete(all, k)
			}
		}
	}
	l := rate.NewLimiter(rate.Every(every), burst)
	if len(all) >= maxTracked {
		// Under a flood of strange names nobody is forgotten; newcomers share
		// one place.
		key = ""
		if shared, ok := all[key]; ok {
			return shared
		}
	}
	all[key] = l
	return l
}
