// Package s3 is the watch of buckets: it reads their settings from AWS or from any
// server that speaks S3, and has package exposure decide whether they are public.
// Operations that a server does not have are taken as settings that are not made.
package s3

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/watch"
	"github.com/tocsin-io/tocsin/internal/watch/exposure"
)

// The managed rules for buckets.
const (
	ReadProhibited  = "S3_BUCKET_PUBLIC_READ_PROHIBITED"
	WriteProhibited = "S3_BUCKET_PUBLIC_WRITE_PROHIBITED"
	LevelProhibited = "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED"

	excluded = "excludedPublicBuckets" // parameter of the last: names, separated by commas
)

// Kind is the plug-in.
var Kind = watch.Kind{
	Name: "s3", Type: "AWS::S3::Bucket",
	Trigger: `{"source": ["aws.s3"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventSource": ["s3.amazonaws.com"],
		"errorCode": [{"exists": false}], "eventName": ["CreateBucket", "DeleteBucket", "PutBucketAcl", "PutBucketPolicy", "DeleteBucketPolicy",
		"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock",
		"PutBucketOwnershipControls", "DeleteBucketOwnershipControls"]}}`,
	Resource: "$.detail.requestParameters.bucketName",
	Checks:   []watch.Check{{Identifier: ReadProhibited}, {Identifier: WriteProhibited}, {Identifier: LevelProhibited, Parameters: []string{excluded}}},
	Open:     open,
}

// Bounds on a server that is slow or lies.
const (
	callTime  = 10 * time.Second
	maxAnswer = 8 << 20 // bytes of one answer
	maxPages  = 2000    // of the list of buckets
	tries     = 2
)

type reader struct {
	client *s3.Client
	region string
	aws    bool   // no endpoint was given
	owner  *owner // at AWS: other servers have no flags of accounts
}

func open(s watch.Settings) (watch.Reader, error) {
	options := []func(*config.LoadOptions) error{config.WithRegion(s.Region), config.WithRetryMaxAttempts(tries)}
	if s.AccessKeyID != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, "")))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if err != nil {
		return nil, fmt.Errorf("watch s3: %w", err)
	}
	r := &reader{region: s.Region, aws: s.Endpoint == "" && cfg.BaseEndpoint == nil}
	if r.aws {
		c, err := watch.NewCaller(s)
		if err != nil {
			return nil, fmt.Errorf("watch s3: %w", err)
		}
		r.owner = &owner{caller: c}
	}
	r.client = s3.NewFromConfig(cfg, func(o *s3.Options) {
		// The configuration has a client only where AWS_CA_BUNDLE is set; here it always is one.
		if c, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient = c.WithTimeout(callTime)
		}
		o.HTTPClient = bounded{o.HTTPClient}
		if s.Endpoint != "" {
			o.BaseEndpoint = &s.Endpoint
		}
		o.UsePathStyle = o.BaseEndpoint != nil // names of buckets are seldom names of hosts elsewhere
	})
	return r, nil
}

// bounded is a client that waits and reads only so long.
type bounded struct{ s3.HTTPClient }

// Do cuts answers that are too long, so that reading them fails.
func (b bounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.HTTPClient.Do(r)
	if err != nil {
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	return resp, nil
}

// List gives the names of all buckets; at AWS those of the watch's region, as a
// rule of AWS Config sees its own region only.
func (r *reader) List(ctx context.Context) ([]string, error) {
	in := &s3.ListBucketsInput{}
	if r.aws {
		in.BucketRegion = &r.region
	}
	var names []string
	for range maxPages {
		out, err := r.client.ListBuckets(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list buckets: %w", plain(err))
		}
		for _, b := range out.Buckets {
			names = append(names, aws.ToString(b.Name))
		}
		next := aws.ToString(out.ContinuationToken)
		if next == "" || next == aws.ToString(in.ContinuationToken) {
			slices.Sort(names)
			return slices.Compact(names), nil
		}
		in.ContinuationToken = &next
	}
	return nil, fmt.Errorf("list buckets: the list has no end: %d pages", maxPages)
}

// bucket is a bucket's settings at one moment.
type bucket struct {
	name string
	exposure.Bucket
}

// Judge is what a managed rule says.
func (b *bucket) Judge(identifier string, parameters map[string]string) tocsin.Verdict {
	switch identifier {
	case WriteProhibited:
		return b.Prohibited(exposure.Write)
	case LevelProhibited:
		names := strings.FieldsFunc(parameters[excluded], func(c rune) bool { return c == ',' || c == ' ' })
		return b.LevelProhibited(slices.Contains(names, b.name))
	}
	return b.Prohibited(exposure.Read)
}
