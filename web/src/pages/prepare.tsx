import { useQueries } from '@tanstack/react-query';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import { listChannels, withPages } from '../api/contacts';
import { createReplicationSet, getPlan } from '../api/incidents';
import { listTargets } from '../api/events';
import { useAct } from '../act';
import { useMay, useMe } from '../me';
import { useContacts, useEngagements, usePlans, useReplicationSet, useRules } from '../queries';
import { go } from '../route';
import { Problem } from '../parts/feedback';
import { useTitle } from '../parts/title';

interface Step {
  title: string;
  meaning: ReactNode;
  done: boolean | undefined;
  /** What is there when it is done. */
  found: string;
  /** The button; primary when this step is the next one to do. */
  action: (next: boolean) => ReactNode;
}

/** What stands between a new server and the first page that wakes somebody. */
export default function Prepare() {
  useTitle('Get prepared');
  const steps = useSteps();
  const done = steps.filter((s) => s.done).length;
  const next = steps.findIndex((s) => s.done === false);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Five short steps, and a security event in your AWS account reaches the right person.">
        Get prepared
      </Header>
      <Container>
        <ProgressBar
          value={(done / steps.length) * 100}
          label={done === steps.length ? 'You are prepared' : `${done} of ${steps.length} done`}
          description={done === steps.length ? 'An event that matches a rule opens an incident and pages your people.' : steps[next]?.title}
          {...(done === steps.length ? { status: 'success' as const, resultText: 'All five steps are done' } : {})}
        />
      </Container>
      {steps.map((s, i) => (
        <Container
          key={s.title}
          header={
            <Header variant="h2" actions={s.action(i === next)} description={s.meaning}>
              {i + 1}. {s.title}
            </Header>
          }
        >
          {s.done === undefined ? (
            <StatusIndicator type="loading">Looking</StatusIndicator>
          ) : s.done ? (
            <StatusIndicator type="success">{s.found}</StatusIndicator>
          ) : (
            <StatusIndicator type={i === next ? 'warning' : 'pending'}>{i === next ? 'Missing: do this next' : 'Missing'}</StatusIndicator>
          )}
        </Container>
      ))}
    </SpaceBetween>
  );
}

/** A button that leads to where the step is done. */
function To({ next, hash, first, then, done }: { next: boolean; hash: string; first: string; then: string; done: boolean | undefined }) {
  const may = useMay('admin');
  return (
    <Button variant={next ? 'primary' : 'normal'} disabled={!may && done === false} onClick={() => go(hash)}>
      {done ? then : first}
    </Button>
  );
}

function useSteps(): Step[] {
  const set = useReplicationSet();
  const contacts = useContacts();
  const plans = usePlans();
  const rules = useRules();
  const engagements = useEngagements();
  const people = (contacts.data ?? []).filter((c) => c.Type === 'PERSONAL');
  const channels = useQueries({
    queries: people.map((c) => ({ queryKey: ['contact', c.ContactArn, 'channels'], queryFn: () => listChannels(c.ContactArn) })),
  });
  const wholePlans = useQueries({
    queries: (plans.data ?? []).map((p) => ({ queryKey: ['plan', p.arn], queryFn: () => getPlan(p.arn) })),
  });
  const targets = useQueries({
    queries: (rules.data ?? [])
      .filter((r) => r.State !== 'DISABLED')
      .map((r) => ({ queryKey: ['rule', r.Name, 'targets'], queryFn: () => listTargets(r.Name) })),
  });
  const tests = useQueries({
    queries: (engagements.data ?? [])
      .filter((e) => !e.IncidentId)
      .slice(0, 5)
      .map((e) => ({ queryKey: ['engagement', e.EngagementArn], queryFn: () => withPages(e) })),
  });
  const some = (first: { isPending: boolean }, rest: { isPending: boolean }[], found: boolean) =>
    found ? true : first.isPending || rest.some((r) => r.isPending) ? undefined : false;

  const ready = people.filter((_, i) => channels[i]?.data?.some((c) => c.ActivationStatus === 'ACTIVATED'));
  const paging = wholePlans.filter((p) => (p.data?.engagements?.length ?? 0) > 0).length;
  const wired = targets.filter((t) => t.data?.some((x) => x.Arn.includes(':response-plan/'))).length;
  const answered = tests.some((t) => t.data?.pages.some((p) => p.ReadTime));
  const hasSet = set.data ? true : set.isPending ? undefined : false;
  const hasContact = some(contacts, channels, ready.length > 0);
  const hasPlan = some(plans, wholePlans, paging > 0);
  const hasRule = some(rules, targets, wired > 0);
  const hasTest = some(engagements, tests, answered);
  const person = ready[0] ?? people[0];
  const number = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`;
  return [
    {
      title: 'Replication set',
      meaning: 'Where Incident Manager keeps its records. On this server it is one click; scripts made for AWS expect it.',
      done: hasSet,
      found: set.data ? `There, in ${Object.keys(set.data.regionMap).join(', ')}` : '',
      action: (next) => (hasSet === false ? <CreateSet /> : <To next={next} hash="#/settings" first="Settings" then="Settings" done={hasSet} />),
    },
    {
      title: 'A contact that can be reached',
      meaning: 'A person with an e-mail address or phone that was confirmed by a code, and a plan: e-mail at once, SMS after ten minutes.',
      done: hasContact,
      found: `Reachable: ${ready.map((c) => c.DisplayName || c.Alias).join(', ')}`,
      action: (next) => <To next={next} hash={people[0] && hasContact === false ? `#/contacts/${people[0].Alias}` : hasContact ? '#/contacts' : '#/contacts/new'} first={people[0] ? 'Finish the contact' : 'Add contact'} then="Contacts" done={hasContact} />,
    },
    {
      title: 'A response plan',
      meaning: 'What an incident is called, how grave it is, and who is engaged.',
      done: hasPlan,
      found: `${number(paging, 'response plan')} with people`,
      action: (next) => <To next={next} hash={hasPlan ? '#/plans' : '#/plans/new'} first="Create response plan" then="Response plans" done={hasPlan} />,
    },
    {
      title: 'An event rule',
      meaning: 'Which events start the plan: root user activity, GuardDuty findings, a bucket turned public, or your own pattern.',
      done: hasRule,
      found: `${number(wired, 'rule')} on, with a response plan behind`,
      action: (next) => <To next={next} hash={hasRule ? '#/rules' : '#/rules/new'} first="Create event rule" then="Event rules" done={hasRule} />,
    },
    {
      title: 'A test page, acknowledged',
      meaning: 'Proof that the message arrives and that the answer comes back.',
      done: hasTest,
      found: 'A test page was acknowledged',
      action: (next) => <To next={next} hash={person ? `#/contacts/${person.Alias}` : '#/contacts'} first="Send a test page" then="Send another" done={hasTest} />,
    },
  ];
}

function CreateSet() {
  const me = useMe();
  const may = useMay('admin');
  const act = useAct();
  return (
    <SpaceBetween size="xs">
      <Button variant="primary" disabled={!may} loading={act.busy} onClick={() => void act.run(() => createReplicationSet([me.region ?? 'us-east-1']))}>
        Create in {me.region}
      </Button>
      {act.error && (
        <Box>
          <Problem error={act.error} />
        </Box>
      )}
    </SpaceBetween>
  );
}
