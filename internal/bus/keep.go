package bus

import (
	"bytes"
	"encoding/json"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/job"
)

// Keep is the job of keeping a finding of GuardDuty that an event brings. Package
// finding works it.
type Keep struct {
	Raw json.RawMessage // the event
}

// Kind names the job.
func (Keep) Kind() string { return "bus.keep" }

// Queue is that of the household: nobody waits for it.
func (Keep) Queue() job.Queue { return job.House }

// keeper is the rule by which the server keeps findings. It is in no store and no list;
// a slash in its name keeps it apart from those that people put.
const keeper = "findings/keep"

// KeepFindings has the findings that come in as events kept, of every account and
// Region. Call it before the first Match.
func (b *Bus) KeepFindings() { b.keeps = true }

var detectorID = []byte(`"detectorId"`)

// isFinding tells by two names, so that other events are not slowed down. A finding that
// names no detector, as only made-up ones do, could not be kept.
func isFinding(e *tocsin.Event) bool {
	return e.Source == "aws.guardduty" && e.DetailType == "GuardDuty Finding" && e.Bus == tocsin.DefaultBus && bytes.Contains(e.Raw, detectorID)
}

func keeping(e *tocsin.Event) tocsin.Match {
	return own(e, keeper, tocsin.MakeARN(tocsin.ServiceGuardDuty, e.Region, e.Account, "findings"))
}

// recoverer is the rule by which the end of an alarm is noted on incidents, as keeper is
// that of findings.
const recoverer = "incidents/recovered"

func recovering(e *tocsin.Event) tocsin.Match {
	return own(e, recoverer, tocsin.MakeARN(tocsin.ServiceIncidents, "", e.Account, "incident-record"))
}

func own(e *tocsin.Event, rule string, target tocsin.ARN) tocsin.Match {
	return tocsin.Match{Rule: tocsin.Rule{Account: e.Account, Region: e.Region, Bus: e.Bus, Name: rule, State: tocsin.RuleEnabled},
		Targets: []tocsin.Target{{ID: "own", ARN: target}}, Event: *e}
}
