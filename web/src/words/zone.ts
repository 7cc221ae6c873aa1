// Wall clocks of other time zones, by the browser's own zone data.
import type { Epoch } from '../api/incidents';

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let f = formats.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formats.set(zone, f);
  }
  return f;
}

/** Whether the browser knows the zone. */
export function knownZone(zone: string): boolean {
  try {
    format(zone);
    return zone !== '';
  } catch {
    return false;
  }
}

/** What a wall clock in the zone shows, as seconds since 1970 on that clock. */
export function wallOf(t: Epoch, zone: string): number {
  const p: Record<string, number> = {};
  for (const { type, value } of format(zone).formatToParts(t * 1000)) p[type] = Number(value);
  return Date.UTC(p['year']!, p['month']! - 1, p['day'], p['hour'], p['minute'], p['second']) / 1000;
}

const day = 86400;

/**
 * The instant at which a wall clock in the zone shows this: the earlier one where it
 * does so twice, the first one after the gap where it never does.
 */
export function instantOfWall(wall: number, zone: string): Epoch {
  const [before, after] = [wall - day, wall + day].map((t) => wallOf(t, zone) - t) as [number, number];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) if (wallOf(wall - offset, zone) === wall) return wall - offset;
  let [low, high] = [wall - after - day, wall - before + day];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (wallOf(middle, zone) - middle === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Midnights in the zone: that of the day of `t`, and those of the `n` days after it. */
export function midnights(t: Epoch, n: number, zone: string): Epoch[] {
  const first = Math.floor(wallOf(t, zone) / day) * day;
  return Array.from({ length: n + 1 }, (_, i) => instantOfWall(first + i * day, zone));
}

/** "2026-12-25" and "03:00" on a wall clock in the zone. */
export function dayTimeIn(t: Epoch, zone: string): { day: string; time: string } {
  const text = new Date(wallOf(t, zone) * 1000).toISOString();
  return { day: text.slice(0, 10), time: text.slice(11, 16) };
}

/** The instant of a typed day and time in the zone, or undefined while they are not whole. */
export function instantIn({ day: date, time }: { day: string; time: string }, zone: string): Epoch | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !/^\d\d:\d\d$/.test(time) || !knownZone(zone)) return undefined;
  const wall = Date.parse(`${date}T${time}Z`) / 1000;
  return Number.isFinite(wall) ? instantOfWall(wall, zone) : undefined;
}

/** "08:00" in the zone. */
export const hourIn = (t: Epoch, zone: string): string => dayTimeIn(t, zone).time;

const days = new Map<string, Intl.DateTimeFormat>();

/** "Mon, Nov 23" in the zone. */
export function dayIn(t: Epoch, zone: string): string {
  let f = days.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat(undefined, { timeZone: zone, weekday: 'short', day: 'numeric', month: 'short' });
    days.set(zone, f);
  }
  return f.format(t * 1000);
}

/** "Mon, Nov 23, 08:00" in the zone. */
export const momentIn = (t: Epoch, zone: string): string => `${dayIn(t, zone)}, ${hourIn(t, zone)}`;

/** Every zone the browser knows; UTC among them. */
export const zones = (): string[] => [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
