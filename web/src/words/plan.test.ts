import { describe, expect, it } from 'vitest';
import { minutesOf, rowsOf, stagesOf, timed, type PlanRow } from './plan';

const target = (id: string) => ({ ChannelTargetInfo: { ContactChannelId: id } });

describe('a plan in minutes', () => {
  it('becomes stages as the walk-through stores them', () => {
    expect(stagesOf({ rows: [{ channel: 'mail', minute: 0 }, { channel: 'sms', minute: 10 }], after: 0 })).toEqual({
      stages: [
        { DurationInMinutes: 10, Targets: [target('mail')] },
        { DurationInMinutes: 0, Targets: [target('sms')] },
      ],
    });
  });

  it('keeps gaps of more than half an hour in the tag', () => {
    expect(stagesOf({ rows: [{ channel: 'mail', minute: 0 }, { channel: 'sms', minute: 75 }], after: 5 })).toEqual({
      stages: [
        { DurationInMinutes: 30, Targets: [target('mail')] },
        { DurationInMinutes: 5, Targets: [target('sms')] },
      ],
      minutes: [75, 5],
    });
  });

  it('reads filler stages, and writes them as one gap', () => {
    const fillers = [
      { DurationInMinutes: 30, Targets: [target('mail')] },
      { DurationInMinutes: 15, Targets: [] },
      { DurationInMinutes: 20, Targets: [target('sms')] },
      { DurationInMinutes: 10, Targets: [] },
    ];
    expect(rowsOf(fillers)).toEqual({ rows: [{ channel: 'mail', minute: 0 }, { channel: 'sms', minute: 45 }], after: 30 });
    expect(stagesOf(rowsOf(fillers)).minutes).toEqual([45, 30]);
  });

  it('waits before a first page that is not at once', () => {
    expect(stagesOf({ rows: [{ channel: 'sms', minute: 45 }], after: 0 })).toEqual({
      stages: [{ DurationInMinutes: 30, Targets: [] }, { DurationInMinutes: 0, Targets: [target('sms')] }],
      minutes: [45, 0],
    });
  });

  it('is nothing without rows', () => {
    expect(stagesOf({ rows: [], after: 0 })).toEqual({ stages: [] });
    expect(rowsOf([])).toEqual({ rows: [], after: 0 });
  });

  it('reads back what it wrote, whatever the order and the gaps', () => {
    const byTime = (a: PlanRow, b: PlanRow) => a.minute - b.minute || a.channel.localeCompare(b.channel);
    for (let seed = 1; seed < 400; seed++) {
      const rows: PlanRow[] = Array.from({ length: seed % 6 }, (_, i) => ({
        channel: `c${i}`,
        minute: (seed * 7919 * (i + 1)) % 331,
        ...(i % 2 ? { retry: i } : {}),
      }));
      const after = rows.length > 0 ? seed % 50 : 0;
      const { stages, minutes } = stagesOf({ rows, after });
      const read = rowsOf(stages, minutes);
      expect({ ...read, rows: read.rows.sort(byTime) }).toEqual({ after, rows: [...rows].sort(byTime) });
      expect(minutes === undefined).toBe(minutesOf(stages, minutes ?? []).every((m) => m <= 30));
      for (const s of stages) {
        expect(s.DurationInMinutes).toBeLessThanOrEqual(30);
        expect(s.Targets.length > 0 || s.DurationInMinutes > 0).toBe(true);
      }
    }
  });
});

it('stages need the tag only when one lasts longer than half an hour', () => {
  const stage = (minutes: number) => ({ minutes, targets: [] });
  expect(timed([stage(30), stage(5)]).minutes).toBeUndefined();
  expect(timed([stage(31), stage(5)])).toEqual({ stages: [{ DurationInMinutes: 30, Targets: [] }, { DurationInMinutes: 5, Targets: [] }], minutes: [31, 5] });
  expect(minutesOf(timed([stage(5), stage(6)]).stages, [120])).toEqual([120, 6]);
});
