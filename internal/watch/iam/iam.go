// Package iam is the watch of an account's root user: has it MFA, has it access keys?
// It asks IAM's GetAccountSummary, at AWS or a server that stands for it.
package iam

import (
	"context"
	"encoding/xml"
	"net/http"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/watch"
)

const (
	mfa  = "ROOT_ACCOUNT_MFA_ENABLED"
	keys = "IAM_ROOT_ACCESS_KEY_CHECK"
)

// Kind is the plug-in.
var Kind = watch.Kind{
	Name: "iam", Type: watch.AccountType,
	Trigger: `{"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": ["CreateAccessKey", "DeleteAccessKey",
		"EnableMFADevice", "DeactivateMFADevice", "DeleteVirtualMFADevice"]}}`,
	Checks: []watch.Check{{Identifier: mfa}, {Identifier: keys}},
	Open:   watch.OpenAccount(look),
}

// summary is what IAM counts.
type summary map[string]int

func look(ctx context.Context, c *watch.Caller, _ string) (watch.Subject, error) {
	body, err := c.Do(ctx, watch.Call{Service: "iam", Host: "iam.amazonaws.com", Region: "us-east-1", Method: http.MethodPost, Path: "/",
		Body:   "Action=GetAccountSummary&Version=2010-05-08",
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}})
	if err != nil {
		return nil, err
	}
	var out struct {
		Entries []struct {
			Key   string `xml:"key"`
			Value int    `xml:"value"`
		} `xml:"GetAccountSummaryResult>SummaryMap>entry"`
	}
	s := summary{}
	err = xml.Unmarshal(body, &out)
	for _, e := range out.Entries {
		s[e.Key] = e.Value
	}
	if _, ok := s["AccountMFAEnabled"]; err != nil || !ok {
		return nil, &watch.Failure{Code: "Unreadable", Message: "GetAccountSummary was not answered with a summary"}
	}
	return s, nil
}

// Judge is what a managed rule says.
func (s summary) Judge(identifier string, _ map[string]string) tocsin.Verdict {
	switch {
	case identifier == mfa && s["AccountMFAEnabled"] == 0:
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "The root user has no MFA device."}
	case identifier == keys && s["AccountAccessKeysPresent"] > 0:
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "The root user has an access key."}
	}
	return tocsin.Verdict{Compliance: tocsin.Compliant}
}
