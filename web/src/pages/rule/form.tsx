import { useState } from 'react';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { changeTargets, deleteRule, listRules, putRule, type Rule, type RuleState, type Target } from '../../api/events';
import { useMay, useMe } from '../../me';
import { usePlans, useRules } from '../../queries';
import { go } from '../../route';
import { nameOf } from '../../words/arn';
import { scenarios } from '../../words/scenarios';
import { pretty } from '../../words/story';
import { compact, stateNames } from '../../words/rule';
import { AskButton } from '../../parts/feedback';
import { FormPage } from '../../parts/form';
import { Copyable } from '../../parts/facts';
import { useTitle } from '../../parts/title';
import { PatternEditor } from './pattern';

const taken = 'There is an event rule of this name already: open that to change it.';

const isPlan = (t: Target) => t.Arn.includes(':response-plan/');

/** Creates or changes a rule and what it starts. */
export function RuleForm({ rule, targets }: { rule?: Rule; targets: Target[] }) {
  useTitle(rule ? rule.Name : 'Create event rule');
  const me = useMe();
  const may = useMay('admin');
  const [from, setFrom] = useState('');
  const [name, setName] = useState(rule?.Name ?? '');
  const [description, setDescription] = useState(rule?.Description ?? '');
  const [pattern, setPattern] = useState(pretty(rule?.EventPattern ?? ''));
  const [state, setState] = useState<RuleState>(rule?.State ?? 'ENABLED');
  const [plans, setPlans] = useState(targets.filter(isPlan).map((t) => t.Arn));
  const known = useRules().data ?? [];
  const isTaken = (wanted: string, rules: Rule[] = known) => !rule && rules.some((r) => r.Name === wanted);
  const nameFault =
    name !== '' && !/^[.\-_A-Za-z0-9]{1,64}$/.test(name)
      ? 'Letters, digits, point, _ and - only, at most 64.'
      : isTaken(name)
        ? taken
        : undefined;

  const begin = (id: string) => {
    setFrom(id);
    const chosen = scenarios.find((s) => s.id === id);
    setPattern(chosen?.pattern ?? '');
    let free = chosen?.name ?? '';
    for (let n = 2; isTaken(free); n++) free = `${chosen?.name}-${n}`;
    setName(free);
    setDescription(chosen?.title ?? '');
  };
  const work = async () => {
    // PutRule would write over a rule that somebody made meanwhile.
    if (!rule && isTaken(name, await listRules())) throw new Error(taken);
    await putRule({
      Name: name,
      State: state,
      EventPattern: compact(pattern),
      // Members that are left out would be reset.
      ...(description ? { Description: description } : {}),
      ...(rule?.RoleArn ? { RoleArn: rule.RoleArn } : {}),
      ...(rule?.ScheduleExpression ? { ScheduleExpression: rule.ScheduleExpression } : {}),
    });
    const other = targets.filter((t) => !isPlan(t));
    const kept = plans.map((arn) => targets.find((t) => t.Arn === arn) ?? { Id: targetID(arn), Arn: arn });
    await changeTargets(name, targets, [...other, ...kept]);
  };
  const done = (text: string) => {
    me.flash('success', text);
    go('#/rules');
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={rule && <Copyable text={rule.Arn} label="the ARN" />}
        actions={
          rule && (
            <AskButton label="Delete" verb="Delete" title={`Delete ${rule.Name}?`} disabled={!may} work={() => deleteRule(rule.Name)} onDone={() => done('Event rule deleted')}>
              Its events start nothing any more. Open incidents stay.
            </AskButton>
          )
        }
      >
        {rule ? rule.Name : 'Create event rule'}
      </Header>
      <FormPage
        verb={rule ? 'Save' : 'Create event rule'}
        back="#/rules"
        ready={may && name !== '' && !nameFault && (pattern.trim() !== '' || !!rule?.ScheduleExpression)}
        work={work}
        onDone={() => done(rule ? 'Event rule saved' : 'Event rule created: it is live')}
      >
        {!rule && (
          <Container header={<Header variant="h2">Begin with</Header>}>
            <Tiles
              value={from}
              onChange={(e) => begin(e.detail.value)}
              columns={2}
              ariaLabel="Begin with"
              items={[
                ...scenarios.map((s) => ({ value: s.id, label: s.title, description: s.meaning })),
                { value: 'own', label: 'Your own pattern', description: 'An empty pattern to write yourself.' },
              ]}
            />
          </Container>
        )}
        <Container header={<Header variant="h2">Rule</Header>}>
          <SpaceBetween size="l">
            {!rule && (
              <FormField label="Name" errorText={nameFault}>
                <Input value={name} onChange={(e) => setName(e.detail.value.trim())} spellcheck={false} autoComplete={false} />
              </FormField>
            )}
            <FormField label={<>Description <i>(optional)</i></>}>
              <Input value={description} onChange={(e) => setDescription(e.detail.value)} autoComplete={false} />
            </FormField>
            <StateChoice state={state} onChange={setState} />
          </SpaceBetween>
        </Container>
        <PatternEditor pattern={pattern} onChange={setPattern} sample={from} state={state} onState={setState} targets={[...targets.filter((t) => !isPlan(t)).map((t) => t.Arn), ...plans]} />
        <PlanChoice plans={plans} onChange={setPlans} others={targets.filter((t) => !isPlan(t))} />
      </FormPage>
    </SpaceBetween>
  );
}

const targetID = (arn: string): string => nameOf(arn).replace(/[^.\-_A-Za-z0-9]/g, '-').slice(0, 64);

function StateChoice({ state, onChange }: { state: RuleState; onChange: (s: RuleState) => void }) {
  return (
    <FormField label="State">
      <RadioGroup
        value={state}
        onChange={(e) => onChange(e.detail.value as RuleState)}
        items={[
          { value: 'ENABLED', label: stateNames.ENABLED, description: 'Read-only API calls from CloudTrail (Get, List, Describe) do not match.' },
          { value: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', label: stateNames.ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, description: 'Every management event of CloudTrail can match.' },
          { value: 'DISABLED', label: stateNames.DISABLED, description: 'Nothing matches.' },
        ]}
      />
    </FormField>
  );
}

function PlanChoice({ plans, onChange, others }: { plans: string[]; onChange: (arns: string[]) => void; others: Target[] }) {
  const all = usePlans();
  const options = (all.data ?? []).map((p) => ({ value: p.arn, label: p.displayName || p.name, description: p.displayName ? p.name : undefined }));
  return (
    <Container header={<Header variant="h2">What it starts</Header>}>
      <FormField
        label="Response plans"
        warningText={plans.length === 0 ? 'A match starts nothing.' : undefined}
        constraintText={others.length > 0 ? `Kept as they are: ${others.map((t) => t.Arn).join(', ')}` : undefined}
      >
        <Multiselect
          selectedOptions={plans.map((arn) => options.find((o) => o.value === arn) ?? { value: arn, label: `${nameOf(arn)} (not here)` })}
          options={options}
          onChange={(e) => onChange(e.detail.selectedOptions.map((o) => o.value!))}
          placeholder="Choose response plans"
          empty="There are no response plans yet"
          deselectAriaLabel={(o) => `Remove ${o.label}`}
        />
      </FormField>
    </Container>
  );
}
