package tocsintest_test

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// rootSignIn is CloudTrail's record of a root user's sign-in just now.
func rootSignIn(id string) string {
	now := time.Now().UTC().Format(time.RFC3339)
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"type":"Root","arn":"arn:aws:iam::123456789012:root"},"eventTime":%q,"eventSource":"signin.amazonaws.com",`+
		`"eventName":"ConsoleLogin","awsRegion":"us-east-1","eventID":%q,"eventType":"AwsConsoleSignIn","recipientAccountId":"123456789012"}`, now, id)
}

const rootPattern = `{"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}`

// configured writes a tocsin.yaml and gives the flag that names it.
func configured(t *testing.T, text string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tocsin.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"--config", file}
}

// metric reads a number of the server's.
func metric(t *testing.T, p *tocsintest.Process, name string) (value string) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`(?m)^` + name + `\{[^}]*\} (\S+)$`).FindStringSubmatch(b.String()); m != nil {
		return m[1]
	}
	return ""
}

// waitMetric waits until a number is what it shall be.
func waitMetric(t *testing.T, p *tocsintest.Process, name, want string) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for metric(t, p, name) != want {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s is %s, not %s:\n%s", name, metric(t, p, name), want, p.Log())
		}
	}
}

// TestQueue is scenario A and B with nobody typing put-events at Tocsin: rules of
// EventBridge send to a queue, S3 tells it of CloudTrail's logs.
func TestQueue(t *testing.T) {
	moto := outside.Moto(t)
	there := aws.Config{Region: "us-east-1", BaseEndpoint: &moto, Credentials: credentials.NewStaticCredentialsProvider(outside.Key, outside.Secret, "")}
	queues := sqs.NewFromConfig(there)
	made, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("security-events")})
	if err != nil {
		t.Fatal(err)
	}
	events := eventbridge.NewFromConfig(there)
	if _, err := events.PutRule(ctx, &eventbridge.PutRuleInput{Name: aws.String("all"), EventPattern: aws.String(`{"source":["aws.guardduty","aws.signin"]}`)}); err != nil {
		t.Fatal(err)
	}
	_, err = events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: aws.String("all"),
		Targets: []ebtypes.Target{{Id: aws.String("queue"), Arn: aws.String("arn:aws:sqs:us-east-1:123456789012:security-events")}}})
	if err != nil {
		t.Fatal(err)
	}
	buckets := s3.NewFromConfig(there, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := buckets.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	_, err = buckets.PutBucketNotificationConfiguration(ctx, notices("trail", "arn:aws:sqs:us-east-1:123456789012:security-events"))
	if err != nil {
		t.Fatal(err)
	}

	box := tocsintest.NewPostbox(t)
	p := tocsintest.Start(t, append([]string{"--data", t.TempDir()}, configured(t, fmt.Sprintf(
		"sources:\n  - {kind: sqs, url: %q, region: us-east-1, accessKeyId: %s, secretAccessKey: %s, fetch: true, s3Endpoint: %q}\n",
		*made.QueueUrl, outside.Key, outside.Secret, moto))...), []string{"TOCSIN_SMTP_URL=" + box.URL()})
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	contact, _ := c.Person("ann", box)
	plan := c.Plan("sec", contact)
	c.Rule("findings", tocsintest.FindingPattern, plan)
	c.Rule("root", rootPattern, plan)

	entry := ebtypes.PutEventsRequestEntry{Source: aws.String("aws.signin"), DetailType: aws.String("AWS Console Sign In via CloudTrail"), Detail: aws.String(rootSignIn("one"))}
	if _, err := events.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{tocsintest.Finding("f1"), entry}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"findings", "root"} {
		box.Wait(t, "a page about "+want, time.Minute, func(m tocsintest.Mail) bool { return m.Kind() == "page" && strings.Contains(unfold(m.Body), want) })
	}
	// The log that tells of the same sign-in, and what is no event at all.
	var log bytes.Buffer
	w := gzip.NewWriter(&log)
	fmt.Fprintf(w, `{"Records":[%s,%s]}`, rootSignIn("one"), strings.Replace(rootSignIn("two"), `"Root"`, `"IAMUser"`, 1))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = buckets.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("trail"), Key: aws.String("AWSLogs/1/CloudTrail/us-east-1/2026/11/01/a b.json.gz"), Body: bytes.NewReader(log.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	waitMetric(t, p, "tocsin_source_repeats_total", "1")
	if _, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: made.QueueUrl, MessageBody: aws.String("hello")}); err != nil {
		t.Fatal(err)
	}
	waitMetric(t, p, "tocsin_source_refused_total", "1")
	if n := len(c.IncidentRecords()); n != 2 {
		t.Errorf("%d incidents, want 2", n)
	}
	if _, err := queues.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: made.QueueUrl}); err != nil {
		t.Fatal(err)
	}
	waitMetric(t, p, "tocsin_source_up", "0")
	for began := time.Now(); !strings.Contains(p.Log(), "there is no such queue: make it, or correct url and region"); time.Sleep(20 * time.Millisecond) { // the log comes by a pipe
		if time.Since(began) > time.Minute {
			t.Fatalf("the log does not say so:\n%s", p.Log())
		}
	}
	out, err := queues.ListQueues(ctx, &sqs.ListQueuesInput{})
	if err != nil || len(out.QueueUrls) != 0 {
		t.Errorf("%v, %v", out, err)
	}
}

// deafQueue is a queue that gives one message over and over, and at the first
// deletion calls killed and answers nothing.
type deafQueue struct {
	mu      sync.Mutex
	body    string
	killed  func()
	deleted int
}

func (q *deafQueue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	switch strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS.") {
	case "ReceiveMessage":
		sum := md5.Sum([]byte(q.body))
		_ = json.NewEncoder(w).Encode(sqs.ReceiveMessageOutput{Messages: []types.Message{{Body: &q.body, MD5OfBody: aws.String(hex.EncodeToString(sum[:])),
			MessageId: aws.String("0c7bd8f1"), ReceiptHandle: aws.String("r")}}})
	case "DeleteMessageBatch":
		q.deleted++
		if q.deleted == 1 {
			q.killed()
			return
		}
		fmt.Fprint(w, `{"Successful":[{"Id":"0"}],"Failed":[]}`)
	default:
		fmt.Fprint(w, `{"Successful":[],"Failed":[]}`)
	}
}

// TestQueueWhenKilled kills the server when it is about to have a message deleted:
// what came of it is on disk, and when the message comes again nothing comes of it.
func TestQueueWhenKilled(t *testing.T) {
	kill := func(t *testing.T, data []string) {
		// The event says neither an id nor a time: only the message tells that it is the same.
		q := &deafQueue{body: `{"source":"my.app","detail-type":"Failed","detail":{}}`}
		server := httptest.NewServer(q)
		defer server.Close()
		dead := make(chan struct{})
		q.mu.Lock() // until everything is prepared
		box := tocsintest.NewPostbox(t)
		p := tocsintest.Start(t, append(data, configured(t, fmt.Sprintf("sources:\n  - {kind: sqs, url: %q, region: us-east-1, accessKeyId: a, secretAccessKey: b}\n",
			server.URL+"/123456789012/q"))...), []string{"TOCSIN_SMTP_URL=" + box.URL()})
		q.killed = func() {
			p.Kill()
			close(dead)
		}
		c := tocsintest.NewClients(t, p.URL())
		c.ReplicationSet()
		contact, _ := c.Person("ann", box)
		c.Rule("failed", `{"source":["my.app"]}`, c.Plan("sec", contact))
		q.mu.Unlock()
		<-dead
		p.Again()
		waitMetric(t, p, "tocsin_source_matched_total", "0")
		box.Wait(t, "a page", time.Minute, func(m tocsintest.Mail) bool { return m.Kind() == "page" })
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for deleted := 0; deleted < 3; <-tick.C {
			q.mu.Lock()
			deleted = q.deleted
			q.mu.Unlock()
		}
		if n := len(c.IncidentRecords()); n != 1 || metric(t, p, "tocsin_source_matched_total") != "0" {
			t.Errorf("%d incidents, want 1; %s matched again", n, metric(t, p, "tocsin_source_matched_total"))
		}
		p.Stop()
	}
	t.Run("sqlite", func(t *testing.T) { kill(t, []string{"--data", t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		kill(t, []string{"--database", o.URL, "--key-file", o.KeyFile})
	})
}

// notices has a bucket tell a queue of new objects.
func notices(bucket, queue string) *s3.PutBucketNotificationConfigurationInput {
	return &s3.PutBucketNotificationConfigurationInput{Bucket: &bucket, NotificationConfiguration: &s3types.NotificationConfiguration{
		QueueConfigurations: []s3types.QueueConfiguration{{QueueArn: &queue, Events: []s3types.Event{"s3:ObjectCreated:*"}}}}}
}
