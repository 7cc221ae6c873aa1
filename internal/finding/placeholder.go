package finding

import (
	"time"

	"github.com/tocsin-io/tocsin"
)

// What samples are about. Names are such that nobody takes them for real ones;
// addresses are those that are set apart for documents (RFC 5737).
const (
	instance   = "i-99999999"
	bucket     = "bucketName"
	user       = "GeneratedFindingUserName"
	eksCluster = "GeneratedFindingEKSClusterName"
	ecsCluster = "GeneratedFindingECSClusterName"
	function   = "GeneratedFindingLambdaFunctionName"
	database   = "GeneratedFindingDBInstanceId"
	domain     = "generatedfindingdomain.example"
	image      = "GeneratedFindingContainerImage"
	threat     = "GeneratedFindingThreatName"
	remote     = "198.51.100.0"
	local      = "10.0.0.23"
	fileHash   = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing
)

func (m *made) arn(service, resource string) string {
	return string(tocsin.MakeARN(service, m.tx.Region(), m.tx.Account(), resource))
}

// at is an instant as the API and events carry it inside of a finding: in seconds.
func at(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

var tags = []part{{"key": "GeneratedFindingTagKey", "value": "GeneratedFindingTagValue"}}

// resource tells what a sample is about.
func (m *made) resource() part {
	r := part{"resourceType": m.Resource}
	switch m.Resource {
	case "Instance":
		r["instanceDetails"] = m.instance()
	case "AccessKey":
		r["accessKeyDetails"] = accessKey()
	case "S3Bucket", "S3Object":
		b := m.bucket()
		if m.Resource == "S3Object" {
			b["s3ObjectDetails"] = []part{{"objectArn": "arn:aws:s3:::" + bucket + "/GeneratedFindingObject", "key": "GeneratedFindingObject", "eTag": "GeneratedFindingETag", "hash": fileHash}}
		} else {
			r["accessKeyDetails"] = accessKey()
		}
		r["s3BucketDetails"] = []part{b}
	case "EKSCluster":
		r["eksClusterDetails"] = part{"name": eksCluster, "arn": m.arn("eks", "cluster/"+eksCluster), "vpcId": "vpc-99999999", "status": "ACTIVE", "createdAt": at(m.first), "tags": tags}
		r["kubernetesDetails"] = kubernetes()
	case "ECSCluster":
		r["ecsClusterDetails"] = part{"name": ecsCluster, "arn": m.arn("ecs", "cluster/"+ecsCluster), "status": "ACTIVE", "tags": tags,
			"taskDetails": part{"arn": m.arn("ecs", "task/"+ecsCluster+"/GeneratedFindingTask"), "startedAt": at(m.first), "createdAt": at(m.first), "containers": []part{container()}}}
	case "Container":
		r["containerDetails"] = container()
		r["instanceDetails"] = m.instance()
	case "Lambda":
		r["lambdaDetails"] = part{"functionName": function, "functionArn": m.arn("lambda", "function:"+function), "functionVersion": "$LATEST",
			"lastModifiedAt": at(m.first), "role": "arn:aws:iam::" + string(m.tx.Account()) + ":role/GeneratedFindingRole", "tags": tags}
	case "RDSDBInstance":
		r["rdsDbInstanceDetails"] = part{"dbInstanceIdentifier": database, "engine": "Aurora MySQL", "engineVersion": "8.0", "dbInstanceArn": m.arn("rds", "db:"+database), "tags": tags}
		r["rdsDbUserDetails"] = part{"user": user, "application": "GeneratedFindingApplication", "database": "GeneratedFindingDatabase", "ssl": "TLSv1.3", "authMethod": "PASSWORD"}
	case "EBSSnapshot":
		r["ebsSnapshotDetails"] = part{"snapshotArn": m.arn("ec2", "snapshot/snap-99999999")}
	case "EC2Image":
		r["ec2ImageDetails"] = part{"imageArn": m.arn("ec2", "image/ami-99999999")}
	case "RecoveryPoint":
		r["recoveryPointDetails"] = part{"recoveryPointArn": m.arn("backup", "recovery-point:GeneratedFindingRecoveryPoint"), "backupVaultName": "GeneratedFindingVault"}
	}
	return r
}

func (m *made) instance() part {
	return part{"instanceId": instance, "instanceType": "m5.large", "instanceState": "running", "imageId": "ami-99999999",
		"availabilityZone": string(m.tx.Region()) + "a", "launchTime": instant(m.first), "tags": tags,
		"iamInstanceProfile": part{"arn": "arn:aws:iam::" + string(m.tx.Account()) + ":instance-profile/GeneratedFindingProfile", "id": "GeneratedFindingProfileId"},
		"networkInterfaces": []part{{"networkInterfaceId": "eni-99999999", "privateIpAddress": local, "publicIp": "203.0.113.10", "subnetId": "subnet-99999999", "vpcId": "vpc-99999999",
			"privateIpAddresses": []part{{"privateIpAddress": local}}, "ipv6Addresses": []string{},
			"securityGroups": []part{{"groupId": "sg-99999999", "groupName": "GeneratedFindingSecurityGroup"}}}}}
}

func accessKey() part {
	return part{"accessKeyId": "GeneratedFindingAccessKeyId", "principalId": "GeneratedFindingPrincipalId", "userName": user, "userType": "IAMUser"}
}

func (m *made) bucket() part {
	return part{"arn": "arn:aws:s3:::" + bucket, "name": bucket, "type": "Destination", "createdAt": at(m.first), "owner": part{"id": "GeneratedFindingOwnerId"}, "tags": tags,
		"publicAccess": part{"effectivePermission": "NOT_PUBLIC"}}
}

func container() part {
	return part{"id": "GeneratedFindingContainerId", "name": "GeneratedFindingContainerName", "image": image, "containerRuntime": "docker"}
}

func kubernetes() part {
	return part{
		"kubernetesUserDetails":     part{"username": user, "uid": "GeneratedFindingUID", "groups": []string{"GeneratedFindingUserGroup"}},
		"kubernetesWorkloadDetails": part{"name": "GeneratedFindingWorkload", "namespace": "GeneratedFindingNamespace", "type": "pods", "containers": []part{container()}}}
}

// action tells what was done, in the member that its type has.
func (m *made) action() part {
	a := part{"actionType": m.Action}
	switch m.Action {
	case "":
		return nil
	case "NETWORK_CONNECTION":
		direction := "OUTBOUND"
		if m.Role == "TARGET" {
			direction = "INBOUND"
		}
		a["networkConnectionAction"] = part{"blocked": false, "connectionDirection": direction, "protocol": "TCP", "localIpDetails": part{"ipAddressV4": local},
			"localPortDetails": part{"port": 39677, "portName": "Unknown"}, "remoteIpDetails": caller(), "remotePortDetails": part{"port": 80, "portName": "HTTP"}}
	case "DNS_REQUEST":
		a["dnsRequestAction"] = part{"domain": domain, "domainWithSuffix": domain, "protocol": "UDP", "blocked": false}
	case "PORT_PROBE":
		a["portProbeAction"] = part{"blocked": false, "portProbeDetails": []part{{"localPortDetails": part{"port": 80, "portName": "HTTP"},
			"localIpDetails": part{"ipAddressV4": local}, "remoteIpDetails": caller()}}}
	case "AWS_API_CALL":
		service, api := "s3.amazonaws.com", "GetObject"
		if m.Resource == "AccessKey" {
			service, api = "iam.amazonaws.com", "ListUsers"
		}
		a["awsApiCallAction"] = part{"api": api, "serviceName": service, "callerType": "Remote IP", "remoteIpDetails": caller(),
			"remoteAccountDetails": part{"accountId": string(m.tx.Account()), "affiliated": true}, "affectedResources": part{}}
	case "KUBERNETES_API_CALL":
		a["kubernetesApiCallAction"] = part{"requestUri": "/api/v1/namespaces/GeneratedFindingNamespace/pods", "verb": "list", "statusCode": 200,
			"sourceIps": []string{remote}, "userAgent": "GeneratedFindingUserAgent", "remoteIpDetails": caller(), "namespace": "GeneratedFindingNamespace"}
	case "RDS_LOGIN_ATTEMPT":
		// The one member that begins with a capital, in the API and so in events.
		a["rdsLoginAttemptAction"] = part{"remoteIpDetails": caller(), "LoginAttributes": []part{{"user": user, "application": "GeneratedFindingApplication",
			"failedLoginAttempts": 1, "successfulLoginAttempts": 1}}}
	}
	return a
}

// caller is who is at the other end.
func caller() part {
	return part{"ipAddressV4": remote, "country": part{"countryName": "GeneratedFindingCountryName"}, "city": part{"cityName": "GeneratedFindingCityName"},
		"geoLocation": part{"lat": 0.0, "lon": 0.0}, "organization": part{"asn": "64496", "asnOrg": "GeneratedFindingASNOrg", "isp": "GeneratedFindingISP", "org": "GeneratedFindingORG"}}
}

func (m *made) process() part {
	return part{"process": part{"name": "GeneratedFindingProcess", "executablePath": "/tmp/GeneratedFindingProcess", "executableSha256": fileHash, "pid": 1234, "namespacePid": 1234,
		"user": "root", "userId": 0, "euid": 0, "startTime": at(m.first), "uuid": "GeneratedFindingProcessUuid"}}
}

func (m *made) volumeScan() part {
	return part{"scanId": "GeneratedFindingScanId", "scanStartedAt": at(m.first), "scanCompletedAt": at(m.first), "scanType": "ON_DEMAND", "sources": []string{"Bitdefender"},
		"scanDetections": part{"scannedItemCount": part{"totalGb": 8, "files": 1000, "volumes": 1}, "threatsDetectedItemCount": part{"files": 1},
			"highestSeverityThreatDetails": part{"severity": "HIGH", "threatName": threat, "count": 1},
			"threatDetectedByName": part{"itemCount": 1, "uniqueThreatNameCount": 1, "shortened": false, "threatNames": []part{{"name": threat, "severity": "HIGH", "itemCount": 1,
				"filePaths": []part{{"filePath": "tmp/GeneratedFindingFile", "fileName": "GeneratedFindingFile", "hash": fileHash, "volumeArn": m.arn("ec2", "volume/vol-99999999")}}}}}}}
}

// sequence is what an attack sequence was put together from.
func (m *made) sequence() part {
	signal := func(uid, kind, name string) part {
		return part{"uid": uid, "type": kind, "name": name, "description": "A sign of the sequence.", "createdAt": at(m.first), "updatedAt": at(m.tx.Now()),
			"firstSeenAt": at(m.first), "lastSeenAt": at(m.tx.Now()), "count": 1, "severity": 8.0}
	}
	return part{"sequence": part{"uid": m.id, "description": m.Text,
		"signals": []part{signal("GeneratedFindingSignal1", "CLOUD_TRAIL", "GeneratedFindingApiCall"), signal("GeneratedFindingSignal2", "FINDING", "GeneratedFindingFinding")},
		"actors":  []part{{"id": "GeneratedFindingActor", "user": part{"name": user, "uid": "GeneratedFindingPrincipalId", "type": "IAMUser"}}},
	}}
}
