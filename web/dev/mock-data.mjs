// Sample data and operations of the mock server. Only what the console needs to
// be looked at; the rules are the real server's.
import { randomUUID } from 'node:crypto';
import { contactOperations, ownOperations, samplePeople } from './mock-people.mjs';
import { configOperations, guarddutyOperations, sampleSignals } from './mock-signals.mjs';

const account = '000000000000';
const region = 'us-east-1';
const now = () => Date.now() / 1000;
const contactArn = (alias) => `arn:aws:ssm-contacts:${region}:${account}:contact/${alias}`;
const planArn = (name) => `arn:aws:ssm-incidents::${account}:response-plan/${name}`;
const ruleArn = (name) => `arn:aws:events:${region}:${account}:rule/${name}`;
const missing = (what) => {
  throw { status: 404, __type: 'ResourceNotFoundException', message: `The resource was not found: ${what}` };
};
const find = (list, test, what) => list.find(test) ?? missing(what);

const rootEvent = {
  version: '0',
  id: '0d3f2f9c-6f0b-4a3e-9a36-6f5d3cf1a001',
  'detail-type': 'AWS Console Sign In via CloudTrail',
  source: 'aws.signin',
  account: '111122223333',
  time: '2026-11-22T03:14:15Z',
  region,
  resources: [],
  detail: {
    userIdentity: { type: 'Root', arn: 'arn:aws:iam::111122223333:root', accountId: '111122223333' },
    eventSource: 'signin.amazonaws.com',
    eventName: 'ConsoleLogin',
    awsRegion: region,
    sourceIPAddress: '198.51.100.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    responseElements: { ConsoleLogin: 'Success' },
    additionalEventData: { MFAUsed: 'No', LoginTo: 'https://console.aws.amazon.com/' },
    eventType: 'AwsConsoleSignIn',
    recipientAccountId: '111122223333',
  },
};

/** The world to begin with. */
export function sample({ empty }) {
  const s = { set: null, contacts: [], channels: [], plans: [], rules: [], targets: {}, incidents: [], timeline: {}, related: {}, engagements: [], pages: [], outbox: [], jobs: [], audit: [], letters: [], keys: [], people: [], tags: {}, rotations: [], overrides: [] };
  s.people.push({ Name: 'ann', Rights: ['admin', 'responder'], CreatedAt: now() - 900000 });
  s.keys.push({ AccessKeyId: 'AKIAQWERTYUIOPASDFGH', Name: 'first', Rights: ['admin', 'ingest'], CreatedAt: now() - 900000 });
  if (empty) return s;
  s.set = { arn: `arn:aws:ssm-incidents::${account}:replication-set/1`, status: 'ACTIVE', deletionProtected: false, createdTime: now() - 800000, regionMap: { [region]: { status: 'ACTIVE', statusUpdateDateTime: now() - 800000 } } };
  const person = (alias, name, mail, phone, active) => {
    const channel = (n, Type, address, on) => ({ ContactChannelArn: `arn:aws:ssm-contacts:${region}:${account}:contact-channel/${alias}/${n}`, ContactArn: contactArn(alias), Name: n, Type, DeliveryAddress: { SimpleAddress: address }, ActivationStatus: on ? 'ACTIVATED' : 'NOT_ACTIVATED' });
    const two = [channel('E-mail', 'EMAIL', mail, true), channel('SMS', 'SMS', phone, active)];
    s.channels.push(...two);
    const to = (c) => [{ ChannelTargetInfo: { ContactChannelId: c.ContactChannelArn, RetryIntervalInMinutes: 1 } }];
    s.contacts.push({ ContactArn: contactArn(alias), Alias: alias, DisplayName: name, Type: 'PERSONAL', Plan: { Stages: [{ DurationInMinutes: 10, Targets: to(two[0]) }, { DurationInMinutes: 0, Targets: to(two[1]) }] } });
  };
  person('ann', 'Ann Lee', 'ann@example.org', '+15550100', true);
  person('bob', 'Bob Stone', 'bob@example.org', '+15550101', false);
  s.contacts.push({ ContactArn: contactArn('security'), Alias: 'security', DisplayName: 'Security on-call', Type: 'ESCALATION', Plan: { Stages: [{ DurationInMinutes: 15, Targets: [{ ContactTargetInfo: { ContactId: contactArn('ann'), IsEssential: true } }] }, { DurationInMinutes: 0, Targets: [{ ContactTargetInfo: { ContactId: contactArn('bob'), IsEssential: false } }] }] } });
  samplePeople(s, now());
  sampleSignals(s, now());
  const plan = (name, title, impact) => s.plans.push({ arn: planArn(name), name, displayName: title, incidentTemplate: { title, impact, summary: 'Ask the owner of the account on the phone. If nobody knows of it, sign the session out and rotate the password.' }, engagements: [contactArn('security')], tags: { team: 'security' } });
  plan('root-activity', 'Root user activity', 1);
  plan('guardduty', 'GuardDuty finding', 2);
  const rule = (Name, Description, pattern, target, State = 'ENABLED') => {
    s.rules.push({ Name, Arn: ruleArn(Name), Description, State, EventPattern: JSON.stringify(pattern), EventBusName: 'default' });
    s.targets[Name] = target ? [{ Id: target, Arn: planArn(target) }] : [];
  };
  rule('root-activity', 'Root user activity', { 'detail-type': ['AWS API Call via CloudTrail', 'AWS Console Sign In via CloudTrail'], detail: { userIdentity: { type: ['Root'] } } }, 'root-activity');
  rule('guardduty-high', 'Severity 7 and above', { source: ['aws.guardduty'], detail: { severity: [{ numeric: ['>=', 7] }] } }, 'guardduty');
  rule('s3-public-access', '', { source: ['aws.config'] }, null, 'DISABLED');
  incident(s, 'root-activity', 'Root user activity: root-activity', 1, 254, null, false);
  incident(s, 'guardduty', 'GuardDuty finding: guardduty-high', 2, 3900, null, true);
  for (let i = 1; i < 9; i++) incident(s, i % 2 ? 'guardduty' : 'root-activity', i % 2 ? 'GuardDuty finding: guardduty-high' : 'Root user activity: root-activity', (i % 4) + 1, 86400 * i, 86400 * i - 300 * i, true);
  const test = engage(s, 'ann', undefined, 86400, true);
  test.StopTime = now() - 86300;
  s.outbox.push(
    { Time: now() - 230, To: '+15550100', Channel: 'SMS', Kind: 'page', PageArn: s.pages[1]?.PageArn, Code: '482913', Text: 'Root user activity: root-activity (impact 1 Critical). Reply or enter 482913 to acknowledge.' },
    { Time: now() - 800000, To: 'ann@example.org', Channel: 'EMAIL', Kind: 'activation', ChannelArn: s.channels[0].ContactChannelArn, Code: '120984', Text: 'Your activation code is 120984.\nEnter it in the console.' },
  );
  s.jobs.push({ Queue: 'page', Kind: 'engagement.step', Due: now() + 340, Attempt: 0, Subject: s.engagements[0].EngagementArn }, { Queue: 'update', Kind: 'notify.deliver', Due: now() + 20, Attempt: 3 });
  s.audit.push({ Id: '1', Time: now() - 254, Principal: 'events.amazonaws.com', Operation: 'StartIncident', Resource: s.incidents[0].arn, Address: '' }, { Id: '2', Time: now() - 700000, Principal: `arn:aws:iam::${account}:user/ann`, Operation: 'PutRule', Resource: ruleArn('root-activity'), Address: '203.0.113.9' });
  s.letters.push({ Id: '1', Time: now() - 5000, RuleArn: ruleArn('old'), TargetArn: planArn('gone'), ErrorCode: 'NO_RESOURCE', ErrorMessage: 'The response plan does not exist.', EventId: rootEvent.id, Event: JSON.stringify(rootEvent) });
  return s;
}

function engage(s, alias, incidentArn, secondsAgo, answered) {
  const engagement = { EngagementArn: `arn:aws:ssm-contacts:${region}:${account}:engagement/${alias}/${randomUUID()}`, ContactArn: contactArn(alias), Sender: 'tocsin', IncidentId: incidentArn, StartTime: now() - secondsAgo };
  s.engagements.push(engagement);
  const to = alias === 'security' ? 'ann' : alias;
  const page = (channel, delay) => {
    const sent = now() - secondsAgo + delay;
    const read = answered ? { DeliveryTime: sent + 60, ReadTime: sent + 60 } : {};
    s.pages.push({ PageArn: `arn:aws:ssm-contacts:${region}:${account}:page/${to}/${randomUUID()}`, EngagementArn: engagement.EngagementArn, ContactArn: contactArn(to), Sender: 'tocsin', IncidentId: incidentArn, SentTime: sent, ...read, receipts: [{ ContactChannelArn: `arn:aws:ssm-contacts:${region}:${account}:contact-channel/${to}/${channel}`, ReceiptType: 'SENT', ReceiptTime: sent }] });
  };
  page('E-mail', 1);
  if (!answered) page('SMS', 20);
  return engagement;
}

function incident(s, plan, title, impact, started, ended, answered) {
  const arn = `arn:aws:ssm-incidents::${account}:incident-record/${plan}/${randomUUID()}`;
  const creationTime = now() - started;
  s.incidents.push({ arn, title, impact, status: ended === null ? 'OPEN' : 'RESOLVED', creationTime, resolvedTime: ended === null ? null : now() - ended, lastModifiedTime: creationTime + 30, lastModifiedBy: `arn:aws:iam::${account}:user/ann`, dedupeString: `${ruleArn(plan)} ${plan === 'guardduty' ? 'finding f2' : 'principal arn:aws:iam::111122223333:root'}`, summary: 'Ask the owner of the account on the phone. If nobody knows of it, sign the session out and rotate the password.', incidentRecordSource: { source: 'aws.events', createdBy: 'events.amazonaws.com', resourceArn: ruleArn(plan) }, tags: { team: 'security' } });
  const list = (s.timeline[arn] = []);
  const tell = (eventType, data, at, refs = []) => list.unshift({ eventId: randomUUID(), eventType, eventData: JSON.stringify(data), eventTime: creationTime + at, eventUpdatedTime: creationTime + at, incidentRecordArn: arn, eventReferences: refs });
  tell('SSM Incident Trigger', { createdIncident: true, incidentSource: 'aws.events', triggerArn: ruleArn('root-activity'), rawData: JSON.stringify(rootEvent) }, 0);
  tell('SSM Incident Start', { incidentTitle: title, contactsEngage: [{ contactArn: contactArn('security'), contactName: 'Security on-call' }] }, 0);
  tell('SSM Contacts Page for Incident', { contactArn: contactArn('ann') }, 1);
  tell('SSM Incident Trigger', { createdIncident: false, triggerArn: ruleArn('root-activity'), rawData: JSON.stringify(rootEvent) }, 30);
  if (answered) tell('SSM Contacts Page Acknowledgement for Incident', { contactArn: contactArn('ann') }, 61);
  tell('Note', 'Called the account’s owner, no answer yet.', 90, [{ resource: arn }]);
  s.related[arn] = [{ identifier: { type: 'INVOLVED_RESOURCE', value: { arn: 'arn:aws:iam::111122223333:root' } }, title: 'Principal', generatedId: 'related-item/INVOLVED_RESOURCE/1' }, { identifier: { type: 'OTHER', value: { url: 'https://wiki.example.org/runbooks/root-user' } }, title: 'Runbook', generatedId: 'related-item/OTHER/2' }];
  engage(s, 'security', arn, started, answered);
}

const strip = ({ receipts, tags, ...rest }) => rest;

export const operations = {
  config: configOperations,
  guardduty: guarddutyOperations,
  'ssm-incidents': {
    ListReplicationSets: (s) => ({ replicationSetArns: s.set ? [s.set.arn] : [] }),
    GetReplicationSet: (s) => ({ replicationSet: s.set ?? missing('replication set') }),
    CreateReplicationSet: (s, b) => {
      s.set = { arn: `arn:aws:ssm-incidents::${account}:replication-set/1`, status: 'ACTIVE', deletionProtected: false, createdTime: now(), regionMap: Object.fromEntries(Object.keys(b.regions).map((r) => [r, { status: 'ACTIVE', statusUpdateDateTime: now() }])) };
      return { arn: s.set.arn };
    },
    ListIncidentRecords: (s, b) => ({ incidentRecordSummaries: s.incidents.filter((i) => i.status === b.filters[0].condition.equals.stringValues[0]).map(strip) }),
    GetIncidentRecord: (s, b) => ({ incidentRecord: strip(find(s.incidents, (i) => i.arn === b.arn, b.arn)) }),
    StartIncident: (s, b) => {
      const p = find(s.plans, (x) => x.arn === b.responsePlanArn, b.responsePlanArn);
      incident(s, p.name, b.title ?? p.incidentTemplate.title, b.impact ?? p.incidentTemplate.impact, 0, null, false);
      return { incidentRecordArn: s.incidents.at(-1).arn };
    },
    UpdateIncidentRecord: (s, { arn, clientToken, ...change }) => {
      const i = find(s.incidents, (x) => x.arn === arn, arn);
      Object.assign(i, change, change.status ? { resolvedTime: change.status === 'RESOLVED' ? now() : null } : {});
    },
    ListTimelineEvents: (s, b) => ({ eventSummaries: (s.timeline[b.incidentRecordArn] ?? []).map(({ eventData, ...e }) => e) }),
    GetTimelineEvent: (s, b) => ({ event: find(s.timeline[b.incidentRecordArn] ?? [], (e) => e.eventId === b.eventId, b.eventId) }),
    CreateTimelineEvent: (s, b) => void s.timeline[b.incidentRecordArn].unshift({ ...b, eventId: randomUUID(), eventUpdatedTime: now() }),
    UpdateTimelineEvent: (s, b) => void Object.assign(find(s.timeline[b.incidentRecordArn], (e) => e.eventId === b.eventId, b.eventId), { eventData: b.eventData, eventUpdatedTime: now() }),
    DeleteTimelineEvent: (s, b) => void (s.timeline[b.incidentRecordArn] = s.timeline[b.incidentRecordArn].filter((e) => e.eventId !== b.eventId)),
    ListRelatedItems: (s, b) => ({ relatedItems: s.related[b.incidentRecordArn] ?? [] }),
    UpdateRelatedItems: (s, b) => void (b.relatedItemsUpdate.itemToAdd && s.related[b.incidentRecordArn].push({ ...b.relatedItemsUpdate.itemToAdd, generatedId: randomUUID() })),
    ListTagsForResource: (s, b) => ({ tags: [...s.incidents, ...s.plans].find((x) => x.arn === b.resourceArn)?.tags ?? {} }),
    TagResource: (s, b) => void Object.assign([...s.incidents, ...s.plans].find((x) => x.arn === b.resourceArn).tags, b.tags),
    ListResponsePlans: (s) => ({ responsePlanSummaries: s.plans.map(({ arn, name, displayName }) => ({ arn, name, displayName })) }),
    GetResponsePlan: (s, b) => strip(find(s.plans, (p) => p.arn === b.arn, b.arn)),
    CreateResponsePlan: (s, b) => (s.plans.push({ ...b, arn: planArn(b.name), tags: b.tags ?? {} }), { arn: planArn(b.name) }),
    UpdateResponsePlan: (s, b) => void Object.assign(find(s.plans, (p) => p.arn === b.arn, b.arn), { displayName: b.displayName, engagements: b.engagements }),
    DeleteResponsePlan: (s, b) => void (s.plans = s.plans.filter((p) => p.arn !== b.arn)),
  },
  'ssm-contacts': {
    ...contactOperations,
    ListContacts: (s) => ({ Contacts: s.contacts.map(({ Plan, ...c }) => c) }),
    GetContact: (s, b) => find(s.contacts, (c) => c.ContactArn === b.ContactId, b.ContactId),
    CreateContact: (s, b) => {
      const c = { ...b, ContactArn: contactArn(b.Alias) };
      if (!s.contacts.some((x) => x.Alias === b.Alias)) s.contacts.push(c);
      return { ContactArn: c.ContactArn };
    },
    UpdateContact: (s, b) => void Object.assign(find(s.contacts, (c) => c.ContactArn === b.ContactId, b.ContactId), b),
    DeleteContact: (s, b) => void (s.contacts = s.contacts.filter((c) => c.ContactArn !== b.ContactId)),
    ListContactChannels: (s, b) => ({ ContactChannels: s.channels.filter((c) => c.ContactArn === b.ContactId) }),
    CreateContactChannel: (s, b) => {
      const arn = `${b.ContactId.replace(':contact/', ':contact-channel/')}/${randomUUID()}`;
      s.channels.push({ ContactChannelArn: arn, ContactArn: b.ContactId, Name: b.Name, Type: b.Type, DeliveryAddress: b.DeliveryAddress, ActivationStatus: 'NOT_ACTIVATED' });
      s.outbox.unshift({ Time: now(), To: b.DeliveryAddress.SimpleAddress, Channel: b.Type, Kind: 'activation', ChannelArn: arn, Code: '123456', Text: 'Your activation code is 123456.' });
      return { ContactChannelArn: arn };
    },
    UpdateContactChannel: (s, b) => void Object.assign(find(s.channels, (c) => c.ContactChannelArn === b.ContactChannelId, ''), { Name: b.Name, DeliveryAddress: b.DeliveryAddress }),
    DeleteContactChannel: (s, b) => void (s.channels = s.channels.filter((c) => c.ContactChannelArn !== b.ContactChannelId)),
    SendActivationCode: () => ({}),
    ActivateContactChannel: (s, b) => {
      if (b.ActivationCode !== '123456') throw { status: 400, __type: 'ValidationException', message: 'Invalid value provided - The activation code is wrong.' };
      find(s.channels, (c) => c.ContactChannelArn === b.ContactChannelId, '').ActivationStatus = 'ACTIVATED';
    },
    DeactivateContactChannel: (s, b) => void (find(s.channels, (c) => c.ContactChannelArn === b.ContactChannelId, '').ActivationStatus = 'NOT_ACTIVATED'),
    ListEngagements: (s, b) => ({ Engagements: s.engagements.filter((e) => !b.IncidentId || e.IncidentId === b.IncidentId) }),
    StartEngagement: (s, b) => ({ EngagementArn: engage(s, b.ContactId.split('/').pop(), b.IncidentId, 0, false).EngagementArn }),
    StopEngagement: (s, b) => void (find(s.engagements, (e) => e.EngagementArn === b.EngagementId, '').StopTime = now()),
    ListPagesByEngagement: (s, b) => ({ Pages: s.pages.filter((p) => p.EngagementArn === b.EngagementId).map(strip) }),
    DescribePage: (s, b) => strip(find(s.pages, (p) => p.PageArn === b.PageId, b.PageId)),
    ListPageReceipts: (s, b) => ({ Receipts: find(s.pages, (p) => p.PageArn === b.PageId, b.PageId).receipts }),
    AcceptPage: (s, b) => {
      if (b.AcceptCodeValidation === 'ENFORCE' && b.AcceptCode !== '482913') throw { status: 400, __type: 'ValidationException', message: 'Invalid value provided - The code is wrong.' };
      Object.assign(find(s.pages, (p) => p.PageArn === b.PageId, b.PageId), { ReadTime: now(), DeliveryTime: now() });
    },
  },
  events: {
    ListRules: (s) => ({ Rules: s.rules }),
    DescribeRule: (s, b) => find(s.rules, (r) => r.Name === b.Name, b.Name),
    ListTargetsByRule: (s, b) => ({ Targets: s.targets[b.Rule] ?? [] }),
    PutRule: (s, b) => {
      s.rules = [...s.rules.filter((r) => r.Name !== b.Name), { ...b, Arn: ruleArn(b.Name), EventBusName: 'default' }];
      s.targets[b.Name] ??= [];
      return { RuleArn: ruleArn(b.Name) };
    },
    PutTargets: (s, b) => ((s.targets[b.Rule] = b.Targets), { FailedEntryCount: 0, FailedEntries: [] }),
    RemoveTargets: (s, b) => ((s.targets[b.Rule] = s.targets[b.Rule].filter((t) => !b.Ids.includes(t.Id))), { FailedEntryCount: 0, FailedEntries: [] }),
    DeleteRule: (s, b) => void (s.rules = s.rules.filter((r) => r.Name !== b.Name)),
    EnableRule: (s, b) => void (find(s.rules, (r) => r.Name === b.Name, b.Name).State = 'ENABLED'),
    DisableRule: (s, b) => void (find(s.rules, (r) => r.Name === b.Name, b.Name).State = 'DISABLED'),
  },
  tocsin: {
    ...ownOperations,
    ListOutbox: (s) => ({ Messages: s.outbox }),
    ListPending: (s) => ({ Jobs: s.jobs }),
    ListAudit: (s) => ({ Records: s.audit }),
    ListDeadLetters: (s) => ({ DeadLetters: s.letters }),
    SendTestPage: (s, b) => ({ EngagementArn: engage(s, b.ContactId.split('/').pop(), undefined, 0, false).EngagementArn }),
    ListKeys: (s) => ({ Keys: s.keys }),
    CreateKey: (s, b) => (s.keys.push({ ...b, AccessKeyId: 'AKIAMADEJUSTNOW23456', CreatedAt: now() }), { AccessKeyId: 'AKIAMADEJUSTNOW23456', SecretAccessKey: 'shown once, wJalrXUtnFEMI' }),
    DeleteKey: (s, b) => void (s.keys = s.keys.filter((k) => k.AccessKeyId !== b.AccessKeyId)),
    ListPeople: (s) => ({ People: s.people }),
    CreatePerson: (s, b) => (s.people.push({ ...b, CreatedAt: now() }), { SignInLink: 'http://127.0.0.1:8117/#/link?token=Jm1xW2rS9cQv0yA8' }),
    CreateSignInLink: () => ({ Url: 'http://127.0.0.1:8117/#/link?token=Jm1xW2rS9cQv0yA8', ExpiresAt: now() + 900 }),
  },
};
