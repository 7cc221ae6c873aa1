package s3

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
)

const account = "123456789012" // moto's

// control gives a caller that finds moto under the name that S3 Control has at AWS,
// by which moto tells it from S3.
func control(t *testing.T, moto string) *watch.Caller {
	t.Helper()
	u, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	c, err := watch.NewCaller(watch.Settings{Endpoint: "http://" + account + ".s3-control.us-east-1.amazonaws.com", Region: "us-east-1",
		AccessKeyID: outside.Key, SecretAccessKey: outside.Secret})
	if err != nil {
		t.Fatal(err)
	}
	c.Client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	}}
	return c
}

func TestAccount(t *testing.T) {
	moto := outside.Moto(t)
	c := control(t, moto)
	reader := &watch.Account{Caller: c, Look: lookAtAccount}
	put := func(flags string) {
		t.Helper()
		method := http.MethodPut
		if flags == "" {
			method = http.MethodDelete
		}
		_, err := c.Do(t.Context(), watch.Call{Service: "s3", Method: method, Path: "/v20180820/configuration/publicAccessBlock",
			Header: map[string]string{"X-Amz-Account-Id": account}, Body: "<PublicAccessBlockConfiguration>" + flags + "</PublicAccessBlockConfiguration>"})
		if err != nil {
			t.Fatal(err)
		}
	}
	all := ""
	for _, f := range flags {
		all += "<" + f + ">true</" + f + ">"
	}
	for _, c := range []struct {
		name, flags string
		parameters  map[string]string
		want        tocsin.Compliance
	}{
		{"nothing", "", nil, tocsin.NonCompliant},
		{"all", all, nil, tocsin.Compliant},
		{"three", strings.Replace(all, "true", "false", 1), nil, tocsin.NonCompliant},
		{"three, and no more are wanted", strings.Replace(all, "true", "false", 1), map[string]string{"BlockPublicAcls": "False"}, tocsin.Compliant},
	} {
		if c.flags != "" {
			put(c.flags)
		}
		s, err := reader.Read(t.Context(), account)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if v := s.Judge("", c.parameters); v.Compliance != c.want {
			t.Errorf("%s: %v", c.name, v)
		}
	}
	o := &owner{caller: c, account: account}
	if b, err := o.flags(t.Context()); err != nil || !b.IgnoreACLs || b.BlockACLs {
		t.Errorf("flags %+v, %v", b, err)
	}
	put("")
	o.asOf = time.Now().Add(time.Minute) // however long that took
	if b, err := o.flags(t.Context()); err != nil || !b.IgnoreACLs {
		t.Errorf("flags a moment later: %+v, %v", b, err)
	}
	o.asOf = time.Now().Add(-fresh)
	if b, err := o.flags(t.Context()); err != nil || b.IgnoreACLs {
		t.Errorf("flags after a while: %+v, %v", b, err)
	}
	if err := trueOrFalse(map[string]string{"BlockPublicAcls": "yes"}); err == nil {
		t.Error("a value that is none is taken")
	}
}
