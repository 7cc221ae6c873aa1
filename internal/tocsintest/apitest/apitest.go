// Package apitest serves the incident services on a real store for tests: over
// HTTP, signed for real, to AWS's own clients and to requests that no client
// would send. There are no providers, so messages end in the outbox.
package apitest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	contactsclient "github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	incidentsclient "github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	incidentstypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	stsclient "github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api/ssmcontacts"
	"github.com/tocsin-io/tocsin/internal/api/ssmincidents"
	"github.com/tocsin-io/tocsin/internal/api/sts"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/engagement"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/job"
	"github.com/tocsin-io/tocsin/internal/notify"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// Key and Stranger are the access keys there are: one of the test account, one
// of another account. Both have the right to do everything.
const (
	Key      = "ADMIN"
	Stranger = "STRANGER"
	secret   = "test-secret"

	// User is who Key belongs to.
	User = "arn:aws:iam::111122223333:user/t"
)

var principals = map[string]*auth.Principal{Key: principal(dbtest.Account), Stranger: principal("444455556666")}

func principal(account tocsin.Account) *auth.Principal {
	return &auth.Principal{Account: account, ARN: "arn:aws:iam::" + string(account) + ":user/t", Name: "t", Kind: auth.KindKey, Rights: auth.Rights()}
}

var ctx = context.Background()

// House is the services with their store and workers.
type House struct {
	T        testing.TB
	DB       *store.DB
	URL      string
	Services map[string]*aws.Service // by name
}

// New serves ssm-incidents, ssm-contacts and sts until the test ends.
func New(t testing.TB, db *store.DB) *House {
	t.Helper()
	pager, err := aws.NewPager([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	h := &House{T: t, DB: db, Services: map[string]*aws.Service{}}
	all := []*aws.Service{ssmincidents.New(db, pager), ssmcontacts.New(db, pager), sts.New()}
	for _, s := range all {
		h.Services[s.Name] = s
	}
	server := httptest.NewServer(aws.NewHandler(aws.Options{Services: all, Log: slog.New(failOnError{slog.DiscardHandler, t}),
		Keys: func(_ context.Context, id string) (aws.Key, error) {
			if principals[id] == nil {
				return aws.Key{}, aws.ErrUnknownKey
			}
			return aws.Key{Secret: secret, Principal: principals[id]}, nil
		}}))
	t.Cleanup(server.Close)
	h.URL = server.URL
	h.work()
	return h
}

// failOnError fails the test on whatever is logged as a fault of ours.
type failOnError struct {
	slog.Handler
	t testing.TB
}

func (failOnError) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

func (f failOnError) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	f.t.Errorf("a fault of ours was logged: %s", text)
	return nil
}

// work runs the jobs.
func (h *House) work() {
	quiet := slog.New(slog.DiscardHandler)
	r := job.NewRunner(h.DB, quiet, "tocsin")
	(&notify.Service{DB: h.DB, Log: quiet, URL: h.URL}).Register(r)
	engagement.Register(r)
	incident.Register(r)
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(run) }()
	h.T.Cleanup(func() { cancel(); <-done })
}

func (h *House) config(key, region string) awssdk.Config {
	return awssdk.Config{Region: region, BaseEndpoint: &h.URL, Credentials: credentials.NewStaticCredentialsProvider(key, secret, ""),
		Retryer: func() awssdk.Retryer { return awssdk.NopRetryer{} }, HTTPClient: outside.Client{}}
}

// Incidents is AWS's client of ssm-incidents in the test region.
func (h *House) Incidents() *incidentsclient.Client {
	return incidentsclient.NewFromConfig(h.config(Key, string(dbtest.Region)))
}

// StrangerIncidents is the same for the other account.
func (h *House) StrangerIncidents() *incidentsclient.Client {
	return incidentsclient.NewFromConfig(h.config(Stranger, string(dbtest.Region)))
}

// Contacts is AWS's client of ssm-contacts in a region.
func (h *House) Contacts(region string) *contactsclient.Client {
	return contactsclient.NewFromConfig(h.config(Key, region))
}

// StrangerContacts is AWS's client of ssm-contacts for the other account.
func (h *House) StrangerContacts() *contactsclient.Client {
	return contactsclient.NewFromConfig(h.config(Stranger, string(dbtest.Region)))
}

// STS is AWS's client of sts.
func (h *House) STS() *stsclient.Client {
	return stsclient.NewFromConfig(h.config(Key, string(dbtest.Region)))
}

// Set makes a replication set of the test region and waits until it is ACTIVE.
func (h *House) Set() (arn string) {
	h.T.Helper()
	c := h.Incidents()
	out, err := c.CreateReplicationSet(ctx, &incidentsclient.CreateReplicationSetInput{Regions: map[string]incidentstypes.RegionMapInputValue{string(dbtest.Region): {}}})
	if err != nil {
		h.T.Fatal(err)
	}
	h.Wait("the set to become ACTIVE", func() bool {
		got, err := c.GetReplicationSet(ctx, &incidentsclient.GetReplicationSetInput{Arn: out.Arn})
		return err == nil && got.ReplicationSet.Status == incidentstypes.ReplicationSetStatusActive
	})
	return *out.Arn
}

// Wait waits until something holds, looking again whenever data changes.
func (h *House) Wait(what string, holds func() bool) {
	h.T.Helper()
	ready, take, cancel := h.DB.Subscribe()
	defer cancel()
	late := time.After(2 * time.Minute)
	for !holds() {
		take()
		select {
		case <-ready:
		case <-late:
			h.T.Fatalf("waited in vain for %s", what)
		}
	}
}

// View reads the store as the test account.
func (h *House) View(fn func(tx *store.Tx) error) {
	h.T.Helper()
	if err := h.DB.View(ctx, dbtest.Who, fn); err != nil {
		h.T.Fatal(err)
	}
}

// Principal is who Key belongs to, for calls inside the process.
func (h *House) Principal() *auth.Principal { return principals[Key] }

// Audit is the test account's audit, the newest record first.
func (h *House) Audit() (all []store.Audit) {
	h.T.Helper()
	h.View(func(tx *store.Tx) (err error) {
		all, err = tx.AuditLog(store.Cursor{}, 100000)
		return err
	})
	return all
}

// Writes counts what both accounts have changed so far: every change by a
// principal is in the audit, in the same transaction.
func (h *House) Writes() (n int) {
	h.T.Helper()
	for _, p := range principals {
		who := store.Who{Account: p.Account, Region: dbtest.Region}
		err := h.DB.View(ctx, who, func(tx *store.Tx) error {
			all, err := tx.AuditLog(store.Cursor{}, 100000)
			n += len(all)
			return err
		})
		if err != nil {
			h.T.Fatal(err)
		}
	}
	return n
}

// Answer is what came back: Type and Message of an error, Body of a success.
type Answer struct {
	Status  int
	Type    string
	Message string
	Fields  []string // names, of the validation errors of ssm-contacts
	Body    string
}

// REST sends a request to ssm-incidents; route is "METHOD /path".
func (h *House) REST(route, body string) Answer {
	h.T.Helper()
	method, path, _ := strings.Cut(route, " ")
	return h.send(method, path, "ssm-incidents", "", body)
}

// JSON sends a request for an operation to ssm-contacts.
func (h *House) JSON(op, body string) Answer {
	h.T.Helper()
	return h.send(http.MethodPost, "/", "ssm-contacts", "SSMContacts."+op, body)
}

func (h *House) send(method, path, service, target, body string) Answer {
	h.T.Helper()
	r, err := http.NewRequestWithContext(ctx, method, h.URL+path, strings.NewReader(body))
	if err != nil {
		h.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if target != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", target)
	}
	sum := sha256.Sum256([]byte(body))
	creds := awssdk.Credentials{AccessKeyID: Key, SecretAccessKey: secret}
	if err := v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), service, string(dbtest.Region), time.Now()); err != nil {
		h.T.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.T.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		h.T.Fatal(err)
	}
	a := Answer{Status: resp.StatusCode, Body: string(got)}
	if a.Status >= http.StatusBadRequest {
		h.fault(&a, resp.Header.Get("X-Amzn-Errortype"), got)
	}
	return a
}

// fault reads an error in either protocol.
func (h *House) fault(a *Answer, errorType string, body []byte) {
	h.T.Helper()
	var fault struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // also reads Message
		Fields  []struct{ Name string }
	}
	if err := json.Unmarshal(body, &fault); err != nil {
		h.T.Errorf("an error answers %q", body)
	}
	a.Type, a.Message, a.Body = fault.Type+errorType, fault.Message, ""
	for _, f := range fault.Fields {
		a.Fields = append(a.Fields, f.Name)
	}
}
