// Package sns takes what Amazon SNS delivers by HTTPS: it verifies the signature,
// confirms subscriptions of the topics it was told of, and hands the message to
// package source, which recognises what is in it.
// Source: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-io/tocsin/internal/source"
)

// maxBody is how long a request may be: SNS sends at most 256 KiB of message, in
// which each character may be escaped.
const maxBody = 2 << 20

// oldest is how old a message may be: SNS gives up after 23 days at the most, and
// what was delivered once is known for 15 days.
const oldest = 15 * 24 * time.Hour

// Connector describes the source.
var Connector = source.Connector{
	Name:  "sns",
	About: "Takes what Amazon SNS delivers to https://…/ingest/<name>: events, alarms, findings, S3's notifications.",
	Fields: []source.Field{
		{Name: "topic", About: "ARN of the topic that may send; several with spaces between them", Required: true},
	},
	Open: open,
}

var topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

func open(s source.Settings) (source.Live, error) {
	topics := strings.Fields(s["topic"])
	for _, t := range topics {
		if !topicARN.MatchString(t) {
			return source.Live{}, fmt.Errorf("topic: %q is not the ARN of a topic", t)
		}
	}
	return source.Live{Door: func(in *source.Intake) http.Handler {
		return &Door{Topics: topics, In: in, Client: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("SNS does not redirect")
		}}}
	}}, nil
}

// Door answers what SNS posts.
type Door struct {
	Topics []string
	In     *source.Intake
	Client *http.Client // reaches SNS: its certificates, and to confirm

	certs certs
}

// note is a message as SNS posts it.
type note struct {
	Type, MessageID, TopicArn, Message, Timestamp  string
	Subject                                        *string
	Token, SubscribeURL, SigningCertURL, Signature string
	SignatureVersion                               string
}

// UnmarshalJSON reads the members by their exact names.
func (n *note) UnmarshalJSON(b []byte) error {
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	for name, to := range map[string]*string{"Type": &n.Type, "MessageId": &n.MessageID, "TopicArn": &n.TopicArn, "Message": &n.Message, "Timestamp": &n.Timestamp,
		"Token": &n.Token, "SubscribeURL": &n.SubscribeURL, "SigningCertURL": &n.SigningCertURL, "Signature": &n.Signature, "SignatureVersion": &n.SignatureVersion} {
		*to, _ = m[name].(string)
	}
	if s, ok := m["Subject"].(string); ok {
		n.Subject = &s
	}
	return nil
}

// ServeHTTP answers 200 when everything that the message brought about is
// committed; SNS sends again what is answered otherwise, but for 400 to 499.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "SNS posts here", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body could not be read, or is too long", http.StatusRequestEntityTooLarge)
		return
	}
	var n note
	if err := json.Unmarshal(body, &n); err != nil {
		http.Error(w, "not a message of SNS", http.StatusBadRequest)
		return
	}
	if !slices.Contains(d.Topics, n.TopicArn) {
		http.Error(w, "this topic may not send here: add it to the source's topic", http.StatusForbidden)
		return
	}
	if err := d.verify(r.Context(), &n); err != nil {
		if errors.Is(err, errUnreachable) {
			d.In.Fail(err)
			http.Error(w, "the signature cannot be verified now, send it again", http.StatusServiceUnavailable)
			return
		}
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	switch n.Type {
	case "SubscriptionConfirmation":
		err = d.confirm(r.Context(), &n)
	case "Notification":
		err = d.take(r.Context(), body)
	case "UnsubscribeConfirmation": // somebody ended the subscription: nothing comes any more
		d.In.Fail(fmt.Errorf("the subscription of %s was ended", n.TopicArn))
	default:
		http.Error(w, "a message of no known type", http.StatusBadRequest)
		return
	}
	if err != nil {
		d.In.Fail(err)
		http.Error(w, "not done, send it again", http.StatusServiceUnavailable)
	}
}

func (d *Door) take(ctx context.Context, body []byte) error {
	arrivals, bad := new(source.Decoder).Decode(body, d.In.Origin())
	if err := d.In.Take(ctx, arrivals); err != nil || bad == nil {
		return err
	}
	return d.In.Refuse(ctx, body, bad)
}

// confirm visits the address that the message says, which is SNS's own.
func (d *Door) confirm(ctx context.Context, n *note) error {
	u, err := ownAddress(n.SubscribeURL, n.TopicArn)
	if err != nil {
		return err
	}
	res, err := d.get(ctx, u)
	if err != nil {
		return fmt.Errorf("confirm the subscription of %s: %w", n.TopicArn, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("confirm the subscription of %s: SNS answers %s", n.TopicArn, res.Status)
	}
	d.In.Well()
	return nil
}

func (d *Door) get(ctx context.Context, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	return d.Client.Do(req)
}

// ownAddress refuses an address that is not SNS's in the topic's Region: else
// whoever posts here could have this server visit any.
func ownAddress(address, topic string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the message names an address that is none")
	}
	part := strings.Split(topic, ":")
	host := "sns." + part[3] + ".amazonaws.com"
	if part[1] == "aws-cn" {
		host += ".cn"
	}
	if u.Scheme != "https" || u.Host != host || u.User != nil {
		return nil, fmt.Errorf("the message names an address that is not SNS's: %s://%s", u.Scheme, u.Host)
	}
	return u, nil
}

// certs keeps the certificates that were fetched: SNS has one at a time.
type certs struct {
	mu   sync.Mutex
	byID map[string]*signer
}
