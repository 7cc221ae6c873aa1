import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ContactSummary } from '../api/contacts';
import { useMay } from '../me';
import { useChannels, useContacts } from '../queries';
import { go, href, type Route } from '../route';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { ContactPage } from './contact/page';
import { NewContact } from './contact/new';

/** People who are paged: the list, the form for a new one, or one of them. */
export default function Contacts({ route }: { route: Route }) {
  const alias = route.path[1];
  if (alias === 'new') return <NewContact />;
  if (alias) return <ContactPage key={alias} alias={alias} />;
  return <List />;
}

function List() {
  useTitle('Contacts');
  const contacts = useContacts();
  const may = useMay('admin');
  return (
    <Listing
      variant="full-page"
      title="Contacts"
      noun="contact"
      description="People who can be paged, and how each is reached."
      items={contacts.data?.filter((c) => c.Type === 'PERSONAL')}
      loading={contacts.isPending}
      error={contacts.error}
      id={(c) => c.ContactArn}
      actions={
        <Button variant="primary" disabled={!may} onClick={() => go('#/contacts/new')}>
          Create contact
        </Button>
      }
      empty={<Nothing title="No contacts yet">Add the person who is to be woken first.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'DisplayName', cell: (c) => <Link href={href('contacts', c.Alias)}>{c.DisplayName || c.Alias}</Link> },
        { id: 'alias', header: 'Alias', minWidth: 100, sortingField: 'Alias', cell: (c) => c.Alias },
        { id: 'channels', header: 'Channels', minWidth: 160, cell: (c) => <Channels contact={c} /> },
      ]}
    />
  );
}

function Channels({ contact }: { contact: ContactSummary }) {
  const channels = useChannels(contact.ContactArn);
  if (!channels.data) return <>-</>;
  if (channels.data.length === 0) return <StatusIndicator type="warning">None</StatusIndicator>;
  return (
    <SpaceBetween size="xxxs">
      {channels.data.map((c) => (
        <StatusIndicator key={c.ContactChannelArn} type={c.ActivationStatus === 'ACTIVATED' ? 'success' : 'pending'}>
          {c.Name}
          {c.ActivationStatus === 'ACTIVATED' ? '' : ', not activated'}
        </StatusIndicator>
      ))}
    </SpaceBetween>
  );
}
