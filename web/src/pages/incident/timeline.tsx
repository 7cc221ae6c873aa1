import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { createTimelineEvent, deleteTimelineEvent, updateTimelineEvent, type Incident, type TimelineSummary } from '../../api/incidents';
import { token } from '../../api/call';
import { useMay } from '../../me';
import { useNames } from '../../names';
import { useNow } from '../../now';
import { useTimeline, useTimelineEvent } from '../../queries';
import { storyOf, textOf } from '../../words/story';
import { brief, instant } from '../../words/time';
import { Json } from '../../parts/facts';
import { AskButton, Nothing, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { dayTimeOf, instantOf, WhenInput } from '../../parts/when';

/** All that happened, newest first, in the reader's time zone. */
export function Timeline({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.arn);
  const may = useMay('responder');
  const [adding, setAdding] = useState(false);
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={timeline.data ? `(${timeline.data.length})` : undefined}
          actions={
            <Button disabled={!may} onClick={() => setAdding(true)}>
              Add event
            </Button>
          }
        >
          Timeline
        </Header>
      }
    >
      <Problem error={timeline.error} />
      <Story incident={incident} events={timeline.data ?? []} full />
      {adding && <EventDialog incident={incident} onClose={() => setAdding(false)} />}
    </Container>
  );
}

/** A list of timeline events, each told in a sentence. */
export function Story({ incident, events, full = false }: { incident: Incident; events: TimelineSummary[]; full?: boolean }) {
  if (events.length === 0) return <Nothing title="Nothing yet" />;
  return (
    <ol className="story" aria-label="Timeline, newest first">
      {events.map((e) => (
        <Entry key={e.eventId} incident={incident} event={e} full={full} />
      ))}
    </ol>
  );
}

function Entry({ incident, event, full }: { incident: Incident; event: TimelineSummary; full: boolean }) {
  const whole = useTimelineEvent(incident.arn, event.eventId, event.eventUpdatedTime);
  const may = useMay('responder');
  const now = useNow();
  const [editing, setEditing] = useState(false);
  const story = storyOf(event.eventType, whole.data?.eventData, useNames());
  return (
    <li className={story.kind}>
      <SpaceBetween size="xxs">
        <Box>
          <Box variant="strong">{story.title}</Box>{' '}
          <Box variant="small" color="text-body-secondary" display="inline">
            <time dateTime={new Date(event.eventTime * 1000).toISOString()} title={instant(event.eventTime)}>
              {brief(event.eventTime, now)}
            </time>
          </Box>
        </Box>
        {story.text && <div className="lines">{story.text}</div>}
        {full && story.raw && (
          <ExpandableSection headerText="Raw event">
            <Json text={story.raw} label="the raw event" />
          </ExpandableSection>
        )}
        {full && event.eventType === 'Custom Event' && whole.data && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!may} onClick={() => setEditing(true)}>
              Edit
            </Button>
            <AskButton label="Delete" verb="Delete" title="Delete this event?" disabled={!may} work={() => deleteTimelineEvent(incident.arn, event.eventId)}>
              It disappears from the timeline for everybody.
            </AskButton>
          </SpaceBetween>
        )}
        {editing && whole.data && (
          <EventDialog incident={incident} event={event} text={textOf(whole.data.eventData)} onClose={() => setEditing(false)} />
        )}
      </SpaceBetween>
    </li>
  );
}

function EventDialog({ incident, event, text = '', onClose }: { incident: Incident; event?: TimelineSummary; text?: string; onClose: () => void }) {
  const [words, setWords] = useState(text);
  const [typed, setTyped] = useState(() => dayTimeOf(new Date()));
  const [once] = useState(token);
  const when = (instantOf(typed)?.getTime() ?? NaN) / 1000;
  const work = () =>
    event ? updateTimelineEvent(incident.arn, event.eventId, words) : createTimelineEvent(incident.arn, 'Custom Event', words, when, once);
  return (
    <FormDialog title={event ? 'Edit event' : 'Add event'} verb={event ? 'Save' : 'Add'} ready={words.trim() !== '' && Number.isFinite(when)} work={work} onClose={onClose}>
      <FormField label="What happened">
        <Textarea value={words} onChange={(e) => setWords(e.detail.value)} rows={4} autoFocus />
      </FormField>
      {!event && (
        <FormField label="When" constraintText="In your time zone.">
          <WhenInput value={typed} onChange={setTyped} />
        </FormField>
      )}
    </FormDialog>
  );
}
