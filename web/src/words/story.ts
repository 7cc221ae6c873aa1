// What a timeline event says, in a sentence. The payloads are AWS's.
import { nameOf } from './arn';
import { impactName } from './impact';

export interface Story {
  title: string;
  text?: string;
  /** The event or alarm that triggered the incident, as JSON text. */
  raw?: string;
  kind: 'trigger' | 'start' | 'update' | 'page' | 'acknowledged' | 'problem' | 'note' | 'other';
}

/** The eventData of a timeline event is itself JSON text; anything else is taken as plain text. */
export function parsed(data: string | undefined): unknown {
  if (data === undefined) return undefined;
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return data;
  }
}

/** The text of a note or custom event. */
export function textOf(data: string | undefined): string {
  const value = parsed(data);
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value, null, 2);
}

/** JSON text set out over several lines; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function change(attribute: { attributeName?: string; newValue?: unknown }): string {
  const { attributeName: name = 'something', newValue: value } = attribute;
  if (name === 'impact') return `impact is now ${impactName(Number(value))}`;
  if (name === 'status') return value === 'RESOLVED' ? 'resolved' : `status is now ${String(value)}`;
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name} is now ${shown && shown.length > 200 ? shown.slice(0, 200) + '…' : shown}`;
}

/** Tells a timeline event; `data` is missing while it is still being fetched. `name` knows contacts by their ARN. */
export function storyOf(type: string, data: string | undefined, name: (arn: string) => string = nameOf): Story {
  const value = parsed(data);
  const d = (typeof value === 'object' && value !== null ? value : {}) as Record<string, any>;
  const who = name(d['contactArn']);
  const reason = typeof d['reason'] === 'string' ? d['reason'] : undefined;
  switch (type) {
    case 'SSM Incident Trigger':
      return {
        kind: 'trigger',
        title: d['createdIncident'] === false ? 'Triggered again; added to this incident' : 'Triggered',
        text: d['triggerArn'] ? `by ${nameOf(d['triggerArn'])}` : d['incidentSource'] ? `from ${d['incidentSource']}` : undefined,
        raw: typeof d['rawData'] === 'string' && d['rawData'] !== '' ? d['rawData'] : undefined,
      };
    case 'SSM Incident Start': {
      const contacts = ((d['contactsEngage'] ?? []) as { contactArn?: string; contactName?: string }[])
        .map((c) => c.contactName || nameOf(c.contactArn))
        .join(', ');
      return { kind: 'start', title: 'Incident started', text: contacts ? `Engaging ${contacts}` : 'Nobody is engaged by the response plan' };
    }
    case 'SSM Incident Record Update': {
      const changes = ((d['modifiedAttributes'] ?? []) as { attributeName?: string; newValue?: unknown }[]).map(change);
      return { kind: 'update', title: 'Incident changed', text: changes.join('; ') || undefined };
    }
    case 'SSM Contacts Page for Incident':
      return { kind: 'page', title: d['contactArn'] ? `Paged ${who}` : 'Paged' };
    case 'SSM Contacts Page Acknowledgement for Incident':
      return { kind: 'acknowledged', title: d['contactArn'] ? `Acknowledged by ${who}` : 'Acknowledged' };
    case 'Tocsin Page Skipped for Incident':
      return { kind: 'problem', title: d['contactArn'] ? `Page to ${who} skipped` : 'Page skipped', text: reason };
    case 'Tocsin Page Failure for Incident':
      return { kind: 'problem', title: d['contactArn'] ? `Page to ${who} could not be delivered` : 'Page could not be delivered', text: reason ?? d['error'] };
    case 'Tocsin Plan Restart for Incident':
      return { kind: 'start', title: d['contactArn'] ? `The plan of ${who} begins anew` : 'The plan begins anew', text: reason };
    case 'Note':
      return { kind: 'note', title: 'Note', text: textOf(data) };
    case 'Custom Event':
      return { kind: 'note', title: 'Custom event', text: textOf(data) };
    default:
      return { kind: 'other', title: type, text: data === undefined ? undefined : pretty(data) };
  }
}

export interface Gist {
  label: string;
  value: string;
}

/** What to know first about a raw event: who, from where, with a second factor or not. */
export function gistOf(raw: string): Gist[] {
  let event: any;
  try {
    event = JSON.parse(raw);
  } catch {
    return [];
  }
  if (typeof event !== 'object' || event === null) return [];
  const detail = event.detail ?? {};
  const mfa = detail.additionalEventData?.MFAUsed ?? detail.userIdentity?.sessionContext?.attributes?.mfaAuthenticated;
  const seen: [string, unknown][] = [
    ['What', detail.eventName ?? detail.title ?? detail.configRuleName ?? event['detail-type']],
    ['Who', detail.userIdentity?.arn ?? detail.userIdentity?.type],
    ['From', detail.sourceIPAddress],
    ['MFA used', mfa === true || mfa === 'true' ? 'Yes' : mfa === false || mfa === 'false' ? 'No' : mfa],
    ['Severity', detail.severity],
    ['Resource', detail.resourceId],
    ['Compliance', detail.newEvaluationResult?.complianceType],
    ['Account', detail.recipientAccountId ?? event.account],
    ['Region', detail.awsRegion ?? event.region],
    ['When', event.time],
  ];
  return seen
    .filter(([, v]) => typeof v === 'string' || typeof v === 'number')
    .map(([label, v]) => ({ label, value: String(v) }));
}
