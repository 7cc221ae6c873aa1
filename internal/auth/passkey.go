package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/store"
)

// Passkeys registers and checks passkeys (WebAuthn). They are bound to the host
// name of the server's URL.
type Passkeys struct {
	signIn *SignIn
	web    *webauthn.WebAuthn
}

// NewPasskeys takes passkeys for the console at this URL. The answer is nil
// where there can be none: a host that is a bare IP address.
func (s *SignIn) NewPasskeys(base string) (*Passkeys, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("passkeys: the URL %q has no host", base)
	}
	if net.ParseIP(u.Hostname()) != nil {
		return nil, nil
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "Tocsin", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Passkeys{signIn: s, web: web}, nil
}

// holder is a person as WebAuthn sees one. The handle kept on the device is the
// person's id, which says nothing about them.
type holder struct {
	id, name string
	keys     []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h *holder) WebAuthnName() string                       { return h.name }
func (h *holder) WebAuthnDisplayName() string                { return h.name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

func (k *Passkeys) holder(ctx context.Context, id string) (*holder, error) {
	var h *holder
	err := k.signIn.db.View(ctx, store.Who{}, func(tx *store.Tx) error {
		row, err := tx.PersonOfAnyAccountByID(id)
		if err != nil || row == nil {
			return err
		}
		h = &holder{id: row.ID, name: row.Name}
		rows, err := tx.Passkeys(row.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			var c webauthn.Credential
			if err := json.Unmarshal([]byte(r.Body), &c); err != nil {
				return fmt.Errorf("passkey %s: %w", r.ID, err)
			}
			h.keys = append(h.keys, c)
		}
		return nil
	})
	if err == nil && h == nil {
		err = errors.New("no such person")
	}
	return h, err
}

// BeginRegistration gives the options for navigator.credentials.create, as
// JSON, and the state to hand to FinishRegistration.
func (k *Passkeys) BeginRegistration(ctx context.Context, p *Person) (options any, state []byte, err error) {
	h, err := k.holder(ctx, p.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("register passkey: %w", err)
	}
	creation, session, err := k.web.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return nil, nil, fmt.Errorf("register passkey: %w", err)
	}
	state, err = json.Marshal(session)
	return creation, state, err
}

// FinishRegistration keeps the passkey the browser made; the person's other
// sessions end, and the answer is the person for a new one.
func (k *Passkeys) FinishRegistration(ctx context.Context, p *Person, state, answer []byte, address string) (*Person, error) {
	h, err := k.holder(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("register passkey: %w", err)
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, refused(badPasskey)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, notAccepted(err)
	}
	made, err := k.web.CreateCredential(h, session, parsed)
	if err != nil {
		return nil, notAccepted(err)
	}
	return k.signIn.change(ctx, p, address, "RegisterPasskey", func(tx *store.Tx, row *store.Person) error {
		return putPasskey(tx, row.ID, made)
	})
}

func putPasskey(tx *store.Tx, person string, c *webauthn.Credential) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode passkey: %w", err)
	}
	return tx.PutPasskey(store.Passkey{ID: base64.RawURLEncoding.EncodeToString(c.ID), Person: person, Body: string(body), Created: tx.Now()})
}

// BeginSignIn gives the options for navigator.credentials.get, as JSON, and the
// state to hand to FinishSignIn. The passkey itself says who it is.
func (k *Passkeys) BeginSignIn(address string) (options any, state []byte, err error) {
	if err := k.signIn.slow.try("", address); err != nil {
		return nil, nil, err
	}
	assertion, session, err := k.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("sign in by passkey: %w", err)
	}
	state, err = json.Marshal(session)
	return assertion, state, err
}

// FinishSignIn signs in the person whose passkey answered.
func (k *Passkeys) FinishSignIn(ctx context.Context, state, answer []byte, address string) (*Person, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return nil, refused(badPasskey)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, notAccepted(err)
	}
	owner := func(_, handle []byte) (webauthn.User, error) { return k.holder(ctx, string(handle)) }
	user, used, err := k.web.ValidatePasskeyLogin(owner, session, parsed)
	if err != nil {
		return nil, notAccepted(err)
	}
	if used.Authenticator.CloneWarning {
		return nil, notAccepted(errors.New("the passkey's counter went back: it may have been copied"))
	}
	id := string(user.WebAuthnID())
	return k.signIn.enter(ctx, id, address, "SignInByPasskey", func(tx *store.Tx) error { return putPasskey(tx, id, used) })
}

func notAccepted(err error) error {
	return &tocsin.Error{Kind: tocsin.Denied, Message: badPasskey, Err: err}
}
