// Our own service: what AWS has no operation for.
import { all, op, token } from './call';
import type { Epoch } from './incidents';
import type { Right } from './session';

export interface OutboxMessage {
  Time: Epoch;
  To: string;
  Channel: string;
  Kind: 'activation' | 'page' | 'update';
  ChannelArn?: string;
  PageArn?: string;
  Code?: string;
  Text: string;
}

export interface Job {
  Id: string;
  Queue: string;
  Kind: string;
  Due: Epoch;
  Attempts: number;
  LastError?: string;
  LeasedUntil?: Epoch;
}

export interface AuditEntry {
  Id: string;
  Time: Epoch;
  Principal: string;
  Address?: string;
  Operation: string;
  Resource?: string;
  Detail?: string;
}

export interface DeadLetter {
  Id: string;
  Time: Epoch;
  RuleArn: string;
  TargetArn: string;
  Code: string;
  Message: string;
  EventId: string;
  Event: string;
}

export interface AccessKey {
  AccessKeyId: string;
  Name: string;
  Rights: Right[];
  CreateTime: Epoch;
}

export interface Person {
  Name: string;
  Rights: Right[];
  CreateTime: Epoch;
  HasPassword: boolean;
  Passkeys: number;
}

const service = 'tocsin' as const;

export const listOutbox = () => all<OutboxMessage>(service, 'ListOutbox', {}, 'Messages', 500);
export const listJobs = () => all<Job>(service, 'ListJobs', {}, 'Jobs', 500);
export const listAudit = () => all<AuditEntry>(service, 'ListAudit', {}, 'Entries', 500);
export const listDeadLetters = () => all<DeadLetter>(service, 'ListDeadLetters', {}, 'DeadLetters', 500);
export const sendTestPage = (ContactId: string) =>
  op<{ EngagementArn: string }>(service, 'SendTestPage', { ContactId, IdempotencyToken: token() });

export const listKeys = () => all<AccessKey>(service, 'ListAccessKeys', {}, 'AccessKeys');
export const createKey = (Name: string, Rights: Right[]) =>
  op<{ AccessKeyId: string; SecretAccessKey: string }>(service, 'CreateAccessKey', { Name, Rights });
export const deleteKey = (AccessKeyId: string) => op(service, 'DeleteAccessKey', { AccessKeyId });

export const listPeople = () => all<Person>(service, 'ListPeople', {}, 'People');
export const createPerson = (Name: string, Rights: Right[]) => op(service, 'CreatePerson', { Name, Rights });
export const deletePerson = (Name: string) => op(service, 'DeletePerson', { Name });
export const createSignInLink = (Name: string) =>
  op<{ Url: string; ExpireTime: Epoch }>(service, 'CreateSignInLink', { Name });
