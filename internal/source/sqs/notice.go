package sqs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/source/s3"
)

// object is a log in a bucket.
type object struct{ bucket, key, region string }

// in gives the object with the Region that a message says, if that can be one: it
// will be part of a host's name.
func (o object) in(region string) object {
	if regionName.MatchString(region) {
		o.region = region
	}
	return o
}

// mostLogs is how many logs a message may name: S3 names one, CloudTrail a few.
const mostLogs = 1000

// What is wrong with messages that name logs.
const (
	errUnread = source.NotKnown("the message says that CloudTrail has delivered logs: set fetch: true to have them read")
	errMany   = source.NotKnown("the message names more logs than S3 or CloudTrail would")
)

// notice are the members by which messages that name objects are told apart.
type notice struct {
	// SNS
	Type    string `json:"Type"`
	Message string `json:"Message"`
	// S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
	Records []json.RawMessage `json:"Records"`
	// EventBridge: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
	Source     string          `json:"source"`
	DetailType string          `json:"detail-type"`
	Region     string          `json:"region"`
	Detail     json.RawMessage `json:"detail"`
	// CloudTrail: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-cloudtrail-to-send-notifications.html
	Bucket string   `json:"s3Bucket"`
	Keys   []string `json:"s3ObjectKey"`
}

// objects gives the objects that a message says were made. bare says that it says
// nothing else: it is CloudTrail's own, and no event.
func objects(message []byte) (found []object, bare bool) {
	var n notice
	if json.Unmarshal(message, &n) != nil {
		return nil, false
	}
	if n.Type == "Notification" { // an SNS message, which has no others in it
		inner := n.Message
		if n = (notice{}); json.Unmarshal([]byte(inner), &n) != nil {
			return nil, false
		}
	}
	switch {
	case n.Bucket != "" && len(n.Keys) > 0:
		for _, key := range n.Keys {
			found = append(found, object{bucket: n.Bucket, key: key})
		}
		return found, true
	case n.Source == "aws.s3" && n.DetailType == "Object Created":
		return n.created(), false
	}
	for _, text := range n.Records {
		o, ok := record(text)
		if !ok {
			break
		}
		if o != (object{}) {
			found = append(found, o)
		}
	}
	return found, false
}

// created reads an event that EventBridge has from S3. Keys in it are as they are.
func (n *notice) created() []object {
	var d struct {
		Bucket struct {
			Name string `json:"name"`
		} `json:"bucket"`
		Object struct {
			Key string `json:"key"`
		} `json:"object"`
	}
	if json.Unmarshal(n.Detail, &d) != nil || d.Bucket.Name == "" || d.Object.Key == "" {
		return nil
	}
	return []object{object{bucket: d.Bucket.Name, key: d.Object.Key}.in(n.Region)}
}

// record reads one of S3's notifications, in which keys are encoded as in a URL's
// query. It is not ok if it is none; one that tells of no new object gives none.
func record(text []byte) (o object, ok bool) {
	var r struct {
		EventSource string `json:"eventSource"`
		EventName   string `json:"eventName"`
		AWSRegion   string `json:"awsRegion"`
		S3          struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key string `json:"key"`
			} `json:"object"`
		} `json:"s3"`
	}
	if json.Unmarshal(text, &r) != nil || !strings.HasSuffix(r.EventSource, ":s3") { // aws:s3; minio:s3 and ceph:s3 elsewhere
		return o, false
	}
	key, err := url.QueryUnescape(r.S3.Object.Key)
	if err != nil {
		key = r.S3.Object.Key // not every store encodes
	}
	if !strings.HasPrefix(strings.TrimPrefix(r.EventName, "s3:"), "ObjectCreated:") || r.S3.Bucket.Name == "" || key == "" {
		return o, true
	}
	return object{bucket: r.S3.Bucket.Name, key: key}.in(r.AWSRegion), true
}

// isLog tells whether an object is named like a log: CloudTrail's digests are none,
// nor its Insights, which come as events by themselves, nor what else lies in buckets.
func (o object) isLog() bool {
	for _, other := range []string{"/CloudTrail-Digest/", "_CloudTrail-Digest_", "/CloudTrail-Insight/", "_CloudTrail-Insight_"} {
		if strings.Contains(o.key, other) {
			return false
		}
	}
	name := strings.TrimSuffix(o.key, ".gz")
	return strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
}

// logs says which logs a message names. What names nothing else is no event then.
func (q *Queue) logs(p *parcel) {
	if q.Logs == nil && p.bad == nil {
		return
	}
	named, bare := objects(p.body)
	switch {
	case q.Logs == nil && bare:
		p.bad = errUnread
	case bare:
		p.arrivals, p.bad = nil, nil
	}
	if q.Logs == nil {
		return
	}
	for _, o := range named {
		if o.isLog() {
			p.logs = append(p.logs, o)
		}
	}
	if len(p.logs) > mostLogs {
		p.logs, p.arrivals, p.bad = nil, nil, errMany
	}
}

// fetch has the records of all logs taken that a message names. A log that is not
// there, or is none, stands among the dead letters.
func (r *run) fetch(ctx context.Context, p *parcel) error {
	for _, o := range p.logs {
		_, err := r.in.TakeFile(ctx, r.Logs.Object(o.bucket, o.key, o.region))
		var unreadable source.Unreadable
		if err != nil && (errors.As(err, &unreadable) || errors.Is(err, s3.ErrObject)) {
			err = r.in.RefuseOnce(ctx, p.id()+" "+o.bucket+"/"+o.key, p.body, err)
		}
		if err != nil {
			return fmt.Errorf("a log cannot be read now, it is tried again: %w", err)
		}
	}
	return nil
}
