import { useState } from 'react';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { updateContact, type Contact } from '../../api/contacts';
import { useAct } from '../../act';
import { useMay, useMe } from '../../me';
import { useChannels } from '../../queries';
import { channelKinds } from '../../words/channel';
import { latestMinute, rowsOf, stagesOf } from '../../words/plan';
import { Nothing, Problem } from '../../parts/feedback';

interface Row {
  channel: string;
  minute: string;
  retry?: number;
}

/** When each channel is used, in minutes from the start of an engagement. */
export function PlanEditor({ contact }: { contact: Contact }) {
  const me = useMe();
  const may = useMay('admin');
  const act = useAct();
  const channels = useChannels(contact.ContactArn);
  const kept: Row[] = rowsOf(contact.Plan.Stages ?? []).map((r) => ({ ...r, minute: String(r.minute) }));
  const [rows, setRows] = useState(kept);
  const options = (channels.data ?? []).map((c) => ({
    value: c.ContactChannelArn,
    label: c.Name === channelKinds[c.Type ?? 'EMAIL'] ? c.Name : `${c.Name} (${channelKinds[c.Type ?? 'EMAIL']})`,
    description: c.ActivationStatus === 'ACTIVATED' ? c.DeliveryAddress.SimpleAddress : 'not activated: skipped',
  }));
  const set = (index: number, part: Partial<Row>) => setRows(rows.map((r, i) => (i === index ? { ...r, ...part } : r)));
  const minuteFault = (r: Row) => (/^\d+$/.test(r.minute) && Number(r.minute) <= latestMinute ? undefined : `0 to ${latestMinute}`);
  const fine = rows.every((r) => r.channel !== '' && !minuteFault(r));
  const changed = JSON.stringify(rows) !== JSON.stringify(kept);
  const next = rows.length === 0 ? '0' : String(Math.max(...rows.map((r) => Number(r.minute) || 0)) + 10);
  const unused = options.find((o) => !rows.some((r) => r.channel === o.value));
  const save = async () => {
    const stages = stagesOf(rows.map((r) => ({ ...r, minute: Number(r.minute) })));
    if (await act.run(() => updateContact({ ContactId: contact.ContactArn, Plan: { Stages: stages } }))) me.flash('success', 'Engagement plan saved');
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Which channel is used when, counted from the start. It stops as soon as the person acknowledges."
          actions={
            <Button variant={changed ? 'primary' : 'normal'} disabled={!may || !fine || !changed} loading={act.busy} onClick={() => void save()}>
              Save plan
            </Button>
          }
        >
          Engagement plan
        </Header>
      }
    >
      <SpaceBetween size="m">
        <AttributeEditor
          items={rows}
          addButtonText="Add step"
          removeButtonText="Remove"
          removeButtonAriaLabel={(r) => `Remove the step at ${r.minute} minutes`}
          isItemRemovable={() => may}
          disableAddButton={!may || options.length === 0}
          onAddButtonClick={() => setRows([...rows, { channel: unused?.value ?? options[0]?.value ?? '', minute: next, retry: 1 }])}
          onRemoveButtonClick={(e) => setRows(rows.filter((_, i) => i !== e.detail.itemIndex))}
          empty={<Nothing title="No steps yet">{options.length === 0 ? 'Add a channel first.' : 'Until there is one, this contact is never paged.'}</Nothing>}
          definition={[
            {
              label: 'Channel',
              control: (r, i) => (
                <Select
                  selectedOption={options.find((o) => o.value === r.channel) ?? { value: r.channel, label: 'A channel that is gone' }}
                  options={options}
                  onChange={(e) => set(i, { channel: e.detail.selectedOption.value ?? '' })}
                  ariaLabel={`Channel of step ${i + 1}`}
                  disabled={!may}
                />
              ),
            },
            {
              label: 'Engagement time (min)',
              errorText: (r) => minuteFault(r),
              control: (r, i) => (
                <Input
                  value={r.minute}
                  onChange={(e) => set(i, { minute: e.detail.value.trim() })}
                  inputMode="numeric"
                  ariaLabel={`Minutes from the start of step ${i + 1}`}
                  disabled={!may}
                />
              ),
            },
          ]}
        />
        <Problem error={act.error} />
      </SpaceBetween>
    </Container>
  );
}
