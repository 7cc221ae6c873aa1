package sqs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"

	"github.com/tocsin-io/tocsin/internal/source"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// amazon is moto's server and what tests want of it.
type amazon struct {
	t    *testing.T
	url  string
	sqs  *sqs.Client
	s3   *s3.Client
	keys aws.CredentialsProvider
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{t: t, url: outside.Moto(t), keys: credentials.NewStaticCredentialsProvider(outside.Key, outside.Secret, "")}
	c := aws.Config{Region: "us-east-1", BaseEndpoint: &a.url, Credentials: a.keys}
	a.sqs = sqs.NewFromConfig(c)
	a.s3 = s3.NewFromConfig(c, func(o *s3.Options) { o.UsePathStyle = true })
	return a
}

func (a *amazon) queue(name string) (url string) {
	a.t.Helper()
	out, err := a.sqs.CreateQueue(a.t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		a.t.Fatal(err)
	}
	return *out.QueueUrl
}

func (a *amazon) send(queue string, bodies ...string) {
	a.t.Helper()
	for _, b := range bodies {
		if _, err := a.sqs.SendMessage(a.t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: &b}); err != nil {
			a.t.Fatal(err)
		}
	}
}

// left is how many messages the queue has: to be given, and given to somebody.
func (a *amazon) left(queue string) (n string) {
	a.t.Helper()
	out, err := a.sqs.GetQueueAttributes(a.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		a.t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

// topic makes a topic whose messages go into the queue.
func (a *amazon) topic(name, queue string, raw bool) (publish func(message string)) {
	a.t.Helper()
	a.query("sns", url.Values{"Action": {"CreateTopic"}, "Name": {name}})
	arn := "arn:aws:sns:us-east-1:123456789012:" + name
	at := "arn:aws:sqs:us-east-1:123456789012:" + queue[strings.LastIndexByte(queue, '/')+1:]
	a.query("sns", url.Values{"Action": {"Subscribe"}, "TopicArn": {arn}, "Protocol": {"sqs"}, "Endpoint": {at},
		"Attributes.entry.1.key": {"RawMessageDelivery"}, "Attributes.entry.1.value": {fmt.Sprint(raw)}})
	return func(message string) {
		a.t.Helper()
		a.query("sns", url.Values{"Action": {"Publish"}, "TopicArn": {arn}, "Message": {message}})
	}
}

// query calls an operation for which this module has no client.
func (a *amazon) query(service string, form url.Values) {
	a.t.Helper()
	form.Set("Version", "2010-03-31")
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.url, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+outside.Key+"/20261101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		a.t.Fatalf("%s: %s\n%s", form.Get("Action"), res.Status, text)
	}
}

// open opens a source as tocsin.yaml would, and runs it until the test ends.
func (a *amazon) open(s *station, queue string, more source.Settings) (stop func()) {
	a.t.Helper()
	c := settings{url: queue, region: "us-east-1", key: outside.Key, secret: outside.Secret, fetch: more["fetch"], s3Endpoint: more["s3Endpoint"]}
	if err := c.check(); err != nil {
		a.t.Fatal(err)
	}
	q, err := c.queue()
	if err != nil {
		a.t.Fatal(err)
	}
	q.wait = 2 * time.Second // which moto's answer lasts when the queue is deleted meanwhile
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = q.Run(ctx, s.in) // what goes wrong is in the status
	}()
	stop = func() {
		cancel()
		<-done
	}
	a.t.Cleanup(stop)
	return stop
}

// until waits for something that takes its time.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(2 * time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}

// TestMoto is the source as its user meets it, with moto for AWS.
func TestMoto(t *testing.T) {
	a := newAmazon(t)
	t.Run("messages", a.with(testMessages))
	t.Run("topics", a.with(testTopics))
	t.Run("the store fails", a.with(testStoreFails))
	t.Run("logs", a.with(testLogs))
	t.Run("the queue is deleted", a.with(testQueueDeleted))
}

func (a *amazon) with(test func(t *testing.T, a *amazon)) func(t *testing.T) {
	return func(t *testing.T) {
		b := *a
		b.t = t
		test(t, &b)
	}
}

func testMessages(t *testing.T, a *amazon) {
	s := newStation(t)
	q := a.queue("messages")
	a.open(s, q, nil)
	a.send(q, root, root, call, plain, plain, "hello", `{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}`)
	until(t, "everything is taken and deleted", func() bool { return s.in.Status().Received == 5 && len(s.letters()) == 1 && a.left(q) == "0+0" })
	if diff := cmp.Diff([]string{"Title: root", "Title: test", "Title: test"}, s.titles()); diff != "" {
		t.Errorf("incidents (-want +got)\n%s", diff)
	}
	if got := s.in.Status(); got.Matched != 3 || got.Repeats != 2 || got.Refused != 1 || got.Error != "" {
		t.Errorf("%+v", got)
	}
	if why := s.letters(); why[0] != "the message is not a JSON object" {
		t.Errorf("put aside: %q", why)
	}
	var many []string
	for i := range 120 {
		many = append(many, fmt.Sprintf(`{"source":"test","detail-type":"t","id":"%d","detail":{}}`, i))
	}
	a.send(q, many...)
	until(t, "a busy queue is emptied", func() bool { return s.in.Status().Matched == 123 && a.left(q) == "0+0" })
}

func testTopics(t *testing.T, a *amazon) {
	s := newStation(t)
	q := a.queue("topics")
	wrapped, raw := a.topic("wrapped", q, false), a.topic("raw", q, true)
	a.open(s, q, nil)
	wrapped(root)
	raw(root)
	wrapped("something happened")
	raw("something happened") // which nobody can know for an event
	until(t, "everything is taken and deleted", func() bool { return s.in.Status().Received == 3 && len(s.letters()) == 1 && a.left(q) == "0+0" })
	if diff := cmp.Diff([]string{"Title: root", "Title: sns"}, s.titles()); diff != "" {
		t.Errorf("incidents (-want +got)\n%s", diff)
	}
}

// What cannot be committed stays in the queue and comes again.
func testStoreFails(t *testing.T, a *amazon) {
	s := newStation(t)
	q := a.queue("fails")
	mend := s.fail()
	a.open(s, q, nil)
	a.send(q, root, plain, "hello")
	until(t, "the status says so", func() bool { return strings.Contains(s.in.Status().Error, "the disk is full") })
	if got := s.titles(); len(got) > 0 || len(s.letters()) > 0 || a.left(q) == "0+0" {
		t.Errorf("incidents %v, left %s", got, a.left(q))
	}
	mend()
	until(t, "all is taken in the end", func() bool { return len(s.titles()) == 2 && len(s.letters()) == 1 && a.left(q) == "0+0" })
}

func (a *amazon) put(bucket, key string, body []byte) {
	a.t.Helper()
	if _, err := a.s3.PutObject(a.t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)}); err != nil {
		a.t.Fatal(err)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // it is kept in memory
	_ = w.Close()
	return b.Bytes()
}

// The same call by EventBridge and in the log that a notice names is one event.
func testLogs(t *testing.T, a *amazon) {
	s := newStation(t)
	q := a.queue("logs")
	if _, err := a.s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	const folder = "AWSLogs/1/CloudTrail/us-east-1/2026/11/01/"
	another := strings.Replace(call, "aaaaaaaa", "bbbbbbbb", 1)
	third := strings.Replace(call, "aaaaaaaa", "cccccccc", 1)
	a.put("trail", folder+"1_CloudTrail é+.json.gz", zipped(`{"Records":[`+call+`,`+another+`]}`))
	a.put("trail", folder+"cut.json.gz", zipped(`{"Records":[` + third + `]}`)[:20])
	a.put("trail", folder+"3.json", []byte(`{"Records":[`+third+`]}`))
	a.put("trail", "AWSLogs/1/CloudTrail-Digest/us-east-1/2026/11/01/1.json.gz", zipped(`{"digestStartTime":"2026-11-01T03:04:05Z","x":[`+call+`]}`))
	publish := a.topic("notices", q, false)
	a.open(s, q, source.Settings{"fetch": "true", "s3Endpoint": a.url})
	notice := func(key string) string {
		return `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"2026-11-01T03:04:05.000Z","eventName":"ObjectCreated:Put",` +
			`"s3":{"bucket":{"name":"trail"},"object":{"key":"` + key + `","size":1024,"sequencer":"0055"}}}]}`
	}
	a.send(q, root)
	a.send(q, notice(url.QueryEscape(folder+"1_CloudTrail é+.json.gz")))
	publish(notice(folder + "cut.json.gz"))
	a.send(q, `{"version":"0","id":"e","detail-type":"Object Created","source":"aws.s3","account":"1","time":"2026-11-01T03:04:05Z","region":"us-east-1","resources":[],`+
		`"detail":{"bucket":{"name":"trail"},"object":{"key":"`+folder+`3.json"}}}`)
	publish(`{"s3Bucket":"trail","s3ObjectKey":["` + folder + `gone.json.gz","AWSLogs/1/CloudTrail-Digest/us-east-1/2026/11/01/1.json.gz"]}`)
	a.send(q, `{"s3Bucket":"nowhere","s3ObjectKey":["x.json"]}`, notice("picture.jpg"))
	until(t, "everything is taken and deleted", func() bool {
		return a.left(q) == "0+0" && len(s.letters()) == 3 && s.in.Status().Matched+s.in.Status().Repeats == 4
	})
	if diff := cmp.Diff([]string{"Title: root"}, s.titles()); diff != "" { // what one user does folds
		t.Errorf("incidents (-want +got)\n%s", diff)
	}
	got := s.letters()
	slices.Sort(got)
	want := []string{
		"s3://nowhere/x.json: cannot be read: there is no such bucket",
		"s3://trail/" + folder + "cut.json.gz: truncated gzip: the file is cut off",
		"s3://trail/" + folder + "gone.json.gz: cannot be read: it is not there",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("put aside (-want +got)\n%s", diff)
	}
	if st := s.in.Status(); st.Matched != 3 || st.Repeats != 1 || st.Error != "" {
		t.Errorf("%+v", st)
	}
}

// A queue that is deleted meanwhile is told, and keeps no other queue back; made
// again, it is read again.
func testQueueDeleted(t *testing.T, a *amazon) {
	s, other := newStation(t), newStation(t)
	q, p := a.queue("deleted"), a.queue("other")
	a.open(s, q, nil)
	a.open(other, p, nil)
	a.send(q, root)
	until(t, "it is read", func() bool { return s.in.Status().Matched == 1 })
	if _, err := a.sqs.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: &q}); err != nil {
		t.Fatal(err)
	}
	until(t, "the status says so", func() bool { return strings.Contains(s.in.Status().Error, "there is no such queue: make it") })
	a.send(p, root)
	until(t, "the other is read", func() bool { return other.in.Status().Matched == 1 && other.in.Status().Error == "" })
	a.queue("deleted")
	a.send(q, plain)
	until(t, "it is read again", func() bool { return s.in.Status().Matched == 2 && s.in.Status().Error == "" })
}
