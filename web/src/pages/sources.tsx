import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Cards from '@cloudscape-design/components/cards';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Source } from '../api/tocsin';
import { useNow } from '../now';
import { useSources } from '../queries';
import { byTrouble, count, doing, lag, lettersHref, rate } from '../words/source';
import { Ago, Copyable, Json } from '../parts/facts';
import { Problem } from '../parts/feedback';
import { useTitle } from '../parts/title';

/** What brings events in by itself, and how it does. */
export default function Sources() {
  useTitle('Sources');
  const sources = useSources();
  return (
    <SpaceBetween size="l">
      <Header variant="h1" counter={sources.data ? `(${sources.data.length})` : undefined} description="What brings events in by itself, and how it does since the server started.">
        Sources
      </Header>
      <Problem error={sources.error} />
      {sources.data?.length === 0 && <NoSources />}
      {(sources.isPending || (sources.data?.length ?? 0) > 0) && (
        <Cards
          items={byTrouble(sources.data ?? [])}
          trackBy="Name"
          loading={sources.isPending}
          loadingText="Loading sources"
          ariaLabels={{ itemSelectionLabel: (_, s) => s.Name, selectionGroupLabel: 'Sources', cardsLabel: 'Sources' }}
          cardsPerRow={[{ cards: 1 }, { minWidth: 900, cards: 2 }]}
          cardDefinition={{
            header: (s) => (
              <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                <Box variant="h2" fontSize="heading-m">
                  <span className="anywhere">{s.Name}</span>
                </Box>
                <Badge>{s.Kind}</Badge>
              </SpaceBetween>
            ),
            sections: [
              { id: 'state', content: (s) => <State source={s} /> },
              { id: 'facts', content: (s) => <Facts source={s} /> },
            ],
          }}
        />
      )}
    </SpaceBetween>
  );
}

function State({ source }: { source: Source }) {
  const { type, text } = doing(source, useNow());
  return (
    <SpaceBetween size="xxs">
      <StatusIndicator type={type}>
        <span className="words">{text}</span>
      </StatusIndicator>
      {source.Error && (
        <div className="mend anywhere">
          {source.Error}{' '}
          <Box variant="small">
            (last <Ago time={source.ErrorTime} />)
          </Box>
        </div>
      )}
    </SpaceBetween>
  );
}

function Facts({ source: s }: { source: Source }) {
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={3}
        minColumnWidth={80}
        items={[
          { label: 'Last event', value: <Ago time={s.LastEventTime} /> },
          { label: 'Lag', value: lag(s.LagSeconds) },
          { label: 'Rate', value: <span className="unbroken">{rate(s.Rate)}</span> },
          { label: 'Received', value: count(s.Received) },
          { label: 'Matched', value: count(s.Matched) },
          { label: 'Repeats', value: count(s.Repeats) },
          { label: 'Refused', value: count(s.Refused) },
          { label: 'Late', value: count(s.Late) },
          { label: 'Missed', value: count(s.Missed) },
        ]}
      />
      {s.Address && <KeyValuePairs items={[{ label: 'Senders post to', value: <Copyable text={window.location.origin + s.Address} label={`the address of ${s.Name}`} /> }]} />}
      {s.DeadLetters > 0 && <Link href={lettersHref(s.Name)}>{s.DeadLetters === 1 ? 'One dead letter' : `${count(s.DeadLetters)} dead letters`}</Link>}
    </SpaceBetween>
  );
}

const example = `sources:
  - {kind: webhook, name: eventbridge, token: "…", header: X-Api-Key}
  - {kind: sqs, url: "https://sqs.us-east-1.amazonaws.com/111122223333/security-events"}`;

function NoSources() {
  return (
    <Container header={<Header variant="h2">No sources yet</Header>}>
      <SpaceBetween size="s">
        <div>
          Events come in by PutEvents only. To have them come by themselves, name a webhook, a queue, a topic or log files in <code>tocsin.yaml</code> as below, and start the
          server anew. All kinds, and what each needs, stand in <code>docs/sources.md</code>.
        </div>
        <Json text={example} label="the example" />
      </SpaceBetween>
    </Container>
  );
}
