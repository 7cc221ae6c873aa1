package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"time"
)

// grants are the access tokens of OAuth client credentials. A token says when it
// ends and is signed with a key that lives as long as the process: after a
// restart clients get a new one, as they do whenever one is refused.
// Source: https://www.rfc-editor.org/rfc/rfc6749#section-4.4
type grants struct{ key [32]byte }

const grantFor = time.Hour

func newGrants() *grants {
	g := &grants{}
	_, _ = rand.Read(g.key[:]) // never fails: crypto/rand ends the program instead
	return g
}

func (g *grants) make(now time.Time) string {
	var b [8 + sha256.Size]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.Add(grantFor).Unix()))
	copy(b[8:], g.sign(b[:8]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (g *grants) sign(b []byte) []byte {
	h := hmac.New(sha256.New, g.key[:])
	h.Write(b)
	return h.Sum(nil)
}

func (g *grants) valid(token string) bool {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != 8+sha256.Size {
		return false
	}
	return hmac.Equal(b[8:], g.sign(b[:8])) && int64(binary.BigEndian.Uint64(b)) > time.Now().Unix()
}

// token answers the client credentials grant; the client proves itself by basic
// authentication or in the form.
func (d *door) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	refuse := func(status int, code string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code})
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		refuse(http.StatusBadRequest, "invalid_request")
		return
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if !same(id+"\x00"+secret, d.settings["clientId"]+"\x00"+d.settings["clientSecret"]) {
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		refuse(http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": d.grants.make(time.Now()), "token_type": "Bearer", "expires_in": int(grantFor / time.Second)})
}
