// Rules to begin with, and for each an event that it must match.

export interface Scenario {
  id: string;
  title: string;
  meaning: string;
  name: string;
  pattern: string;
  event: string;
}

const text = (value: unknown): string => JSON.stringify(value, null, 2);

const envelope = {
  version: '0',
  account: '111122223333',
  time: '2026-11-22T03:14:15Z',
  region: 'us-east-1',
  resources: [] as string[],
};

/** The scenarios of the walk-through. */
export const scenarios: Scenario[] = [
  {
    id: 'root',
    title: 'Root user activity',
    meaning: 'Anything the account’s root user does: API calls and console sign-ins, from CloudTrail.',
    name: 'root-activity',
    pattern: text({
      'detail-type': ['AWS API Call via CloudTrail', 'AWS Console Sign In via CloudTrail'],
      detail: { userIdentity: { type: ['Root'], invokedBy: [{ exists: false }] } },
    }),
    event: text({
      ...envelope,
      id: '0d3f2f9c-6f0b-4a3e-9a36-6f5d3cf1a001',
      'detail-type': 'AWS Console Sign In via CloudTrail',
      source: 'aws.signin',
      detail: {
        eventVersion: '1.08',
        userIdentity: { type: 'Root', principalId: '111122223333', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
        eventTime: '2026-11-22T03:14:15Z',
        eventSource: 'signin.amazonaws.com',
        eventName: 'ConsoleLogin',
        awsRegion: 'us-east-1',
        sourceIPAddress: '198.51.100.7',
        userAgent: 'Mozilla/5.0',
        responseElements: { ConsoleLogin: 'Success' },
        additionalEventData: { MFAUsed: 'No', LoginTo: 'https://console.aws.amazon.com/', MobileVersion: 'No' },
        eventID: '5b8fd2b1-4c2a-4b1e-8a55-2f7f0f6d1001',
        readOnly: false,
        eventType: 'AwsConsoleSignIn',
        recipientAccountId: '111122223333',
      },
    }),
  },
  {
    id: 'guardduty',
    title: 'GuardDuty, severity 7 and above',
    meaning: 'High and critical findings. A list of single numbers, as often copied, misses the critical ones.',
    name: 'guardduty-high',
    pattern: text({
      source: ['aws.guardduty'],
      'detail-type': ['GuardDuty Finding'],
      detail: { severity: [{ numeric: ['>=', 7] }] },
    }),
    event: text({
      ...envelope,
      id: '0d3f2f9c-6f0b-4a3e-9a36-6f5d3cf1a002',
      'detail-type': 'GuardDuty Finding',
      source: 'aws.guardduty',
      detail: {
        schemaVersion: '2.0',
        accountId: '111122223333',
        region: 'us-east-1',
        id: '16afba5c5c43e07c9e3e5e2e544e95df',
        type: 'UnauthorizedAccess:EC2/MaliciousIPCaller.Custom',
        severity: 8,
        title: 'EC2 instance i-99999999 is talking to a known bad address.',
        resource: { resourceType: 'Instance', instanceDetails: { instanceId: 'i-99999999' } },
      },
    }),
  },
  {
    id: 's3',
    title: 'S3 bucket turned public',
    meaning: 'A bucket that Config’s public read or public write rule finds non-compliant.',
    name: 's3-public-access',
    pattern: text({
      source: ['aws.config'],
      'detail-type': ['Config Rules Compliance Change'],
      detail: {
        messageType: ['ComplianceChangeNotification'],
        configRuleName: ['s3-bucket-public-read-prohibited', 's3-bucket-public-write-prohibited'],
        newEvaluationResult: { complianceType: ['NON_COMPLIANT'] },
      },
    }),
    event: text({
      ...envelope,
      id: '0d3f2f9c-6f0b-4a3e-9a36-6f5d3cf1a003',
      'detail-type': 'Config Rules Compliance Change',
      source: 'aws.config',
      detail: {
        resourceId: 'example-bucket',
        resourceType: 'AWS::S3::Bucket',
        awsRegion: 'us-east-1',
        awsAccountId: '111122223333',
        configRuleName: 's3-bucket-public-read-prohibited',
        configRuleARN: 'arn:aws:config:us-east-1:111122223333:config-rule/config-rule-abc123',
        messageType: 'ComplianceChangeNotification',
        newEvaluationResult: { complianceType: 'NON_COMPLIANT', resultRecordedTime: '2026-11-22T03:14:15Z' },
        oldEvaluationResult: { complianceType: 'COMPLIANT', resultRecordedTime: '2026-11-21T03:14:15Z' },
      },
    }),
  },
];
