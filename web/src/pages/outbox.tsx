import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { listOutbox, type OutboxMessage } from '../api/tocsin';
import { channelKinds } from '../words/channel';
import type { ChannelType } from '../api/contacts';
import { Ago } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

const kinds = { activation: 'Activation code', page: 'Page', update: 'Update' };

/** What would have been sent where no provider is set. */
export default function Outbox() {
  useTitle('Outbox');
  const outbox = useQuery({ queryKey: ['outbox'], queryFn: listOutbox });
  const [shown, setShown] = useState<OutboxMessage>();
  return (
    <>
      <Listing
        variant="full-page"
        title="Outbox"
        noun="message"
        description="Messages for channels without a provider: they were not sent, they can be read here."
        items={outbox.data}
        loading={outbox.isPending}
        error={outbox.error}
        id={(m) => `${m.Time} ${m.To} ${m.PageArn ?? m.ChannelArn ?? ''} ${m.Kind}`}
        empty={<Nothing title="The outbox is empty">Everything could be handed to a provider, or nothing was to be sent.</Nothing>}
        columns={[
          { id: 'time', header: 'Time', minWidth: 90, sortingField: 'Time', cell: (m) => <Ago time={m.Time} /> },
          { id: 'to', header: 'To', isRowHeader: true, minWidth: 150, sortingField: 'To', cell: (m) => <span className="anywhere">{m.To}</span> },
          { id: 'channel', header: 'Channel', minWidth: 90, sortingField: 'Channel', cell: (m) => channelKinds[m.Channel as ChannelType] ?? m.Channel },
          { id: 'kind', header: 'Kind', minWidth: 110, sortingField: 'Kind', cell: (m) => <Badge color={m.Kind === 'page' ? 'red' : 'grey'}>{kinds[m.Kind] ?? m.Kind}</Badge> },
          {
            id: 'code',
            header: 'Code',
            minWidth: 100,
            cell: (m) => (m.Code ? <CopyToClipboard variant="inline" textToCopy={m.Code} copyButtonAriaLabel={`Copy the code for ${m.To}`} copySuccessText="Copied" copyErrorText="Could not copy" /> : '-'),
          },
          {
            id: 'text',
            header: 'Text',
            minWidth: 200,
            cell: (m) => (
              <Button variant="inline-link" onClick={() => setShown(m)}>
                {(m.Subject || m.Text?.split('\n')[0] || 'Read').slice(0, 70)}
              </Button>
            ),
          },
        ]}
      />
      {shown && (
        <Modal visible header={`To ${shown.To}`} onDismiss={() => setShown(undefined)} closeAriaLabel="Close">
          <SpaceBetween size="m">
            {shown.Subject && <Box variant="h3">{shown.Subject}</Box>}
            <div className="lines">{shown.Text}</div>
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}
