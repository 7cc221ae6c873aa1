package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/tocsin-io/tocsin/internal/store"
)

// sessionFor is how long somebody stays signed in: over a week on call.
const sessionFor = 8 * 24 * time.Hour

// Sessions remembers who is signed in to the console, in the store and by a
// cookie. Wrap the console's handlers in [Sessions.Load].
type Sessions struct {
	db *store.DB
	m  *scs.SessionManager
}

// NewSessions keeps sessions in db. secure says that the console is reached by
// HTTPS, so that browsers must not send the cookie otherwise. What goes wrong
// while a session is read or written is handed to fail.
func NewSessions(db *store.DB, secure bool, fail func(http.ResponseWriter, *http.Request, error)) *Sessions {
	// Not scs.New: it starts a store in memory with a goroutine of its own.
	m := &scs.SessionManager{
		Store: sessionStore{db}, Lifetime: sessionFor, Codec: scs.GobCodec{}, ErrorFunc: fail,
		Cookie: scs.SessionCookie{Name: "tocsin_session", Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Persist: true},
	}
	if secure {
		// The prefix has browsers refuse the cookie from anything but this very
		// host over HTTPS.
		m.Cookie.Name, m.Cookie.Secure = "__Host-tocsin_session", true
	}
	return &Sessions{db: db, m: m}
}

// Load gives the handler's requests their session.
func (s *Sessions) Load(next http.Handler) http.Handler { return s.m.LoadAndSave(next) }

const (
	personKey = "person"
	epochKey  = "epoch"
)

// Enter begins a session of a person, under a new token.
func (s *Sessions) Enter(ctx context.Context, p *Person) error {
	if err := s.m.RenewToken(ctx); err != nil {
		return fmt.Errorf("begin session: %w", err)
	}
	s.m.Put(ctx, personKey, p.ID)
	s.m.Put(ctx, epochKey, p.epoch)
	return nil
}

// Leave ends the session.
func (s *Sessions) Leave(ctx context.Context) error {
	if err := s.m.Destroy(ctx); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Person is who is signed in, or nil. It asks the store each time, so that
// somebody who was removed is out at once.
func (s *Sessions) Person(ctx context.Context) (*Person, error) {
	id := s.m.GetString(ctx, personKey)
	if id == "" {
		return nil, nil
	}
	var p *Person
	err := s.db.View(ctx, store.Who{}, func(tx *store.Tx) error {
		row, err := tx.PersonOfAnyAccountByID(id)
		if err != nil || row == nil || row.Epoch != s.m.GetInt64(ctx, epochKey) {
			return err
		}
		p, err = person(tx, row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who is signed in: %w", err)
	}
	return p, nil
}

// Keep remembers something small until Take, for the two halves of a ceremony.
func (s *Sessions) Keep(ctx context.Context, what string, value []byte) { s.m.Put(ctx, what, value) }

// Take gives what was kept, once.
func (s *Sessions) Take(ctx context.Context, what string) []byte { return s.m.PopBytes(ctx, what) }

// sessionStore is where scs keeps sessions: our tables, tokens hashed.
type sessionStore struct{ db *store.DB }

func (s sessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	err = s.db.View(ctx, store.Who{}, func(tx *store.Tx) error {
		data, found, err = tx.Session(hash(token))
		return err
	})
	return data, found, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.db.Update(ctx, store.Who{}, func(tx *store.Tx) error { return tx.PutSession(hash(token), data, expires) })
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.db.Update(ctx, store.Who{}, func(tx *store.Tx) error { return tx.DeleteSession(hash(token)) })
}

// scs asks for these as well, but uses the ones above.

var errNoContext = errors.New("session store: called without a context")

func (s sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (s sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (s sessionStore) Delete(string) error                    { return errNoContext }
