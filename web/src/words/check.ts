// What a rule of AWS Config says, in words.
import type { Check, EvaluationResult } from '../api/config';

export interface Verdict {
  type: 'success' | 'error' | 'pending';
  text: string;
}

/** What a rule says of all its resources together. */
export function verdict(c: Check): Verdict {
  const n = c.broken.length;
  if (c.compliance === 'NON_COMPLIANT') return { type: 'error', text: n === 0 ? 'Not compliant' : `${n} not compliant` };
  if (c.compliance === 'COMPLIANT') return { type: 'success', text: 'Compliant' };
  return { type: 'pending', text: 'No result yet' };
}

/** Why a rule was not evaluated the last time, in a sentence to come after what it said before, which holds on. */
export function failure({ status: s }: Check): string | undefined {
  if (!s.LastErrorCode) return undefined;
  if (s.LastErrorCode === unwatched && s.LastErrorMessage) return s.LastErrorMessage;
  return `Could not be evaluated: ${[s.LastErrorCode, s.LastErrorMessage].filter(Boolean).join(': ')}`;
}

const unwatched = 'NoWatch';

/** Whether asking for an evaluation brings one: there is a watch for it, and it is not judged by whoever calls PutEvaluations. */
export const evaluatedHere = (c: Check): boolean => c.rule.Source.Owner === 'AWS' && c.status.LastErrorCode !== unwatched;

/** What breaks any of the rules, what broke last first. */
export const brokenOf = (all: Check[]): EvaluationResult[] => all.flatMap((c) => c.broken).sort((a, b) => b.ResultRecordedTime - a.ResultRecordedTime);

/** "S3 Bucket" for AWS::S3::Bucket. */
export const kindOf = (resourceType: string): string => resourceType.replace(/^AWS::/, '').replace(/^::/, '').replaceAll('::', ' ');

/** What a rule's name does not say already: its description, or the managed rule that it is. */
export function aboutOf({ rule }: Check): string | undefined {
  const id = rule.Source.SourceIdentifier;
  return rule.Description || (id === rule.ConfigRuleName.replaceAll('-', '_').toUpperCase() ? undefined : id);
}
