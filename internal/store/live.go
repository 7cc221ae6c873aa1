package store

import (
	"maps"
	"slices"
	"sync"
)

// live tells subscribers which topics changed. A subscriber that does not keep
// up gets one merged notice, never a blocked writer.
type live struct {
	mu   sync.Mutex
	subs map[*sub]struct{}
}

type sub struct {
	mu      sync.Mutex
	pending map[string]struct{}
	ready   chan struct{}
}

// Subscribe gives a channel that is readable when topics have changed, a
// function that takes the topics gathered since, and one that ends it.
func (db *DB) Subscribe() (ready <-chan struct{}, take func() []string, cancel func()) {
	s := &sub{pending: map[string]struct{}{}, ready: make(chan struct{}, 1)}
	l := &db.live
	l.mu.Lock()
	if l.subs == nil {
		l.subs = map[*sub]struct{}{}
	}
	l.subs[s] = struct{}{}
	l.mu.Unlock()
	return s.ready, s.take, func() {
		l.mu.Lock()
		delete(l.subs, s)
		l.mu.Unlock()
	}
}

func (s *sub) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Sorted(maps.Keys(s.pending))
	clear(s.pending)
	return out
}

func (l *live) publish(topics map[string]struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.subs {
		s.mu.Lock()
		maps.Copy(s.pending, topics)
		s.mu.Unlock()
		select {
		case s.ready <- struct{}{}:
		default:
		}
	}
}
