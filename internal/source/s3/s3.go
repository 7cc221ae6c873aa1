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
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/tocsin-io/tocsin/internal/source"
)

// Scheme is how an address in S3 begins.
const Scheme = "s3://"

// ErrAddress says that it is the address that is wrong.
var ErrAddress = errors.New("S3 address")

// List gives the objects under an address s3://bucket/prefix in the order of their
// keys; without a prefix all of the bucket. endpoint is the URL of another server
// than AWS; empty means AWS, or what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL says.
// Objects are read when they are opened.
func List(ctx context.Context, address, endpoint string) ([]source.Input, error) {
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(address, Scheme), "/")
	if bucket == "" {
		return nil, fmt.Errorf("%w: %s names no bucket: write s3://bucket/prefix", ErrAddress, address)
	}
	client, err := connect(ctx, endpoint)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", address, err)
	}
	var found []source.Input
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var none *types.NoSuchBucket
		if errors.As(err, &none) {
			return nil, fmt.Errorf("%w: there is no bucket %s", ErrAddress, bucket)
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", address, err)
		}
		for _, o := range page.Contents {
			key := aws.ToString(o.Key)
			if strings.HasSuffix(key, "/") { // what consoles make for folders
				continue
			}
			found = append(found, source.Input{
				Path: Scheme + bucket + "/" + key, Size: aws.ToInt64(o.Size),
				Open: func(ctx context.Context) (io.ReadCloser, error) { return open(ctx, client, bucket, key) },
			})
		}
	}
	// AWS lists by key; not every other server does.
	slices.SortStableFunc(found, func(a, b source.Input) int { return strings.Compare(a.Path, b.Path) })
	return found, nil
}

func connect(ctx context.Context, endpoint string) (*s3.Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1" // where any bucket's Region can be learnt; other servers take any
	}
	other := endpoint != "" || cfg.BaseEndpoint != nil
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		o.DisableLogOutputChecksumValidationSkipped = true // it is not for people who read logs
		o.UsePathStyle = other || o.BaseEndpoint != nil    // names of buckets are seldom names of hosts elsewhere
	}), nil
}

func open(ctx context.Context, client *s3.Client, bucket, key string) (io.ReadCloser, error) {
	// Checksums of parts cannot be checked while streaming; gzip has its own.
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	return out.Body, nil
}
