package cloudtrailgen

import (
	"time"
)

// What calls ask and what they are answered: each function writes one JSON value.

func reqAssumeRole(g *gen) {
	g.s(`{"roleArn":"arn:aws:iam::` + g.account + `:role/` + g.role() + `","roleSessionName":"`)
	g.hex(12)
	g.s(`","durationSeconds":`)
	g.n([]int{900, 3600, 3600, 43200}[g.r.IntN(4)])
	g.s(`}`)
}
func reqWebIdentity(g *gen) {
	g.s(`{"roleArn":"arn:aws:iam::` + g.account + `:role/` + g.role() + `","roleSessionName":"botocore-session-`)
	g.n2(1700000000, 9999999)
	g.s(`"}`)
}
func respAssumeRole(g *gen) {
	g.s(`{"credentials":{"accessKeyId":"ASIA`)
	g.upper(16)
	g.s(`","sessionToken":"`)
	g.pick(b36, 160)
	g.s(`","expiration":"` + g.t.Add(time.Hour).Format("Jan 2, 2006, 3:04:05 PM") + `"},"assumedRoleUser":{"assumedRoleId":"AROA`)
	g.upper(17)
	g.s(`:session","arn":"arn:aws:sts::` + g.account + `:assumed-role/` + g.role() + `/session"}}`)
}
func reqKms(g *gen) {
	g.s(`{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::` + g.bucket() + `/2026/11/part-`)
	g.n(g.r.IntN(100000))
	g.s(`.parquet"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"`)
	g.arn("kms", "key/")
	g.uuid()
	g.s(`"}`)
}
func reqKmsKey(g *gen) {
	g.s(`{"keyId":"`)
	g.arn("kms", "key/")
	g.uuid()
	g.s(`","pendingWindowInDays":`)
	g.n(7 + g.r.IntN(24))
	g.s(`}`)
}
func (g *gen) instanceSet(n int) {
	g.s(`"instancesSet":{"items":[`)
	for i := 0; i < n; i++ {
		if i > 0 {
			g.s(",")
		}
		g.s(`{"instanceId":"i-0`)
		g.hex(16)
		g.s(`"}`)
	}
	g.s(`]}`)
}
func reqDescribeInstances(g *gen) {
	g.s(`{"maxResults":`)
	g.n(1000)
	g.s(`,`)
	g.instanceSet(g.r.IntN(6))
	g.s(`,"filterSet":{}}`)
}
func reqInstances(g *gen) { g.s("{"); g.instanceSet(1 + g.r.IntN(4)); g.s("}") }
func reqFilter(g *gen) {
	g.s(`{"filterSet":{"items":[{"name":"` + g.one("vpc-id", "group-id", "attachment.instance-id", "tag:Name") + `","valueSet":{"items":[{"value":"vpc-0`)
	g.hex(16)
	g.s(`"}]}}]}}`)
}
func reqRunInstances(g *gen) {
	g.bigRun = 1 + g.r.IntN(4)
	if g.chance(0.05) {
		g.bigRun = 20 + g.r.IntN(80)
	}
	g.s(`{"instancesSet":{"items":[{"imageId":"ami-0`)
	g.hex(16)
	g.s(`","minCount":`)
	g.n(g.bigRun)
	g.s(`,"maxCount":`)
	g.n(g.bigRun)
	g.s(`,"keyName":"ops-2026"}]},"instanceType":"` + g.one("t3.medium", "m6i.large", "c7g.xlarge", "p4d.24xlarge", "r6i.2xlarge") + `","blockDeviceMapping":{"items":[{"deviceName":"/dev/xvda","ebs":{"volumeSize":`)
	g.n(8 << g.r.IntN(6))
	g.s(`,"deleteOnTermination":true,"volumeType":"gp3"}}]},"monitoring":{"enabled":false},"disableApiTermination":false,"networkInterfaceSet":{"items":[{"deviceIndex":0,"subnetId":"subnet-0`)
	g.hex(16)
	g.s(`","associatePublicIpAddress":` + g.one("true", "false") + `}]},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[{"key":"Name","value":"` + g.one("web", "worker", "gpu \\\"train\\\"", "batch\\u002d1") + `"},{"key":"env","value":"` + g.one("prod", "dev", "staging") + `"}]}]}}`)
}
func respRunInstances(g *gen) {
	g.s(`{"requestId":"`)
	g.uuid()
	g.s(`","reservationId":"r-0`)
	g.hex(16)
	g.s(`","ownerId":"` + g.account + `","groupSet":{},"instancesSet":{"items":[`)
	n := min(g.bigRun, 5)
	for i := 0; i < n; i++ {
		if i > 0 {
			g.s(",")
		}
		g.s(`{"instanceId":"i-0`)
		g.hex(16)
		g.s(`","instanceState":{"code":0,"name":"pending"},"privateDnsName":"ip-10-0-3-`)
		g.n(g.r.IntN(255))
		g.s(`.ec2.internal","amiLaunchIndex":`)
		g.n(i)
		g.s(`,"launchTime":`)
		g.n(int(g.t.UnixMilli()))
		g.s(`,"placement":{"availabilityZone":"` + g.region + `a","tenancy":"default"},"privateIpAddress":"10.0.3.`)
		g.n(g.r.IntN(255))
		g.s(`"}`)
	}
	g.s(`]}}`)
}
func respTerminate(g *gen) {
	g.s(`{"requestId":"`)
	g.uuid()
	g.s(`","instancesSet":{"items":[{"instanceId":"i-0`)
	g.hex(16)
	g.s(`","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}`)
}
func respTrue(g *gen) { g.s(`{"requestId":"`); g.uuid(); g.s(`","_return":true}`) }
func reqTags(g *gen) {
	g.s(`{"resourcesSet":{"items":[{"resourceId":"i-0`)
	g.hex(16)
	g.s(`"}]},"tagSet":{"items":[{"key":"env","value":"` + g.one("prod", "dev", "staging") + `"},{"key":"owner","value":"` + g.user() + `"}]}}`)
}
func reqIngress(g *gen) {
	g.openCIDR = g.chance(0.25)
	g.s(`{"groupId":"sg-0`)
	g.hex(16)
	g.s(`","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":`)
	p := []int{22, 443, 80, 3389, 5432, 8080}[g.r.IntN(6)]
	g.n(p)
	g.s(`,"toPort":`)
	g.n(p)
	if g.openCIDR {
		g.s(`,"groups":{},"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]},"ipv6Ranges":{"items":[{"cidrIpv6":"::/0"}]},"prefixListIds":{}}]}}`)
	} else {
		g.s(`,"groups":{},"ipRanges":{"items":[{"cidrIp":"10.`)
		g.n(g.r.IntN(255))
		g.s(`.0.0/16"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}`)
	}
}
func reqImageAttr(g *gen) {
	g.s(`{"imageId":"ami-0`)
	g.hex(16)
	g.s(`","attributeType":"launchPermission","launchPermission":{"add":{"items":[{"group":"all"}]}}}`)
}
func reqVolume(g *gen) { g.s(`{"volumeId":"vol-0`); g.hex(16); g.s(`","description":"nightly"}`) }
func respSnapshot(g *gen) {
	g.s(`{"requestId":"`)
	g.uuid()
	g.s(`","snapshotId":"snap-0`)
	g.hex(16)
	g.s(`","status":"pending","startTime":`)
	g.n(int(g.t.UnixMilli()))
	g.s(`,"volumeSize":"100","encrypted":true}`)
}
func reqBucket(g *gen) {
	b := g.bucket()
	g.s(`{"bucketName":"` + b + `","Host":"` + b + `.s3.` + g.region + `.amazonaws.com","location":""}`)
}
func reqBucketPolicy(g *gen) {
	b := g.bucket()
	g.s(`{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":"` + g.one("*", "arn:aws:iam::"+g.account+":root") + `","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::` + b + `","arn:aws:s3:::` + b + `/*"]}]},"bucketName":"` + b + `","policy":""}`)
}
func reqPAB(g *gen) {
	g.s(`{"publicAccessBlock":"","bucketName":"` + g.bucket() + `","PublicAccessBlockConfiguration":{"RestrictPublicBuckets":` + g.one("true", "false") + `,"BlockPublicPolicy":true,"BlockPublicAcls":true,"IgnorePublicAcls":true}}`)
}
func reqObject(g *gen) {
	b := g.bucket()
	g.s(`{"bucketName":"` + b + `","Host":"` + b + `.s3.amazonaws.com","key":"` + g.one("raw", "curated", "exports", "tmp") + `/dt=2026-11-0`)
	g.n(1 + g.r.IntN(9))
	g.s(`/part-`)
	g.hex(8)
	g.s(g.one(".json.gz", ".parquet", ".csv", ".PNG", "") + `"}`)
}
func respObject(g *gen) {
	g.s(`{"x-amz-server-side-encryption":"aws:kms","x-amz-version-id":"`)
	g.hex(32)
	g.s(`"}`)
}
func reqRole(g *gen) { g.s(`{"roleName":"` + g.role() + `"}`) }
func reqUser(g *gen) { g.s(`{"userName":"` + g.user() + `"}`) }
func respUser(g *gen) {
	g.s(`{"user":{"path":"/","userName":"` + g.user() + `","userId":"AIDA`)
	g.upper(17)
	g.s(`","createDate":"` + g.t.Format("Jan 2, 2006 3:04:05 PM") + `"}}`)
}
func respAccessKey(g *gen) {
	g.s(`{"accessKey":{"userName":"` + g.user() + `","accessKeyId":"AKIA`)
	g.upper(16)
	g.s(`","status":"Active","createDate":"` + g.t.Format("Jan 2, 2006 3:04:05 PM") + `"}}`)
}
func reqAttach(g *gen) {
	g.s(`{"userName":"` + g.user() + `","policyArn":"arn:aws:iam::aws:policy/` + g.one("AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess", "job-function/ViewOnlyAccess") + `"}`)
}
func reqAttachRole(g *gen) {
	g.s(`{"roleName":"` + g.role() + `","policyArn":"arn:aws:iam::aws:policy/` + g.one("AdministratorAccess", "ReadOnlyAccess", "AmazonS3FullAccess", "CloudWatchLogsFullAccess") + `"}`)
}
func reqInlinePolicy(g *gen) {
	g.s(`{"userName":"` + g.user() + `","policyName":"inline","policyDocument":"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}]\n}"}`)
}
func reqFunction(g *gen) {
	g.s(`{"functionName":"`)
	g.arn("lambda", "function:"+fns[g.r.IntN(len(fns))])
	g.s(`"}`)
}
func respFunction(g *gen) {
	g.s(`{"functionName":"` + fns[g.r.IntN(len(fns))] + `","runtime":"provided.al2023","codeSize":`)
	g.n(1000000 + g.r.IntN(9000000))
	g.s(`,"timeout":30,"memorySize":512,"architectures":["arm64"],"codeSha256":"`)
	g.pick(b36, 44)
	g.s(`"}`)
}
