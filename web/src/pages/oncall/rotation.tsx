import { useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { token } from '../../api/call';
import { getContact, updateContact } from '../../api/contacts';
import { createRotation, deleteRotation, getRotation, previewShifts, updateRotation, type Rotation } from '../../api/oncall';
import { useMay, useMe } from '../../me';
import { go, href } from '../../route';
import { draftOf, faultsOf, newDraft, recurrenceOf, startOf, type Draft } from '../../words/rotation';
import { zones } from '../../words/zone';
import { Calendar } from '../../parts/calendar';
import { Copyable } from '../../parts/facts';
import { AskButton, Nothing, Problem } from '../../parts/feedback';
import { FormPage } from '../../parts/form';
import { useTitle } from '../../parts/title';
import { WhenInput, zone } from '../../parts/when';
import { useLanes, useRotations, useSchedule, useSpan } from './data';
import { PeopleOrder } from './people';
import { RecurrenceFields } from './recurrence';

/** Stands for the schedule where a link knows the rotation only. */
const unknown = '~';

/** A rotation, new or kept. */
export function RotationPage({ schedule, id }: { schedule: string; id: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-contacts:${me.region}:${me.account}:rotation/${id}`;
  const rotation = useQuery({ queryKey: ['rotation', arn], queryFn: () => getRotation(arn), enabled: id !== 'new' });
  if (id === 'new') return <RotationForm schedule={schedule} />;
  if (rotation.error && !rotation.data) return <Problem error={rotation.error} />;
  if (!rotation.data) return <Spinner size="large" />;
  return <RotationForm schedule={schedule} rotation={rotation.data} />;
}

function begin(d: Draft): { StartTime?: number } {
  const StartTime = startOf(d);
  return StartTime === undefined ? {} : { StartTime };
}

/** Makes the rotation, and names it in the schedule. Both may be done again. */
async function create(schedule: string, d: Draft, once: string) {
  const { RotationArn } = await createRotation({ Name: d.name.trim(), ContactIds: d.people, ...begin(d), TimeZoneId: d.zone, Recurrence: recurrenceOf(d), IdempotencyToken: once });
  const { Plan } = await getContact(schedule);
  const ids = Plan.RotationIds ?? [];
  if (!ids.includes(RotationArn)) await updateContact({ ContactId: schedule, Plan: { RotationIds: [...ids, RotationArn] } });
}

function RotationForm({ schedule, rotation }: { schedule: string; rotation?: Rotation }) {
  useTitle(rotation?.Name ?? 'Create rotation');
  const me = useMe();
  const may = useMay('admin');
  const [draft, setDraft] = useState(() => (rotation ? draftOf(rotation) : newDraft(zone, new Date())));
  const [once] = useState(token);
  const set = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const faults = faultsOf(draft);
  const back = schedule === unknown ? '#/oncall' : href('oncall', schedule);
  const done = (text: string) => {
    me.flash('success', text);
    go(back);
  };
  const work = () =>
    rotation
      ? updateRotation({ RotationId: rotation.RotationArn, ContactIds: draft.people, ...begin(draft), TimeZoneId: draft.zone, Recurrence: recurrenceOf(draft) })
      : create(`arn:aws:ssm-contacts:${me.region}:${me.account}:contact/${schedule}`, draft, once);
  return (
    <SpaceBetween size="l">
      <BreadcrumbGroup
        items={[{ text: 'On-call schedules', href: '#/oncall' }, ...(schedule === unknown ? [] : [{ text: schedule, href: back }]), { text: rotation?.Name ?? 'Create rotation', href: '#' }]}
      />
      <Header
        variant="h1"
        description={rotation && <Copyable text={rotation.RotationArn} label="the ARN" />}
        actions={
          rotation && (
            <AskButton label="Delete" verb="Delete" title={`Delete ${rotation.Name}?`} disabled={!may} work={() => deleteRotation(rotation.RotationArn)} onDone={() => done('Rotation deleted')}>
              It leaves every schedule that names it, with its overrides. Nobody is on call in its place.
            </AskButton>
          )
        }
      >
        {rotation?.Name ?? 'Create rotation'}
      </Header>
      <FormPage verb={rotation ? 'Save' : 'Create rotation'} back={back} ready={may && Object.keys(faults).length === 0} work={work} onDone={() => done(rotation ? 'Rotation saved' : 'Rotation created')}>
        <Container header={<Header variant="h2">Who</Header>}>
          <SpaceBetween size="l">
            {!rotation && (
              <FormField label="Name" constraintText="Cannot be changed later." errorText={faults.name}>
                <Input value={draft.name} onChange={(e) => set({ name: e.detail.value })} placeholder="Nights" autoComplete={false} />
              </FormField>
            )}
            <FormField label="People" description="They take turns in this order." errorText={faults.people && draft.people.length > 0 ? faults.people : undefined}>
              <PeopleOrder people={draft.people} onChange={(people) => set({ people })} disabled={!may} />
            </FormField>
            {(draft.people.length > 1 || draft.atOnce !== '1') && (
              <FormField label="People on call at once" errorText={faults.atOnce}>
                <Input value={draft.atOnce} onChange={(e) => set({ atOnce: e.detail.value.trim() })} inputMode="numeric" />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">When</Header>}>
          <SpaceBetween size="l">
            <FormField label="Time zone" description="Hand-offs and hours are by the clocks of this zone, in summer and winter." errorText={faults.zone}>
              <Select
                selectedOption={{ value: draft.zone, label: draft.zone }}
                options={zones().map((z) => ({ value: z, label: z }))}
                filteringType="auto"
                filteringPlaceholder="Find a zone"
                virtualScroll
                onChange={(e) => set({ zone: e.detail.selectedOption.value ?? '' })}
              />
            </FormField>
            <RecurrenceFields draft={draft} set={set} faults={faults} />
            <FormField label="The first shift begins" constraintText={`In the rotation’s zone, ${draft.zone}. Left empty: when it is made.`} errorText={faults.start}>
              <WhenInput value={draft.start} onChange={(start) => set({ start })} />
            </FormField>
          </SpaceBetween>
        </Container>
        <Preview draft={draft} fine={Object.keys(faults).every((f) => f === 'name')} schedule={schedule} self={rotation?.RotationArn} />
      </FormPage>
    </SpaceBetween>
  );
}

interface PreviewProps {
  draft: Draft;
  fine: boolean;
  schedule: string;
  /** The rotation that is changed; its shifts as they are kept are not shown. */
  self: string | undefined;
}

/** What the rotation would come to, while it is typed, beside the schedule's others. */
function Preview({ draft, fine, schedule, self }: PreviewProps) {
  const me = useMe();
  const span = useSpan();
  const start = fine ? startOf(draft) : undefined;
  // What begins later is shown from its beginning.
  const from = Math.max(span.today, start ?? 0);
  const to = from + (span.to - span.today);
  const input = fine ? { ...(start === undefined ? {} : { RotationStartTime: start }), StartTime: from, EndTime: to, Members: draft.people, TimeZoneId: draft.zone, Recurrence: recurrenceOf(draft) } : undefined;
  const shifts = useQuery({ queryKey: ['preview', input], queryFn: () => previewShifts(input!), enabled: fine, placeholderData: keepPreviousData, retry: false });
  const whole = useSchedule(`arn:aws:ssm-contacts:${me.region}:${me.account}:contact/${schedule}`, schedule !== unknown);
  const { rotations } = useRotations((whole.data?.Plan.RotationIds ?? []).filter((id) => id !== self));
  const others = useLanes(rotations, { from, to });
  return (
    <Container header={<Header variant="h2" description="With the schedule’s other rotations, and without overrides of this one. Nothing is saved yet.">Preview</Header>}>
      <Problem error={shifts.error} />
      {shifts.data && fine && !shifts.error ? (
        <Calendar lanes={[{ id: 'preview', name: draft.name || 'This rotation', zone: draft.zone, shifts: shifts.data }, ...others.lanes]} from={from} />
      ) : (
        !shifts.error && <Nothing title="Nothing to show yet">Choose people and when they take turns.</Nothing>
      )}
    </Container>
  );
}
