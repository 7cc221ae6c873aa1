package cloudtrailgen

import (
	"fmt"
	"sort"
	"strconv"
	"time"
)

var agents = []string{
	"aws-cli/2.15.30 Python/3.11.8 Linux/5.10.210-201.852.amzn2.x86_64 source/x86_64.amzn.2 prompt/off command/ec2.describe-instances",
	"Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.79 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython Botocore/1.34.69",
	"aws-sdk-go-v2/1.25.2 os/linux lang/go#1.22.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.149.4",
	"APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.42.0 (+https://registry.terraform.io/providers/hashicorp/aws)",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36",
	"AWS Internal", "kubelet/v1.29.1", "python-requests/2.31.0", "kali-linux aws-cli/1.29",
}

// identity writes who made the call.
func (g *gen) identity() {
	p := g.r.Float64()
	switch {
	case g.c.name == "ConsoleLogin" && p < 0.25, p < 0.0006:
		g.root = true
		g.s(`{"type":"Root","principalId":"` + g.account + `","arn":"arn:aws:iam::` + g.account + `:root","accountId":"` + g.account + `","accessKeyId":""}`)
	case g.c.name == "ConsoleLogin", p < 0.06:
		u := g.user()
		g.s(`{"type":"IAMUser","principalId":"AIDA`)
		g.upper(17)
		g.s(`","arn":"arn:aws:iam::` + g.account + `:user/` + u + `","accountId":"` + g.account + `","accessKeyId":"AKIA`)
		g.upper(16)
		g.s(`","userName":"` + u + `"}`)
	case p < 0.22:
		svc := g.one("ec2.amazonaws.com", "lambda.amazonaws.com", "config.amazonaws.com", "autoscaling.amazonaws.com", "cloudtrail.amazonaws.com")
		g.s(`{"type":"AWSService","invokedBy":"` + svc + `"}`)
		g.ipKind = 3
		g.ip = svc
	default:
		role := g.role()
		g.s(`{"type":"AssumedRole","principalId":"AROA`)
		g.upper(17)
		g.s(`:i-0`)
		g.hex(16)
		g.s(`","arn":"arn:aws:sts::` + g.account + `:assumed-role/` + role + `/i-0`)
		g.hex(16)
		g.s(`","accountId":"` + g.account + `","accessKeyId":"ASIA`)
		g.upper(16)
		g.s(`","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA`)
		g.upper(17)
		g.s(`","arn":"arn:aws:iam::` + g.account + `:role/` + role + `","accountId":"` + g.account + `","userName":"` + role + `"},"webIdFederationData":{},"attributes":{"creationDate":"` + g.t.Add(-25*time.Minute).Format(time.RFC3339) + `","mfaAuthenticated":"` + g.one("false", "false", "false", "true") + `"},"ec2RoleDelivery":"2.0"}}`)
	}
}

// record appends one CloudTrail record and counts the probes that it answers.
func (g *gen) record() {
	x := g.r.IntN(g.weights[len(g.weights)-1])
	g.c = &calls[sort.SearchInts(g.weights, x+1)]
	g.failed, g.root, g.openCIDR, g.bigRun, g.err, g.mfa, g.console = false, false, false, 0, "", false, g.c.name == "ConsoleLogin"
	g.t = g.t.Add(time.Duration(g.r.IntN(700)) * time.Millisecond)
	g.address()

	g.s(`{"eventVersion":"1.09","userIdentity":`)
	g.identity()
	g.s(`,"eventTime":"` + g.t.Format(time.RFC3339) + `","eventSource":"` + g.c.svc + `.amazonaws.com","eventName":"` + g.c.name + `","awsRegion":"` + g.region + `","sourceIPAddress":"` + g.ip + `","userAgent":"` + agents[g.r.IntN(len(agents))] + `"`)
	if len(g.c.errs) > 0 && g.chance(0.06) {
		g.err = g.c.errs[g.r.IntN(len(g.c.errs))]
		g.failed = true
		g.s(`,"errorCode":"` + g.err + `","errorMessage":"User: arn:aws:sts::` + g.account + `:assumed-role/` + g.role() + ` is not authorized to perform: ` + g.c.svc + `:` + g.c.name + ` because no identity-based policy allows the action"`)
	}
	g.s(`,"requestParameters":`)
	g.c.req(g)
	g.s(`,"responseElements":`)
	g.response()
	g.tail()
	for i := range probes {
		if probes[i].hit(g) {
			g.counts[i]++
		}
	}
}

// address draws where the call came from.
func (g *gen) address() {
	switch p := g.r.Float64(); {
	case p < 0.70:
		g.ipKind, g.ip = 0, fmt.Sprintf("10.%d.%d.%d", g.r.IntN(4), g.r.IntN(256), g.r.IntN(256))
	case p < 0.95:
		g.ipKind, g.ip = 1, fmt.Sprintf("%d.%d.%d.%d", 11+g.r.IntN(200), g.r.IntN(256), g.r.IntN(256), g.r.IntN(256))
	default:
		g.ipKind, g.ip = 2, fmt.Sprintf("2001:db8:%x::%x", g.r.IntN(16), g.r.IntN(65536))
	}
}

// response writes what the call was answered and what CloudTrail adds to it.
func (g *gen) response() {
	switch {
	case g.console:
		g.s(`{"ConsoleLogin":"` + g.one("Success", "Success", "Success", "Failure") + `"},"additionalEventData":{"LoginTo":"https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true","MobileVersion":"No","MFAUsed":"`)
		g.mfa = g.chance(0.6)
		if g.mfa {
			g.s(`Yes"}`)
		} else {
			g.s(`No"}`)
		}
	case g.c.resp == nil || g.failed:
		g.s("null")
	default:
		g.c.resp(g)
	}
	if g.c.svc == "s3" && !g.console {
		g.s(`,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":`)
		g.n(g.r.IntN(1 << uint(g.r.IntN(24))))
		g.s(`,"AuthenticationMethod":"AuthHeader","bytesTransferredOut":`)
		g.n(g.r.IntN(1 << uint(g.r.IntN(31))))
		g.s(`}`)
	}
}

// tail writes what every record ends with.
func (g *gen) tail() {
	object := g.c.name == "GetObject" || g.c.name == "PutObject" || g.c.name == "DeleteObject"
	g.s(`,"requestID":"`)
	g.uuid()
	g.s(`","eventID":"`)
	g.uuid()
	g.s(`","readOnly":` + strconv.FormatBool(g.c.ro))
	if g.c.svc == "s3" || g.c.svc == "kms" {
		kind := "S3::Bucket"
		if g.c.svc == "kms" {
			kind = "KMS::Key"
		}
		g.s(`,"resources":[{"accountId":"` + g.account + `","type":"AWS::` + kind + `","ARN":"arn:aws:` + g.c.svc + `:::` + g.bucket() + `"}`)
		if object {
			g.s(`,{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::` + g.bucket() + `/raw/part"}`)
		}
		g.s(`]`)
	}
	kind := "AwsApiCall"
	if g.console {
		kind = "AwsConsoleSignIn"
	}
	g.s(`,"eventType":"` + kind + `","managementEvent":` + strconv.FormatBool(!(object || g.c.name == "Invoke")) + `,"recipientAccountId":"` + g.account + `","eventCategory":"Management"`)
	if g.ipKind != 3 {
		g.s(`,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"` + g.c.svc + `.` + g.region + `.amazonaws.com"}`)
	}
	g.s(`}`)
}
