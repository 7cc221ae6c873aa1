package sns

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // SNS signs so in version 1, and says that it always will where nothing else is chosen
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// errUnreachable says that the certificate could not be had: try later.
var errUnreachable = errors.New("SNS's signing certificate cannot be had")

// signer is a certificate that signs messages.
type signer struct {
	key      *rsa.PublicKey
	from, to time.Time
}

// keptCerts bounds how many certificates are kept: addresses come from outside.
const keptCerts = 16

// verify tells whether SNS has signed the message, lately.
func (d *Door) verify(ctx context.Context, n *note) error {
	at, err := time.Parse(time.RFC3339, n.Timestamp)
	if err != nil || time.Since(at) > oldest || time.Until(at) > time.Hour {
		return errors.New("the message's time is missing or too long ago")
	}
	signature, err := base64.StdEncoding.DecodeString(n.Signature)
	if err != nil || n.Signature == "" {
		return errors.New("the message is not signed")
	}
	signed, err := n.signed()
	if err != nil {
		return err
	}
	s, err := d.signer(ctx, n)
	if err != nil {
		return err
	}
	if now := time.Now(); now.Before(s.from) || now.After(s.to) {
		return errors.New("the signing certificate has expired")
	}
	switch n.SignatureVersion {
	case "1":
		sum := sha1.Sum([]byte(signed)) //nolint:gosec // as above
		err = rsa.VerifyPKCS1v15(s.key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256([]byte(signed))
		err = rsa.VerifyPKCS1v15(s.key, crypto.SHA256, sum[:], signature)
	default:
		return errors.New("the signature is of no known version")
	}
	if err != nil {
		return errors.New("the signature does not fit the message")
	}
	return nil
}

// signed is the text that SNS signs: names and values of some members, a line
// each, in the order of the names.
func (n *note) signed() (string, error) {
	var b strings.Builder
	add := func(name, value string) { b.WriteString(name + "\n" + value + "\n") }
	add("Message", n.Message)
	add("MessageId", n.MessageID)
	switch n.Type {
	case "Notification":
		if n.Subject != nil {
			add("Subject", *n.Subject)
		}
	case "SubscriptionConfirmation", "UnsubscribeConfirmation":
		add("SubscribeURL", n.SubscribeURL)
	default:
		return "", errors.New("a message of no known type")
	}
	add("Timestamp", n.Timestamp)
	if n.Type != "Notification" {
		add("Token", n.Token)
	}
	add("TopicArn", n.TopicArn)
	add("Type", n.Type)
	return b.String(), nil
}

// signer gives the certificate of a message, from SNS's own address only.
func (d *Door) signer(ctx context.Context, n *note) (*signer, error) {
	u, err := ownAddress(n.SigningCertURL, n.TopicArn)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(u.Path, "/SimpleNotificationService-") || !strings.HasSuffix(u.Path, ".pem") || u.RawQuery != "" {
		return nil, errors.New("the message names a certificate that is not SNS's")
	}
	d.certs.mu.Lock()
	s := d.certs.byID[u.String()]
	d.certs.mu.Unlock()
	if s != nil {
		return s, nil
	}
	res, err := d.get(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreachable, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", errUnreachable, res.Status)
	}
	if s, err = parse(text); err != nil {
		return nil, err
	}
	d.certs.mu.Lock()
	defer d.certs.mu.Unlock()
	if d.certs.byID == nil || len(d.certs.byID) >= keptCerts {
		d.certs.byID = map[string]*signer{}
	}
	d.certs.byID[u.String()] = s
	return s, nil
}

func parse(text []byte) (*signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the signing certificate cannot be read")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the signing certificate cannot be read: %w", err)
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the signing certificate has no RSA key")
	}
	return &signer{key: key, from: cert.NotBefore, to: cert.NotAfter}, nil
}
