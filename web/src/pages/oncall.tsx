import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ContactSummary } from '../api/contacts';
import { useMay } from '../me';
import { useNames } from '../names';
import { useContacts } from '../queries';
import { go, href, type Route } from '../route';
import { momentIn } from '../words/zone';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { zone } from '../parts/when';
import { useDuty, useLanes, useRotations, useSchedule } from './oncall/data';
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
  return (
    <Listing
      variant="full-page"
      title="On-call schedules"
      noun="on-call schedule"
      description="Whose turn it is. Escalation plans and response plans name a schedule, and whoever is on duty then is paged."
      items={contacts.data?.filter((c) => c.Type === 'ONCALL_SCHEDULE')}
      loading={contacts.isPending}
      error={contacts.error}
      id={(c) => c.ContactArn}
      actions={
        <Button variant="primary" disabled={!may} onClick={() => go('#/oncall/new')}>
          Create on-call schedule
        </Button>
      }
      empty={<Nothing title="No on-call schedules yet">Optional: a schedule takes turns for you, with hand-offs, hours and overrides.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'DisplayName', cell: (c) => <Link href={href('oncall', c.Alias)}>{c.DisplayName || c.Alias}</Link> },
        { id: 'now', header: 'On call now', minWidth: 170, cell: (c) => <OnDuty schedule={c} which="now" /> },
        { id: 'next', header: 'Next', minWidth: 170, cell: (c) => <OnDuty schedule={c} which="next" /> },
      ]}
    />
  );
}

function OnDuty({ schedule, which }: { schedule: ContactSummary; which: 'now' | 'next' }) {
  const whole = useSchedule(schedule.ContactArn);
  const { rotations, pending } = useRotations(whole.data?.Plan.RotationIds ?? []);
  const lanes = useLanes(rotations);
  const duty = useDuty(lanes.lanes);
  const name = useNames();
  if (whole.isPending || pending || lanes.pending) return <>…</>;
  const shown = duty[which];
  if (!shown || shown.people.length === 0) return which === 'now' ? <StatusIndicator type="error">Nobody</StatusIndicator> : <>-</>;
  return (
    <>
      {shown.people.map(name).join(', ')}
      <Box variant="small" display="block" color="text-body-secondary">
        {which === 'now' ? `until ${momentIn(shown.to, zone)}` : `from ${momentIn(shown.from, zone)}`}
      </Box>
    </>
  );
}
