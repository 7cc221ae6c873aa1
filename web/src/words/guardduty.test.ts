import { expect, test } from 'vitest';
import type { GuardDutyFinding } from '../api/guardduty';
import { bandOf, isOf, lastSeen, resourceOf } from './guardduty';

const finding = (part: Partial<GuardDutyFinding>): GuardDutyFinding => ({ id: 'f1', type: 'Recon:EC2/Portscan', severity: 5, accountId: '111122223333', region: 'us-east-1', updatedAt: '2026-11-23T03:00:00.000Z', ...part });

test.each([
  [9.5, 'Critical'],
  [9, 'Critical'],
  [8.9, 'High'],
  [7, 'High'],
  [4, 'Medium'],
  [3.9, 'Low'],
  [1, 'Low'],
])('severity %d is %s', (severity, name) => expect(bandOf(severity).name).toBe(name));

test.each([
  [{ resourceType: 'Instance', instanceDetails: { instanceId: 'i-1' } }, { kind: 'Instance', name: 'i-1' }],
  [{ resourceType: 'S3Bucket', s3BucketDetails: [{ name: 'exports' }], accessKeyDetails: { userName: 'ann' } }, { kind: 'S3Bucket', name: 'exports' }],
  [{ resourceType: 'S3Bucket', s3BucketDetails: [] }, { kind: 'S3Bucket' }],
  [{ resourceType: 'S3Bucket' }, { kind: 'S3Bucket' }],
  [{ resourceType: 'AccessKey', accessKeyDetails: { userName: 7 } }, { kind: 'AccessKey' }],
  [{ resourceType: 'AttackSequence' }, { kind: 'AttackSequence' }],
  [{ resourceType: 'SomethingNew', newDetails: {} }, { kind: 'SomethingNew' }],
  [undefined, { kind: 'Unknown' }],
])('%o is told as %o', (resource, told) => expect(resourceOf(finding({ resource }))).toEqual(told));

test('when it was seen last', () => {
  expect(lastSeen(finding({ service: { eventLastSeen: '2026-11-23T02:00:00Z' } }))).toBe(Date.UTC(2026, 10, 23, 2) / 1000);
  expect(lastSeen(finding({}))).toBe(Date.UTC(2026, 10, 23, 3) / 1000);
  expect(lastSeen(finding({ updatedAt: 'yesterday' }))).toBeUndefined();
});

test('an incident is of a finding by what repeats fold by', () => {
  const rule = 'arn:aws:events:us-east-1:000000000000:rule/guardduty';
  expect(isOf(`${rule} finding f1`, finding({}))).toBe(true);
  expect(isOf(`${rule} finding ff1`, finding({}))).toBe(false);
  expect(isOf('a string of the plan', finding({}))).toBe(false);
  expect(isOf(undefined, finding({}))).toBe(false);
});
