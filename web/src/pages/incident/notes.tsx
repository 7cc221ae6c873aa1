import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { createTimelineEvent, deleteTimelineEvent, updateTimelineEvent, type Incident, type TimelineSummary } from '../../api/incidents';
import { token } from '../../api/call';
import { useAct } from '../../act';
import { useMay } from '../../me';
import { useNow } from '../../now';
import { useTimeline, useTimelineEvent } from '../../queries';
import { textOf } from '../../words/story';
import { brief } from '../../words/time';
import { AskButton, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';

/** Notes beside the incident, for those who work on it. */
export function Notes({ incident }: { incident: Incident }) {
  const timeline = useTimeline(incident.arn);
  const may = useMay('responder');
  const act = useAct();
  const [text, setText] = useState('');
  const [once, setOnce] = useState(token);
  const notes = (timeline.data ?? []).filter(
    (e) => e.eventType === 'Note' && (e.eventReferences ?? []).some((r) => r.resource === incident.arn),
  );
  const add = async () => {
    if (await act.run(() => createTimelineEvent(incident.arn, 'Note', text.trim(), Date.now() / 1000, once))) {
      setText('');
      setOnce(token());
    }
  };
  return (
    <Container header={<Header variant="h2" counter={`(${notes.length})`}>Notes</Header>}>
      <SpaceBetween size="m">
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void add();
          }}
        >
          <SpaceBetween size="xs">
            <FormField label="New note" stretch>
              <Textarea value={text} onChange={(e) => setText(e.detail.value)} rows={2} disabled={!may} placeholder="What you see, what you tried" />
            </FormField>
            <Button formAction="submit" loading={act.busy} disabled={!may || text.trim() === ''}>
              Add note
            </Button>
          </SpaceBetween>
        </form>
        <Problem error={act.error} />
        {notes.map((n) => (
          <Note key={n.eventId} incident={incident} note={n} />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function Note({ incident, note }: { incident: Incident; note: TimelineSummary }) {
  const whole = useTimelineEvent(incident.arn, note.eventId, note.eventUpdatedTime);
  const may = useMay('responder');
  const now = useNow();
  const [editing, setEditing] = useState(false);
  const [words, setWords] = useState('');
  const text = textOf(whole.data?.eventData);
  return (
    <SpaceBetween size="xxs">
      <Box variant="small" color="text-body-secondary">
        {brief(note.eventTime, now)}
      </Box>
      <div className="lines">{text}</div>
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          variant="inline-link"
          disabled={!may || !whole.data}
          onClick={() => {
            setWords(text);
            setEditing(true);
          }}
        >
          Edit
        </Button>
        <AskButton inline label="Delete" verb="Delete" title="Delete this note?" disabled={!may} work={() => deleteTimelineEvent(incident.arn, note.eventId)}>
          It disappears for everybody.
        </AskButton>
      </SpaceBetween>
      {editing && (
        <FormDialog title="Edit note" verb="Save" ready={words.trim() !== ''} work={() => updateTimelineEvent(incident.arn, note.eventId, words.trim())} onClose={() => setEditing(false)}>
          <FormField label="Note">
            <Textarea value={words} onChange={(e) => setWords(e.detail.value)} rows={5} autoFocus />
          </FormField>
        </FormDialog>
      )}
    </SpaceBetween>
  );
}
