package sqs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

// maxAnswer is how long an answer may be: SQS gives at most 1 MiB of messages at a
// time, in which each character may be escaped.
const maxAnswer = 16 << 20

// bounded reads no more of an answer than SQS would send.
type bounded struct{ sqs.HTTPClient }

// Do is what the SDK calls.
func (c bounded) Do(r *http.Request) (*http.Response, error) {
	res, err := c.HTTPClient.Do(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// mends says what to do about what SQS answers, by the codes of its two protocols.
var mends = map[string]string{
	"QueueDoesNotExist":                       "there is no such queue: make it, or correct url and region",
	"AWS.SimpleQueueService.NonExistentQueue": "there is no such queue: make it, or correct url and region",
	"QueueDeletedRecently":                    "the queue was deleted: make it again, or take the source out of tocsin.yaml",
	"AccessDenied":                            mendAccess,
	"AccessDeniedException":                   mendAccess,
	"InvalidSecurity":                         "SQS wants HTTPS: correct url or endpoint",
	"InvalidAddress":                          "there is no such queue: correct url and region",
	"InvalidClientTokenId":                    mendKey,
	"UnrecognizedClientException":             mendKey,
	"MissingAuthenticationToken":              mendKey,
	"IncompleteSignature":                     mendKey,
	"InvalidAccessKeyId":                      mendKey,
	"SignatureDoesNotMatch":                   "the secret does not fit the access key, or this machine's clock is wrong",
	"InvalidSignatureException":               "the secret does not fit the access key, or this machine's clock is wrong",
	"RequestExpired":                          "this machine's clock is wrong, or the credentials have expired",
	"ExpiredToken":                            mendExpired,
	"ExpiredTokenException":                   mendExpired,
	"RequestThrottled":                        mendSlow,
	"ThrottlingException":                     mendSlow,
	"Throttling":                              mendSlow,
	"KmsThrottled":                            mendSlow,
	"OverLimit":                               "too many messages of the queue are being worked on: look for another reader that does not delete them",
	"KmsAccessDenied":                         mendKMS,
	"KMS.AccessDeniedException":               mendKMS,
	"KmsDisabled":                             "the queue's KMS key is disabled: enable it",
	"KmsNotFound":                             "the queue's KMS key does not exist: give the queue another",
	"KmsInvalidState":                         "the queue's KMS key is in no state to be used: enable it, or give the queue another",
}

const (
	mendAccess  = "access is denied: allow sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility on the queue"
	mendKey     = "the access key is not known: correct accessKeyId and secretAccessKey, or the credentials of the environment"
	mendExpired = "the credentials have expired: renew them"
	mendSlow    = "SQS asks to be called less often; it is tried again more slowly"
	mendKMS     = "the queue is encrypted with a KMS key that may not be used: allow kms:Decrypt on it"
)

// trouble is what the queue has against us, in words for people.
type trouble struct {
	queue, what string
	err         error
}

func (t *trouble) Error() string { return fmt.Sprintf("queue %s: %s", t.queue, t.what) }

func (t *trouble) Unwrap() error { return t.err }

// explain says what is wrong and what to do about it.
func (q *Queue) explain(err error) error {
	t := &trouble{queue: q.URL, err: err}
	var answer smithy.APIError
	var unreachable *url.Error
	switch {
	case errors.As(err, &answer):
		t.what = mends[answer.ErrorCode()]
		if t.what == "" {
			t.what = "SQS refuses"
		}
		t.what += " (" + answer.ErrorCode() + ": " + answer.ErrorMessage() + ")"
	case strings.Contains(err.Error(), "get identity:"): // the SDK has no type for it
		t.what = "no credentials were found: set accessKeyId and secretAccessKey, or give the machine a role"
	case errors.Is(err, context.DeadlineExceeded):
		t.what = "no answer in time: look at the network, or correct url and endpoint"
	case errors.As(err, &unreachable):
		t.what = "SQS cannot be reached: " + unreachable.Err.Error()
	default:
		t.what = "SQS cannot be understood: " + err.Error()
	}
	return t
}
