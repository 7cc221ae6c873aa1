// Package s3 lists and reads logs in buckets: what package source takes as inputs.
// Its data come from AWS or from any server that speaks S3; where and with which
// credentials is told as to every AWS program, by the environment and the shared
// configuration.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/tocsin-io/tocsin/internal/source"
)

// Scheme is how an address in S3 begins.
const Scheme = "s3://"

// ErrAddress says that it is the address that is wrong.
var ErrAddress = errors.New("S3 address")

// Place is where buckets are. What is empty is told as to every AWS program.
type Place struct {
	Endpoint        string // URL of another server than AWS
	Region          string
	AccessKeyID     string
	SecretAccessKey string
}

// answerTime is how long a server may think before it begins to answer.
const answerTime = 20 * time.Second

// Client reads buckets. It is safe for use by several goroutines.
type Client struct{ api *s3.Client }

// Connect makes a Client; nothing is reached yet.
func Connect(ctx context.Context, p Place) (*Client, error) {
	with := []func(*config.LoadOptions) error{config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.ResponseHeaderTimeout = answerTime
	}))}
	if p.AccessKeyID != "" {
		with = append(with, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(p.AccessKeyID, p.SecretAccessKey, "")))
	}
	if p.Region != "" {
		with = append(with, config.WithRegion(p.Region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, with...)
	if err != nil {
		return nil, fmt.Errorf("settings of S3: %w", err)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1" // where any bucket's Region can be learnt; other servers take any
	}
	other := p.Endpoint != "" || cfg.BaseEndpoint != nil
	return &Client{s3.NewFromConfig(cfg, func(o *s3.Options) {
		if p.Endpoint != "" {
			o.BaseEndpoint = &p.Endpoint
		}
		o.DisableLogOutputChecksumValidationSkipped = true // it is not for people who read logs
		o.UsePathStyle = other || o.BaseEndpoint != nil    // names of buckets are seldom names of hosts elsewhere
	})}, nil
}

// Split gives the bucket and the prefix, or key, of an address s3://bucket/prefix.
func Split(address string) (bucket, prefix string, err error) {
	bucket, prefix, _ = strings.Cut(strings.TrimPrefix(address, Scheme), "/")
	if bucket == "" {
		return "", "", fmt.Errorf("%w: %s names no bucket: write s3://bucket/prefix", ErrAddress, address)
	}
	return bucket, prefix, nil
}

// List gives the objects under an address s3://bucket/prefix in the order of their
// keys; without a prefix all of the bucket. endpoint is the URL of another server
// than AWS; empty means AWS, or what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL says.
// Objects are read when they are opened.
func List(ctx context.Context, address, endpoint string) ([]source.Input, error) {
	client, err := Connect(ctx, Place{Endpoint: endpoint})
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", address, err)
	}
	return client.Walk(ctx, address, nil)
}

// Walk gives the objects under an address in the order of their keys; where into is
// set, without the folders below that it is false of: they are not even listed.
func (c *Client) Walk(ctx context.Context, address string, into func(folder string) bool) ([]source.Input, error) {
	bucket, prefix, err := Split(address)
	if err != nil {
		return nil, err
	}
	var found []source.Input
	if err := c.walk(ctx, bucket, prefix, into, &found); err != nil {
		return nil, err
	}
	// AWS lists by key; not every other server does.
	slices.SortStableFunc(found, func(a, b source.Input) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

func (c *Client) walk(ctx context.Context, bucket, prefix string, into func(folder string) bool, found *[]source.Input) error {
	ask := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix}
	if into != nil {
		ask.Delimiter = aws.String("/")
	}
	pages := s3.NewListObjectsV2Paginator(c.api, ask)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var none *types.NoSuchBucket
		if errors.As(err, &none) {
			return fmt.Errorf("%w: there is no bucket %s", ErrAddress, bucket)
		}
		if err != nil {
			return fmt.Errorf("list %s%s/%s: %w", Scheme, bucket, prefix, err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if strings.HasSuffix(key, "/") { // what consoles make for folders
				continue
			}
			in := c.Object(bucket, key)
			in.Size, in.Modified = aws.ToInt64(o.Size), aws.ToTime(o.LastModified)
			*found = append(*found, in)
		}
		for _, folder := range page.CommonPrefixes {
			below := aws.ToString(folder.Prefix)
			if below == prefix || !into(Scheme+bucket+"/"+strings.TrimSuffix(below, "/")) {
				continue
			}
			if err := c.walk(ctx, bucket, below, into, found); err != nil {
				return err
			}
		}
	}
	return nil
}

// Object is one object as an input. It is read when it is opened: fs.ErrNotExist is
// wrapped where there is none.
func (c *Client) Object(bucket, key string) source.Input {
	return source.Input{Path: Scheme + bucket + "/" + key, Open: func(ctx context.Context) (io.ReadCloser, error) {
		// Checksums of parts cannot be checked while streaming; gzip has its own.
		out, err := c.api.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
		var none *types.NoSuchKey
		if errors.As(err, &none) {
			return nil, fmt.Errorf("get: %w: %w", fs.ErrNotExist, err)
		}
		if err != nil {
			return nil, fmt.Errorf("get: %w", err)
		}
		return out.Body, nil
	}}
}

// Metadata gives what an object's writer noted with it: by the names that follow
// x-amz-meta-, in small letters.
func (c *Client) Metadata(ctx context.Context, bucket, key string) (map[string]string, error) {
	out, err := c.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("head %s%s/%s: %w", Scheme, bucket, key, err)
	}
	all := make(map[string]string, len(out.Metadata))
	for name, value := range out.Metadata {
		all[strings.ToLower(name)] = value
	}
	return all, nil
}
