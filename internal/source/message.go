package source

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// message are the members by which messages of outside systems are told apart.
type message struct {
	// SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
	Type      string `json:"Type"`
	MessageID string `json:"MessageId"`
	Message   string `json:"Message"`
	Subject   string `json:"Subject"`
	TopicArn  string `json:"TopicArn"`
	Timestamp string `json:"Timestamp"`

	// A CloudWatch alarm by SNS.
	AlarmName     string `json:"AlarmName"`
	NewStateValue string `json:"NewStateValue"`

	// A CloudWatch alarm as its actions are called.
	AlarmArn  string          `json:"alarmArn"`
	AlarmData json.RawMessage `json:"alarmData"`
	AccountID string          `json:"accountId"`
	Region    string          `json:"region"`

	// S3 and CloudTrail files.
	Records []json.RawMessage `json:"Records"`
	Event   string            `json:"Event"`

	// Security Hub's findings in the shape of its API.
	Findings []json.RawMessage `json:"Findings"`

	// Alertmanager and Grafana.
	Alerts   []json.RawMessage `json:"alerts"`
	GroupKey string            `json:"groupKey"`
	OrgID    *int64            `json:"orgId"`

	// OCSF: https://schema.ocsf.io
	ClassUID  *int64          `json:"class_uid"`
	ClassName string          `json:"class_name"`
	Time      json.RawMessage `json:"time"`
	Metadata  struct {
		UID string `json:"uid"`
	} `json:"metadata"`

	// A finding of Security Hub by itself.
	SchemaVersion string `json:"SchemaVersion"`
	ProductArn    string `json:"ProductArn"`
}

// container decodes a message that is no record itself.
func (d *Decoder) container(text []byte, o Origin, depth int) ([]Arrival, error) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, errNotKnown
	}
	switch {
	case m.Type == "Notification" && m.MessageID != "":
		return d.notification(&m, o, depth)
	case m.AlarmName != "" && m.NewStateValue != "":
		return d.alarm(text, o)
	case m.AlarmArn != "" && len(m.AlarmData) > 0 && m.AlarmData[0] == '{':
		return d.alarmAction(&m, o)
	case m.Event == "s3:TestEvent":
		return nil, nil
	case len(m.Records) > 0:
		return d.each(m.Records, o, depth, d.objectOr)
	case len(m.Findings) > 0:
		return d.each(m.Findings, o, depth, d.findingOf)
	case m.SchemaVersion != "" && m.ProductArn != "":
		return d.hubFinding(text, o, depth)
	case len(m.Alerts) > 0 && m.OrgID != nil:
		return d.alerts(text, &m, o, "grafana", "Grafana Alert")
	case len(m.Alerts) > 0 && m.GroupKey != "":
		return d.alerts(text, &m, o, "prometheus.alertmanager", "Alertmanager Alert")
	case m.ClassUID != nil:
		return d.ocsf(text, &m, o)
	}
	return nil, errNotKnown
}

func (d *Decoder) each(all []json.RawMessage, o Origin, depth int, one func(text []byte, o Origin, depth int) ([]Arrival, error)) ([]Arrival, error) {
	var p parts
	for _, text := range all {
		p.add(one(text, o, depth))
	}
	return p.out, p.err()
}

// notification decodes what an SNS message carries; text that is no message of a
// known kind is an event by itself.
func (d *Decoder) notification(m *message, o Origin, depth int) ([]Arrival, error) {
	if inner := []byte(m.Message); json.Valid(inner) {
		out, err := d.decode(inner, o, depth+1)
		if err == nil || len(out) > 0 {
			return out, err
		}
	}
	at, _ := time.Parse(time.RFC3339, m.Timestamp)
	detail, err := json.Marshal(map[string]string{"subject": m.Subject, "message": m.Message, "topicArn": m.TopicArn, "messageId": m.MessageID})
	if err != nil {
		return nil, errNotKnown
	}
	return Envelope{ID: m.MessageID, Source: "sns", DetailType: "SNS Notification", Time: at, Resources: []string{m.TopicArn}, Detail: detail}.Arrivals(o)
}

// alarmAction makes the event out of what an alarm's action is called with, whose
// alarmData is what the event has as its detail.
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
func (d *Decoder) alarmAction(m *message, o Origin) ([]Arrival, error) {
	var at time.Time
	var text string
	if json.Unmarshal(m.Time, &text) == nil {
		at, _ = time.Parse("2006-01-02T15:04:05.999-0700", text)
	}
	if at.IsZero() {
		at = o.Now
	}
	return Envelope{ID: ID(m.AlarmArn, text, string(m.AlarmData)), Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Account: m.AccountID, Region: m.Region, Time: at, Resources: []string{m.AlarmArn}, Detail: m.AlarmData}.Arrivals(o)
}

// alarm makes the event that CloudWatch sends for an alarm's change of state.
// Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
// and the message format of alarms by SNS, which has the same facts by other names.
func (d *Decoder) alarm(text []byte, o Origin) ([]Arrival, error) {
	var a struct {
		AlarmName, AlarmArn, AlarmDescription      string
		AWSAccountID                               string `json:"AWSAccountId"`
		NewStateValue, NewStateReason              string
		OldStateValue, StateChangeTime             string
		AlarmConfigurationUpdatedTimestamp, Region string
		Trigger                                    json.RawMessage
	}
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, errNotKnown
	}
	at, err := time.Parse("2006-01-02T15:04:05.999-0700", a.StateChangeTime)
	if err != nil {
		at = o.Now
	}
	region := "" // of the message it is a name for people, "US East (N. Virginia)"
	if part := strings.Split(a.AlarmArn, ":"); len(part) > 3 {
		region = part[3]
	}
	type state struct {
		Value     string `json:"value"`
		Reason    string `json:"reason,omitempty"`
		Timestamp string `json:"timestamp,omitempty"`
	}
	detail, err := json.Marshal(struct {
		AlarmName     string `json:"alarmName"`
		State         state  `json:"state"`
		PreviousState state  `json:"previousState"`
		Configuration struct {
			Description string          `json:"description,omitempty"`
			Trigger     json.RawMessage `json:"trigger,omitempty"`
		} `json:"configuration"`
	}{a.AlarmName, state{a.NewStateValue, a.NewStateReason, a.StateChangeTime}, state{Value: a.OldStateValue}, struct {
		Description string          `json:"description,omitempty"`
		Trigger     json.RawMessage `json:"trigger,omitempty"`
	}{a.AlarmDescription, a.Trigger}})
	if err != nil {
		return nil, errNotKnown
	}
	return Envelope{ID: ID(a.AlarmArn, a.AlarmName, a.NewStateValue, a.StateChangeTime), Source: "aws.cloudwatch", DetailType: "CloudWatch Alarm State Change",
		Account: a.AWSAccountID, Region: region, Time: at, Resources: []string{a.AlarmArn}, Detail: detail}.Arrivals(o)
}

// objectOr decodes one of a list of Records: S3's notifications, or CloudTrail's.
func (d *Decoder) objectOr(text []byte, o Origin, depth int) ([]Arrival, error) {
	var r struct {
		EventSource string `json:"eventSource"`
		EventName   string `json:"eventName"`
		EventTime   string `json:"eventTime"`
		AWSRegion   string `json:"awsRegion"`
		UserID      struct {
			PrincipalID string `json:"principalId"`
		} `json:"userIdentity"`
		Request struct {
			Address string `json:"sourceIPAddress"`
		} `json:"requestParameters"`
		Response map[string]string `json:"responseElements"`
		S3       struct {
			Bucket struct {
				Name string `json:"name"`
				ARN  string `json:"arn"`
			} `json:"bucket"`
			Object struct {
				Key       string `json:"key"`
				Size      int64  `json:"size"`
				ETag      string `json:"eTag"`
				VersionID string `json:"versionId"`
				Sequencer string `json:"sequencer"`
			} `json:"object"`
		} `json:"s3"`
	}
	if json.Unmarshal(text, &r) != nil || !strings.HasSuffix(r.EventSource, ":s3") { // aws:s3; minio:s3 and ceph:s3 elsewhere
		return d.decode(text, o, depth+1)
	}
	kind, reason := objectEvent(r.EventName)
	type object struct {
		Key       string `json:"key"`
		Size      int64  `json:"size,omitempty"`
		ETag      string `json:"etag,omitempty"`
		VersionID string `json:"version-id,omitempty"`
		Sequencer string `json:"sequencer,omitempty"`
	}
	key, err := url.QueryUnescape(r.S3.Object.Key) // in events of EventBridge they are as they are
	if err != nil {
		key = r.S3.Object.Key
	}
	detail, err := json.Marshal(map[string]any{
		"version": "0", "bucket": map[string]string{"name": r.S3.Bucket.Name},
		"object":     object{key, r.S3.Object.Size, r.S3.Object.ETag, r.S3.Object.VersionID, r.S3.Object.Sequencer},
		"request-id": r.Response["x-amz-request-id"], "requester": r.UserID.PrincipalID, "source-ip-address": r.Request.Address, "reason": reason,
	})
	if err != nil {
		return nil, errNotKnown
	}
	arn := r.S3.Bucket.ARN
	if arn == "" {
		arn = "arn:aws:s3:::" + r.S3.Bucket.Name
	}
	at := instant(r.EventTime)
	return Envelope{ID: ID(arn, r.S3.Object.Key, r.EventName, r.S3.Object.Sequencer, at.String()), Source: "aws.s3", DetailType: kind,
		Region: r.AWSRegion, Time: at, Resources: []string{arn}, Detail: detail}.Arrivals(o)
}

// instant reads a time as S3 and those that stand in for it write it, some of them
// without a zone, which then is UTC; zero for what is none.
func instant(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// objectEvent gives the detail-type that EventBridge has for an event of S3's
// notifications, and the call that caused it.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
func objectEvent(name string) (kind, reason string) {
	family, call, _ := strings.Cut(strings.TrimPrefix(name, "s3:"), ":")
	kind = map[string]string{
		"ObjectCreated": "Object Created", "ObjectRemoved": "Object Deleted", "ObjectTagging": "Object Tags Added", "ObjectAcl": "Object ACL Updated",
		"LifecycleExpiration": "Object Deleted", "LifecycleTransition": "Object Storage Class Changed", "IntelligentTiering": "Object Access Tier Changed",
	}[family]
	if kind == "" {
		kind = "Object " + family
	}
	reason = map[string]string{"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject", "CompleteMultipartUpload": "CompleteMultipartUpload",
		"Delete": "DeleteObject", "DeleteMarkerCreated": "DeleteObject"}[call]
	if reason == "" {
		reason = call
	}
	return kind, reason
}
