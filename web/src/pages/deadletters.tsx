import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import { listDeadLetters, type DeadLetter } from '../api/tocsin';
import { nameOf } from '../words/arn';
import { Ago, Json } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';

/** Events that matched a rule and could not be delivered. */
export default function DeadLetters() {
  useTitle('Dead letters');
  const letters = useQuery({ queryKey: ['dead-letter'], queryFn: listDeadLetters });
  const [shown, setShown] = useState<DeadLetter>();
  return (
    <>
      <Listing
        variant="full-page"
        title="Dead letters"
        noun="dead letter"
        description="Events that matched a rule but could not be delivered to its target. Nothing is dropped silently."
        items={letters.data}
        loading={letters.isPending}
        error={letters.error}
        id={(l) => `${l.Time} ${l.EventId ?? ''} ${l.TargetArn}`}
        empty={<Nothing title="No dead letters">Every match reached its target.</Nothing>}
        columns={[
          { id: 'time', header: 'Time', minWidth: 90, sortingField: 'Time', cell: (l) => <Ago time={l.Time} /> },
          { id: 'rule', header: 'Rule', isRowHeader: true, minWidth: 120, cell: (l) => nameOf(l.RuleArn) },
          { id: 'target', header: 'Target', minWidth: 180, cell: (l) => <span className="anywhere">{l.TargetArn}</span> },
          { id: 'why', header: 'Why', minWidth: 180, cell: (l) => l.ErrorMessage ? `${l.ErrorCode}: ${l.ErrorMessage}` : l.ErrorCode },
          {
            id: 'event',
            header: 'Event',
            cell: (l) => (
              <Button variant="inline-link" onClick={() => setShown(l)} ariaLabel={`Show event ${l.EventId}`}>
                Show
              </Button>
            ),
          },
        ]}
      />
      {shown && (
        <Modal visible size="large" header={`Event ${shown.EventId}`} onDismiss={() => setShown(undefined)} closeAriaLabel="Close">
          <Json text={shown.Event ?? ''} label="the event" />
        </Modal>
      )}
    </>
  );
}
