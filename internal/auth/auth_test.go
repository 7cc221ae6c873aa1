package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/auth"
)

func principal(rights ...auth.Right) *auth.Principal {
	return &auth.Principal{Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/x", Rights: rights}
}

func TestRightsOfOperations(t *testing.T) {
	const admin, responder, ingest, read = auth.Admin, auth.Responder, auth.Ingest, auth.Read
	for _, c := range []struct {
		operation string
		may       []auth.Right // each alone is enough
	}{
		{"ssm-incidents:GetIncidentRecord", []auth.Right{admin, responder, read}},
		{"ssm-incidents:ListTimelineEvents", []auth.Right{admin, responder, read}},
		{"ssm-incidents:BatchGetIncidentFindings", []auth.Right{admin, responder, read}},
		{"ssm-incidents:StartIncident", []auth.Right{admin, responder}},
		{"ssm-incidents:UpdateIncidentRecord", []auth.Right{admin, responder}},
		{"ssm-incidents:DeleteIncidentRecord", []auth.Right{admin}},
		{"ssm-incidents:CreateTimelineEvent", []auth.Right{admin, responder}},
		{"ssm-incidents:UpdateRelatedItems", []auth.Right{admin, responder}},
		{"ssm-incidents:CreateResponsePlan", []auth.Right{admin}},
		{"ssm-incidents:TagResource", []auth.Right{admin}},
		{"ssm-contacts:AcceptPage", []auth.Right{admin, responder}},
		{"ssm-contacts:StartEngagement", []auth.Right{admin, responder}},
		{"ssm-contacts:StopEngagement", []auth.Right{admin, responder}},
		{"ssm-contacts:CreateContact", []auth.Right{admin}},
		{"ssm-contacts:SendActivationCode", []auth.Right{admin}},
		{"events:PutEvents", []auth.Right{admin, responder, ingest}},
		{"events:PutRule", []auth.Right{admin}},
		{"events:TestEventPattern", []auth.Right{admin, responder, read}},
		{"guardduty:CreateSampleFindings", []auth.Right{admin, responder}},
		{"guardduty:ArchiveFindings", []auth.Right{admin, responder}},
		{"guardduty:UnarchiveFindings", []auth.Right{admin, responder}},
		{"guardduty:UpdateFindingsFeedback", []auth.Right{admin, responder}},
		{"guardduty:GetFindings", []auth.Right{admin, responder, read}},
		{"guardduty:CreateDetector", []auth.Right{admin}},
		{"sts:GetCallerIdentity", []auth.Right{admin, responder, ingest, read}},
		{"tocsin:ListOutbox", []auth.Right{admin}},
		{"tocsin:ListAudit", []auth.Right{admin}},
		{"tocsin:ListKeys", []auth.Right{admin}},
		{"tocsin:ListPeople", []auth.Right{admin}},
		{"tocsin:CreateSignInLink", []auth.Right{admin}},
		{"tocsin:ListPending", []auth.Right{admin, responder, read}},
		{"tocsin:SendTestPage", []auth.Right{admin, responder}},
		{"tocsin:NoSuchThing", []auth.Right{admin}},
	} {
		service, op, _ := strings.Cut(c.operation, ":")
		var got []auth.Right
		for _, r := range auth.Rights() {
			if principal(r).Check(service, op) == nil {
				got = append(got, r)
			}
		}
		if diff := cmp.Diff(c.may, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.operation, diff)
		}
	}
}

func TestCheckSaysWhoMayNotDoWhat(t *testing.T) {
	for _, p := range []*auth.Principal{nil, principal(), principal(auth.Read)} {
		err := p.Check("events", "PutRule")
		var e *tocsin.Error
		if !errors.As(err, &e) || e.Kind != tocsin.Denied || !strings.Contains(e.Message, "is not authorized to perform: events:PutRule") {
			t.Errorf("Check of %+v = %v", p, err)
		}
	}
	if err := auth.Service("111122223333", "tocsin").Check("events", "PutRule"); err != nil {
		t.Errorf("the service itself: %v", err)
	}
}

func TestAdminDoesNotIngest(t *testing.T) {
	if principal(auth.Admin).May(auth.Ingest) {
		t.Error("admin alone lets aws.* events in")
	}
}

func TestParseRights(t *testing.T) {
	got, err := auth.ParseRights([]string{"Admin", " ingest", "admin"})
	if diff := cmp.Diff([]auth.Right{auth.Admin, auth.Ingest}, got); err != nil || diff != "" {
		t.Errorf("ParseRights: %v\n%s", err, diff)
	}
	for _, bad := range [][]string{nil, {"root"}, {""}} {
		if _, err := auth.ParseRights(bad); tocsin.KindOf(err) != tocsin.Invalid {
			t.Errorf("ParseRights(%q) = %v", bad, err)
		}
	}
}
