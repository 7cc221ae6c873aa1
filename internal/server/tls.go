package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// tlsConfig gives the configuration to serve HTTPS with, or nil for plain HTTP.
func tlsConfig(ctx context.Context, o Options) (*tls.Config, error) {
	switch {
	case o.TLS.Cert != "":
		c := &certificate{files: o.TLS}
		if _, err := c.get(nil); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
	case o.TLS.ACMEHost != "":
		return acmeConfig(ctx, o)
	}
	return nil, nil
}

// certificate is a key pair that is read again when its file has changed, so
// that a renewal needs no restart.
type certificate struct {
	files TLS

	mu   sync.Mutex
	pair *tls.Certificate
	at   time.Time // the file's time of change when it was read
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.files.Cert)
	if err == nil && c.pair != nil && info.ModTime().Equal(c.at) {
		return c.pair, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.files.Cert, c.files.Key); err == nil {
			c.pair, c.at = &pair, info.ModTime()
			return c.pair, nil
		}
	}
	if c.pair != nil {
		return c.pair, nil // half-written by a renewal: the old one still serves
	}
	return nil, fmt.Errorf("TLS certificate: %w", err)
}

// acmeEvents tells the log what becomes of certificates: one that cannot be had
// must be known before the old one ends.
func acmeEvents(log *slog.Logger) func(context.Context, string, map[string]any) error {
	return func(_ context.Context, event string, data map[string]any) error {
		switch event {
		case "cert_obtained":
			log.Info("certificate obtained", "host", data["identifier"], "renewal", data["renewal"])
		case "cert_failed":
			log.Error("no certificate could be obtained, will be tried again", "host", data["identifier"], "error", data["error"])
		}
		return nil
	}
}

// acmeConfig gets and renews a certificate by ACME, answering the challenge on
// the server's own port (TLS-ALPN-01), which must be reachable as 443.
func acmeConfig(ctx context.Context, o Options) (*tls.Config, error) {
	dir := o.Data.Dir
	if dir == "" {
		return nil, fmt.Errorf("%w: --acme keeps certificates in the data folder: give --data too", ErrUse)
	}
	var cache *certmagic.Cache
	cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) {
			return certmagic.New(cache, certmagic.Config{}), nil
		},
		Logger: zap.NewNop(),
	})
	cfg := certmagic.New(cache, certmagic.Config{Storage: &certmagic.FileStorage{Path: filepath.Join(dir, "acme")}, Logger: zap.NewNop(), OnEvent: acmeEvents(o.Log)})
	issuer := certmagic.ACMEIssuer{CA: o.TLS.ACMEDirectory, Agreed: true, DisableHTTPChallenge: true, Logger: zap.NewNop()}
	if issuer.CA == "" {
		issuer.CA = certmagic.LetsEncryptProductionCA
	}
	if o.TLS.ACMECA != "" {
		pem, err := os.ReadFile(o.TLS.ACMECA)
		if err != nil {
			return nil, fmt.Errorf("ACME certificates: %w", err)
		}
		issuer.TrustedRoots = x509.NewCertPool()
		if !issuer.TrustedRoots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: %s holds no certificates", ErrUse, o.TLS.ACMECA)
		}
	}
	cfg.Issuers = []certmagic.Issuer{certmagic.NewACMEIssuer(cfg, issuer)}
	if err := cfg.ManageAsync(ctx, []string{o.TLS.ACMEHost}); err != nil {
		return nil, fmt.Errorf("ACME: %w", err)
	}
	config := cfg.TLSConfig()
	config.NextProtos = append([]string{"h2", "http/1.1"}, config.NextProtos...)
	return config, nil
}
