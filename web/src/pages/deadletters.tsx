import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import { listDeadLetters, type DeadLetter } from '../api/tocsin';
import type { Route } from '../route';
import { nameOf } from '../words/arn';
import { sourceOf } from '../words/source';
import { Ago, Json } from '../parts/facts';
import { Nothing } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { sentence } from '../words/sentence';

/** Events that could not be delivered, and messages of sources that are none; all of them or those of one source. */
export default function DeadLetters({ route }: { route: Route }) {
  useTitle('Dead letters');
  const source = route.query.get('source');
  const letters = useQuery({ queryKey: ['dead-letter'], queryFn: listDeadLetters });
  const [shown, setShown] = useState<DeadLetter>();
  return (
    <>
      <Listing
        variant="full-page"
        title="Dead letters"
        noun="dead letter"
        description={
          source ? (
            <>
              Messages of the source {source} that are no events, or could not be read. <Link href="#/dead-letters">Show all</Link>
            </>
          ) : (
            'Events that matched a rule but could not be delivered to its target, and messages of sources that are no events. Nothing is dropped silently.'
          )
        }
        items={source ? letters.data?.filter((l) => sourceOf(l) === source) : letters.data}
        loading={letters.isPending}
        error={letters.error}
        id={(l) => `${l.Time} ${l.EventId ?? ''} ${l.TargetArn}`}
        empty={<Nothing title="No dead letters">{source ? 'All it brought could be read.' : 'Every match reached its target.'}</Nothing>}
        columns={[
          { id: 'time', header: 'Time', minWidth: 90, sortingField: 'Time', cell: (l) => <Ago time={l.Time} /> },
          { id: 'rule', header: 'Rule', isRowHeader: true, minWidth: 120, cell: (l) => nameOf(l.RuleArn) },
          { id: 'target', header: 'Target', minWidth: 180, cell: (l) => <Target letter={l} /> },
          { id: 'why', header: 'Why', minWidth: 180, cell: (l) => <span className="anywhere">{l.ErrorMessage ? `${l.ErrorCode}: ${l.ErrorMessage}` : l.ErrorCode}</span> },
          {
            id: 'event',
            header: 'Event',
            cell: (l) => (
              <Button variant="inline-link" onClick={() => setShown(l)} ariaLabel={`Show ${titleOf(l)}`}>
                Show
              </Button>
            ),
          },
        ]}
      />
      {shown && (
        <Modal visible size="large" header={sentence(titleOf(shown))} onDismiss={() => setShown(undefined)} closeAriaLabel="Close">
          <Json text={shown.Event ?? ''} label="the event" />
        </Modal>
      )}
    </>
  );
}

/** What a source brought need not be an event. */
const titleOf = (l: DeadLetter): string => (l.EventId ? `event ${l.EventId}` : `message of ${sourceOf(l) ?? 'unknown origin'}`);

function Target({ letter }: { letter: DeadLetter }) {
  const source = sourceOf(letter);
  return <span className="anywhere">{source ? <Link href="#/sources">source {source}</Link> : letter.TargetArn}</span>;
}
