import { useState } from 'react';
import { useQueries, useQuery } from '@tanstack/react-query';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { archive, listDetectors, listFindings, mostFindings, type GuardDutyFinding } from '../api/guardduty';
import { getIncident } from '../api/incidents';
import { useAct } from '../act';
import { useMay } from '../me';
import { useIncidents } from '../queries';
import { go, href, type Route } from '../route';
import { idOf, planOfIncident } from '../words/arn';
import { bandOf, isOf, lastSeen, resourceOf } from '../words/guardduty';
import { Ago, Json } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** What GuardDuty found, with the incident that came of it. */
export default function Findings({ route }: { route: Route }) {
  useTitle('Findings');
  const archived = route.query.get('show') === 'archived';
  const detectors = useQuery({ queryKey: ['finding', 'detectors'], queryFn: listDetectors });
  const findings = useQuery({
    queryKey: ['finding', 'list', archived, detectors.data],
    queryFn: () => listFindings(detectors.data!, archived),
    enabled: detectors.data !== undefined,
  });
  const error = detectors.error ?? findings.error;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="What GuardDuty found: kept for 90 days after the last update."
        actions={
          detectors.data?.length !== 0 && (
            <SegmentedControl
              selectedId={archived ? 'archived' : 'current'}
              onChange={(e) => go(e.detail.selectedId === 'archived' ? '#/findings?show=archived' : '#/findings')}
              label="Findings shown"
              options={[
                { id: 'current', text: 'Current' },
                { id: 'archived', text: 'Archived' },
              ]}
            />
          )
        }
      >
        Findings
      </Header>
      {detectors.isPending && <Spinner size="large" />}
      {detectors.data?.length === 0 ? <NoDetector /> : <List key={String(archived)} findings={findings.data} archived={archived} loading={findings.isPending} error={error} />}
    </SpaceBetween>
  );
}

interface ListProps {
  findings: GuardDutyFinding[] | undefined;
  archived: boolean;
  loading: boolean;
  error: unknown;
}

function List({ findings, archived, loading, error }: ListProps) {
  const may = useMay('responder');
  const act = useAct();
  const incidentOf = useIncidentOf();
  const [shown, setShown] = useState<GuardDutyFinding>();
  return (
    <>
      <Listing
        title={archived ? 'Archived' : 'Current'}
        noun="finding"
        description={findings && findings.length >= mostFindings ? `Of each detector the ${mostFindings} that were updated last.` : undefined}
        items={findings}
        loading={loading}
        error={error ?? act.error}
        id={(f) => `${f.service?.detectorId ?? ''} ${f.id}`}
        empty={<Nothing title={archived ? 'Nothing is archived' : 'No findings'}>{archived ? undefined : 'GuardDuty has found nothing that is not archived.'}</Nothing>}
        columns={[
          { id: 'severity', header: 'Severity', minWidth: 110, sortingField: 'severity', cell: (f) => <Severity value={f.severity} /> },
          { id: 'title', header: 'Finding', isRowHeader: true, minWidth: 220, sortingField: 'title', cell: (f) => <Title finding={f} incident={incidentOf(f)} onOpen={() => setShown(f)} /> },
          { id: 'resource', header: 'Resource', minWidth: 160, cell: (f) => <Resource finding={f} /> },
          { id: 'seen', header: 'Last seen', minWidth: 120, sortingComparator: (a, b) => (lastSeen(a) ?? 0) - (lastSeen(b) ?? 0), cell: (f) => <Ago time={lastSeen(f)} /> },
          {
            id: 'archive',
            header: 'Actions',
            minWidth: 120,
            cell: (f) => (
              <Button variant="inline-link" disabled={!may || act.busy} ariaLabel={`${archived ? 'Unarchive' : 'Archive'} ${f.title ?? f.type}`} onClick={() => void act.run(() => archive(f, !archived))}>
                {archived ? 'Unarchive' : 'Archive'}
              </Button>
            ),
          },
        ]}
      />
      {shown && (
        <Modal visible size="large" header={shown.title ?? shown.type} onDismiss={() => setShown(undefined)} closeAriaLabel="Close">
          <SpaceBetween size="m">
            {shown.description && <div className="lines">{shown.description}</div>}
            <Json text={JSON.stringify(shown)} label="the finding" />
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}

// Whose incidents are asked for, the newest: one call each, once.
const mostIncidents = 100;

/** Gives the open incident that is of a finding. */
function useIncidentOf(): (f: GuardDutyFinding) => string | undefined {
  const open = useIncidents('OPEN').data?.filter((i) => i.incidentRecordSource?.source === 'aws.events') ?? [];
  const asked = open.sort((a, b) => b.creationTime - a.creationTime).slice(0, mostIncidents);
  // What an incident folds by never changes, so the answer never goes stale.
  const known = useQueries({ queries: asked.map((i) => ({ queryKey: ['dedupe', i.arn], queryFn: () => getIncident(i.arn), staleTime: Infinity })) });
  return (f) => known.find((q) => isOf(q.data?.dedupeString, f))?.data?.arn;
}

function Severity({ value }: { value: number }) {
  const { name, colour } = bandOf(value);
  return (
    <span className="unbroken">
      <Badge color={colour}>
        {value} {name}
      </Badge>
    </span>
  );
}

function Title({ finding: f, incident, onOpen }: { finding: GuardDutyFinding; incident: string | undefined; onOpen: () => void }) {
  const times = f.service?.count ?? 1;
  return (
    <div className="anywhere">
      <Button variant="inline-link" onClick={onOpen}>
        {f.title ?? f.type}
      </Button>
      <Box variant="small" display="block">
        {f.type}
        {times > 1 && `, ${times} times`}
      </Box>
      {incident && <Link href={href('incidents', planOfIncident(incident), idOf(incident))}>Open incident</Link>}
    </div>
  );
}

function Resource({ finding }: { finding: GuardDutyFinding }) {
  const { kind, name } = resourceOf(finding);
  return (
    <div className="anywhere">
      {name ?? kind}
      <Box variant="small" display="block">
        {name && `${kind} in `}
        {finding.accountId}, {finding.region}
      </Box>
    </div>
  );
}

const example = `tocsin rules install guardduty-sample-drill --response-plan arn:aws:ssm-incidents::000000000000:response-plan/drill
aws guardduty create-detector --enable
DETECTOR=$(aws guardduty list-detectors --query 'DetectorIds[0]' --output text)
aws guardduty create-sample-findings --detector-id $DETECTOR --finding-types AttackSequence:S3/CompromisedData`;

function NoDetector() {
  return (
    <Container header={<Header variant="h2">No findings yet</Header>}>
      <SpaceBetween size="s">
        <div>
          Findings of AWS are kept when they come in as events, by a <Link href="#/sources">source</Link> or by PutEvents. For a drill, make a detector of your own and a sample
          finding as below; more in <code>docs/guardduty.md</code>.
        </div>
        <Json text={example} label="the example" />
      </SpaceBetween>
    </Container>
  );
}
