package cloudtrailgen

// A probe asks a question whose answer the generator knows from what it wrote.
type probe struct {
	name, pattern string
	hit           func(g *gen) bool
}

// probes are over the bare CloudTrail record; wrap in {"detail":...} for
// EventBridge envelopes.
var probes = []probe{
	{"console-login", `{"eventName":["ConsoleLogin"]}`, func(g *gen) bool { return g.console }},
	{"root-console-no-mfa", `{"eventName":["ConsoleLogin"],"userIdentity":{"type":["Root"]},"additionalEventData":{"MFAUsed":[{"anything-but":"Yes"}]}}`, func(g *gen) bool { return g.console && g.root && !g.mfa }},
	{"trail-tampering", `{"eventSource":["cloudtrail.amazonaws.com"],"eventName":["StopLogging","DeleteTrail","UpdateTrail"]}`, func(g *gen) bool {
		return g.c.svc == "cloudtrail" && g.c.name != "LookupEvents"
	}},
	{"access-denied", `{"errorCode":[{"prefix":"AccessDenied"},{"suffix":"UnauthorizedOperation"}]}`, func(g *gen) bool {
		return len(g.err) >= 12 && g.err[:12] == "AccessDenied" || g.err == "Client.UnauthorizedOperation"
	}},
	{"world-open-ingress", `{"eventName":["AuthorizeSecurityGroupIngress"],"requestParameters":{"ipPermissions":{"items":{"ipRanges":{"items":{"cidrIp":["0.0.0.0/0"]}}}}}}`, func(g *gen) bool {
		return g.c.name == "AuthorizeSecurityGroupIngress" && g.openCIDR
	}},
	{"mass-run-instances", `{"eventName":["RunInstances"],"errorCode":[{"exists":false}],"requestParameters":{"instancesSet":{"items":{"maxCount":[{"numeric":[">=",20]}]}}}}`, func(g *gen) bool {
		return g.c.name == "RunInstances" && !g.failed && g.bigRun >= 20
	}},
	{"internal-ip", `{"sourceIPAddress":[{"cidr":"10.0.0.0/8"}]}`, func(g *gen) bool { return g.ipKind == 0 }},
	{"ipv6-subnet", `{"sourceIPAddress":[{"cidr":"2001:db8:3::/48"}]}`, func(g *gen) bool {
		return g.ipKind == 2 && len(g.ip) > 11 && g.ip[:11] == "2001:db8:3:"
	}},
	{"write-by-wildcard", `{"readOnly":[false],"eventName":[{"wildcard":"*Instances"}]}`, func(g *gen) bool {
		return !g.c.ro && len(g.c.name) >= 9 && g.c.name[len(g.c.name)-9:] == "Instances"
	}},
	{"iam-or-kms-destructive", `{"$or":[{"eventSource":["iam.amazonaws.com"],"eventName":["CreateAccessKey","CreateLoginProfile","DeactivateMFADevice"]},{"eventSource":["kms.amazonaws.com"],"eventName":["DisableKey","ScheduleKeyDeletion"]}]}`, func(g *gen) bool {
		switch g.c.name {
		case "CreateAccessKey", "CreateLoginProfile", "DeactivateMFADevice", "DisableKey", "ScheduleKeyDeletion":
			return true
		}
		return false
	}},
	{"never", `{"eventName":["NoSuchCall"]}`, func(g *gen) bool { return false }},
}
