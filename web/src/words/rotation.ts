// A rotation as it is typed, and as ssm-contacts keeps it.
import type { Day, HandOff, Recurrence, Rotation } from '../api/oncall';
import { dayTimeIn, instantIn, knownZone } from './zone';

export const dayNames: Record<Day, string> = { MON: 'Monday', TUE: 'Tuesday', WED: 'Wednesday', THU: 'Thursday', FRI: 'Friday', SAT: 'Saturday', SUN: 'Sunday' };
export const week = Object.keys(dayNames) as Day[];

export type Every = 'day' | 'week' | 'month';

export interface Window {
  days: Day[];
  start: string;
  end: string;
}

export interface Draft {
  name: string;
  people: string[];
  zone: string;
  every: Every;
  /** Days, weeks or months that a shift lasts. */
  multiplier: string;
  /** Hand-offs: a weekday or the day of the month, left out for daily ones; and the time. */
  handOffs: { on: string; time: string }[];
  atOnce: string;
  /** Empty: around the clock. */
  windows: Window[];
  /** Left empty: when it is made. */
  start: { day: string; time: string };
}

/** A weekly rotation from the coming Monday at nine, to begin with. */
export function newDraft(zone: string, now: Date): Draft {
  const start = new Date(now.getTime() + (((8 - now.getUTCDay()) % 7) || 7) * 86400_000).toISOString().slice(0, 10);
  return { name: '', people: [], zone, every: 'week', multiplier: '1', handOffs: [{ on: 'MON', time: '09:00' }], atOnce: '1', windows: [], start: { day: start, time: '09:00' } };
}

const two = (n: number) => String(n).padStart(2, '0');
const clock = (t: HandOff): string => `${two(t.HourOfDay)}:${two(t.MinuteOfHour)}`;
const handOff = (text: string): HandOff => ({ HourOfDay: Number(text.slice(0, 2)), MinuteOfHour: Number(text.slice(3)) });
const isTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

const everyOf = (r: Recurrence): Every => ((r.WeeklySettings?.length ?? 0) > 0 ? 'week' : (r.MonthlySettings?.length ?? 0) > 0 ? 'month' : 'day');

/** A stored rotation as it is typed. */
export function draftOf(r: Rotation): Draft {
  const { Recurrence: rec } = r;
  const handOffs = [
    ...(rec.DailySettings ?? []).map((s) => ({ on: '', time: clock(s) })),
    ...(rec.WeeklySettings ?? []).map((s) => ({ on: s.DayOfWeek as string, time: clock(s.HandOffTime) })),
    ...(rec.MonthlySettings ?? []).map((s) => ({ on: String(s.DayOfMonth), time: clock(s.HandOffTime) })),
  ];
  return {
    name: r.Name,
    people: r.ContactIds,
    zone: r.TimeZoneId,
    every: everyOf(rec),
    multiplier: String(rec.RecurrenceMultiplier),
    handOffs,
    atOnce: String(rec.NumberOfOnCalls),
    windows: windowsOf(rec.ShiftCoverages ?? {}),
    start: r.StartTime === undefined ? { day: '', time: '' } : dayTimeIn(r.StartTime, r.TimeZoneId),
  };
}

/** Days with the same hours stand together. */
function windowsOf(coverages: NonNullable<Recurrence['ShiftCoverages']>): Window[] {
  const rows = new Map<string, Window>();
  for (const day of week) {
    for (const c of coverages[day] ?? []) {
      const [start, end] = [clock(c.Start), clock(c.End)];
      const row = rows.get(start + end) ?? { days: [], start, end };
      row.days.push(day);
      rows.set(start + end, row);
    }
  }
  return [...rows.values()];
}

function coveragesOf(windows: Window[]): Recurrence['ShiftCoverages'] {
  const out: NonNullable<Recurrence['ShiftCoverages']> = {};
  for (const w of windows) for (const d of w.days) (out[d] ??= []).push({ Start: handOff(w.start), End: handOff(w.end) });
  return out;
}

/** The recurrence of a draft without faults. */
export function recurrenceOf(d: Draft): Recurrence {
  const at = (h: Draft['handOffs'][number]) => handOff(h.time);
  return {
    ...(d.every === 'day' ? { DailySettings: d.handOffs.map(at) } : {}),
    ...(d.every === 'week' ? { WeeklySettings: d.handOffs.map((h) => ({ DayOfWeek: h.on as Day, HandOffTime: at(h) })) } : {}),
    ...(d.every === 'month' ? { MonthlySettings: d.handOffs.map((h) => ({ DayOfMonth: Number(h.on), HandOffTime: at(h) })) } : {}),
    NumberOfOnCalls: Number(d.atOnce),
    RecurrenceMultiplier: Number(d.multiplier),
    ...(d.windows.length > 0 ? { ShiftCoverages: coveragesOf(d.windows) } : {}),
  };
}

/** What is wrong with a draft, by field; the server has the last word. */
export type Faults = Partial<Record<'name' | 'people' | 'zone' | 'multiplier' | 'handOffs' | 'atOnce' | 'windows' | 'start', string>>;

export function faultsOf(d: Draft): Faults {
  const number = (text: string, most: number) => (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? undefined : `1 to ${most}.`);
  const f: Faults = {
    name: /^[a-zA-Z0-9_\-\s.]{0,255}$/.test(d.name) ? (d.name.trim() === '' ? '' : undefined) : 'Letters, digits, spaces, _ - and . only.',
    people: d.people.length === 0 ? 'Choose at least one person.' : d.people.length > 30 ? 'At most 30.' : undefined,
    zone: knownZone(d.zone) ? undefined : 'Choose a time zone.',
    multiplier: number(d.multiplier, 100),
    atOnce: number(d.atOnce, Math.max(1, d.people.length)),
    handOffs: handOffFault(d),
    windows: d.windows.some((w) => w.days.length === 0 || !isTime(w.start) || !isTime(w.end)) ? 'Each needs days, a start and an end.' : undefined,
    start: d.start.day + d.start.time === '' || instantIn(d.start, knownZone(d.zone) ? d.zone : 'UTC') !== undefined ? undefined : 'Write the day and the time.',
  };
  return Object.fromEntries(Object.entries(f).filter(([, v]) => v !== undefined));
}

function handOffFault(d: Draft): string | undefined {
  if (d.handOffs.length === 0) return 'At least one.';
  if (d.handOffs.some((h) => !isTime(h.time))) return 'Write each time as 09:00.';
  if (d.every === 'week' && d.handOffs.some((h) => !(h.on in dayNames))) return 'Choose a weekday.';
  if (d.every === 'month' && d.handOffs.some((h) => !/^\d{1,2}$/.test(h.on) || Number(h.on) < 1 || Number(h.on) > 31)) return 'Days of the month are 1 to 31.';
  return undefined;
}

/** When the first shift begins, in a draft without faults; undefined: when it was made. */
export const startOf = (d: Draft): number | undefined => instantIn(d.start, d.zone);

/** The hand-offs that fit another kind of recurrence. */
export function handOffsFor(every: Every, was: Draft['handOffs']): Draft['handOffs'] {
  const on = { day: '', week: 'MON', month: '1' }[every];
  return [{ on, time: was[0]?.time ?? '09:00' }];
}

/** "Every 2 weeks, Monday 09:00; Monday to Friday 09:00–17:00; 2 at once". */
export function recurrenceText(r: Recurrence): string {
  const every = everyOf(r);
  const n = r.RecurrenceMultiplier;
  const when = [
    ...(r.DailySettings ?? []).map(clock),
    ...(r.WeeklySettings ?? []).map((s) => `${dayNames[s.DayOfWeek]} ${clock(s.HandOffTime)}`),
    ...(r.MonthlySettings ?? []).map((s) => `day ${s.DayOfMonth} at ${clock(s.HandOffTime)}`),
  ];
  const hours = (w: Window) => (w.start !== w.end ? `${w.start}–${w.end}` : w.start === '00:00' ? 'all day' : `24 hours from ${w.start}`);
  const covered = windowsOf(r.ShiftCoverages ?? {}).map((w) => `${daysText(w.days)} ${hours(w)}`);
  return [
    `Hands off every ${n === 1 ? every : `${n} ${every}s`}, ${when.join(', ')}`,
    covered.length > 0 ? `only ${covered.join(', ')}` : '',
    r.NumberOfOnCalls > 1 ? `${r.NumberOfOnCalls} at once` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** "Mon–Fri", "Mon, Wed", "daily". */
export function daysText(days: Day[]): string {
  const at = days.map((d) => week.indexOf(d)).sort((a, b) => a - b);
  const short = (i: number) => dayNames[week[i]!].slice(0, 3);
  if (at.length === 7) return 'daily';
  const [first, last] = [at[0]!, at.at(-1)!];
  if (at.length > 2 && last - first === at.length - 1) return `${short(first)}–${short(last)}`;
  return at.map(short).join(', ');
}
