// Our own service: what AWS has no operation for.
import { all, op } from './call';
import type { ChannelType } from './contacts';
import type { RuleState } from './events';
import type { Epoch } from './incidents';
import type { Right } from './session';

export interface OutboxMessage {
  Time: Epoch;
  To: string;
  Channel: string;
  Kind: 'activation' | 'page' | 'update';
  ChannelArn?: string;
  PageArn?: string;
  IncidentArn?: string;
  Code?: string;
  Subject?: string;
  Text?: string;
}

export interface PendingJob {
  Due: Epoch;
  Queue: string;
  Kind: string;
  /** Tries that have failed so far. */
  Attempt: number;
  /** What it is about. */
  Subject?: string;
}

export interface AuditRecord {
  Time: Epoch;
  Principal: string;
  Address?: string;
  Operation: string;
  Resource?: string;
  Detail?: string;
  RequestId?: string;
}

export interface DeadLetter {
  Time: Epoch;
  RuleArn?: string;
  TargetArn: string;
  ErrorCode: string;
  ErrorMessage?: string;
  EventId?: string;
  Event?: string;
}

export type SourceState = 'WELL' | 'QUIET' | 'TROUBLE';

/** How a source of events does since the server started. */
export interface Source {
  Name: string;
  Kind: string;
  State: SourceState;
  /** The path it is posted to; left out where it fetches. */
  Address?: string;
  Received: number;
  Matched: number;
  Repeats: number;
  Refused: number;
  Late: number;
  Missed: number;
  /** Events a second over the last minute. */
  Rate: number;
  /** Of it among the newest thousand. */
  DeadLetters: number;
  LastEventTime?: Epoch;
  /** How old the last event was when it came. */
  LagSeconds?: number;
  Error?: string;
  ErrorTime?: Epoch;
  TroubleSince?: Epoch;
}

export interface Key {
  AccessKeyId: string;
  Name: string;
  Rights: Right[];
  Account: string;
  CreatedAt: Epoch;
}

export interface Person {
  Name: string;
  Rights: Right[];
  CreatedAt: Epoch;
}

/** One contact on the way from what was engaged to the person. */
export interface SimulatedHop {
  ContactArn: string;
  ContactName?: string;
  Type: 'PERSONAL' | 'ESCALATION' | 'ONCALL_SCHEDULE';
  StageIndex?: number;
}

export type SimulatedKind =
  | 'PAGE'
  | 'FAILED_PAGE'
  | 'SKIPPED'
  | 'ON_CALL'
  | 'ACKNOWLEDGED'
  | 'NOT_ACKNOWLEDGED'
  | 'PLAN_ENDED'
  | 'PLAN_RESTARTED'
  | 'RUN_DRY'
  | 'CUT_OFF';

/** One thing that would happen. */
export interface SimulatedLine {
  Time: Epoch;
  Kind: SimulatedKind;
  EngagedContactArn?: string;
  ContactArn?: string;
  ContactName?: string;
  ChannelArn?: string;
  ChannelName?: string;
  ChannelType?: ChannelType;
  Stage?: number;
  Path?: SimulatedHop[];
  OnCallContactArns?: string[];
  Reason?: string;
}

export interface Forecast {
  Lines: SimulatedLine[];
  ReachedContactArns: string[];
  /** When all stages have passed and nobody has acknowledged. */
  RunsDryAt?: Epoch;
}

export interface SimulateInput {
  ResponsePlan?: string;
  ContactId?: string;
  Time?: Epoch;
  Minutes?: number;
  Acknowledgements?: { ContactId: string; AfterMinutes: number }[];
  FailedChannels?: string[];
}

export type Severity = 'ERROR' | 'WARNING' | 'NOTE';

/** One thing that would fail at three in the morning. */
export interface Finding {
  Kind: string;
  Severity: Severity;
  ResourceArn: string;
  Message: string;
  Recommendation: string;
}

/** A shift by which people are on call. */
export interface Duty {
  ContactArns?: string[];
  RotationArn: string;
  RotationName: string;
  TimeZoneId: string;
  StartTime: Epoch;
  EndTime: Epoch;
  Type: 'REGULAR' | 'OVERRIDDEN';
  OverriddenContactArns?: string[];
}

export interface OnCall {
  ContactArn: string;
  ContactName?: string;
  OnCall?: Duty[];
  /** When other people are on call, and by what. */
  NextTime?: Epoch;
  Next?: Duty[];
  /** When nobody is on call in the next 14 days. */
  Gaps?: { StartTime: Epoch; EndTime: Epoch }[];
}

const service = 'tocsin' as const;

/** Who is on call now and next, by every schedule or one of them. */
export const listOnCall = (ContactId?: string) => op<{ Schedules?: OnCall[] }>(service, 'ListOnCall', ContactId ? { ContactId } : {}).then((o) => o.Schedules ?? []);
/** Where a calendar of the shifts of a schedule, or of a person, can be subscribed to without signing in. */
export const calendarUrl = (ContactId: string) => op<{ Url: string }>(service, 'GetCalendarUrl', { ContactId }).then((o) => o.Url);
export const resetCalendarUrl = (ContactId: string) => op<{ Url: string }>(service, 'ResetCalendarUrl', { ContactId });

/** Who would be paged when, told by the live engine's own code; pages nobody. */
export const simulate = (input: SimulateInput) => op<Forecast>(service, 'Simulate', input);
export const doctor = () => op<{ Findings: Finding[]; ExaminedAt: Epoch }>(service, 'Doctor');

/** Something that is probably not meant so in a rule. */
export interface RuleFinding {
  Id: string;
  Severity: Severity;
  Message: string;
  /** Of the pattern's text, from 1; left out where the rule as such is meant. */
  Line?: number;
  Column?: number;
  NeverMatches: boolean;
  Advice?: string;
  BetterPattern?: string;
  BetterState?: RuleState;
}

export interface TestRuleInput {
  EventPattern: string;
  Event: string;
  State: RuleState;
  TargetArns: string[];
}

/** Whether a rule matches an event, why it does not, and what is probably not meant so in it. */
export const testRule = (input: TestRuleInput) => op<{ Matches?: boolean; Reason?: string; Findings: RuleFinding[] }>(service, 'TestRule', input);

export const listOutbox = () => all<OutboxMessage>(service, 'ListOutbox', {}, 'Messages', 500);
export const listPending = () => all<PendingJob>(service, 'ListPending', {}, 'Jobs', 500);
export const listAudit = () => all<AuditRecord>(service, 'ListAudit', {}, 'Records', 500);
export const listDeadLetters = () => all<DeadLetter>(service, 'ListDeadLetters', {}, 'DeadLetters', 500);
export const listSources = () => op<{ Sources: Source[] }>(service, 'ListSources').then((o) => o.Sources);
export const sendTestPage = (ContactId: string) => op<{ EngagementArn: string }>(service, 'SendTestPage', { ContactId });

export const listKeys = () => op<{ Keys: Key[] }>(service, 'ListKeys').then((o) => o.Keys);
export const createKey = (Name: string, Rights: Right[]) =>
  op<{ AccessKeyId: string; SecretAccessKey: string }>(service, 'CreateKey', { Name, Rights });
export const deleteKey = (AccessKeyId: string) => op(service, 'DeleteKey', { AccessKeyId });

export const listPeople = () => op<{ People: Person[] }>(service, 'ListPeople').then((o) => o.People);
/** Makes somebody who may sign in, and the link they come in by. */
export const createPerson = (Name: string, Rights: Right[]) => op<{ SignInLink: string }>(service, 'CreatePerson', { Name, Rights });
export const createSignInLink = (PersonName: string) =>
  op<{ Url: string; ExpiresAt: Epoch }>(service, 'CreateSignInLink', { PersonName });
