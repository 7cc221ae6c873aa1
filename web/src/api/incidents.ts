// The shapes of ssm-incidents that the console uses.
// Reference: https://docs.aws.amazon.com/incident-manager/latest/APIReference/
import { all, op, token } from './call';

/** Seconds since 1970. */
export type Epoch = number;

export interface IncidentSummary {
  arn: string;
  title: string;
  status: 'OPEN' | 'RESOLVED';
  impact: number;
  creationTime: Epoch;
  resolvedTime?: Epoch | null;
  incidentRecordSource?: IncidentSource;
}

export interface IncidentSource {
  createdBy: string;
  invokedBy?: string | null;
  resourceArn?: string | null;
  source: string;
}

export interface Incident extends IncidentSummary {
  summary?: string | null;
  dedupeString?: string;
  lastModifiedBy: string;
  lastModifiedTime: Epoch;
}

export interface Reference {
  resource?: string;
  relatedItemId?: string;
}

export interface TimelineSummary {
  eventId: string;
  eventTime: Epoch;
  eventType: string;
  eventUpdatedTime: Epoch;
  incidentRecordArn: string;
  eventReferences?: Reference[];
}

export interface TimelineEvent extends TimelineSummary {
  eventData: string;
}

export interface RelatedItem {
  identifier: { type: string; value: { arn?: string; url?: string; metricDefinition?: string } };
  title?: string;
  generatedId?: string;
}

export interface PlanSummary {
  arn: string;
  name: string;
  displayName?: string;
}

export interface IncidentTemplate {
  title: string;
  impact: number;
  summary?: string;
  dedupeString?: string;
  incidentTags?: Record<string, string>;
}

export interface ResponsePlan extends PlanSummary {
  incidentTemplate: IncidentTemplate;
  engagements?: string[];
}

export interface ReplicationSet {
  arn: string;
  status: string;
  deletionProtected: boolean;
  createdTime: Epoch;
  regionMap: Record<string, { status: string; statusUpdateDateTime?: Epoch; sseKmsKeyId?: string }>;
}

const service = 'ssm-incidents' as const;

export const listIncidents = (status: 'OPEN' | 'RESOLVED', most = 200) =>
  all<IncidentSummary>(
    service,
    'ListIncidentRecords',
    { filters: [{ key: 'status', condition: { equals: { stringValues: [status] } } }], maxResults: 100 },
    'incidentRecordSummaries',
    most,
  );
export const getIncident = (arn: string) =>
  op<{ incidentRecord: Incident }>(service, 'GetIncidentRecord', { arn }).then((o) => o.incidentRecord);
export const startIncident = (input: {
  responsePlanArn: string;
  title?: string;
  impact?: number;
  clientToken: string;
}) => op<{ incidentRecordArn: string }>(service, 'StartIncident', input);
export const updateIncident = (arn: string, change: { title?: string; summary?: string; impact?: number; status?: string }) =>
  op(service, 'UpdateIncidentRecord', { arn, ...change, clientToken: token() });

// What the service writes in one go has one time; it happened in this order.
const order = ['SSM Incident Trigger', 'SSM Incident Start', 'SSM Contacts Page for Incident'];
const rank = (e: TimelineSummary) => (order.includes(e.eventType) ? order.indexOf(e.eventType) : order.length);

/** An incident's timeline, newest first, at most 300 events. */
export const listTimeline = (incidentRecordArn: string) =>
  all<TimelineSummary>(
    service,
    'ListTimelineEvents',
    { incidentRecordArn, sortBy: 'EVENT_TIME', sortOrder: 'DESCENDING', maxResults: 100 },
    'eventSummaries',
    300,
  ).then((events) => events.sort((a, b) => b.eventTime - a.eventTime || rank(b) - rank(a)));
export const getTimelineEvent = (incidentRecordArn: string, eventId: string) =>
  op<{ event: TimelineEvent }>(service, 'GetTimelineEvent', { incidentRecordArn, eventId }).then((o) => o.event);
export const createTimelineEvent = (
  incidentRecordArn: string,
  eventType: 'Note' | 'Custom Event',
  text: string,
  eventTime: Epoch,
  clientToken: string,
) =>
  op(service, 'CreateTimelineEvent', {
    incidentRecordArn,
    eventType,
    eventTime,
    eventData: JSON.stringify(text),
    // AWS shows a note beside the incident only if it refers to the incident.
    eventReferences: eventType === 'Note' ? [{ resource: incidentRecordArn }] : [],
    clientToken,
  });
export const updateTimelineEvent = (incidentRecordArn: string, eventId: string, text: string) =>
  op(service, 'UpdateTimelineEvent', { incidentRecordArn, eventId, eventData: JSON.stringify(text), clientToken: token() });
export const deleteTimelineEvent = (incidentRecordArn: string, eventId: string) =>
  op(service, 'DeleteTimelineEvent', { incidentRecordArn, eventId });

export const listRelatedItems = (incidentRecordArn: string) =>
  all<RelatedItem>(service, 'ListRelatedItems', { incidentRecordArn, maxResults: 100 }, 'relatedItems');
export const addRelatedItem = (incidentRecordArn: string, item: RelatedItem) =>
  op(service, 'UpdateRelatedItems', { incidentRecordArn, relatedItemsUpdate: { itemToAdd: item }, clientToken: token() });
export const removeRelatedItem = (incidentRecordArn: string, item: RelatedItem) =>
  op(service, 'UpdateRelatedItems', {
    incidentRecordArn,
    relatedItemsUpdate: { itemToRemove: item.identifier },
    clientToken: token(),
  });

export const listPlans = () => all<PlanSummary>(service, 'ListResponsePlans', { maxResults: 100 }, 'responsePlanSummaries');
export const getPlan = (arn: string) => op<ResponsePlan>(service, 'GetResponsePlan', { arn });
export const createPlan = (input: Record<string, unknown>) => op<{ arn: string }>(service, 'CreateResponsePlan', input);
export const updatePlan = (input: Record<string, unknown>) =>
  op(service, 'UpdateResponsePlan', { ...input, clientToken: token() });
export const deletePlan = (arn: string) => op(service, 'DeleteResponsePlan', { arn });

export const listTags = (resourceArn: string) =>
  op<{ tags: Record<string, string> }>(service, 'ListTagsForResource', { resourceArn }).then((o) => o.tags ?? {});

/** Makes a resource's tags those of `want`, given those it has. */
export async function changeTags(resourceArn: string, have: Record<string, string>, want: Record<string, string>): Promise<void> {
  const gone = Object.keys(have).filter((k) => !(k in want));
  const set = Object.fromEntries(Object.entries(want).filter(([k, v]) => have[k] !== v));
  if (gone.length > 0) await op(service, 'UntagResource', { resourceArn, tagKeys: gone });
  if (Object.keys(set).length > 0) await op(service, 'TagResource', { resourceArn, tags: set });
}

/** The account's replication set, or null before there is one. */
export async function replicationSet(): Promise<ReplicationSet | null> {
  const arns = await all<string>(service, 'ListReplicationSets', {}, 'replicationSetArns');
  if (!arns[0]) return null;
  return (await op<{ replicationSet: ReplicationSet }>(service, 'GetReplicationSet', { arn: arns[0] })).replicationSet;
}
export const createReplicationSet = (regions: string[]) =>
  op<{ arn: string }>(service, 'CreateReplicationSet', {
    regions: Object.fromEntries(regions.map((r) => [r, {}])),
    clientToken: token(),
  });
export const changeRegion = (arn: string, action: 'add' | 'delete', regionName: string) =>
  op(service, 'UpdateReplicationSet', {
    arn,
    actions: [action === 'add' ? { addRegionAction: { regionName } } : { deleteRegionAction: { regionName } }],
    clientToken: token(),
  });
