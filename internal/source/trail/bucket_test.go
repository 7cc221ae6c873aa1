package trail

import (
	"bytes"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// bucket is a bucket of moto's.
type bucket struct {
	t   testing.TB
	api *s3.Client
}

func newBucket(t testing.TB, endpoint string) *bucket {
	t.Helper()
	b := &bucket{t, s3.New(s3.Options{BaseEndpoint: &endpoint, Region: "us-east-1", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(outside.Key, outside.Secret, "")})}
	if _, err := b.api.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bucket) put(key string, text []byte, meta map[string]string) {
	b.t.Helper()
	if _, err := b.api.PutObject(b.t.Context(), &s3.PutObjectInput{Bucket: aws.String("trail"), Key: &key, Body: bytes.NewReader(text), Metadata: meta}); err != nil {
		b.t.Fatal(err)
	}
}

// Files come out of a bucket, their digests are verified by the signature in the
// objects' metadata, and what is gone from the bucket is told.
func TestBucket(t *testing.T) {
	endpoint := outside.Moto(t)
	b := newBucket(t, endpoint)
	s := newStation(t, dbtest.SQLite(t))
	s.rule("r", iam)
	w := newTrailer(t)
	now := time.Now()
	day := "AWSLogs/111122223333/CloudTrail/us-east-1/" + now.UTC().Format("2006/01/02") + "/"
	logs := map[string][]byte{day + "a.json.gz": records("a1 a2", now), day + "b.json.gz": records("b1", now)}
	for key, text := range logs {
		b.put(key, zipped(t, text), nil)
	}
	b.put("AWSLogs/111122223333/CloudTrail/us-east-1/2025/01/02/old.json.gz", zipped(t, records("old", now)), nil) // its folder says that it is
	object, text, sig := w.digest("trail", logs)
	b.put(object, zipped(t, text), map[string]string{"signature": sig, "signature-algorithm": "SHA256withRSA"})
	set := source.Settings{"path": "s3://trail/AWSLogs/", "endpoint": endpoint, "region": "us-east-1", "accessKeyId": outside.Key, "secretAccessKey": outside.Secret,
		"verify": "true", "publicKeys": w.keyFile(t.TempDir()), "from": "2026-01-01"}
	tr := s.start(set)
	s.round(tr, "")
	if st := s.in.Status(); st.Matched != 3 || len(s.letters()) != 0 {
		t.Errorf("status %+v, dead letters %v", st, s.letters())
	}
	if _, err := b.api.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("trail"), Key: aws.String(day + "b.json.gz")}); err != nil {
		t.Fatal(err)
	}
	object, text, sig = w.digest("trail", logs)
	b.put(object, zipped(t, text), map[string]string{"signature": sig})
	s.round(tr, day+"b.json.gz: it is missing")
	s.in = s.intake()
	b.put(day+"c.json.gz", zipped(t, records("c1", now)), nil)
	s.round(s.start(set), "it is missing")
	if st := s.in.Status(); st.Matched != 1 || st.Received != 1 {
		t.Errorf("after a restart: %+v", st)
	}
	set["path"] = "s3://none/x"
	s.round(s.start(set), "there is no bucket none")
}
