package sns

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

const (
	topic = "arn:aws:sns:us-east-1:111122223333:alarms"
	host  = "sns.us-east-1.amazonaws.com"
)

// amazon is a double of SNS: it has the certificate for its name, signs, and
// counts who confirms.
type amazon struct {
	t         *testing.T
	key       *rsa.PrivateKey
	client    *http.Client
	cert      []byte
	confirmed atomic.Int32
	down      atomic.Bool
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	shape := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	a := &amazon{t: t, key: key, cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case a.down.Load():
			w.WriteHeader(http.StatusBadGateway)
		case strings.HasSuffix(r.URL.Path, ".pem"):
			_, _ = w.Write(a.cert)
		case r.URL.Query().Get("Action") == "ConfirmSubscription" && r.URL.Query().Get("Token") == "t0ken":
			a.confirmed.Add(1)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(a.cert)
	a.client = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
		},
	}}
	return a
}

// message gives a signed message; change is done after the signing.
func (a *amazon) message(version, kind string, change func(m map[string]string)) string {
	a.t.Helper()
	m := map[string]string{"Type": kind, "MessageId": "m-" + version + kind, "TopicArn": topic, "Message": finding, "Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"SignatureVersion": version, "SigningCertURL": "https://" + host + "/SimpleNotificationService-1.pem"}
	if kind == "Notification" {
		m["Subject"] = "s"
	} else {
		m["Token"], m["SubscribeURL"] = "t0ken", "https://"+host+"/?Action=ConfirmSubscription&TopicArn="+topic+"&Token=t0ken"
	}
	text := ""
	names := []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	for _, name := range names {
		if v, ok := m[name]; ok {
			text += name + "\n" + v + "\n"
		}
	}
	var signature []byte
	var err error
	if version == "1" {
		sum := sha1.Sum([]byte(text))
		signature, err = rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA1, sum[:])
	} else {
		sum := sha256.Sum256([]byte(text))
		signature, err = rsa.SignPKCS1v15(rand.Reader, a.key, crypto.SHA256, sum[:])
	}
	if err != nil {
		a.t.Fatal(err)
	}
	m["Signature"] = base64.StdEncoding.EncodeToString(signature)
	if change != nil {
		change(m)
	}
	out, err := json.Marshal(m)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(out)
}

const finding = `{"version":"0","id":"a","detail-type":"GuardDuty Finding","source":"aws.guardduty","account":"111122223333","time":"2026-11-01T03:04:05Z","region":"us-east-1","resources":[],"detail":{"id":"f","severity":8}}`

func TestDoor(t *testing.T) {
	a := newAmazon(t)
	db := dbtest.SQLite(t)
	b := bus.New(db, slog.New(slog.DiscardHandler))
	if err := b.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := db.Update(t.Context(), dbtest.Who, func(tx *store.Tx) error {
		if _, err := tx.InsertResponsePlan(&tocsin.ResponsePlan{Account: dbtest.Account, Name: "p", Template: tocsin.Template{Title: "T", Impact: 2}, Created: tx.Now()}); err != nil {
			return err
		}
		if err := b.PutRule(tx, &tocsin.Rule{Bus: "default", Name: "r", Pattern: `{"source":["aws.guardduty"]}`, State: tocsin.RuleEnabled}, nil); err != nil {
			return err
		}
		return b.PutTargets(tx, "default", "r", []tocsin.Target{{ID: "1", ARN: tocsin.ResponsePlanARN(dbtest.Account, "p"), Rest: json.RawMessage(`{}`)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	live, err := Connector.Open(source.Settings{"topic": topic})
	if err != nil {
		t.Fatal(err)
	}
	in := &source.Intake{Name: "sns", Kind: "sns", DB: db, Bus: b, Log: slog.New(slog.DiscardHandler), Who: dbtest.Who}
	d := live.Door(in).(*Door)
	d.Client = a.client
	post := func(body string) (int, string) {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/ingest/sns", strings.NewReader(body)))
		text, _ := io.ReadAll(w.Body)
		return w.Code, string(text)
	}
	set := func(name, value string) func(map[string]string) {
		return func(m map[string]string) { m[name] = value }
	}
	for _, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"not signed", a.message("1", "Notification", set("Signature", "")), 403, "not signed"},
		{"another message", a.message("1", "Notification", set("Message", `{"source":"x"}`)), 403, "does not fit"},
		{"another subject", a.message("2", "Notification", set("Subject", "t")), 403, "does not fit"},
		{"a downgraded signature", a.message("2", "Notification", set("SignatureVersion", "1")), 403, "does not fit"},
		{"an unknown version", a.message("2", "Notification", set("SignatureVersion", "3")), 403, "no known version"},
		{"another topic", a.message("1", "Notification", set("TopicArn", topic+"x")), 403, "may not send"},
		{"a certificate from elsewhere", a.message("1", "Notification", set("SigningCertURL", "https://sns.us-east-1.amazonaws.com.example.org/SimpleNotificationService-1.pem")), 403, "not SNS's"},
		{"a certificate of a bucket", a.message("1", "Notification", set("SigningCertURL", "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-1.pem")), 403, "not SNS's"},
		{"a certificate by http", a.message("1", "Notification", set("SigningCertURL", "http://"+host+"/SimpleNotificationService-1.pem")), 403, "not SNS's"},
		{"a certificate at a port", a.message("1", "Notification", set("SigningCertURL", "https://"+host+":444/SimpleNotificationService-1.pem")), 403, "not SNS's"},
		{"a certificate that is an action", a.message("1", "Notification", set("SigningCertURL", "https://"+host+"/?Action=x.pem")), 403, "a certificate that is not"},
		{"a message of last month", a.message("1", "Notification", set("Timestamp", "2025-01-01T00:00:00Z")), 403, "too long ago"},
		{"a type of its own", a.message("1", "Notification", set("Type", "Other")), 403, "no known type"},
		{"not JSON", "hello", 400, ""},
		{"an address to confirm elsewhere", a.message("1", "SubscriptionConfirmation", set("SubscribeURL", "https://169.254.169.254/")), 403, "does not fit"},
		{"version 1", a.message("1", "Notification", nil), 200, ""},
		{"version 2, the same event", a.message("2", "Notification", nil), 200, ""},
		{"a subscription", a.message("2", "SubscriptionConfirmation", nil), 200, ""},
	} {
		if status, text := post(c.body); status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s: %d %s, want %d %q", c.name, status, text, c.status, c.says)
		}
	}
	if s := in.Status(); s.Matched != 1 || s.Repeats != 1 || a.confirmed.Load() != 1 {
		t.Errorf("%+v, %d confirmed", s, a.confirmed.Load())
	}
	d.certs.byID = nil
	a.down.Store(true)
	if status, _ := post(a.message("2", "Notification", nil)); status != 503 || in.Status().Error == "" {
		t.Errorf("SNS cannot be reached: %d, %+v", status, in.Status())
	}
}

func TestTopics(t *testing.T) {
	for text, ok := range map[string]bool{topic: true, topic + " " + topic + "2": true, "": true, "alarms": false, "arn:aws:sqs:us-east-1:111122223333:alarms": false,
		"arn:aws:sns:us-east-1/x:111122223333:alarms": false} {
		if _, err := Connector.Open(source.Settings{"topic": text}); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
