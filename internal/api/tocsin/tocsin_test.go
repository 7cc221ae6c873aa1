package tocsin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	own "github.com/tocsin-io/tocsin/internal/api/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/incident"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

// service is our own service on a store, called by an administrator.
type service struct {
	t   *testing.T
	db  *store.DB
	svc *aws.Service
}

func each(t *testing.T, fn func(t *testing.T, s *service)) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		pager, err := aws.NewPager([]byte("secret"))
		if err != nil {
			t.Fatal(err)
		}
		s := &service{t, db, (&own.Server{DB: db, Keys: auth.NewKeys(db), Pager: pager, URL: "https://tocsin.example.org"}).Service()}
		aws.NewHandler(aws.Options{Services: []*aws.Service{s.svc}}) // binds it
		fn(t, s)
	})
}

func (s *service) call(op, in string) (out map[string]any, err error) {
	s.t.Helper()
	who := &auth.Principal{Account: dbtest.Account, ARN: dbtest.Who.Principal, Name: "test", Rights: []auth.Right{auth.Admin}}
	ctx := aws.NewContext(context.Background(), &aws.Call{Principal: who, Region: string(dbtest.Region), RemoteAddr: "192.0.2.1:1234", RequestID: "r"})
	b, err := s.svc.Call(ctx, op, []byte(in))
	if err == nil {
		if e := json.Unmarshal(b, &out); e != nil {
			s.t.Fatalf("%s answers %s: %v", op, b, e)
		}
	}
	return out, err
}

func (s *service) must(op, in string) map[string]any {
	s.t.Helper()
	out, err := s.call(op, in)
	if err != nil {
		s.t.Fatalf("%s %s: %v", op, in, err)
	}
	return out
}

func (s *service) update(fn func(tx *store.Tx) error) {
	s.t.Helper()
	if err := s.db.Update(context.Background(), dbtest.Who, fn); err != nil {
		s.t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		before := s.must("ListAudit", `{}`)
		for _, c := range []struct{ op, in, code string }{
			{"CreateKey", `{"Name":"x","Rights":["all"]}`, "ValidationException"},
			{"CreateKey", `{"Name":"x","Rights":[]}`, "ValidationException"},
			{"CreateKey", `{"Name":"a b","Rights":["read"]}`, "ValidationException"},
			{"CreateKey", `{"Name":"x","Rights":["read"],"AccountId":"12"}`, "ValidationException"},
			{"CreateKey", `{"Rights":["read"]}`, "ValidationException"},
			{"DeleteKey", `{"AccessKeyId":"AKIAEXAMPLE000000009"}`, "ResourceNotFoundException"},
			{"DeletePerson", `{"Name":"nobody"}`, "ResourceNotFoundException"},
			{"CreateSignInLink", `{"PersonName":"nobody"}`, "ResourceNotFoundException"},
			{"SendTestPage", `{"ContactId":"arn:aws:ssm-contacts:us-east-1:111122223333:contact/ann"}`, "ValidationException"}, // no replication set
			{"ListOutbox", `{"NextToken":"forged"}`, "ValidationException"},
			{"ListAudit", `{"MaxResults":"many"}`, "SerializationException"},
		} {
			_, err := s.call(c.op, c.in)
			var api aws.APIError
			if !errors.As(err, &api) || api.Code() != c.code {
				t.Errorf("%s %s: %v, want %s", c.op, c.in, err, c.code)
			}
		}
		if diff := cmp.Diff(before, s.must("ListAudit", `{}`)); diff != "" {
			t.Errorf("a refusal wrote something: %s", diff)
		}
	})
}

func TestKeysAndPeople(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		made := s.must("CreateKey", `{"Name":"ci","Rights":["read","ingest"]}`)
		id := made["AccessKeyId"].(string)
		if keys := s.must("ListKeys", `{}`)["Keys"].([]any); len(keys) != 1 || keys[0].(map[string]any)["AccessKeyId"] != id || keys[0].(map[string]any)["SecretAccessKey"] != nil {
			t.Errorf("keys: %v", keys)
		}
		s.must("DeleteKey", fmt.Sprintf(`{"AccessKeyId":%q}`, id))
		if keys := s.must("ListKeys", `{}`)["Keys"].([]any); len(keys) != 0 {
			t.Errorf("keys after the deletion: %v", keys)
		}
		s.must("CreatePerson", `{"Name":"ann","Rights":["admin"]}`)
		s.must("CreatePerson", `{"Name":"bob","Rights":["responder"]}`)
		s.must("CreateSignInLink", `{"PersonName":"bob"}`)
		s.must("DeletePerson", `{"Name":"bob"}`)
		if people := s.must("ListPeople", `{}`)["People"].([]any); len(people) != 1 {
			t.Errorf("people: %v", people)
		}
		var ops []string
		for _, r := range s.must("ListAudit", `{}`)["Records"].([]any) {
			rec := r.(map[string]any)
			ops = append(ops, rec["Operation"].(string))
			if rec["Address"] != "192.0.2.1" || rec["Principal"] != dbtest.Who.Principal {
				t.Errorf("audit: %v", rec)
			}
		}
		want := []string{"tocsin:DeletePerson", "tocsin:CreateSignInLink", "tocsin:CreatePerson", "tocsin:CreatePerson", "tocsin:DeleteKey", "tocsin:CreateKey"}
		if diff := cmp.Diff(want, ops); diff != "" {
			t.Error(diff)
		}
	})
}

func TestOutboxPages(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		for i := range 5 {
			s.update(func(tx *store.Tx) error {
				return tx.AddOutbox(tocsin.Message{ID: fmt.Sprint(i), Kind: tocsin.KindPage, Type: tocsin.SMS, To: "+15555550100", Code: fmt.Sprint(i), Time: tx.Now()})
			})
		}
		var codes []any
		for token := ""; ; {
			out := s.must("ListOutbox", fmt.Sprintf(`{"MaxResults":2,"NextToken":%q}`, token))
			for _, m := range out["Messages"].([]any) {
				codes = append(codes, m.(map[string]any)["Code"])
			}
			if out["NextToken"] == nil {
				break
			}
			token = out["NextToken"].(string)
			if _, err := s.call("ListAudit", fmt.Sprintf(`{"NextToken":%q}`, token)); err == nil {
				t.Error("a token of one list is taken for another")
			}
		}
		if diff := cmp.Diff([]any{"4", "3", "2", "1", "0"}, codes); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTestPage(t *testing.T) {
	each(t, func(t *testing.T, s *service) {
		c := &tocsin.Contact{Account: dbtest.Account, Region: dbtest.Region, Alias: "ann", Type: tocsin.Personal}
		s.update(func(tx *store.Tx) error {
			if _, err := incident.CreateSet(tx, []tocsin.ReplicationRegion{{Region: dbtest.Region}}); err != nil {
				return err
			}
			_, err := tx.InsertContact(c)
			return err
		})
		in := fmt.Sprintf(`{"ContactId":%q,"IdempotencyToken":"once"}`, c.ARN())
		first, second := s.must("SendTestPage", in), s.must("SendTestPage", in)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("a repeat engaged again: %s", diff)
		}
		if third := s.must("SendTestPage", fmt.Sprintf(`{"ContactId":%q}`, c.ARN())); third["EngagementArn"] == first["EngagementArn"] {
			t.Error("another test page is the same engagement")
		}
		if _, err := s.call("SendTestPage", `{"ContactId":"arn:aws:ssm-contacts:us-east-1:111122223333:contact/bob"}`); err == nil {
			t.Error("a contact that does not exist was engaged")
		}
	})
}
