import { expect, it } from 'vitest';
import { ago, duration } from './time';

it.each([
  [0, '0 s'],
  [-4, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [192, '3 min 12 s'],
  [3599, '59 min 59 s'],
  [3600, '1 h'],
  [7500, '2 h 5 min'],
  [86400 * 2 + 4 * 3600 + 59, '2 d 4 h'],
])('%d seconds are %s', (seconds, said) => expect(duration(seconds)).toBe(said));

it.each([
  [98, 'just now'],
  [40, '1 min ago'],
  [-7200, '2 h ago'],
  [160, 'in 1 min'],
])('at 100, %d is %s', (then, said) => expect(ago(then, 100)).toBe(said));
