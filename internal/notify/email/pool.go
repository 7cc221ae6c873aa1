package email

import (
	"slices"
	"sync"
	"time"
)

// pool keeps connections that are not in use. The last one used is taken first,
// so that what a burst needed and nobody needs any more is let go.
type pool struct {
	keep int // at most

	mu     sync.Mutex
	conns  []*conn
	closed bool
}

// take gives a kept connection, or nil.
func (p *pool) take() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.conns)
	if n == 0 {
		return nil
	}
	c := p.conns[n-1]
	p.conns = p.conns[:n-1]
	c.idle.Stop() // where it has fired already, drop will not find c any more
	return c
}

// put keeps c for idleTime.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.conns) >= p.keep {
		go c.quit()
		return
	}
	c.idle = time.AfterFunc(idleTime, func() { p.drop(c) })
	p.conns = append(p.conns, c)
}

func (p *pool) drop(c *conn) {
	p.mu.Lock()
	i := slices.Index(p.conns, c)
	if i >= 0 {
		p.conns = slices.Delete(p.conns, i, i+1)
	}
	p.mu.Unlock()
	if i >= 0 {
		c.quit()
	}
}

// close says goodbye on all kept connections, and keeps none from now on.
func (p *pool) close() {
	p.mu.Lock()
	conns := p.conns
	p.conns, p.closed = nil, true
	p.mu.Unlock()
	var all sync.WaitGroup
	for _, c := range conns {
		c.idle.Stop()
		all.Go(c.quit)
	}
	all.Wait()
}
