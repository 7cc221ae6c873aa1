// A person's engagement plan: people think in minutes from the start, the API
// keeps stages whose durations say when the next one begins.

export interface StageTarget {
  ChannelTargetInfo?: { ContactChannelId: string; RetryIntervalInMinutes?: number };
  ContactTargetInfo?: { ContactId?: string; IsEssential: boolean };
}

export interface Stage {
  /** Minutes until the next stage begins, 0 to 30. */
  DurationInMinutes: number;
  Targets: StageTarget[];
}

/** One line of the plan editor: reach this channel so many minutes after the start. */
export interface PlanRow {
  channel: string;
  minute: number;
  /** Minutes to wait before trying again when sending failed. */
  retry?: number;
}

/** The longest a stage may last by AWS's model; a tag lets it last longer. */
export const longestStage = 30;

/** The latest minute the editor takes: a day. */
export const latestMinute = 1440;

export interface Rows {
  rows: PlanRow[];
  /** Minutes that pass after the last row, before the plan is over. */
  after: number;
}

/** The stages' minutes: those of the tag where there are some, their own otherwise. */
export const minutesOf = (stages: Stage[], tagged: number[]): number[] => stages.map((s, i) => tagged[i] ?? s.DurationInMinutes);

/** The plan as minutes from the start. Empty stages only let time pass. */
export function rowsOf(stages: Stage[], tagged: number[] = []): Rows {
  const rows: PlanRow[] = [];
  const minutes = minutesOf(stages, tagged);
  let minute = 0;
  stages.forEach((stage, i) => {
    for (const { ChannelTargetInfo: info } of stage.Targets) {
      if (!info) continue;
      const retry = info.RetryIntervalInMinutes;
      rows.push({ channel: info.ContactChannelId, minute, ...(retry === undefined ? {} : { retry }) });
    }
    minute += minutes[i]!;
  });
  return { rows, after: rows.length === 0 ? 0 : minute - Math.max(...rows.map((r) => r.minute)) };
}

/** Stages, and their minutes where one lasts longer than AWS's model has it. */
export interface Timed {
  stages: Stage[];
  minutes?: number[];
}

/** The stages that last so many minutes each; a tag is needed for the longer ones. */
export function timed(stages: { minutes: number; targets: StageTarget[] }[]): Timed {
  const long = stages.some((s) => s.minutes > longestStage);
  return {
    stages: stages.map((s) => ({ DurationInMinutes: Math.min(s.minutes, longestStage), Targets: s.targets })),
    ...(long ? { minutes: stages.map((s) => s.minutes) } : {}),
  };
}

/**
 * The stages that reach each channel at its minute. Where the first minute is not
 * 0, a stage without targets lets the time pass.
 */
export function stagesOf({ rows, after }: Rows): Timed {
  const times = [...new Set(rows.map((r) => r.minute))].sort((a, b) => a - b);
  const first = times[0] ?? 0;
  return timed([
    ...(first > 0 ? [{ minutes: first, targets: [] }] : []),
    ...times.map((minute, i) => ({
      minutes: (times[i + 1] ?? minute + after) - minute,
      targets: rows
        .filter((r) => r.minute === minute)
        .map((r) => ({ ChannelTargetInfo: { ContactChannelId: r.channel, ...(r.retry === undefined ? {} : { RetryIntervalInMinutes: r.retry }) } })),
    })),
  ]);
}
