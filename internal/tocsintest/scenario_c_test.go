package tocsintest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/tocsin-io/tocsin/internal/tocsintest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// TestScenarioC is the scenario as its user meets it: a bucket on a real S3 server is
// made public, and somebody gets a mail; nobody types put-events but CloudTrail.
func TestScenarioC(t *testing.T) {
	t.Run("versitygw, sqlite", func(t *testing.T) { scenarioC(t, outside.VersityGW(t), []string{"--data", t.TempDir()}) })
	t.Run("moto, sqlite", func(t *testing.T) { scenarioC(t, outside.Moto(t), []string{"--data", t.TempDir()}) })
	t.Run("versitygw, postgres", func(t *testing.T) {
		o := dbtest.PostgresOptions(t)
		scenarioC(t, outside.VersityGW(t), []string{"--database", o.URL, "--key-file", o.KeyFile})
	})
}

const (
	listingRule = "s3-bucket-public-read-prohibited"
	writingRule = "s3-bucket-public-write-prohibited"
	openPattern = `{"source":["aws.config"],"detail-type":["Config Rules Compliance Change"],"detail":{"messageType":["ComplianceChangeNotification"],` +
		`"configRuleName":["s3-bucket-public-read-prohibited","s3-bucket-public-write-prohibited"],"newEvaluationResult":{"complianceType":["NON_COMPLIANT"]}}}`
	closedPattern = `{"source":["aws.config"],"detail":{"newEvaluationResult":{"complianceType":["COMPLIANT"]},"oldEvaluationResult":{"complianceType":["NON_COMPLIANT"]}}}`
)

// store3 is the S3 server of the scenario.
type store3 struct {
	t *testing.T
	*s3.Client
}

func (s store3) bucket(name string) {
	s.t.Helper()
	_, err := s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s store3) acl(name string, canned types.BucketCannedACL) {
	s.t.Helper()
	if _, err := s.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: &name, ACL: canned}); err != nil {
		s.t.Fatal(err)
	}
}

// putBucketACL is what CloudTrail records of a change of a bucket's list.
func putBucketACL(bucket string) ebtypes.PutEventsRequestEntry {
	detail := fmt.Sprintf(`{"eventVersion":"1.09","userIdentity":{"type":"IAMUser","userName":"eve"},"eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl",`+
		`"awsRegion":"us-east-1","requestParameters":{"bucketName":%q,"x-amz-acl":["public-read"]},"readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"eventCategory":"Management"}`, bucket)
	return ebtypes.PutEventsRequestEntry{Source: aws.String("aws.s3"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: &detail}
}

func scenarioC(t *testing.T, endpoint string, data []string) {
	box := tocsintest.NewPostbox(t)
	store := store3{t, s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(outside.Key, outside.Secret, "")})}
	for _, name := range []string{"told", "untold"} {
		store.bucket("bucket-" + name)
	}
	config := filepath.Join(t.TempDir(), "tocsin.yaml")
	every := func(interval time.Duration) {
		text := fmt.Sprintf("watch:\n  s3: {endpoint: %q, region: us-east-1, accessKeyId: %s, secretAccessKey: %s, interval: %v}\n",
			endpoint, outside.Key, outside.Secret, interval)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	every(time.Hour) // so that only CloudTrail can tell
	p := tocsintest.Start(t, append(data, "--config", config), []string{"TOCSIN_SMTP_URL=" + box.URL()})
	c := tocsintest.NewClients(t, p.URL())
	c.ReplicationSet()
	contact, _ := c.Person("ann", box)
	c.Rule("opened", openPattern, c.Plan("opened", contact))
	c.Rule("closed", closedPattern, c.Plan("closed", contact))
	rules := tocsintest.NewConfigRules(t, p.URL())
	rules.Put(listingRule, "S3_BUCKET_PUBLIC_READ_PROHIBITED")
	rules.Put(writingRule, "S3_BUCKET_PUBLIC_WRITE_PROHIBITED")
	compliant := func() bool {
		return rules.Says(listingRule, "bucket-told") == "COMPLIANT" && rules.Says(listingRule, "bucket-untold") == "COMPLIANT"
	}
	rules.Until("the buckets are found compliant", compliant)
	if n := len(c.IncidentRecords()); n != 0 {
		t.Fatalf("%d incidents before anything happened", n)
	}

	began := time.Now()
	store.acl("bucket-told", types.BucketCannedACLPublicRead)
	if err := c.Put(putBucketACL("bucket-told")); err != nil {
		t.Fatal(err)
	}
	mailed(t, box, "bucket-told", began)

	every(2 * time.Second)
	p.Kill() // what was said is known after a crash: nobody is told twice
	p.Again()
	began = time.Now()
	store.acl("bucket-untold", types.BucketCannedACLPublicRead)
	mailed(t, box, "bucket-untold", began)
	if n := len(c.IncidentRecords()); n != 2 {
		t.Errorf("%d incidents, want one for each bucket", n)
	}

	p.Kill()
	p.Again()
	store.acl("bucket-told", types.BucketCannedACLPrivate)
	store.acl("bucket-untold", types.BucketCannedACLPrivate)
	rules.Until("the buckets are compliant again", compliant)
	open, closed := 0, 0
	for _, i := range c.IncidentRecords() {
		switch {
		case strings.HasSuffix(*i.Title, ": opened"):
			open++
		case strings.HasSuffix(*i.Title, ": closed"):
			closed++
		}
	}
	if open != 2 || closed != 2 {
		t.Errorf("%d incidents of opened buckets and %d of closed ones; want 2 and 2", open, closed)
	}
}

// mailed waits for the page about a bucket, and logs how long it took.
func mailed(t *testing.T, box *tocsintest.Postbox, bucket string, began time.Time) {
	t.Helper()
	m := box.Wait(t, "a page about "+bucket, 2*time.Minute, func(m tocsintest.Mail) bool {
		return m.Kind() == "page" && strings.Contains(unfold(m.Body), bucket)
	})
	t.Logf("%s: %v from the change to the mail", bucket, m.Time.Sub(began).Round(time.Millisecond))
}
