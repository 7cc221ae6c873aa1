package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin/internal/server"
	"github.com/tocsin-io/tocsin/internal/store"
)

// text is a writer that tests read from meanwhile.
type text struct {
	mu sync.Mutex
	b  strings.Builder
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

func options(t *testing.T, out io.Writer) server.Options {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return server.Options{Data: server.Data{Dir: t.TempDir()}, Listener: l, URL: "http://" + l.Addr().String(), Account: "000000000000", Region: "us-east-1",
		Log: slog.New(slog.DiscardHandler), Out: out, Version: "test"}
}

// run serves until the test ends; the returned function ends it before.
func run(t *testing.T, o server.Options) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx, o) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return stop
}

func get(t *testing.T, c *http.Client, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func ready(t *testing.T, c *http.Client, url string) {
	t.Helper()
	for began := time.Now(); time.Since(began) < 2*time.Minute; {
		if status, _ := get(t, c, url+"/readyz"); status == http.StatusOK {
			return
		}
		<-time.After(5 * time.Millisecond)
	}
	t.Fatal("the server is not ready")
}

func TestFirstStart(t *testing.T) {
	out := &text{}
	o := options(t, out)
	stop := run(t, o)
	ready(t, http.DefaultClient, o.URL)
	for _, want := range []string{"export AWS_ACCESS_KEY_ID=AKIA", "export AWS_SECRET_ACCESS_KEY=", o.URL + "/#/link?token="} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the first start does not print %q:\n%s", want, out)
		}
	}
	if status, body := get(t, http.DefaultClient, o.URL+"/metrics"); status != 200 || !strings.Contains(body, "tocsin_oldest_due_page_seconds 0") || !strings.Contains(body, "tocsin_event_to_page_seconds_count") {
		t.Errorf("metrics: %d\n%s", status, body)
	}
	if status, body := get(t, http.DefaultClient, o.URL+"/tags/arn%3Aaws%3Assm-incidents%3A%3A000000000000%3Aresponse-plan%2Fx"); status != 403 || !strings.Contains(body, "issing") {
		t.Errorf("an unsigned call: %d %s", status, body)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	again := &text{}
	data := o.Data
	o = options(t, again) // another port: somebody may have the first by now
	o.Data = data
	stop = run(t, o)
	ready(t, http.DefaultClient, o.URL)
	if strings.Contains(again.String(), "AWS_SECRET_ACCESS_KEY") {
		t.Error("the second start made another key")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
}

// A second server on the same data waits, says so on /readyz, and takes over.
func TestStandby(t *testing.T) {
	o := options(t, io.Discard)
	first := run(t, o)
	ready(t, http.DefaultClient, o.URL)
	second := options(t, io.Discard)
	second.Data = o.Data
	run(t, second)
	for range 20 {
		if status, _ := get(t, http.DefaultClient, second.URL+"/readyz"); status == http.StatusOK {
			t.Fatal("two servers are active")
		}
	}
	if status, _ := get(t, http.DefaultClient, second.URL+"/healthz"); status != http.StatusOK {
		t.Errorf("the standby is not healthy: %d", status)
	}
	if err := first(); err != nil {
		t.Fatal(err)
	}
	ready(t, http.DefaultClient, second.URL)
}

func TestHTTPS(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool := x509.NewCertPool()
	pool.AddCert(certificate(t, cert, key, 1))
	o := options(t, io.Discard)
	o.TLS = server.TLS{Cert: cert, Key: key}
	run(t, o)
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}
	url := strings.Replace(o.URL, "http:", "https:", 1)
	ready(t, &http.Client{Transport: tr}, url)

	// A renewal is taken over without a restart.
	renewed := x509.NewCertPool()
	renewed.AddCert(certificate(t, cert, key, 2))
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	tr.TLSClientConfig = &tls.Config{RootCAs: renewed}
	ready(t, &http.Client{Transport: tr}, url)
}

// certificate writes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "tocsin test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestWrongKeyEndsTheStart(t *testing.T) {
	o := options(t, io.Discard)
	stop := run(t, o)
	ready(t, http.DefaultClient, o.URL)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Data.Dir, "key"), []byte(strings.Repeat("00", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Listener, _ = net.Listen("tcp", "127.0.0.1:0")
	if err := server.Run(context.Background(), o); !errors.Is(err, store.ErrWrongKey) {
		t.Errorf("start with another key: %v", err)
	}
}
