// Package guardduty is the watch of GuardDuty: is a detector on in this region, and
// do its findings go to the account that should see them? It asks GuardDuty's
// ListDetectors, GetDetector and GetAdministratorAccount, at AWS or a server that
// stands for it.
package guardduty

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/watch"
)

const central = "CentralMonitoringAccount"

// Kind is the plug-in.
var Kind = watch.Kind{
	Name: "guardduty", Type: watch.AccountType,
	Trigger: `{"source": ["aws.guardduty"], "detail-type": ["AWS API Call via CloudTrail"], "detail": {"eventName": [{"prefix": "Create"}, {"prefix": "Update"},
		{"prefix": "Delete"}, {"prefix": "Disassociate"}, {"prefix": "Stop"}, {"prefix": "Accept"}]}}`,
	Checks: []watch.Check{{Identifier: "GUARDDUTY_ENABLED_CENTRALIZED", Parameters: []string{central}}},
	Open:   watch.OpenAccount(look),
}

// detector is what is on; administrator is empty where the account is its own.
type detector struct {
	on            bool
	account       string
	administrator string
}

func get(ctx context.Context, c *watch.Caller, path string, out any) error {
	body, err := c.Do(ctx, watch.Call{Service: "guardduty", Method: http.MethodGet, Path: path})
	if err != nil {
		return err
	}
	if json.Unmarshal(body, out) != nil {
		return &watch.Failure{Code: "Unreadable", Message: path + " was not answered in JSON"}
	}
	return nil
}

func look(ctx context.Context, c *watch.Caller, account string) (watch.Subject, error) {
	var list struct{ DetectorIds []string }
	if err := get(ctx, c, "/detector", &list); err != nil {
		return nil, err
	}
	d := detector{account: account}
	for _, id := range list.DetectorIds {
		path := "/detector/" + url.PathEscape(id)
		var one struct{ Status string }
		if err := get(ctx, c, path, &one); err != nil {
			return nil, err
		}
		if one.Status != "ENABLED" {
			continue
		}
		d.on = true
		var admin struct{ Administrator struct{ AccountId string } }
		if err := get(ctx, c, path+"/administrator", &admin); err != nil {
			return nil, err
		}
		d.administrator = admin.Administrator.AccountId
	}
	return d, nil
}

// Judge is what the managed rule says. An account that has no administrator is seen
// by itself.
func (d detector) Judge(_ string, p map[string]string) tocsin.Verdict {
	want := p[central]
	switch {
	case !d.on:
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "GuardDuty is not enabled in this Region."}
	case want != "" && d.administrator != want && (d.administrator != "" || d.account != want):
		return tocsin.Verdict{Compliance: tocsin.NonCompliant, Annotation: "GuardDuty's findings do not go to account " + want + "."}
	}
	return tocsin.Verdict{Compliance: tocsin.Compliant}
}
