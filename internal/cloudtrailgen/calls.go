package cloudtrailgen

// call is the shape of one API call.
type call struct {
	svc    string // ec2
	name   string // RunInstances
	weight int
	ro     bool
	req    func(g *gen)
	resp   func(g *gen) // nil: null
	errs   []string
}

// calls are the API calls that are made, with how often each is. They and the
// other lists of this package are never changed.
var calls = []call{
	{"sts", "AssumeRole", 900, true, reqAssumeRole, respAssumeRole, []string{"AccessDenied"}},
	{"sts", "GetCallerIdentity", 160, true, null, nil, nil},
	{"sts", "AssumeRoleWithWebIdentity", 120, true, reqWebIdentity, respAssumeRole, []string{"ExpiredTokenException"}},
	{"kms", "Decrypt", 900, true, reqKms, nil, []string{"AccessDenied"}},
	{"kms", "GenerateDataKey", 300, true, reqKms, nil, nil},
	{"kms", "DisableKey", 1, false, reqKmsKey, nil, nil},
	{"kms", "ScheduleKeyDeletion", 1, false, reqKmsKey, nil, nil},
	{"ec2", "DescribeInstances", 620, true, reqDescribeInstances, nil, []string{"Client.UnauthorizedOperation", "Client.RequestLimitExceeded"}},
	{"ec2", "DescribeSecurityGroups", 220, true, reqFilter, nil, []string{"Client.UnauthorizedOperation"}},
	{"ec2", "DescribeVolumes", 150, true, reqFilter, nil, nil},
	{"ec2", "DescribeNetworkInterfaces", 170, true, reqFilter, nil, nil},
	{"ec2", "RunInstances", 18, false, reqRunInstances, respRunInstances, []string{"Client.UnauthorizedOperation", "Server.InsufficientInstanceCapacity", "Client.DryRunOperation"}},
	{"ec2", "TerminateInstances", 14, false, reqInstances, respTerminate, nil},
	{"ec2", "StopInstances", 8, false, reqInstances, respTerminate, nil},
	{"ec2", "CreateTags", 40, false, reqTags, respTrue, nil},
	{"ec2", "AuthorizeSecurityGroupIngress", 10, false, reqIngress, respTrue, []string{"Client.InvalidPermission.Duplicate"}},
	{"ec2", "RevokeSecurityGroupIngress", 5, false, reqIngress, respTrue, nil},
	{"ec2", "ModifyImageAttribute", 2, false, reqImageAttr, respTrue, nil},
	{"ec2", "CreateSnapshot", 12, false, reqVolume, respSnapshot, nil},
	{"s3", "GetBucketLocation", 140, true, reqBucket, nil, []string{"AccessDenied", "NoSuchBucket"}},
	{"s3", "GetBucketAcl", 120, true, reqBucket, nil, []string{"AccessDenied"}},
	{"s3", "ListBuckets", 60, true, null, nil, nil},
	{"s3", "PutBucketPolicy", 4, false, reqBucketPolicy, nil, []string{"AccessDenied"}},
	{"s3", "DeleteBucketPolicy", 1, false, reqBucket, nil, nil},
	{"s3", "PutBucketPublicAccessBlock", 3, false, reqPAB, nil, nil},
	{"s3", "PutObject", 260, false, reqObject, respObject, []string{"AccessDenied"}},
	{"s3", "GetObject", 420, true, reqObject, nil, []string{"AccessDenied", "NoSuchKey"}},
	{"s3", "DeleteObject", 60, false, reqObject, nil, nil},
	{"iam", "ListRoles", 30, true, null, nil, nil},
	{"iam", "GetRole", 90, true, reqRole, nil, []string{"NoSuchEntityException"}},
	{"iam", "CreateUser", 3, false, reqUser, respUser, []string{"EntityAlreadyExistsException", "AccessDenied"}},
	{"iam", "CreateAccessKey", 4, false, reqUser, respAccessKey, []string{"AccessDenied", "LimitExceededException"}},
	{"iam", "DeleteAccessKey", 2, false, reqUser, nil, nil},
	{"iam", "AttachUserPolicy", 3, false, reqAttach, nil, []string{"AccessDenied"}},
	{"iam", "AttachRolePolicy", 8, false, reqAttachRole, nil, nil},
	{"iam", "PutUserPolicy", 2, false, reqInlinePolicy, nil, nil},
	{"iam", "CreateLoginProfile", 1, false, reqUser, nil, nil},
	{"iam", "DeactivateMFADevice", 1, false, reqUser, nil, nil},
	{"signin", "ConsoleLogin", 9, false, null, nil, nil},
	{"lambda", "GetFunction20150331v2", 110, true, reqFunction, nil, nil},
	{"lambda", "UpdateFunctionCode20150331v2", 14, false, reqFunction, respFunction, nil},
	{"lambda", "Invoke", 300, false, reqFunction, nil, []string{"TooManyRequestsException"}},
	{"logs", "CreateLogStream", 420, false, reqLogStream, nil, []string{"ResourceAlreadyExistsException"}},
	{"logs", "DescribeLogGroups", 120, true, reqLimit, nil, nil},
	{"cloudtrail", "LookupEvents", 40, true, reqLimit, nil, nil},
	{"cloudtrail", "StopLogging", 1, false, reqTrail, nil, []string{"AccessDenied"}},
	{"cloudtrail", "DeleteTrail", 1, false, reqTrail, nil, nil},
	{"cloudtrail", "UpdateTrail", 1, false, reqTrail, nil, nil},
	{"guardduty", "ListFindings", 30, true, reqDetector, nil, nil},
	{"guardduty", "DeleteDetector", 1, false, reqDetector, nil, nil},
	{"config", "StopConfigurationRecorder", 1, false, reqRecorder, nil, nil},
	{"config", "PutEvaluations", 90, false, reqEvaluations, nil, nil},
	{"ssm", "GetParameter", 260, true, reqParam, nil, []string{"ParameterNotFound", "AccessDenied"}},
	{"ssm", "UpdateInstanceInformation", 700, false, reqSsmInfo, nil, nil},
	{"ssm", "SendCommand", 6, false, reqSendCommand, respSendCommand, nil},
	{"secretsmanager", "GetSecretValue", 190, true, reqSecret, nil, []string{"AccessDeniedException", "ResourceNotFoundException"}},
	{"dynamodb", "DescribeTable", 240, true, reqTable, nil, nil},
	{"ecs", "DescribeTasks", 130, true, reqCluster, nil, nil},
	{"eks", "DescribeCluster", 70, true, reqClusterName, nil, nil},
	{"rds", "DescribeDBInstances", 110, true, reqLimit, nil, nil},
	{"rds", "ModifyDBInstance", 3, false, reqModifyDB, respModifyDB, nil},
	{"cloudformation", "DescribeStacks", 90, true, reqStack, nil, nil},
	{"monitoring", "PutMetricAlarm", 8, false, reqAlarm, nil, nil},
	{"elasticloadbalancing", "DescribeTargetHealth", 200, true, reqTG, nil, nil},
	{"organizations", "LeaveOrganization", 1, false, null, nil, nil},
}
