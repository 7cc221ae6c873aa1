// Package client makes signed calls to a running server, for the commands of
// the binary. It speaks the same protocols as any AWS client: awsJson1.1 for
// most services and rest-json for ssm-incidents.
package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Client calls one server on behalf of one access key. It is safe for use by
// several goroutines.
type Client struct {
	Endpoint string // http://host:port, no slash at the end
	Region   string
	Key      string
	Secret   string
	Token    string // session token; most have none
	HTTP     *http.Client
}

// timeout bounds one call; the server answers within seconds or not at all.
const timeout = time.Minute

// ErrNoCredentials says that the environment names no access key.
var ErrNoCredentials = errors.New("no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a key of the server")

// New makes a client of the server at an endpoint that signs with an access key.
func New(endpoint, region, key, secret string) *Client {
	return &Client{Endpoint: strings.TrimRight(endpoint, "/"), Region: region, Key: key, Secret: secret, HTTP: &http.Client{Timeout: timeout}}
}

// FromEnvironment makes a client that signs with the AWS_* variables.
func FromEnvironment(endpoint string) (*Client, error) {
	c := New(endpoint, os.Getenv("AWS_REGION"), os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"))
	c.Token = os.Getenv("AWS_SESSION_TOKEN")
	if c.Region == "" {
		c.Region = os.Getenv("AWS_DEFAULT_REGION")
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Key == "" || c.Secret == "" {
		return nil, ErrNoCredentials
	}
	return c, nil
}

// Error is an answer of the server that is not success.
type Error struct {
	Status  int
	Code    string // the exception's name
	Message string
}

func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the server answered %d", e.Status)
	}
	return e.Code + ": " + e.Message
}

// JSON calls an awsJson1.1 operation; target is "Prefix.Operation". out may be nil.
func (c *Client) JSON(ctx context.Context, service, target string, in, out any) error {
	return c.do(ctx, service, http.MethodPost, "/", map[string]string{"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}, in, out)
}

// REST calls a rest-json operation; path holds the query string too. in and out may be nil.
func (c *Client) REST(ctx context.Context, service, method, path string, in, out any) error {
	return c.do(ctx, service, method, path, map[string]string{"Content-Type": "application/json"}, in, out)
}

func (c *Client) do(ctx context.Context, service, method, path string, header map[string]string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("endpoint %q: %w", c.Endpoint, err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	sum := sha256.Sum256(body)
	creds := aws.Credentials{AccessKeyID: c.Key, SecretAccessKey: c.Secret, SessionToken: c.Token}
	if err := v4.NewSigner().SignHTTP(ctx, creds, req, hex.EncodeToString(sum[:]), service, c.Region, time.Now()); err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return failure(res, answer)
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("the endpoint %s did not answer like a tocsin server: %w", c.Endpoint, err)
	}
	return nil
}

func failure(res *http.Response, answer []byte) error {
	var body struct {
		Type     string `json:"__type"`
		Message  string `json:"message"`
		MessageU string `json:"Message"`
	}
	_ = json.Unmarshal(answer, &body) // an answer of another shape has only its status
	e := &Error{Status: res.StatusCode, Code: res.Header.Get("X-Amzn-Errortype"), Message: body.Message + body.MessageU}
	if e.Code == "" {
		e.Code = body.Type
	}
	return e
}
