package server

import (
	"context"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/store"
)

// NewKey is an access key to be made.
type NewKey struct {
	Name    string
	Rights  []string
	Account string // empty: the default account
}

// DefaultAccount is the account where nothing else is said.
const DefaultAccount = tocsin.Account("000000000000")

// CreateKey makes an access key in the database itself, for who runs the
// server and may read its data folder. A running server sees it within half a minute.
func CreateKey(ctx context.Context, d Data, k NewKey) (id, secret string, err error) {
	rights, err := auth.ParseRights(k.Rights)
	if err != nil {
		return "", "", err
	}
	db, err := d.open(ctx)
	if err != nil {
		return "", "", err
	}
	defer db.Close()
	var key auth.Key
	err = db.Update(ctx, onHost(tocsin.Account(k.Account), "CreateKey"), func(tx *store.Tx) (err error) {
		key, err = auth.NewKeys(db).Create(tx, k.Name, rights)
		return err
	})
	return key.ID, key.Secret, err
}

// SignInLink makes a one-time link to the console in the database itself.
func SignInLink(ctx context.Context, d Data, url, person string) (string, error) {
	db, err := d.open(ctx)
	if err != nil {
		return "", err
	}
	defer db.Close()
	if person == "" {
		person = firstPerson
	}
	var link auth.Link
	err = db.Update(ctx, onHost("", "CreateSignInLink"), func(tx *store.Tx) (err error) {
		link, err = auth.LinkFor(tx, person)
		return err
	})
	return link.URL(url), err
}

// onHost is somebody at the server's own command line.
func onHost(account tocsin.Account, operation string) store.Who {
	if account == "" {
		account = DefaultAccount
	}
	return store.Who{Account: account, Principal: "command line", Operation: "tocsin:" + operation}
}
