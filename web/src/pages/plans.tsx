import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Textarea from '@cloudscape-design/components/textarea';
import Tiles from '@cloudscape-design/components/tiles';
import { changeTags, createPlan, deletePlan, getPlan, listTags, updatePlan, type ResponsePlan } from '../api/incidents';
import { token } from '../api/call';
import { useMay, useMe } from '../me';
import { useContacts, usePlans } from '../queries';
import { go, href, type Route } from '../route';
import { nameOf } from '../words/arn';
import { described } from '../words/contact';
import { impacts } from '../words/impact';
import { simulateHref } from '../words/scenario';
import { Copyable } from '../parts/facts';
import { AskButton, Nothing, Problem } from '../parts/feedback';
import { FormPage } from '../parts/form';
import { Listing } from '../parts/listing';
import { EngagedList } from '../parts/options';
import { rowsOfTags, TagRows, tagsOfRows } from '../parts/tags';
import { useTitle } from '../parts/title';

/** Response plans: what an incident is called, how grave it is, who is engaged. */
export default function Plans({ route }: { route: Route }) {
  const name = route.path[1];
  if (name === 'new') return <PlanForm key="new" tags={{}} />;
  if (name) return <Existing key={name} name={name} />;
  return <List />;
}

function List() {
  useTitle('Response plans');
  const plans = usePlans();
  const may = useMay('admin');
  return (
    <Listing
      variant="full-page"
      title="Response plans"
      noun="response plan"
      description="What happens when an incident starts."
      items={plans.data}
      loading={plans.isPending}
      error={plans.error}
      id={(p) => p.arn}
      actions={
        <Button variant="primary" disabled={!may} onClick={() => go('#/plans/new')}>
          Create response plan
        </Button>
      }
      empty={<Nothing title="No response plans yet">Event rules and people start incidents from a plan.</Nothing>}
      columns={[
        { id: 'name', header: 'Name', isRowHeader: true, minWidth: 140, sortingField: 'name', cell: (p) => <Link href={href('plans', p.name)}>{p.name}</Link> },
        { id: 'display', header: 'Display name', minWidth: 140, sortingField: 'displayName', cell: (p) => p.displayName || '-' },
      ]}
    />
  );
}

function Existing({ name }: { name: string }) {
  const me = useMe();
  const arn = `arn:aws:ssm-incidents::${me.account}:response-plan/${name}`;
  const plan = useQuery({ queryKey: ['plan', arn], queryFn: () => getPlan(arn) });
  const tags = useQuery({ queryKey: ['plan', arn, 'tags'], queryFn: () => listTags(arn) });
  const error = plan.error ?? tags.error;
  if (error && !plan.data) return <Problem error={error} />;
  if (!plan.data || !tags.data) return <Spinner size="large" />;
  return <PlanForm plan={plan.data} tags={tags.data} />;
}

function usePlanDraft(plan: ResponsePlan | undefined, tags: Record<string, string>) {
  const template = plan?.incidentTemplate;
  const [draft, setDraft] = useState({
    name: plan?.name ?? '',
    displayName: plan?.displayName ?? '',
    title: template?.title ?? '',
    impact: template?.impact ?? 1,
    summary: template?.summary ?? '',
    dedupe: template?.dedupeString ?? '',
    engagements: plan?.engagements ?? [],
    tags: rowsOfTags(tags),
    incidentTags: rowsOfTags(template?.incidentTags),
  });
  return { draft, set: (part: Partial<typeof draft>) => setDraft((d) => ({ ...d, ...part })) };
}
type Draft = ReturnType<typeof usePlanDraft>['draft'];

const create = (d: Draft, clientToken: string) =>
  createPlan({
    name: d.name,
    clientToken,
    engagements: d.engagements,
    ...(d.displayName ? { displayName: d.displayName } : {}),
    incidentTemplate: {
      title: d.title,
      impact: d.impact,
      ...(d.summary ? { summary: d.summary } : {}),
      ...(d.dedupe ? { dedupeString: d.dedupe } : {}),
      ...(d.incidentTags.length > 0 ? { incidentTags: tagsOfRows(d.incidentTags) } : {}),
    },
    ...(d.tags.length > 0 ? { tags: tagsOfRows(d.tags) } : {}),
  });

async function save(plan: ResponsePlan, tags: Record<string, string>, d: Draft) {
  await updatePlan({
    arn: plan.arn,
    displayName: d.displayName,
    engagements: d.engagements,
    incidentTemplateTitle: d.title,
    incidentTemplateImpact: d.impact,
    incidentTemplateSummary: d.summary,
    incidentTemplateDedupeString: d.dedupe,
    incidentTemplateTags: tagsOfRows(d.incidentTags),
  });
  await changeTags(plan.arn, tags, tagsOfRows(d.tags));
}

function PlanForm({ plan, tags }: { plan?: ResponsePlan; tags: Record<string, string> }) {
  useTitle(plan ? plan.name : 'Create response plan');
  const me = useMe();
  const may = useMay('admin');
  const { draft, set } = usePlanDraft(plan, tags);
  const [once] = useState(token);
  const nameFault = draft.name !== '' && !/^[a-zA-Z0-9_-]{1,200}$/.test(draft.name) ? 'Letters, digits, _ and - only, at most 200.' : undefined;
  const done = (text: string) => {
    me.flash('success', text);
    go('#/plans');
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={plan && <Copyable text={plan.arn} label="the ARN" />}
        actions={
          plan && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button href={simulateHref({ plan: plan.name })}>Simulate</Button>
              <AskButton label="Delete" verb="Delete" title={`Delete ${plan.name}?`} disabled={!may} work={() => deletePlan(plan.arn)} onDone={() => done('Response plan deleted')}>
                Its incidents stay. Event rules that name it can no longer start one.
              </AskButton>
            </SpaceBetween>
          )
        }
      >
        {plan ? plan.displayName || plan.name : 'Create response plan'}
      </Header>
      <FormPage
        verb={plan ? 'Save' : 'Create response plan'}
        back="#/plans"
        ready={may && draft.name !== '' && !nameFault && draft.title.trim() !== ''}
        work={() => (plan ? save(plan, tags, draft) : create(draft, once))}
        onDone={() => done(plan ? 'Response plan saved' : 'Response plan created')}
      >
        <Container header={<Header variant="h2">Response plan</Header>}>
          <SpaceBetween size="l">
            {!plan && (
              <FormField label="Name" constraintText="Stands in the ARN and cannot be changed later." errorText={nameFault}>
                <Input value={draft.name} onChange={(e) => set({ name: e.detail.value.trim() })} placeholder="root-activity" spellcheck={false} autoComplete={false} />
              </FormField>
            )}
            <FormField label={<>Display name <i>(optional)</i></>}>
              <Input value={draft.displayName} onChange={(e) => set({ displayName: e.detail.value })} autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
        <IncidentDefaults draft={draft} set={set} />
        <Engaging draft={draft} set={set} />
        <Container header={<Header variant="h2">Tags</Header>}>
          <SpaceBetween size="l">
            <Box>
              <Box variant="h3">Of the plan</Box>
              <TagRows rows={draft.tags} onChange={(rows) => set({ tags: rows })} />
            </Box>
            <Box>
              <Box variant="h3">Of its incidents</Box>
              <TagRows rows={draft.incidentTags} onChange={(rows) => set({ incidentTags: rows })} noun="incident tag" />
            </Box>
          </SpaceBetween>
        </Container>
      </FormPage>
    </SpaceBetween>
  );
}

function IncidentDefaults({ draft, set }: { draft: Draft; set: (part: Partial<Draft>) => void }) {
  return (
    <Container header={<Header variant="h2" description="What every incident of this plan begins with.">Incident defaults</Header>}>
      <SpaceBetween size="l">
        <FormField label="Title" constraintText="An incident that an event starts is called “title: rule name”.">
          <Input value={draft.title} onChange={(e) => set({ title: e.detail.value })} placeholder="Root user activity" autoComplete={false} />
        </FormField>
        <FormField label="Impact">
          <Tiles
            value={String(draft.impact)}
            onChange={(e) => set({ impact: Number(e.detail.value) })}
            columns={3}
            ariaLabel="Impact"
            items={impacts.map((i) => ({ value: String(i.value), label: `${i.value} ${i.name}`, description: i.meaning }))}
          />
        </FormField>
        <FormField label={<>Summary <i>(optional)</i></>} description="First steps, links, whom to ask: what a person woken at night should read first.">
          <Textarea value={draft.summary} onChange={(e) => set({ summary: e.detail.value })} rows={5} />
        </FormField>
        <FormField
          label={<>Dedupe string <i>(optional)</i></>}
          description="Events fold into an open incident with the same string. Left empty, events of one rule about the same subject fold together."
        >
          <Input value={draft.dedupe} onChange={(e) => set({ dedupe: e.detail.value })} autoComplete={false} />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

function Engaging({ draft, set }: { draft: Draft; set: (part: Partial<Draft>) => void }) {
  const contacts = useContacts();
  const options = (contacts.data ?? []).map((c) => ({
    value: c.ContactArn,
    label: c.DisplayName || c.Alias,
    description: described(c),
  }));
  return (
    <Container header={<Header variant="h2" description="Contacts and escalation plans, all engaged at once. At most five.">Engagements</Header>}>
      <FormField
        label="Engage"
        warningText={draft.engagements.length === 0 ? 'Nobody is paged when an incident starts.' : undefined}
        errorText={draft.engagements.length > 5 ? 'At most five.' : undefined}
      >
        <Multiselect
          selectedOptions={draft.engagements.map((arn) => options.find((o) => o.value === arn) ?? { value: arn, label: `${nameOf(arn)} (not here)` })}
          options={options}
          onChange={(e) => set({ engagements: e.detail.selectedOptions.map((o) => o.value!) })}
          placeholder="Choose contacts"
          filteringType="auto"
          empty="There are no contacts yet"
          deselectAriaLabel={(o) => `Remove ${o.label}`}
        />
      </FormField>
      <Box margin={{ top: 'm' }}>
        <EngagedList engaged={draft.engagements} />
      </Box>
    </Container>
  );
}
