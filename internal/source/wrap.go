package source

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Wrapper makes events of records. It keeps its buffers from one record to the
// next. The zero Wrapper is ready for use, by one goroutine.
type Wrapper struct {
	b, inner []byte
	service  []byte // the source
	detail   Head
}

// kinds are the detail-types of CloudTrail's records by their eventType.
// Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
var kinds = map[string]string{
	"":                 "AWS API Call via CloudTrail", // records older than version 1.02 do not say
	"AwsApiCall":       "AWS API Call via CloudTrail",
	"AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
	"AwsServiceEvent":  "AWS Service Event via CloudTrail",
	"AwsConsoleAction": "AWS Console Action via CloudTrail",
	"AwsVpceEvent":     "AWS Network Activity Event via CloudTrail",
	insight:            "AWS Insight via CloudTrail",
}

// viaCloudTrail is how they all end.
const viaCloudTrail = " via CloudTrail"

// CallTypes are the eventTypes of the records that EventBridge delivers, but for
// those of the oldest records, which have none.
func CallTypes() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(kinds)), func(kind string) bool { return kind == "" })
}

// notes are the detail-types of Config's notifications by their messageType.
// Source: https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html
var notes = map[string]string{
	"ComplianceChangeNotification":           "Config Rules Compliance Change",
	"ConfigurationItemChangeNotification":    "Config Configuration Item Change",
	"ConfigRulesEvaluationStarted":           "Config Rules Re-evaluation Status",
	"ConfigurationSnapshotDeliveryStarted":   "Config Configuration Snapshot Delivery Status",
	"ConfigurationSnapshotDeliveryCompleted": "Config Configuration Snapshot Delivery Status",
	"ConfigurationSnapshotDeliveryFailed":    "Config Configuration Snapshot Delivery Status",
	"ConfigurationHistoryDeliveryCompleted":  "Config Configuration History Delivery Status",
}

// Wrap gives the event that EventBridge would deliver for a record, whose head h
// is, valid until the next call; and what h is of it. It is nil if EventBridge
// delivers no such event. A record that is an event comes back as it is.
//
// The id is the record's own, since EventBridge's cannot be known.
func (w *Wrapper) Wrap(h *Head, record []byte) []byte {
	switch h.Kind {
	case Event:
		return record
	case CloudTrail:
		return w.cloudTrail(h, record)
	case Finding:
		return w.finding(h, record)
	case APIFinding:
		w.inner = camelCase(w.inner[:0], record, "")
		return w.finding(h, w.inner)
	case ConfigItem:
		return w.configItem(h, record)
	case ConfigNote:
		return w.configNote(h, record)
	}
	return nil
}

// Inner gives the record inside a LookupEvent, valid until the next call. The
// caller has to check it.
func (w *Wrapper) Inner(h *Head) []byte {
	var s string
	if json.Unmarshal(h.Inner, &s) != nil {
		return nil
	}
	w.inner = append(w.inner[:0], s...)
	return w.inner
}

func (w *Wrapper) cloudTrail(h *Head, record []byte) []byte {
	kind, ok := detailType(h.Type)
	if !ok {
		return nil
	}
	from := h.Source
	if kind == kinds[insight] {
		from = []byte("cloudtrail")
	}
	w.service = appendSource(w.service[:0], from)
	w.envelope(h, kind, w.service, nil)
	w.b = append(append(w.b, record...), '}')
	return w.b
}

// finding is an event of GuardDuty.
// Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
func (w *Wrapper) finding(h *Head, record []byte) []byte {
	w.envelope(h, "GuardDuty Finding", []byte("aws.guardduty"), nil)
	w.b = append(append(w.b, record...), '}')
	return w.b
}

// configItem makes the notification that Config sends when an item changes, but
// for its difference to the item before, which a snapshot or history does not hold.
func (w *Wrapper) configItem(h *Head, record []byte) []byte {
	w.envelope(h, notes["ConfigurationItemChangeNotification"], []byte("aws.config"), h.Name)
	w.b = append(w.b, `{"recordVersion":"1.3","messageType":"ConfigurationItemChangeNotification","notificationCreationTime":"`...)
	w.b = append(w.b, h.Time...)
	w.b = append(w.b, `","configurationItem":`...)
	w.b = append(append(w.b, record...), `}}`...)
	return w.b
}

func (w *Wrapper) configNote(h *Head, record []byte) []byte {
	members(record, func(key, value []byte) {
		if string(key) == "messageType" { // not resourceType, which may come later
			h.Type = text(value)
		}
		if string(key) == "configurationItem" && object(value) != nil {
			w.detail.Parse(value)
			h.Account, h.Region = or(h.Account, w.detail.Account), or(h.Region, w.detail.Region)
		}
	})
	kind, ok := notes[string(h.Type)]
	if !ok {
		return nil
	}
	w.envelope(h, kind, []byte("aws.config"), nil)
	w.b = append(append(w.b, record...), '}')
	return w.b
}

func or(a, b []byte) []byte {
	if len(a) > 0 {
		return a
	}
	return b
}

// envelope begins an event, up to its detail. What comes from the head is spelled
// as in JSON already.
func (w *Wrapper) envelope(h *Head, kind string, from, resource []byte) {
	b := append(w.b[:0], `{"version":"0","id":"`...)
	b = append(b, h.ID...)
	b = append(b, `","detail-type":"`...)
	b = append(b, kind...)
	b = append(b, `","source":"`...)
	b = append(b, from...)
	b = append(b, `","account":"`...)
	b = append(b, h.Account...)
	b = append(b, `","time":"`...)
	b = append(b, h.Time...)
	b = append(b, `","region":"`...)
	b = append(b, h.Region...)
	b = append(b, `","resources":[`...)
	if len(resource) > 0 {
		b = append(b, '"')
		b = append(b, resource...)
		b = append(b, '"')
	}
	w.b = append(b, `],"detail":`...)
}
