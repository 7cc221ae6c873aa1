package guardduty

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
)

func TestKind(t *testing.T) {
	r, err := Kind.Open(watch.Settings{Endpoint: outside.Moto(t), Region: "us-east-1", AccessKeyID: outside.Key, SecretAccessKey: outside.Secret})
	if err != nil {
		t.Fatal(err)
	}
	c := r.(*watch.Account).Caller
	call := func(method, path, body string) (out struct{ DetectorId string }) {
		t.Helper()
		got, err := c.Do(t.Context(), watch.Call{Service: "guardduty", Method: method, Path: path, Body: body, Header: map[string]string{"Content-Type": "application/json"}})
		if err == nil {
			err = json.Unmarshal(got, &out)
		}
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return out
	}
	says := func(name string, parameters map[string]string, want tocsin.Compliance) {
		t.Helper()
		s, err := r.Read(t.Context(), "123456789012")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if v := s.Judge(Kind.Checks[0].Identifier, parameters); v.Compliance != want || (v.Annotation == "") != (want == tocsin.Compliant) {
			t.Errorf("%s: %v; want %s", name, v, want)
		}
	}
	says("no detector", nil, tocsin.NonCompliant)
	id := call(http.MethodPost, "/detector", `{"enable":true}`).DetectorId
	says("a detector", nil, tocsin.Compliant)
	says("seen by itself", map[string]string{central: "123456789012"}, tocsin.Compliant)
	says("to be seen by another", map[string]string{central: "444455556666"}, tocsin.NonCompliant)
	call(http.MethodPost, "/detector/"+id, `{"enable":false}`)
	says("turned off", nil, tocsin.NonCompliant)
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name string
		d    detector
		want string
		say  tocsin.Compliance
	}{
		{"with an administrator", detector{on: true, account: "1", administrator: "2"}, "2", tocsin.Compliant},
		{"with another", detector{on: true, account: "1", administrator: "3"}, "2", tocsin.NonCompliant},
		{"itself, but for another", detector{on: true, account: "1", administrator: "3"}, "1", tocsin.NonCompliant},
		{"off", detector{account: "1", administrator: "2"}, "2", tocsin.NonCompliant},
	} {
		if v := c.d.Judge("", map[string]string{central: c.want}); v.Compliance != c.say {
			t.Errorf("%s: %v", c.name, v)
		}
	}
}
