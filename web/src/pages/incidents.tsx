import { useState } from 'react';
import Badge from '@cloudscape-design/components/badge';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Cards from '@cloudscape-design/components/cards';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useMay, useMe } from '../me';
import { useEngaged, useIncidents, usePlans, useReadiness, useReplicationSet } from '../queries';
import { go, href, type Route } from '../route';
import { idOf, planOfIncident } from '../words/arn';
import { pictureOf } from '../words/engaged';
import { AcknowledgeDialog, AnswerLine } from '../parts/acknowledge';
import { Ago, Duration, Impact } from '../parts/facts';
import { Nothing, Problem } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { IncidentPage } from './incident/page';
import { StartDialog } from './incident/start';
import type { IncidentSummary } from '../api/incidents';
import { sentence } from '../words/sentence';

/** The list of incidents, or one of them. */
export default function Incidents({ route }: { route: Route }) {
  const [, plan, id] = route.path;
  if (plan && id) return <IncidentPage plan={plan} id={id} tab={route.query.get('tab') ?? 'overview'} />;
  return <IncidentList />;
}

export const incidentHref = (arn: string) => href('incidents', planOfIncident(arn), idOf(arn));

const byUrgency = (a: IncidentSummary, b: IncidentSummary) => a.impact - b.impact || b.creationTime - a.creationTime;

function IncidentList() {
  useTitle('Incidents');
  const open = useIncidents('OPEN');
  const resolved = useIncidents('RESOLVED');
  const may = useMay('responder');
  const [starting, setStarting] = useState(false);
  const [view, setView] = useState('tiles');
  const items = [...(open.data ?? [])].sort(byUrgency);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <Button variant="primary" disabled={!may} onClick={() => setStarting(true)}>
            Start incident
          </Button>
        }
      >
        Incidents
      </Header>
      <Unprepared />
      <Unready />
      <Problem error={open.error} />
      <SpaceBetween size="s">
        <Header
          variant="h2"
          counter={open.data ? `(${open.data.length})` : undefined}
          actions={
            items.length > 0 && (
              <div className="wide-only">
                <SegmentedControl
                  selectedId={view}
                  onChange={(e) => setView(e.detail.selectedId)}
                  label="Show open incidents as"
                  options={[
                    { id: 'tiles', text: 'Tiles' },
                    { id: 'table', text: 'Table' },
                  ]}
                />
              </div>
            )
          }
        >
          Open
        </Header>
        {view === 'tiles' ? <OpenTiles items={items} loading={open.isPending} /> : <OpenTable items={items} />}
      </SpaceBetween>
      <Listing
        title="Resolved"
        noun="resolved incident"
        items={resolved.data}
        loading={resolved.isPending}
        error={resolved.error}
        id={(i) => i.arn}
        empty={<Nothing title="No resolved incidents" />}
        columns={[
          { id: 'title', header: 'Title', isRowHeader: true, sortingField: 'title', minWidth: 180, cell: (i) => <Link href={incidentHref(i.arn)}>{i.title}</Link> },
          { id: 'impact', header: 'Impact', minWidth: 120, sortingField: 'impact', cell: (i) => <Impact value={i.impact} /> },
          { id: 'duration', header: 'Duration', minWidth: 110, cell: (i) => <Duration from={i.creationTime} to={i.resolvedTime} /> },
          { id: 'resolved', header: 'Resolved', minWidth: 110, sortingField: 'resolvedTime', cell: (i) => <Ago time={i.resolvedTime} /> },
          { id: 'plan', header: 'Response plan', minWidth: 120, cell: (i) => planOfIncident(i.arn) },
        ]}
      />
      {starting && <StartDialog onClose={() => setStarting(false)} />}
    </SpaceBetween>
  );
}

function Unprepared() {
  const set = useReplicationSet();
  const plans = usePlans();
  if (set.isPending || plans.isPending || set.error) return null;
  if (set.data && (plans.data?.length ?? 0) > 0) return null;
  return (
    <Alert
      header="Nothing can page anybody yet"
      action={
        <Button variant="primary" onClick={() => go('#/prepare')}>
          Get prepared
        </Button>
      }
    >
      A few short forms, and security events of your AWS accounts reach the right person.
    </Alert>
  );
}

/** On the page that is looked at every day: what would keep the next page from arriving. */
function Unready() {
  const set = useReplicationSet();
  const plans = usePlans();
  const me = useMe();
  // That nothing is really sent stands above already.
  const told = (kind: string) => kind === 'no-provider' && me.mail === 'outbox';
  const errors = useReadiness().data?.Findings.filter((f) => f.Severity === 'ERROR' && !told(f.Kind)) ?? [];
  if (errors.length === 0 || !set.data || (plans.data?.length ?? 0) === 0) return null; // nothing to be ready for yet
  return (
    <Alert type="error" header={errors.length === 1 ? 'One thing would fail at three in the morning' : `${errors.length} things would fail at three in the morning`} action={<Button href="#/readiness">What to mend</Button>}>
      <span className="anywhere">{sentence(errors[0]!.Message)}</span>
      {errors.length > 1 ? ' …' : ''}
    </Alert>
  );
}

function OpenTiles({ items, loading }: { items: IncidentSummary[]; loading: boolean }) {
  return (
    <Cards
      items={items}
      trackBy="arn"
      loading={loading}
      loadingText="Loading incidents"
      ariaLabels={{ itemSelectionLabel: (_, i) => i.title, selectionGroupLabel: 'Open incidents', cardsLabel: 'Open incidents' }}
      cardsPerRow={[{ cards: 1 }, { minWidth: 700, cards: 2 }, { minWidth: 1300, cards: 3 }]}
      empty={
        <Nothing title="No open incidents">All is quiet.</Nothing>
      }
      cardDefinition={{
        header: (i) => (
          <Link href={incidentHref(i.arn)} fontSize="heading-m">
            {i.title}
          </Link>
        ),
        sections: [
          {
            id: 'facts',
            content: (i) => (
              <SpaceBetween direction="horizontal" size="s" alignItems="center">
                <Impact value={i.impact} />
                <Box variant="strong">
                  <Duration from={i.creationTime} />
                </Box>
                <Badge>{planOfIncident(i.arn)}</Badge>
              </SpaceBetween>
            ),
          },
          { id: 'answer', content: (i) => <Answering incident={i} /> },
        ],
      }}
    />
  );
}

function OpenTable({ items }: { items: IncidentSummary[] }) {
  return (
    <Table
      items={items}
      trackBy="arn"
      wrapLines
      ariaLabels={{ tableLabel: 'Open incidents' }}
      empty={<Nothing title="No open incidents" />}
      columnDefinitions={[
        { id: 'title', header: 'Title', isRowHeader: true, minWidth: 180, cell: (i) => <Link href={incidentHref(i.arn)}>{i.title}</Link> },
        { id: 'impact', header: 'Impact', minWidth: 120, cell: (i) => <Impact value={i.impact} /> },
        { id: 'duration', header: 'Duration', minWidth: 110, cell: (i) => <Duration from={i.creationTime} /> },
        { id: 'plan', header: 'Response plan', minWidth: 120, cell: (i) => planOfIncident(i.arn) },
        { id: 'answer', header: 'Engagements', minWidth: 220, cell: (i) => <Answering incident={i} /> },
      ]}
    />
  );
}

/** Who is paged for it and, while nobody answered, the button for half-asleep people. */
function Answering({ incident }: { incident: IncidentSummary }) {
  const engaged = useEngaged(incident.arn);
  const may = useMay('responder');
  const [asking, setAsking] = useState(false);
  if (engaged.error) return <Problem error={engaged.error} />;
  if (!engaged.data) return <Box color="text-status-inactive">Looking who is paged</Box>;
  const picture = pictureOf(engaged.data);
  const waiting = picture.answers.length === 0 && picture.open.length > 0;
  return (
    <SpaceBetween size="s">
      <AnswerLine picture={picture} />
      {waiting && (
        <Button variant="primary" disabled={!may} onClick={() => setAsking(true)} ariaLabel={`Acknowledge ${incident.title}`}>
          Acknowledge
        </Button>
      )}
      {asking && <AcknowledgeDialog pages={picture.open} onClose={() => setAsking(false)} />}
    </SpaceBetween>
  );
}
