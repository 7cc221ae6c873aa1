// What the pages about on-call duty fetch.
import { useEffect } from 'react';
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Epoch } from '../../api/incidents';
import { getRotation, listOverrides, listShifts, type Rotation } from '../../api/oncall';
import { listOnCall, type Duty } from '../../api/tocsin';
import { getContact } from '../../api/contacts';
import { useNow } from '../../now';
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

/** Who is on call now and next: by all schedules, or by one. */
export function useOnCall(schedule?: string) {
  const client = useQueryClient();
  const query = useQuery({ queryKey: ['rotation', 'on-call', schedule ?? ''], queryFn: () => listOnCall(schedule), refetchInterval: 60_000 });
  // Turns end by the clock, not by a change that would be told.
  const now = useNow();
  const turn = query.data?.flatMap((s) => [...(s.OnCall ?? []).map((d) => d.EndTime), s.NextTime ?? Infinity]).find((t) => t <= now);
  useEffect(() => {
    if (turn !== undefined) void client.invalidateQueries({ queryKey: ['rotation', 'on-call'] });
  }, [client, turn]);
  return query;
}

/** The people of some shifts, each once. */
export const peopleOf = (duties: Duty[] | undefined): string[] => [...new Set((duties ?? []).flatMap((d) => d.ContactArns ?? []))];
