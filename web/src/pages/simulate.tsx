import { useEffect, useRef } from 'react';
import { useQuery } from '@tanstack/react-query';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { simulate } from '../api/tocsin';
import { go, type Route } from '../route';
import { inputOf, queryOf, scenarioOf } from '../words/scenario';
import { Nothing, Problem } from '../parts/feedback';
import { useTitle } from '../parts/title';
import { Answer } from './simulate/answer';
import { ScenarioForm } from './simulate/form';

/** Who would be paged when, if it happened then. */
export default function Simulate({ route }: { route: Route }) {
  useTitle('Simulate');
  const scenario = scenarioOf(route.query);
  const query = queryOf(scenario);
  const chosen = Boolean(scenario.plan ?? scenario.contact);
  const answer = useQuery({
    queryKey: ['simulation', query],
    // When it starts is kept with the answer: "now" goes on.
    queryFn: async () => {
      const start = scenario.at ?? new Date(Math.floor(Date.now() / 1000) * 1000);
      return { start: start.getTime() / 1000, forecast: await simulate(inputOf({ ...scenario, at: start })) };
    },
    enabled: chosen,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const shown = useRef<HTMLDivElement>(null);
  const asked = useRef(false);
  useEffect(() => {
    if (!answer.data || !asked.current) return;
    asked.current = false;
    shown.current?.focus();
    shown.current?.scrollIntoView({ block: 'start' });
  }, [answer.data]);
  const run = (wanted: string) => {
    asked.current = true;
    if (wanted === query) void answer.refetch();
    else go(`#/simulate?${wanted}`);
  };
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Who would be paged when, by what and why. Told by the engine that pages people; nobody is paged.">
        Simulate
      </Header>
      <Grid gridDefinition={[{ colspan: { default: 12, s: 5 } }, { colspan: { default: 12, s: 7 } }]}>
        <ScenarioForm key={query} scenario={scenario} busy={answer.isFetching} onRun={run} />
        <div ref={shown} tabIndex={-1} className="answer" role="region" aria-label="What would happen">
          {answer.error ? (
            <Problem error={answer.error} />
          ) : answer.data ? (
            <Answer forecast={answer.data.forecast} start={answer.data.start} />
          ) : (
            <Container>
              {chosen ? (
                <Box textAlign="center" padding="l">
                  <Spinner size="large" />
                </Box>
              ) : (
                <Nothing title="Nothing simulated yet">Choose a response plan or a contact.</Nothing>
              )}
            </Container>
          )}
        </div>
      </Grid>
    </SpaceBetween>
  );
}
