package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// Person is somebody who may sign in to the console.
type Person struct {
	Name     string // unique on the whole server: it is all that people type to sign in
	ID       string
	Account  tocsin.Account
	Rights   []string
	Password string // an argon2id hash; empty when none is set
	Epoch    int64  // sessions of an older epoch are void
	Created  time.Time
}

func person(r sqldb.Person) (*Person, error) {
	return &Person{Name: r.Name, ID: r.ID, Account: tocsin.Account(r.Account), Rights: strings.Fields(r.Rights), Password: r.Password,
		Epoch: r.Epoch, Created: tocsin.Micros(r.Created).Time()}, nil
}

// PersonOfAnyAccount gives the person with this name, or nil: who signs in has
// no account yet.
func (tx *Tx) PersonOfAnyAccount(name string) (*Person, error) {
	return onePerson(tx.q.GetPerson(tx.ctx, name))
}

// PersonOfAnyAccountByID gives the person with this id, or nil: a session and a
// passkey name nothing else.
func (tx *Tx) PersonOfAnyAccountByID(id string) (*Person, error) {
	return onePerson(tx.q.GetPersonByID(tx.ctx, id))
}

func onePerson(r sqldb.Person, err error) (*Person, error) {
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read person: %w", err)
	}
	return person(r)
}

// InsertPerson writes a new person of the transaction's account; false says
// that the name is taken.
func (tx *Tx) InsertPerson(p *Person) (bool, error) {
	tx.Touch("person")
	n, err := tx.q.InsertPerson(tx.ctx, sqldb.InsertPersonParams{Name: p.Name, ID: p.ID, Account: tx.acct(),
		Rights: strings.Join(p.Rights, " "), Password: p.Password, Epoch: p.Epoch, Created: micros(p.Created)})
	return n == 1, wrap("write person", err)
}

// UpdatePerson writes a person's rights, password and epoch.
func (tx *Tx) UpdatePerson(p *Person) error {
	tx.Touch("person")
	_, err := tx.q.UpdatePerson(tx.ctx, sqldb.UpdatePersonParams{Rights: strings.Join(p.Rights, " "), Password: p.Password,
		Epoch: p.Epoch, ID: p.ID})
	return wrap("write person", err)
}

// DeletePerson removes a person of the account with passkeys and links; their
// sessions are void from then on.
func (tx *Tx) DeletePerson(p *Person) error {
	tx.Touch("person")
	if err := tx.q.DeletePasskeys(tx.ctx, p.ID); err != nil {
		return fmt.Errorf("delete passkeys: %w", err)
	}
	if err := tx.q.DeleteLinksOf(tx.ctx, sqldb.DeleteLinksOfParams{Account: tx.acct(), Person: p.Name}); err != nil {
		return fmt.Errorf("delete sign-in links: %w", err)
	}
	_, err := tx.q.DeletePerson(tx.ctx, sqldb.DeletePersonParams{Account: tx.acct(), ID: p.ID})
	return wrap("delete person", err)
}

// People lists at most limit people of the account by name, after the given one.
func (tx *Tx) People(after string, limit int) ([]*Person, error) {
	rows, err := tx.q.ListPeople(tx.ctx, sqldb.ListPeopleParams{Account: tx.acct(), Name: after, Limit: int32(limit)})
	return each("list people", rows, err, person)
}

// PeopleOfAllAccounts counts who may sign in to the server.
func (tx *Tx) PeopleOfAllAccounts() (int, error) {
	n, err := tx.q.CountPeople(tx.ctx)
	return int(n), wrap("count people", err)
}

// Link signs in once the person it names, who is made with these rights when
// there is nobody of that name yet.
type Link struct {
	Hash    string // of the token; the token itself is kept nowhere
	Account tocsin.Account
	Person  string
	Rights  []string
	Expires time.Time
}

// InsertLink writes a link of the transaction's account and drops those that
// have expired.
func (tx *Tx) InsertLink(l Link) error {
	if err := tx.q.DeleteLinksBefore(tx.ctx, micros(tx.now)); err != nil {
		return fmt.Errorf("drop expired sign-in links: %w", err)
	}
	return wrap("write sign-in link", tx.q.InsertLink(tx.ctx, sqldb.InsertLinkParams{Hash: l.Hash, Account: tx.acct(), Person: l.Person,
		Rights: strings.Join(l.Rights, " "), Expires: micros(l.Expires)}))
}

// TakeLinkOfAnyAccount removes the link with this hash and gives it, expired or
// not; nil when there is none.
func (tx *Tx) TakeLinkOfAnyAccount(hash string) (*Link, error) {
	r, err := tx.q.TakeLink(tx.ctx, hash)
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take sign-in link: %w", err)
	}
	return &Link{Hash: r.Hash, Account: tocsin.Account(r.Account), Person: r.Person, Rights: strings.Fields(r.Rights),
		Expires: tocsin.Micros(r.Expires).Time()}, nil
}
