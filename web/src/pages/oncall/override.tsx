import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import { token } from '../../api/call';
import { createOverride, type Rotation, type Shift } from '../../api/oncall';
import { useMe } from '../../me';
import { useNames } from '../../names';
import { useContacts } from '../../queries';
import { momentIn } from '../../words/zone';
import { FormDialog } from '../../parts/form';
import { dayTimeOf, instantOf, WhenInput, zone } from '../../parts/when';

interface Props {
  rotations: Rotation[];
  /** What is overridden to begin with. */
  rotation: Rotation;
  shift?: Shift;
  onClose: () => void;
}

const shortest = 30 * 60;

/** Somebody stands in for somebody else. */
export function OverrideDialog({ rotations, rotation, shift, onClose }: Props) {
  const me = useMe();
  const name = useNames();
  const contacts = useContacts();
  const [of, setOf] = useState(rotation.RotationArn);
  const [people, setPeople] = useState<string[]>([]);
  const [once] = useState(token);
  const [from, setFrom] = useState(() => dayTimeOf(shift ? new Date(shift.StartTime * 1000) : nextHour()));
  const [to, setTo] = useState(() => dayTimeOf(shift ? new Date(shift.EndTime * 1000) : new Date(nextHour().getTime() + 86400_000)));
  const [start, end] = [from, to].map((t) => (instantOf(t)?.getTime() ?? NaN) / 1000) as [number, number];
  const late = end - start < shortest ? 'It ends at least 30 minutes after it begins.' : undefined;
  const options = (contacts.data ?? []).filter((c) => c.Type === 'PERSONAL').map((c) => ({ value: c.ContactArn, label: c.DisplayName || c.Alias }));
  const names = rotations.map((r) => ({ value: r.RotationArn, label: r.Name }));
  return (
    <FormDialog
      title="Override"
      verb="Create override"
      ready={Number.isFinite(start) && Number.isFinite(end) && !late}
      work={() => createOverride({ RotationId: of, NewContactIds: people, StartTime: start, EndTime: end, IdempotencyToken: once })}
      onClose={onClose}
      onDone={() => me.flash('success', 'Override created')}
    >
      {shift && (
        <Box>
          Planned: <strong>{shift.ContactIds.map(name).join(', ') || 'nobody'}</strong>, {momentIn(shift.StartTime, zone)} to {momentIn(shift.EndTime, zone)}.
        </Box>
      )}
      {rotations.length > 1 && !shift && (
        <FormField label="Rotation">
          <Select selectedOption={names.find((n) => n.value === of) ?? null} options={names} onChange={(e) => setOf(e.detail.selectedOption.value ?? of)} />
        </FormField>
      )}
      <FormField label="On call instead" description="In the place of everybody: who stays on call is named here, too." warningText={people.length === 0 ? 'With nobody chosen, nobody is on call by this rotation then.' : undefined}>
        <Multiselect
          selectedOptions={options.filter((o) => people.includes(o.value))}
          options={options}
          filteringType={options.length > 8 ? 'auto' : 'none'}
          placeholder="Choose people"
          onChange={(e) => setPeople(e.detail.selectedOptions.map((o) => o.value!))}
          deselectAriaLabel={(o) => `Without ${o.label}`}
        />
      </FormField>
      <FormField label="From" constraintText={`In your zone, ${zone}.`}>
        <WhenInput value={from} onChange={setFrom} />
      </FormField>
      <FormField label="To" errorText={late}>
        <WhenInput value={to} onChange={setTo} />
      </FormField>
    </FormDialog>
  );
}

function nextHour(): Date {
  const t = new Date();
  t.setHours(t.getHours() + 1, 0, 0, 0);
  return t;
}
