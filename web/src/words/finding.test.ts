import { expect, test } from 'vitest';
import type { ContactSummary } from '../api/contacts';
import type { Finding } from '../api/tocsin';
import { kindsOf, placeOf, planToSimulate } from './finding';

const contact = (Alias: string, Type: ContactSummary['Type'], DisplayName?: string): ContactSummary => ({ ContactArn: `arn:aws:ssm-contacts:us-east-1:000000000000:contact/${Alias}`, Alias, Type, DisplayName });
const contacts = [contact('ann', 'PERSONAL', 'Ann Lee'), contact('team', 'ESCALATION'), contact('night', 'ONCALL_SCHEDULE')];

test.each([
  ['arn:aws:ssm-contacts:us-east-1:000000000000:contact/ann', 'Ann Lee', '#/contacts/ann'],
  ['arn:aws:ssm-contacts:us-east-1:000000000000:contact/team', 'team', '#/escalation/team'],
  ['arn:aws:ssm-contacts:us-east-1:000000000000:contact/night', 'night', '#/oncall/night'],
  ['arn:aws:ssm-contacts:us-east-1:000000000000:contact-channel/ann/0f0f', 'a channel of Ann Lee', '#/contacts/ann'],
  ['arn:aws:ssm-contacts:us-east-1:000000000000:rotation/0f0f', 'the rotation', '#/oncall/~/rotations/0f0f'],
  ['arn:aws:ssm-incidents::000000000000:response-plan/root', 'response plan root', '#/plans/root'],
  ['arn:aws:events:us-east-1:000000000000:rule/old', 'rule old', '#/rules/old'],
  ['arn:aws:events:us-east-1:000000000000:rule/bus/old', 'rule bus', undefined],
  ['arn:aws:ssm-contacts:eu-west-1:000000000000:contact/ann', 'contact ann in eu-west-1', undefined],
  ['arn:aws:new:us-east-1:000000000000:thing/x', 'thing x', undefined],
  ['arn:aws:config:us-east-1:000000000000:watch/s3', 'watch s3', '#/checks'],
  ['arn:aws:config:us-east-1:000000000000:config-rule/config-rule-0f0f0f', 'the checks', '#/checks'],
  ['source:audit-queue', 'source audit-queue', '#/sources'],
  ['not an ARN', 'not an ARN', undefined],
])('%s is mended there', (arn, name, href) => {
  expect(placeOf(arn, contacts, 'us-east-1')).toEqual({ name, ...(href ? { href } : {}) });
});

const finding = (Kind: string, Severity: Finding['Severity']): Finding => ({ Kind, Severity, ResourceArn: 'arn:aws:ssm-incidents::000000000000:response-plan/root', Message: '', Recommendation: '' });

test('findings of one kind stand together', () => {
  const all = [finding('a', 'ERROR'), finding('b', 'ERROR'), finding('a', 'NOTE')];
  expect(kindsOf(all)).toEqual([[all[0], all[2]], [all[1]]]);
});

test('what a simulation would explain leads to one', () => {
  expect(planToSimulate(finding('plan-runs-dry', 'NOTE'))).toBe('root');
  expect(planToSimulate(finding('plan-engages-nobody', 'WARNING'))).toBeUndefined();
});
