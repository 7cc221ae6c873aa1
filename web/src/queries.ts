// What several pages fetch, each under the topic that makes it stale.
import { useQuery } from '@tanstack/react-query';
import { contactTags, engaged, listChannels, listContacts, listEngagements } from './api/contacts';
import { getIncident, listIncidents, listPlans, listTimeline, getTimelineEvent, replicationSet } from './api/incidents';
import { listChecks } from './api/config';
import { listRules } from './api/events';
import { doctor, listSources } from './api/tocsin';

export const useIncidents = (status: 'OPEN' | 'RESOLVED') =>
  useQuery({
    queryKey: ['incident', 'list', status],
    queryFn: () => listIncidents(status),
    // Live changes come by themselves; this is for proxies that hold them back.
    refetchInterval: status === 'OPEN' ? 30_000 : false,
  });

export const useIncident = (arn: string) => useQuery({ queryKey: ['incident', arn], queryFn: () => getIncident(arn) });

export const useTimeline = (arn: string) =>
  useQuery({ queryKey: ['incident', arn, 'timeline'], queryFn: () => listTimeline(arn) });

/** One event's payload; a changed event has a new time, so the answer never goes stale. */
export const useTimelineEvent = (incident: string, id: string, updated: number) =>
  useQuery({
    queryKey: ['timeline-event', incident, id, updated],
    queryFn: () => getTimelineEvent(incident, id),
    staleTime: Infinity,
  });

export const useEngaged = (incident: string) =>
  useQuery({ queryKey: ['engagement', incident], queryFn: () => engaged(incident) });

export const useEngagements = () => useQuery({ queryKey: ['engagement', 'list'], queryFn: () => listEngagements() });

export const useContacts = () => useQuery({ queryKey: ['contact', 'list'], queryFn: () => listContacts() });

export const useChannels = (contact: string, enabled = true) =>
  useQuery({ queryKey: ['contact', contact, 'channels'], queryFn: () => listChannels(contact), enabled });

export const useContactTags = (contact: string) => useQuery({ queryKey: ['contact', contact, 'tags'], queryFn: () => contactTags(contact) });

export const usePlans = () => useQuery({ queryKey: ['plan', 'list'], queryFn: listPlans });

export const useRules = () => useQuery({ queryKey: ['rule', 'list'], queryFn: listRules });

export const useChecks = () => useQuery({ queryKey: ['config'], queryFn: listChecks });

export const useReplicationSet = () => useQuery({ queryKey: ['replication'], queryFn: replicationSet });

/** How sources do is in no store, so no commit tells of it: it is asked for while it is looked at. */
export const useSources = () => useQuery({ queryKey: ['source'], queryFn: listSources, refetchInterval: 5_000 });

// The server plays every plan for it, so it is asked at leisure and not at every change.
const leisure = 5 * 60_000;

/** What would fail if it were needed now; asked anew where it is `shown` in full. */
export const useReadiness = (shown = false) =>
  useQuery({ queryKey: ['readiness'], queryFn: doctor, staleTime: leisure, refetchInterval: leisure, refetchOnMount: shown ? 'always' : true });
