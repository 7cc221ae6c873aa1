package brief

import (
	"regexp"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// trail tells of a CloudTrail record.
// Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (b *brief) trail() {
	d, who := b.d, b.d.at("userIdentity")
	name, signIn := d.text("eventName"), d.text("responseElements", "ConsoleLogin")
	outcome := signIn
	if outcome == "" {
		outcome = or(d.text("errorMessage"), d.text("errorCode"))
	}
	mfa := d.text("additionalEventData", "MFAUsed")
	if mfa == "" {
		mfa = map[string]string{"true": "Yes", "false": "No"}[who.text("sessionContext", "attributes", "mfaAuthenticated")]
	}
	b.add("What", spaced(name, parens(d.text("eventSource"))))
	b.add("Outcome", outcome)
	b.add("Who", spaced(who.text("type"), or(or(who.text("arn"), who.text("principalId")), who.text("invokedBy"))))
	if by := who.text("invokedBy"); by != "" && who.text("arn") != "" {
		b.add("Through", by)
	}
	b.add("Access key", who.text("accessKeyId"))
	b.add("From", d.text("sourceIPAddress"))
	b.add("With", plain(d.text("userAgent"), 120))
	b.add("MFA used", mfa)

	b.head = or(name, b.head)
	if kind := who.text("type"); kind != "" {
		b.head += " by " + kind
	}
	switch {
	case signIn == "Failure":
		b.head += ", failed"
	case d.text("errorCode") != "":
		b.head += ", refused: " + d.text("errorCode")
	case strings.EqualFold(mfa, "No"):
		b.head += ", without MFA"
	}
	b.arn(who.text("arn"))
	for _, r := range d.list("resources") {
		b.arn(r.text("ARN"))
	}
	b.requested()
}

// A parameter of a call that names a resource: the pattern of its ARN has the
// value in place of *. An empty Region or account is as S3's and IAM's ARNs have it.
type parameter struct {
	name, service   string
	global, nowhere bool // no Region; neither Region nor account
	before          string
}

// parameters are the resources that the calls of our rules name. CloudTrail spells
// them as the service's API does.
var parameters = map[string][]parameter{
	"s3.amazonaws.com": {{name: "bucketName", service: "s3", nowhere: true}},
	"iam.amazonaws.com": {{name: "userName", service: "iam", global: true, before: "user/"}, {name: "roleName", service: "iam", global: true, before: "role/"},
		{name: "groupName", service: "iam", global: true, before: "group/"}, {name: "policyArn"}, {name: "serialNumber"}},
	"sts.amazonaws.com":        {{name: "roleArn"}},
	"kms.amazonaws.com":        {{name: "keyId", service: "kms", before: "key/"}},
	"cloudtrail.amazonaws.com": {{name: "name", service: "cloudtrail", before: "trail/"}, {name: "trailName", service: "cloudtrail", before: "trail/"}},
	"guardduty.amazonaws.com":  {{name: "detectorId", service: "guardduty", before: "detector/"}},
	"ec2.amazonaws.com": {{name: "groupId", service: "ec2", before: "security-group/"}, {name: "vpcId", service: "ec2", before: "vpc/"},
		{name: "networkAclId", service: "ec2", before: "network-acl/"}, {name: "routeTableId", service: "ec2", before: "route-table/"},
		{name: "internetGatewayId", service: "ec2", before: "internet-gateway/"}, {name: "snapshotId", service: "ec2", before: "snapshot/"},
		{name: "imageId", service: "ec2", before: "image/"}, {name: "instanceId", service: "ec2", before: "instance/"}},
	"rds.amazonaws.com": {{name: "dBInstanceIdentifier", service: "rds", before: "db:"}, {name: "dBSnapshotIdentifier", service: "rds", before: "snapshot:"},
		{name: "dBClusterSnapshotIdentifier", service: "rds", before: "cluster-snapshot:"}},
	"lambda.amazonaws.com":         {{name: "functionName", service: "lambda", before: "function:"}},
	"secretsmanager.amazonaws.com": {{name: "secretId"}},
	"logs.amazonaws.com":           {{name: "logGroupName", service: "logs", before: "log-group:"}},
}

// resourceName is what may stand in an ARN that we put together.
var resourceName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@/-]{1,256}$`)

// requested notes the resources that a call was about.
func (b *brief) requested() {
	for _, p := range parameters[b.d.text("eventSource")] {
		value := b.d.text("requestParameters", p.name)
		switch {
		case strings.HasPrefix(value, "arn:"):
			b.arn(value)
		case p.service == "" || !resourceName.MatchString(value):
		case p.nowhere:
			b.arn("arn:aws:" + p.service + ":::" + value)
		case p.global:
			b.arn(string(tocsin.MakeARN(p.service, "", b.e.Account, p.before+value)))
		default:
			b.arn(string(tocsin.MakeARN(p.service, b.e.Region, b.e.Account, p.before+value)))
		}
	}
}
