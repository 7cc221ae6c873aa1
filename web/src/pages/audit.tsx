import { useQuery } from '@tanstack/react-query';
import { listAudit } from '../api/tocsin';
import { nameOf } from '../words/arn';
import { instant } from '../words/time';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** Every change: who, from where, what. */
export default function Audit() {
  useTitle('Audit');
  const entries = useQuery({ queryKey: ['audit'], queryFn: listAudit });
  return (
    <Listing
      variant="full-page"
      title="Audit"
      noun="entry"
      description="Every change that was made, newest first. Entries are only ever added."
      items={entries.data}
      loading={entries.isPending}
      error={entries.error}
      id={(e) => `${e.Time} ${e.RequestId ?? ''} ${e.Operation} ${e.Resource ?? ''}`}
      empty={<Nothing title="Nothing was changed yet" />}
      columns={[
        { id: 'time', header: 'Time', minWidth: 160, sortingField: 'Time', cell: (e) => instant(e.Time) },
        { id: 'who', header: 'Who', minWidth: 110, sortingField: 'Principal', cell: (e) => <span title={e.Principal}>{nameOf(e.Principal)}</span> },
        { id: 'what', header: 'What', isRowHeader: true, minWidth: 170, sortingField: 'Operation', cell: (e) => e.Operation },
        { id: 'on', header: 'On', minWidth: 180, cell: (e) => <span className="anywhere">{e.Resource || e.Detail || '-'}</span> },
        { id: 'from', header: 'From', minWidth: 110, sortingField: 'Address', cell: (e) => e.Address || '-' },
      ]}
    />
  );
}
