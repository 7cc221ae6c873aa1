import { useQuery } from '@tanstack/react-query';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { listJobs, type Job } from '../api/tocsin';
import { useNow } from '../now';
import { Ago } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** What will happen next, and when. */
export default function Jobs() {
  useTitle('Pending jobs');
  const jobs = useQuery({ queryKey: ['job'], queryFn: listJobs });
  return (
    <Listing
      variant="full-page"
      title="Pending jobs"
      noun="job"
      description="What the server will do next. Paging has a queue of its own and never waits for the others."
      items={jobs.data}
      loading={jobs.isPending}
      error={jobs.error}
      id={(j) => j.Id}
      empty={<Nothing title="Nothing is pending" />}
      columns={[
        { id: 'due', header: 'Due', minWidth: 100, sortingField: 'Due', cell: (j) => <Ago time={j.Due} /> },
        { id: 'kind', header: 'What', isRowHeader: true, minWidth: 140, sortingField: 'Kind', cell: (j) => j.Kind },
        { id: 'queue', header: 'Queue', minWidth: 90, sortingField: 'Queue', cell: (j) => j.Queue },
        { id: 'tries', header: 'Tries', sortingField: 'Attempts', cell: (j) => j.Attempts },
        { id: 'state', header: 'State', minWidth: 180, cell: (j) => <State job={j} /> },
      ]}
    />
  );
}

function State({ job }: { job: Job }) {
  const now = useNow();
  if (job.LeasedUntil && job.LeasedUntil > now) return <StatusIndicator type="in-progress">Running</StatusIndicator>;
  if (job.LastError) {
    return (
      <StatusIndicator type="error">
        <span className="anywhere">Will be tried again: {job.LastError}</span>
      </StatusIndicator>
    );
  }
  return job.Due < now - 5 ? <StatusIndicator type="warning">Overdue</StatusIndicator> : <StatusIndicator type="pending">Waiting</StatusIndicator>;
}
