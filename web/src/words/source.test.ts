import { expect, test } from 'vitest';
import type { DeadLetter, Source } from '../api/tocsin';
import { byTrouble, doing, lag, lettersHref, rate, sourceOf } from './source';

const source = (part: Partial<Source>): Source => ({ Name: 'hook', Kind: 'webhook', State: 'WELL', Received: 0, Matched: 0, Repeats: 0, Refused: 0, Late: 0, Missed: 0, Rate: 0, DeadLetters: 0, ...part });

test.each([
  [source({ LastEventTime: 990 }), 'success', 'Well'],
  [source({ State: 'QUIET' }), 'pending', 'Quiet: nothing has come since the server started'],
  [source({ State: 'QUIET', LastEventTime: 1000 - 90000 }), 'pending', 'Quiet for 1 d 1 h'],
  [source({ State: 'TROUBLE', Error: 'refused', TroubleSince: 940 }), 'error', 'In trouble for 1 min'],
  [source({ State: 'TROUBLE', Error: 'refused' }), 'error', 'In trouble'],
])('%o is told as %s: %s', (s, type, text) => {
  expect(doing(s, 1000)).toEqual({ type, text });
});

test('trouble comes first, the rest stays in order', () => {
  const all = [source({ Name: 'a' }), source({ Name: 'b', State: 'TROUBLE' }), source({ Name: 'c', State: 'QUIET' }), source({ Name: 'd', State: 'TROUBLE' })];
  expect(byTrouble(all).map((s) => s.Name)).toEqual(['b', 'd', 'a', 'c']);
});

test.each([
  [0, '0/min'],
  [1 / 60, '1/min'],
  [59 / 60, '59/min'],
  [1, '1/s'],
  [12.3456, '12.3/s'],
  [1234.5, '1,235/s'],
])('a rate of %d is %s', (r, text) => expect(rate(r)).toBe(text));

test.each([
  [undefined, '-'],
  [0.2, 'Under 1 s'],
  [75, '1 min 15 s'],
])('a lag of %d s is %s', (l, text) => expect(lag(l)).toBe(text));

test('dead letters name their source', () => {
  const letter = (TargetArn: string): DeadLetter => ({ Time: 0, TargetArn, ErrorCode: 'MALFORMED' });
  expect(sourceOf(letter('source:hook'))).toBe('hook');
  expect(sourceOf(letter('arn:aws:ssm-incidents::000000000000:response-plan/gone'))).toBeUndefined();
  expect(lettersHref('hook 1')).toBe('#/dead-letters?source=hook%201');
});
