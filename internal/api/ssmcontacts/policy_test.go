package ssmcontacts_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"

	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func TestContactPolicy(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *store.DB) {
		h := apitest.New(t, db)
		c := h.Contacts(here)
		h.Set()
		ann := newPerson(t, c, "ann")
		get := func() *string {
			t.Helper()
			out := must[*ssmcontacts.GetContactPolicyOutput](t)(c.GetContactPolicy(ctx, &ssmcontacts.GetContactPolicyInput{ContactArn: &ann}))
			if *out.ContactArn != ann {
				t.Error(*out.ContactArn)
			}
			return out.Policy
		}
		put := func(policy string) error {
			_, err := c.PutContactPolicy(ctx, &ssmcontacts.PutContactPolicyInput{ContactArn: &ann, Policy: &policy})
			return err
		}
		if p := get(); p != nil {
			t.Errorf("policy %q before one was put", *p)
		}
		for _, bad := range []string{"x", "{}", `[{"Statement":[]}]`} {
			if e := refused[*types.ValidationException](t, put(bad)); *e.Fields[0].Name != "Policy" {
				t.Errorf("%s: %+v", bad, e)
			}
		}
		refused[*types.ValidationException](t, put(`{"Statement":["`+strings.Repeat("x", 395_000)+`"]}`))
		for _, policy := range []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"ssm-contacts:GetContact","Resource":"*"}]}`,
			`{"Statement":["` + strings.Repeat("x", 390_000) + `"]}`} {
			if err := put(policy); err != nil {
				t.Fatal(err)
			}
			if p := get(); p == nil || *p != policy {
				t.Errorf("another policy than was put")
			}
		}
		_, err := c.GetContactPolicy(ctx, &ssmcontacts.GetContactPolicyInput{ContactArn: awssdk.String(ann + "x")})
		refused[*types.ResourceNotFoundException](t, err)
		must[*ssmcontacts.DeleteContactOutput](t)(c.DeleteContact(ctx, &ssmcontacts.DeleteContactInput{ContactId: &ann}))
		newPerson(t, c, "ann")
		if p := get(); p != nil {
			t.Error("the policy outlives its contact")
		}
	})
}
