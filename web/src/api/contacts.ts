// The shapes of ssm-contacts that the console uses.
// Reference: https://docs.aws.amazon.com/incident-manager/latest/APIReference/API_Operations_AWS_Systems_Manager_Incident_Manager_Contacts.html
import { all, op, token } from './call';
import type { Epoch } from './incidents';
import type { Stage } from '../words/plan';

export type ContactType = 'PERSONAL' | 'ESCALATION' | 'ONCALL_SCHEDULE';
export type ChannelType = 'EMAIL' | 'SMS' | 'VOICE';

export interface ContactSummary {
  ContactArn: string;
  Alias: string;
  DisplayName?: string;
  Type: ContactType;
}

export interface Contact extends ContactSummary {
  Plan: Plan;
}

/** Stages, or of an on-call schedule its rotations. */
export interface Plan {
  Stages?: Stage[];
  RotationIds?: string[];
}

export interface Channel {
  ContactChannelArn: string;
  ContactArn: string;
  Name: string;
  Type?: ChannelType;
  DeliveryAddress: { SimpleAddress: string };
  ActivationStatus: 'ACTIVATED' | 'NOT_ACTIVATED';
}

export interface Engagement {
  EngagementArn: string;
  ContactArn: string;
  Sender: string;
  IncidentId?: string;
  StartTime?: Epoch;
  StopTime?: Epoch;
}

export interface Page {
  PageArn: string;
  EngagementArn: string;
  ContactArn: string;
  Sender: string;
  IncidentId?: string;
  SentTime?: Epoch;
  DeliveryTime?: Epoch;
  ReadTime?: Epoch;
}

export interface Receipt {
  ContactChannelArn?: string;
  ReceiptType: 'SENT' | 'DELIVERED' | 'READ' | 'ERROR' | 'STOP';
  ReceiptInfo?: string;
  ReceiptTime: Epoch;
}

const service = 'ssm-contacts' as const;

export const listContacts = (type?: ContactType) =>
  all<ContactSummary>(service, 'ListContacts', type ? { Type: type } : {}, 'Contacts');
export const getContact = (ContactId: string) => op<Contact>(service, 'GetContact', { ContactId });
export const createContact = (input: {
  Alias: string;
  DisplayName: string;
  Type: ContactType;
  Plan: Plan;
  Tags?: Tag[];
  IdempotencyToken: string;
}) => op<{ ContactArn: string }>(service, 'CreateContact', input);
export const updateContact = (input: { ContactId: string; DisplayName?: string; Plan?: Plan }) =>
  op(service, 'UpdateContact', input);
interface Tag {
  Key: string;
  Value: string;
}
/** Tags as this service has them: a list. */
export const tagList = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
export const contactTags = (ResourceARN: string): Promise<Record<string, string>> =>
  op<{ Tags?: Tag[] }>(service, 'ListTagsForResource', { ResourceARN }).then((o) => Object.fromEntries((o.Tags ?? []).map((t) => [t.Key, t.Value])));

/**
 * Changes a contact and those of its tags that are plan options. An open engagement
 * follows at once, so longer stages are said before the plan has them and forgotten after.
 */
export async function changeContact(change: { ContactId: string; DisplayName?: string; Plan?: Plan }, have: Record<string, string>, want: Record<string, string>): Promise<void> {
  const set = Object.fromEntries(Object.entries(want).filter(([k, v]) => have[k] !== v));
  const TagKeys = Object.keys(have).filter((k) => k.startsWith('tocsin/') && !(k in want));
  if (Object.keys(set).length > 0) await op(service, 'TagResource', { ResourceARN: change.ContactId, Tags: tagList(set) });
  await updateContact(change);
  if (TagKeys.length > 0) await op(service, 'UntagResource', { ResourceARN: change.ContactId, TagKeys });
}

export const deleteContact = (ContactId: string) => op(service, 'DeleteContact', { ContactId });

export const listChannels = (ContactId: string) =>
  all<Channel>(service, 'ListContactChannels', { ContactId }, 'ContactChannels');
export const createChannel = (input: {
  ContactId: string;
  Name: string;
  Type: ChannelType;
  DeliveryAddress: { SimpleAddress: string };
  DeferActivation: boolean;
  IdempotencyToken: string;
}) => op<{ ContactChannelArn: string }>(service, 'CreateContactChannel', input);
export const updateChannel = (input: { ContactChannelId: string; Name: string; DeliveryAddress: { SimpleAddress: string } }) =>
  op(service, 'UpdateContactChannel', input);
export const deleteChannel = (ContactChannelId: string) => op(service, 'DeleteContactChannel', { ContactChannelId });
export const sendCode = (ContactChannelId: string) => op(service, 'SendActivationCode', { ContactChannelId });
export const activate = (ContactChannelId: string, ActivationCode: string) =>
  op(service, 'ActivateContactChannel', { ContactChannelId, ActivationCode });
export const deactivate = (ContactChannelId: string) => op(service, 'DeactivateContactChannel', { ContactChannelId });

export const listEngagements = (IncidentId?: string) =>
  all<Engagement>(service, 'ListEngagements', IncidentId ? { IncidentId } : {}, 'Engagements', 200);
export const startEngagement = (input: Record<string, unknown>) =>
  op<{ EngagementArn: string }>(service, 'StartEngagement', { ...input, IdempotencyToken: token() });
export const stopEngagement = (EngagementId: string, Reason: string) =>
  op(service, 'StopEngagement', { EngagementId, Reason });

/** An engagement with its pages and what is known of each. */
export interface Engaged extends Engagement {
  pages: (Page & { receipts: Receipt[] })[];
}

/** Everything about who was paged for an incident. */
export async function engaged(incident: string): Promise<Engaged[]> {
  const engagements = await listEngagements(incident);
  return Promise.all(engagements.map(withPages));
}

/** An engagement and, for each of its pages, the receipts. */
export async function withPages(engagement: Engagement): Promise<Engaged> {
  const pages = await all<Page>(service, 'ListPagesByEngagement', { EngagementId: engagement.EngagementArn }, 'Pages', 200);
  return {
    ...engagement,
    pages: await Promise.all(
      pages.map(async (p) => {
        const [whole, receipts] = await Promise.all([
          op<Page>(service, 'DescribePage', { PageId: p.PageArn }),
          all<Receipt>(service, 'ListPageReceipts', { PageId: p.PageArn }, 'Receipts'),
        ]);
        return { ...p, ...whole, receipts };
      }),
    ),
  };
}

/** Acknowledges a page. Without a code the session alone vouches for the person. */
export const acceptPage = (PageId: string, code: string) =>
  op(service, 'AcceptPage', {
    PageId,
    AcceptType: 'READ',
    AcceptCode: code === '' ? '000000' : code,
    AcceptCodeValidation: code === '' ? 'IGNORE' : 'ENFORCE',
    ...(code === '' ? { Note: 'Acknowledged in the console without a code' } : {}),
  });
