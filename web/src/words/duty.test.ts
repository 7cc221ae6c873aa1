import { expect, test } from 'vitest';
import type { Shift } from '../api/oncall';
import { gapsOf, partsOf, stretchesOf } from './duty';

const shift = (StartTime: number, EndTime: number, ...ContactIds: string[]): Shift => ({ StartTime, EndTime, ContactIds });

test('rotations side by side become one row of stretches', () => {
  const shifts = [shift(0, 10, 'ann'), shift(10, 20, 'ann'), shift(5, 15, 'bob'), shift(25, 40, 'bob'), shift(40, 50)];
  expect(stretchesOf(shifts, 2, 45)).toEqual([
    { start: 2, end: 5, people: ['ann'] },
    { start: 5, end: 15, people: ['ann', 'bob'] },
    { start: 15, end: 20, people: ['ann'] },
    { start: 20, end: 25, people: [] },
    { start: 25, end: 40, people: ['bob'] },
    { start: 40, end: 45, people: [] },
  ]);
  expect(gapsOf(shifts, 0, 60).map((g) => [g.start, g.end])).toEqual([[20, 25], [40, 60]]);
  expect(gapsOf([], 0, 60)).toEqual([{ start: 0, end: 60, people: [] }]);
});

test('parts stand where their days stand, also when a day is short', () => {
  const midnights = [0, 24, 47, 71]; // the second day has 23 hours
  const item = (start: number, end: number) => ({ start, end });
  const [whole, part, on] = [item(-5, 80), item(12, 24 + 11.5), item(47, 71)];
  expect(partsOf([whole, part, on, item(71, 90), item(-9, 0)], midnights)).toEqual([
    { item: whole, from: 0, to: 1, begun: true, goesOn: true },
    { item: part, from: 0.5 / 3, to: 1.5 / 3, begun: false, goesOn: false },
    { item: on, from: 2 / 3, to: 1, begun: false, goesOn: false },
  ]);
});
