import { useQuery } from '@tanstack/react-query';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { describeRule, disableRule, enableRule, listTargets, type Rule } from '../api/events';
import { useAct } from '../act';
import { useMay } from '../me';
import { useRules } from '../queries';
import { go, href, type Route } from '../route';
import { nameOf } from '../words/arn';
import { stateNames } from '../words/rule';
import { Nothing, Problem } from '../parts/feedback';
import { Listing } from '../parts/listing';
import { useTitle } from '../parts/title';
import { RuleForm } from './rule/form';

/** Event rules: which events start which response plans. */
export default function Rules({ route }: { route: Route }) {
  const name = route.path[1];
  if (name === 'new') return <RuleForm key="new" targets={[]} />;
  if (name) return <Existing key={name} name={name} />;
  return <List />;
}

function Existing({ name }: { name: string }) {
  const rule = useQuery({ queryKey: ['rule', name], queryFn: () => describeRule(name) });
  const targets = useQuery({ queryKey: ['rule', name, 'targets'], queryFn: () => listTargets(name) });
  const error = rule.error ?? targets.error;
  if (error && !(rule.data && targets.data)) return <Problem error={error} />;
  if (!rule.data || !targets.data) return <Spinner size="large" />;
  return <RuleForm rule={rule.data} targets={targets.data} />;
}

function List() {
  useTitle('Event rules');
  const rules = useRules();
  const may = useMay('admin');
  const act = useAct();
  return (
    <SpaceBetween size="m">
      <Problem error={act.error} />
      <Listing
        variant="full-page"
        title="Event rules"
        noun="event rule"
        description="Which events on the default bus start a response plan."
        items={rules.data}
        loading={rules.isPending}
        error={rules.error}
        id={(r) => r.Arn}
        actions={
          <Button variant="primary" disabled={!may} onClick={() => go('#/rules/new')}>
            Create event rule
          </Button>
        }
        empty={<Nothing title="No event rules yet">Without one, incidents start by hand only.</Nothing>}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'Name', cell: (r) => <Link href={href('rules', r.Name)}>{r.Name}</Link> },
          { id: 'state', header: 'State', minWidth: 110, sortingField: 'State', cell: (r) => <State rule={r} /> },
          { id: 'targets', header: 'Starts', minWidth: 120, cell: (r) => <Targets rule={r} /> },
          { id: 'description', header: 'Description', minWidth: 160, cell: (r) => r.Description || '-' },
          {
            id: 'switch',
            header: 'Actions',
            cell: (r) => (
              <Button
                variant="inline-link"
                disabled={!may || act.busy}
                ariaLabel={`${r.State === 'DISABLED' ? 'Enable' : 'Disable'} ${r.Name}`}
                onClick={() => void act.run(() => (r.State === 'DISABLED' ? enableRule(r.Name) : disableRule(r.Name)))}
              >
                {r.State === 'DISABLED' ? 'Enable' : 'Disable'}
              </Button>
            ),
          },
        ]}
      />
    </SpaceBetween>
  );
}

function State({ rule }: { rule: Rule }) {
  if (rule.State === 'DISABLED') return <StatusIndicator type="stopped">Disabled</StatusIndicator>;
  return <StatusIndicator type="success">{stateNames[rule.State]}</StatusIndicator>;
}

function Targets({ rule }: { rule: Rule }) {
  const targets = useQuery({ queryKey: ['rule', rule.Name, 'targets'], queryFn: () => listTargets(rule.Name) });
  if (!targets.data) return <>-</>;
  if (targets.data.length === 0) return <StatusIndicator type="warning">Nothing</StatusIndicator>;
  return <>{targets.data.map((t) => nameOf(t.Arn)).join(', ')}</>;
}
