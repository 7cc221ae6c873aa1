package incident

import (
	"bytes"
	"encoding/json"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/brief"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/timeline"
)

var okText = []byte(`"OK"`)

// MayBeRecovery tells at a glance whether an event may say that a CloudWatch alarm is
// over.
func MayBeRecovery(e *tocsin.Event) bool {
	return e.Source == "aws.cloudwatch" && e.DetailType == "CloudWatch Alarm State Change" && bytes.Contains(e.Raw, okText)
}

// Recovered notes on the open incidents that an alarm is involved in that it is OK
// again. They stay open, and nobody stops being paged: that a measure is back where it
// was does not say that somebody understood why it was not.
func Recovered(tx *store.Tx, e *tocsin.Event) error {
	var a struct {
		Detail struct {
			AlarmName string `json:"alarmName"`
			State     struct {
				Value  string `json:"value"`
				Reason string `json:"reason"`
			} `json:"state"`
		} `json:"detail"`
	}
	if json.Unmarshal(e.Raw, &a) != nil || a.Detail.State.Value != "OK" {
		return nil
	}
	told := map[string]bool{}
	for _, arn := range brief.Involved(e) {
		it, err := involved(arn)
		if err != nil {
			return err
		}
		open, err := tx.OpenIncidentsAbout(it)
		if err != nil {
			return err
		}
		for _, inc := range open {
			if told[inc.ID] {
				continue
			}
			told[inc.ID] = true
			text := "The alarm " + or(a.Detail.AlarmName, arn) + " is OK again"
			if a.Detail.State.Reason != "" {
				text += " (" + a.Detail.State.Reason + ")"
			}
			_, err := timeline.Add(tx, inc.ARN(), tocsin.EventNote, tocsin.Clip(text+". The incident stays open.", 2000), tocsin.Reference{Resource: string(inc.ARN())})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
