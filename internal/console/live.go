package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat keeps proxies from closing a quiet stream, and is how soon
	// somebody who was signed out elsewhere stops hearing of changes.
	heartbeat = 25 * time.Second
	// pace is how far apart notices are at least, so that a storm of commits
	// does not become a storm of requests.
	pace = 100 * time.Millisecond
	// patience is how long one write may take before the browser counts as gone.
	patience = 10 * time.Second
)

// live tells a browser which topics changed, until it goes, is signed out, or
// the console is closed.
func (c *Console) live(w http.ResponseWriter, r *http.Request) {
	if c.person(w, r) == nil {
		return
	}
	ready, take, cancel := c.o.DB.Subscribe()
	defer cancel()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	defer func() { _ = out.SetWriteDeadline(time.Time{}) }()
	send := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(patience)) // not every writer has one
		_, err := fmt.Fprint(w, text)
		return err == nil && out.Flush() == nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for ok := send(": here\n\n"); ok; {
		select {
		case <-r.Context().Done():
			return
		case <-c.done:
			return
		case <-beat.C:
			p, err := c.sessions.Person(r.Context())
			ok = err == nil && p != nil && send(": still here\n\n")
		case <-ready:
			ok = send(notice(take()))
			select {
			case <-time.After(pace):
			case <-r.Context().Done():
			case <-c.done:
			}
		}
	}
}

func notice(topics []string) string {
	data, err := json.Marshal(map[string][]string{"topics": topics})
	if err != nil { // strings always encode
		return ""
	}
	return "event: change\ndata: " + string(data) + "\n\n"
}
