package tocsintest

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/tocsin-io/tocsin/internal/tocsintest/outside"
)

// ConfigRules is AWS's client of config for one server.
type ConfigRules struct {
	*configservice.Client
	t testing.TB
}

// NewConfigRules makes the client, and the recorder that AWS demands before there
// can be rules.
func NewConfigRules(t testing.TB, url string) *ConfigRules {
	t.Helper()
	c := configservice.New(configservice.Options{Region: Region, BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(Key, Secret, ""),
		Retryer: aws.NopRetryer{}, HTTPClient: outside.Client{}})
	_, err := c.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &types.ConfigurationRecorder{
		Name: aws.String("default"), RoleARN: aws.String("arn:aws:iam::000000000000:role/config")}})
	if err != nil {
		t.Fatal(err)
	}
	return &ConfigRules{c, t}
}

// Put makes a managed rule.
func (c *ConfigRules) Put(name, identifier string) {
	c.t.Helper()
	_, err := c.PutConfigRule(ctx, &configservice.PutConfigRuleInput{ConfigRule: &types.ConfigRule{ConfigRuleName: &name,
		Source: &types.Source{Owner: types.OwnerAws, SourceIdentifier: &identifier}}})
	if err != nil {
		c.t.Fatal(err)
	}
}

// Says is what a rule says of a resource; empty for nothing yet.
func (c *ConfigRules) Says(rule, resource string) string {
	c.t.Helper()
	out, err := c.GetComplianceDetailsByConfigRule(ctx, &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: &rule, Limit: 100})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range out.EvaluationResults {
		if *e.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId == resource {
			return string(e.ComplianceType)
		}
	}
	return ""
}

// Until asks until something holds.
func (c *ConfigRules) Until(what string, holds func() bool) {
	c.t.Helper()
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	c.t.Fatalf("waited in vain until %s", what)
}
