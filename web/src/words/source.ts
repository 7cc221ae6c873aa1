// How a source of events does, in words.
import type { DeadLetter, Source } from '../api/tocsin';
import type { Epoch } from '../api/incidents';
import { duration } from './time';

export interface Doing {
  type: 'success' | 'pending' | 'error';
  text: string;
}

/** The state of a source in a few words, without its error. */
export function doing(s: Source, now: Epoch): Doing {
  if (s.State === 'TROUBLE') return { type: 'error', text: s.TroubleSince ? `In trouble for ${duration(now - s.TroubleSince)}` : 'In trouble' };
  if (s.State === 'QUIET') return { type: 'pending', text: s.LastEventTime ? `Quiet for ${duration(now - s.LastEventTime)}` : 'Quiet: nothing has come since the server started' };
  return { type: 'success', text: 'Well' };
}

/** Those in trouble first, each kind in the order of tocsin.yaml. */
export const byTrouble = (all: Source[]): Source[] => [...all].sort((a, b) => Number(b.State === 'TROUBLE') - Number(a.State === 'TROUBLE'));

const number = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

export const count = (n: number): string => number.format(n);

/** How often events come: "12.4/s", below one a second "3/min". */
export function rate(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond < 100 ? short.format(perSecond) : number.format(Math.round(perSecond))}/s`;
  return `${Math.round(perSecond * 60)}/min`;
}

/** How old the last event was when it came. */
export function lag(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  return seconds < 1 ? 'Under 1 s' : duration(seconds);
}

/** The source that a dead letter is of, if it is of one. */
export const sourceOf = (l: DeadLetter): string | undefined => (l.TargetArn.startsWith('source:') ? l.TargetArn.slice('source:'.length) : undefined);

/** Where the dead letters of a source are. */
export const lettersHref = (name: string): string => `#/dead-letters?source=${encodeURIComponent(name)}`;
