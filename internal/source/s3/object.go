package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tocsin-io/tocsin/internal/source"
)

// ErrObject says that the object is to blame: it is gone, or may not be read. To
// ask again is of no use.
var ErrObject = errors.New("cannot be read")

// Store reads objects of buckets that others name, wherever they are in AWS, or on
// one other server. It is safe for use by several goroutines.
type Store struct {
	Place // whose Region is that of buckets of which none is said

	mu      sync.Mutex
	clients map[string]*Client // by Region
	homes   map[string]string  // Regions of buckets that were said to be elsewhere
}

// Bounds on what is remembered: names of buckets and Regions come from outside.
const (
	mostHomes   = 1000
	mostRegions = 50
)

// Object gives the object as an input, read when it is opened. region is where the
// bucket is thought to be; the server says it if it is not. What is the object's
// fault is an [ErrObject].
func (s *Store) Object(bucket, key, region string) source.Input {
	return source.Input{Path: Scheme + bucket + "/" + key, Open: func(ctx context.Context) (io.ReadCloser, error) {
		at := s.home(bucket, region)
		body, err := s.open(ctx, bucket, key, at)
		var answer *smithyhttp.ResponseError
		if errors.As(err, &answer) && answer.Response != nil {
			if home := answer.Response.Header.Get("X-Amz-Bucket-Region"); home != "" && home != at {
				s.moved(bucket, home)
				body, err = s.open(ctx, bucket, key, home)
			}
		}
		return body, blame(err)
	}}
}

func (s *Store) open(ctx context.Context, bucket, key, region string) (io.ReadCloser, error) {
	client, err := s.client(ctx, region)
	if err != nil {
		return nil, err
	}
	return client.Object(bucket, key).Open(ctx)
}

// client gives one for the Region.
func (s *Store) client(ctx context.Context, region string) (*Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[region]; c != nil {
		return c, nil
	}
	place := s.Place
	if region != "" {
		place.Region = region
	}
	c, err := Connect(ctx, place)
	if err != nil {
		return nil, err
	}
	if s.clients == nil || len(s.clients) >= mostRegions {
		s.clients = map[string]*Client{}
	}
	s.clients[region] = c
	return c, nil
}

func (s *Store) home(bucket, region string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if home := s.homes[bucket]; home != "" {
		return home
	}
	return region
}

func (s *Store) moved(bucket, home string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.homes == nil || len(s.homes) >= mostHomes {
		s.homes = map[string]string{}
	}
	s.homes[bucket] = home
}

// blame tells what is the object's fault from what passes.
func blame(err error) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.ErrorCode() {
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%w: it is not there", ErrObject)
	case "NoSuchBucket":
		return fmt.Errorf("%w: there is no such bucket", ErrObject)
	case "AccessDenied", "AllAccessDisabled", "Forbidden":
		return fmt.Errorf("%w: it may not be read, or is not there: allow s3:GetObject on it, s3:ListBucket on the bucket, and kms:Decrypt if it is encrypted (%s)", ErrObject, answer.ErrorMessage())
	case "InvalidObjectState":
		return fmt.Errorf("%w: it is archived: restore it", ErrObject)
	case "InvalidBucketName", "KeyTooLongError", "MethodNotAllowed":
		return fmt.Errorf("%w: %s", ErrObject, answer.ErrorMessage())
	}
	return err
}
