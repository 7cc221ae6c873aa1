import { useState } from 'react';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Tabs from '@cloudscape-design/components/tabs';
import { updateIncident, type Incident } from '../../api/incidents';
import { useMay, useMe } from '../../me';
import { useEngaged, useIncident } from '../../queries';
import { go, href } from '../../route';
import { pictureOf } from '../../words/engaged';
import { AcknowledgeDialog, AnswerLine } from '../../parts/acknowledge';
import { Duration, Impact, Status } from '../../parts/facts';
import { AskButton, Problem } from '../../parts/feedback';
import { useTitle } from '../../parts/title';
import { EditDialog } from './edit';
import { Engagements } from './engagements';
import { Notes } from './notes';
import { Overview } from './overview';
import { Properties } from './properties';
import { RelatedItems } from './related';
import { Timeline } from './timeline';

/** One incident: what it is, who is on it, what happened. */
export function IncidentPage({ plan, id, tab }: { plan: string; id: string; tab: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-incidents::${me.account}:incident-record/${plan}/${id}`;
  const incident = useIncident(arn);
  useTitle(incident.data?.title ?? 'Incident');
  if (incident.error && !incident.data) return <Problem error={incident.error} />;
  if (!incident.data) return <Spinner size="large" />;
  const i = incident.data;
  const tabs = [
    { id: 'overview', label: 'Overview', content: <Overview incident={i} /> },
    { id: 'timeline', label: 'Timeline', content: <Timeline incident={i} /> },
    { id: 'engagements', label: 'Engagements', content: <Engagements incident={i} /> },
    { id: 'related', label: 'Related items', content: <RelatedItems incident={i} /> },
    { id: 'properties', label: 'Properties', content: <Properties incident={i} plan={plan} /> },
  ];
  return (
    <SpaceBetween size="l">
      <BreadcrumbGroup
        items={[
          { text: 'Incidents', href: '#/incidents' },
          { text: i.title, href: href('incidents', plan, id) },
        ]}
      />
      <Top incident={i} plan={plan} />
      <Banner incident={i} />
      <Grid gridDefinition={[{ colspan: { default: 12, s: 8 } }, { colspan: { default: 12, s: 4 } }]}>
        <Tabs
          activeTabId={tabs.some((t) => t.id === tab) ? tab : 'overview'}
          onChange={(e) => go(`${href('incidents', plan, id)}?tab=${e.detail.activeTabId}`)}
          tabs={tabs}
          ariaLabel="About the incident"
        />
        <Notes incident={i} />
      </Grid>
    </SpaceBetween>
  );
}

function Top({ incident, plan }: { incident: Incident; plan: string }) {
  const me = useMe();
  const may = useMay('responder');
  const engaged = useEngaged(incident.arn);
  const [dialog, setDialog] = useState<'acknowledge' | 'edit'>();
  const open = engaged.data ? pictureOf(engaged.data).open : [];
  const isOpen = incident.status === 'OPEN';
  return (
    <>
      <Header
        variant="h1"
        description={
          <>
            From response plan <Link href={href('plans', plan)}>{plan}</Link>
          </>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {isOpen && open.length > 0 && (
              <Button variant="primary" disabled={!may} onClick={() => setDialog('acknowledge')}>
                Acknowledge
              </Button>
            )}
            <Button disabled={!may} onClick={() => setDialog('edit')}>
              Edit
            </Button>
            {isOpen ? (
              <AskButton
                label="Resolve"
                verb="Resolve"
                title="Resolve this incident?"
                disabled={!may}
                work={() => updateIncident(incident.arn, { status: 'RESOLVED' })}
                onDone={() => me.flash('success', 'Incident resolved')}
              >
                Nobody is paged for it any more, and a new event of the same kind opens a new incident.
              </AskButton>
            ) : (
              <AskButton
                label="Reopen"
                verb="Reopen"
                title="Reopen this incident?"
                disabled={!may}
                work={() => updateIncident(incident.arn, { status: 'OPEN' })}
              >
                It counts as open again. Nobody is paged anew.
              </AskButton>
            )}
          </SpaceBetween>
        }
      >
        <span className="anywhere">{incident.title}</span>
      </Header>
      {dialog === 'acknowledge' && <AcknowledgeDialog pages={open} onClose={() => setDialog(undefined)} />}
      {dialog === 'edit' && <EditDialog incident={incident} onClose={() => setDialog(undefined)} />}
    </>
  );
}

function Banner({ incident }: { incident: Incident }) {
  const engaged = useEngaged(incident.arn);
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        minColumnWidth={150}
        items={[
          { label: 'Status', value: <Status status={incident.status} /> },
          { label: 'Impact', value: <Impact value={incident.impact} /> },
          {
            label: 'Duration',
            value: (
              <Box variant="span" fontWeight="bold">
                <Duration from={incident.creationTime} to={incident.resolvedTime} />
              </Box>
            ),
          },
          { label: 'Engagements', value: engaged.data ? <AnswerLine picture={pictureOf(engaged.data)} /> : '-' },
        ]}
      />
    </Container>
  );
}
