package config_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-io/tocsin"
	"github.com/tocsin-io/tocsin/internal/api/config"
	"github.com/tocsin-io/tocsin/internal/auth"
	"github.com/tocsin-io/tocsin/internal/aws"
	"github.com/tocsin-io/tocsin/internal/bus"
	"github.com/tocsin-io/tocsin/internal/store"
	"github.com/tocsin-io/tocsin/internal/tocsintest/dbtest"
	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
	"github.com/tocsin-io/tocsin/internal/watch"
	"github.com/tocsin-io/tocsin/internal/watch/s3"
)

var ctx = context.Background()

const (
	secret = "test-secret"
	role   = "arn:aws:iam::111122223333:role/config"
	read   = "S3_BUCKET_PUBLIC_READ_PROHIBITED"
)

// a server with the config service alone, over HTTP.
type server struct {
	*configservice.Client
	t     testing.TB
	db    *store.DB
	bus   *bus.Bus
	url   string
	wakes atomic.Int32
}

func newServer(t testing.TB, db *store.DB) *server {
	t.Helper()
	s := &server{t: t, db: db, bus: bus.New(db, slog.New(slog.DiscardHandler))}
	if err := s.bus.Load(ctx); err != nil {
		t.Fatal(err)
	}
	pager, err := aws.NewPager([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	service := (&config.Server{DB: db, Bus: s.bus, Pager: pager, Known: watch.Catalogue{s3.Kind}, Wake: func() { s.wakes.Add(1) },
		Covers: func(r *tocsin.ConfigRule) bool { return r.Name != "unwatched" }}).Service()
	h := httptest.NewServer(aws.NewHandler(aws.Options{Services: []*aws.Service{service}, Log: slog.New(slog.DiscardHandler),
		Keys: func(_ context.Context, id string) (aws.Key, error) {
			account := tocsin.Account(id)
			return aws.Key{Secret: secret, Principal: &auth.Principal{Account: account, ARN: "arn:aws:iam::" + id + ":user/t", Name: "t", Kind: auth.KindKey, Rights: auth.Rights()}}, nil
		}}))
	t.Cleanup(h.Close)
	s.url = h.URL
	s.Client = s.client(string(dbtest.Account), string(dbtest.Region))
	return s
}

// client is AWS's own, signing with the key of an account in a region.
func (s *server) client(account, region string) *configservice.Client {
	return configservice.New(configservice.Options{Region: region, BaseEndpoint: &s.url, Retryer: awssdk.NopRetryer{}, HTTPClient: outside.Client{},
		Credentials: credentials.NewStaticCredentialsProvider(account, secret, "")})
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) record() {
	s.t.Helper()
	_, err := s.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{RoleARN: new(role)}})
	s.must(err)
}

func managed(name string) *types.ConfigRule {
	return &types.ConfigRule{ConfigRuleName: &name, Source: &types.Source{Owner: types.OwnerAws, SourceIdentifier: new(read)}}
}

func custom(name string) *types.ConfigRule {
	return &types.ConfigRule{ConfigRuleName: &name, Source: &types.Source{Owner: types.OwnerCustomLambda,
		SourceIdentifier: new("arn:aws:lambda:us-east-1:111122223333:function:check")}}
}

func (s *server) put(r *types.ConfigRule, tags ...types.Tag) {
	s.t.Helper()
	_, err := s.PutConfigRule(ctx, &configservice.PutConfigRuleInput{ConfigRule: r, Tags: tags})
	s.must(err)
}

// evaluate puts evaluations of a rule: "bucket COMPLIANCE".
func (s *server) evaluate(rule string, at time.Time, said ...string) {
	s.t.Helper()
	var all []types.Evaluation
	for _, text := range said {
		id, compliance, _ := strings.Cut(text, " ")
		all = append(all, types.Evaluation{ComplianceResourceType: new("AWS::S3::Bucket"), ComplianceResourceId: &id,
			ComplianceType: types.ComplianceType(compliance), OrderingTimestamp: &at, Annotation: new("because")})
	}
	_, err := s.PutEvaluations(ctx, &configservice.PutEvaluationsInput{ResultToken: &rule, Evaluations: all})
	s.must(err)
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestRules(t *testing.T) { dbtest.Each(t, rules) }

func rules(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	if _, err := s.PutConfigRule(ctx, &configservice.PutConfigRuleInput{ConfigRule: managed("a")}); code(err) != "NoAvailableConfigurationRecorderException" {
		t.Errorf("a rule without a recorder: %v", err)
	}
	s.record()
	given := managed("a")
	given.Description, given.InputParameters = new("first"), new("{}")
	given.Scope = &types.Scope{ComplianceResourceTypes: []string{"AWS::S3::Bucket"}, ComplianceResourceId: new("bucket")}
	given.MaximumExecutionFrequency = types.MaximumExecutionFrequencyOneHour
	s.put(given, types.Tag{Key: new("team"), Value: new("red")})
	if s.wakes.Load() != 1 {
		t.Error("a new rule is not evaluated")
	}
	out, err := s.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{ConfigRuleNames: []string{"a"}})
	s.must(err)
	got := out.ConfigRules[0]
	if got.ConfigRuleState != "ACTIVE" || *got.Description != "first" || *got.Source.SourceIdentifier != read || *got.Scope.ComplianceResourceId != "bucket" ||
		got.MaximumExecutionFrequency != "One_Hour" || got.EvaluationModes[0].Mode != "DETECTIVE" || !strings.HasPrefix(*got.ConfigRuleId, "config-rule-") ||
		*got.ConfigRuleArn != "arn:aws:config:us-east-1:111122223333:config-rule/"+*got.ConfigRuleId || len(*got.ConfigRuleId) != 18 {
		t.Errorf("described as %+v", got)
	}
	tags, err := s.ListTagsForResource(ctx, &configservice.ListTagsForResourceInput{ResourceArn: got.ConfigRuleArn})
	s.must(err)
	if len(tags.Tags) != 1 || *tags.Tags[0].Value != "red" {
		t.Errorf("tags %v", tags.Tags)
	}

	change := managed("")
	change.ConfigRuleName, change.ConfigRuleArn, change.Description = nil, got.ConfigRuleArn, new("second")
	s.put(change)
	out, err = s.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{})
	s.must(err)
	if len(out.ConfigRules) != 1 || *out.ConfigRules[0].Description != "second" || *out.ConfigRules[0].ConfigRuleId != *got.ConfigRuleId || out.ConfigRules[0].Scope != nil {
		t.Errorf("changed to %+v", out.ConfigRules)
	}
	for region, account := range map[string]string{"eu-west-1": "111122223333", "us-east-1": "444455556666"} {
		other, err := s.client(account, region).DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{})
		s.must(err)
		if len(other.ConfigRules) != 0 {
			t.Errorf("%s in %s sees rules of others", account, region)
		}
	}
	if _, err := s.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{ConfigRuleNames: []string{"a", "b"}}); code(err) != "NoSuchConfigRuleException" {
		t.Errorf("a rule that is not there: %v", err)
	}
	if _, err := s.StartConfigRulesEvaluation(ctx, &configservice.StartConfigRulesEvaluationInput{ConfigRuleNames: []string{"a"}}); err != nil || s.wakes.Load() != 3 {
		t.Errorf("start of an evaluation: %v, %d wakes", err, s.wakes.Load())
	}
	st, err := s.DescribeConfigRuleEvaluationStatus(ctx, &configservice.DescribeConfigRuleEvaluationStatusInput{})
	s.must(err)
	if one := st.ConfigRulesEvaluationStatus[0]; one.FirstEvaluationStarted || one.LastSuccessfulEvaluationTime != nil || one.FirstActivatedTime == nil {
		t.Errorf("status of a rule that nobody evaluated: %+v", one)
	}
	s.put(managed("unwatched"))
	st, err = s.DescribeConfigRuleEvaluationStatus(ctx, &configservice.DescribeConfigRuleEvaluationStatusInput{ConfigRuleNames: []string{"unwatched"}})
	s.must(err)
	if one := st.ConfigRulesEvaluationStatus[0]; one.LastErrorCode == nil || *one.LastErrorCode != "NoWatch" || !strings.Contains(*one.LastErrorMessage, `"s3"`) {
		t.Errorf("status of a rule that nothing evaluates: %+v", one)
	}
	_, err = s.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: new("a")})
	s.must(err)
	if _, err := s.DeleteConfigRule(ctx, &configservice.DeleteConfigRuleInput{ConfigRuleName: new("a")}); code(err) != "NoSuchConfigRuleException" {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := s.ListTagsForResource(ctx, &configservice.ListTagsForResourceInput{ResourceArn: got.ConfigRuleArn}); code(err) != "ResourceNotFoundException" {
		t.Errorf("tags of a deleted rule: %v", err)
	}
}

func TestPages(t *testing.T) { dbtest.Each(t, pages) }

func pages(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	s.record()
	var want, got []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("rule-%02d", i))
		s.put(custom(want[i]))
	}
	in := &configservice.DescribeConfigRulesInput{}
	for range 10 {
		out, err := s.DescribeConfigRules(ctx, in)
		s.must(err)
		for _, r := range out.ConfigRules {
			got = append(got, *r.ConfigRuleName)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rules by pages: %s", diff)
	}
	if _, err := s.DescribeConfigRules(ctx, &configservice.DescribeConfigRulesInput{NextToken: new("forged")}); code(err) != "InvalidNextTokenException" {
		t.Errorf("a forged token: %v", err)
	}

	at := time.Now()
	want, got = nil, nil
	var said []string
	for i := range 95 {
		want = append(want, fmt.Sprintf("bucket-%02d", i))
		said = append(said, want[i]+" NON_COMPLIANT")
	}
	s.evaluate("rule-00", at, append(said, "z COMPLIANT")...)
	s.evaluate("rule-01", at, "bucket-03 COMPLIANT", "bucket-07 NON_COMPLIANT", "a COMPLIANT", "b NOT_APPLICABLE")
	details := &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: new("rule-00"), Limit: 30, ComplianceTypes: []types.ComplianceType{"NON_COMPLIANT"}}
	for range 10 {
		out, err := s.GetComplianceDetailsByConfigRule(ctx, details)
		s.must(err)
		for _, e := range out.EvaluationResults {
			got = append(got, *e.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId)
		}
		if details.NextToken = out.NextToken; details.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("evaluations by pages: %s", diff)
	}

	want, got = append([]string{"a COMPLIANT 0", "b INSUFFICIENT_DATA 0"}, want...), nil
	for i := 2; i < len(want); i++ {
		n := 1
		if want[i] == "bucket-07" {
			n = 2
		}
		want[i] += fmt.Sprint(" NON_COMPLIANT ", n)
	}
	want = append(want, "z COMPLIANT 0")
	resources := &configservice.DescribeComplianceByResourceInput{ResourceType: new("AWS::S3::Bucket"), Limit: 40}
	for range 10 {
		out, err := s.DescribeComplianceByResource(ctx, resources)
		s.must(err)
		for _, r := range out.ComplianceByResources {
			n := int32(0)
			if r.Compliance.ComplianceContributorCount != nil {
				n = r.Compliance.ComplianceContributorCount.CappedCount
			}
			got = append(got, fmt.Sprint(*r.ResourceId, " ", r.Compliance.ComplianceType, " ", n))
		}
		if resources.NextToken = out.NextToken; resources.NextToken == nil {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources by pages: %s", diff)
	}
}

func TestCompliance(t *testing.T) { dbtest.Each(t, compliance) }

func compliance(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	s.record()
	s.put(custom("mine"))
	s.put(custom("other"))
	s.put(managed("aws"))
	byRule := func(types ...types.ComplianceType) string {
		t.Helper()
		out, err := s.DescribeComplianceByConfigRule(ctx, &configservice.DescribeComplianceByConfigRuleInput{ComplianceTypes: types})
		s.must(err)
		var all []string
		for _, r := range out.ComplianceByConfigRules {
			n := ""
			if c := r.Compliance.ComplianceContributorCount; c != nil {
				n = fmt.Sprint(c.CappedCount, c.CapExceeded)
			}
			all = append(all, *r.ConfigRuleName+" "+string(r.Compliance.ComplianceType)+n)
		}
		return strings.Join(all, ", ")
	}
	if got := byRule(); got != "aws INSUFFICIENT_DATA, mine INSUFFICIENT_DATA, other INSUFFICIENT_DATA" {
		t.Errorf("at first: %s", got)
	}
	at := time.Now().Truncate(time.Millisecond)
	s.evaluate("mine", at, "x COMPLIANT", "y NON_COMPLIANT", "z NOT_APPLICABLE")
	s.evaluate("other", at, "x COMPLIANT")
	if got := byRule(); got != "aws INSUFFICIENT_DATA, mine NON_COMPLIANT1 false, other COMPLIANT" {
		t.Errorf("evaluated: %s", got)
	}
	if got := byRule("COMPLIANT"); got != "other COMPLIANT" {
		t.Errorf("only the compliant: %s", got)
	}
	s.evaluate("mine", at.Add(-time.Hour), "y COMPLIANT") // late: something newer is known
	s.evaluate("mine", at.Add(time.Second), "x NON_COMPLIANT")
	out, err := s.GetComplianceDetailsByResource(ctx, &configservice.GetComplianceDetailsByResourceInput{ResourceType: new("AWS::S3::Bucket"), ResourceId: new("x")})
	s.must(err)
	var said []string
	for _, e := range out.EvaluationResults {
		said = append(said, *e.EvaluationResultIdentifier.EvaluationResultQualifier.ConfigRuleName+" "+string(e.ComplianceType)+" "+*e.Annotation)
	}
	if diff := cmp.Diff([]string{"mine NON_COMPLIANT because", "other COMPLIANT because"}, said); diff != "" {
		t.Error(diff)
	}
	if got := byRule("NON_COMPLIANT"); got != "mine NON_COMPLIANT2 false" {
		t.Errorf("two break it: %s", got)
	}
	many := make([]string, 40)
	for i := range many {
		many[i] = fmt.Sprintf("b%d NON_COMPLIANT", i)
	}
	s.evaluate("mine", at, many...)
	if got := byRule("NON_COMPLIANT"); got != "mine NON_COMPLIANT25 true" {
		t.Errorf("many break it: %s", got)
	}
	_, err = s.PutEvaluations(ctx, &configservice.PutEvaluationsInput{ResultToken: new("nothing"), TestMode: true, Evaluations: []types.Evaluation{{
		ComplianceResourceType: new("t"), ComplianceResourceId: new("i"), ComplianceType: "COMPLIANT", OrderingTimestamp: &at}}})
	s.must(err)
	for _, token := range []string{"nothing", "aws", "arn:aws:config:us-east-1:111122223333:config-rule/config-rule-aaaaaa"} {
		if _, err := s.PutEvaluations(ctx, &configservice.PutEvaluationsInput{ResultToken: &token}); code(err) != "InvalidResultTokenException" {
			t.Errorf("token %s: %v", token, err)
		}
	}
}

func TestRecorder(t *testing.T) { dbtest.Each(t, recorders) }

func recorders(t *testing.T, db *store.DB) {
	s := newServer(t, db)
	name := new("default")
	refuse := func(what, want string, err error) {
		t.Helper()
		if code(err) != want {
			t.Errorf("%s: %v; want %s", what, err, want)
		}
	}
	channel := &types.DeliveryChannel{S3BucketName: new("logs")}
	_, err := s.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: channel})
	refuse("channel before recorder", "NoAvailableConfigurationRecorderException", err)
	_, err = s.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{}})
	refuse("recorder without role", "InvalidRoleException", err)
	s.record()
	_, err = s.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{Name: new("two"), RoleARN: new(role)}})
	refuse("second recorder", "MaxNumberOfConfigurationRecordersExceededException", err)
	_, err = s.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: name})
	refuse("start without channel", "NoAvailableDeliveryChannelException", err)
	_, err = s.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: &types.DeliveryChannel{}})
	refuse("channel without bucket", "NoSuchBucketException", err)
	_, err = s.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: channel})
	s.must(err)
	_, err = s.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: name})
	s.must(err)
	st, err := s.DescribeConfigurationRecorderStatus(ctx, &configservice.DescribeConfigurationRecorderStatusInput{})
	s.must(err)
	if one := st.ConfigurationRecordersStatus[0]; !one.Recording || one.LastStartTime == nil || one.LastStatus != "Success" {
		t.Errorf("started: %+v", one)
	}
	_, err = s.DeleteDeliveryChannel(ctx, &configservice.DeleteDeliveryChannelInput{DeliveryChannelName: name})
	refuse("channel of a recorder that runs", "LastDeliveryChannelDeleteFailedException", err)
	_, err = s.StopConfigurationRecorder(ctx, &configservice.StopConfigurationRecorderInput{ConfigurationRecorderName: name})
	s.must(err)
	channels, err := s.DescribeDeliveryChannels(ctx, &configservice.DescribeDeliveryChannelsInput{})
	s.must(err)
	if *channels.DeliveryChannels[0].S3BucketName != "logs" || *channels.DeliveryChannels[0].Name != "default" {
		t.Errorf("channel: %+v", channels.DeliveryChannels[0])
	}
	_, err = s.DeleteDeliveryChannel(ctx, &configservice.DeleteDeliveryChannelInput{DeliveryChannelName: name})
	s.must(err)
	_, err = s.DeleteConfigurationRecorder(ctx, &configservice.DeleteConfigurationRecorderInput{ConfigurationRecorderName: name})
	s.must(err)
	_, err = s.DeleteConfigurationRecorder(ctx, &configservice.DeleteConfigurationRecorderInput{ConfigurationRecorderName: name})
	refuse("deleted twice", "NoSuchConfigurationRecorderException", err)
	recs, err := s.DescribeConfigurationRecorders(ctx, &configservice.DescribeConfigurationRecordersInput{})
	s.must(err)
	if len(recs.ConfigurationRecorders) != 0 {
		t.Errorf("recorders %v", recs.ConfigurationRecorders)
	}
}

// send makes a signed call with a body that no SDK would send.
func (s *server) send(op, body string) (kind, message string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/", bytes.NewReader([]byte(body)))
	s.must(err)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "StarlingDoveService."+op)
	sum := sha256.Sum256([]byte(body))
	creds := awssdk.Credentials{AccessKeyID: string(dbtest.Account), SecretAccessKey: secret}
	s.must(v4.NewSigner().SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), "config", string(dbtest.Region), time.Now()))
	resp, err := http.DefaultClient.Do(r)
	s.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	s.must(err)
	var fault struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if resp.StatusCode >= 300 {
		s.must(json.Unmarshal(text, &fault))
	}
	return fault.Type, fault.Message
}

// TestBad sends what cannot be; nothing of it is written.
func TestBad(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	s.record()
	s.put(managed("have"))
	s.put(custom("mine"))
	aws := `"Source":{"Owner":"AWS","SourceIdentifier":"` + read + `"}`
	rule := func(members string) string { return `{"ConfigRule":{"ConfigRuleName":"bad",` + members + `}}` }
	count := func() (n int) {
		s.must(db(s, func(tx *store.Tx) error {
			all, err := tx.AuditLog(store.Cursor{}, 1000)
			n = len(all)
			return err
		}))
		return n
	}
	before := count()
	for _, c := range []struct{ op, body, kind, says string }{
		{"PutConfigRule", `{}`, "ValidationException", "configRule"},
		{"PutConfigRule", `{"ConfigRule":{"ConfigRuleName":"bad"}}`, "ValidationException", "source"},
		{"PutConfigRule", `{"ConfigRule":{` + aws + `}}`, "InvalidParameterValueException", "ConfigRuleName"},
		{"PutConfigRule", rule(`"Source":{"Owner":"AWS","SourceIdentifier":"NO_SUCH_RULE"}`), "InvalidParameterValueException", "NO_SUCH_RULE is invalid"},
		{"PutConfigRule", rule(`"Source":{"Owner":"AWS"}`), "InvalidParameterValueException", "sourceIdentifier"},
		{"PutConfigRule", rule(`"Source":{"Owner":"CUSTOM_LAMBDA","SourceIdentifier":"x"}`), "InvalidParameterValueException", "Lambda"},
		{"PutConfigRule", rule(`"Source":{"Owner":"CUSTOM_POLICY"}`), "InvalidParameterValueException", "CUSTOM_POLICY"},
		{"PutConfigRule", rule(`"Source":{"Owner":"ME"}`), "ValidationException", "owner"},
		{"PutConfigRule", rule(aws + `,"InputParameters":"{"`), "InvalidParameterValueException", "Invalid json"},
		{"PutConfigRule", rule(aws + `,"InputParameters":"[]"`), "InvalidParameterValueException", "Invalid json"},
		{"PutConfigRule", rule(aws + `,"InputParameters":"null"`), "InvalidParameterValueException", "Invalid json"},
		{"PutConfigRule", rule(aws + `,"InputParameters":"{\"a\":\"b\"}"`), "InvalidParameterValueException", "Unknown parameters"},
		{"PutConfigRule", rule(aws + `,"InputParameters":"{\"a\":1}"`), "InvalidParameterValueException", "string"},
		{"PutConfigRule", rule(aws + `,"ConfigRuleState":"EVALUATING"`), "InvalidParameterValueException", "ACTIVE"},
		{"PutConfigRule", rule(aws + `,"CreatedBy":"me"`), "InvalidParameterValueException", "CreatedBy"},
		{"PutConfigRule", rule(aws + `,"EvaluationModes":[{"Mode":"PROACTIVE"}]`), "InvalidParameterValueException", "PROACTIVE"},
		{"PutConfigRule", rule(aws + `,"MaximumExecutionFrequency":"Yearly"`), "ValidationException", "maximumExecutionFrequency"},
		{"PutConfigRule", rule(aws + `,"Scope":{"TagKey":"a"}`), "InvalidParameterValueException", "Tag"},
		{"PutConfigRule", rule(aws + `,"Scope":{"ComplianceResourceId":"b"}`), "InvalidParameterValueException", "exactly one"},
		{"PutConfigRule", rule(aws + `,"Scope":{"ComplianceResourceTypes":["AWS::EC2::VPC"]}`), "InvalidParameterValueException", "nothing to evaluate"},
		{"PutConfigRule", rule(aws + `,"ConfigRuleId":"config-rule-zzzzzz"`), "InvalidParameterValueException", "generated by the service"},
		{"PutConfigRule", rule(aws + `,"ConfigRuleArn":"arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-zzzzzz"`), "InvalidParameterValueException", "this account and Region"},
		{"PutConfigRule", `{"ConfigRule":{"ConfigRuleName":"bad",` + aws + `},"Tags":[{"Key":"a"},{"Key":"a"}]}`, "InvalidParameterValueException", "Duplicate"},
		{"PutConfigRule", `{"ConfigRule":{"ConfigRuleName":"` + strings.Repeat("n", 129) + `",` + aws + `}}`, "ValidationException", "128"},
		{"StartConfigRulesEvaluation", `{}`, "InvalidParameterValueException", "at least one"},
		{"StartConfigRulesEvaluation", `{"ConfigRuleNames":["have","none"]}`, "NoSuchConfigRuleException", "none"},
		{"DescribeComplianceByConfigRule", `{"ComplianceTypes":["NOT_APPLICABLE"]}`, "InvalidParameterValueException", "NOT_APPLICABLE"},
		{"DescribeComplianceByResource", `{"ResourceId":"x"}`, "InvalidParameterValueException", "ResourceType"},
		{"GetComplianceDetailsByConfigRule", `{"ConfigRuleName":"none"}`, "NoSuchConfigRuleException", "none"},
		{"GetComplianceDetailsByConfigRule", `{"ConfigRuleName":"have","ComplianceTypes":["INSUFFICIENT_DATA"]}`, "InvalidParameterValueException", "INSUFFICIENT_DATA"},
		{"GetComplianceDetailsByConfigRule", `{"ConfigRuleName":"have","Limit":101}`, "ValidationException", "100"},
		{"GetComplianceDetailsByResource", `{"ResourceType":"x"}`, "InvalidParameterValueException", "ResourceId"},
		{"PutEvaluations", `{"ResultToken":"mine","Evaluations":[{"ComplianceResourceType":"t","ComplianceResourceId":"i","ComplianceType":"INSUFFICIENT_DATA","OrderingTimestamp":1}]}`, "InvalidParameterValueException", "INSUFFICIENT_DATA"},
		{"PutEvaluations", `{"ResultToken":"mine","Evaluations":[{"ComplianceResourceType":"t","ComplianceResourceId":"i","ComplianceType":"COMPLIANT"}]}`, "ValidationException", "orderingTimestamp"},
		{"PutEvaluations", `{"ResultToken":"none","Evaluations":[]}`, "InvalidResultTokenException", "resultToken"},
		{"TagResource", `{"ResourceArn":"arn:aws:config:us-east-1:111122223333:config-rule/none","Tags":[{"Key":"a","Value":"b"}]}`, "ResourceNotFoundException", "does not exist"},
		{"DeleteConfigRule", `{"ConfigRuleName":"none"}`, "NoSuchConfigRuleException", "none"},
	} {
		kind, message := s.send(c.op, c.body)
		if kind != c.kind || !strings.Contains(message, c.says) {
			t.Errorf("%s %s: %s %q; want %s with %q", c.op, c.body, kind, message, c.kind, c.says)
		}
	}
	if after := count(); after != before {
		t.Errorf("%d changes were written", after-before)
	}
}

func db(s *server, fn func(tx *store.Tx) error) error { return s.db.View(ctx, dbtest.Who, fn) }
