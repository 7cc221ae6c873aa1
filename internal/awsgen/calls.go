package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// callsFile is what Lint knows of the names of calls, in the package pattern.
const callsFile = "lint_calls.txt"

// called are the services of which it knows them, by their folders among the models: those
// that rules for security events are about. Lambda, CloudFront and API Gateway are left
// out: CloudTrail writes the names of their calls with dates or not as the models do.
var called = []string{
	"accessanalyzer", "account", "acm", "autoscaling", "backup", "cloudformation", "cloudtrail", "config", "detective", "dynamodb", "ec2", "ecr", "ecs",
	"eks", "elasticfilesystem", "elasticloadbalancingv2", "eventbridge", "fms", "guardduty", "iam", "identitystore", "inspector2", "kms", "logs", "macie2",
	"monitoring", "network-firewall", "organizations", "ram", "rds", "redshift", "route53", "s3", "secretsmanager", "securityhub", "shield", "sns", "sqs",
	"ssm", "ssm-contacts", "ssm-incidents", "sso-admin", "states", "sts", "wafv2",
}

// calls gives a line for each service: its name as in eventSource, which is its
// endpoint's, and its calls.
func calls(models string) (string, error) {
	var b strings.Builder
	b.WriteString("# The calls of services as CloudTrail names them in eventName, by eventSource without\n" +
		"# .amazonaws.com, for Lint. Written by internal/awsgen from AWS's API models.\n")
	for _, folder := range called {
		source, names, err := callsOf(models, folder)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s: %s\n", source, strings.Join(names, " "))
	}
	return b.String(), nil
}

// callsOf reads the newest model of a service.
func callsOf(models, folder string) (source string, names []string, err error) {
	versions, err := filepath.Glob(filepath.Join(models, folder, "*", "api-2.json"))
	if err != nil || len(versions) == 0 {
		return "", nil, fmt.Errorf("there is no model of %s", folder)
	}
	text, err := os.ReadFile(slices.Max(versions))
	if err != nil {
		return "", nil, fmt.Errorf("read the calls of %s: %w", folder, err)
	}
	var m struct {
		Metadata   struct{ EndpointPrefix string }
		Operations map[string]json.RawMessage
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return "", nil, fmt.Errorf("read the calls of %s: %w", folder, err)
	}
	for name := range m.Operations {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.TrimPrefix(m.Metadata.EndpointPrefix, "api."), names, nil
}
