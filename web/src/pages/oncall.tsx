import type { ReactNode } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { OnCall as Turns } from '../api/tocsin';
import { useMay } from '../me';
import { useNames } from '../names';
import { useContacts } from '../queries';
import { go, href, type Route } from '../route';
import { momentIn } from '../words/zone';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { zone } from '../parts/when';
import { peopleOf, useOnCall } from './oncall/data';
import { RotationPage } from './oncall/rotation';
import { NewSchedule, SchedulePage } from './oncall/schedule';

/** On-call schedules: the list, one of them, or one of its rotations. */
export default function OnCall({ route }: { route: Route }) {
  const [, alias, part, id] = route.path;
  if (alias && part === 'rotations' && id) return <RotationPage key={id} schedule={alias} id={id} />;
  if (alias === 'new') return <NewSchedule />;
  if (alias) return <SchedulePage key={alias} alias={alias} />;
  return <List />;
}

function List() {
  useTitle('On-call schedules');
  const contacts = useContacts();
  const may = useMay('admin');
  const onCall = useOnCall();
  const dutyOf = (arn: string) => onCall.data?.find((s) => s.ContactArn === arn);
  return (
    <Listing
      variant="full-page"
      title="On-call schedules"
      noun="on-call schedule"
      description="Whose turn it is. Escalation plans and response plans name a schedule, and whoever is on duty then is paged."
      items={contacts.data?.filter((c) => c.Type === 'ONCALL_SCHEDULE')}
      loading={contacts.isPending}
      error={contacts.error ?? onCall.error}
      id={(c) => c.ContactArn}
      actions={
        <Button variant="primary" disabled={!may} onClick={() => go('#/oncall/new')}>
          Create on-call schedule
        </Button>
      }
      empty={<Nothing title="No on-call schedules yet">Optional: a schedule takes turns for you, with hand-offs, hours and overrides.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'DisplayName', cell: (c) => <Link href={href('oncall', c.Alias)}>{c.DisplayName || c.Alias}</Link> },
        { id: 'now', header: 'On call now', minWidth: 170, cell: (c) => <Now duty={dutyOf(c.ContactArn)} /> },
        { id: 'next', header: 'Next', minWidth: 170, cell: (c) => <Next duty={dutyOf(c.ContactArn)} /> },
        { id: 'gaps', header: 'Gaps in 14 days', minWidth: 170, cell: (c) => <Gaps duty={dutyOf(c.ContactArn)} /> },
      ]}
    />
  );
}

function Now({ duty }: { duty: Turns | undefined }) {
  const name = useNames();
  if (!duty) return <>…</>;
  const people = peopleOf(duty.OnCall);
  if (people.length === 0) return <StatusIndicator type="error">Nobody</StatusIndicator>;
  return (
    <>
      {people.map(name).join(', ')}
      {duty.NextTime && <Small>until {momentIn(duty.NextTime, zone)}</Small>}
    </>
  );
}

function Next({ duty }: { duty: Turns | undefined }) {
  const name = useNames();
  if (!duty?.NextTime) return <>-</>;
  const people = peopleOf(duty.Next);
  return (
    <>
      {people.length === 0 ? <StatusIndicator type="warning">Nobody</StatusIndicator> : people.map(name).join(', ')}
      <Small>from {momentIn(duty.NextTime, zone)}</Small>
    </>
  );
}

function Gaps({ duty }: { duty: Turns | undefined }) {
  if (!duty) return <>…</>;
  const first = duty.Gaps?.[0];
  if (!first) return <StatusIndicator type="success">None</StatusIndicator>;
  return (
    <>
      <StatusIndicator type="error">{duty.Gaps!.length}</StatusIndicator>
      <Small>
        {momentIn(first.StartTime, zone)} to {momentIn(first.EndTime, zone)}
        {duty.Gaps!.length > 1 ? ' …' : ''}
      </Small>
    </>
  );
}

const Small = ({ children }: { children: ReactNode }) => (
  <Box variant="small" display="block" color="text-body-secondary">
    {children}
  </Box>
);
