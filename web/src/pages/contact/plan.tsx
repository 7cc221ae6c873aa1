import { useState } from 'react';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { changeContact, type Contact } from '../../api/contacts';
import { useAct } from '../../act';
import { useMay, useMe } from '../../me';
import { useChannels } from '../../queries';
import { channelKinds } from '../../words/channel';
import { optionsFine, optionsOf, taggedMinutes, tagsOfOptions, type PlanOptions } from '../../words/options';
import { latestMinute, rowsOf, stagesOf } from '../../words/plan';
import { Nothing, Problem } from '../../parts/feedback';
import { OptionsFields } from '../../parts/options';

interface Row {
  channel: string;
  minute: string;
  retry?: number;
}

interface Draft {
  rows: Row[];
  /** Minutes after the last step. */
  after: string;
  options: PlanOptions;
}

/** When each channel is used, in minutes from the start of an engagement. */
export function PlanEditor({ contact, tags }: { contact: Contact; tags: Record<string, string> }) {
  const me = useMe();
  const may = useMay('admin');
  const act = useAct();
  const channels = useChannels(contact.ContactArn);
  const plan = rowsOf(contact.Plan.Stages ?? [], taggedMinutes(tags));
  const kept: Draft = { rows: plan.rows.map((r) => ({ ...r, minute: String(r.minute) })), after: String(plan.after), options: optionsOf(tags) };
  const [draft, setDraft] = useState(kept);
  const { rows, after, options } = draft;
  const setRows = (next: Row[]) => setDraft({ ...draft, rows: next });
  const choices = (channels.data ?? []).map((c) => ({
    value: c.ContactChannelArn,
    label: c.Name === channelKinds[c.Type ?? 'EMAIL'] ? c.Name : `${c.Name} (${channelKinds[c.Type ?? 'EMAIL']})`,
    description: c.ActivationStatus === 'ACTIVATED' ? c.DeliveryAddress.SimpleAddress : 'not activated: skipped',
  }));
  const set = (index: number, part: Partial<Row>) => setRows(rows.map((r, i) => (i === index ? { ...r, ...part } : r)));
  const minuteFault = (minute: string) => (/^\d+$/.test(minute) && Number(minute) <= latestMinute ? undefined : `0 to ${latestMinute}`);
  const fine = rows.every((r) => r.channel !== '' && !minuteFault(r.minute)) && !minuteFault(after) && optionsFine(options);
  const changed = JSON.stringify(draft) !== JSON.stringify(kept);
  const goesOn = Number(options.repeat) > 0 || options.fallback !== '';
  const next = rows.length === 0 ? '0' : String(Math.max(...rows.map((r) => Number(r.minute) || 0)) + 10);
  const unused = choices.find((o) => !rows.some((r) => r.channel === o.value));
  const save = async () => {
    const { stages: Stages, minutes } = stagesOf({ rows: rows.map((r) => ({ ...r, minute: Number(r.minute) })), after: Number(after) });
    if (await act.run(() => changeContact({ ContactId: contact.ContactArn, Plan: { Stages } }, tags, tagsOfOptions(options, minutes)))) me.flash('success', 'Engagement plan saved');
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
          disableAddButton={!may || choices.length === 0}
          onAddButtonClick={() => setRows([...rows, { channel: unused?.value ?? choices[0]?.value ?? '', minute: next, retry: 1 }])}
          onRemoveButtonClick={(e) => setRows(rows.filter((_, i) => i !== e.detail.itemIndex))}
          empty={<Nothing title="No steps yet">{choices.length === 0 ? 'Add a channel first.' : 'Until there is one, this contact is never paged.'}</Nothing>}
          definition={[
            {
              label: 'Channel',
              control: (r, i) => (
                <Select
                  selectedOption={choices.find((o) => o.value === r.channel) ?? { value: r.channel, label: 'A channel that is gone' }}
                  options={choices}
                  onChange={(e) => set(i, { channel: e.detail.selectedOption.value ?? '' })}
                  ariaLabel={`Channel of step ${i + 1}`}
                  disabled={!may}
                />
              ),
            },
            {
              label: 'Engagement time (min)',
              errorText: (r) => minuteFault(r.minute),
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
        <Box variant="h3">If nobody answers</Box>
        <OptionsFields type="PERSONAL" self={contact.ContactArn} options={options} onChange={(o) => setDraft({ ...draft, options: o })} disabled={!may} />
        {goesOn && (
          <FormField label="Wait after the last step (min)" constraintText="Before it begins anew or the fallback is engaged. 0 counts as 5 minutes." errorText={minuteFault(after)}>
            <Input value={after} onChange={(e) => setDraft({ ...draft, after: e.detail.value.trim() })} inputMode="numeric" disabled={!may} />
          </FormField>
        )}
        <Problem error={act.error} />
      </SpaceBetween>
    </Container>
  );
}
