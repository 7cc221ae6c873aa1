package brief

import (
	"strconv"
	"strings"

	"github.com/tocsin-io/tocsin"
)

// guardDuty tells of a finding.
// Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
func (b *brief) guardDuty() {
	d := b.d
	b.add("Finding", d.text("title"))
	b.add("Type", d.text("type"))
	b.head = "GuardDuty finding"
	if s, ok := d.number("severity"); ok && s > 0 {
		b.add("Severity", strconv.FormatFloat(s, 'g', 4, 64)+" ("+severityBand(s)+")")
		b.head = "GuardDuty " + severityBand(s)
	}
	if t := d.text("type"); t != "" {
		b.head += ": " + t
	}
	b.add("Description", d.text("description"))
	b.remote(d.at("service", "action"))
	r := d.at("resource")
	if id := r.text("instanceDetails", "instanceId"); resourceName.MatchString(id) {
		b.arn(string(tocsin.MakeARN("ec2", b.e.Region, b.e.Account, "instance/"+id)))
	}
	if user := r.text("accessKeyDetails", "userName"); user != "" {
		b.arn(string(tocsin.MakeARN("iam", "", b.e.Account, identity(r.text("accessKeyDetails", "userType"), user))))
		b.add("Access key", r.text("accessKeyDetails", "accessKeyId"))
	}
	for _, bucket := range r.list("s3BucketDetails") {
		if arn := bucket.text("arn"); arn != "" {
			b.arn(arn)
		} else if name := bucket.text("name"); name != "" {
			b.arn("arn:aws:s3:::" + name)
		}
	}
	b.arn(r.text("eksClusterDetails", "arn"))
	b.arn(r.text("ecsClusterDetails", "arn"))
	b.arn(r.text("lambdaDetails", "functionArn"))
	b.arn(r.text("rdsDbInstanceDetails", "dbInstanceArn"))
}

// remote tells from where a finding's action came: its kind decides which member says so.
func (b *brief) remote(action node) {
	for _, kind := range []string{"awsApiCallAction", "networkConnectionAction", "kubernetesApiCallAction", "rdsLoginAttemptAction"} {
		b.add("From", spaced(action.text(kind, "remoteIpDetails", "ipAddressV4"), parens(action.text(kind, "remoteIpDetails", "country", "countryName"))))
	}
	b.add("Call", action.text("awsApiCallAction", "api"))
}

// identity is the resource part of the ARN of whose access key a finding names.
// Source: https://docs.aws.amazon.com/guardduty/latest/APIReference/API_AccessKeyDetails.html
func identity(userType, name string) string {
	switch userType {
	case "Root":
		return "root"
	case "Role", "AssumedRole":
		return "role/" + name
	}
	return "user/" + name
}

// severityBand is GuardDuty's word for a severity.
// Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
func severityBand(s float64) string {
	switch {
	case s >= 9:
		return "Critical"
	case s >= 7:
		return "High"
	case s >= 4:
		return "Medium"
	}
	return "Low"
}

// config tells of a change of compliance.
func (b *brief) config() {
	d := b.d
	compliance, kind := d.text("newEvaluationResult", "complianceType"), d.text("resourceType")
	b.add("Rule", d.text("configRuleName"))
	b.add("Resource", spaced(kind, d.text("resourceId")))
	b.add("Compliance", compliance)
	b.add("Why", d.text("newEvaluationResult", "annotation"))
	if name := d.text("configRuleName"); name != "" {
		b.head = spaced(name+":", compliance, parens(kind))
	}
	if id := d.text("resourceId"); kind == "AWS::S3::Bucket" && id != "" {
		b.arn("arn:aws:s3:::" + id)
	}
}

// securityHub tells of imported findings: of the first, and how many more there are.
func (b *brief) securityHub() {
	all := b.d.list("findings")
	for i, f := range all {
		for _, r := range f.list("Resources") {
			b.arn(r.text("Id"))
		}
		if i > 0 {
			continue
		}
		severity := f.text("Severity", "Label")
		b.add("Finding", f.text("Title"))
		b.add("Severity", severity)
		b.add("Found by", f.text("ProductName"))
		b.add("Description", f.text("Description"))
		for _, r := range f.list("Resources") {
			b.add("Resource", spaced(r.text("Type"), r.text("Id")))
			break
		}
		b.add("Workflow", f.text("Workflow", "Status"))
		b.head = spaced("Security Hub", severity, "finding", f.text("ProductName"))
	}
	if len(all) > 1 {
		b.add("Further findings", strconv.Itoa(len(all)-1))
	}
}

// alarm tells of an alarm that changed its state.
func (b *brief) alarm() {
	d := b.d
	was := d.text("previousState", "value")
	if was != "" {
		was = "(was " + was + ")"
	}
	b.add("Alarm", d.text("alarmName"))
	b.add("State", spaced(d.text("state", "value"), was))
	b.add("Why", d.text("state", "reason"))
	b.add("Description", d.text("configuration", "description"))
	if name := d.text("alarmName"); name != "" {
		b.head = spaced("alarm", name, d.text("state", "value"))
	}
}

// health tells of an event of AWS Health.
func (b *brief) health() {
	d := b.d
	code := d.text("eventTypeCode")
	b.add("What", spaced(code, parens(d.text("service"))))
	b.add("Category", spaced(d.text("eventTypeCategory"), d.text("statusCode")))
	b.add("Started", d.text("startTime"))
	for _, t := range d.list("eventDescription") {
		b.add("Description", t.text("latestDescription"))
		break
	}
	for _, entity := range d.list("affectedEntities") {
		b.resource(entity.text("entityValue"))
	}
	b.head = or(code, b.head)
}

// macie tells of a finding about the data in a bucket.
func (b *brief) macie() {
	d, bucket := b.d, b.d.at("resourcesAffected", "s3Bucket")
	severity := d.text("severity", "description")
	b.add("Finding", d.text("title"))
	b.add("Type", d.text("type"))
	b.add("Severity", severity)
	b.add("Description", d.text("description"))
	b.add("Bucket", bucket.text("name"))
	b.add("Object", d.text("resourcesAffected", "s3Object", "key"))
	b.arn(bucket.text("arn"))
	b.head = spaced("Macie", severity, d.text("type"))
}

// accessAnalyzer tells who from outside can reach what.
func (b *brief) accessAnalyzer() {
	d := b.d
	b.head = "access from outside to " + or(d.text("resourceType"), "a resource")
	if public, _ := d.at("isPublic").v.(bool); public {
		b.add("Who", "everybody")
		b.head = "public access to " + or(d.text("resourceType"), "a resource")
	} else {
		b.add("Who", d.text("principal", "AWS"))
	}
	var actions []string
	for _, a := range d.list("action") {
		if name := a.text(); name != "" {
			actions = append(actions, name)
		}
	}
	b.add("May", strings.Join(actions, ", "))
	b.add("Resource", spaced(d.text("resourceType"), d.text("resource")))
	b.add("Status", d.text("status"))
	b.arn(d.text("resource"))
}

// inspector tells of a weakness that was found.
func (b *brief) inspector() {
	d := b.d
	b.add("Finding", d.text("title"))
	b.add("Severity", d.text("severity"))
	b.add("Exploit available", d.text("exploitAvailable"))
	b.add("Fix available", d.text("fixAvailable"))
	for _, r := range d.list("resources") {
		b.resource(r.text("id"))
	}
	b.head = spaced("Inspector", d.text("severity"), d.text("type"))
}

// s3 tells of an object's event.
func (b *brief) s3() {
	d, bucket := b.d, b.d.text("bucket", "name")
	b.add("Bucket", bucket)
	b.add("Object", d.text("object", "key"))
	b.add("Who", d.text("requester"))
	b.add("From", d.text("source-ip-address"))
	b.add("Why", d.text("reason"))
	if bucket != "" {
		b.arn("arn:aws:s3:::" + bucket)
	}
}
