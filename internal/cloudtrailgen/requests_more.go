package cloudtrailgen

import (
	"strconv"
)

func reqLogStream(g *gen) {
	g.s(`{"logStreamName":"2026/11/02/[$LATEST]`)
	g.hex(32)
	g.s(`","logGroupName":"/aws/lambda/` + fns[g.r.IntN(len(fns))] + `"}`)
}
func reqLimit(g *gen) { g.s(`{"limit":50,"maxResults":`); g.n(50 + g.r.IntN(50)); g.s(`}`) }
func reqTrail(g *gen) {
	g.s(`{"name":"`)
	g.arn("cloudtrail", "trail/org-trail")
	g.s(`","isMultiRegionTrail":false}`)
}
func reqDetector(g *gen) {
	g.s(`{"detectorId":"`)
	g.hex(32)
	g.s(`","maxResults":50,"findingCriteria":{"criterion":{"severity":{"gte":4},"service.archived":{"eq":["false"]}}}}`)
}
func reqRecorder(g *gen) { g.s(`{"configurationRecorderName":"default"}`) }
func reqEvaluations(g *gen) {
	g.s(`{"evaluations":[`)
	n := 1 + g.r.IntN(4)
	for i := 0; i < n; i++ {
		if i > 0 {
			g.s(",")
		}
		g.s(`{"complianceResourceType":"AWS::S3::Bucket","complianceResourceId":"` + g.bucket() + `","complianceType":"` + g.one("COMPLIANT", "COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE") + `","orderingTimestamp":"` + g.t.Format("Jan 2, 2006 3:04:05 PM") + `"}`)
	}
	g.s(`],"testMode":false}`)
}
func reqParam(g *gen) {
	g.s(`{"name":"/` + g.one("prod", "dev") + `/orders/db_password","withDecryption":true}`)
}
func reqSsmInfo(g *gen) {
	g.s(`{"instanceId":"i-0`)
	g.hex(16)
	g.s(`","agentVersion":"3.3.` + strconv.Itoa(g.r.IntN(900)) + `.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.`)
	g.n(g.r.IntN(255))
	g.s(`.`)
	g.n(g.r.IntN(255))
	g.s(`","computerName":"ip-10-0-1-2.ec2.internal","agentName":"amazon-ssm-agent","availabilityZone":"` + g.region + `b"}`)
}
func reqSendCommand(g *gen) {
	g.s(`{"instanceIds":["i-0`)
	g.hex(16)
	g.s(`"],"documentName":"AWS-RunShellScript","parameters":"HIDDEN_DUE_TO_SECURITY_REASONS","timeoutSeconds":600,"interactive":false}`)
}
func respSendCommand(g *gen) {
	g.s(`{"command":{"commandId":"`)
	g.uuid()
	g.s(`","documentName":"AWS-RunShellScript","status":"Pending","targetCount":1,"completedCount":0,"errorCount":0,"requestedDateTime":"` + g.t.Format("Jan 2, 2006 3:04:05 PM") + `"}}`)
}
func reqSecret(g *gen) {
	g.s(`{"secretId":"`)
	g.arn("secretsmanager", "secret:"+g.one("prod", "dev")+"/orders/db-")
	g.pick(b36, 6)
	g.s(`"}`)
}
func reqTable(g *gen) { g.s(`{"tableName":"` + g.one("orders", "sessions", "locks") + `"}`) }
func reqCluster(g *gen) {
	g.s(`{"cluster":"prod","tasks":["`)
	g.hex(32)
	g.s(`","`)
	g.hex(32)
	g.s(`"]}`)
}
func reqClusterName(g *gen) {
	g.s(`{"name":"` + g.one("prod", "staging") + `"}`)
}
func reqModifyDB(g *gen) {
	g.s(`{"dBInstanceIdentifier":"orders","publiclyAccessible":` + g.one("true", "false") + `,"allocatedStorage":`)
	g.n(100 + g.r.IntN(900))
	g.s(`,"applyImmediately":true,"masterUserPassword":"****"}`)
}
func respModifyDB(g *gen) {
	g.s(`{"dBInstanceIdentifier":"orders","dBInstanceClass":"db.r6g.large","engine":"postgres","multiAZ":true,"vpcSecurityGroups":[{"vpcSecurityGroupId":"sg-0`)
	g.hex(16)
	g.s(`","status":"active"}],"endpoint":{"address":"orders.cluster.rds.amazonaws.com","port":5432}}`)
}
func reqStack(g *gen) {
	g.s(`{"stackName":"` + g.one("orders-prod", "network", "observability") + `"}`)
}
func reqAlarm(g *gen) {
	g.s(`{"alarmName":"cpu-high","metricName":"CPUUtilization","namespace":"AWS/EC2","threshold":`)
	g.s(g.one("80.0", "9.5E1", "70", "99.9"))
	g.s(`,"evaluationPeriods":3,"period":300,"actionsEnabled":true,"alarmActions":["`)
	g.arn("sns", "pager")
	g.s(`"]}`)
}
func reqTG(g *gen) {
	g.s(`{"targetGroupArn":"`)
	g.arn("elasticloadbalancing", "targetgroup/orders/")
	g.hex(16)
	g.s(`"}`)
}

func (g *gen) n2(base, span int) { g.n(base + g.r.IntN(span)) }
