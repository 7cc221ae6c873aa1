// Rotations, their shifts and overrides: the shapes of ssm-contacts.
import { all, op } from './call';
import type { Epoch } from './incidents';

export type Day = 'MON' | 'TUE' | 'WED' | 'THU' | 'FRI' | 'SAT' | 'SUN';

export interface HandOff {
  HourOfDay: number;
  MinuteOfHour: number;
}

export interface Recurrence {
  MonthlySettings?: { DayOfMonth: number; HandOffTime: HandOff }[];
  WeeklySettings?: { DayOfWeek: Day; HandOffTime: HandOff }[];
  DailySettings?: HandOff[];
  /** How many people are on call at once. */
  NumberOfOnCalls: number;
  /** A shift lasts so many days, weeks or months. */
  RecurrenceMultiplier: number;
  ShiftCoverages?: Partial<Record<Day, { Start: HandOff; End: HandOff }[]>>;
}

export interface Rotation {
  RotationArn: string;
  Name: string;
  ContactIds: string[];
  StartTime?: Epoch;
  TimeZoneId: string;
  Recurrence: Recurrence;
}

export interface Shift {
  ContactIds: string[];
  StartTime: Epoch;
  EndTime: Epoch;
  Type?: 'REGULAR' | 'OVERRIDDEN';
  ShiftDetails?: { OverriddenContactIds: string[] };
}

export interface Override {
  RotationOverrideId: string;
  NewContactIds: string[];
  StartTime: Epoch;
  EndTime: Epoch;
  CreateTime?: Epoch;
}

const service = 'ssm-contacts' as const;

export const listRotations = () => all<Rotation>(service, 'ListRotations', {}, 'Rotations');
export const getRotation = (RotationId: string) => op<Rotation>(service, 'GetRotation', { RotationId });
export const createRotation = (input: Omit<Rotation, 'RotationArn'> & { IdempotencyToken: string }) => op<{ RotationArn: string }>(service, 'CreateRotation', input);
export const updateRotation = (input: { RotationId: string } & Omit<Rotation, 'RotationArn' | 'Name'>) => op(service, 'UpdateRotation', input);
export const deleteRotation = (RotationId: string) => op(service, 'DeleteRotation', { RotationId });

// A shift that an override has left without people may come without the member.
const whole = (shifts: (Omit<Shift, 'ContactIds'> & { ContactIds?: string[] })[]): Shift[] => shifts.map((s) => ({ ...s, ContactIds: s.ContactIds ?? [] }));

/** The shifts that have a part between two instants, whole. */
export const listShifts = (RotationId: string, StartTime: Epoch, EndTime: Epoch) => all<Shift>(service, 'ListRotationShifts', { RotationId, StartTime, EndTime }, 'RotationShifts', 2000).then(whole);

/** The shifts that a rotation would have, without making it. */
export const previewShifts = (input: { RotationStartTime?: Epoch; StartTime: Epoch; EndTime: Epoch; Members: string[]; TimeZoneId: string; Recurrence: Recurrence }) =>
  all<Shift>(service, 'ListPreviewRotationShifts', input, 'RotationShifts', 2000).then(whole);

export const listOverrides = (RotationId: string, StartTime: Epoch, EndTime: Epoch) =>
  all<Override>(service, 'ListRotationOverrides', { RotationId, StartTime, EndTime }, 'RotationOverrides');
export const createOverride = (input: { RotationId: string; NewContactIds: string[]; StartTime: Epoch; EndTime: Epoch; IdempotencyToken: string }) =>
  op<{ RotationOverrideId: string }>(service, 'CreateRotationOverride', input);
export const deleteOverride = (RotationId: string, RotationOverrideId: string) => op(service, 'DeleteRotationOverride', { RotationId, RotationOverrideId });
