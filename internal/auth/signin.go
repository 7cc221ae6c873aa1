package auth

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// SignIn proves who somebody at the console is. Every try is throttled per
// person and per address, costs the same whether the person exists or not, and
// is answered with the same words. It is safe for concurrent use and should be
// one per server.
type SignIn struct {
	db     *store.DB
	slow   *throttle
	turns  chan struct{} // hashing takes memory: so many at a time
	nobody string        // a hash to compare with when there is no such person
}

// NewSignIn signs in the people of db.
func NewSignIn(db *store.DB) (*SignIn, error) {
	nobody, err := argon2id.CreateHash(newSecret(32), work())
	if err != nil {
		return nil, fmt.Errorf("prepare sign-in: %w", err)
	}
	return &SignIn{db: db, slow: newThrottle(), turns: make(chan struct{}, 2), nobody: nobody}, nil
}

// refused is the one answer to whatever was wrong with a try.
func refused(message string) error { return &tocsin.Error{Kind: tocsin.Denied, Message: message} }

const (
	badPassword = "The name or the password is wrong."
	badLink     = "The link has been used or has expired. Ask for a new one."
	badPasskey  = "The passkey was not accepted."
)

// ByPassword signs in with name and password from an address.
func (s *SignIn) ByPassword(ctx context.Context, name, word, address string) (*Person, error) {
	if err := s.slow.try(name, address); err != nil {
		return nil, err
	}
	if len(word) > 4*maxPassword { // no character takes more bytes
		return nil, refused(badPassword)
	}
	var row *store.Person
	err := s.db.View(ctx, store.Who{}, func(tx *store.Tx) (err error) {
		row, err = tx.PersonOfAnyAccount(name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sign in by password: %w", err)
	}
	known := s.nobody
	if row != nil && row.Password != "" {
		known = row.Password
	}
	ok, err := s.compare(ctx, word, known)
	if err != nil {
		return nil, fmt.Errorf("sign in by password: %w", err)
	}
	if !ok || row == nil || row.Password == "" {
		return nil, refused(badPassword)
	}
	s.slow.forget(name)
	return s.enter(ctx, row.ID, address, "SignInByPassword", nil)
}

func (s *SignIn) compare(ctx context.Context, word, known string) (bool, error) {
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
		return argon2id.ComparePasswordAndHash(word, known)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// ByLink signs in with the token of a link, which is used up by it.
func (s *SignIn) ByLink(ctx context.Context, token, address string) (*Person, error) {
	if err := s.slow.try("", address); err != nil {
		return nil, err
	}
	var p *Person
	var fault error
	err := s.db.Update(ctx, store.Who{Address: address}, func(tx *store.Tx) error {
		p, fault = nil, nil
		link, err := tx.TakeLinkOfAnyAccount(hash(token))
		if err != nil {
			return err
		}
		if link == nil || !tx.Now().Before(link.Expires) {
			fault = refused(badLink) // and what had expired is gone
			return nil
		}
		return tx.In(link.Account, "", func(tx *store.Tx) error {
			p, err = s.enterByLink(tx, link)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("sign in by link: %w", err)
	}
	return p, fault
}

func (s *SignIn) enterByLink(tx *store.Tx, link *store.Link) (*Person, error) {
	row, err := tx.PersonOfAnyAccount(link.Person)
	if err != nil {
		return nil, err
	}
	var p *Person
	switch {
	case row == nil:
		p, err = CreatePerson(tx, link.Person, kept(link.Rights))
	case row.Account != link.Account: // another account took the name since
		return nil, refused(badLink)
	default:
		p, err = person(tx, row)
	}
	if err != nil {
		return nil, err
	}
	return p, audit(tx, p, "SignInByLink")
}

// audit tells a sign-in: its principal is known only now.
func audit(tx *store.Tx, p *Person, operation string) error {
	return tx.AppendAudit(store.Audit{Time: tx.Now(), Principal: userARN(p.Account, p.Name), Address: tx.Who().Address,
		Operation: "tocsin:" + operation, Resource: userARN(p.Account, p.Name)})
}

// enter signs in a person whose proof was good, and does what else belongs to
// it in the same transaction.
func (s *SignIn) enter(ctx context.Context, id, address, operation string, also func(*store.Tx) error) (*Person, error) {
	var p *Person
	err := s.db.Update(ctx, store.Who{Address: address}, func(tx *store.Tx) error {
		row, err := tx.PersonOfAnyAccountByID(id)
		if err != nil {
			return err
		}
		if row == nil {
			return refused(badPassword) // removed this very moment
		}
		return tx.In(row.Account, "", func(tx *store.Tx) error {
			if p, err = person(tx, row); err != nil {
				return err
			}
			if also != nil {
				if err := also(tx); err != nil {
					return err
				}
			}
			return audit(tx, p, operation)
		})
	})
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return p, nil
}

// SetPassword gives a person a new password and ends all their sessions; the
// answer is the person for a new one.
func (s *SignIn) SetPassword(ctx context.Context, p *Person, word, address string) (*Person, error) {
	if err := checkPassword(word); err != nil {
		return nil, err
	}
	select {
	case s.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	known, err := argon2id.CreateHash(word, work())
	<-s.turns
	if err != nil {
		return nil, fmt.Errorf("set password: %w", err)
	}
	return s.change(ctx, p, address, "SetPassword", func(_ *store.Tx, row *store.Person) error {
		row.Password = known
		return nil
	})
}

// change writes something about how a person signs in, and voids their sessions.
func (s *SignIn) change(ctx context.Context, p *Person, address, operation string, fn func(*store.Tx, *store.Person) error) (*Person, error) {
	who := store.Who{Account: p.Account, Principal: userARN(p.Account, p.Name), Address: address, Operation: "tocsin:" + operation}
	var changed *Person
	err := s.db.Update(ctx, who, func(tx *store.Tx) error {
		row, err := tx.PersonOfAnyAccountByID(p.ID)
		if err != nil {
			return err
		}
		if row == nil {
			return tocsin.Missing("PERSON", p.Name)
		}
		if err := fn(tx, row); err != nil {
			return err
		}
		row.Epoch++
		tx.Note("person " + row.Name)
		if err := tx.UpdatePerson(row); err != nil {
			return err
		}
		changed, err = person(tx, row)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change sign-in of %s: %w", p.Name, err)
	}
	return changed, nil
}
