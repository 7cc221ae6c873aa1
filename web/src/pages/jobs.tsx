import { useQuery } from '@tanstack/react-query';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { listPending, type PendingJob } from '../api/tocsin';
import { useNow } from '../now';
import { Ago } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** What will happen next, and when. */
export default function Jobs() {
  useTitle('Pending jobs');
  const jobs = useQuery({ queryKey: ['job'], queryFn: listPending });
  return (
    <Listing
      variant="full-page"
      title="Pending jobs"
      noun="job"
      description="What the server will do next. Paging has a queue of its own and never waits for the others."
      items={jobs.data}
      loading={jobs.isPending}
      error={jobs.error}
      id={(j) => `${j.Due} ${j.Kind} ${j.Subject ?? ''}`}
      empty={<Nothing title="Nothing is pending" />}
      columns={[
        { id: 'due', header: 'Due', minWidth: 100, sortingField: 'Due', cell: (j) => <Ago time={j.Due} /> },
        { id: 'kind', header: 'What', isRowHeader: true, minWidth: 140, sortingField: 'Kind', cell: (j) => j.Kind },
        { id: 'subject', header: 'About', minWidth: 180, cell: (j) => <span className="anywhere">{j.Subject || '-'}</span> },
        { id: 'queue', header: 'Queue', minWidth: 90, sortingField: 'Queue', cell: (j) => j.Queue },
        { id: 'state', header: 'State', minWidth: 140, cell: (j) => <State job={j} /> },
      ]}
    />
  );
}

function State({ job }: { job: PendingJob }) {
  const now = useNow();
  if (job.Due < now - 5) return <StatusIndicator type="warning">Overdue</StatusIndicator>;
  if (job.Attempt > 0) return <StatusIndicator type="error">Failed {job.Attempt === 1 ? 'once' : `${job.Attempt} times`}, will be tried again</StatusIndicator>;
  return <StatusIndicator type="pending">Waiting</StatusIndicator>;
}
