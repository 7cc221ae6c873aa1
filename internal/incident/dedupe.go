package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// Subject is what an event is about: repeats about the same subject belong to
// one incident. It is pure. By kind of event:
//
//	findings               the finding's id, which its refreshes keep (GuardDuty, Macie,
//	                       Access Analyzer, Inspector, OCSF)
//	Alertmanager, Grafana  the alert's fingerprint, which it keeps when it flaps, and who sent it
//	Health                 the Health event, which its updates keep
//	Config compliance      the rule and the resource
//	… via CloudTrail       the principal, so that a whole root session is one incident
//	anything else          its resources, or else the event alone
func Subject(e *tocsin.Event) string { return clean(subject(e)) }

func subject(e *tocsin.Event) string {
	d := parse(e)
	switch {
	case (e.Source == "aws.guardduty" || e.Source == "aws.macie" || e.Source == "aws.access-analyzer") && d.ID != "":
		return "finding " + d.ID
	case e.Source == "aws.inspector2" && d.FindingARN != "":
		return "finding " + d.FindingARN
	case (e.Source == "prometheus.alertmanager" || e.Source == "grafana") && d.Fingerprint != "":
		return "alert " + d.Fingerprint + " " + d.Group.URL
	case e.Source == "ocsf" && or(d.FindingInfo.UID, d.Finding.UID) != "":
		return "finding " + or(d.FindingInfo.UID, d.Finding.UID)
	case e.Source == "aws.health" && d.EventARN != "":
		return "health " + d.EventARN
	case e.Source == "aws.config" && d.ResourceID != "":
		return "config " + or(d.ConfigRuleARN, d.ConfigRuleName) + " " + d.ResourceID
	case strings.HasSuffix(e.DetailType, " via CloudTrail") && d.UserIdentity.principal() != "":
		return "principal " + d.UserIdentity.principal()
	case len(e.Resources) > 0:
		return "resources " + strings.Join(slices.Sorted(slices.Values(e.Resources)), " ")
	}
	return "event " + e.ID
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Key is what the open incidents of an account are unique by, and the dedupe
// string that the record shows. A plan's own string holds for the whole
// account, as AWS documents; else an event folds by its rule and subject; a
// manual start has a string of its own and never folds.
// Source: https://docs.aws.amazon.com/incident-manager/latest/userguide/response-plans.html
func Key(planString string, rule tocsin.ARN, e *tocsin.Event, fresh string) (key, shown string) {
	switch {
	case planString != "":
		return "string " + planString, planString
	case e != nil:
		shown = string(rule) + " " + Subject(e)
		if len(shown) > 1000 {
			sum := sha256.Sum256([]byte(shown))
			shown = string(rule) + " " + hex.EncodeToString(sum[:])
		}
		return "event " + shown, shown
	}
	return "", fresh
}
