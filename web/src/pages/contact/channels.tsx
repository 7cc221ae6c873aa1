import { useState } from 'react';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { activate, createChannel, deactivate, deleteChannel, sendCode, updateChannel, type Channel, type ChannelType, type Contact } from '../../api/contacts';
import { token } from '../../api/call';
import { useAct } from '../../act';
import { useMay, useMe } from '../../me';
import { useChannels } from '../../queries';
import { addressFault, channelKinds } from '../../words/channel';
import { Ask, Nothing, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Listing } from '../../parts/listing';

type Open = { kind: 'code' | 'edit' | 'delete'; channel: Channel } | { kind: 'add' };

/** The ways to reach a person; each must be confirmed by the code that was sent to it. */
export function Channels({ contact }: { contact: Contact }) {
  const channels = useChannels(contact.ContactArn);
  const may = useMay('admin');
  const me = useMe();
  const act = useAct();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const choose = (action: string, channel: Channel) => {
    if (action === 'send') void act.run(() => sendCode(channel.ContactChannelArn)).then((ok) => ok && me.flash('success', `A new code is on its way to ${channel.Name}`));
    else if (action === 'off') void act.run(() => deactivate(channel.ContactChannelArn));
    else setOpen({ kind: action as 'edit' | 'delete', channel });
  };
  return (
    <>
      <Problem error={act.error} />
      <Listing
        title="Channels"
        noun="channel"
        items={channels.data}
        loading={channels.isPending}
        error={channels.error}
        id={(c) => c.ContactChannelArn}
        actions={
          <Button disabled={!may} onClick={() => setOpen({ kind: 'add' })}>
            Add channel
          </Button>
        }
        empty={<Nothing title="No channels yet">Without one nobody can be reached.</Nothing>}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, minWidth: 110, cell: (c) => c.Name },
          { id: 'type', header: 'Type', minWidth: 90, cell: (c) => channelKinds[c.Type ?? 'EMAIL'] },
          { id: 'address', header: 'Address', minWidth: 170, cell: (c) => <span className="anywhere">{c.DeliveryAddress.SimpleAddress}</span> },
          {
            id: 'status',
            header: 'Status',
            minWidth: 150,
            cell: (c) =>
              c.ActivationStatus === 'ACTIVATED' ? (
                <StatusIndicator type="success">Activated</StatusIndicator>
              ) : (
                <Button variant="primary" disabled={!may} onClick={() => setOpen({ kind: 'code', channel: c })} ariaLabel={`Enter the code for ${c.Name}`}>
                  Enter code
                </Button>
              ),
          },
          {
            id: 'actions',
            header: 'Actions',
            cell: (c) => (
              <ButtonDropdown
                variant="icon"
                ariaLabel={`Actions for ${c.Name}`}
                expandToViewport
                disabled={!may}
                items={[
                  { id: 'edit', text: 'Edit' },
                  c.ActivationStatus === 'ACTIVATED' ? { id: 'off', text: 'Deactivate' } : { id: 'send', text: 'Send a new code' },
                  { id: 'delete', text: 'Delete' },
                ]}
                onItemClick={(e) => choose(e.detail.id, c)}
              />
            ),
          },
        ]}
      />
      {open?.kind === 'add' && <ChannelDialog contact={contact} onClose={close} />}
      {open?.kind === 'edit' && <ChannelDialog contact={contact} channel={open.channel} onClose={close} />}
      {open?.kind === 'code' && <CodeDialog channel={open.channel} onClose={close} />}
      {open?.kind === 'delete' && (
        <Ask title={`Delete ${open.channel.Name}?`} verb="Delete" work={() => deleteChannel(open.channel.ContactChannelArn)} onClose={close}>
          The engagement plan skips it from now on.
        </Ask>
      )}
    </>
  );
}

function CodeDialog({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const me = useMe();
  const again = useAct();
  const [code, setCode] = useState('');
  const [sent, setSent] = useState(false);
  return (
    <FormDialog
      title={`Activate ${channel.Name}`}
      verb="Activate"
      ready={/^\d{6,10}$/.test(code)}
      work={() => activate(channel.ContactChannelArn, code)}
      onClose={onClose}
      onDone={() => me.flash('success', `${channel.Name} is active: pages can go there now`)}
    >
      <FormField label="Code" description={`It was sent to ${channel.DeliveryAddress.SimpleAddress}.`} errorText={again.error}>
        <div className="mono code-input">
          <Input value={code} onChange={(e) => setCode(e.detail.value.trim())} inputMode="numeric" autoFocus autoComplete={false} placeholder="123456" />
        </div>
      </FormField>
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <Button formAction="none" loading={again.busy} onClick={() => void again.run(() => sendCode(channel.ContactChannelArn)).then(setSent)}>
          Send a new code
        </Button>
        {sent && <StatusIndicator type="success">Sent</StatusIndicator>}
      </SpaceBetween>
    </FormDialog>
  );
}

function ChannelDialog({ contact, channel, onClose }: { contact: Contact; channel?: Channel; onClose: () => void }) {
  const kinds = (Object.keys(channelKinds) as ChannelType[]).map((value) => ({ value, label: channelKinds[value] }));
  const [type, setType] = useState<ChannelType>(channel?.Type ?? 'EMAIL');
  const [name, setName] = useState(channel?.Name ?? '');
  const [address, setAddress] = useState(channel?.DeliveryAddress.SimpleAddress ?? '');
  const [once] = useState(token);
  const fault = addressFault(type, address.trim());
  const target = { Name: name.trim() || channelKinds[type], DeliveryAddress: { SimpleAddress: address.trim() } };
  const work = () =>
    channel
      ? updateChannel({ ContactChannelId: channel.ContactChannelArn, ...target })
      : createChannel({ ContactId: contact.ContactArn, Type: type, DeferActivation: false, IdempotencyToken: once, ...target });
  return (
    <FormDialog title={channel ? 'Edit channel' : 'Add channel'} verb={channel ? 'Save' : 'Add and send code'} ready={address.trim() !== '' && !fault} work={work} onClose={onClose}>
      {!channel && (
        <FormField label="Type">
          <Select selectedOption={kinds.find((k) => k.value === type)!} options={kinds} onChange={(e) => setType(e.detail.selectedOption.value as ChannelType)} />
        </FormField>
      )}
      <FormField label={<>Name <i>(optional)</i></>}>
        <Input value={name} onChange={(e) => setName(e.detail.value)} placeholder={channelKinds[type]} autoComplete={false} />
      </FormField>
      <FormField
        label={type === 'EMAIL' ? 'E-mail address' : 'Phone number'}
        errorText={fault}
        constraintText={channel ? 'A changed address must be activated anew.' : 'A code is sent there at once.'}
      >
        <Input value={address} onChange={(e) => setAddress(e.detail.value)} inputMode={type === 'EMAIL' ? 'email' : 'tel'} placeholder={type === 'EMAIL' ? 'ann@example.org' : '+15550100'} autoComplete={false} />
      </FormField>
    </FormDialog>
  );
}
