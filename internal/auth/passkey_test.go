package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

const origin = "https://tocsin.example.org"

// device is an authenticator in software: it holds one passkey.
// Format: https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data
type device struct {
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	origin string
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{key: key, id: []byte(rand.Text()), origin: origin}
}

var b64 = base64.RawURLEncoding

// asked are the options the server gave, as the browser would read them.
type asked struct {
	PublicKey struct {
		Challenge string
		User      struct{ ID string }
	}
}

func read(t *testing.T, options any) asked {
	t.Helper()
	text, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	var a asked
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (d *device) client(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	return text
}

func (d *device) data(flags byte) []byte {
	sum := sha256.Sum256([]byte("tocsin.example.org"))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.count)
}

// The little of CBOR that a public key and an attestation need.
func cborHead(major byte, n int) []byte {
	if n < 24 {
		return []byte{major<<5 | byte(n)}
	}
	if n < 256 {
		return []byte{major<<5 | 24, byte(n)}
	}
	return []byte{major<<5 | 25, byte(n >> 8), byte(n)}
}
func cborBytes(b []byte) []byte { return append(cborHead(2, len(b)), b...) }
func cborText(s string) []byte  { return append(cborHead(3, len(s)), s...) }

func (d *device) register(t *testing.T, options any) []byte {
	t.Helper()
	a := read(t, options)
	handle, err := b64.DecodeString(a.PublicKey.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.handle = handle
	point, err := d.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		t.Fatal(err)
	}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}, cborBytes(point[1:33])...)
	cose = append(append(cose, 0x22), cborBytes(point[33:])...)
	data := append(d.data(0x45), make([]byte, 16)...) // present, verified, key attached; no model id
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(append(data, d.id...), cose...)
	object := append([]byte{0xa3}, cborText("fmt")...)
	object = append(append(object, cborText("none")...), cborText("attStmt")...)
	object = append(append(append(object, 0xa0), cborText("authData")...), cborBytes(data)...)
	return d.answer(t, map[string]any{
		"clientDataJSON":    b64.EncodeToString(d.client("webauthn.create", a.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(object),
	})
}

func (d *device) assert(t *testing.T, options any) []byte {
	t.Helper()
	d.count++
	client := d.client("webauthn.get", read(t, options).PublicKey.Challenge)
	data := d.data(0x05)
	clientSum := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, data...), clientSum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]any{
		"clientDataJSON":    b64.EncodeToString(client),
		"authenticatorData": b64.EncodeToString(data),
		"signature":         b64.EncodeToString(signature),
		"userHandle":        b64.EncodeToString(d.handle),
	})
}

func (d *device) answer(t *testing.T, response map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": b64.EncodeToString(d.id), "rawId": b64.EncodeToString(d.id), "type": "public-key",
		"response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func passkeys(t *testing.T, s *auth.SignIn) *auth.Passkeys {
	t.Helper()
	k, err := s.NewPasskeys(origin)
	if err != nil || k == nil {
		t.Fatalf("NewPasskeys = %v, %v", k, err)
	}
	return k
}

func register(t *testing.T, k *auth.Passkeys, p *auth.Person, d *device) *auth.Person {
	t.Helper()
	options, state, err := k.BeginRegistration(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	p, err = k.FinishRegistration(t.Context(), p, state, d.register(t, options), here)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		s := signIn(t, db)
		k := passkeys(t, s)
		p := createPerson(t, db, "ann", auth.Responder)
		d := newDevice(t)
		if p = register(t, k, p, d); p.Passkeys != 1 || p.NeedsCredential() {
			t.Fatalf("after registration: %+v", p)
		}

		options, state, err := k.BeginSignIn(here)
		if err != nil {
			t.Fatal(err)
		}
		got, err := k.FinishSignIn(t.Context(), state, d.assert(t, options), here)
		if err != nil || got.ID != p.ID {
			t.Fatalf("FinishSignIn = %+v, %v", got, err)
		}

		bad := func(what string, answer func(options any) []byte) {
			t.Helper()
			options, state, err := k.BeginSignIn(here)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.FinishSignIn(t.Context(), state, answer(options), here)
			refusedWith(t, what, err, tocsin.Denied)
		}
		bad("another key", func(o any) []byte {
			thief := newDevice(t)
			thief.id, thief.handle, thief.count = d.id, d.handle, d.count
			return thief.assert(t, o)
		})
		bad("another site's origin", func(o any) []byte {
			d.origin = "https://tocsin.example.com"
			defer func() { d.origin = origin }()
			return d.assert(t, o)
		})
		bad("an answer to an older challenge", func(any) []byte { return d.assert(t, options) })
		bad("a copied passkey", func(o any) []byte {
			d.count = 0
			return d.assert(t, o)
		})
		bad("nonsense", func(any) []byte { return []byte("{}") })
		bad("somebody removed", func(o any) []byte {
			d.handle, d.count = []byte("nobody"), 99
			return d.assert(t, o)
		})
		if _, err := k.FinishSignIn(t.Context(), nil, d.assert(t, options), here); tocsin.KindOf(err) != tocsin.Denied {
			t.Errorf("without a beginning: %v", err)
		}
	})
}

func TestPasskeysNeedAHostName(t *testing.T) {
	s := signIn(t, dbtest.SQLite(t))
	for base, want := range map[string]bool{
		"http://localhost:8117": true, "https://tocsin.example.org": true, "http://127.0.0.1:8117": false, "https://[::1]:8117": false,
	} {
		k, err := s.NewPasskeys(base)
		if err != nil || (k != nil) != want {
			t.Errorf("NewPasskeys(%s) = %v, %v", base, k != nil, err)
		}
	}
	if _, err := s.NewPasskeys("nonsense"); err == nil {
		t.Error("a URL without a host was taken")
	}
}

// Whatever a browser answers, the only outcome is a refusal.
func FuzzPasskeyAnswer(f *testing.F) {
	db := dbtest.SQLite(f)
	s, err := auth.NewSignIn(db)
	if err != nil {
		f.Fatal(err)
	}
	k, err := s.NewPasskeys(origin)
	if err != nil {
		f.Fatal(err)
	}
	_, state, err := k.BeginSignIn(here)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{}`), state)
	f.Add([]byte(`{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"YQ"}}`), state)
	f.Add([]byte(`{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`), []byte(`{}`))
	f.Fuzz(func(t *testing.T, answer, state []byte) {
		if p, err := k.FinishSignIn(t.Context(), state, answer, here); err == nil {
			t.Errorf("signed in as %+v", p)
		}
	})
}
