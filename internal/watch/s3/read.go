package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/tocsin-io/tocsin/internal/watch"
	"github.com/tocsin-io/tocsin/internal/watch/exposure"
)

// Read gives a bucket's settings. All of them must be read: what could not be is
// no setting that is not made.
func (r *reader) Read(ctx context.Context, name string) (watch.Subject, error) {
	b := &bucket{name: name}
	for _, part := range []struct {
		what string
		read func(context.Context, *bucket) error
	}{
		{"ACL", r.acl}, {"ownership", r.ownership}, {"public access block", r.block}, {"policy", r.policy}, {"account", r.account},
	} {
		err := part.read(ctx, b)
		if code(err) == "NoSuchBucket" {
			return nil, watch.ErrGone
		}
		if err != nil {
			return nil, fmt.Errorf("read the %s of bucket %s: %w", part.what, name, plain(err))
		}
	}
	return b, nil
}

func (r *reader) acl(ctx context.Context, b *bucket) error {
	out, err := r.client.GetBucketAcl(ctx, &s3.GetBucketAclInput{Bucket: &b.name})
	switch {
	case code(err) == "AccessControlListNotSupported":
		b.Enforced = true
		return nil
	case missing(err):
		return nil
	case err != nil:
		return err
	}
	for _, g := range out.Grants {
		if g.Grantee == nil {
			continue
		}
		b.Grants = append(b.Grants, exposure.Grant{URI: aws.ToString(g.Grantee.URI), ID: aws.ToString(g.Grantee.ID),
			Group: g.Grantee.Type == types.TypeGroup, Permission: string(g.Permission)})
	}
	return nil
}

func (r *reader) ownership(ctx context.Context, b *bucket) error {
	out, err := r.client.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: &b.name})
	if code(err) == "OwnershipControlsNotFoundError" || missing(err) || r.refused(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if out.OwnershipControls != nil {
		for _, rule := range out.OwnershipControls.Rules {
			b.Enforced = b.Enforced || rule.ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced
		}
	}
	return nil
}

func (r *reader) block(ctx context.Context, b *bucket) error {
	out, err := r.client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &b.name})
	switch {
	case code(err) == "NoSuchPublicAccessBlockConfiguration":
		return nil
	case missing(err) || r.refused(err):
		b.BlockLess = true
		return nil
	case err != nil:
		return err
	}
	if c := out.PublicAccessBlockConfiguration; c != nil {
		b.Own = exposure.Block{BlockACLs: aws.ToBool(c.BlockPublicAcls), IgnoreACLs: aws.ToBool(c.IgnorePublicAcls),
			BlockPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictBuckets: aws.ToBool(c.RestrictPublicBuckets)}
	}
	return nil
}

func (r *reader) policy(ctx context.Context, b *bucket) error {
	out, err := r.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &b.name})
	if code(err) == "NoSuchBucketPolicy" || missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	b.Policy = aws.ToString(out.Policy)
	return nil
}

func (r *reader) account(ctx context.Context, b *bucket) (err error) {
	if r.owner != nil {
		b.Account, err = r.owner.flags(ctx)
	}
	return err
}

// code is S3's name of an error; empty for other errors and for none.
func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

func status(err error) int {
	var e *awshttp.ResponseError
	if errors.As(err, &e) {
		return e.HTTPStatusCode()
	}
	return 0
}

// missing tells whether the server does not have the operation.
func missing(err error) bool {
	return code(err) == "NotImplemented" || status(err) == http.StatusNotImplemented
}

// refused tells whether a server other than AWS says so by "method not allowed".
// AWS says that to callers of another account, and then nothing is known.
func (r *reader) refused(err error) bool {
	return !r.aws && status(err) == http.StatusMethodNotAllowed
}

// plain cuts an error of the client down to what helps: the server's own words, or
// why there are none.
func plain(err error) error {
	var f *watch.Failure
	if errors.As(err, &f) {
		return err
	}
	var e smithy.APIError
	if errors.As(err, &e) && e.ErrorCode() != "" {
		return &watch.Failure{Code: e.ErrorCode(), Message: e.ErrorMessage()}
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		err = op.Unwrap()
	}
	return &watch.Failure{Code: "Unreachable", Message: err.Error()}
}
