// Sample data of what brings events in by itself, of what is checked, and of what GuardDuty finds.

/** Sources, rules and findings in each state. */
export function sampleSignals(s, now) {
  const source = (Name, Kind, State, rest) => ({ Name, Kind, State, Received: 0, Matched: 0, Repeats: 0, Refused: 0, Late: 0, Missed: 0, Rate: 0, DeadLetters: 0, ...rest });
  s.sources = [
    source('eventbridge', 'webhook', 'WELL', { Address: '/ingest/eventbridge', Received: 1204332, Matched: 412, Repeats: 38, Rate: 12.38, LastEventTime: now - 2, LagSeconds: 0.4 }),
    source('alertmanager', 'webhook', 'QUIET', { Address: '/ingest/alertmanager' }),
    source('trail-logs', 'sqs', 'TROUBLE', { Received: 90211, Matched: 12, Late: 3, LastEventTime: now - 5400, LagSeconds: 340, TroubleSince: now - 5300, ErrorTime: now - 14, Error: 'queue https://sqs.us-east-1.amazonaws.com/111122223333/trail-logs: access is denied: the principal needs sqs:ReceiveMessage' }),
    source('audit', 'cloudtrail-files', 'WELL', { Received: 8820113, Matched: 96, Repeats: 91, Refused: 1, DeadLetters: 1, Missed: 2, Rate: 0.25, LastEventTime: now - 41, LagSeconds: 760 }),
  ];
  s.letters.push({ Time: now - 9000, TargetArn: 'source:audit', ErrorCode: 'MALFORMED', ErrorMessage: '111122223333_CloudTrail_us-east-1_20261122T0310Z_a.json.gz: unexpected EOF', Event: '{"Records":[{"eventVersion":"1.09",' });
  const rule = (ConfigRuleName, SourceIdentifier, ComplianceType, status) => ({
    rule: { ConfigRuleName, ConfigRuleArn: `arn:aws:config:us-east-1:000000000000:config-rule/config-rule-${ConfigRuleName}`, Source: SourceIdentifier ? { Owner: 'AWS', SourceIdentifier } : { Owner: 'CUSTOM_LAMBDA' } },
    compliance: { ConfigRuleName, Compliance: { ComplianceType } },
    status: { ConfigRuleName, LastSuccessfulEvaluationTime: now - 31, ...status },
    results: [],
  });
  s.checks = [
    rule('cloud-trail-enabled', 'CLOUD_TRAIL_ENABLED', 'COMPLIANT', { LastSuccessfulEvaluationTime: now - 8000, LastFailedEvaluationTime: now - 44, LastErrorCode: 'AccessDenied', LastErrorMessage: 'cloudtrail:DescribeTrails is not allowed' }),
    rule('disks-encrypted', undefined, 'INSUFFICIENT_DATA', { LastSuccessfulEvaluationTime: undefined }),
    rule('s3-bucket-public-read-prohibited', 'S3_BUCKET_PUBLIC_READ_PROHIBITED', 'NON_COMPLIANT'),
    rule('s3-bucket-public-write-prohibited', 'S3_BUCKET_PUBLIC_WRITE_PROHIBITED', 'COMPLIANT'),
  ];
  const broken = (ResourceId, ResultRecordedTime, Annotation) => ({ ComplianceType: 'NON_COMPLIANT', ResultRecordedTime, Annotation, EvaluationResultIdentifier: { EvaluationResultQualifier: { ConfigRuleName: 's3-bucket-public-read-prohibited', ResourceType: 'AWS::S3::Bucket', ResourceId } } });
  s.checks[2].results.push(broken('acme-downloads', now - 86400 * 3, 'The bucket policy allows public read access.'), broken('customer-exports-2026', now - 190, 'The S3 bucket ACL allows public read access.'));
  const finding = (id, severity, type, title, resource, seen, rest) => ({ id, severity, type, title, description: `${title}. It may be an attempt to take data out.`, accountId: '111122223333', region: 'us-east-1', updatedAt: new Date((now - seen) * 1000).toISOString(), resource, service: { archived: false, count: 1, eventLastSeen: new Date((now - seen) * 1000).toISOString(), ...rest } });
  s.found = [
    finding('f1', 9, 'AttackSequence:S3/CompromisedData', 'Data of the bucket customer-exports-2026 may have been taken', { resourceType: 'AttackSequence' }, 190),
    finding('f2', 8, 'UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS', 'Credentials of the instance role backup were used from outside of AWS', { resourceType: 'AccessKey', accessKeyDetails: { userName: 'backup' } }, 3900, { count: 12 }),
    finding('f3', 5, 'Recon:EC2/Portscan', 'The instance i-0f00ba4 scans ports', { resourceType: 'Instance', instanceDetails: { instanceId: 'i-0f00ba4' } }, 86400),
    finding('f4', 2, 'Policy:IAMUser/RootCredentialUsage', '[SAMPLE] The root user called an API', { resourceType: 'AccessKey', accessKeyDetails: { userName: 'Root' } }, 86400 * 8),
    finding('f5', 2, 'Policy:S3/BucketBlockPublicAccessDisabled', 'Block Public Access was turned off for acme-downloads', { resourceType: 'S3Bucket', s3BucketDetails: [{ name: 'acme-downloads' }] }, 86400 * 3, { archived: true }),
  ];
}

const checks = (s) => s.checks ?? [];

export const configOperations = {
  DescribeConfigRules: (s) => ({ ConfigRules: checks(s).map((c) => c.rule) }),
  DescribeComplianceByConfigRule: (s) => ({ ComplianceByConfigRules: checks(s).map((c) => c.compliance) }),
  DescribeConfigRuleEvaluationStatus: (s) => ({ ConfigRulesEvaluationStatus: checks(s).map((c) => c.status) }),
  GetComplianceDetailsByConfigRule: (s, b) => ({ EvaluationResults: checks(s).find((c) => c.rule.ConfigRuleName === b.ConfigRuleName).results }),
  StartConfigRulesEvaluation: (s, b) => checks(s).filter((c) => b.ConfigRuleNames.includes(c.rule.ConfigRuleName)).forEach((c) => (c.status.LastSuccessfulEvaluationTime = Date.now() / 1000)),
};

const put = (s, b, archived) => s.found.filter((f) => b.findingIds.includes(f.id)).forEach((f) => (f.service.archived = archived));

export const guarddutyOperations = {
  ListDetectors: (s) => ({ detectorIds: s.found ? ['d1'] : [] }),
  ListFindings: (s, b) => ({ findingIds: s.found.filter((f) => b.findingCriteria.criterion['service.archived'].equals.includes(String(f.service.archived))).map((f) => f.id) }),
  GetFindings: (s, b) => ({ findings: s.found.filter((f) => b.findingIds.includes(f.id)) }),
  ArchiveFindings: (s, b) => put(s, b, true),
  UnarchiveFindings: (s, b) => put(s, b, false),
};
