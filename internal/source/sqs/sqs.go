// Package sqs reads a queue of Amazon SQS, or of a server that speaks like it.
//
// What EventBridge, SNS, S3, CloudWatch and others put into the queue is recognised
// by package source and handed to the bus. A message is deleted when everything
// that it brought about is committed; what is no event is put aside, visibly, and
// then deleted; after any other failure the message stays in the queue and comes
// again. The logs that S3's notices name are read by the folder s3.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
package sqs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
)

// Connector describes the source.
var Connector = source.Connector{
	Name:  "sqs",
	About: "Reads a queue of Amazon SQS: events, alarms, findings, SNS messages, S3's notifications.",
	Fields: []source.Field{
		{Name: "url", About: "the queue's URL", Required: true},
		{Name: "region", About: "the queue's Region; default what the URL says"},
		{Name: "endpoint", About: "URL of a server that speaks SQS; default the URL's own, or AWS"},
		{Name: "accessKeyId", About: "access key; default as every AWS program finds it"},
		{Name: "secretAccessKey", About: "the key's secret", Secret: true},
		{Name: "fetch", About: "true: logs of CloudTrail that S3's, EventBridge's and CloudTrail's notices name are read"},
		{Name: "s3Endpoint", About: "URL of another server than AWS that has the logs"},
	},
	Open: open,
}

// settings are what tocsin.yaml says, checked.
type settings struct {
	url, region, endpoint, key, secret string

	fetch      string
	s3Endpoint string
}

func open(s source.Settings) (source.Live, error) {
	c := settings{url: s["url"], region: s["region"], endpoint: s["endpoint"], key: s["accessKeyId"], secret: s["secretAccessKey"],
		fetch: s["fetch"], s3Endpoint: s["s3Endpoint"]}
	if err := c.check(); err != nil {
		return source.Live{}, err
	}
	q, err := c.queue()
	if err != nil {
		return source.Live{}, err
	}
	return source.Live{Run: q.Run}, nil
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	// hosts that AWS has, or had, for SQS.
	hostName = regexp.MustCompile(`^(?:.+\.)?(?:sqs|sqs-fips)\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|api\.aws|vpce\.amazonaws\.com(?:\.cn)?)$`)
	oldHost  = regexp.MustCompile(`^([a-z0-9-]+)\.queue\.amazonaws\.com(?:\.cn)?$`)
	atAWS    = regexp.MustCompile(`^/[0-9]{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?$`)
)

// check refuses settings that cannot be, and fills in what the URL says.
func (c *settings) check() error {
	u, err := url.Parse(c.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(u.Path) < 2 || u.RawQuery != "" {
		return fmt.Errorf("url: %q is not the URL of a queue, such as https://sqs.us-east-1.amazonaws.com/111122223333/security-events", c.url)
	}
	if u.User != nil {
		return errors.New("url must not hold a password: use accessKeyId and secretAccessKey")
	}
	if (c.key == "") != (c.secret == "") {
		return errors.New("give both accessKeyId and secretAccessKey, or neither")
	}
	if c.endpoint != "" && !isServer(c.endpoint) {
		return errors.New("endpoint must be like https://sqs.example.org, or left out for AWS")
	}
	switch {
	case c.fetch != "" && c.fetch != "true" && c.fetch != "false":
		return errors.New("fetch must be true or false")
	case c.s3Endpoint != "" && c.fetch != "true":
		return errors.New("s3Endpoint is of use only with fetch: true")
	case c.s3Endpoint != "" && !isServer(c.s3Endpoint):
		return errors.New("s3Endpoint must be like https://s3.example.org, or left out for AWS")
	}
	amazon, says := place(u.Hostname())
	if amazon && (u.Scheme != "https" || !atAWS.MatchString(u.Path)) {
		return fmt.Errorf("url: AWS has no queue at %q: it is like https://sqs.us-east-1.amazonaws.com/111122223333/security-events", c.url)
	}
	if c.region == "" {
		c.region = says
	}
	if c.region != "" && !regionName.MatchString(c.region) {
		return fmt.Errorf("region must be like us-east-1, not %q", c.region)
	}
	if c.endpoint == "" && (!amazon || strings.Contains(u.Host, ".vpce.")) {
		c.endpoint = u.Scheme + "://" + u.Host
	}
	return nil
}

func isServer(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "http" || u.Scheme == "https")
}

// place tells whether a host is AWS's, and the Region that its name says.
func place(host string) (amazon bool, region string) {
	if m := hostName.FindStringSubmatch(host); m != nil {
		return true, m[1]
	}
	if host == "queue.amazonaws.com" {
		return true, "us-east-1"
	}
	if m := oldHost.FindStringSubmatch(host); m != nil {
		return true, m[1]
	}
	// Others build names in AWS's way: sqs.us-east-1.localhost.localstack.cloud.
	if part := strings.Split(host, "."); len(part) > 2 && part[0] == "sqs" && regionName.MatchString(part[1]) {
		return false, part[1]
	}
	return false, ""
}

// queue finds the credentials. It reaches nobody.
func (c *settings) queue() (*Queue, error) {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return nil, fmt.Errorf("find credentials: %w", err)
	}
	if c.region != "" {
		cfg.Region = c.region
	}
	if cfg.Region == "" {
		return nil, errors.New("region is missing: the URL does not say it, nor does AWS_REGION")
	}
	if c.key != "" {
		cfg.Credentials = credentials.NewStaticCredentialsProvider(c.key, c.secret, "")
	}
	client := sqs.NewFromConfig(cfg, func(o *sqs.Options) {
		if c.endpoint != "" {
			o.BaseEndpoint = aws.String(c.endpoint)
		}
		o.HTTPClient = bounded{o.HTTPClient}
	})
	q := &Queue{URL: c.url, Client: client, wait: longPoll}
	if c.fetch == "true" {
		q.Logs = &s3.Store{Place: s3.Place{Endpoint: c.s3Endpoint, Region: cfg.Region, AccessKeyID: c.key, SecretAccessKey: c.secret}}
	}
	return q, nil
}
