import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TimeInput from '@cloudscape-design/components/time-input';
import type { Day } from '../../api/oncall';
import { dayNames, daysText, handOffsFor, week, type Draft, type Every, type Faults, type Window } from '../../words/rotation';

const kinds: { value: Every; label: string; plural: string }[] = [
  { value: 'day', label: 'Daily', plural: 'days' },
  { value: 'week', label: 'Weekly', plural: 'weeks' },
  { value: 'month', label: 'Monthly', plural: 'months' },
];
const dayOptions = week.map((d) => ({ value: d, label: dayNames[d] }));
const office: Window = { days: ['MON', 'TUE', 'WED', 'THU', 'FRI'], start: '09:00', end: '17:00' };

interface PartProps {
  draft: Draft;
  set: (part: Partial<Draft>) => void;
  faults: Faults;
}

/** When it is the next one's turn, and at which hours anybody is on call. */
export function RecurrenceFields({ draft, set, faults }: PartProps) {
  const plural = kinds.find((k) => k.value === draft.every)!.plural;
  return (
    <SpaceBetween size="l">
      <ColumnLayout columns={2} minColumnWidth={200}>
        <FormField label="Hand-off">
          <RadioGroup
            value={draft.every}
            items={kinds.map(({ value, label }) => ({ value, label }))}
            onChange={(e) => {
              const every = e.detail.value as Every;
              set({ every, handOffs: handOffsFor(every, draft.handOffs) });
            }}
          />
        </FormField>
        <FormField label={`A shift lasts so many ${plural}`} errorText={faults.multiplier}>
          <Input value={draft.multiplier} onChange={(e) => set({ multiplier: e.detail.value.trim() })} inputMode="numeric" />
        </FormField>
      </ColumnLayout>
      <HandOffs draft={draft} set={set} faults={faults} />
      <Hours draft={draft} set={set} faults={faults} />
    </SpaceBetween>
  );
}

function Fault({ text }: { text: string | undefined }) {
  return text ? <Box color="text-status-error">{text}</Box> : null;
}

function HandOffs({ draft, set, faults }: PartProps) {
  const rows = draft.handOffs;
  const change = (index: number, part: Partial<(typeof rows)[number]>) => set({ handOffs: rows.map((r, i) => (i === index ? { ...r, ...part } : r)) });
  const on = {
    label: draft.every === 'week' ? 'Weekday' : 'Day of the month',
    control: (r: (typeof rows)[number], i: number) =>
      draft.every === 'week' ? (
        <Select
          selectedOption={dayOptions.find((o) => o.value === r.on) ?? null}
          options={dayOptions}
          onChange={(e) => change(i, { on: e.detail.selectedOption.value ?? '' })}
          ariaLabel={`Weekday of hand-off ${i + 1}`}
        />
      ) : (
        <Input value={r.on} onChange={(e) => change(i, { on: e.detail.value.trim() })} inputMode="numeric" ariaLabel={`Day of hand-off ${i + 1}`} />
      ),
  };
  return (
    <div role="group" aria-label="Hand-off times">
      <Box variant="awsui-key-label">Hand-off times</Box>
      {draft.every === 'month' && (
        <Box variant="small" color="text-body-secondary">
          Where a month is too short, its last day counts.
        </Box>
      )}
      <AttributeEditor
        items={rows}
        addButtonText="Add hand-off"
        removeButtonText="Remove"
        removeButtonAriaLabel={(r) => `Remove the hand-off at ${r.time}`}
        onAddButtonClick={() => set({ handOffs: [...rows, ...handOffsFor(draft.every, rows)] })}
        onRemoveButtonClick={(e) => set({ handOffs: rows.filter((_, i) => i !== e.detail.itemIndex) })}
        isItemRemovable={() => rows.length > 1}
        definition={[
          ...(draft.every === 'day' ? [] : [on]),
          {
            label: 'Time',
            control: (r, i) => <TimeInput value={r.time} onChange={(e) => change(i, { time: e.detail.value })} format="hh:mm" placeholder="hh:mm" ariaLabel={`Time of hand-off ${i + 1}`} />,
          },
        ]}
      />
      <Fault text={faults.handOffs} />
    </div>
  );
}

function Hours({ draft, set, faults }: PartProps) {
  const rows = draft.windows;
  const change = (index: number, part: Partial<Window>) => set({ windows: rows.map((r, i) => (i === index ? { ...r, ...part } : r)) });
  return (
    <div role="group" aria-label="Hours of duty">
      <Box variant="awsui-key-label">Hours of duty</Box>
      <AttributeEditor
        items={rows}
        addButtonText="Add hours"
        removeButtonText="Remove"
        removeButtonAriaLabel={(r) => `Remove the hours from ${r.start} to ${r.end}`}
        empty="Around the clock."
        additionalInfo={rows.length > 0 ? 'At all other hours nobody is on call by this rotation. An end that is not after the start is on the next day.' : undefined}
        onAddButtonClick={() => set({ windows: [...rows, office] })}
        onRemoveButtonClick={(e) => set({ windows: rows.filter((_, i) => i !== e.detail.itemIndex) })}
        isItemRemovable={() => true}
        definition={[
          {
            label: 'Days',
            control: (w, i) => (
              <Multiselect
                selectedOptions={dayOptions.filter((o) => w.days.includes(o.value))}
                options={dayOptions}
                hideTokens
                placeholder={w.days.length > 0 ? daysText(w.days) : 'Choose days'}
                onChange={(e) => change(i, { days: week.filter((d) => e.detail.selectedOptions.some((o) => o.value === d)) as Day[] })}
                ariaLabel={`Days of hours ${i + 1}`}
                deselectAriaLabel={(o) => `Without ${o.label}`}
              />
            ),
          },
          { label: 'From', control: (w, i) => <TimeInput value={w.start} onChange={(e) => change(i, { start: e.detail.value })} format="hh:mm" placeholder="hh:mm" ariaLabel={`Start of hours ${i + 1}`} /> },
          { label: 'To', control: (w, i) => <TimeInput value={w.end} onChange={(e) => change(i, { end: e.detail.value })} format="hh:mm" placeholder="hh:mm" ariaLabel={`End of hours ${i + 1}`} /> },
        ]}
      />
      <Fault text={faults.windows} />
    </div>
  );
}
