package trail

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Keys are public keys of CloudTrail by their fingerprints; those of which it is not
// known are under "".
type Keys map[string][]*rsa.PublicKey

// of gives the keys that may have a fingerprint.
func (k Keys) of(fingerprint string) []*rsa.PublicKey {
	if fit := k[strings.ToLower(fingerprint)]; len(fit) > 0 {
		return fit
	}
	return k[""]
}

// maxKeys is how long a file of keys may be.
const maxKeys = 4 << 20

// ReadKeys reads the file of public keys at path, or all in the folder at path: PEM,
// or what "aws cloudtrail list-public-keys" prints.
func ReadKeys(path string) (Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("public keys: %w", err)
	}
	names := []string{path}
	if info.IsDir() {
		if names, err = filepath.Glob(filepath.Join(path, "*")); err != nil {
			return nil, fmt.Errorf("public keys: %w", err)
		}
	}
	keys := Keys{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxKeys {
			continue
		}
		text, err := os.ReadFile(name)
		if err == nil {
			err = keys.add(text)
		}
		if err != nil {
			return nil, fmt.Errorf("public keys: %s: %w", name, err)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("public keys: %s holds none", path)
	}
	return keys, nil
}

// add reads a file of keys.
func (k Keys) add(text []byte) error {
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("{")) {
		return k.addList(text)
	}
	found := false
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		key, err := publicKey(block.Bytes)
		if err != nil {
			return err
		}
		k[""] = append(k[""], key)
		found = true
	}
	if !found {
		return fmt.Errorf("neither PEM nor the JSON of list-public-keys")
	}
	return nil
}

// addList reads what the API's ListPublicKeys answers.
func (k Keys) addList(text []byte) error {
	var list struct {
		PublicKeyList []struct {
			Value       string `json:"Value"`
			Fingerprint string `json:"Fingerprint"`
		} `json:"PublicKeyList"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("not the JSON of list-public-keys: %w", err)
	}
	for _, one := range list.PublicKeyList {
		der, err := base64.StdEncoding.DecodeString(one.Value)
		if err != nil {
			return fmt.Errorf("the value of key %s is no base64", one.Fingerprint)
		}
		key, err := publicKey(der)
		if err != nil {
			return err
		}
		name := strings.ToLower(one.Fingerprint)
		k[name] = append(k[name], key)
	}
	return nil
}

// publicKey reads an RSA key as PKCS #1, which CloudTrail gives, or PKIX.
func publicKey(der []byte) (*rsa.PublicKey, error) {
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("not an RSA public key")
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("not an RSA public key")
	}
	return public, nil
}
