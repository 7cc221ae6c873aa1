package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Key is an access key as its owner gets to see it.
type Key struct {
	ID      string // AKIA and 16 of A–Z, 2–7, unless it was given from outside
	Secret  string // only when it was just made
	Name    string
	Rights  []Right
	Created time.Time
}

// memory is how long a key is answered from memory: so long may a change made
// by another process, such as the command line, take to be seen.
const memory = 30 * time.Second

// Keys finds the access key a request is signed with. It is safe for
// concurrent use and should be one per server, since it remembers what it
// found; its own changes are seen at once.
type Keys struct {
	db *store.DB

	mu      sync.RWMutex
	known   map[string]knownKey
	changes int // a lookup begun before a change must not be remembered after it
}

type knownKey struct {
	secret string
	who    *Principal
	until  time.Time
}

// NewKeys looks keys up in db.
func NewKeys(db *store.DB) *Keys { return &Keys{db: db, known: map[string]knownKey{}} }

// Lookup gives the secret and the owner of an access key, or nil and no error
// when there is no such key.
func (k *Keys) Lookup(ctx context.Context, id string) (secret string, who *Principal, err error) {
	k.mu.RLock()
	found, ok := k.known[id]
	changes := k.changes
	k.mu.RUnlock()
	if ok && time.Now().Before(found.until) {
		return found.secret, found.who, nil
	}
	var row *store.AccessKey
	err = k.db.View(ctx, store.Who{}, func(tx *store.Tx) error {
		row, err = tx.KeyOfAnyAccount(id)
		return err
	})
	if err != nil {
		return "", nil, fmt.Errorf("look up access key: %w", err)
	}
	if row == nil {
		k.forget(id)
		return "", nil, nil
	}
	who = newPrincipal(row.Account, row.Name, KindKey, kept(row.Rights))
	k.mu.Lock()
	if k.changes == changes {
		k.known[id] = knownKey{secret: row.Secret, who: who, until: time.Now().Add(memory)}
	}
	k.mu.Unlock()
	return row.Secret, who, nil
}

func (k *Keys) forget(id string) {
	k.mu.Lock()
	delete(k.known, id)
	k.changes++
	k.mu.Unlock()
}

// Create makes a key of the transaction's account. The secret is in the answer
// and nowhere else in the clear.
func (k *Keys) Create(tx *store.Tx, name string, rights []Right) (Key, error) {
	if err := checkName(name); err != nil {
		return Key{}, err
	}
	key := Key{ID: newKeyID(), Secret: newSecret(30), Name: name, Rights: rights, Created: tx.Now()}
	return key, k.put(tx, key)
}

func (k *Keys) put(tx *store.Tx, key Key) error {
	ok, err := tx.PutAccessKey(&store.AccessKey{ID: key.ID, Name: key.Name, Rights: words(key.Rights), Secret: key.Secret, Created: key.Created})
	if err == nil && !ok {
		err = tocsin.Clash("ACCESS_KEY", key.ID, "The access key ID is in use by another account.")
	}
	tx.Note("access key " + key.ID + " of " + key.Name)
	tx.OnCommit(func() { k.forget(key.ID) })
	return err
}

// Delete removes a key of the transaction's account: whoever uses it is refused
// as soon as the transaction is committed.
func (k *Keys) Delete(tx *store.Tx, id string) error {
	ok, err := tx.DeleteAccessKey(id)
	if err == nil && !ok {
		err = tocsin.Missing("ACCESS_KEY", id)
	}
	tx.Note("access key " + id)
	tx.OnCommit(func() { k.forget(id) })
	return err
}

// List gives at most limit keys of the transaction's account by id, after the
// given one, without their secrets.
func (k *Keys) List(tx *store.Tx, after string, limit int) ([]Key, error) {
	rows, err := tx.AccessKeys(after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(rows))
	for i, r := range rows {
		out[i] = Key{ID: r.ID, Name: r.Name, Rights: kept(r.Rights), Created: r.Created}
	}
	return out, nil
}

// First sees to it that the server has a key to begin with: the given one, or
// a new one when there is none at all. A new one is in the answer, to be shown
// once; otherwise the answer is nil. It may admin and ingest.
func (k *Keys) First(ctx context.Context, account tocsin.Account, id, secret string) (*Key, error) {
	var made *Key
	err := k.db.Update(ctx, store.Who{Account: account, Principal: "tocsin"}, func(tx *store.Tx) error {
		made = nil
		if id != "" || secret != "" {
			return k.given(tx, id, secret)
		}
		if n, err := tx.KeysOfAllAccounts(); err != nil || n > 0 {
			return err
		}
		key, err := k.Create(tx, "first", firstRights())
		made = &key
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("first access key: %w", err)
	}
	return made, nil
}

func firstRights() []Right { return []Right{Admin, Ingest} }

var givenID = regexp.MustCompile(`^\w{4,128}$`)

func (k *Keys) given(tx *store.Tx, id, secret string) error {
	if !givenID.MatchString(id) || len(secret) < 8 {
		return tocsin.Refuse("The first access key needs an ID of 4 to 128 letters and digits, and a secret of 8 characters or more.")
	}
	old, err := tx.KeyOfAnyAccount(id)
	if err != nil {
		return err
	}
	if old != nil && old.Account == tx.Account() && subtle.ConstantTimeCompare([]byte(old.Secret), []byte(secret)) == 1 {
		return nil // as it was, with whatever rights it was given since
	}
	return k.put(tx, Key{ID: id, Secret: secret, Name: "first", Rights: firstRights(), Created: tx.Now()})
}

func newKeyID() string {
	var b [10]byte
	rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return "AKIA" + base32.StdEncoding.EncodeToString(b[:])
}

// newSecret gives n random bytes as text.
func newSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
