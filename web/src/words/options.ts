// What plans can do beyond AWS's, kept as tags of the contact (docs/plan-options.md).
import type { ContactType } from '../api/contacts';
import { duration } from './time';
import { sentence } from './sentence';

export const optionTags = {
  repeat: 'tocsin/repeat',
  ackMinutes: 'tocsin/ack-minutes',
  fallback: 'tocsin/fallback',
  stageMinutes: 'tocsin/stage-minutes',
} as const;

/** The longest that a tag lets a stage, or an acknowledgment, last: a day. */
export const longestOption = 1440;
const mostRepeats = 20;

/** The options as they are typed; empty means off. */
export interface PlanOptions {
  repeat: string;
  ackMinutes: string;
  /** A contact's ARN. */
  fallback: string;
}

export const optionsOf = (tags: Record<string, string>): PlanOptions => ({
  repeat: tags[optionTags.repeat] ?? '',
  ackMinutes: tags[optionTags.ackMinutes] ?? '',
  fallback: tags[optionTags.fallback] ?? '',
});

/** The stages' minutes that stand in a tag. */
export const taggedMinutes = (tags: Record<string, string>): number[] =>
  (tags[optionTags.stageMinutes] ?? '').split(/\s+/).filter(Boolean).map(Number);

const off = (text: string): boolean => text === '' || text === '0';

/** The tags that say so; `minutes` are given where a stage lasts longer than AWS knows. */
export function tagsOfOptions(o: PlanOptions, minutes: number[] | undefined): Record<string, string> {
  return {
    ...(off(o.repeat) ? {} : { [optionTags.repeat]: o.repeat }),
    ...(off(o.ackMinutes) ? {} : { [optionTags.ackMinutes]: o.ackMinutes }),
    ...(o.fallback === '' ? {} : { [optionTags.fallback]: o.fallback }),
    ...(minutes ? { [optionTags.stageMinutes]: minutes.join(' ') } : {}),
  };
}

const within = (text: string, most: number): string | undefined => (/^\d{0,4}$/.test(text) && Number(text) <= most ? undefined : `0 to ${most}, or empty.`);

export const repeatFault = (text: string): string | undefined => within(text, mostRepeats);
export const ackFault = (text: string): string | undefined => within(text, longestOption);
export const optionsFine = (o: PlanOptions): boolean => !repeatFault(o.repeat) && !ackFault(o.ackMinutes);

/** Whether a kind of contact has stages, which can be repeated. */
export const hasStages = (type: ContactType): boolean => type !== 'ONCALL_SCHEDULE';

/** The options in a sentence; empty when all are off. */
export function optionsText(o: PlanOptions, name: (arn: string) => string): string {
  const times = Number(o.repeat);
  const said = [
    times > 0 ? (times === 1 ? 'repeats once' : `repeats ${times} times`) : '',
    o.fallback ? `then pages ${name(o.fallback)}` : '',
    Number(o.ackMinutes) > 0 ? `begins anew ${duration(Number(o.ackMinutes) * 60)} after an acknowledgment` : '',
  ].filter(Boolean);
  const text = said.join(', ');
  return sentence(text);
}
