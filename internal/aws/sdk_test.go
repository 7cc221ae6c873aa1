package aws_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmcontacts"
	ctypes "github.com/aws/aws-sdk-go-v2/service/ssmcontacts/types"
	"github.com/aws/aws-sdk-go-v2/service/ssmincidents"
	itypes "github.com/aws/aws-sdk-go-v2/service/ssmincidents/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestSDK runs AWS's Go client, the one inside Terraform, against the toy server.
func TestSDK(t *testing.T) {
	s := newToy(t)
	server := httptest.NewServer(s)
	defer server.Close()
	cfg := sdk.Config{
		Region: "ap-southeast-2", BaseEndpoint: &server.URL, RetryMaxAttempts: 1,
		Credentials: sdk.CredentialsProviderFunc(func(context.Context) (sdk.Credentials, error) {
			return sdk.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: "token"}, nil
		}),
	}
	ctx := t.Context()

	incidents := ssmincidents.NewFromConfig(cfg)
	record, err := incidents.GetIncidentRecord(ctx, &ssmincidents.GetIncidentRecordInput{Arn: new(plan)})
	if err != nil {
		t.Fatal(err)
	}
	if got := record.IncidentRecord; *got.Title != "naïve <&> \u2028" || !got.CreationTime.Equal(time.UnixMilli(1628634837849)) && got.CreationTime.Unix() != 1628634837 || *got.Impact != 3 {
		t.Errorf("GetIncidentRecord: %+v", got)
	}
	_, err = incidents.StartIncident(ctx, &ssmincidents.StartIncidentInput{ResponsePlanArn: new(plan), Title: new("missing")})
	var missing *itypes.ResourceNotFoundException
	if !errors.As(err, &missing) || missing.ResourceType != itypes.ResourceTypeResponsePlan {
		t.Errorf("StartIncident: %v", err)
	}
	if _, err := incidents.UntagResource(ctx, &ssmincidents.UntagResourceInput{ResourceArn: new(plan), TagKeys: []string{"a b", "c/d"}}); err != nil {
		t.Errorf("UntagResource: %v", err)
	}

	contacts := ssmcontacts.NewFromConfig(cfg)
	if _, err := contacts.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: new("a"), DisplayName: new(""), Type: ctypes.ContactTypePersonal, Plan: &ctypes.Plan{Stages: []ctypes.Stage{}}}); err != nil {
		t.Errorf("CreateContact: %v", err)
	}
	_, err = contacts.CreateContact(ctx, &ssmcontacts.CreateContactInput{Alias: new("A"), Type: "ROBOT", Plan: &ctypes.Plan{}})
	var invalid *ctypes.ValidationException
	if !errors.As(err, &invalid) || len(invalid.Fields) != 2 || invalid.Reason != ctypes.ValidationExceptionReasonFieldValidationFailed || !strings.HasPrefix(*invalid.Message, "2 validation errors detected: ") {
		t.Errorf("CreateContact: %v, %+v", err, invalid)
	}

	bus := eventbridge.NewFromConfig(cfg)
	put, err := bus.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{Source: new("a"), DetailType: new("b"), Detail: new(`{"é":1}`), Time: new(time.UnixMilli(1628634837849))}}})
	if err != nil || len(put.Entries) != 1 {
		t.Errorf("PutEvents: %v", err)
	}
	if _, err := bus.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: new("x")}); err != nil {
		t.Errorf("EnableRule: %v", err)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != "arn:aws:iam::111122223333:user/<you>" {
		t.Errorf("GetCallerIdentity: %v", err)
	}
	for _, c := range s.called() {
		if c.Region != "ap-southeast-2" {
			t.Errorf("%s in region %s", c.Op.Name, c.Region)
		}
	}
}
