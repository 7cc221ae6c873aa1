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
import type { RuleState } from '../../api/events';
import { testRule } from '../../api/tocsin';
import { compact } from '../../words/rule';
import { scenarios } from '../../words/scenarios';
import { pretty } from '../../words/story';
import { Slips } from './slips';

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

interface Props {
  pattern: string;
  onChange: (text: string) => void;
  /** The sample event that was asked for. */
  sample: string;
  state: RuleState;
  onState: (state: RuleState) => void;
  /** What the rule starts. */
  targets: string[];
}

/** Longer ones are sent without the spaces that only the editor needs: EventBridge counts them. */
const longest = 2000;

/** The pattern, and a sample event it is tried on by the server while you type. */
export function PatternEditor({ pattern, onChange, sample, state, onState, targets }: Props) {
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
  const written = JSON.stringify({ EventPattern: pattern.length > longest ? compact(pattern) : pattern, Event: event, State: state, TargetArns: targets });
  const asked = useSettled(written, 400);
  const test = useQuery({
    queryKey: ['rule-test', asked],
    queryFn: () => testRule(JSON.parse(asked) as Parameters<typeof testRule>[0]),
    enabled: pattern.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: Infinity,
  });
  const answer = pattern.trim() === '' ? undefined : test.data;
  return (
    <Container header={<Header variant="h2" description="The server tries it on the sample event while you type, and says what is probably not meant so.">Event pattern</Header>}>
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
          <SpaceBetween size="xs">
            {pattern.trim() === '' ? (
              <StatusIndicator type="pending">Write a pattern</StatusIndicator>
            ) : test.error ? (
              <StatusIndicator type="error">{explain(test.error)}</StatusIndicator>
            ) : !answer ? (
              <StatusIndicator type="loading">Trying</StatusIndicator>
            ) : answer.Matches === undefined ? (
              <StatusIndicator type="error">Event pattern is not valid</StatusIndicator>
            ) : answer.Matches ? (
              <StatusIndicator type="success">The sample event matches</StatusIndicator>
            ) : wants(pattern, sourceOf(event)) ? (
              <StatusIndicator type="warning">The sample event does not match: {answer.Reason}</StatusIndicator>
            ) : (
              <StatusIndicator type="info">The sample event does not match: the pattern is about events from elsewhere</StatusIndicator>
            )}
            {answer && !test.error && (
              <Slips
                findings={answer.Findings}
                placed={pattern.length <= longest}
                current={asked === written && !test.isPlaceholderData}
                onPattern={(text) => onChange(pattern.length > longest ? pretty(text) : text)}
                onState={onState}
              />
            )}
          </SpaceBetween>
        </div>
      </SpaceBetween>
    </Container>
  );
}
