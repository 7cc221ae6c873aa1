package aws

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrBadToken is what [Pager.Decode] returns for a token that it did not make, or made for
// another scope. Services answer it with their validation error.
var ErrBadToken = errors.New("the paging token is not valid for this request")

// maxToken is the longest token that all services take, and with it the longest cursor.
const (
	maxToken  = 2000
	maxCursor = maxToken*3/4 - 12 - 16
)

// A Pager makes paging tokens: cursors that callers can neither read nor change, and that
// hold only for the query they were made for.
type Pager struct {
	aead cipher.AEAD
}

// NewPager returns a pager with the given secret, of any length but empty. Tokens outlive
// a restart if the secret does.
func NewPager(secret []byte) (*Pager, error) {
	if len(secret) == 0 {
		return nil, errors.New("make a pager: the secret is empty")
	}
	key := sha256.Sum256(append([]byte("paging tokens\x00"), secret...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, fmt.Errorf("make a pager: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make a pager: %w", err)
	}
	return &Pager{aead}, nil
}

// Encode makes a token for cursor. Scope says what the token is good for: operation,
// account and filters; see [Scope]. An empty cursor, the end of a list, gives an empty
// token, and so does a cursor that is too long for a token (1,472 bytes). Tokens are made
// of A-Z a-z 0-9 - _ only and have at most 2,000 characters.
func (p *Pager) Encode(scope, cursor string) string {
	if cursor == "" || len(cursor) > maxCursor {
		return ""
	}
	nonce := make([]byte, p.aead.NonceSize(), p.aead.NonceSize()+len(cursor)+p.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(p.aead.Seal(nonce, nonce, []byte(cursor), []byte(scope)))
}

// Decode returns the cursor of a token that Encode made for the same scope; an empty token
// is the beginning of a list and gives an empty cursor. Every other token is
// [ErrBadToken].
func (p *Pager) Decode(scope, token string) (cursor string, err error) {
	if token == "" {
		return "", nil
	}
	if len(token) > maxToken {
		return "", ErrBadToken
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) < p.aead.NonceSize() {
		return "", ErrBadToken
	}
	plain, err := p.aead.Open(nil, sealed[:p.aead.NonceSize()], sealed[p.aead.NonceSize():], []byte(scope))
	if err != nil {
		return "", ErrBadToken
	}
	return string(plain), nil
}

// Scope joins what a token is bound to, for example operation, account, region and each
// filter, so that no two lists of parts give the same text.
func Scope(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return string(h.Sum(nil))
}
