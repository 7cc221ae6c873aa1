package cloudtrail

import (
	"net/http"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
)

func TestKind(t *testing.T) {
	s := watch.Settings{Endpoint: outside.Moto(t), Region: "us-east-1", AccessKeyID: outside.Key, SecretAccessKey: outside.Secret}
	r, err := Kind.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	c := r.(*watch.Account).Caller
	if _, err := c.Do(t.Context(), watch.Call{Service: "s3", Method: http.MethodPut, Path: "/logs"}); err != nil {
		t.Fatal(err)
	}
	do := func(op string, in map[string]any) func() {
		return func() {
			if err := c.JSON(t.Context(), "cloudtrail", target+op, in, &struct{}{}); err != nil {
				t.Fatalf("%s: %v", op, err)
			}
		}
	}
	name := map[string]any{"Name": "main"}
	for _, step := range []struct {
		name       string
		do         func()
		parameters map[string]string
		want       tocsin.Compliance
	}{
		{"no trail", func() {}, nil, tocsin.NonCompliant},
		{"a trail that does not log", do("CreateTrail", map[string]any{"Name": "main", "S3BucketName": "logs"}), nil, tocsin.NonCompliant},
		{"one that logs", do("StartLogging", name), nil, tocsin.Compliant},
		{"to this bucket", func() {}, map[string]string{"s3BucketName": "logs"}, tocsin.Compliant},
		{"to another bucket", func() {}, map[string]string{"s3BucketName": "other"}, tocsin.NonCompliant},
		{"to no topic", func() {}, map[string]string{"snsTopicArn": "arn:aws:sns:us-east-1:123456789012:t"}, tocsin.NonCompliant},
		{"stopped", do("StopLogging", name), nil, tocsin.NonCompliant},
	} {
		step.do()
		ids, err := r.List(t.Context())
		if err != nil || len(ids) != 1 || ids[0] != "123456789012" {
			t.Fatalf("accounts %v, %v", ids, err)
		}
		subject, err := r.Read(t.Context(), ids[0])
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		v := subject.Judge(Kind.Checks[0].Identifier, step.parameters)
		if v.Compliance != step.want || (v.Annotation == "") != (v.Compliance == tocsin.Compliant) {
			t.Errorf("%s: %v", step.name, v)
		}
	}
}
