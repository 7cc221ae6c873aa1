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

/** The longest a stage may last. */
export const longestStage = 30;

/** The latest minute the editor takes: with filler stages of 30 minutes, a day. */
export const latestMinute = 1440;

/** The plan as minutes from the start. Empty stages only let time pass. */
export function rowsOf(stages: Stage[]): PlanRow[] {
  const rows: PlanRow[] = [];
  let minute = 0;
  for (const stage of stages) {
    for (const { ChannelTargetInfo: info } of stage.Targets) {
      if (!info) continue;
      const retry = info.RetryIntervalInMinutes;
      rows.push({ channel: info.ContactChannelId, minute, ...(retry === undefined ? {} : { retry }) });
    }
    minute += stage.DurationInMinutes;
  }
  return rows;
}

/**
 * The stages that reach each channel at its minute. Gaps of more than 30 minutes
 * become stages without targets; the last stage lasts 0 minutes, since nothing
 * follows it.
 */
export function stagesOf(rows: PlanRow[]): Stage[] {
  const minutes = [...new Set(rows.map((r) => r.minute))].sort((a, b) => a - b);
  const stages: Stage[] = [];
  if (minutes[0] !== undefined) stages.push(...waiting(minutes[0]));
  minutes.forEach((minute, i) => {
    const next = minutes[i + 1];
    const gap = next === undefined ? 0 : next - minute;
    stages.push({
      DurationInMinutes: Math.min(gap, longestStage),
      Targets: rows
        .filter((r) => r.minute === minute)
        .map((r) => ({
          ChannelTargetInfo: {
            ContactChannelId: r.channel,
            ...(r.retry === undefined ? {} : { RetryIntervalInMinutes: r.retry }),
          },
        })),
    });
    stages.push(...waiting(gap - longestStage));
  });
  return stages;
}

function waiting(minutes: number): Stage[] {
  const stages: Stage[] = [];
  for (let left = minutes; left > 0; left -= longestStage) {
    stages.push({ DurationInMinutes: Math.min(left, longestStage), Targets: [] });
  }
  return stages;
}
