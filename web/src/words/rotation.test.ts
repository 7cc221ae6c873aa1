import { expect, test } from 'vitest';
import type { Rotation } from '../api/oncall';
import { daysText, draftOf, faultsOf, handOffsFor, newDraft, recurrenceOf, recurrenceText, startOf, type Draft } from './rotation';

const at = (h: number, m = 0) => ({ HourOfDay: h, MinuteOfHour: m });
const rotation = (Recurrence: Rotation['Recurrence']): Rotation => ({ RotationArn: 'arn:r', Name: 'Night', ContactIds: ['a', 'b'], StartTime: Date.parse('2026-11-23T08:00:00Z') / 1000, TimeZoneId: 'Europe/Berlin', Recurrence });
const office = { Start: at(9), End: at(17, 30) };

test.each<[string, Rotation['Recurrence']]>([
  ['Hands off every day, 09:00, 21:00', { DailySettings: [at(9), at(21)], NumberOfOnCalls: 1, RecurrenceMultiplier: 1 }],
  [
    'Hands off every 2 weeks, Monday 09:00; only Mon–Wed 09:00–17:30, Sat 24 hours from 08:00; 2 at once',
    {
      WeeklySettings: [{ DayOfWeek: 'MON', HandOffTime: at(9) }],
      NumberOfOnCalls: 2,
      RecurrenceMultiplier: 2,
      ShiftCoverages: { MON: [office], TUE: [office], WED: [office], SAT: [{ Start: at(8), End: at(8) }] },
    },
  ],
  ['Hands off every month, day 31 at 00:05', { MonthlySettings: [{ DayOfMonth: 31, HandOffTime: at(0, 5) }], NumberOfOnCalls: 1, RecurrenceMultiplier: 1 }],
])('%s', (text, recurrence) => {
  expect(recurrenceText(recurrence)).toBe(text);
  const draft = draftOf(rotation(recurrence));
  expect(faultsOf(draft)).toEqual({});
  expect(recurrenceOf(draft)).toEqual(recurrence);
  expect(draft.start).toEqual({ day: '2026-11-23', time: '09:00' });
  expect(startOf(draft)).toBe(rotation(recurrence).StartTime);
});

test('a rotation may begin when it was made', () => {
  const draft = draftOf({ ...rotation({ DailySettings: [at(9)], NumberOfOnCalls: 1, RecurrenceMultiplier: 1 }), StartTime: undefined });
  expect([faultsOf(draft), startOf(draft)]).toEqual([{}, undefined]);
});

const fine: Draft = { ...newDraft('UTC', new Date('2026-11-23T10:00:00Z')), name: 'x', people: ['a'] };

test('a new rotation begins on the coming Monday', () => {
  expect(fine.start).toEqual({ day: '2026-11-30', time: '09:00' });
  expect(newDraft('UTC', new Date('2026-11-29T10:00:00Z')).start.day).toBe('2026-11-30');
  expect(faultsOf(fine)).toEqual({});
});

test.each<[string, Partial<Draft>]>([
  ['name', { name: '' }],
  ['name', { name: 'a/b' }],
  ['people', { people: [] }],
  ['zone', { zone: 'Mars/Base' }],
  ['multiplier', { multiplier: '0' }],
  ['multiplier', { multiplier: '101' }],
  ['atOnce', { atOnce: '2' }],
  ['handOffs', { handOffs: [] }],
  ['handOffs', { handOffs: [{ on: 'MON', time: '9' }] }],
  ['handOffs', { handOffs: [{ on: '1', time: '09:00' }] }],
  ['handOffs', { every: 'month', handOffs: [{ on: '32', time: '09:00' }] }],
  ['windows', { windows: [{ days: [], start: '09:00', end: '17:00' }] }],
  ['windows', { windows: [{ days: ['MON'], start: '09:00', end: '24:00' }] }],
  ['start', { start: { day: '2026-11-30', time: '' } }],
])('a fault of %s', (field, part) => {
  expect(Object.keys(faultsOf({ ...fine, ...part }))).toEqual([field]);
});

test('hand-offs follow the kind of recurrence, and keep the time', () => {
  const was = [{ on: 'TUE', time: '07:15' }];
  expect([handOffsFor('day', was), handOffsFor('week', was), handOffsFor('month', [])]).toEqual([[{ on: '', time: '07:15' }], [{ on: 'MON', time: '07:15' }], [{ on: '1', time: '09:00' }]]);
});

test('days are said shortly', () => {
  expect(daysText(['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'])).toBe('daily');
  expect(daysText(['FRI', 'MON', 'TUE', 'WED', 'THU'])).toBe('Mon–Fri');
  expect(daysText(['WED', 'MON'])).toBe('Mon, Wed');
  expect(daysText(['SAT', 'SUN'])).toBe('Sat, Sun');
});
