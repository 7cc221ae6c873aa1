import { useEffect, useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Textarea from '@cloudscape-design/components/textarea';
import { explain } from '../../api/call';
import { testPattern } from '../../api/events';
import { scenarios } from '../../words/scenarios';
import { pretty } from '../../words/story';

function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

function sourceOf(event: string): string {
  try {
    return String((JSON.parse(event) as { source?: unknown }).source ?? '');
  } catch {
    return '';
  }
}

/** Whether a pattern may be about events of a source: only what names others, and nothing else, is not. */
function wants(pattern: string, source: string): boolean {
  try {
    const list = (JSON.parse(pattern) as { source?: unknown }).source;
    return !Array.isArray(list) || list.some((s) => typeof s !== 'string' || s === source);
  } catch {
    return true;
  }
}

/** The sample that a pattern is tried on first. */
function fitting(pattern: string): string {
  return (scenarios.find((s) => wants(pattern, sourceOf(s.event))) ?? scenarios[0]!).id;
}

/** The pattern, and a sample event it is tried on by the server while you type. */
export function PatternEditor({ pattern, onChange, sample }: { pattern: string; onChange: (text: string) => void; sample: string }) {
  const [chosen, setChosen] = useState(() => fitting(pattern));
  const [event, setEvent] = useState(() => (scenarios.find((s) => s.id === chosen) ?? scenarios[0]!).event);
  const choose = (id: string) => {
    const found = scenarios.find((s) => s.id === id);
    if (!found) return;
    setChosen(id);
    setEvent(found.event);
  };
  useEffect(() => choose(sample), [sample]);
  const options = scenarios.map((s) => ({ value: s.id, label: s.title }));
  const asked = useSettled(JSON.stringify([pattern, event]), 400);
  const test = useQuery({
    queryKey: ['pattern', asked],
    queryFn: () => testPattern(pattern, event),
    enabled: pattern.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: Infinity,
  });
  return (
    <Container header={<Header variant="h2" description="The server tries it on the sample event while you type.">Event pattern</Header>}>
      <SpaceBetween size="m">
        <ColumnLayout columns={2} minColumnWidth={300}>
          <FormField
            label="Pattern (JSON)"
            stretch
            secondaryControl={
              <Button formAction="none" onClick={() => onChange(pretty(pattern))}>
                Format
              </Button>
            }
          >
            <div className="mono">
              <Textarea value={pattern} onChange={(e) => onChange(e.detail.value)} rows={16} spellcheck={false} placeholder='{"source": ["aws.signin"]}' />
            </div>
          </FormField>
          <FormField
            label="Sample event"
            stretch
            secondaryControl={
              <Select
                selectedOption={options.find((o) => o.value === chosen) ?? null}
                options={options}
                onChange={(e) => choose(e.detail.selectedOption.value!)}
                ariaLabel="Choose a sample event"
              />
            }
          >
            <div className="mono">
              <Textarea value={event} onChange={(e) => setEvent(e.detail.value)} rows={16} spellcheck={false} />
            </div>
          </FormField>
        </ColumnLayout>
        <div aria-live="polite" className="anywhere">
          {pattern.trim() === '' ? (
            <StatusIndicator type="pending">Write a pattern</StatusIndicator>
          ) : test.error ? (
            <StatusIndicator type="error">{explain(test.error)}</StatusIndicator>
          ) : test.data?.Result ? (
            <StatusIndicator type="success">The sample event matches</StatusIndicator>
          ) : test.data ? (
            <StatusIndicator type={wants(pattern, sourceOf(event)) ? 'warning' : 'info'}>
              {wants(pattern, sourceOf(event)) ? 'The sample event does not match' : 'The sample event does not match: the pattern is about events from elsewhere'}
            </StatusIndicator>
          ) : (
            <StatusIndicator type="loading">Trying</StatusIndicator>
          )}
        </div>
      </SpaceBetween>
    </Container>
  );
}
