// What a GuardDuty finding says, in words.
import type { GuardDutyFinding } from '../api/guardduty';
import type { Epoch } from '../api/incidents';

export interface Band {
  name: 'Critical' | 'High' | 'Medium' | 'Low';
  colour: 'severity-critical' | 'severity-high' | 'severity-medium' | 'severity-low';
}

/** AWS's name of a severity. Source: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
export function bandOf(severity: number): Band {
  if (severity >= 9) return { name: 'Critical', colour: 'severity-critical' };
  if (severity >= 7) return { name: 'High', colour: 'severity-high' };
  if (severity >= 4) return { name: 'Medium', colour: 'severity-medium' };
  return { name: 'Low', colour: 'severity-low' };
}

// Where each type of resource has its name.
const names: Record<string, string[]> = {
  AccessKey: ['accessKeyDetails', 'userName'],
  Container: ['containerDetails', 'name'],
  EBSSnapshot: ['ebsSnapshotDetails', 'snapshotArn'],
  EC2Image: ['ec2ImageDetails', 'imageArn'],
  ECSCluster: ['ecsClusterDetails', 'name'],
  EKSCluster: ['eksClusterDetails', 'name'],
  Instance: ['instanceDetails', 'instanceId'],
  Lambda: ['lambdaDetails', 'functionName'],
  RDSDBInstance: ['rdsDbInstanceDetails', 'dbInstanceIdentifier'],
  RDSLimitlessDB: ['rdsLimitlessDbDetails', 'dbShardGroupIdentifier'],
  RecoveryPoint: ['recoveryPointDetails', 'recoveryPointArn'],
  S3Bucket: ['s3BucketDetails', '0', 'name'],
  S3Object: ['s3BucketDetails', '0', 'name'],
};

/** The resource a finding is about: its type, and its name where it is known where that stands. */
export function resourceOf(f: GuardDutyFinding): { kind: string; name?: string } {
  const kind = f.resource?.['resourceType'];
  if (typeof kind !== 'string') return { kind: 'Unknown' };
  const name = (names[kind] ?? []).reduce<unknown>((at, member) => (at as Record<string, unknown> | undefined)?.[member], f.resource);
  return typeof name === 'string' && name !== '' ? { kind, name } : { kind };
}

/** When what it tells was seen last; undefined where no time can be read. */
export function lastSeen(f: GuardDutyFinding): Epoch | undefined {
  const at = Date.parse(f.service?.eventLastSeen ?? f.updatedAt) / 1000;
  return Number.isFinite(at) ? at : undefined;
}

/** Whether an incident is of a finding, by the string that repeats fold by: "<rule> finding <id>". */
export const isOf = (dedupe: string | undefined, f: GuardDutyFinding): boolean => dedupe?.endsWith(` finding ${f.id}`) === true;
