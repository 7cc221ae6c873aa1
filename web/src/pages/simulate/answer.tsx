import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Forecast } from '../../api/tocsin';
import type { Epoch } from '../../api/incidents';
import { useNames } from '../../names';
import { momentsOf, verdictOf, type Moment } from '../../words/forecast';
import { duration, hour, weekday } from '../../words/time';
import { Loud } from '../../parts/feedback';
import { zone } from '../../parts/when';

const alerts = { answered: 'success', dry: 'warning', open: 'info' } as const;

/** The answer of a simulation: what it comes to, then everything by the clock. */
export function Answer({ forecast, start }: { forecast: Forecast; start: Epoch }) {
  const name = useNames();
  const verdict = verdictOf(forecast, start, name);
  const moments = momentsOf(forecast.Lines, name, hour);
  return (
    <SpaceBetween size="m">
      {verdict.kind === 'nobody' ? (
        <Loud title={verdict.title}>{verdict.text}</Loud>
      ) : (
        <Alert type={alerts[verdict.kind]} header={verdict.title}>
          {verdict.text}
          {verdict.kind === 'dry' && ' A repeat or a fallback, set where the plan is edited, keeps it going.'}
        </Alert>
      )}
      <Container header={<Header variant="h2" description={`If it happened on ${weekday(start)} at ${hour(start)}. Times are in your zone, ${zone}.`}>What would happen</Header>}>
        <ol className="forecast">
          {moments.map((m, i) => (
            <Instant key={i} moment={m} start={start} />
          ))}
        </ol>
      </Container>
    </SpaceBetween>
  );
}

function Instant({ moment, start }: { moment: Moment; start: Epoch }) {
  const later = weekday(moment.time) !== weekday(start);
  return (
    <li>
      <div className="when">
        <Box variant="h3" tagOverride="div">
          <time dateTime={new Date(moment.time * 1000).toISOString()}>{hour(moment.time)}</time>
        </Box>
        <Box variant="small" color="text-body-secondary">
          {moment.time - start < 1 ? 'at once' : `+${duration(Math.round(moment.time - start))}`}
          {later ? `, ${weekday(moment.time)}` : ''}
        </Box>
      </div>
      <ul>
        {moment.lines.map((l, i) => (
          <li key={i} className={l.tone}>
            <Box variant="strong">{l.what}</Box>
            {l.why && (
              <Box variant="small" color="text-body-secondary" display="block">
                {l.why}
              </Box>
            )}
          </li>
        ))}
      </ul>
    </li>
  );
}
