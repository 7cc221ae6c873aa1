package s3

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
)

func opened(t *testing.T, endpoint string) *reader {
	t.Helper()
	s := watch.Settings{Endpoint: endpoint, AccessKeyID: outside.Key, SecretAccessKey: outside.Secret}
	if err := s.Check("us-east-1"); err != nil {
		t.Fatal(err)
	}
	r, err := Kind.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return r.(*reader)
}

// says is what the three rules say of a bucket: R, W and L for what is prohibited
// and there, - for compliant, ? for not applicable.
func says(t *testing.T, r *reader, bucket string) string {
	t.Helper()
	s, err := r.Read(t.Context(), bucket)
	if err != nil {
		t.Fatalf("read %s: %v", bucket, err)
	}
	out := ""
	for _, c := range []struct{ identifier, letter string }{{ReadProhibited, "R"}, {WriteProhibited, "W"}, {LevelProhibited, "L"}} {
		switch s.Judge(c.identifier, nil).Compliance {
		case tocsin.NonCompliant:
			out += c.letter
		case tocsin.Compliant:
			out += "-"
		default:
			out += "?"
		}
	}
	return out
}

func make1(t *testing.T, c *s3.Client, name string) {
	t.Helper()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name, ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred})
	if err != nil {
		t.Fatal(err)
	}
}

func acl(t *testing.T, c *s3.Client, name string, canned types.BucketCannedACL) {
	t.Helper()
	if _, err := c.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: &name, ACL: canned}); err != nil {
		t.Fatal(err)
	}
}

func policy(t *testing.T, c *s3.Client, name, statement string) {
	t.Helper()
	text := `{"Version":"2012-10-17","Statement":[` + strings.ReplaceAll(statement, "BUCKET", name) + `]}`
	if _, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &name, Policy: &text}); err != nil {
		t.Fatal(err)
	}
}

// TestVersityGW reads a real S3 server that names groups by ids and has no Block
// Public Access.
func TestVersityGW(t *testing.T) {
	r := opened(t, outside.VersityGW(t))
	make1(t, r.client, "bucket-one")
	make1(t, r.client, "bucket-two")
	names, err := r.List(t.Context())
	if diff := cmp.Diff([]string{"bucket-one", "bucket-two"}, names); diff != "" || err != nil {
		t.Fatalf("list: %v %s", err, diff)
	}
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"new", func() {}, "--?"},
		{"listing for all", func() { acl(t, r.client, "bucket-one", types.BucketCannedACLPublicRead) }, "R-?"},
		{"writing too", func() { acl(t, r.client, "bucket-one", types.BucketCannedACLPublicReadWrite) }, "RW?"},
		{"private again", func() { acl(t, r.client, "bucket-one", types.BucketCannedACLPrivate) }, "--?"},
		{"a public policy", func() {
			policy(t, r.client, "bucket-one", `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}`)
		}, "R-?"},
		{"none again", func() {
			_, err := r.client.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String("bucket-one")})
			if err != nil {
				t.Fatal(err)
			}
		}, "--?"},
	}
	for _, s := range steps {
		s.do()
		if got := says(t, r, "bucket-one"); got != s.want {
			t.Errorf("%s: %s; want %s", s.name, got, s.want)
		}
		if got := says(t, r, "bucket-two"); got != "--?" {
			t.Errorf("%s: the other bucket is %s", s.name, got)
		}
	}
	if _, err := r.Read(t.Context(), "no-such-bucket"); !errors.Is(err, watch.ErrGone) {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

// TestMoto reads a server that names groups as AWS does and has Block Public Access.
func TestMoto(t *testing.T) {
	r := opened(t, outside.Moto(t))
	make1(t, r.client, "bucket-one")
	block := func(ignore, restrict, others bool) {
		_, err := r.client.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: aws.String("bucket-one"),
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{IgnorePublicAcls: &ignore, RestrictPublicBuckets: &restrict,
				BlockPublicAcls: &others, BlockPublicPolicy: &others}})
		if err != nil {
			t.Fatal(err)
		}
	}
	open := `{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/*"}`
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"new", func() {}, "--L"},
		{"listing for all", func() { acl(t, r.client, "bucket-one", types.BucketCannedACLPublicRead) }, "R-L"},
		{"everybody with an account", func() { acl(t, r.client, "bucket-one", types.BucketCannedACLAuthenticatedRead) }, "R-L"},
		{"and a policy to write", func() { policy(t, r.client, "bucket-one", open) }, "RWL"},
		{"lists ignored", func() { block(true, false, false) }, "-WL"},
		{"policies restricted", func() { block(false, true, false) }, "R-L"},
		{"both", func() { block(true, true, false) }, "--L"},
		{"only new ones blocked", func() { block(false, false, true) }, "RWL"},
		{"all", func() { block(true, true, true) }, "---"},
		{"none again", func() {
			if _, err := r.client.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: aws.String("bucket-one")}); err != nil {
				t.Fatal(err)
			}
		}, "RWL"},
	}
	for _, s := range steps {
		s.do()
		if got := says(t, r, "bucket-one"); got != s.want {
			t.Errorf("%s: %s; want %s", s.name, got, s.want)
		}
	}
	s, err := r.Read(t.Context(), "bucket-one")
	if err != nil {
		t.Fatal(err)
	}
	if v := s.Judge(LevelProhibited, map[string]string{"excludedPublicBuckets": "other, bucket-one"}); v.Compliance != tocsin.Compliant {
		t.Errorf("an excluded bucket is %v", v)
	}
}

// double answers as a server of S3 could; what is not set is answered as by AWS for
// a bucket without settings.
func double(t *testing.T, answers map[string]string) *reader {
	t.Helper()
	none := map[string]string{"acl": `200 <AccessControlPolicy/>`, "ownershipControls": "404 OwnershipControlsNotFoundError",
		"publicAccessBlock": "404 NoSuchPublicAccessBlockConfiguration", "policy": "404 NoSuchBucketPolicy", "": "200 <ListAllMyBucketsResult/>"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for part, text := range none {
			if set, ok := answers[part]; ok {
				text = set
			}
			if part == "" && r.URL.Path != "/" || part != "" && !r.URL.Query().Has(part) {
				continue
			}
			var status int
			var body string
			if _, err := fmt.Sscanf(text, "%d", &status); err != nil {
				t.Error(err)
			}
			if _, body, _ = strings.Cut(text, " "); status >= 300 {
				body = "<Error><Code>" + body + "</Code><Message>no</Message></Error>"
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}))
	t.Cleanup(server.Close)
	return opened(t, server.URL)
}

// The AWS library makes a client of its own only where the environment names
// certificates; there has to be one either way.
func TestCertificates(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{"", bundle} {
		t.Setenv("AWS_CA_BUNDLE", named)
		if _, err := double(t, nil).List(t.Context()); err != nil {
			t.Errorf("with AWS_CA_BUNDLE=%s: %v", named, err)
		}
	}
}

const enforced = `200 <OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>`

const everybody = `200 <AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">` +
	`<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`

// TestServers reads servers that differ in what they have. An error is none of
// "nothing is set".
func TestServers(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers map[string]string
		want    string // or the code of the error
	}{
		{"nothing set", nil, "--L"},
		{"public", map[string]string{"acl": everybody}, "R-L"},
		{"public, but lists are not obeyed", map[string]string{"acl": everybody, "ownershipControls": enforced}, "--L"},
		{"without lists", map[string]string{"acl": "400 AccessControlListNotSupported"}, "--L"},
		{"nothing but policies", map[string]string{"acl": "501 NotImplemented", "ownershipControls": "501 NotImplemented", "publicAccessBlock": "501 NotImplemented",
			"policy": `200 {"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}`}, "RW?"},
		{"operations not allowed", map[string]string{"ownershipControls": "405 MethodNotAllowed", "publicAccessBlock": "405 MethodNotAllowed"}, "--?"},
		{"the bucket is gone", map[string]string{"policy": "404 NoSuchBucket"}, "gone"},
		{"no right to read the policy", map[string]string{"policy": "403 AccessDenied"}, "AccessDenied"},
		{"no right to read the list", map[string]string{"acl": "403 AccessDenied"}, "AccessDenied"},
		{"no right to read the block", map[string]string{"publicAccessBlock": "403 AccessDenied"}, "AccessDenied"},
		{"the policy is not for this method", map[string]string{"policy": "405 MethodNotAllowed"}, "MethodNotAllowed"},
		{"no XML", map[string]string{"acl": "200 <<<"}, "Unreachable"},
		{"sent elsewhere", map[string]string{"acl": "301 PermanentRedirect"}, "PermanentRedirect"},
		{"an answer without end", map[string]string{"policy": "200 " + strings.Repeat("x", maxAnswer+1)}, "Unreachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := double(t, c.answers)
			_, err := r.Read(t.Context(), "b")
			var f *watch.Failure
			switch {
			case errors.Is(err, watch.ErrGone):
				if c.want != "gone" {
					t.Error("gone")
				}
			case errors.As(err, &f):
				if f.Code != c.want || f.Message == "" {
					t.Errorf("%v; want %s", f, c.want)
				}
			case err != nil:
				t.Errorf("an error without a code: %v", err)
			default:
				if got := says(t, r, "b"); got != c.want {
					t.Errorf("%s; want %s", got, c.want)
				}
			}
		})
	}
}

func TestListGivesUp(t *testing.T) {
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		fmt.Fprintf(w, `<ListAllMyBucketsResult><Buckets/><ContinuationToken>%d</ContinuationToken></ListAllMyBucketsResult>`, n)
	}))
	defer server.Close()
	if _, err := opened(t, server.URL).List(t.Context()); err == nil || !strings.Contains(err.Error(), "no end") {
		t.Errorf("a list without end: %v", err)
	}
	server.Close()
	var f *watch.Failure
	if _, err := opened(t, server.URL).List(t.Context()); !errors.As(err, &f) || f.Code != "Unreachable" {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := opened(t, server.URL).List(ctx); err == nil {
		t.Error("an ended context is no error")
	}
}
