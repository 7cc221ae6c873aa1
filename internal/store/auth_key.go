package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store/sqldb"
)

// AccessKey is a key that requests are signed with.
type AccessKey struct {
	ID      string // AKIA…, unique on the whole server
	Account tocsin.Account
	Name    string
	Rights  []string
	Secret  string // sealed at rest
	Created time.Time
}

// KeyOfAnyAccount gives the access key with this id, whosever it is, or nil:
// a request says who it is from only by its key.
func (tx *Tx) KeyOfAnyAccount(id string) (*AccessKey, error) {
	r, err := tx.q.GetAccessKey(tx.ctx, id)
	if none(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read access key: %w", err)
	}
	secret, err := tx.Unseal(keyRow(id), r.Secret)
	if err != nil {
		return nil, fmt.Errorf("secret of access key: %w", err)
	}
	k, _ := accessKey(r)
	k.Secret = string(secret)
	return k, nil
}

// accessKey leaves the secret out: lists have no use for it.
func accessKey(r sqldb.AccessKey) (*AccessKey, error) {
	return &AccessKey{ID: r.ID, Account: tocsin.Account(r.Account), Name: r.Name, Rights: strings.Fields(r.Rights),
		Created: tocsin.Micros(r.Created).Time()}, nil
}

func keyRow(id string) string { return "access-key/" + id }

// PutAccessKey writes a key of the transaction's account, over the one with the
// same id if there is one; false says that the id is another account's.
func (tx *Tx) PutAccessKey(k *AccessKey) (bool, error) {
	tx.Touch("key")
	n, err := tx.q.PutAccessKey(tx.ctx, sqldb.PutAccessKeyParams{ID: k.ID, Account: tx.acct(), Name: k.Name,
		Rights: strings.Join(k.Rights, " "), Secret: tx.Seal(keyRow(k.ID), []byte(k.Secret)), Created: micros(k.Created)})
	return n == 1, wrap("write access key", err)
}

// DeleteAccessKey removes a key of the account; false says that there is none.
func (tx *Tx) DeleteAccessKey(id string) (bool, error) {
	tx.Touch("key")
	n, err := tx.q.DeleteAccessKey(tx.ctx, sqldb.DeleteAccessKeyParams{Account: tx.acct(), ID: id})
	return n == 1, wrap("delete access key", err)
}

// AccessKeys lists at most limit keys of the account by id, after the given
// one, without their secrets.
func (tx *Tx) AccessKeys(after string, limit int) ([]*AccessKey, error) {
	rows, err := tx.q.ListAccessKeys(tx.ctx, sqldb.ListAccessKeysParams{Account: tx.acct(), ID: after, Limit: int32(limit)})
	return each("list access keys", rows, err, accessKey)
}

// KeysOfAllAccounts counts the access keys of the server.
func (tx *Tx) KeysOfAllAccounts() (int, error) {
	n, err := tx.q.CountAccessKeys(tx.ctx)
	return int(n), wrap("count access keys", err)
}
