package s3

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

func environment(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE000000001")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
}

func TestList(t *testing.T) {
	environment(t)
	endpoint := outside.Moto(t)
	c, err := Connect(t.Context(), Place{Endpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	client := c.api
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	const many = 1003 // a page is 1000
	var want []string
	put := func(key, text string) {
		t.Helper()
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("trail"), Key: &key, Body: bytes.NewReader([]byte(text))}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range many {
		key := fmt.Sprintf("AWSLogs/1/CloudTrail/%04d é.json", i)
		put(key, fmt.Sprintf(`{"Records":[{"n":%d}]}`, i))
		want = append(want, "s3://trail/"+key)
	}
	put("AWSLogs/folder/", "")
	put("other/x.json", "{}")
	found, err := List(t.Context(), "s3://trail/AWSLogs/", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range found {
		got = append(got, in.Path)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d objects listed, want %d", len(got), len(want))
	}
	last := found[len(found)-1]
	body, err := last.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	var r source.Reader
	var text string
	if _, err := r.Read(body, func(_ string, b []byte) bool { text = string(b); return true }); err != nil || text != `{"n":1002}` || last.Size == 0 {
		t.Errorf("%s, %d bytes: %q, %v", last.Path, last.Size, text, err)
	}
	if all, err := List(t.Context(), "s3://trail", endpoint); err != nil || len(all) != many+1 {
		t.Errorf("the whole bucket: %d, %v", len(all), err)
	}
	var asked []string
	found, err = c.Walk(t.Context(), "s3://trail/", func(folder string) bool {
		asked = append(asked, folder)
		return !strings.HasSuffix(folder, "CloudTrail")
	})
	if want := []string{"s3://trail/AWSLogs", "s3://trail/AWSLogs/1", "s3://trail/AWSLogs/1/CloudTrail", "s3://trail/AWSLogs/folder", "s3://trail/other"}; err != nil ||
		len(found) != 1 || found[0].Path != "s3://trail/other/x.json" || found[0].Modified.IsZero() || !slices.Equal(asked, want) {
		t.Errorf("without a folder: %v, asked about %v, %v", found, asked, err)
	}
	if _, err := List(t.Context(), "s3://none/x", endpoint); !errors.Is(err, ErrAddress) {
		t.Errorf("a bucket that is not there: %v", err)
	}
}

func TestListRefused(t *testing.T) {
	environment(t)
	if _, err := List(t.Context(), "s3:///x", ""); !errors.Is(err, ErrAddress) {
		t.Errorf("no bucket: %v", err)
	}
	if _, err := List(t.Context(), "s3://b/x", "http://127.0.0.1:1"); err == nil || errors.Is(err, ErrAddress) {
		t.Errorf("a server that is not there: %v", err)
	}
}
