package watch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Bounds on a service that is slow or lies.
const (
	callTime  = 10 * time.Second
	maxAnswer = 1 << 20 // bytes
)

// Caller makes signed calls of AWS's services, or of one server that stands for them:
// for kinds that need two or three operations, and not a whole client.
type Caller struct {
	Settings Settings
	Client   *http.Client
	keys     aws.CredentialsProvider
}

// NewCaller finds the credentials that the settings name. It calls nobody.
func NewCaller(s Settings) (*Caller, error) {
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(s.Region))
	if err != nil {
		return nil, fmt.Errorf("find credentials: %w", err)
	}
	c := &Caller{Settings: s, Client: &http.Client{Timeout: callTime}, keys: cfg.Credentials}
	if s.AccessKeyID != "" {
		c.keys = credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, "")
	}
	return c, nil
}

// Call is one request.
type Call struct {
	Service string // by which it is signed
	Host    string // at AWS, where it is not the service's and region's usual one
	Region  string // of the signature, where it is not that of the settings
	Method  string
	Path    string
	Header  map[string]string
	Body    string
}

// Do makes a call and gives the answer's body. What the service refuses is a [Failure].
func (c *Caller) Do(ctx context.Context, call Call) ([]byte, error) {
	if call.Region == "" {
		call.Region = c.Settings.Region
	}
	if call.Host == "" {
		call.Host = call.Service + "." + call.Region + ".amazonaws.com"
	}
	base := "https://" + call.Host
	if c.Settings.Endpoint != "" {
		base = strings.TrimRight(c.Settings.Endpoint, "/")
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, base+call.Path, strings.NewReader(call.Body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call.Service, err)
	}
	for name, value := range call.Header {
		r.Header.Set(name, value)
	}
	keys, err := c.keys.Retrieve(ctx)
	if err != nil {
		return nil, &Failure{Code: "NoCredentials", Message: err.Error()}
	}
	sum := sha256.Sum256([]byte(call.Body))
	digest := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", digest)
	if err := v4.NewSigner().SignHTTP(ctx, keys, r, digest, call.Service, call.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	resp, err := c.Client.Do(r)
	if err != nil {
		return nil, &Failure{Code: "Unreachable", Message: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxAnswer))
	if err != nil {
		return nil, &Failure{Code: "Unreachable", Message: err.Error()}
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, refusal(resp, body)
	}
	return body, nil
}

// JSON makes a call of the protocol awsJson 1.1 and reads its answer into out.
func (c *Caller) JSON(ctx context.Context, service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("call %s: %w", target, err)
	}
	answer, err := c.Do(ctx, Call{Service: service, Method: http.MethodPost, Path: "/", Body: string(body),
		Header: map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return &Failure{Code: "Unreadable", Message: target + " was not answered in JSON"}
	}
	return nil
}

// refusal reads an error in any of AWS's protocols.
func refusal(resp *http.Response, body []byte) error {
	f := &Failure{Code: resp.Status, Message: "the service gave no reason"}
	var x struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
		Error   struct {
			Code    string `xml:"Code"`
			Message string `xml:"Message"`
		} `xml:"Error"`
	}
	var j struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) && json.Unmarshal(body, &j) == nil:
		kind := j.Type + resp.Header.Get("X-Amzn-Errortype")
		set(&f.Code, kind[strings.LastIndexByte(kind, '#')+1:])
		set(&f.Message, j.Message)
	case xml.Unmarshal(body, &x) == nil:
		set(&f.Code, x.Code+x.Error.Code)
		set(&f.Message, x.Message+x.Error.Message)
	}
	return f
}

func set(s *string, value string) {
	if value != "" {
		*s = value
	}
}

// Account is a [Reader] of one resource: the account that the credentials are of.
type Account struct {
	*Caller
	Look func(ctx context.Context, c *Caller, account string) (Subject, error)
}

// AccountType is AWS's type of an account as a resource.
const AccountType = "AWS::::Account"

// OpenAccount makes a kind's Open of what looks at an account.
func OpenAccount(look func(ctx context.Context, c *Caller, account string) (Subject, error)) func(Settings) (Reader, error) {
	return func(s Settings) (Reader, error) {
		c, err := NewCaller(s)
		return &Account{Caller: c, Look: look}, err
	}
}

// List gives the account's number, by STS's GetCallerIdentity.
func (a *Account) List(ctx context.Context) ([]string, error) {
	body, err := a.Do(ctx, Call{Service: "sts", Method: http.MethodPost, Path: "/", Body: "Action=GetCallerIdentity&Version=2011-06-15",
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}})
	if err != nil {
		return nil, fmt.Errorf("ask whose account this is: %w", err)
	}
	var out struct {
		Account string `xml:"GetCallerIdentityResult>Account"`
	}
	if err := xml.Unmarshal(body, &out); err != nil || out.Account == "" {
		return nil, &Failure{Code: "Unreadable", Message: "GetCallerIdentity was not answered with an account"}
	}
	return []string{out.Account}, nil
}

// Read looks at the account.
func (a *Account) Read(ctx context.Context, id string) (Subject, error) {
	return a.Look(ctx, a.Caller, id)
}
