package sts_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tocsin-io/tocsin/internal/tocsintest/apitest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
)

func TestGetCallerIdentity(t *testing.T) {
	h := apitest.New(t, dbtest.SQLite(t))
	got, err := h.STS().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	if *got.Account != string(dbtest.Account) || *got.Arn != apitest.User || *got.UserId != apitest.Key {
		t.Errorf("account %s, arn %s, user %s", *got.Account, *got.Arn, *got.UserId)
	}
	if n := h.Writes(); n != 0 {
		t.Errorf("asking who one is wrote %d records", n)
	}
}
