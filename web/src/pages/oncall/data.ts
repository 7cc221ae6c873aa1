// What the pages about on-call duty fetch.
import { useQueries, useQuery } from '@tanstack/react-query';
import type { Epoch } from '../../api/incidents';
import { getRotation, listOverrides, listShifts, type Rotation, type Shift } from '../../api/oncall';
import { getContact } from '../../api/contacts';
import { useNow } from '../../now';
import { stretchesOf } from '../../words/duty';
import { midnights } from '../../words/zone';
import { weeks, type Lane } from '../../parts/calendar';
import { zone } from '../../parts/when';

const day = 86400;

/** From the day before today to the end of what a calendar shows, in any zone; the same all day long. */
export function useSpan(): { today: Epoch; from: Epoch; to: Epoch } {
  const now = useNow();
  const today = midnights(now, 0, zone)[0]!;
  return { today, from: today - day, to: today + (7 * weeks + 2) * day };
}

export const useSchedule = (arn: string, enabled = true) => useQuery({ queryKey: ['contact', arn], queryFn: () => getContact(arn), enabled });

/** Rotations in this order; `missing` are those that are gone. */
export function useRotations(ids: string[]) {
  const all = useQueries({ queries: ids.map((id) => ({ queryKey: ['rotation', id], queryFn: () => getRotation(id) })) });
  return {
    rotations: all.map((q) => q.data).filter((r): r is Rotation => r !== undefined),
    missing: ids.filter((_, i) => all[i]!.error && !all[i]!.data),
    pending: all.some((q) => q.isPending),
  };
}

/** The shifts of rotations, from yesterday to the end of the calendar, or between two instants. */
export function useLanes(rotations: Rotation[], between?: { from: Epoch; to: Epoch }) {
  const span = useSpan();
  const { from, to } = between ?? span;
  const all = useQueries({
    queries: rotations.map((r) => ({ queryKey: ['rotation', r.RotationArn, 'shifts', from, to], queryFn: () => listShifts(r.RotationArn, from, to) })),
  });
  const lanes = rotations.map((r, i): Lane => ({ id: r.RotationArn, name: r.Name, zone: r.TimeZoneId, shifts: all[i]!.data ?? [] }));
  return { lanes, pending: all.some((q) => q.isPending), error: all.find((q) => q.error)?.error };
}

export function useOverrides(rotations: Rotation[]) {
  const { from, to } = useSpan();
  const all = useQueries({
    queries: rotations.map((r) => ({
      queryKey: ['rotation', r.RotationArn, 'overrides', from, to],
      // Overrides may lie half a year ahead.
      queryFn: () => listOverrides(r.RotationArn, from + day, to + 190 * day).then((list) => list.map((o) => ({ ...o, rotation: r }))),
    })),
  });
  return { overrides: all.flatMap((q) => q.data ?? []).sort((a, b) => a.StartTime - b.StartTime), pending: all.some((q) => q.isPending), error: all.find((q) => q.error)?.error };
}

export interface Duty {
  people: string[];
  from: Epoch;
  to: Epoch;
  /** The shifts that make it so. */
  by: { lane: Lane; shift: Shift }[];
}

/** Who is on call now, and who next, as far as the shifts reach. */
export function useDuty(lanes: Lane[]): { now: Duty; next?: Duty } {
  const at = useNow();
  const { from, to } = useSpan();
  const by = (t: Epoch) => lanes.flatMap((lane) => lane.shifts.filter((s) => s.StartTime <= t && t < s.EndTime).map((shift) => ({ lane, shift })));
  const row = stretchesOf(lanes.flatMap((l) => l.shifts), from, to);
  const here = row.findIndex((s) => s.start <= at && at < s.end);
  const duty = (s: (typeof row)[number], t: Epoch): Duty => ({ people: s.people, from: s.start, to: s.end, by: by(t) });
  const next = row.slice(here + 1).find((s) => s.people.length > 0);
  return { now: duty(row[here] ?? { start: from, end: to, people: [] }, at), ...(next ? { next: duty(next, next.start) } : {}) };
}
