import { useQuery } from '@tanstack/react-query';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { changeTags, listTags, type Incident } from '../../api/incidents';
import { useMay } from '../../me';
import { href } from '../../route';
import { instant } from '../../words/time';
import { nameOf } from '../../words/arn';
import { Copyable, Status } from '../../parts/facts';
import { Problem } from '../../parts/feedback';
import { TagsCard } from '../../parts/tags';

/** Everything else there is to know of the record. */
export function Properties({ incident, plan }: { incident: Incident; plan: string }) {
  const tags = useQuery({ queryKey: ['incident', incident.arn, 'tags'], queryFn: () => listTags(incident.arn) });
  const may = useMay('admin');
  const source = incident.incidentRecordSource;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Properties</Header>}>
        <KeyValuePairs
          columns={2}
          minColumnWidth={200}
          items={[
            { label: 'Status', value: <Status status={incident.status} /> },
            { label: 'Response plan', value: <Link href={href('plans', plan)}>{plan}</Link> },
            { label: 'Started', value: instant(incident.creationTime) },
            { label: 'Resolved', value: instant(incident.resolvedTime) },
            { label: 'Last changed', value: `${instant(incident.lastModifiedTime)} by ${nameOf(incident.lastModifiedBy)}` },
            { label: 'Started by', value: source ? <span className="anywhere">{source.source}</span> : '-' },
            { label: 'Cause', value: source?.resourceArn ? <Copyable text={source.resourceArn} label="the cause" /> : '-' },
            { label: 'Folds into this while open (dedupe string)', value: <Copyable text={incident.dedupeString || '-'} label="the dedupe string" /> },
            { label: 'ARN', value: <Copyable text={incident.arn} label="the ARN" /> },
          ]}
        />
      </Container>
      <Problem error={tags.error} />
      {tags.data && <TagsCard tags={tags.data} disabled={!may} save={(want) => changeTags(incident.arn, tags.data, want)} />}
    </SpaceBetween>
  );
}
