package store

import (
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Passkey is a public key of a person's device. Package auth gives its body
// meaning.
type Passkey struct {
	ID      string
	Person  string // the person's id
	Body    string // JSON
	Created time.Time
}

func passkey(r sqldb.Passkey) (Passkey, error) {
	return Passkey{ID: r.ID, Person: r.Person, Body: r.Body, Created: tocsin.Micros(r.Created).Time()}, nil
}

// PutPasskey writes a passkey, over the person's own with the same id.
func (tx *Tx) PutPasskey(k Passkey) error {
	tx.Touch("person")
	return wrap("write passkey", tx.q.PutPasskey(tx.ctx, sqldb.PutPasskeyParams{ID: k.ID, Person: k.Person, Body: k.Body, Created: micros(k.Created)}))
}

// Passkeys lists the passkeys of a person by the person's id.
func (tx *Tx) Passkeys(person string) ([]Passkey, error) {
	rows, err := tx.q.ListPasskeys(tx.ctx, person)
	return each("list passkeys", rows, err, passkey)
}
