import { useEffect, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { deleteContact, getContact, updateContact, withPages, type Contact } from '../../api/contacts';
import { sendTestPage } from '../../api/tocsin';
import { useAct } from '../../act';
import { useMay, useMe } from '../../me';
import { useChannels, useContactTags, useEngagements } from '../../queries';
import { go, href } from '../../route';
import { pageOf } from '../../words/contact';
import { simulateHref } from '../../words/scenario';
import { AskButton, Nothing, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';
import { Copyable } from '../../parts/facts';
import { CalendarFeed } from '../../parts/feed';
import { useTitle } from '../../parts/title';
import { EngagementCard } from '../incident/engagements';
import { Channels } from './channels';
import { PlanEditor } from './plan';

/** One person: channels, plan, test pages. */
export function ContactPage({ alias }: { alias: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-contacts:${me.region}:${me.account}:contact/${alias}`;
  const contact = useQuery({ queryKey: ['contact', arn], queryFn: () => getContact(arn) });
  const tags = useContactTags(arn);
  useTitle(contact.data?.DisplayName || alias);
  const type = contact.data?.Type ?? 'PERSONAL';
  const other = type !== 'PERSONAL';
  useEffect(() => {
    if (other) window.location.replace(href(pageOf(type), alias));
  }, [other, type, alias]);
  if (contact.error && !contact.data) return <Problem error={contact.error} />;
  if (!contact.data || other) return <Spinner size="large" />;
  const c = contact.data;
  return (
    <SpaceBetween size="l">
      <BreadcrumbGroup
        items={[
          { text: 'Contacts', href: '#/contacts' },
          { text: c.DisplayName || alias, href: href('contacts', alias) },
        ]}
      />
      <Top contact={c} />
      <Channels contact={c} />
      <Problem error={tags.error} />
      {tags.data && <PlanEditor key={JSON.stringify([c.Plan, tags.data])} contact={c} tags={tags.data} />}
      <TestPages contact={c} />
      <CalendarFeed contact={c.ContactArn} of="this person" />
    </SpaceBetween>
  );
}

function Top({ contact }: { contact: Contact }) {
  const me = useMe();
  const may = useMay('admin');
  const [renaming, setRenaming] = useState(false);
  const [name, setName] = useState('');
  return (
    <>
      <Header
        variant="h1"
        description={<Copyable text={contact.ContactArn} label="the ARN" />}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button href={simulateHref({ contact: contact.Alias })}>Simulate</Button>
            <Button
              disabled={!may}
              onClick={() => {
                setName(contact.DisplayName ?? '');
                setRenaming(true);
              }}
            >
              Rename
            </Button>
            <AskButton
              label="Delete"
              verb="Delete"
              title={`Delete ${contact.DisplayName || contact.Alias}?`}
              disabled={!may}
              work={() => deleteContact(contact.ContactArn)}
              onDone={() => {
                me.flash('success', 'Contact deleted');
                go('#/contacts');
              }}
            >
              The channels go too. Plans that name this contact keep the name and skip it.
            </AskButton>
          </SpaceBetween>
        }
      >
        {contact.DisplayName || contact.Alias}
      </Header>
      {renaming && (
        <FormDialog
          title="Rename"
          verb="Save"
          work={() => updateContact({ ContactId: contact.ContactArn, DisplayName: name.trim() })}
          onClose={() => setRenaming(false)}
        >
          <FormField label="Name">
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus />
          </FormField>
        </FormDialog>
      )}
    </>
  );
}

/** A page without an incident, to see that it arrives and that the answer comes back. */
function TestPages({ contact }: { contact: Contact }) {
  const me = useMe();
  const may = useMay('responder');
  const act = useAct();
  const channels = useChannels(contact.ContactArn);
  const engagements = useEngagements();
  const active = channels.data?.some((c) => c.ActivationStatus === 'ACTIVATED');
  const planned = (contact.Plan.Stages ?? []).some((s) => s.Targets.length > 0);
  const latest = (engagements.data ?? [])
    .filter((e) => !e.IncidentId && e.ContactArn === contact.ContactArn)
    .sort((a, b) => (b.StartTime ?? 0) - (a.StartTime ?? 0))[0];
  const whole = useQuery({
    queryKey: ['engagement', latest?.EngagementArn],
    queryFn: () => withPages(latest!),
    enabled: latest !== undefined,
  });
  const why = !active ? 'Activate a channel first.' : !planned ? 'Save an engagement plan first.' : undefined;
  const send = async () => {
    if (await act.run(() => sendTestPage(contact.ContactArn))) me.flash('success', 'Test page sent. Acknowledge it with the code from the message.');
  };
  return (
    <SpaceBetween size="m">
      <Header
        variant="h2"
        description={why ?? 'Runs the whole plan once, without an incident.'}
        actions={
          <Button variant={latest ? 'normal' : 'primary'} disabled={!may || why !== undefined} loading={act.busy} onClick={() => void send()}>
            Send test page
          </Button>
        }
      >
        Test page
      </Header>
      <Problem error={act.error} />
      {whole.data ? (
        <EngagementCard engagement={whole.data} />
      ) : (
        <Container>
          <Nothing title="No test page yet" />
        </Container>
      )}
    </SpaceBetween>
  );
}
