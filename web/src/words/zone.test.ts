import { expect, test } from 'vitest';
import { dayTimeIn, instantIn, instantOfWall, knownZone, midnights, wallOf, zones } from './zone';

const at = (text: string) => Date.parse(text) / 1000;

test.each([
  ['UTC', '2026-11-23T03:00', '2026-11-23T03:00:00Z'],
  ['Europe/Berlin', '2026-11-23T03:00', '2026-11-23T02:00:00Z'],
  ['Asia/Kathmandu', '2026-11-23T03:00', '2026-11-22T21:15:00Z'],
  ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00Z'], // twice: the earlier one
  ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30:00Z'],
  ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00:00Z'], // never: the end of the gap
  ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30:00Z'], // a gap of half an hour
  ['America/Havana', '2026-03-08T00:00', '2026-03-08T05:00:00Z'], // a gap at midnight
  ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00:00Z'], // a day that never was
])('%s: %s is %s', (zone, wall, instant) => {
  expect(instantOfWall(at(wall + 'Z'), zone)).toBe(at(instant));
});

test('what a clock shows leads back to its instant', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
    for (let t = at('2026-01-01T00:07:00Z'); t < at('2027-01-01T00:00:00Z'); t += 86400 * 2 + 3 * 3600) {
      const back = instantOfWall(wallOf(t, zone), zone);
      expect(wallOf(back, zone)).toBe(wallOf(t, zone));
      expect(t - back === 0 || t - back === 3600 || t - back === 1800, `${zone} ${t}`).toBe(true);
    }
  }
});

test('days are as long as they are', () => {
  const lengths = (zone: string, day: string, n: number) => {
    const m = midnights(at(day), n, zone);
    return m.slice(1).map((end, i) => (end - m[i]!) / 3600);
  };
  expect(lengths('Europe/Berlin', '2026-03-28T12:00:00Z', 3)).toEqual([24, 23, 24]);
  expect(lengths('Europe/Berlin', '2026-10-24T12:00:00Z', 3)).toEqual([24, 25, 24]);
  expect(midnights(at('2026-11-23T23:30:00Z'), 1, 'Europe/Berlin')[0]).toBe(at('2026-11-23T23:00:00Z'));
});

test('days and times are read and written', () => {
  const t = at('2026-12-25T02:00:00Z');
  expect(dayTimeIn(t, 'Europe/Berlin')).toEqual({ day: '2026-12-25', time: '03:00' });
  expect(instantIn({ day: '2026-12-25', time: '03:00' }, 'Europe/Berlin')).toBe(t);
  for (const typed of [{ day: '', time: '03:00' }, { day: '2026-12-25', time: '3' }, { day: '2026-13-45', time: '03:00' }]) expect(instantIn(typed, 'UTC')).toBeUndefined();
  expect(instantIn({ day: '2026-12-25', time: '03:00' }, 'Mars/Base')).toBeUndefined();
  expect([knownZone('Europe/Berlin'), knownZone(''), knownZone('Mars/Base')]).toEqual([true, false, false]);
  expect(zones()).toContain('UTC');
});
