package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Person is somebody who may sign in to the console.
type Person struct {
	ID          string
	Account     tocsin.Account
	Name        string
	Rights      []Right
	HasPassword bool
	Passkeys    int
	Created     time.Time

	epoch int64
}

// Principal is the person as a caller.
func (p *Person) Principal() *Principal { return newPrincipal(p.Account, p.Name, KindPerson, p.Rights) }

// NeedsCredential tells whether the person can sign in only by a link.
func (p *Person) NeedsCredential() bool { return !p.HasPassword && p.Passkeys == 0 }

func person(tx *store.Tx, row *store.Person) (*Person, error) {
	keys, err := tx.Passkeys(row.ID)
	if err != nil {
		return nil, err
	}
	return &Person{ID: row.ID, Account: row.Account, Name: row.Name, Rights: kept(row.Rights), HasPassword: row.Password != "",
		Passkeys: len(keys), Created: row.Created, epoch: row.Epoch}, nil
}

// CreatePerson makes somebody who may sign in to the transaction's account, by
// a link at first.
func CreatePerson(tx *store.Tx, name string, rights []Right) (*Person, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	row := &store.Person{Name: name, ID: tocsin.NewID(), Account: tx.Account(), Rights: words(rights), Epoch: 1, Created: tx.Now()}
	ok, err := tx.InsertPerson(row)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, tocsin.Clash("PERSON", name, "There is somebody of this name already.")
	}
	tx.Note("person " + name)
	return person(tx, row)
}

// DeletePerson removes somebody of the transaction's account and ends all their
// sessions. The last admin stays: nobody could let anybody in again.
func DeletePerson(tx *store.Tx, name string) error {
	row, err := find(tx, name)
	if err != nil {
		return err
	}
	all, err := tx.People("", maxPeople)
	if err != nil {
		return err
	}
	admins := 0
	for _, p := range all {
		if (&Principal{Rights: kept(p.Rights)}).May(Admin) && p.ID != row.ID {
			admins++
		}
	}
	if admins == 0 && (&Principal{Rights: kept(row.Rights)}).May(Admin) {
		return tocsin.Clash("PERSON", name, "This is the last person with the right admin.")
	}
	tx.Note("person " + name)
	return tx.DeletePerson(row)
}

// maxPeople is more than sign in to one server.
const maxPeople = 100_000

func find(tx *store.Tx, name string) (*store.Person, error) {
	row, err := tx.PersonOfAnyAccount(name)
	if err != nil {
		return nil, err
	}
	if row == nil || row.Account != tx.Account() {
		return nil, tocsin.Missing("PERSON", name)
	}
	return row, nil
}

// People lists at most limit people of the transaction's account by name, after
// the given one.
func People(tx *store.Tx, after string, limit int) ([]*Person, error) {
	rows, err := tx.People(after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]*Person, len(rows))
	for i, row := range rows {
		if out[i], err = person(tx, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// linkFor is how long a sign-in link works.
const linkFor = 15 * time.Minute

// Link is a way in that works once.
type Link struct {
	Token   string
	Expires time.Time
}

// URL is where the link leads on a server reached at base. The token stands
// after the #, so that it reaches neither server logs nor other hosts.
func (l Link) URL(base string) string {
	return strings.TrimSuffix(base, "/") + "/#/link?token=" + l.Token
}

// NewLink makes a link for a person of the transaction's account.
func NewLink(tx *store.Tx, name string) (Link, error) {
	row, err := find(tx, name)
	if err != nil {
		return Link{}, err
	}
	return newLink(tx, name, kept(row.Rights))
}

// FirstLink makes a link while nobody can sign in yet: whoever uses it becomes
// the person of this name, who may admin and respond. The answer is empty when
// there is somebody already.
func FirstLink(tx *store.Tx, name string) (Link, error) {
	if n, err := tx.PeopleOfAllAccounts(); err != nil || n > 0 {
		return Link{}, err
	}
	return LinkFor(tx, name)
}

// LinkFor makes a link for a person of this name, or for whoever uses it to
// become that person, who may then admin and respond. It is for who runs the
// server and may do everything anyway.
func LinkFor(tx *store.Tx, name string) (Link, error) {
	if err := checkName(name); err != nil {
		return Link{}, err
	}
	return newLink(tx, name, []Right{Admin, Responder})
}

func newLink(tx *store.Tx, name string, rights []Right) (Link, error) {
	l := Link{Token: newSecret(32), Expires: tx.Now().Add(linkFor)}
	tx.Note("sign-in link for " + name)
	return l, tx.InsertLink(store.Link{Hash: hash(l.Token), Person: name, Rights: words(rights), Expires: l.Expires})
}

// hash is under what a random token is kept: the table read by a stranger lets
// nobody in.
func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// The bounds of a password, in characters. Longer ones only cost time.
const (
	minPassword = 12
	maxPassword = 256
)

func checkPassword(word string) error {
	if n := utf8.RuneCountInString(word); n < minPassword || n > maxPassword {
		return tocsin.Refuse("A password has 12 to 256 characters.", tocsin.Field{Name: "password", Message: "too short or too long"})
	}
	return nil
}

// work is what hashing a password costs: 19 MiB and about 30 ms.
func work() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}
