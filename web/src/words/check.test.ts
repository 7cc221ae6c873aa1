import { expect, test } from 'vitest';
import type { Check, EvaluationResult } from '../api/config';
import { aboutOf, brokenOf, evaluatedHere, failure, kindOf, verdict } from './check';

const breach = (ResourceId: string, ResultRecordedTime: number): EvaluationResult => ({
  ComplianceType: 'NON_COMPLIANT',
  ResultRecordedTime,
  EvaluationResultIdentifier: { EvaluationResultQualifier: { ConfigRuleName: 'r', ResourceType: 'AWS::S3::Bucket', ResourceId } },
});
const check = (part: Partial<Check>): Check => ({
  rule: { ConfigRuleName: 'r', ConfigRuleArn: '', ConfigRuleId: '', Source: { Owner: 'AWS' } },
  compliance: 'COMPLIANT',
  status: { ConfigRuleName: 'r' },
  broken: [],
  ...part,
});

test.each([
  [check({}), 'success', 'Compliant'],
  [check({ compliance: 'INSUFFICIENT_DATA' }), 'pending', 'No result yet'],
  [check({ compliance: 'NON_COMPLIANT', broken: [breach('a', 1), breach('b', 2)] }), 'error', '2 not compliant'],
  // It changed between two of the calls.
  [check({ compliance: 'NON_COMPLIANT' }), 'error', 'Not compliant'],
])('%o says %s: %s', (c, type, text) => {
  expect(verdict(c)).toEqual({ type, text });
});

const failed = (LastErrorCode?: string, LastErrorMessage?: string) => check({ status: { ConfigRuleName: 'r', LastErrorCode, LastErrorMessage } });

test.each([
  [failed(), undefined],
  [failed('AccessDenied', 'not allowed'), 'Could not be evaluated: AccessDenied: not allowed'],
  [failed('Timeout'), 'Could not be evaluated: Timeout'],
  [failed('NoWatch', 'Nothing evaluates this rule'), 'Nothing evaluates this rule'],
])('%o fails with %s', (c, why) => expect(failure(c)).toBe(why));

test('what broke last comes first, over all rules', () => {
  const all = [check({ broken: [breach('a', 10), breach('b', 30)] }), check({}), check({ broken: [breach('c', 20)] })];
  expect(brokenOf(all).map((b) => b.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId)).toEqual(['b', 'c', 'a']);
});

test('only managed rules that are watched are evaluated here', () => {
  expect(evaluatedHere(failed('Timeout'))).toBe(true);
  expect(evaluatedHere(failed('NoWatch'))).toBe(false);
  expect(evaluatedHere(check({}))).toBe(true);
  expect(evaluatedHere(check({ rule: { ...check({}).rule, Source: { Owner: 'CUSTOM_LAMBDA' } } }))).toBe(false);
});

test.each([
  ['AWS::S3::Bucket', 'S3 Bucket'],
  ['AWS::::Account', 'Account'],
  ['AWS::CloudTrail::Trail', 'CloudTrail Trail'],
])('%s is a %s', (type, kind) => expect(kindOf(type)).toBe(kind));

test('what the name does not say', () => {
  const rule = (ConfigRuleName: string, Description?: string) => check({ rule: { ConfigRuleName, ConfigRuleArn: '', ConfigRuleId: '', Description, Source: { Owner: 'AWS', SourceIdentifier: 'CLOUD_TRAIL_ENABLED' } } });
  expect(aboutOf(rule('cloud-trail-enabled'))).toBeUndefined();
  expect(aboutOf(rule('trails'))).toBe('CLOUD_TRAIL_ENABLED');
  expect(aboutOf(rule('cloud-trail-enabled', 'A trail is on'))).toBe('A trail is on');
});
