import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { startEngagement, stopEngagement, type Engaged } from '../../api/contacts';
import type { Incident } from '../../api/incidents';
import { useMay, useMe } from '../../me';
import { useContacts, useEngaged } from '../../queries';
import { href } from '../../route';
import { useNames } from '../../names';
import { described } from '../../words/contact';
import { nameOf } from '../../words/arn';
import { impactName } from '../../words/impact';
import { AcknowledgeDialog, ChannelName } from '../../parts/acknowledge';
import { Ago } from '../../parts/facts';
import { AskButton, Nothing, Problem } from '../../parts/feedback';
import { FormDialog } from '../../parts/form';

/** Everybody engaged for the incident, and each page they got. */
export function Engagements({ incident }: { incident: Incident }) {
  const engaged = useEngaged(incident.arn);
  const may = useMay('responder');
  const [engaging, setEngaging] = useState(false);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h2"
        counter={engaged.data ? `(${engaged.data.length})` : undefined}
        actions={
          <Button disabled={!may} onClick={() => setEngaging(true)}>
            Engage others
          </Button>
        }
      >
        Engagements
      </Header>
      <Problem error={engaged.error} />
      {engaged.data?.length === 0 && <Nothing title="Nobody is engaged">The response plan names nobody.</Nothing>}
      {engaged.data?.map((e) => (
        <EngagementCard key={e.EngagementArn} engagement={e} />
      ))}
      {engaging && <EngageDialog incident={incident} onClose={() => setEngaging(false)} />}
    </SpaceBetween>
  );
}

/** One engagement with its pages; also used for test pages. */
export function EngagementCard({ engagement }: { engagement: Engaged }) {
  const may = useMay('responder');
  const name = useNames();
  const [accepting, setAccepting] = useState<Engaged['pages']>();
  return (
    <Container
      header={
        <Header
          variant="h3"
          description={
            engagement.StopTime ? (
              <StatusIndicator type="stopped">
                Stopped <Ago time={engagement.StopTime} />
              </StatusIndicator>
            ) : (
              <StatusIndicator type="in-progress">
                Engaged <Ago time={engagement.StartTime} />
              </StatusIndicator>
            )
          }
          actions={
            !engagement.StopTime && (
              <AskButton
                label="Stop"
                verb="Stop"
                title="Stop this engagement?"
                disabled={!may}
                work={() => stopEngagement(engagement.EngagementArn, 'Stopped in the console')}
              >
                Nobody further is paged by it.
              </AskButton>
            )
          }
        >
          <Link variant="primary" fontSize="heading-s" href={href('contacts', nameOf(engagement.ContactArn))}>
            {name(engagement.ContactArn)}
          </Link>
        </Header>
      }
    >
      <Table
        variant="embedded"
        items={[...engagement.pages].sort((a, b) => (a.SentTime ?? Infinity) - (b.SentTime ?? Infinity))}
        trackBy="PageArn"
        wrapLines
        ariaLabels={{ tableLabel: `Pages of ${name(engagement.ContactArn)}` }}
        empty={<Nothing title="No page yet" />}
        columnDefinitions={[
          { id: 'person', header: 'Person', isRowHeader: true, minWidth: 110, cell: (p) => name(p.ContactArn) },
          {
            id: 'read',
            header: 'Acknowledged',
            minWidth: 130,
            cell: (p) =>
              p.ReadTime ? (
                <StatusIndicator type="success">
                  <Ago time={p.ReadTime} />
                </StatusIndicator>
              ) : (
                <Button disabled={!may} onClick={() => setAccepting([p])} ariaLabel={`Acknowledge the page to ${name(p.ContactArn)}`}>
                  Acknowledge
                </Button>
              ),
          },
          { id: 'channel', header: 'Channel', minWidth: 130, cell: (p) => <ChannelName page={p} /> },
          { id: 'sent', header: 'Sent', minWidth: 90, cell: (p) => <Sent page={p} /> },
          { id: 'delivered', header: 'Delivered', minWidth: 90, cell: (p) => <Ago time={p.DeliveryTime} /> },
        ]}
      />
      {accepting && <AcknowledgeDialog pages={accepting} onClose={() => setAccepting(undefined)} />}
    </Container>
  );
}

function Sent({ page }: { page: Engaged['pages'][number] }) {
  const failed = page.receipts.find((r) => r.ReceiptType === 'ERROR');
  if (page.SentTime) return <Ago time={page.SentTime} />;
  if (!failed) return <StatusIndicator type="pending">Waiting</StatusIndicator>;
  return (
    <SpaceBetween size="xxxs">
      <StatusIndicator type="error">Failed</StatusIndicator>
      <Box variant="small" color="text-body-secondary">
        {failed.ReceiptInfo}
      </Box>
    </SpaceBetween>
  );
}

function EngageDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const me = useMe();
  const contacts = useContacts();
  const [contact, setContact] = useState<string>();
  const [words, setWords] = useState(`${incident.title} (impact ${impactName(incident.impact)})`);
  const options = (contacts.data ?? []).map((c) => ({ value: c.ContactArn, label: c.DisplayName || c.Alias, description: described(c) }));
  const work = () =>
    startEngagement({
      ContactId: contact,
      Sender: 'tocsin',
      Subject: incident.title,
      Content: words,
      PublicSubject: incident.title,
      PublicContent: words,
      IncidentId: incident.arn,
    });
  return (
    <FormDialog
      title="Engage others"
      verb="Engage"
      ready={contact !== undefined && words.trim() !== ''}
      work={work}
      onClose={onClose}
      onDone={() => me.flash('success', 'Engaged')}
    >
      <FormField label="Contact or escalation plan">
        <Select
          selectedOption={options.find((o) => o.value === contact) ?? null}
          options={options}
          filteringType="auto"
          onChange={(e) => setContact(e.detail.selectedOption.value)}
          placeholder="Choose whom to page"
          empty="There are no contacts yet"
        />
      </FormField>
      <FormField label="Message" constraintText="It is sent as it stands, also by SMS. Keep secrets out.">
        <Textarea value={words} onChange={(e) => setWords(e.detail.value)} rows={3} />
      </FormField>
    </FormDialog>
  );
}
