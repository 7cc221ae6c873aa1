import { useQuery } from '@tanstack/react-query';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Incident } from '../../api/incidents';
import { getTimelineEvent } from '../../api/incidents';
import { useTimeline } from '../../queries';
import { href } from '../../route';
import { idOf, planOfIncident } from '../../words/arn';
import { gistOf, storyOf } from '../../words/story';
import { Json } from '../../parts/facts';
import { Story } from './timeline';

/** Summary, the event that started it, and what happened last. */
export function Overview({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.arn);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Summary</Header>}>
        {incident.summary ? <div className="lines">{incident.summary}</div> : <Box color="text-status-inactive">No summary yet. Use Edit to write what is known.</Box>}
      </Container>
      <TriggerEvent incident={incident} />
      <Container
        header={
          <Header
            variant="h2"
            actions={<Link href={`${href('incidents', planOfIncident(incident.arn), idOf(incident.arn))}?tab=timeline`}>Whole timeline</Link>}
          >
            Latest
          </Header>
        }
      >
        <Story incident={incident} events={(timeline.data ?? []).slice(0, 5)} />
      </Container>
    </SpaceBetween>
  );
}

/** The raw event behind the incident: what to know first, then all of it. */
function TriggerEvent({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.arn);
  const triggers = (timeline.data ?? []).filter((e) => e.eventType === 'SSM Incident Trigger');
  const first = triggers[triggers.length - 1];
  const event = useQuery({
    queryKey: ['timeline-event', incident.arn, first?.eventId, first?.eventUpdatedTime],
    queryFn: () => getTimelineEvent(incident.arn, first!.eventId),
    enabled: first !== undefined,
    staleTime: Infinity,
  });
  const raw = event.data ? storyOf('SSM Incident Trigger', event.data.eventData).raw : undefined;
  if (!raw) return null;
  const gist = gistOf(raw);
  return (
    <Container header={<Header variant="h2" description={triggers.length > 1 ? `${triggers.length} events so far; this is the first.` : undefined}>The event</Header>}>
      <SpaceBetween size="m">
        {gist.length > 0 && (
          <KeyValuePairs columns={3} minColumnWidth={150} items={gist.map((g) => ({ label: g.label, value: <span className="anywhere">{g.value}</span> }))} />
        )}
        <Json text={raw} label="the raw event" />
      </SpaceBetween>
    </Container>
  );
}
