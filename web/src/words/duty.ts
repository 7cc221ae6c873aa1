// Who is on call when, by the shifts that the server tells.
import type { Shift } from '../api/oncall';
import type { Epoch } from '../api/incidents';

/** A stretch of time without anybody, or with these people. */
export interface Stretch {
  start: Epoch;
  end: Epoch;
  people: string[];
}

/** Who is on call by several rotations together, stretch by stretch, without holes from `from` to `to`. */
export function stretchesOf(shifts: Shift[], from: Epoch, to: Epoch): Stretch[] {
  const edges = [...new Set([from, to, ...shifts.flatMap((s) => [s.StartTime, s.EndTime])])].filter((t) => t >= from && t <= to).sort((a, b) => a - b);
  const out: Stretch[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [start, end] = [edges[i]!, edges[i + 1]!];
    const people = [...new Set(shifts.filter((s) => s.StartTime <= start && s.EndTime >= end).flatMap((s) => s.ContactIds))];
    const last = out.at(-1);
    if (last && same(last.people, people)) last.end = end;
    else out.push({ start, end, people });
  }
  return out;
}

const same = (a: string[], b: string[]): boolean => a.length === b.length && a.every((x) => b.includes(x));

/** When nobody is on call. */
export const gapsOf = (shifts: Shift[], from: Epoch, to: Epoch): Stretch[] => stretchesOf(shifts, from, to).filter((s) => s.people.length === 0);

/** A part of something on one day of a calendar. */
export interface Part<T> {
  item: T;
  /** Where on the day it begins and ends, 0 to 1. */
  from: number;
  to: number;
  /** Whether it goes on from the day before, or on the next. */
  begun: boolean;
  goesOn: boolean;
}

/**
 * What falls into a row of days, placed by the row's days; `midnights` are the days'
 * beginnings and the last one's end. Days with 23 or 25 hours are as wide as others.
 */
export function partsOf<T extends { start: Epoch; end: Epoch }>(items: T[], midnights: Epoch[]): Part<T>[] {
  const [first, last] = [midnights[0]!, midnights.at(-1)!];
  const place = (t: Epoch): number => {
    if (t <= first) return 0;
    if (t >= last) return 1;
    const day = midnights.findIndex((m, i) => t >= m && t < (midnights[i + 1] ?? Infinity));
    return (day + (t - midnights[day]!) / (midnights[day + 1]! - midnights[day]!)) / (midnights.length - 1);
  };
  return items
    .filter((i) => i.start < last && i.end > first)
    .map((item) => ({ item, from: place(item.start), to: place(item.end), begun: item.start < first, goesOn: item.end > last }));
}
