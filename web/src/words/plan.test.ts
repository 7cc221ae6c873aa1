import { describe, expect, it } from 'vitest';
import { rowsOf, stagesOf, type PlanRow } from './plan';

const target = (id: string) => ({ ChannelTargetInfo: { ContactChannelId: id } });

describe('a plan in minutes', () => {
  it('becomes stages as the walk-through stores them', () => {
    expect(stagesOf([{ channel: 'mail', minute: 0 }, { channel: 'sms', minute: 10 }])).toEqual([
      { DurationInMinutes: 10, Targets: [target('mail')] },
      { DurationInMinutes: 0, Targets: [target('sms')] },
    ]);
  });

  it('fills gaps of more than half an hour', () => {
    const stages = stagesOf([{ channel: 'mail', minute: 0 }, { channel: 'sms', minute: 75 }]);
    expect(stages).toEqual([
      { DurationInMinutes: 30, Targets: [target('mail')] },
      { DurationInMinutes: 30, Targets: [] },
      { DurationInMinutes: 15, Targets: [] },
      { DurationInMinutes: 0, Targets: [target('sms')] },
    ]);
  });

  it('waits before a first page that is not at once', () => {
    expect(stagesOf([{ channel: 'sms', minute: 45 }])[0]).toEqual({ DurationInMinutes: 30, Targets: [] });
  });

  it('is nothing without rows', () => {
    expect(stagesOf([])).toEqual([]);
    expect(rowsOf([])).toEqual([]);
  });

  it('reads back what it wrote, whatever the order and the gaps', () => {
    const byTime = (a: PlanRow, b: PlanRow) => a.minute - b.minute || a.channel.localeCompare(b.channel);
    for (let seed = 1; seed < 400; seed++) {
      const rows: PlanRow[] = Array.from({ length: seed % 6 }, (_, i) => ({
        channel: `c${i}`,
        minute: (seed * 7919 * (i + 1)) % 331,
        ...(i % 2 ? { retry: i } : {}),
      }));
      const stages = stagesOf(rows);
      expect(rowsOf(stages).sort(byTime)).toEqual([...rows].sort(byTime));
      for (const s of stages) {
        expect(s.DurationInMinutes).toBeLessThanOrEqual(30);
        expect(s.Targets.length > 0 || s.DurationInMinutes > 0).toBe(true);
      }
    }
  });
});
