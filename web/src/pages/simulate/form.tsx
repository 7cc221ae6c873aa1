import { useState } from 'react';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useContacts, usePlans } from '../../queries';
import { channelKinds } from '../../words/channel';
import { horizons, minutesFault, queryOf, type Scenario } from '../../words/scenario';
import { instant } from '../../words/time';
import { dayTimeOf, instantOf, WhenInput, zone } from '../../parts/when';

const kinds = Object.entries(channelKinds);
const spans = horizons.map((h) => ({ value: String(h), label: h === 24 ? 'A day' : `${h / 24} days` }));

/** The coming instant at which a clock on the wall shows this hour; on a day of the week, if one is given. */
function coming(hours: number, day?: number): Date {
  const t = new Date();
  t.setHours(hours, 0, 0, 0);
  while (t.getTime() <= Date.now() || (day !== undefined && t.getDay() !== day)) t.setDate(t.getDate() + 1);
  return t;
}

/** What is simulated: plan or contact, time, who answers, what fails. */
export function ScenarioForm({ scenario, busy, onRun }: { scenario: Scenario; busy: boolean; onRun: (query: string) => void }) {
  const [draft, setDraft] = useState(scenario);
  const [when, setWhen] = useState(scenario.at ? dayTimeOf(scenario.at) : undefined);
  // On a phone the answer comes first once there is one.
  const [open, setOpen] = useState(() => !(scenario.plan ?? scenario.contact) || window.matchMedia('(min-width: 1200px)').matches);
  const set = (part: Partial<Scenario>) => setDraft((d) => ({ ...d, ...part }));
  const at = when && instantOf(when);
  const ready =
    Boolean(draft.plan ?? draft.contact) && (!when || at !== undefined) && draft.acks.every((a) => a.who !== '' && !minutesFault(a.minutes, draft.hours));
  const send = () => {
    const { at: _, ...rest } = draft;
    if (ready) onRun(queryOf({ ...rest, ...(at ? { at } : {}) }));
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <ExpandableSection variant="container" headerText="Scenario" headerDescription={open ? undefined : summary(scenario)} expanded={open} onChange={(e) => setOpen(e.detail.expanded)}>
        <SpaceBetween size="l">
          <WhatField draft={draft} set={set} />
          <FormField label="When it starts" constraintText={`${when ? '' : 'Now, until you choose another time. '}In your time zone, ${zone}.`} errorText={when && !at ? 'Write the day and the time.' : undefined}>
            <SpaceBetween size="xs">
              <SpaceBetween direction="horizontal" size="xs">
                <Button formAction="none" onClick={() => setWhen(undefined)} ariaLabel="It starts now">
                  Now
                </Button>
                <Button formAction="none" onClick={() => setWhen(dayTimeOf(coming(3)))}>
                  Next 03:00
                </Button>
                <Button formAction="none" onClick={() => setWhen(dayTimeOf(coming(3, 0)))}>
                  Sunday 03:00
                </Button>
              </SpaceBetween>
              <WhenInput value={when ?? { day: '', time: '' }} onChange={setWhen} />
            </SpaceBetween>
          </FormField>
          <AckRows draft={draft} set={set} />
          <FailField draft={draft} set={set} />
          <FormField label="Look ahead">
            <Select selectedOption={spans.find((s) => s.value === String(draft.hours)) ?? null} options={spans} onChange={(e) => set({ hours: Number(e.detail.selectedOption.value) })} />
          </FormField>
          <Button variant="primary" formAction="submit" disabled={!ready} loading={busy}>
            Simulate
          </Button>
        </SpaceBetween>
      </ExpandableSection>
    </form>
  );
}

function summary(s: Scenario): string {
  return [
    s.plan ?? s.contact ?? '',
    s.at ? instant(s.at.getTime() / 1000) : 'now',
    s.acks.length === 0 ? 'nobody acknowledges' : s.acks.map((a) => `${a.who} acknowledges after ${a.minutes} min`).join(', '),
    s.fail.length > 0 ? `${s.fail.join(', ')} fail` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

interface PartProps {
  draft: Scenario;
  set: (part: Partial<Scenario>) => void;
}

const types = { ESCALATION: 'Escalation plans', ONCALL_SCHEDULE: 'On-call schedules', PERSONAL: 'People' } as const;

function WhatField({ draft, set }: PartProps) {
  const plans = usePlans();
  const contacts = useContacts();
  const groups: SelectProps.OptionGroup[] = [
    { label: 'Response plans', options: (plans.data ?? []).map((p) => ({ value: `plan ${p.name}`, label: p.displayName || p.name, description: p.displayName ? p.name : undefined })) },
    ...(['ESCALATION', 'ONCALL_SCHEDULE', 'PERSONAL'] as const).map((t) => ({
      label: types[t],
      options: (contacts.data ?? []).filter((c) => c.Type === t).map((c) => ({ value: `contact ${c.Alias}`, label: c.DisplayName || c.Alias, description: c.DisplayName ? c.Alias : undefined })),
    })),
  ].filter((g) => g.options.length > 0);
  const value = draft.plan ? `plan ${draft.plan}` : draft.contact ? `contact ${draft.contact}` : '';
  const option = groups.flatMap((g) => g.options).find((o) => 'value' in o && o.value === value) as SelectProps.Option | undefined;
  return (
    <FormField label="What is engaged">
      <Select
        selectedOption={option ?? (value ? { value, label: draft.plan ?? draft.contact } : null)}
        options={groups}
        filteringType="auto"
        placeholder="Choose a response plan or contact"
        empty="There is nothing to simulate yet"
        onChange={(e) => {
          const [kind, name] = (e.detail.selectedOption.value ?? '').split(' ', 2);
          set(kind === 'plan' ? { plan: name, contact: undefined } : { contact: name, plan: undefined });
        }}
      />
    </FormField>
  );
}

function AckRows({ draft, set }: PartProps) {
  const contacts = useContacts();
  const people = (contacts.data ?? []).filter((c) => c.Type === 'PERSONAL').map((c) => ({ value: c.Alias, label: c.DisplayName || c.Alias }));
  const change = (index: number, part: Partial<Scenario['acks'][number]>) => set({ acks: draft.acks.map((a, i) => (i === index ? { ...a, ...part } : a)) });
  return (
    <div role="group" aria-label="Who acknowledges">
      <Box variant="awsui-key-label">Who acknowledges</Box>
      <AttributeEditor
        items={draft.acks}
        addButtonText="Add acknowledgment"
        removeButtonText="Remove"
        removeButtonAriaLabel={(a) => `Remove the acknowledgment of ${a.who || 'nobody'}`}
        onAddButtonClick={() => set({ acks: [...draft.acks, { who: people.length === 1 ? people[0]!.value : '', minutes: '10' }] })}
        onRemoveButtonClick={(e) => set({ acks: draft.acks.filter((_, i) => i !== e.detail.itemIndex) })}
        isItemRemovable={() => true}
        disableAddButton={people.length === 0}
        empty="Nobody acknowledges"
        definition={[
          {
            label: 'Who',
            control: (a, i) => (
              <Select
                selectedOption={people.find((p) => p.value === a.who) ?? (a.who ? { value: a.who, label: a.who } : null)}
                options={people}
                filteringType={people.length > 8 ? 'auto' : 'none'}
                placeholder="Choose a person"
                onChange={(e) => change(i, { who: e.detail.selectedOption.value ?? '' })}
                ariaLabel={`Who acknowledges, ${i + 1}`}
              />
            ),
          },
          {
            label: 'After minutes',
            errorText: (a) => minutesFault(a.minutes, draft.hours),
            control: (a, i) => <Input value={a.minutes} inputMode="numeric" onChange={(e) => change(i, { minutes: e.detail.value.trim() })} ariaLabel={`Minutes after the start, ${i + 1}`} />,
          },
        ]}
      />
    </div>
  );
}

function FailField({ draft, set }: PartProps) {
  const contacts = useContacts();
  const options = [
    { label: 'For everybody', options: kinds.map(([value, label]) => ({ value, label: `All of ${label}` })) },
    ...(contacts.data ?? [])
      .filter((c) => c.Type === 'PERSONAL')
      .map((c) => ({ label: c.DisplayName || c.Alias, options: kinds.map(([t, label]) => ({ value: `${c.Alias}/${t}`, label: `${c.DisplayName || c.Alias}: ${label}` })) })),
  ];
  const known = options.flatMap((g) => g.options);
  return (
    <FormField label="What fails" description="Channels on which no message gets through.">
      <Multiselect
        selectedOptions={draft.fail.map((f) => known.find((o) => o.value === f) ?? { value: f, label: f })}
        options={options}
        filteringType="auto"
        placeholder="Everything works"
        onChange={(e) => set({ fail: e.detail.selectedOptions.map((o) => o.value!) })}
        deselectAriaLabel={(o) => `${o.label} works`}
      />
    </FormField>
  );
}
