package bus

import (
	"encoding/json"
	"strings"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Look is the job of looking at a resource at once, because an event says that it
// was changed. Package watch works it.
type Look struct {
	Account  tocsin.Account
	Region   tocsin.Region
	Watch    string // the watch's name
	Resource string // empty: all of them
}

// Kind names the job.
func (Look) Kind() string { return "bus.look" }

// Queue is that of looks.
func (Look) Queue() job.Queue { return job.Watch }

// Key lets many events about one resource be one look: it comes after the last of them.
func (l Look) Key() string {
	return strings.Join([]string{string(l.Account), string(l.Region), l.Watch, l.Resource}, " ")
}

// isWatch tells whether a target is a watch of this server.
func isWatch(t *tocsin.Target) bool {
	return t.ARN.Service() == tocsin.ServiceConfig && t.ARN.Kind() == "watch"
}

// look has a watch look at what the target's input names: a JSON text, as the path
// of the watch's own rule picks it. Any other input means all resources.
func look(tx *store.Tx, m *tocsin.Match, t *tocsin.Target) error {
	l := Look{Account: tx.Account(), Region: tx.Region(), Watch: t.ARN.ID()}
	var name string
	if json.Unmarshal([]byte(payload(tx.Now(), m, t)), &name) == nil {
		l.Resource = name
	}
	return job.Now(tx, l)
}

// Manage has events matched by a rule that the server makes for itself. It is in no
// store and no list, and follows what the server was told at its start; a slash in
// its name keeps it apart from those that people put. Call it before Load.
func (b *Bus) Manage(r tocsin.Rule, targets ...tocsin.Target) {
	b.managed = append(b.managed, tocsin.Match{Rule: r, Targets: targets})
}
